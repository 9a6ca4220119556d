#!/bin/bash
#PBS -l nodes=2:ppn=8
#PBS -q compute
cd "$PBS_O_WORKDIR"
mpirun ./solver
