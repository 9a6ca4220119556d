#!/bin/sh
# install.sh GROUP: the packages of one layer, and what they need that no layer below has.
set -eu
umask 022
spack -e "/petal/groups/$1" concretize
spack -e "/petal/groups/$1" install --fail-fast
