#!/bin/bash
#SBATCH --constraint=c7i.4xlarge
./solver
