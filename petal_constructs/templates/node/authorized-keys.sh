#!/bin/bash
# Runs as the user; stdin holds the public keys of the seed. Lines that end in the mark are petal's and follow
# the seed; all other lines are the user's and stay.
set -euo pipefail
umask 077

MARK=' petal-managed'
SSH_DIR=$HOME/.ssh
NODE_KEY=$SSH_DIR/id_ed25519 # for ssh from node to node: the home is the same everywhere
FILE=$SSH_DIR/authorized_keys

# The private half comes last and whole: as long as it is missing, all is made again.
make_node_key() {
  rm -f "$NODE_KEY".petal{,.pub}
  ssh-keygen -q -t ed25519 -N '' -C "$USER@cluster" -f "$NODE_KEY.petal"
  mv "$NODE_KEY.petal.pub" "$NODE_KEY.pub"
  mv "$NODE_KEY.petal" "$NODE_KEY"
}

mkdir -p "$SSH_DIR"
[[ -e $NODE_KEY ]] || make_node_key
seed_keys=$(cat)
text=$(
  [[ ! -e $FILE ]] || grep -v -e "$MARK\$" "$FILE" || true
  { [[ ! -e $NODE_KEY.pub ]] || cat "$NODE_KEY.pub"; printf '%s\n' "$seed_keys"; } | sed -e '/^$/d' -e "s/\$/$MARK/"
)
if [[ ! -f $FILE || $(< "$FILE") != "$text" ]]; then
  printf '%s\n' "$text" > "$FILE.petal"
  mv "$FILE.petal" "$FILE"
fi
