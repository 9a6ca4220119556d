#!/bin/bash
#SBATCH -p compute,memory --mem=100G
./assemble
