#!/bin/bash
#SBATCH --cpus-per-task=192
./solver
