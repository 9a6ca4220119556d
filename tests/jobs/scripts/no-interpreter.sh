#SBATCH -N 2
srun ./solver
