#!/bin/sh
# finish.sh: modules and commands of what is installed, as the files that they are made from:
#   TREE/packages.tsv  module, version that was asked for or -, version that came of it, spec
#   TREE/commands.tsv  module, version, command, path of the program
set -eu
umask 022
mkdir -p "$PETAL_TREE"
cp /petal/finish/tree/* "$PETAL_TREE"
tab=$(printf '\t')

# 2:1.16.1+ds-1 and 1.16.1~rc are 1.16.1 for users
version_of() { dpkg-query -W -f '${source:Upstream-Version}\n' "$1" | sed 's/[+~].*//'; }

programs_of() { dpkg -L "$1" | grep -E '^(/usr)?/(bin|sbin|games)/[^/]+$' || true; }

cat /petal/groups/*/packages.tsv | while IFS=$tab read -r name asked spec package; do
  version=$(version_of "$package")
  printf '%s\t%s\t%s\t%s\n' "$name" "$asked" "$version" "$spec" >&3
  case $version in
    "$asked" | "$asked".*) ;;
    *) [ "$asked" = - ] || echo "petal: $name: $asked is asked for, the system has $version" >&2 ;;
  esac
  programs_of "$package" | while read -r path; do
    [ ! -x "$path" ] || printf '%s\t%s\t%s\t%s\n' "$name" "$version" "${path##*/}" "$path"
  done
done 3> "$PETAL_TREE/packages.tsv" > "$PETAL_TREE/commands.tsv"
sh /petal/finish/tree.sh "$PETAL_TREE"
