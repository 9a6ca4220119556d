#!/bin/bash
cat > input.txt <<EOF
docker run --network=host
module load nothing
#SBATCH -p nowhere
EOF
./solver input.txt
