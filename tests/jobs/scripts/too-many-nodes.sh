#!/bin/bash
#SBATCH -p compute
#SBATCH -N 200
srun ./solver
