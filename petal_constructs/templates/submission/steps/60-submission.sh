#!/bin/bash
# petal-submit and petal-queue, on the nodes that people log in to: programs, tables, the key of tokens, and the service
# that gives each user a token of their own.
#
# The head node fetches the key by its role. Login nodes get it from the folder by which ParallelCluster hands them the
# munge key, also for root alone (aws-parallelcluster-cookbook f75d84c, munge_key_manager.rb). Not by their role: only
# of the head node does the cluster configuration promise that users cannot use it (Imds.Secured).
set -euo pipefail
# shellcheck source=/dev/null
source "$(dirname "$0")/../lib.sh"

[[ $PETAL_ROLE == head || $PETAL_ROLE == login ]] || exit 0

PROGRAMS=/usr/local/lib/petal-submit
TABLES=/etc/petal/submit
KEY=/etc/petal/keys/other-side.key
HANDED_OVER=/opt/parallelcluster/shared_login_nodes
UNIT=petal-token.service
PYTHON=/usr/bin/python3

has_python() { "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2> /dev/null; }

# A folder for each version, since a program that runs may load further modules; the one before the last goes.
install_programs() {
  local new name
  new=$PROGRAMS-$(cat "$SRC"/submit/* | sha256sum | cut -c1-12)
  [[ $(readlink "$PROGRAMS" || true) != "$new" ]] || return 0
  rm -rf "$new.new" "$new"
  install -d -m 755 "$new.new"
  install -m 644 "$SRC"/submit/* "$new.new/"
  for name in "$new.new"/*; do
    [[ ${name##*/} == *.* ]] || chmod 755 "$name"
  done
  mv "$new.new" "$new"
  forget_old_programs "$new"
  link "$new" "$PROGRAMS"
}

link() {
  [[ $(readlink "$2" || true) != "$1" ]] || return 0
  ln -sfn "$1" "$2.new" && mv -T "$2.new" "$2"
}

forget_old_programs() {
  local folder
  for folder in "$PROGRAMS"-*; do
    [[ $folder == "$1" || $folder == "$(readlink "$PROGRAMS" || true)" ]] || rm -rf "$folder"
  done
}

install_tables() {
  local file
  install -d -m 755 /etc/petal "$TABLES"
  for file in submit.json options.json; do
    if replace_file "$TABLES/$file" < "$DATA/submit/$file"; then chmod 644 "$TABLES/$file"; fi
  done
  for file in petal-submit petal-queue; do
    link "$PROGRAMS/$file" "/usr/local/bin/$file"
  done
}

# The parameter names the secret, whose own name is AWS's choice.
fetch_key() {
  local parameter region secret
  IFS=$'\t' read -r parameter region < "$DATA/submit/key.tsv"
  secret=$(aws ssm get-parameter --region "$region" --name "$parameter" --query Parameter.Value --output text 2>&1) ||
    { refuse "key of tokens: ${secret##*$'\n'}"; return 0; }
  secret=$("$PROGRAMS/petal-key" "$secret" "$region" "$KEY" 2>&1) || refuse "key of tokens: ${secret##*$'\n'}"
}

# give FROM TO: a copy for root alone, in one step.
give() {
  cmp -s "$1" "$2" && return 0
  install -d -m 700 "$(dirname "$2")"
  install -m 600 "$1" "$2.new" && mv "$2.new" "$2"
}

hand_over() {
  [[ -d $HANDED_OVER && -s $KEY ]] || return 0
  give "$KEY" "$HANDED_OVER/.petal/other-side.key" || refuse "key of tokens: login nodes cannot have it"
}

take_over() {
  give "$HANDED_OVER/.petal/other-side.key" "$KEY" || refuse "key of tokens: the head node has not handed it over yet"
}

# What runs is remembered last: killed before, the next run starts it anew.
run_service() {
  local wanted runs=$STATE/token-service
  wanted=$(readlink "$PROGRAMS")
  if [[ -f $runs && $(< "$runs") == "$wanted" ]] && systemctl is-active --quiet "$UNIT"; then return 0; fi
  install -m 644 "$SRC/submit/$UNIT" "/etc/systemd/system/$UNIT.new"
  mv "/etc/systemd/system/$UNIT.new" "/etc/systemd/system/$UNIT"
  systemctl daemon-reload
  systemctl stop "$UNIT" || true
  systemctl enable --now "$UNIT" || { refuse "$UNIT does not start"; return 0; }
  install -d -m 755 "$STATE"
  replace_file "$runs" <<< "$wanted" || true
}

if ! has_python; then
  refuse "petal-submit: $PYTHON is missing or older than 3.9"
  finish
fi
install_programs
install_tables
if [[ $PETAL_ROLE == head ]]; then
  fetch_key
  hand_over
else
  take_over
fi
run_service
finish
