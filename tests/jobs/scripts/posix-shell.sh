#!/bin/sh
#SBATCH -n 1
sinfo; squeue --me; sacct -j "$SLURM_JOB_ID"
