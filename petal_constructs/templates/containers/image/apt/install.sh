#!/bin/sh
# install.sh GROUP: the system's packages of one layer.
set -eu
export DEBIAN_FRONTEND=noninteractive
cache=/petal/cache/archives
mkdir -p "$cache/partial"
apt-get update -qq
cut -f 4 "/petal/groups/$1/packages.tsv" | xargs apt-get install -y -qq --no-install-recommends \
  -o "Dir::Cache::archives=$cache" -o APT::Keep-Downloaded-Packages=true
rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin
