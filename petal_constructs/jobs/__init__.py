"""Job scripts, read as Slurm reads them, and whether they run on a cluster. Nothing is run."""
