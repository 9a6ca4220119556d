#!/bin/bash
# What the head node and the job that compiles share. Source lib.sh and modules.sh first.
# shellcheck disable=SC2034 # SEED is for those who source this

ENVIRONMENT=$ROOT/environment
SEED=$ENVIRONMENT/seed # tables of the list that the environment is made for; there only when all of it is
CHECKOUT=$ROOT/spack/$(setting spack)
export SPACK_DISABLE_LOCAL_CONFIG=1 SPACK_USER_CACHE_PATH=$ROOT/cache HOME=${HOME:-/root}
export PATH=/opt/slurm/bin:$PATH
umask 022

# The log group of the cluster has /var/log/messages or syslog of every node (cookbook f75d84c,
# cloudwatch_agent_config.json), and so what logger says.
tell() {
  say "$1"
  logger -t petal -- "$1" || true
}

set_state() {
  local stamp='' failures=0
  read -r _ stamp failures < <(cat "$BUILD_STATE" 2> /dev/null) || true
  [[ $stamp == "$WANTED" && $failures =~ ^[0-9]+$ ]] || failures=0
  [[ $1 != failed ]] || failures=$((failures + 1))
  echo "$1 $WANTED $failures" > "$BUILD_STATE.new" && mv "$BUILD_STATE.new" "$BUILD_STATE"
  tell "software is $1 ($WANTED)"
}

take_lock() {
  exec 8>> "$ROOT/log/spack.lock"
  python3 "$SRC/lock.py" 8 "$1"
}

install_tools() {
  local tool
  for tool in python3 gcc g++ gfortran make patch git file unzip xz gpg; do
    command -v "$tool" > /dev/null && continue
    if command -v apt-get > /dev/null; then
      apt_install python3 build-essential gfortran patch git file unzip xz-utils gnupg
    else
      # gnupg2-minimal stands in the way on Amazon Linux
      dnf install -y -q --allowerasing python3 gcc gcc-c++ gcc-gfortran make patch git file unzip xz gnupg2
    fi
    return
  done
}

# Spack reads s3:// with boto3, which ParallelCluster's own Python has on every node.
choose_python() {
  local python
  [[ $(setting build-cache) == s3://* ]] || return 0
  for python in python3 /opt/parallelcluster/pyenv/versions/*/envs/node_virtualenv/bin/python; do
    if "$python" -c 'import boto3' 2> /dev/null; then
      export SPACK_PYTHON=$python
      return
    fi
  done
  say "no Python here has boto3: the build cache in S3 cannot be read"
}

spack() { "$CHECKOUT/bin/spack" -e "$ENVIRONMENT" "$@" < /dev/null; }

# One package that fails hides no other: Spack goes on with those that do not need it.
install_packages() { spack install --use-buildcache "$1" -j "$2"; }

all_built() {
  local name version
  while IFS=$'\t' read -r name version _; do
    built "$name" "$version" > /dev/null || return 1
  done < "$DATA/packages.tsv"
}

# write_results STATE: what becomes of packages that have no module, `building` or `failed`.
write_results() {
  local name version spec state
  while IFS=$'\t' read -r name version spec; do
    state=ready
    built "$name" "$version" > /dev/null || state=$1
    if [[ $state == building ]] && grep -qxF -- "$spec" "$ENVIRONMENT/refused" 2> /dev/null; then state=failed; fi
    printf '%s\t%s\t%s\n' "$name" "$version" "$state"
  done < "$DATA/packages.tsv" | replace_file "$BUILD_RESULTS" || true
}

# Logs of builds that failed, out of the folder that Spack builds in; one name for each package.
keep_logs() {
  local file
  rm -rf "$ROOT/log/failed"
  install -d -m 755 "$ROOT/log/failed"
  while read -r file; do
    cp "$file" "$ROOT/log/failed/$(basename "$(dirname "$file")").txt" || true
  done < <(find "$TMPDIR" -name spack-build-out.txt 2> /dev/null)
}

# conclude RESULT: the last word on a list, after everything was tried.
conclude() {
  local result=$1
  keep_logs
  spack module tcl refresh -y --delete-tree || result=1
  publish_modules
  all_built || result=1
  write_results failed
  if ((result == 0)); then
    printf '%s\n' "$WANTED" > "$READY_MARKER.new" && mv -T "$READY_MARKER.new" "$READY_MARKER" && set_state ready
  else
    awk -F '\t' '$3 == "failed" { print $1, $2 }' "$BUILD_RESULTS" | while read -r package; do
      tell "software: not built: $package, see $BUILD_LOG"
    done
    set_state failed
  fi
  return "$result"
}
