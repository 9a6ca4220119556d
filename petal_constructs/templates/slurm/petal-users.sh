#!/bin/bash
# Keeps the accounts of a login pod as the mounted tables say: when it starts, when they change, and every five
# minutes. The work is done by the step that ParallelCluster nodes run, from the same tables.
set -euo pipefail

PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
SCRIPTS=/etc/petal/login
TABLES=/etc/petal/users
SRC=/opt/petal/src
POLL_S=${PETAL_POLL_S:-20}
AGAIN_S=300
export PATH LC_ALL=C PETAL_ROLE=head # the one who makes homes and writes keys
umask 022

# Chained, because half of the files must never be applied: kubelet swaps the folder behind `..data`, also while
# it is being read.
apply() {
  rm -rf "$SRC" && mkdir -p "$SRC/steps" &&
    cp -rL "$(readlink -f "$TABLES/..data")" "$SRC/data" &&
    cp -L "$SCRIPTS/lib.sh" "$SCRIPTS/authorized-keys.sh" "$SRC/" &&
    cp -L "$SCRIPTS/10-users.sh" "$SRC/steps/" &&
    bash "$SRC/steps/10-users.sh"
}

state() { readlink "$SCRIPTS/..data" "$TABLES/..data"; }

main() {
  local before
  before=$(state)
  apply || echo "petal: not every account is as the seed says; next try in $AGAIN_S s" >&2
  SECONDS=0
  while ((SECONDS < AGAIN_S)) && [[ $(state) == "$before" ]]; do sleep "$POLL_S"; done
  exec bash "$SCRIPTS/petal-users.sh"
}

# one line, so that bash has read the whole file before a new one replaces it
main; exit
