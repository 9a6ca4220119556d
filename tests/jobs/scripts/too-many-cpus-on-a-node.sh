#!/bin/bash
#SBATCH -p compute
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=64
OMP_NUM_THREADS=64 ./solver
