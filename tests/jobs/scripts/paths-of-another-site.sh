#!/bin/bash
#SBATCH -o /fsx/logs/%j.out
cd /lustre/project/ada
INPUT=/mnt/raid/reads.fq
./solver < "$INPUT" > /shared/projects/out.txt 2> /dev/null
