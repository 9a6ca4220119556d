#!/bin/bash
##SBATCH -p nowhere
# SBATCH -N 900
 #SBATCH --mem=900G
#SBATCH -N 2 # not 900
srun ./solver
