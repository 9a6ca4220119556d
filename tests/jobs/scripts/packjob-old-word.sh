#!/bin/bash
#SBATCH -N 2
#SBATCH packjob
#SBATCH -p memory -N 9
srun ./coupled
