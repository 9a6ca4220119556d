#!/bin/bash
#SBATCH --nodelist=node[01-04]
#SBATCH --exclude=node07
./solver
