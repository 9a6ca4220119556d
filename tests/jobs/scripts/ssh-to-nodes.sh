#!/bin/bash
#SBATCH -N 2
for node in $(scontrol show hostnames "$SLURM_JOB_NODELIST"); do
  ssh "$node" hostname
done
