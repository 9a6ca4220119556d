#!/bin/bash
#SBATCH -p compute -N 2
#SBATCH hetjob
#SBATCH -p gpu --gres=gpu:4
srun --het-group=0,1 ./coupled
