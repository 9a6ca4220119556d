#!/bin/bash
#SBATCH -N 2
mpirun -bootstrap ssh -np 4 ./solver
