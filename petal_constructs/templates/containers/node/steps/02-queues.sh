#!/bin/bash
# What tells jobs which images their queue shows. Slurm fails every task where slurm.conf names a TaskProlog that is not
# there, so it stands on each node of a cluster with images before any queue asks for it, and before any step that may hang.
set -euo pipefail
# shellcheck source=/dev/null
source "$(dirname "$0")/../lib.sh"

QUEUES=/etc/petal/queues # petal-exec looks there too
PROGRAM=$QUEUES/task-prolog

install -d -m 755 /etc/petal "$QUEUES"
cmp -s "$SRC/exec/task-prolog" "$PROGRAM" ||
  { install -m 755 "$SRC/exec/task-prolog" "$PROGRAM.new" && mv -T "$PROGRAM.new" "$PROGRAM"; } ||
  refuse "queues: $PROGRAM could not be written"
if [[ -e $DATA/queues.tsv ]]; then
  replace_file "$QUEUES/images.tsv" < "$DATA/queues.tsv" || true
else
  rm -f "$QUEUES/images.tsv"
fi
finish
