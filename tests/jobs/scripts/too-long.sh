#!/bin/bash
#SBATCH -p compute
#SBATCH -t 3-00:00:00
srun ./solver
