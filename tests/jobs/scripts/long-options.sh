#!/bin/bash
#SBATCH --partition=compute
#SBATCH --nodes=4
#SBATCH --ntasks-per-node=16
#SBATCH --time=1-00:00:00
#SBATCH --output=%x-%j.out
srun ./solver
