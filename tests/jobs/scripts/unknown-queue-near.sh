#!/bin/bash
#SBATCH --partition=memory-big
srun ./assemble
