#!/bin/bash
# The folder of the software becomes root's on the head node, before there is any user who could write in it.
set -euo pipefail
# shellcheck source=/dev/null
source "$(dirname "$0")/../lib.sh"
# shellcheck source=/dev/null
source "$SRC/modules.sh"

[[ $PETAL_ROLE == head ]] || exit 0
valid_software || exit 1
claim_root || true
finish
