#!/bin/bash
#SBATCH -N 2
echo "never closed
docker run x
