#!/bin/bash
# petal-node.sh ROLE S3_PREFIX [HASH]   when a node boots (OnNodeConfigured) or is updated (OnNodeUpdated)
# petal-node.sh                         from petal-reconcile.timer, with what the boot remembered
#
# Fetches the cluster's snapshot and applies it, step by step. HASH only makes ParallelCluster see a change.
# Exit code: on the timer 1 when anything failed. On boot only what makes every such node useless fails it (no
# snapshot; a compute node that can mount nothing): ParallelCluster replaces a node that fails, and after ten of
# them closes the queue, so one refused user or one bucket must not. The timer tries those again.
set -euo pipefail

PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL=C PATH
HOME_DIR=/opt/petal
STATUS=/run/petal/status
export PETAL_REFUSED=/run/petal/refused # why: one line for each thing that a step left out
umask 022

say() { echo "petal: $*" >&2; }

# Nodes have version 1 of the AWS CLI (cookbook f75d84c, awscli.rb). Left alone it turns to us-east-1, which knows no
# buckets of other partitions, and which a network whose only way to S3 is a gateway endpoint does not reach.
choose_region() {
  local region
  region=$(sed -n 's/^cfn_region=//p' /etc/parallelcluster/cfnconfig 2> /dev/null) || true
  [[ -z $region ]] || export AWS_DEFAULT_REGION=$region
}

# within SECONDS COMMAND...: for so long at most, and never beyond the end of this run; ParallelCluster waits 2100 s for
# a node, 600 s for a login node, its own work included; systemd 20 minutes for a tick.
within() {
  local left=$((LIMIT_S - SECONDS))
  ((left > 0)) || return 1
  timeout --kill-after=10 "$((left < $1 ? left : $1))" "${@:2}"
}

remember() {
  [[ $1 =~ ^(head|login|compute)$ ]] || { say "no such role: $1"; exit 2; }
  [[ ${2%/} =~ ^s3://[a-z0-9.-]+(/[A-Za-z0-9._-]+)+$ ]] || { say "no S3 prefix: $2"; exit 2; }
  printf 'PETAL_ROLE=%s\nPETAL_PREFIX=%s\n' "$1" "${2%/}" > "$HOME_DIR/node.env.new"
  mv "$HOME_DIR/node.env.new" "$HOME_DIR/node.env"
}

# A deployment uploads file by file: a snapshot counts only when every file is the one its manifest names.
# The manifest alone says whether there is news: nodes that run jobs list no bucket every five minutes.
fetch() {
  local stage=$HOME_DIR/stage
  within 30 aws s3 cp --only-show-errors "$PETAL_PREFIX/manifest.sha256" "$stage/manifest.sha256" || return 1
  cmp -s "$stage/manifest.sha256" "$HOME_DIR/src/manifest.sha256" && return 0
  # --exact-timestamps: otherwise a changed file of equal size is never downloaded
  within 60 aws s3 sync --delete --exact-timestamps --only-show-errors "$PETAL_PREFIX/" "$stage/" || return 1
  (cd "$stage" && sha256sum --check --strict --quiet manifest.sha256) || return 1
  apply "$stage"
}

# `src` is a link, so that it changes in one step: a node that dies here still finds its scripts. Chained, since those
# who ask whether this worked switch `set -e` off, and half of a snapshot on a full disk must never be applied.
apply() {
  local new
  new=$HOME_DIR/snapshot.$(sha256sum < "$1/manifest.sha256" | cut -c1-12)
  rm -rf "$new" && cp -a "$1" "$new" && ln -sfn "$new" "$HOME_DIR/src.new" && mv -T "$HOME_DIR/src.new" "$HOME_DIR/src"
}

# Old ones, and one that an interrupted run left.
remove_snapshots() {
  local folder
  for folder in "$HOME_DIR"/snapshot.*; do
    [[ $folder == "$(readlink "$HOME_DIR/src")" ]] || rm -rf "$folder"
  done
}

fetch_on_boot() {
  local pause
  for pause in 5 10 20 0; do
    fetch && return 0
    # up to twice the pause: nodes that boot together do not ask together
    sleep $((pause + RANDOM % (pause + 1)))
  done
  return 1
}

run_steps() {
  local step
  failed=()
  : > "$PETAL_REFUSED"
  for step; do
    within 240 bash "$HOME_DIR/src/steps/$step.sh" 9>&- || failed+=("$step")
  done
}

run_all_steps() {
  local steps
  remove_snapshots
  mapfile -t steps < <(basename -s .sh -a "$HOME_DIR"/src/steps/*.sh)
  run_steps "${steps[@]}"
}

record() {
  local result=ok
  ((${#failed[@]} == 0)) || result="failed: ${failed[*]}"
  {
    printf '%s\n%s %s\n' "$result" "$PETAL_ROLE" "$(date -u +%FT%TZ)"
    sort -u "$PETAL_REFUSED"
  } > "$STATUS.new"
  mv "$STATUS.new" "$STATUS"
  say "$PETAL_ROLE: $result"
}

install_timer() {
  local unit
  for unit in petal-reconcile.service petal-reconcile.timer; do
    install -m 644 "$HOME_DIR/src/systemd/$unit" "/etc/systemd/system/$unit.new" || return
    mv "/etc/systemd/system/$unit.new" "/etc/systemd/system/$unit"
  done
  systemctl daemon-reload
  systemctl enable --now petal-reconcile.timer
}

can_mount() { [[ ! -s $HOME_DIR/src/data/mounts.tsv ]] || command -v mount-s3 > /dev/null; }

boot() {
  flock --wait 300 9 || { say "another run has kept its lock for 300 s"; exit 1; }
  if ! fetch_on_boot; then
    failed=(fetch)
    : > "$PETAL_REFUSED"
    record
    exit 1
  fi
  install_timer || say "the timer could not be started: changes will not arrive by themselves"
  run_all_steps
  # a login node has ten minutes until it is replaced (templates/login_nodes_stack.py of 3.16.1: heartbeat of its
  # hook): the timer tries again
  if ((${#failed[@]} > 0)) && [[ $PETAL_ROLE != login ]]; then
    sleep 10
    run_steps "${failed[@]}"
  fi
  record
  [[ $PETAL_ROLE != compute ]] || can_mount
}

reconcile() {
  flock --nonblock 9 || { say "another run is busy"; exit 0; }
  local unfetched=()
  fetch || { say "kept the last snapshot: this one is unreachable or still being uploaded"; unfetched=(fetch); }
  run_all_steps
  failed=("${unfetched[@]}" "${failed[@]}")
  record
  ((${#failed[@]} == 0))
}

main() {
  install -d -m 700 "$HOME_DIR" "$HOME_DIR/stage"
  install -d -m 755 /run/petal
  (($# == 0)) || remember "$1" "${2:-}"
  # shellcheck source=/dev/null
  source "$HOME_DIR/node.env"
  export PETAL_ROLE
  choose_region
  [[ $PETAL_ROLE == login ]] && LIMIT_S=400 || LIMIT_S=1100
  exec 9> /run/petal/lock
  if (($# > 0)); then boot; else reconcile; fi
}

# one line, so that bash has read the whole file before a new snapshot replaces it
main "$@"; exit
