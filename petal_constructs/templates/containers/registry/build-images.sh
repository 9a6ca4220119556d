#!/bin/sh
# Builds the images of images.tsv that are for this machine, and pushes those that the registry does not have yet.
# Whoever pushes the last machine's image of a tag makes the list that holds them all.
# Environment: PETAL_REGISTRY, the registry's host name. PETAL_NAMES, containers to build; empty for all. PETAL_LIST, what
# sha256sum says of images.tsv where the caller knows it; empty for any. Needs docker with buildx, and the AWS CLI.
set -eu
cd "$(dirname "$0")"
machine=$(uname -m)
failed=
names=${PETAL_NAMES:-}
list=$(sha256sum images.tsv | cut -d ' ' -f 1)
if [ "${PETAL_LIST:-$list}" != "$list" ]; then
    echo "the registry's stack holds images of another seed, or of another petal: deploy it again" >&2
    exit 1
fi

# Digest of REPOSITORY:TAG; empty if the registry has none.
digest() {
    told=$(aws ecr batch-get-image --repository-name "$1" --image-ids "imageTag=$2" \
        --query 'images[0].imageId.imageDigest' --output text) || return 1
    [ "$told" = None ] || echo "$told"
}

# FOLDER REPOSITORY TAG: this machine's image.
image() {
    found=$(digest "$2" "$3-$machine") || return 1
    if [ -n "$found" ]; then
        echo "$2:$3-$machine is there"
        return 0
    fi
    docker build --pull --tag "$PETAL_REGISTRY/$2:$3-$machine" "$1" &&
        docker push "$PETAL_REGISTRY/$2:$3-$machine"
}

# REPOSITORY TAG MACHINE...: one name for the images of all machines.
list() {
    repository=$1 tag=$2 sources=
    shift 2
    found=$(digest "$repository" "$tag") || return 1
    if [ -z "$found" ]; then
        for each in "$@"; do
            found=$(digest "$repository" "$tag-$each") || return 1
            if [ -z "$found" ]; then
                echo "$repository:$tag waits for $each"
                return 0
            fi
            sources="$sources $PETAL_REGISTRY/$repository:$tag-$each"
        done
        # Another machine may be as far at the same moment; its list is the same.
        # shellcheck disable=SC2086  # names without spaces
        docker buildx imagetools create --tag "$PETAL_REGISTRY/$repository:$tag" $sources || true
        found=$(digest "$repository" "$tag") || return 1
        [ -n "$found" ] || return 1
    fi
    echo "$PETAL_REGISTRY/$repository@$found"
}

while IFS='	' read -r folder repository tag machines; do
    case " $machines " in
        *" $machine "*) ;;
        *) continue ;;
    esac
    name=${folder#contexts/}
    case " ${names:-$name} " in
        *" $name "*) ;;
        *) continue ;;
    esac
    # shellcheck disable=SC2086  # names without spaces
    if ! { image "$folder" "$repository" "$tag" && list "$repository" "$tag" $machines; } </dev/null; then
        echo "$repository:$tag failed" >&2
        failed="$failed $folder"
    fi
done <images.tsv

if [ -n "$failed" ]; then
    echo "not built:$failed" >&2
    exit 1
fi
