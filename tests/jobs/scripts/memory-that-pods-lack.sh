#!/bin/bash
#SBATCH -p compute
#SBATCH --mem=30G
./solver
