#!/bin/bash
# petal-submit on the login pod of a hybrid cluster: it is sbatch, and says of the other side's queues that they take no
# jobs from here. From the other side's login nodes petal-submit reaches both.
set -euo pipefail

TABLE=${PETAL_SUBMISSION:-/etc/petal/submission/queues.tsv}

status=0
sbatch "$@" || status=$?
((status)) || exit 0
while IFS=$'\t' read -r queue cluster; do
  echo "petal-submit: if it was for queue $queue: that is on $cluster, which takes no jobs from here; log in there" >&2
done < "$TABLE"
exit "$status"
