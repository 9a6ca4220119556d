#!/bin/bash
# petal-submit and petal-queue of the login pod: kubelet swaps the folder that has them, and mounts this file alone.
set -euo pipefail

exec "/etc/petal/submit/${0##*/}" "$@"
