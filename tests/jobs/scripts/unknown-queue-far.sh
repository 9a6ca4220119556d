#!/bin/bash
#SBATCH -p batch,long
#SBATCH --gres=gpu:2
srun ./train
