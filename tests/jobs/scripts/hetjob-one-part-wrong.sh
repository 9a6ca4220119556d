#!/bin/bash
#SBATCH -p compute -N 2
#SBATCH hetjob
#SBATCH -p bigmem --mem=100G
srun --het-group=0,1 ./coupled
