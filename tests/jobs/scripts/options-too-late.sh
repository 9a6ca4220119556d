#!/bin/bash
#SBATCH -N 2
set -euo pipefail
#SBATCH -p nowhere
#SBATCH --mem=900G
srun ./solver
