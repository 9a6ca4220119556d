#!/bin/bash
# slurmrestd on the head node, for jobs from the login pod of the other side: the key of tokens for slurmctld, an account
# that may do nothing, and the service. ParallelCluster builds slurmrestd and starts none (cookbook f75d84c,
# install_slurm.rb).
set -euo pipefail
# shellcheck source=/dev/null
source "$(dirname "$0")/../lib.sh"

[[ $PETAL_ROLE == head ]] || exit 0

FETCHED=/etc/petal/keys/other-side.key
KEY=/etc/petal/slurm/jwt.key
READ=$STATE/slurmctld-key
UNIT=petal-slurmrestd.service
OWNER=petal-slurmrestd

# slurmctld reads it when it starts. The stamp is newer than the key once it has.
give_key() {
  [[ -s $FETCHED ]] || { refuse "slurmrestd: there is no key of tokens yet"; return 0; }
  if ! cmp -s "$FETCHED" "$KEY"; then
    install -d -m 750 -o root -g slurm "${KEY%/*}"
    install -m 600 -o slurm -g slurm "$FETCHED" "$KEY.new" && mv "$KEY.new" "$KEY"
  fi
  [[ ! $READ -nt $KEY ]] || return 0
  systemctl try-restart slurmctld || { refuse "slurmrestd: slurmctld does not start again"; return 0; }
  install -d -m 755 "$STATE"
  touch "$READ"
}

make_account() {
  getent passwd "$OWNER" > /dev/null ||
    useradd --system --user-group --no-create-home --home-dir / --shell /usr/sbin/nologin "$OWNER"
}

# What runs is remembered last: killed before, the next run starts it anew.
run_service() {
  local runs=$STATE/slurmrestd
  if cmp -s "$SRC/$UNIT" "$runs" && systemctl is-active --quiet "$UNIT"; then return 0; fi
  install -m 644 "$SRC/$UNIT" "/etc/systemd/system/$UNIT.new"
  mv "/etc/systemd/system/$UNIT.new" "/etc/systemd/system/$UNIT"
  systemctl daemon-reload
  systemctl stop "$UNIT" || true
  systemctl enable --now "$UNIT" || { refuse "$UNIT does not start"; return 0; }
  install -d -m 755 "$STATE"
  replace_file "$runs" < "$SRC/$UNIT" || true
}

give_key
make_account
run_service
finish
