#!/bin/bash
#SBATCH -p gpu
#SBATCH --gres=gpu:a10g:4
srun ./train
