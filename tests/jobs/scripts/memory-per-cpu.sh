#!/bin/bash
#SBATCH -p memory
#SBATCH --cpus-per-task=32
#SBATCH --mem-per-cpu=16G
./assemble
