#!/bin/bash
#SBATCH --ntasks=$TASKS
./solver
