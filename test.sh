#!/usr/bin/env bash
# All tests:              ./test.sh
# Some of them:           ./test.sh -p signer-core pkcs11
# What follows goes to `cargo test`. Missing Debian packages are installed first (softhsm2, opensc and
# gnutls-bin, for the tests with keys in tokens; git and openssl); nothing outside the target folder and
# temporary folders is written besides.
set -euo pipefail
cd "$(dirname "$0")"
. .ci/packages.sh

test_packages
selection=(--workspace)
for word in "$@"; do
  case $word in -p | -p?* | --package | --package=*) selection=() ;; esac
done
exec cargo test --locked ${selection[@]+"${selection[@]}"} "$@"
