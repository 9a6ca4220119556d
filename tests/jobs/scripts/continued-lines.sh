#!/bin/bash
module load \
  samtools/1.17 \
  gromacs
srun --ntasks=4 \
     --x11 \
     ./solver
