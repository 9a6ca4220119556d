#!/bin/bash
#SBATCH --array=1-96%8
./solver "$SLURM_ARRAY_TASK_ID"
