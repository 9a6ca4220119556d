#!/bin/bash
# What the step and the pulling of images share. Source lib.sh and modules.sh first.
# shellcheck disable=SC2034,SC2153 # CONTAINERS_LOG and others are for those who source this

IMAGES_DATA=$DATA/containers
CONTAINERS=$ROOT/containers
CONTAINERS_STATE=$ROOT/log/containers.state # one line: building, ready or failed, and of which list
CONTAINERS_LOG=$ROOT/log/containers.log

apptainer_pin() { awk -F '\t' -v key="$1" '$1 == key { print $2 }' "$IMAGES_DATA/apptainer.tsv"; }

# 12 digits of all that decides what is made: a newer petal makes its own of the same images.
images_stamp() { cat "$IMAGES_DATA"/*.tsv "$SRC"/containers*.sh "$SRC"/exec/* | sha256sum | cut -c1-12; }

valid_images() {
  local image reference digest prefix module version
  while IFS=$'\t' read -r image reference digest prefix; do
    [[ $image =~ ^[a-z0-9]+([._-][a-z0-9]+)*$ && $reference =~ ^[a-z0-9][A-Za-z0-9._/:@-]*$ &&
      $digest =~ ^(-|sha256:[0-9a-f]{64})$ && ($prefix == - || $prefix == "/opt/petal/$image") ]] ||
      { refuse "containers: not an image: ${image@Q} ${reference@Q} ${digest@Q} ${prefix@Q}"; return 1; }
  done < "$IMAGES_DATA/images.tsv"
  while IFS=$'\t' read -r image module version; do
    [[ $image =~ ^[a-z0-9]+([._-][a-z0-9]+)*$ && $module =~ ^[A-Za-z0-9_][A-Za-z0-9_.+-]*$ &&
      $version =~ ^(-|[A-Za-z0-9_][A-Za-z0-9_.+-]*)$ ]] ||
      { refuse "containers: not a module: ${image@Q} ${module@Q} ${version@Q}"; return 1; }
  done < "$IMAGES_DATA/modules.tsv"
}

# The region of a registry of Amazon's; nothing of others.
ecr_region() {
  [[ $1 =~ ^[0-9]{12}\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?/ ]] || return 0
  echo "${BASH_REMATCH[1]}"
}

# A list that is done stays so; one that failed is tried again after an hour. `building` with nothing running means
# that it was cut off: resume.
pull_is_due() {
  local state stamp
  read -r state stamp < <(cat "$CONTAINERS_STATE" 2> /dev/null || echo none none) || true
  [[ $stamp == "$(images_stamp)" ]] || return 0
  case $state in
    ready) return 1 ;;
    failed) [[ -n $(find "$CONTAINERS_STATE" -mmin +60) ]] ;;
    *) return 0 ;;
  esac
}

# Modules and commands say from the start what becomes of their image.
announce() {
  local image
  while IFS=$'\t' read -r image _; do
    [[ -e $CONTAINERS/$image/ready || -e $CONTAINERS/$image/failed || -e $CONTAINERS/$image/building ]] ||
      mark "$CONTAINERS/$image" building "the image is still being pulled, see $CONTAINERS_LOG"
  done < "$IMAGES_DATA/images.tsv"
}

claim_containers() {
  [[ ! -e $CONTAINERS && ! -L $CONTAINERS ]] || is_own_folder "$CONTAINERS" ||
    { refuse "containers: $CONTAINERS is not a folder of root's; move it away"; return 1; }
  install -d -m 755 "$CONTAINERS" "$CONTAINERS/_images" "$ROOT/log"
}

# offered TREE MODULE VERSION: whether a real module answers to that; - is any version.
offered() {
  local folder=$1/modules/$2 file
  if [[ -f $folder/.modulerc ]] && awk -v version="$3" \
    '$3 "" == version "" { found = 1 } END { exit !found }' "$folder/.modulerc"; then return; fi
  for file in "$folder"/*; do
    [[ -f $file && ($3 == - || ${file##*/} == "$3") && ${file##*/} != pending ]] || continue
    cmp -s "$file" "$SRC/modules/pending-image.tcl" || return 0
  done
  return 1
}

# Modules that the seed promises and no image offers yet, or ever will.
publish_pending() {
  local image module version file
  while IFS=$'\t' read -r image module version; do
    offered "$CONTAINERS/$image" "$module" "$version" && continue
    file=$CONTAINERS/$image/modules/$module/$version
    [[ $version != - ]] || file=${file%-}pending
    install -d -m 755 "$(dirname "$file")"
    replace_module "$file" < "$SRC/modules/pending-image.tcl"
  done < "$IMAGES_DATA/modules.tsv"
}

# mark TREE STATE TEXT: exactly one of ready, building and failed. On a full disk it fails and leaves the earlier one.
mark() {
  local state
  install -d -m 755 "$1"
  printf '%s\n' "$3" | replace_file "$1/$2" || [[ -e $1/$2 ]] || return
  for state in ready building failed; do
    [[ $state == "$2" ]] || rm -f "$1/$state"
  done
}
