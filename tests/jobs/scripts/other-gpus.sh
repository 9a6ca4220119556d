#!/bin/bash
#SBATCH -p gpu
#SBATCH --gpus=h100:1
./train
