#!/bin/bash
#SBATCH -N 2 -n 32
mpirun -np "$SLURM_NTASKS" ./solver
