#!/bin/bash
#SBATCH -p gpu
#SBATCH --gres=gpu:8
srun ./train
