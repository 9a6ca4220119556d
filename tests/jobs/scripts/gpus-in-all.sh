#!/bin/bash
#SBATCH -p gpu
#SBATCH -N 4
#SBATCH --gpus-per-node=4
#SBATCH --ntasks-per-node=4
srun ./train
