#!/bin/bash
#SBATCH --account=physics
#SBATCH --qos=high
./solver
