#!/bin/bash
#SBATCH -C haswell
./solver
