#!/bin/sh
# finish.sh: modules and commands of what is installed, without what was only there to build it.
set -eu
umask 022
mkdir -p "$PETAL_TREE"
cp /petal/finish/tree/* "$PETAL_TREE"
python3 /petal/finish/describe.py "$PETAL_TREE" /petal/groups
sh /petal/finish/tree.sh "$PETAL_TREE"
