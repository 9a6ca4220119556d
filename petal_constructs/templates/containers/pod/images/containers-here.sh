#!/bin/bash
# What the pod petal-images does otherwise than a head node, which has a file of this name too.

PASSWORDS=/run/petal/ecr # the container with the AWS CLI writes them: ecr.sh

# Standard output of the pod: images.sh keeps it open.
tell() { { echo "petal: $*" >&3; } 2> /dev/null || true; }

# Users see /petal read-only. Where they may write beside their homes, they may have been here before.
claim_root() {
  local path
  for path in "$ROOT" "$ROOT/log" "$ROOT/lmod"; do
    [[ ! -e $path && ! -L $path ]] || is_own_folder "$path" ||
      { refuse "software: $path is not a folder of root's; move it away"; return 1; }
    install -d -m 755 "$path" || { refuse "software: $path could not be made"; return 1; }
  done
}

# Tokens of ECR live for twelve hours. Both containers start at once: the first one may take a while.
ecr_password() {
  local tries
  for ((tries = 0; tries < 60; tries++)); do
    [[ -z $(find "$PASSWORDS/$1" -mmin -660 2> /dev/null) ]] || { cat "$PASSWORDS/$1"; return; }
    sleep 1
  done
  say "there is no password for Amazon ECR in $1: the container passwords of this pod says why"
  return 1
}

# Lines of image.conf. A login pod can make no user namespaces, which Apptainer needs. Apptainer pulls what is for its own
# machine.
more_of_image() { printf 'only=jobs\nmachine=%s\n' "$(uname -m)"; }
