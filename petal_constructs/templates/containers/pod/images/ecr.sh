#!/bin/bash
# In the pod petal-images, where the AWS CLI is: writes passwords of Amazon ECR, one for each region that images lie in,
# to memory that the container which pulls shares. They live for twelve hours and are renewed after six.
set -uo pipefail
# shellcheck source=/dev/null
source "$(dirname "$0")/lib.sh"
# shellcheck source=/dev/null
source "$SRC/modules.sh"
# shellcheck source=/dev/null
source "$SRC/containers.sh"

PASSWORDS=/run/petal/ecr
PAUSE=${PETAL_PAUSE:-30} # seconds
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

# Nothing is printed: this is the pod's log.
renew() {
  local new=$PASSWORDS/.new
  rm -f "$new"
  aws ecr get-login-password --region "$1" > "$new" && [[ -s $new ]] && mv -T "$new" "$PASSWORDS/$1" && return
  rm -f "$new"
  say "no password for Amazon ECR in $1; the next try is in $PAUSE s"
}

main() {
  local region
  trap stop TERM INT
  while :; do
    for region in $(regions); do
      [[ -n $(find "$PASSWORDS/$region" -mmin -360 2> /dev/null) ]] || renew "$region"
    done &
    wait "$!"
    sleep "$PAUSE" &
    wait "$!"
  done
}

main
