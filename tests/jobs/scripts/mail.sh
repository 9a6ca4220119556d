#!/bin/bash
#SBATCH --mail-type=END,FAIL --mail-user=ada@example.org
./solver
echo done | mail -s done ada@example.org
