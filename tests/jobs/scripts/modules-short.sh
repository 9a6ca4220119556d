#!/bin/bash
ml gatk/4.3.0.0 openmpi
gatk --version
