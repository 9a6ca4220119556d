#!/bin/bash
#SBATCH -p gpu --gres=gpu:1
singularity exec --nv /shared/project/tools.sif python3 train.py
