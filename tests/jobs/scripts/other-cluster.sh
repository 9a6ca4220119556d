#!/bin/bash
#SBATCH --clusters=hpc2
./solver
