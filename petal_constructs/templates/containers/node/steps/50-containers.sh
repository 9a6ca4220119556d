#!/bin/bash
# Module path of container images on every node; on the head node also what stands in for images that are not there
# yet and, in the background, the pulling of them.
set -euo pipefail
# shellcheck source=/dev/null
source "$(dirname "$0")/../lib.sh"
# shellcheck source=/dev/null
source "$SRC/modules.sh"
# shellcheck source=/dev/null
source "$SRC/containers.sh"

PROFILE=/etc/profile.d/zz-petal-containers.sh
APPARMOR=/etc/apparmor.d/petal-apptainer

# Ubuntu 24.04 lets nobody make user namespaces, unless a profile of the program says so.
# Source: Apptainer 1.5.3, INSTALL.md, "Apparmor Profile".
allow_namespaces() {
  [[ -e /proc/sys/kernel/apparmor_restrict_unprivileged_userns ]] || return 0
  replace_file "$APPARMOR" << END || return 0
abi <abi/4.0>,
include <tunables/global>
profile petal-apptainer $CONTAINERS/_apptainer-*/*/libexec/apptainer/{bin,libexec}/starter flags=(unconfined) {
  userns,
}
END
  apparmor_parser --replace "$APPARMOR" || refuse "containers: AppArmor does not take $APPARMOR"
}

is_pulling() { systemctl is-active --quiet petal-containers.service; }

start_pull() {
  systemctl reset-failed petal-containers.service 2> /dev/null || true
  # below everything else, so that logins and slurmctld stay quick
  systemd-run --unit=petal-containers --collect --property=Nice=19 --property=IOSchedulingClass=idle \
    --property=CPUWeight=10 --setenv=HOME=/root bash "$SRC/containers-pull.sh"
}

main() {
  valid_software && valid_images || exit 1
  replace_file "$PROFILE" < "$SRC/profile.d/zz-petal-containers.sh" || true
  allow_namespaces
  [[ $PETAL_ROLE == head ]] || finish
  claim_root || finish
  claim_containers || finish
  announce
  publish_pending
  if ! is_pulling && pull_is_due; then start_pull; fi
  finish
}

main
