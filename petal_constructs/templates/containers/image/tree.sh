#!/bin/sh
# tree.sh TREE: wrappers and modules of a tree whose tables are written. A copy may have lost the scripts' mode.
set -eu
cd "$(dirname "$0")"
chmod 755 "$1"/petal-* "$1/entrypoint"
sh make-modules.sh "$1"
[ -d "$1/modules" ] || { echo 'petal: no modules were made' >&2; exit 1; }
