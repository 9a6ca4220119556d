#!/bin/bash
#SBATCH --output=/home/ada/%j.out
cp /data/raw/reads.fq /tmp/
./solver --in=/tmp/reads.fq > /shared/project/out.txt
