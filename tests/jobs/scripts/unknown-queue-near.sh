#!/bin/bash
#SBATCH --partition=memmory
srun ./assemble
