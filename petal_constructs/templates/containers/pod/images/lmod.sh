#!/bin/bash
# Lmod from the packages of the pods' own system, which have none, for each machine of the tables:
#   /petal/lmod/<machine>   what the packages hold, with their paths led there
#   /petal/lmod/libexec     programs that go on with those of the machine they run on
#   /petal/lmod/init        what shells read; names no machine, since jobs inherit it from a login pod of another one
# Made beside and moved in place, by one run at a time. What is there stays until this script or the system changes.
set -euo pipefail
# shellcheck source=/dev/null
source "$(dirname "$0")/lib.sh"
# shellcheck source=/dev/null
source "$SRC/modules.sh"
# shellcheck source=/dev/null
source "$SRC/containers.sh"
# shellcheck source=/dev/null
source "$SRC/containers-here.sh"

LMOD=$ROOT/lmod
WORK=/var/tmp/petal-lmod
# The loader and its libc belong together: they stay the pod's. The rest is of no use to Lmod.
LEFT_OUT='^(libc6|libc-bin|libc-l10n|libgcc-s1|gcc-[0-9]+-base|tzdata|debconf|dpkg|perl-base|tar)_'
umask 022

valid_machines() {
  local machine architecture archive loader
  while IFS=$'\t' read -r machine architecture archive loader; do
    [[ $machine =~ ^[a-z0-9_]+$ && $architecture =~ ^[a-z0-9]+$ &&
      $archive =~ ^(-|https?://[A-Za-z0-9._:/-]+)$ && $loader =~ ^(/[A-Za-z0-9._-]+)+$ ]] ||
      { refuse "lmod: not a machine: ${machine@Q} ${architecture@Q} ${archive@Q} ${loader@Q}"; return 1; }
  done < "$IMAGES_DATA/machines.tsv"
}

codename() { sed -n 's/^VERSION_CODENAME=//p' /etc/os-release; }

# 12 digits of all that decides what a tree holds.
stamp() { { codename; cat "$SRC/lmod.sh"; } | sha256sum | cut -c1-12; }

# apt_of ARCHITECTURE ARCHIVE: writes the settings of an apt that finds nothing installed, so that it fetches all that
# Lmod needs, and that knows one architecture, whatever this machine is.
apt_of() {
  rm -rf "$WORK"
  install -d -m 700 "$WORK" "$WORK/state" "$WORK/parts" "$WORK/cache/archives/partial"
  : > "$WORK/status"
  cat > "$WORK/apt.conf" << END
APT::Architecture "$1";
APT::Architectures { "$1"; };
APT::Install-Recommends "false";
APT::Sandbox::User "root";
Dir::State "$WORK/state";
Dir::State::status "$WORK/status";
Dir::Cache "$WORK/cache";
END
  [[ $2 != - ]] || return 0
  printf "deb $2 %s main universe\n" "$(codename)"{,-updates,-security} > "$WORK/sources.list"
  cat >> "$WORK/apt.conf" << END
Dir::Etc::sourcelist "$WORK/sources.list";
Dir::Etc::sourceparts "$WORK/parts";
END
}

download() {
  local -x APT_CONFIG=$WORK/apt.conf DEBIAN_FRONTEND=noninteractive
  apt-get update -q && apt-get install --download-only -y -q lmod
}

unpack() {
  local package folder
  for package in "$WORK"/cache/archives/*.deb; do
    [[ ! ${package##*/} =~ $LEFT_OUT ]] || continue
    dpkg-deb --extract "$package" "$1" || return
  done
  # Tcl looks for its own part as seen from its program, which within Lmod is a script in usr/share/lmod/lmod/libexec
  install -d "$1/usr/share/lmod/lib"
  for folder in "$1"/usr/share/tcltk/tcl*[0-9]; do
    [[ -d $folder ]] || continue
    ln -sfn "../share/tcltk/${folder##*/}" "$1/usr/lib/${folder##*/}"
    ln -sfn "../../tcltk/${folder##*/}" "$1/usr/share/lmod/lib/${folder##*/}"
  done
  rm -rf "$1"/usr/share/{doc,man,locale,lintian}
}

# Lmod names its own files by their paths.
lead_paths() {
  local from='/usr/(share/lmod|share/lua|lib/([a-z0-9_]+-linux-gnu/)?lua|bin/luac?5\.[0-9]|bin/tclsh)'
  find "$1/usr/share/lmod" -type f -exec sed -Ei "s,$from,$2/usr/\1,g; s,/usr/bin/env tclsh,$2/usr/bin/tclsh," {} +
}

# Programs find their libraries by the loader's own option: in the environment users' programs would see them too.
wrap_programs() {
  local new=$1 tree=$2 loader=$3 program folders
  folders=$(cd "$new" && find lib usr/lib -maxdepth 1 -name '*-linux-gnu' 2> /dev/null | sed "s,^,$tree/," | paste -sd :)
  for program in "$new"/usr/bin/{lua5.?,tclsh*[0-9]}; do
    [[ -f $program && ! -L $program ]] || continue
    mv "$program" "$program.program"
    printf '#!/bin/sh\nexec %s --library-path %s %s "$@"\n' \
      "$loader" "$folders" "$tree/usr/bin/${program##*/}.program" > "$program"
    chmod 755 "$program"
  done
}

