# shellcheck shell=sh
# find-commands.sh MODULE/VERSION...: rows of commands.tsv, for an image that somebody else made. Runs inside of it,
# with no more than its /bin/sh: the command of the module's name and what lies beside it, unless the whole system does.
for module; do
  name=${module%%/*} version=${module#*/} found=''
  set -f
  IFS=:
  for folder in $PATH; do
    if [ -f "$folder/$name" ] && [ -x "$folder/$name" ]; then
      found=$folder
      break
    fi
  done
  unset IFS
  set +f
  case $found in
    '') echo "petal: the image has no command $name" >&2 ;;
    /bin | /sbin | /usr/bin | /usr/sbin | /usr/local/bin | /usr/local/sbin)
      printf '%s\t%s\t%s\t%s\n' "$name" "$version" "$name" "$found/$name"
      ;;
    *)
      for path in "$found"/*; do
        [ -f "$path" ] && [ -x "$path" ] &&
          printf '%s\t%s\t%s\t%s\n' "$name" "$version" "${path##*/}" "$path"
      done
      ;;
  esac
done
