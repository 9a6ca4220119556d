#!/bin/bash
# Accounts: users.tsv holds name, uid, gid; keys.tsv holds name, public key.
#
# Only accounts that petal made are ever changed. Whoever left the seed is locked, never deleted: files would
# become someone else's when the uid is used again.
set -euo pipefail
# shellcheck source=/dev/null
source "$(dirname "$0")/../lib.sh"

OURS=$STATE/users
MAKING=$STATE/making
KEY='^(ssh-(ed25519|rsa)|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com) [A-Za-z0-9+/]+={0,3}( [[:print:]]*)?$'

ours() { grep -qxF -e "$1" "$OURS"; }

is_id() { [[ $1 =~ ^[1-9][0-9]{0,4}$ ]] && (($1 <= 60000)); }

valid() {
  [[ $1 =~ ^[a-z_][a-z0-9_-]{0,31}$ ]] || { refuse "user ${1@Q}: not a name for an account"; return 1; }
  is_id "$2" || { refuse "user $1: uid ${2@Q} is not between 1 and 60000"; return 1; }
  is_id "$3" || { refuse "user $1: gid ${3@Q} is not between 1 and 60000"; return 1; }
}

# making UNDO NAME COMMAND...: COMMAND NAME writes several files. What an interrupted one left is undone by the next run
# of this step: an account in half of the files could not log in, and nothing would mend it.
making() {
  local result=0
  echo "$1 $2" > "$MAKING"
  "${@:3}" "$2" || result=$?
  rm "$MAKING"
  return $result
}

undo_half_made() {
  local undo='' name=''
  [[ -e $MAKING ]] || return 0
  read -r undo name < "$MAKING" || true
  if [[ $undo == userdel ]] && getent passwd "$name" > /dev/null; then userdel "$name" || true; fi
  if [[ $undo == groupdel ]] && getent group "$name" > /dev/null; then groupdel "$name" || true; fi
  rm "$MAKING"
}

# Membership of wheel, sudo, adm, docker ... is power over the node; `users` is the customary shared group.
ensure_group() {
  local name=$1 gid=$2 group
  group=$(getent group "$gid" | cut -d: -f1) || true
  if [[ -z $group ]]; then
    if getent group "g$gid" > /dev/null || ! making groupdel "g$gid" groupadd --gid "$gid"; then
      refuse "user $name: group $gid could not be made"
      return 1
    fi
  elif ((gid < 1000)) && [[ $group != users && $group != "g$gid" ]]; then
    refuse "user $name: gid $gid belongs to the system (group $group)"
    return 1
  fi
}

check_account() {
  local name=$1 uid=$2 gid=$3 have_uid have_gid
  ours "$name" || { refuse "user $name: an account of this name exists that petal did not make"; return 1; }
  IFS=: read -r _ _ have_uid have_gid _ <<< "$(getent passwd "$name")"
  [[ $have_uid:$have_gid == "$uid:$gid" ]] && return
  refuse "user $name: has uid:gid $have_uid:$have_gid here, the seed says $uid:$gid; ids of an account never change"
  return 1
}

make_account() {
  local name=$1 uid=$2 gid=$3 owner
  owner=$(getent passwd "$uid" | cut -d: -f1) || true
  if [[ -n $owner ]]; then
    refuse "user $name: uid $uid belongs to $owner"
    return 1
  fi
  # first remember, then make: an interrupted run must recognise its own account
  ours "$name" || echo "$name" >> "$OURS"
  making userdel "$name" useradd --no-create-home --home-dir "/home/$name" --shell /bin/bash \
    --uid "$uid" --gid "$gid" || { refuse "user $name: useradd failed"; return 1; }
  say "made user $name ($uid:$gid)"
}

# Expiry stops every kind of login, keys included; a password lock alone would not.
locked() { [[ $(getent shadow "$1" | cut -d: -f8) == 1 ]]; }

unlock() {
  ! locked "$1" && return
  usermod --expiredate '' --shell /bin/bash "$1"
  say "unlocked user $1"
}

# ParallelCluster opens a file system that it mounts at /home to everybody (mode 1777), who could take others' homes.
close_homes() {
  [[ $PETAL_ROLE == head && $(stat -c %a /home) == 1777 ]] || return 0
  # FSx for OpenZFS keeps the mode of its topmost folder
  chmod 755 /home || say "/home stays open: everybody may make folders there"
}

make_home() {
  local name=$1 uid=$2 gid=$3 home=/home/$1 new
  if [[ ! -e $home ]]; then
    new=$(mktemp -d /home/.petal.XXXXXX)
    cp -rT /etc/skel "$new" && chmod 700 "$new" && chown -R "$uid:$gid" "$new" && mv -T "$new" "$home"
  fi
  [[ -d $home && $(stat -c %u "$home") == "$uid" ]] && return
  refuse "user $name: $home does not belong to uid $uid"
  return 1
}

keys_of() {
  local name key
  while IFS=$'\t' read -r name key; do
    [[ $name == "$1" ]] || continue
    if [[ $key =~ $KEY ]]; then echo "$key"; else refuse "user $1: not a public key: ${key:0:60}"; fi
  done < "$DATA/keys.tsv"
}

# As the user, so that a link planted in ~/.ssh gives nobody root's hand.
write_keys() {
  local name=$1 uid=$2 gid=$3 keys=$4
  env -i HOME="/home/$name" USER="$name" PATH="$PATH" setpriv --reuid "$uid" --regid "$gid" --init-groups \
    bash -c "$(< "$SRC/authorized-keys.sh")" petal <<< "$keys" || refuse "user $name: keys could not be written"
}

ensure_user() {
  local name=$1 uid=$2 gid=$3 keys
  valid "$name" "$uid" "$gid" || return 0
  if getent passwd "$name" > /dev/null; then
    check_account "$name" "$uid" "$gid" || return 0
    unlock "$name"
  else
    ensure_group "$name" "$gid" || return 0
    make_account "$name" "$uid" "$gid" || return 0
  fi
  [[ $PETAL_ROLE == head ]] || return 0
  # /home is shared from the head node: made once, there
  make_home "$name" "$uid" "$gid" || return 0
  keys=$STATE/keys
  keys_of "$name" > "$keys"
  write_keys "$name" "$uid" "$gid" "$(< "$keys")"
  rm -f "$keys"
}

# No pipe into `grep -q`: it leaves once it has found a name, and under pipefail the writer's SIGPIPE means "not found".
lock_departed() {
  local name listed
  listed=$'\n'$(cut -f1 "$DATA/users.tsv")$'\n'
  while read -r name; do
    [[ $listed != *$'\n'"$name"$'\n'* ]] || continue
    getent passwd "$name" > /dev/null || continue
    locked "$name" && continue
    usermod --expiredate 1 --shell "$(command -v nologin)" "$name" || refuse "user $name: could not be locked"
    say "locked user $name, who left the seed"
  done < "$OURS"
}

main() {
  local name uid gid
  install -d -m 700 "$STATE"
  [[ -e $OURS ]] || : > "$OURS"
  undo_half_made
  close_homes
  # homes that an interrupted run did not finish; a new one may be in the making on the other side of a hybrid cluster
  [[ $PETAL_ROLE != head ]] || find /home -maxdepth 1 -name '.petal.??????' -mmin +60 -exec rm -rf {} +
  while IFS=$'\t' read -r name uid gid; do
    ensure_user "$name" "$uid" "$gid"
  done < "$DATA/users.tsv"
  lock_departed
  finish
}

main
