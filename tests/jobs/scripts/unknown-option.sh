#!/bin/bash
#SBATCH --cpu-per-task=4
./solver