link() { ln -sfn "$1" "$LMOD/.link" && mv -T "$LMOD/.link" "$2"; }

# Whether a Tcl module loads; of another machine nobody here can tell.
works() {
  local modules=$WORK/modules
  [[ $1 == "$(uname -m)" ]] || return 0
  install -d "$modules/petal"
  printf '#%%Module1.0\nsetenv PETAL_LMOD works\n' > "$modules/petal/1"
  [[ $(env -i PATH=/usr/bin:/bin HOME="$WORK" MODULEPATH="$modules" \
    "$LMOD/$1/usr/share/lmod/lmod/libexec/lmod" bash load petal) == *PETAL_LMOD* ]]
}

# provide MACHINE ARCHITECTURE ARCHIVE LOADER
provide() {
  local tree=$LMOD/$1 name new archive=$3 older
  older=$(readlink "$tree") || older=''
  name=_$1-$(stamp)
  new=$LMOD/.new-$1
  if [[ ! -d $LMOD/$name ]]; then
    say "Lmod for $1"
    [[ $1 != "$(uname -m)" ]] || archive=- # where this system itself has its packages from
    rm -rf "$new"
    apt_of "$2" "$archive" && download && unpack "$new" || return
    [[ -x $new/usr/share/lmod/lmod/libexec/lmod ]] || { say "the package lmod is laid out otherwise"; return 1; }
    lead_paths "$new" "$tree" && wrap_programs "$new" "$tree" "$4" || return
    mv -T "$new" "$LMOD/$name" || return
  fi
  link "$name" "$tree" || return
  works "$1" && return
  say "Lmod of this system's packages does not work at another place"
  if [[ -n $older ]]; then link "$older" "$tree"; else rm -f "$tree"; fi
  rm -rf "${LMOD:?}/$name"
  return 1
}

# publish TREE: what is the same for all machines.
publish() {
  local package=$1/usr/share/lmod/lmod program file
  install -d -m 755 "$LMOD/libexec" "$LMOD/init"
  replace_file "$LMOD/libexec/_other" << END || true
#!/bin/sh
# in a job, with the images of its queue; images may offer other programs of these names
path=\$(/bin/sh /etc/petal/queues/task-prolog 2> /dev/null)
[ -z "\$path" ] || export MODULEPATH="\${path#export MODULEPATH=}"
exec "$LMOD/\$(PATH=/usr/bin:/bin && uname -m)/usr/share/lmod/lmod/libexec/\${0##*/}" "\$@"
END
  chmod 755 "$LMOD/libexec/_other"
  for program in "$package"/libexec/*; do
    [[ -x $program && $program != *.tcl ]] || continue
    ln -sfn _other "$LMOD/libexec/.new" && mv -T "$LMOD/libexec/.new" "$LMOD/libexec/${program##*/}"
  done
  for file in "$package"/init/{bash,sh,lmod_bash_completions}; do
    sed "s,$package,$LMOD,g; s,$1/usr/share/lmod,$LMOD,g" "$file" | replace_file "$LMOD/init/${file##*/}" || true
  done
  stamp | replace_file "$LMOD/init/stamp" || true
}

is_done() { [[ $(readlink "$LMOD/$1") == "_$1-$(stamp)" && $(cat "$LMOD/init/stamp" 2> /dev/null) == "$(stamp)" ]]; }

# Rows of those that are not there.
missing_machines() {
  local machine rest
  while IFS=$'\t' read -r machine rest; do
    is_done "$machine" || printf '%s\t%s\n' "$machine" "$rest"
  done < "$IMAGES_DATA/machines.tsv"
}

provide_all() {
  local machine architecture archive loader result=0
  while IFS=$'\t' read -r machine architecture archive loader; do
    provide "$machine" "$architecture" "$archive" "$loader" < /dev/null && publish "$LMOD/$machine" && continue
    result=1
    say "Lmod for $machine could not be installed"
    tell "Lmod for $machine could not be installed, see $ROOT/log/lmod.log"
  done <<< "$1"
  return "$result"
}

remove_others() {
  local path machine
  for path in "$LMOD"/_*-*; do
    machine=${path##*/_}
    [[ $(readlink "$LMOD/${machine%-*}") == "${path##*/}" ]] || rm -rf "$path"
  done
}

main() {
  local machines result=0
  valid_machines || finish
  claim_root || finish
  exec 8>> "$ROOT/log/lmod.lock"
  python3 "$SRC/lock.py" 8 0 || { say "another run is busy"; exit 0; }
  machines=$(missing_machines)
  if [[ -n $machines ]]; then
    exec >> "$ROOT/log/lmod.log" 2>&1
    provide_all "$machines" || result=1
  fi
  remove_others
  rm -rf "$WORK"
  exit "$result"
}

main
