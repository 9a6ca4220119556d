#!/bin/bash
# The Slurm job that compiles what no build cache has, on a node of its own, for the list that the head node decided
# on. Nothing here depends on this node's own snapshot, which may be some minutes older.
# shellcheck disable=SC2034 # those who are sourced read what is set here
set -euo pipefail
# shellcheck source=/dev/null
source /opt/petal/src/lib.sh
# shellcheck source=/dev/null
source "$SRC/modules.sh"
# shellcheck source=/dev/null
source "$SRC/spack.sh"

# Spack builds on a disk of this node: the shared one is slow for many small files.
local_folder() {
  local base=/var/tmp
  [[ $(findmnt --noheadings --output SOURCE /scratch 2> /dev/null) != /dev/* ]] || base=/scratch
  mktemp -d "$base/petal-XXXXXX"
}

# shellcheck disable=SC2317 # a trap calls it
out_of_time() {
  say "stopped: out of time, or cancelled"
  kill "$1" 2> /dev/null || true
  keep_logs
  write_results failed
  set_state failed
  exit 1
}

build() {
  local result=0
  set_state building
  write_results building
  install_packages auto "$(nproc)" &
  # shellcheck disable=SC2064 # now: it is this child
  trap "out_of_time $!" TERM
  wait $! || result=$?
  trap - TERM
  conclude "$result"
}

main() {
  install_tools || say "compilers could not be installed"
  # after a node that was lost, the server keeps its lock for a lease (NFSv4: 90 s)
  take_lock 600 || { say "another build is running"; exit 1; }
  exec >> "$BUILD_LOG" 2>&1
  [[ -d $SEED ]] || { say "the head node is not done with its part"; exit 1; }
  DATA=$SEED
  CHECKOUT=$ROOT/spack/$(setting spack)
  WANTED=$(setting stamp)
  choose_python
  TMPDIR=$(local_folder)
  export TMPDIR
  trap 'rm -rf "$TMPDIR"' EXIT
  build
}

main; exit
