#!/bin/bash
# A new password of the accounting database reaches slurmdbd, on the head node of a cluster that keeps records.
# ParallelCluster's script compares what AWS Secrets Manager has with slurmdbd's configuration and, if they differ, writes
# it there and restarts slurmdbd (aws-parallelcluster-cookbook f75d84c, update_slurm_database_password.sh.erb).
set -euo pipefail
# shellcheck source=/dev/null
source "$(dirname "$0")/../lib.sh"

UPDATE=/opt/parallelcluster/scripts/slurm/update_slurm_database_password.sh
CONFIGURATION=/opt/slurm/etc/slurm_parallelcluster_slurmdbd.conf
UNSURE=/run/petal/slurmdbd-unsure # there while slurmdbd may not have read its configuration; goes with a reboot

[[ $PETAL_ROLE == head && -e $DATA/accounts/accounts.sh ]] || exit 0

# Killed between its two writes, that script leaves no line, and then finds nothing to compare.
[[ ! -e $CONFIGURATION ]] || grep -q '^StoragePass=' "$CONFIGURATION" || echo StoragePass=lost >> "$CONFIGURATION"

install -d -m 755 "$(dirname "$UNSURE")"
unsure=
[[ ! -e $UNSURE ]] || unsure=1
: > "$UNSURE"
if ! said=$("$UPDATE" 2>&1); then
  refuse "password of the accounting database: ${said##*$'\n'}"
  finish
fi
# Killed before the restart, it finds the next time that nothing is to be done.
if [[ $said == *'skipping update'* && -n $unsure ]]; then systemctl try-restart slurmdbd; fi
if [[ $said != *'skipping update'* ]]; then say "slurmdbd has the new password of its database"; fi
rm "$UNSURE"
