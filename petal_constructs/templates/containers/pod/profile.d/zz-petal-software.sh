# shellcheck shell=sh
# Lmod in login and compute pods, with the modules of images that pods mount and of those that the pod petal-images
# pulled. Both come while pods run: a shell that is earlier gets a `module` that says so, and starts Lmod once it is there.

__petal_modules() {
  for __petal_tree in /petal/containers/[a-z0-9]*/modules /opt/petal/[a-z0-9]*/modules; do
    case ":${MODULEPATH-}:" in
      *":$__petal_tree:"*) ;;
      *) [ ! -d "$__petal_tree" ] || MODULEPATH="$__petal_tree${MODULEPATH:+:$MODULEPATH}" ;;
    esac
  done
  export MODULEPATH="${MODULEPATH-}"
}

# In a job, of all images those of its queue.
__petal_queue() {
  [ -n "${SLURM_JOB_PARTITION-}" ] && [ -r /etc/petal/queues/task-prolog ] || return 0
  __petal_path=$(/bin/sh /etc/petal/queues/task-prolog)
  [ -z "$__petal_path" ] || export MODULEPATH="${__petal_path#export MODULEPATH=}"
}

__petal_wait() {
  module() {
    # an image may offer another uname
    if [ -x "/petal/lmod/$(PATH=/usr/bin:/bin && uname -m)/usr/share/lmod/lmod/libexec/lmod" ] && [ -r /petal/lmod/init/bash ]; then
      # shellcheck source=/dev/null
      . /etc/profile.d/zz-petal-software.sh
      module "$@"
    else
      echo "petal: module: Lmod is still being installed, see /petal/log/lmod.log" >&2
      return 75 # EX_TEMPFAIL of sysexits.h
    fi
  }
  # for scripts that are started from here
  [ -z "${BASH_VERSION-}" ] || eval 'export -f module'
}

__petal_lmod() {
  if [ ! -x "/petal/lmod/$(PATH=/usr/bin:/bin && uname -m)/usr/share/lmod/lmod/libexec/lmod" ] || [ ! -r /petal/lmod/init/bash ]; then
    __petal_wait
  elif [ -n "${BASH_VERSION-}" ]; then
    # shellcheck source=/dev/null
    . /petal/lmod/init/bash
  else
    # shellcheck source=/dev/null
    . /petal/lmod/init/sh
  fi
}

# __petal_tell MARK TEXT: a person at a terminal, of the images that bear the mark.
__petal_tell() {
  case $- in *i*) ;; *) return 0 ;; esac
  __petal_path=''
  for __petal_tree in /petal/containers/[a-z0-9]*/"$1"; do
    [ ! -e "$__petal_tree" ] || {
      __petal_tree=${__petal_tree%/*}
      __petal_path="$__petal_path ${__petal_tree##*/}"
    }
  done
  [ -z "$__petal_path" ] || echo "petal: container images that $2:$__petal_path (see /petal/log/containers.log)"
}

__petal_modules
__petal_queue
__petal_lmod
__petal_tell building "are still being pulled"
__petal_tell failed "could not be pulled"
unset __petal_tree __petal_path
unset -f __petal_modules __petal_queue __petal_wait __petal_lmod __petal_tell
