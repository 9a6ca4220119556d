#!/bin/bash
#SBATCH -L abaqus:4
abaqus job=beam
