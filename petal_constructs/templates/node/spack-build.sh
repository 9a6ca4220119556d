#!/bin/bash
# Builds the packages of the seed with Spack: in the background of the head node, one build at a time, to be
# repeated after any failure. Spack takes what the public build cache has and compiles the rest.
set -euo pipefail
# shellcheck source=/dev/null
source "$(dirname "$0")/lib.sh"
# shellcheck source=/dev/null
source "$SRC/modules.sh"

ENVIRONMENT=$ROOT/environment
VERSION=$(setting spack)
CHECKOUT=$ROOT/spack/$VERSION
export SPACK_DISABLE_LOCAL_CONFIG=1 SPACK_USER_CACHE_PATH=$ROOT/cache HOME=${HOME:-/root}
umask 022

set_state() {
  echo "$1 $WANTED" > "$BUILD_STATE.new"
  mv "$BUILD_STATE.new" "$BUILD_STATE"
  say "software is $1 ($WANTED)"
}

install_compilers() {
  local tool
  for tool in gcc g++ gfortran make patch git file unzip xz gpg; do
    command -v "$tool" > /dev/null && continue
    if command -v apt-get > /dev/null; then
      apt-get update -q
      DEBIAN_FRONTEND=noninteractive apt-get install -y -q build-essential gfortran patch git file unzip xz-utils gnupg
    else
      # gnupg2-minimal stands in the way on Amazon Linux
      dnf install -y -q --allowerasing gcc gcc-c++ gcc-gfortran make patch git file unzip xz gnupg2
    fi
    return
  done
}

checkout_spack() {
  [[ -x $CHECKOUT/bin/spack ]] && return
  rm -rf "$CHECKOUT" "$CHECKOUT.new"
  git clone --quiet --depth 1 --branch "$VERSION" "$(setting spack-repository)" "$CHECKOUT.new"
  mv "$CHECKOUT.new" "$CHECKOUT"
}

spack() { "$CHECKOUT/bin/spack" -e "$ENVIRONMENT" "$@"; }

# New packages join what is installed; new pins (Spack, recipes, target) mean deciding all of it again.
write_environment() {
  mkdir -p "$ENVIRONMENT"
  cp "$DATA/spack.yaml" "$ENVIRONMENT/spack.yaml"
  cp "$DATA/target-$(uname -m).yaml" "$ENVIRONMENT/target.yaml"
  if cat "$DATA/software.tsv" "$ENVIRONMENT/target.yaml" | replace_file "$ENVIRONMENT/pins"; then
    rm -f "$ENVIRONMENT/spack.lock"
  fi
}

jobs_limit() {
  local cores
  cores=$(nproc)
  echo $((cores > 1 ? cores - 1 : 1))
}

all_built() {
  local name version
  while IFS=$'\t' read -r name version; do
    built "$name" "$version" > /dev/null || { say "$name $version is not there"; return 1; }
  done < "$DATA/packages.tsv"
}

build() {
  local result=0
  install_compilers || say "compilers could not be installed: only what the build cache holds can come"
  checkout_spack || return
  write_environment || return
  spack buildcache keys --install --trust || say "no keys for the build cache: compiling everything"
  spack concretize || return
  spack install --use-buildcache auto -j "$(jobs_limit)" || result=$?
  # one package that fails must not hide the others
  spack module tcl refresh -y --delete-tree || result=$?
  publish_modules
  all_built || result=1
  return "$result"
}

main() {
  claim_root || finish
  install -d -m 755 "$ROOT/log" "$ROOT/spack" "$READY" "$PENDING"
  exec 8> "$ROOT/log/spack.lock"
  flock --nonblock 8 || { say "another build is running"; exit 0; }
  exec >> "$BUILD_LOG" 2>&1
  WANTED=$(software_hash)
  set_state building
  if build; then
    set_state ready
  else
    set_state failed
    exit 1
  fi
}

main; exit
