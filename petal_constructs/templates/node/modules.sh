#!/bin/bash
# Module trees: ready ones are Spack's, pending ones stand in until a build is done. Source lib.sh first.
# shellcheck disable=SC2034 # READY and the others are for those who source this

ROOT=$(setting root)
READY=$ROOT/modules/tcl
PENDING=$ROOT/modules/pending
BUILD_STATE=$ROOT/log/spack.state # one line: building, waiting, ready or failed; of which list; how often it failed
BUILD_RESULTS=$ROOT/log/packages.tsv # name, version, and ready, building or failed
BUILD_LOG=$ROOT/log/spack.log
READY_MARKER=$ROOT/petal_ready # stamp of the list that was last installed completely
BUILD_JOB=petal-spack

OWN=(environment spack software modules log cache stage scratch) # what petal makes in ROOT

valid_software() {
  local name version spec
  [[ $ROOT =~ ^(/[A-Za-z0-9._-]+)+$ && ! $ROOT =~ (^|/)\.\.?(/|$) ]] ||
    { refuse "software: not a folder: ${ROOT@Q}"; return 1; }
  [[ $(setting stamp) =~ ^[0-9a-f]{12}$ ]] || { refuse "software: no stamp"; return 1; }
  [[ $(setting build-queue)/$(setting build-size) =~ ^(-/-|[a-z][a-z0-9-]*/[a-z][a-z0-9-]*)$ &&
    $(setting build-time) =~ ^(-|infinite|[0-9][0-9:-]*)$ ]] ||
    { refuse "software: not a queue to build on"; return 1; }
  while IFS=$'\t' read -r name version spec; do
    [[ $name =~ ^[a-z0-9_][a-z0-9_-]*$ && $version =~ ^(-|[A-Za-z0-9_][A-Za-z0-9._-]*)$ && $spec == "$name"* ]] ||
      { refuse "software: not a package: ${name@Q} ${version@Q} ${spec@Q}"; return 1; }
  done < "$DATA/packages.tsv"
}

is_own_folder() { [[ -d $1 && ! -L $1 && -O $1 ]]; }

# ParallelCluster mounts ROOT for everybody to write in (mode 1777), and root builds there. Closed first, then
# looked at: nothing can be planted in between. `scratch` is what stays open to everybody.
claim_root() {
  local name path
  [[ ! -L $ROOT ]] || { refuse "software: $ROOT is a link"; return 1; }
  install -d -o root -g root -m 755 "$ROOT" || { refuse "software: $ROOT could not be made"; return 1; }
  for name in "${OWN[@]}"; do
    path=$ROOT/$name
    [[ -e $path || -L $path ]] || continue
    is_own_folder "$path" || { refuse "software: $path is not a folder of root's; move it away"; return 1; }
  done
  [[ ! -e $READY_MARKER || (-f $READY_MARKER && ! -L $READY_MARKER && -O $READY_MARKER) ]] ||
    { refuse "software: $READY_MARKER is not root's; move it away"; return 1; }
  rm -rf "$READY_MARKER.new"
  install -d -m 1777 "$ROOT/scratch" || { refuse "software: $ROOT/scratch could not be made"; return 1; }
}

# built NAME VERSION: the version that Spack made of it. A seed's 4.3.0 may be 4.3.0.0 in Spack; - is any version.
built() {
  local folder=$READY/$1 found
  [[ -d $folder ]] || return 1
  if [[ $2 == - ]]; then
    found=$(find "$folder" -maxdepth 1 -type f -not -name '.*' -printf '%f\n')
  elif [[ -f $folder/$2 ]]; then
    found=$2
  else
    found=$(find "$folder" -maxdepth 1 -type f -name "$2[._-]*" -printf '%f\n')
  fi
  [[ -n $found ]] && sort -V <<< "$found" | tail -n 1
}

pending_file() {
  local version=$2
  [[ $version != - ]] || version=pending
  echo "$PENDING/$1/$version"
}

# stdin becomes a module in one step, and no other file stands beside it, which would be a module too.
replace_module() {
  local text new=$ROOT/log/module.$HOSTNAME.new
  text=$(cat)
  [[ ! -f $1 || $(< "$1") != "$text" ]] || return 0
  # a full disk leaves the old one; a node that does the same at once is welcome
  { printf '%s\n' "$text" > "$new" && mv -T "$new" "$1"; } || true
}

write_aliases() {
  local name=$1 lines=$2
  if [[ -n $lines ]]; then
    printf '#%%Module1.0\n%s' "$lines" | replace_module "$READY/$name/.modulerc"
  else
    rm -f "$READY/$name/.modulerc"
  fi
}

# Brings pending modules and aliases in line with what is built; changes nothing when they are.
publish_modules() {
  local name version found file
  local -A aliases=() keep=()
  while IFS=$'\t' read -r name version _; do
    if found=$(built "$name" "$version"); then
      aliases[$name]+=""
      [[ $version == - || $found == "$version" ]] || aliases[$name]+="module-version $name/$found $version"$'\n'
    else
      file=$(pending_file "$name" "$version")
      keep[$file]=1
      install -d -m 755 "$(dirname "$file")"
      replace_module "$file" < "$SRC/modules/pending.tcl"
    fi
  done < "$DATA/packages.tsv"
  for name in "${!aliases[@]}"; do write_aliases "$name" "${aliases[$name]}"; done
  while read -r file; do
    [[ -n ${keep[$file]:-} ]] || rm -f "$file"
  done < <(find "$PENDING" -type f)
  find "$PENDING" -mindepth 1 -type d -empty -delete
  setting contact | replace_file "$ROOT/log/contact" || true
}
