#!/bin/bash
#SBATCH --container=/shared/project/bundle
./train
