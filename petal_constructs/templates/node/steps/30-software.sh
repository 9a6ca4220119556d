#!/bin/bash
# Module path on every node; on the head node also the pending modules and, in the background, the build.
set -euo pipefail
# shellcheck source=/dev/null
source "$(dirname "$0")/../lib.sh"
# shellcheck source=/dev/null
source "$SRC/modules.sh"

PATH=/opt/slurm/bin:$PATH

install_profile() {
  install -d -m 755 /etc/petal
  echo "$ROOT" | replace_file /etc/petal/software-root || true
  replace_file /etc/profile.d/zz-petal-modules.sh < "$SRC/profile.d/zz-petal-modules.sh" || true
}

# A job that nobody can ask about is taken to be there: better a late build than two.
has_job() {
  local jobs
  [[ $(setting build-queue) != - ]] || return 1
  jobs=$(squeue --noheader --user=root --name="$BUILD_JOB" --format=%i) || return 0
  [[ -n $jobs ]]
}

# An hour after the first failure, then two, four, up to 32: each may keep a node busy.
failed_long_ago() {
  local minutes=$((60 << ($1 > 5 ? 5 : $1 - 1)))
  [[ -n $(find "$BUILD_STATE" -mmin "+$minutes") ]]
}

# `building` with no build running means that a node went down meanwhile: resume.
build_is_due() {
  local state stamp failures
  read -r state stamp failures < <(cat "$BUILD_STATE" 2> /dev/null || echo none) || true
  systemctl is-active --quiet petal-spack.service && return 1
  [[ $stamp == "$(setting stamp)" ]] || return 0
  case $state in
    ready) return 1 ;;
    failed)
      [[ $failures =~ ^[1-9][0-9]?$ ]] || failures=1
      failed_long_ago "$failures"
      ;;
    *) ! has_job ;;
  esac
}

start_build() {
  systemctl reset-failed petal-spack.service 2> /dev/null || true
  # below everything else, so that logins and slurmctld stay quick
  systemd-run --unit=petal-spack --collect --property=Nice=19 --property=IOSchedulingClass=idle \
    --property=CPUWeight=10 --setenv=HOME=/root \
    ${AWS_DEFAULT_REGION:+"--setenv=AWS_DEFAULT_REGION=$AWS_DEFAULT_REGION"} bash "$SRC/spack-build.sh"
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
    rm -f "$BUILD_STATE" "$BUILD_RESULTS" "$READY_MARKER"
  elif build_is_due; then
    start_build
  fi
  finish
}

main
