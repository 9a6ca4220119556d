#!/bin/bash
# Module path on every node; on the head node also the pending modules and, in the background, the build.
set -euo pipefail
# shellcheck source=/dev/null
source "$(dirname "$0")/../lib.sh"
# shellcheck source=/dev/null
source "$SRC/modules.sh"

RETRY_MINUTES=60

install_profile() {
  install -d -m 755 /etc/petal
  echo "$ROOT" | replace_file /etc/petal/software-root || true
  replace_file /etc/profile.d/zz-petal-modules.sh < "$SRC/profile.d/zz-petal-modules.sh" || true
}

# `building` with no build running means that the node went down meanwhile: resume.
build_is_due() {
  local state hash
  read -r state hash < <(cat "$BUILD_STATE" 2> /dev/null || echo none) || true
  [[ $state == ready && $hash == "$(software_hash)" ]] && return 1
  systemctl is-active --quiet petal-spack.service && return 1
  [[ $state != failed || $hash != "$(software_hash)" ]] && return 0
  [[ -n $(find "$BUILD_STATE" -mmin "+$RETRY_MINUTES") ]]
}

start_build() {
  systemctl reset-failed petal-spack.service 2> /dev/null || true
  # below everything else, so that logins and slurmctld stay quick
  systemd-run --unit=petal-spack --collect --property=Nice=19 --property=IOSchedulingClass=idle \
    --property=CPUWeight=10 --setenv=HOME=/root bash "$SRC/spack-build.sh"
}

main() {
  [[ -s $DATA/software.tsv ]] || exit 0
  valid_software || exit 1
  install_profile
  [[ $PETAL_ROLE == head ]] || exit 0
  claim_root || finish
  install -d -m 755 "$ROOT/log" "$ROOT/modules" "$READY" "$PENDING"
  publish_modules
  if [[ ! -s $DATA/packages.tsv ]]; then
    # nothing is left to build, so no build will ever tidy up
    find "$READY" -mindepth 1 -delete
    rm -f "$BUILD_STATE"
  elif build_is_due; then
    start_build
  fi
  finish
}

main
