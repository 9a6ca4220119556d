#!/bin/bash
#SBATCH --gres=scratch:100G
./solver
