#!/bin/bash
# Runs as the user; stdin holds the public keys of the seed. Lines that end in the mark are petal's and follow
# the seed; all other lines are the user's and stay.
set -euo pipefail
umask 077

MARK=' petal-managed'
SSH_DIR=$HOME/.ssh
NODE_KEY=$SSH_DIR/id_ed25519 # for ssh from node to node: the home is the same everywhere
FILE=$SSH_DIR/authorized_keys

mkdir -p "$SSH_DIR"
[[ -e $NODE_KEY ]] || ssh-keygen -q -t ed25519 -N '' -C "$USER@cluster" -f "$NODE_KEY"
seed_keys=$(cat)
text=$(
  [[ ! -e $FILE ]] || grep -v -e "$MARK\$" "$FILE" || true
  { [[ ! -e $NODE_KEY.pub ]] || cat "$NODE_KEY.pub"; printf '%s\n' "$seed_keys"; } | sed -e '/^$/d' -e "s/\$/$MARK/"
)
if [[ ! -f $FILE || $(< "$FILE") != "$text" ]]; then
  printf '%s\n' "$text" > "$FILE.petal"
  mv "$FILE.petal" "$FILE"
fi
