#!/bin/bash
#SBATCH --job-name="open
./solver
