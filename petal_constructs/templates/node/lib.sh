#!/bin/bash
# What the steps share. Data reaches a script only as rows of a TSV file and is never evaluated.
# shellcheck disable=SC2034 # STATE is for those who source this

export LC_ALL=C
SRC=/opt/petal/src
DATA=$SRC/data
STATE=/var/lib/petal
failures=0

say() { echo "petal: $*" >&2; }

# Leaves one thing out, goes on with the others, and makes the step fail at its end.
refuse() {
  say "refused: $*"
  [[ -z ${PETAL_REFUSED:-} ]] || echo "$*" >> "$PETAL_REFUSED"
  failures=$((failures + 1))
}

finish() { exit $((failures > 0)); }

setting() { awk -F '\t' -v key="$1" '$1 == key { print $2 }' "$DATA/software.tsv"; }

# Also after a run that was cut off within dpkg, which then refuses every package until somebody sets that right.
apt_install() {
  local -x DEBIAN_FRONTEND=noninteractive
  dpkg --configure -a || true
  apt-get update -q || true
  apt-get -o DPkg::Lock::Timeout=60 install -y -q "$@"
}

# replace_file PATH: stdin becomes PATH in one step; true only when that changed it. On a full disk PATH stays.
replace_file() {
  local text
  text=$(cat)
  [[ -f $1 && $(< "$1") == "$text" ]] && return 1
  printf '%s\n' "$text" > "$1.new" && mv "$1.new" "$1"
}
