"""Platform `pcs`: Slurm on Amazon EKS. See README.md beside this file."""
