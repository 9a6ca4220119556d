#!/bin/bash
# In the background of the head node, or in the pod petal-images: fetches Apptainer and the images, and makes modules of
# what is in them. One run at a time, to be repeated after any failure: layers that came stay in a cache until their image
# is whole.
set -euo pipefail
# shellcheck source=/dev/null
source "$(dirname "$0")/lib.sh"
# shellcheck source=/dev/null
source "$SRC/modules.sh"
# shellcheck source=/dev/null
source "$SRC/containers.sh"
# shellcheck source=/dev/null
source "$SRC/containers-here.sh"

OWN_EXEC=$CONTAINERS/_petal
APPTAINER=$CONTAINERS/_apptainer-$(apptainer_pin version)
STAMP=$(images_stamp)
STAGE=/var/tmp/petal-apptainer # about three times an image, on a disk of this node
export APPTAINER_CACHEDIR=$STAGE/cache APPTAINER_TMPDIR=$STAGE/tmp
umask 022

# Of the list that this run began with: a newer one that comes meanwhile is due after it.
set_state() {
  printf '%s %s\n' "$1" "$STAMP" > "$CONTAINERS_STATE.new"
  mv "$CONTAINERS_STATE.new" "$CONTAINERS_STATE"
  say "containers are $1"
  tell "containers are $1"
}

install_exec() {
  local name
  install -d -m 755 "$OWN_EXEC"
  for name in "$SRC"/exec/*; do
    install -m 755 "$name" "$OWN_EXEC/.new" && mv -T "$OWN_EXEC/.new" "$OWN_EXEC/${name##*/}"
  done
}

install_tools() {
  command -v rpm2cpio > /dev/null && command -v cpio > /dev/null && return
  if command -v apt-get > /dev/null; then
    apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q rpm2cpio cpio
  else
    dnf install -y -q cpio
  fi
}

# Unpacked, not installed: one copy on shared storage serves nodes of every system, and needs no rights there.
install_apptainer() {
  local script=$STAGE/install-unprivileged.sh
  [[ ! -x $APPTAINER/bin/apptainer ]] || return 0
  install_tools || return
  rm -rf "$APPTAINER.new"
  curl -fsSL --retry 3 -o "$script" "$(apptainer_pin installer)" || return
  echo "$(apptainer_pin sha256)  $script" | sha256sum --check --quiet || return
  bash "$script" -v "$(apptainer_pin version)" "$APPTAINER.new" < /dev/null || return
  mv -T "$APPTAINER.new" "$APPTAINER"
}

log_in() {
  local region
  unset APPTAINER_DOCKER_USERNAME APPTAINER_DOCKER_PASSWORD
  region=$(ecr_region "$1")
  [[ -n $region ]] || return 0
  APPTAINER_DOCKER_PASSWORD=$(ecr_password "$region") || return
  export APPTAINER_DOCKER_USERNAME=AWS APPTAINER_DOCKER_PASSWORD
}

pull() {
  local reference=$1 file=$2
  log_in "$reference" || return
  "$APPTAINER/bin/apptainer" pull --force "$file.part" "docker://$reference" < /dev/null ||
    { rm -f "$file.part"; return 1; } # a full disk is everybody's
  unset APPTAINER_DOCKER_USERNAME APPTAINER_DOCKER_PASSWORD
  chmod 644 "$file.part" && sync "$file.part" && mv -T "$file.part" "$file" || return
  rm -rf "$APPTAINER_CACHEDIR"
}

# inside FILE COMMAND...: as nobody, since the image may be anybody's.
inside() {
  timeout 120 setpriv --reuid=65534 --regid=65534 --clear-groups env -i PATH=/usr/bin:/bin HOME=/tmp \
    "$APPTAINER/bin/apptainer" exec --contain "$@" | head -c 20000000
}

# What the image offers becomes the tree's tables; only when all of it is known.
look_inside() {
  local image=$1 file=$2 prefix=$3 tree=$CONTAINERS/$1 modules
  if [[ $prefix == - ]]; then
    mapfile -t modules < <(awk -F '\t' -v image="$image" '$1 "" == image "" { print $2 "/" $3 }' \
      "$IMAGES_DATA/modules.tsv")
    inside "$file" /bin/sh -s -- "${modules[@]}" < "$SRC/exec/find-commands.sh" > "$tree/commands.new" || return
    : > "$tree/packages.new"
  else
    inside "$file" cat "$prefix/commands.tsv" < /dev/null > "$tree/commands.new" || return
    inside "$file" cat "$prefix/packages.tsv" < /dev/null > "$tree/packages.new" || return
  fi
  mv -T "$tree/packages.new" "$tree/packages.tsv"
  mv -T "$tree/commands.new" "$tree/commands.tsv"
}

