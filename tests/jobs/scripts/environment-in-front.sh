#!/bin/bash
OMP_NUM_THREADS=4 NCCL_IB_HCA=mlx5 srun --mpi=pmix env | sort
