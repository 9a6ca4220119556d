#!/bin/bash
# In the background of the head node: decides on all packages together, takes what build caches have, and has the
# rest compiled: by a Slurm job, or here. One build at a time, to be repeated after any failure.
set -euo pipefail
# shellcheck source=/dev/null
source "$(dirname "$0")/lib.sh"
# shellcheck source=/dev/null
source "$SRC/modules.sh"
# shellcheck source=/dev/null
source "$SRC/spack.sh"

checkout_spack() {
  [[ -x $CHECKOUT/bin/spack ]] && return
  rm -rf "$CHECKOUT" "$CHECKOUT.new"
  git clone --quiet --depth 1 --branch "$(setting spack)" "$(setting spack-repository)" "$CHECKOUT.new" &&
    mv "$CHECKOUT.new" "$CHECKOUT"
}

pins() {
  printf '%s\n' "$ROOT" "$(setting spack)" "$(setting spack-repository)"
  cat "$DATA/spack.yaml" "$DATA/target-$(uname -m).yaml" # not mirrors.yaml: where from is not what
}

# New packages join what is installed; new pins (Spack, recipes, compiler, target) mean deciding all of it again.
# The lock goes first: whoever is stopped in between decides anew, and never goes on with a lock of old pins.
write_environment() {
  mkdir -p "$ENVIRONMENT" && rm -rf "$SEED" "$SEED.new" "$ENVIRONMENT/refused" && cp -a "$DATA" "$SEED.new" &&
    cp "$DATA/target-$(uname -m).yaml" "$ENVIRONMENT/target.yaml" &&
    cp "$DATA/mirrors.yaml" "$ENVIRONMENT/mirrors.yaml" || return
  [[ $(pins) == $(cat "$ENVIRONMENT/pins" 2> /dev/null) ]] || rm -f "$ENVIRONMENT/spack.lock"
  pins | replace_file "$ENVIRONMENT/pins" || true
}

# write_specs [FILE]: Spack's manifest with all packages, but for those that FILE names.
write_specs() {
  local spec
  {
    cat "$DATA/spack.yaml"
    echo '  specs:'
    while IFS=$'\t' read -r _ _ spec; do
      if (($#)) && grep -qxF -- "$spec" "$1"; then continue; fi
      printf "  - '%s'\n" "${spec//\'/\'\'}"
    done < "$DATA/packages.tsv"
  } | replace_file "$ENVIRONMENT/spack.yaml" || true
}

# One name that Spack does not know would stop all: then the others are decided on without it.
decide() {
  local spec
  write_specs
  spack concretize && return
  : > "$ENVIRONMENT/refused.new"
  while IFS=$'\t' read -r _ _ spec; do
    spack spec "$spec" > /dev/null || printf '%s\n' "$spec" >> "$ENVIRONMENT/refused.new"
  done < "$DATA/packages.tsv"
  mv "$ENVIRONMENT/refused.new" "$ENVIRONMENT/refused"
  say "cannot be decided on: $(tr '\n' ' ' < "$ENVIRONMENT/refused")"
  # all or none: it is not the names
  (($(wc -l < "$ENVIRONMENT/refused") < $(wc -l < "$DATA/packages.tsv"))) && [[ -s $ENVIRONMENT/refused ]] || return
  write_specs "$ENVIRONMENT/refused"
  spack concretize
}

prepare() {
  checkout_spack || return
  write_environment || return
  spack buildcache keys --install --trust || say "no keys for the build cache: compiling everything"
  decide || return
  mv -T "$SEED.new" "$SEED"
}

jobs_limit() {
  local cores
  cores=$(nproc)
  echo $((cores > 1 ? cores - 1 : 1))
}

# New modules join the others; those of an older list go when this one is done.
take_from_caches() {
  local result=0
  install_packages only "$(jobs_limit)" || result=$?
  spack module tcl refresh -y || true
  publish_modules
  write_results building
  return "$result"
}

# A node of its own, all of it; lost nodes and Spot are no failure; a build that lasts too long hears of it first.
submit() {
  sbatch --parsable --job-name="$BUILD_JOB" --dependency=singleton --partition="$(setting build-queue)" \
    --constraint="$(setting build-size)" --nodes=1 --exclusive --mem=0 --time="$(setting build-time)" \
    --signal=B:TERM@120 --requeue --chdir=/ --open-mode=append --output="$ROOT/log/job.log" \
    --wrap "exec bash $SRC/spack-job.sh"
}

build() {
  local result=0
  set_state building
  write_results building
  if ! prepare; then
    write_results failed
    set_state failed
    return 1
  fi
  if take_from_caches; then
    conclude 0
  elif [[ $(setting build-queue) == - ]]; then
    install_packages auto "$(jobs_limit)" || result=$?
    conclude "$result"
  elif submit; then
    set_state waiting
  else
    write_results failed
    set_state failed
    return 1
  fi
}

main() {
  claim_root || finish
  install -d -m 755 "$ROOT/log" "$ROOT/spack" "$ROOT/stage" "$READY" "$PENDING"
  export TMPDIR=$ROOT/stage
  install_tools || say "compilers could not be installed: only what the build cache holds can come"
  take_lock 0 || { say "another build is running"; exit 0; }
  exec >> "$BUILD_LOG" 2>&1
  # one that waits for a node would build the older list
  if command -v scancel > /dev/null; then
    scancel --quiet --user=root --name="$BUILD_JOB" --state=PENDING || true
  fi
  # what an earlier list left: its failures are not of this one
  find "$TMPDIR" -mindepth 1 -delete || true
  choose_python
  # shellcheck disable=SC2034 # spack.sh reads it
  WANTED=$(setting stamp)
  build
}

main; exit
