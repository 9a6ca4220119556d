#!/bin/bash
#SBATCH -p compute
#SBATCH --mem=32G
./solver
