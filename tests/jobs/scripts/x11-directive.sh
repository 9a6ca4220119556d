#!/bin/bash
#SBATCH --x11
xterm
