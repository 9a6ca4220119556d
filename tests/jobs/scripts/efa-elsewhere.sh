#!/bin/bash
#SBATCH -p compute -N 2
export FI_PROVIDER=efa FI_EFA_USE_DEVICE_RDMA=1
srun ./solver
