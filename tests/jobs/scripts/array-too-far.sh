#!/bin/bash
#SBATCH --array=1-5000
./solver "$SLURM_ARRAY_TASK_ID"
