# shellcheck shell=sh
# Puts modules of container images on the path of Environment Modules and of Lmod, and tells a person if images are
# not there yet. In a job they are those of its queue. zz: after either of them has set up its own path.

__petal_containers() {
  [ -r /etc/petal/software-root ] || return 0
  read -r __petal_root < /etc/petal/software-root
  set --
  for __petal_tree in "$__petal_root"/containers/[a-z0-9]*/modules; do
    case ":${MODULEPATH-}:" in
      *":$__petal_tree:"*) ;;
      *) [ ! -d "$__petal_tree" ] || set -- "$@" "$__petal_tree" ;;
    esac
  done
  [ $# -gt 0 ] || return 0
  if command -v module > /dev/null 2>&1; then
    module use "$@"
  else
    for __petal_tree; do MODULEPATH="$__petal_tree${MODULEPATH:+:$MODULEPATH}"; done
    export MODULEPATH
  fi
}

__petal_queue() {
  [ -n "${SLURM_JOB_PARTITION-}" ] && [ -x /etc/petal/queues/task-prolog ] || return 0
  __petal_path=$(/etc/petal/queues/task-prolog)
  [ -z "$__petal_path" ] || export MODULEPATH="${__petal_path#export MODULEPATH=}"
}

__petal_images() {
  case $- in *i*) ;; *) return 0 ;; esac
  [ -r "${__petal_root-}/log/containers.state" ] && read -r __petal_status __petal_hash < "$__petal_root/log/containers.state"
  case ${__petal_status-} in
    building) echo "petal: container images are still being pulled, see $__petal_root/log/containers.log" ;;
    failed) echo "petal: not all container images could be pulled, see $__petal_root/log/containers.log" ;;
  esac
  return 0
}

__petal_containers
__petal_queue
__petal_images
unset __petal_root __petal_tree __petal_path __petal_status __petal_hash
unset -f __petal_containers __petal_queue __petal_images
