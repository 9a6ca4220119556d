#!/bin/bash
#SBATCH -N 2 --ntasks-per-node=16
module load openmpi
mpirun -np 32 apptainer exec solver.sif ./solver
