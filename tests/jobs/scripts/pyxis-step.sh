#!/bin/bash
srun --container-image=quay.io#biocontainers/samtools:1.17 --container-mounts=/shared/project:/work samtools --version
