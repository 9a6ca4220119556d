#!/bin/bash
# Buckets as folders: mounts.tsv holds bucket, mount point, key prefix or -, ro or rw. One systemd unit each.
#
# Everybody on the node may read, and on rw mounts write and delete: what S3 allows is decided by the node's
# role, and modes that pretended otherwise would only hide that. The region is left to Mountpoint, which asks
# S3 where the bucket is (mountpoint-s3 doc/CONFIGURATION.md, "Region detection", read 2026-11-22).
set -euo pipefail
# shellcheck source=/dev/null
source "$(dirname "$0")/../lib.sh"

UNITS=/etc/systemd/system
RELEASES=https://s3.amazonaws.com/mountpoint-s3-release/latest # mountpoint-s3 doc/INSTALL.md, read 2026-11-22
# printable, without space, quotes and backslash; ends in a slash as Mountpoint demands
PREFIX='^[]!#-&(-[^-~]+/$'

package_url() {
  local machine
  machine=$(uname -m)
  echo "$RELEASES/${machine/aarch64/arm64}/mount-s3.$1"
}

install_deb() {
  local folder
  folder=$(mktemp -d)
  curl -fsSL --retry 3 -o "$folder/mount-s3.deb" "$(package_url deb)" && apt_install "$folder/mount-s3.deb"
}

install_mountpoint() {
  if command -v mount-s3 > /dev/null; then return; fi
  if command -v apt-get > /dev/null; then
    install_deb
  else
    # in Amazon Linux's own repository since 2023.9.20251110
    dnf install -y -q mount-s3 || dnf install -y -q "$(package_url rpm)"
  fi
}

is_system_path() {
  [[ $1 =~ ^/(bin|boot|dev|etc|lib[0-9a-z]*|petal|proc|root|run|sbin|sys|usr|var)(/|$) ]] ||
    [[ $1 =~ ^/(home|media|mnt|opt|opt/intel|srv|tmp)$ || $1 =~ ^/opt/(petal|slurm|parallelcluster)(/|$) ]]
}

valid() {
  local bucket=$1 path=$2 prefix=$3 mode=$4
  [[ $bucket =~ ^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$ ]] || { refuse "mount: not a bucket: ${bucket@Q}"; return 1; }
  if [[ ! $path =~ ^(/[A-Za-z0-9._-]+)+$ || $path =~ /\.\.?(/|$) ]] || is_system_path "$path"; then
    refuse "mount of $bucket: not a folder to mount on: ${path@Q}"
    return 1
  fi
  [[ $prefix == - || ($prefix =~ $PREFIX && ! $prefix =~ (^|/)\.\.?/) ]] ||
    { refuse "mount of $bucket: not a key prefix: ${prefix@Q}"; return 1; }
  [[ $mode == ro || $mode == rw ]] || { refuse "mount of $bucket: neither ro nor rw: ${mode@Q}"; return 1; }
}

# systemd expands % and $ even between quotes; quotes and backslashes were refused
word() {
  local text=${1//\%/%%}
  printf ' "%s"' "${text//\$/\$\$}"
}

command_line() {
  local bucket=$1 path=$2 prefix=$3 mode=$4 option
  local -a options=(--allow-other --uid=0 --gid=0)
  if [[ $mode == ro ]]; then
    options+=(--read-only --dir-mode=0555 --file-mode=0444)
  else
    options+=(--allow-delete --allow-overwrite --dir-mode=0777 --file-mode=0666)
  fi
  [[ $prefix == - ]] || options+=("--prefix=$prefix")
  command -v mount-s3 | tr -d '\n'
  for option in "${options[@]}" "$bucket" "$path"; do word "$option"; done
}

unit_text() {
  cat << UNIT
[Unit]
Description=petal: bucket $1 at $2
Wants=network-online.target
After=network-online.target remote-fs.target

[Service]
Type=forking
ExecStart=$(command_line "$@")
ExecStop=$(command -v umount)$(word "$2")
ExecStopPost=-$(command -v umount) --lazy --quiet$(word "$2")
Restart=on-failure
RestartSec=15

[Install]
WantedBy=multi-user.target
UNIT
}

# A folder with files in it is somebody's data: mounting over it would hide them. A new one is root's (755), so that
# no job can write to the node's disk while its bucket is not there.
usable() {
  mountpoint -q "$1" && return
  mkdir -p "$1" && [[ -z $(ls -A "$1") ]]
}

ensure_mount() {
  local unit text
  valid "$@" || return 0
  unit=petal-s3-$(systemd-escape --path "$2").service
  wanted+=("$unit")
  text=$(unit_text "$@")
  if [[ ! -f $UNITS/$unit || $(< "$UNITS/$unit") != "$text" ]]; then
    # The old mount goes before its unit: what is mounted is always what the unit says, also if this is interrupted.
    systemctl stop "$unit" 2> /dev/null || true
    replace_file "$UNITS/$unit" <<< "$text"
  fi
  systemctl is-enabled --quiet "$unit" || systemctl enable --no-reload "$unit"
  if systemctl is-active --quiet "$unit"; then return; fi
  usable "$2" || { refuse "mount of $1: $2 holds files of its own"; return 0; }
  stopped[$unit]=$1
}

# All at once: a bucket that does not answer takes systemd's 90 s, and three in a row would take this step's time.
start_mounts() {
  local unit
  ((${#stopped[@]} > 0)) || return 0
  systemctl daemon-reload
  systemctl start "${!stopped[@]}" || true
  for unit in "${!stopped[@]}"; do
    systemctl is-active --quiet "$unit" || refuse "mount of ${stopped[$unit]}: journalctl -u $unit says why"
  done
}

remove_departed() {
  local file unit
  for file in "$UNITS"/petal-s3-*.service; do
    [[ -e $file ]] || continue
    unit=$(basename "$file")
    [[ " ${wanted[*]} " != *" $unit "* ]] || continue
    systemctl disable --now "$unit" || { refuse "$unit could not be stopped"; continue; }
    rm "$file"
    systemctl daemon-reload
    say "removed $unit, which left the seed; the bucket is untouched"
  done
}

main() {
  local bucket path prefix mode
  wanted=()
  declare -gA stopped=()
  if [[ -s $DATA/mounts.tsv ]]; then
    install_mountpoint || { refuse "Mountpoint for S3 could not be installed"; finish; }
  fi
  while IFS=$'\t' read -r bucket path prefix mode; do
    ensure_mount "$bucket" "$path" "$prefix" "$mode"
  done < "$DATA/mounts.tsv"
  start_mounts
  remove_departed
  finish
}

main
