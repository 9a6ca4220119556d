# shellcheck shell=sh
# Puts modules of container images on the path of Environment Modules and of Lmod.
# zz: after either of them has set up its own path.

__petal_containers() {
  [ -r /etc/petal/software-root ] || return 0
  read -r __petal_root < /etc/petal/software-root
  for __petal_tree in "$__petal_root"/containers/[a-z0-9]*/modules; do
    [ -d "$__petal_tree" ] || continue
    case ":${MODULEPATH-}:" in
      *":$__petal_tree:"*) ;;
      *)
        if command -v module > /dev/null 2>&1; then
          module use "$__petal_tree"
        else
          MODULEPATH="$__petal_tree${MODULEPATH:+:$MODULEPATH}"
          export MODULEPATH
        fi
        ;;
    esac
  done
}

__petal_containers
unset __petal_root __petal_tree
unset -f __petal_containers
