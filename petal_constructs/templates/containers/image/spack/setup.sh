#!/bin/sh
# setup.sh: the system's packages that Spack needs, and Spack itself at a pinned release.
set -eu
cd /petal/setup
if command -v apt-get > /dev/null; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  xargs apt-get install -y -qq --no-install-recommends < packages-apt
  rm -rf /var/lib/apt/lists/*
else
  # the small image's curl and gnupg stand in the way of the full ones
  xargs dnf install -y --allowerasing --setopt=install_weak_deps=False < packages-dnf
  dnf clean all
fi
[ -d "config/$(uname -m)" ] || { echo "petal: no queue that uses this image is $(uname -m)" >&2; exit 1; }
git clone --quiet --depth 1 --branch "$(cat release)" "$(cat repository)" /petal/spack
install -m 755 spack /usr/local/bin/spack
spack bootstrap now
# without them all is compiled
spack buildcache keys --install --trust || echo 'petal: no keys for the build cache' >&2
