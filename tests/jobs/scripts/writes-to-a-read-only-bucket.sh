#!/bin/bash
#SBATCH --error=/data/raw/%j.err
./solver > /data/raw/result.txt
