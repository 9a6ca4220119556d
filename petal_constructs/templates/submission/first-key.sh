#!/bin/bash
# Before ParallelCluster sets up Slurm (OnNodeStart of the head node): a key of tokens that nobody knows, for slurmctld
# does not start without one (Slurm 22.05.8: "auth/jwt: Could not load key file"). 65-slurmrestd.sh puts the true one in
# its place.
set -euo pipefail

KEY=/etc/petal/slurm/jwt.key

[[ ! -s $KEY ]] || exit 0
umask 077
install -d -m 755 /etc/petal
install -d -m 750 -o root -g slurm "${KEY%/*}"
head -c 48 /dev/urandom | base64 -w 0 > "$KEY.new"
chown slurm:slurm "$KEY.new"
mv "$KEY.new" "$KEY"
