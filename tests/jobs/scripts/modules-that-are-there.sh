#!/bin/bash
#SBATCH -n 8
module purge
module load samtools/1.17 bwa
samtools --version
