#!/bin/bash
#SBATCH -N 2
export UCX_NET_DEVICES=mlx5_0:1
mpirun --mca btl_openib_allow_ib 1 ./solver
