#!/bin/bash
#SBATCH --reservation=maintenance
./solver
