#!/bin/bash
#SBATCH -p mixed
#SBATCH --cpus-per-task=32 --gpus-per-node=1
./train
