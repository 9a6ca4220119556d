#!/bin/bash
# Turns on what AWS's images of ParallelCluster carry and leave off: enroot and pyxis, for `srun --container-image`. As its
# user guide does in "Running containerized jobs with Pyxis". Source: aws-parallelcluster-cookbook f75d84c (3.11.1),
# install_pyxis.rb, resources/enroot, attributes; read on 2026-11-23.
set -euo pipefail
# shellcheck source=/dev/null
source "$(dirname "$0")/../lib.sh"

PATH=/opt/slurm/bin:$PATH
EXAMPLES=/opt/parallelcluster/examples
SLURM=/opt/slurm/etc # the head node's, which all nodes see
NAMESPACES=kernel.apparmor_restrict_unprivileged_userns

# Slurm would start no job at all with a plugin that a node lacks.
has_pyxis() {
  local file
  for file in "$EXAMPLES"/{enroot/enroot.conf,spank/plugstack.conf,pyxis/pyxis.conf} /usr/local/lib/slurm/spank_pyxis.so; do
    [[ -f $file ]] || { refuse "pyxis: the image of this machine lacks $file"; return 1; }
  done
}

# In them users make folders of their own; /run is empty whenever a node has started.
set_up_enroot() {
  install -d -m 755 /etc/enroot
  install -d -m 1777 /run/enroot /var/enroot /run/pyxis
  replace_file /etc/enroot/enroot.conf < "$EXAMPLES/enroot/enroot.conf" || true
}

# Ubuntu 24.04 lets nobody make user namespaces unless this is off.
allow_namespaces() {
  [[ -e /proc/sys/${NAMESPACES//.//} ]] || return 0
  replace_file /etc/sysctl.d/99-petal-pyxis.conf <<< "$NAMESPACES = 0" || return 0
  sysctl -q -p /etc/sysctl.d/99-petal-pyxis.conf || refuse "pyxis: $NAMESPACES could not be set"
}

# What is new, for all nodes at once. Slurm reads every file of plugstack.conf.d, so no half of one may stand there
# (issue 6459 of aws/aws-parallelcluster).
publish() {
  local own=$SLURM/plugstack.conf plugin=$SLURM/plugstack.conf.d/pyxis.conf
  if [[ -e $own ]] && ! cmp -s "$EXAMPLES/spank/plugstack.conf" "$own"; then
    refuse "pyxis: $own is the site's own; add what $EXAMPLES/spank/plugstack.conf says, or remove it"
    return
  fi
  cmp -s "$EXAMPLES/pyxis/pyxis.conf" "$plugin" && [[ -e $own ]] && return
  install -d -m 755 "$SLURM/plugstack.conf.d"
  install -m 644 "$EXAMPLES/pyxis/pyxis.conf" "$SLURM/pyxis.conf.new" && mv -T "$SLURM/pyxis.conf.new" "$plugin"
  install -m 644 "$EXAMPLES/spank/plugstack.conf" "$own.new" && mv -T "$own.new" "$own"
  scontrol reconfigure || say "pyxis: scontrol reconfigure failed; Slurm reads it with the next job"
}

main() {
  has_pyxis || finish
  set_up_enroot
  allow_namespaces
  [[ $PETAL_ROLE != head ]] || publish
  finish
}

main
