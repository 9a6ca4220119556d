#!/bin/bash
#SBATCH -N 1 -n 16 --hint=nomultithread
srun ./solver
