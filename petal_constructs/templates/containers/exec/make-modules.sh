#!/bin/sh
# make-modules.sh TREE: wrappers and module files, so that they are what two tables say; what is right stays as it
# is, so that jobs that run go on finding their commands.
#   TREE/commands.tsv  module, version, command, path of the program
#   TREE/packages.tsv  module, version that was asked for or -, version that came of it or -, spec; may be missing
# Names come from other people's images: what is no plain name is left out, and said.
set -eu
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
tree=$1
umask 022

say() { printf 'petal: %s\n' "$*" >&2; }

# rows FILE COLUMNS: those rows whose first columns are plain names.
rows() {
  [ -e "$tree/$1" ] || return 0
  awk -F '\t' -v columns="$2" -v file="$1" '
    {
      for (i = 1; i <= columns; i++)
        if ($i !~ /^[A-Za-z0-9_][A-Za-z0-9_.+-]*$/ && !(file == "packages.tsv" && $i == "-")) {
          print "petal: " file ":" NR ": left out, not a plain name" > "/dev/stderr"
          next
        }
      for (i = 1; i <= columns; i++) printf "%s%s", $i, i < columns ? "\t" : "\n"
    }' "$tree/$1"
}

wanted_modules() {
  {
    rows packages.tsv 3 | awk -F '\t' '$3 != "-" { print $1 "/" $3 }'
    rows commands.tsv 3 | awk -F '\t' '{ print $1 "/" $2 }'
  } | sort -u
}

wanted_commands() { rows commands.tsv 3 2> /dev/null | tr '\t' '/' | sort -u; }

# The seed says 1.17, and 1.17.2 came of it. Where something else came of it, its name says so.
wanted_aliases() {
  rows packages.tsv 3 2> /dev/null | awk -F '\t' '
    $2 != "-" && $3 != "-" && index($3, $2) == 1 && substr($3, length($2) + 1) ~ /^[._-]/ {
      print $1 "\tmodule-version " $1 "/" $3 " " $2
    }' | sort -u
}

# stdin becomes a file in one step, made where nobody looks for modules.
put() {
  cat > "$tree/.new"
  mkdir -p "${1%/*}"
  if cmp -s "$tree/.new" "$1"; then rm "$tree/.new"; else mv "$tree/.new" "$1"; fi
}

make_wrappers() {
  target=../../../petal-exec
  [ -e "$tree/petal-exec" ] || target=../../../../_petal/petal-exec
  while read -r path; do
    [ -L "$tree/bin/$path" ] && continue
    mkdir -p "$tree/bin/${path%/*}"
    ln -s "$target" "$tree/bin/$path"
  done < "$tree/.commands"
}

make_modules() {
  while read -r path; do
    put "$tree/modules/$path" < "$here/module.tcl"
  done < "$tree/.modules"
  cut -f 1 "$tree/.aliases" | uniq | while read -r name; do
    { echo '#%Module1.0'; awk -F '\t' -v name="$name" '$1 "" == name "" { print $2 }' "$tree/.aliases"; } |
      put "$tree/modules/$name/.modulerc"
  done
}

# remove_others FOLDER LIST: what a folder holds beside what is listed.
remove_others() {
  [ -d "$tree/$1" ] || return 0
  (cd "$tree/$1" && find . ! -type d) | cut -c 3- | grep -vxF -f "$2" | while read -r path; do
    rm "$tree/$1/$path"
  done
  find "$tree/$1" -mindepth 1 -depth -type d -empty -exec rmdir {} \;
}

wanted_modules > "$tree/.modules"
wanted_commands > "$tree/.commands"
wanted_aliases > "$tree/.aliases"
make_wrappers
make_modules
cut -f 1 "$tree/.aliases" | sed 's,$,/.modulerc,' >> "$tree/.modules"
remove_others modules "$tree/.modules"
remove_others bin "$tree/.commands"
rm -f "$tree/.modules" "$tree/.commands" "$tree/.aliases"
say "$tree: $(find "$tree/modules" -type f ! -name .modulerc 2> /dev/null | wc -l) modules"
