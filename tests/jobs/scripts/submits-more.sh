#!/bin/bash
sbatch --dependency=afterok:$SLURM_JOB_ID -p gpu --gres=gpu:1 next.sh
sbatch -p nowhere other.sh
