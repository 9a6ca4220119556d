# shellcheck shell=sh
# Puts petal's modules on the path of Environment Modules and of Lmod, and tells a person what is not done yet.
# zz: after either of them has set up its own path.

__petal_modules() {
  [ -r /etc/petal/software-root ] || return 0
  read -r __petal_root < /etc/petal/software-root
  case ":${MODULEPATH-}:" in
    *":$__petal_root/modules/tcl:"*) ;;
    *)
      if command -v module > /dev/null 2>&1; then
        module use "$__petal_root/modules/pending"
        module use "$__petal_root/modules/tcl"
      else
        MODULEPATH="$__petal_root/modules/tcl:$__petal_root/modules/pending${MODULEPATH:+:$MODULEPATH}"
        export MODULEPATH
      fi
      ;;
  esac
}

__petal_notice() {
  case $- in *i*) ;; *) return 0 ;; esac
  if [ -r /run/petal/status ] && read -r __petal_status < /run/petal/status; then
    [ "$__petal_status" = ok ] || echo "petal: on this node $__petal_status (see /run/petal/status)"
  fi
  if [ -r "${__petal_root-}/log/spack.state" ] && read -r __petal_status __petal_hash < "$__petal_root/log/spack.state"; then
    if [ "$__petal_status" != ready ]; then
      __petal_failed=$(awk -F '\t' '$3 == "failed" { printf " %s %s", $1, $2 }' "$__petal_root/log/packages.tsv" 2> /dev/null)
      echo "petal: software is $__petal_status${__petal_failed:+ (not built:$__petal_failed)}, see $__petal_root/log/spack.log"
    fi
  fi
  return 0
}

__petal_modules
__petal_notice
unset __petal_root __petal_status __petal_hash
unset -f __petal_modules __petal_notice
