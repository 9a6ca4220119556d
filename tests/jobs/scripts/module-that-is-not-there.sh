#!/bin/bash
module load gromacs/2024
gmx mdrun
