#!/bin/bash
sudo sysctl -w vm.nr_hugepages=64
systemctl status slurmd
scontrol reboot "$SLURMD_NODENAME"
scontrol show job "$SLURM_JOB_ID"
