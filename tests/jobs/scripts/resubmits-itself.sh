#!/bin/bash
#SBATCH --requeue --signal=B:USR1@120 --open-mode=append
trap 'scontrol requeue $SLURM_JOB_ID' USR1
srun ./solver &
wait
