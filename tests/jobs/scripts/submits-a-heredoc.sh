#!/bin/bash
for n in 1 2; do
sbatch -J part$n <<EOF
#!/bin/bash
#SBATCH -p nowhere
module load gromacs
EOF
done
