#!/bin/bash
cp reads.fq /scratch/ && ./solver /scratch/reads.fq
