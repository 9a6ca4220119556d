#!/bin/bash
#SBATCH --container-image=nvcr.io\#nvidia/pytorch:24.05-py3
#SBATCH -p gpu --gpus=4 -N 1
srun python3 train.py
