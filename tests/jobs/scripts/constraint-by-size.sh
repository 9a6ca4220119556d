#!/bin/bash
#SBATCH -p memory
#SBATCH --constraint="memory-cpu32|cpu32"
./assemble
