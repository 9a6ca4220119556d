#!/bin/bash
# Slurm's accounts of tenants, on the head node of a cluster that keeps records. What it does is in accounts.sh,
# beside the tables that it reads.
set -euo pipefail
# shellcheck source=/dev/null
source "$(dirname "$0")/../lib.sh"

[[ $PETAL_ROLE == head && -e $DATA/accounts/accounts.sh ]] || exit 0

PATH=/opt/slurm/bin:$PATH bash "$DATA/accounts/accounts.sh" once 2>&1 | while read -r line; do
  case $line in
    'petal: refused: '*) refuse "accounts: ${line#petal: refused: }" ;;
    *) echo "$line" >&2 ;;
  esac
done
