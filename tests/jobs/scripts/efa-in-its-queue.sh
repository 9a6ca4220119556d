#!/bin/bash
#SBATCH -p mpi -N 8 --ntasks-per-node=64
export FI_PROVIDER=efa
srun --mpi=pmix ./solver