configure() {
  local file=$2 prefix=$3 tree=$CONTAINERS/$1
  cut -f 1 "$IMAGES_DATA/binds.tsv" | replace_file "$tree/binds" || true
  {
    printf 'runtime=apptainer\nprogram=%s\nimage=%s\nlog=%s\n' "$APPTAINER/bin/apptainer" "$file" "$CONTAINERS_LOG"
    [[ $prefix == - ]] || printf 'root=%s\n' "$prefix"
    more_of_image
  } | replace_file "$tree/image.conf" || true
  [[ -s $tree/image.conf ]]
}

image_file() {
  local key=${3#sha256:}
  [[ $3 != - ]] || key=$(printf '%s' "$2" | sha256sum)
  echo "$CONTAINERS/_images/$1-${key:0:12}.sif"
}

provide() {
  local image=$1 reference=$2 digest=$3 prefix=$4 file tree=$CONTAINERS/$1
  file=$(image_file "$image" "$reference" "$digest")
  say "$image: $reference"
  [[ -e $tree/ready ]] || mark "$tree" building "the image is still being pulled, see $CONTAINERS_LOG"
  [[ -s $file ]] || pull "$reference" "$file" || return
  look_inside "$image" "$file" "$prefix" || return
  configure "$image" "$file" "$prefix" || return
  sh "$OWN_EXEC/make-modules.sh" "$tree" || return
  mark "$tree" ready "$reference"
}

provide_all() {
  local image reference digest prefix result=0
  while IFS=$'\t' read -r image reference digest prefix; do
    provide "$image" "$reference" "$digest" "$prefix" && continue
    result=1
    say "$image: $reference could not be pulled"
    # what is there of an older image goes on
    [[ -e $CONTAINERS/$image/ready ]] ||
      mark "$CONTAINERS/$image" failed "the image could not be pulled, see $CONTAINERS_LOG" || true
  done < "$IMAGES_DATA/images.tsv"
  publish_pending
  return "$result"
}

# Files and Apptainers that trees name.
in_use() {
  sed -n 's/^image=//p; s/^program=\(.*\)\/bin\/apptainer$/\1/p' "$CONTAINERS"/[a-z0-9]*/image.conf 2> /dev/null || true
}

# The age of what is in use is none: it counts from when something else took its place.
remember_use() {
  local path
  rm -f "$CONTAINERS"/_images/*.part
  while read -r path; do
    [[ ! -e $path ]] || touch "$path"
  done < <(in_use)
}

# Trees go at once. Jobs may still run from what no tree names: it stays for a week.
remove_others() {
  local path
  for path in "$CONTAINERS"/[a-z0-9]*; do
    grep -qxF -- "${path##*/}" <(cut -f 1 "$IMAGES_DATA/images.tsv") || rm -rf "$path"
  done
  while read -r path; do
    grep -qxF -- "$path" <(in_use) || rm -rf "$path"
  done < <(find "$CONTAINERS"/_images/*.sif "$CONTAINERS"/_apptainer-* -maxdepth 0 -mtime +7 2> /dev/null)
}

main() {
  local result=0
  claim_root || finish
  claim_containers || finish
  # shellcheck disable=SC2153
  exec 8>> "$ROOT/log/containers.lock"
  python3 "$SRC/lock.py" 8 0 || { say "another run is busy"; exit 0; }
  valid_images || finish
  announce
  publish_pending
  exec >> "$CONTAINERS_LOG" 2>&1
  set_state building
  install -d -m 700 "$STAGE" "$APPTAINER_TMPDIR"
  remember_use
  install_exec
  [[ ! -s $IMAGES_DATA/images.tsv ]] || install_apptainer || say "Apptainer could not be installed"
  provide_all || result=1
  remove_others
  if ((result)); then set_state failed; else set_state ready; fi
}

main; exit
