#!/bin/bash
#SBATCH --licenses=abaqus:40
abaqus job=beam
