#!/bin/bash
# In the pod petal-images, where the AWS CLI is: writes passwords of Amazon ECR, one for each region that images lie in,
# to memory that the container which pulls shares. They live for twelve hours and are renewed after six.
# That image has neither awk nor find.
set -uo pipefail
# shellcheck source=/dev/null
source "$(dirname "$0")/lib.sh"
# shellcheck disable=SC2034 # containers.sh asks for it; nothing of /petal is seen here
ROOT=''
# shellcheck source=/dev/null
source "$SRC/containers.sh"

PASSWORDS=/run/petal/ecr
PAUSE=${PETAL_PAUSE:-30} # seconds
LIFE=21600
umask 077

stop() {
  trap '' TERM INT
  kill -TERM 0
  exit 0
}

regions() {
  local reference
  while IFS=$'\t' read -r _ reference _; do ecr_region "$reference"; done < "$IMAGES_DATA/images.tsv" | sort -u
}

is_fresh() { [[ -s $1 ]] && (($(date +%s) - $(stat -c %Y "$1") < LIFE)); }

# Standard output of the CLI is nowhere but in the file: the pod's log is for everybody.
renew() {
  local new=$PASSWORDS/.new
  rm -f "$new"
  aws ecr get-login-password --region "$1" > "$new" && [[ -s $new ]] && mv -T "$new" "$PASSWORDS/$1" && return
  rm -f "$new"
  say "no password for Amazon ECR in $1; the next try is in $PAUSE s"
}

renew_all() {
  local region
  for region in $(regions); do
    is_fresh "$PASSWORDS/$region" || renew "$region"
  done
}

main() {
  trap stop TERM INT
  while :; do
    # bash answers a signal at once only where it waits
    renew_all &
    wait "$!"
    sleep "$PAUSE" &
    wait "$!"
  done
}

main
