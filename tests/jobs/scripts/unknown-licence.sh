#!/bin/bash
#SBATCH --licenses=ansys@flex:2
ansys -b
