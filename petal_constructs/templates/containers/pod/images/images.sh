#!/bin/bash
# The pod petal-images: keeps Lmod and pulled images in /petal as the tables say, for as long as it lives. What fails is
# tried again, and whatever it starts may be killed at any point: the next round goes on from there.
set -uo pipefail
# shellcheck source=/dev/null
source "$(dirname "$0")/lib.sh"
# shellcheck source=/dev/null
source "$SRC/modules.sh"
# shellcheck source=/dev/null
source "$SRC/containers.sh"

PAUSE=${PETAL_PAUSE:-60} # seconds; kubelets show changed tables as late as that
LMOD_PAUSE=300 # after a failure
lmod_due=0

# Bash answers a signal at once only where it waits.
run() {
  "$@" &
  wait "$!"
}

stop() {
  trap '' TERM INT
  kill -TERM 0
  exit 0
}

# A new pod has none of them.
provide_tools() {
  local tool
  for tool in curl rpm2cpio cpio python3; do
    command -v "$tool" > /dev/null || { run apt_install ca-certificates curl rpm2cpio cpio python3; return; }
  done
}

provide_lmod() {
  ((SECONDS >= lmod_due)) || return 0
  run bash "$SRC/lmod.sh" || lmod_due=$((SECONDS + LMOD_PAUSE))
}

main() {
  trap stop TERM INT
  exec 3>&1
  while :; do
    if provide_tools; then
      provide_lmod
      if pull_is_due; then run bash "$SRC/containers-pull.sh"; fi
    else
      say "packages of the system could not be installed"
    fi
    run sleep "$PAUSE"
  done
}

main
