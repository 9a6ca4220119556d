#!/bin/bash
module load samtool
samtools view
