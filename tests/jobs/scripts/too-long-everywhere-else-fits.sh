#!/bin/bash
#SBATCH --time=14-0
#SBATCH --cpus-per-task=16
./solver
