#!/usr/bin/env bash
# signer-core's own tests of a given module, against each module of this folder, or those named:
#   interop/hsm/modules.sh [softhsm|kryoptic|tpm2|nss]...
# A fresh token each, in a new folder below /tmp; servers are stopped at the end.
set -euo pipefail
HSM=$(cd "$(dirname "$0")" && pwd)
cd "$HSM/../.."
[ $# != 0 ] || set -- softhsm kryoptic tpm2 nss

passed=0 failed=0
WORK=$(mktemp -d /tmp/modules.XXXXXX)
chmod 755 "$WORK" # NSS's server runs as nobody
trap 'rm -rf "$WORK"' EXIT

# try NAME TEST MODULE: one test of the binary, with that module's variables set.
try() {
  local test=$1 module=$2
  if (cd signer-core && timeout 300 "$BINARY" --ignored --exact --nocapture "given::$test") > "$WORK/output" 2>&1 \
    && grep -q '1 passed' "$WORK/output"; then
    echo "ok      $module: $test"
    sed -n 's/^\(ModuleInfo .*\|[a-z0-9]*: [A-Z].*\)$/          \1/p' "$WORK/output"
    passed=$((passed + 1))
  else
    echo "FAILED  $module: $test"
    cat "$WORK/output"
    failed=$((failed + 1))
  fi
}

# run MODULE: all tests, each with what it needs.
run() (
  passed=0 failed=0
  local assignments
  assignments=$("$HSM/$1.sh" "$WORK/$1") || { echo "FAILED  $1: no token"; exit 1; }
  eval "$assignments"
  export MODULE PIN TOKEN_URI KEYS
  trap '! declare -F "$1_stop" > /dev/null || "$1_stop"' EXIT
  fresh() { ! declare -F "$1_reset" > /dev/null || "$1_reset"; }
  local tests=(every_key_signs threads_sign a_wrong_pin_is_told keys_are_made)
  # a first try that tpm2-pkcs11 refuses stays loaded, and leaves swtpm no room for the second
  [ "$1" != tpm2 ] || unset 'tests[-1]'
  for test in "${tests[@]}"; do
    try "$test" "$1"
    fresh "$1"
  done
  # NSS forgets the attribute; SoftHSM has no parts for EC keys, which is tested elsewhere
  if [ "$1" = kryoptic ] || [ "$1" = tpm2 ]; then
    pkcs11-tool --module "$MODULE" --token-label signer-test --login --pin "$PIN" --keypairgen \
      --key-type EC:prime256v1 --label each-use --id 7e --usage-sign --always-auth > /dev/null 2>&1
    fresh "$1"
    try a_key_signs_with_a_pin_each "$1"
    fresh "$1"
  fi
  [ $failed = 0 ]
)

BINARY=$(cargo test --locked --quiet -p signer-core --features pkcs11,aws-lc --test pkcs11 --no-run \
  --message-format json | sed -n 's/.*"executable":"\([^"]*\/pkcs11-[^"]*\)".*/\1/p' | tail -1)
[ -x "$BINARY" ] || { echo 'the tests were not built'; exit 1; }
bad=()
for module; do run "$module" || bad+=("$module"); done
[ ${#bad[@]} = 0 ] || { echo "failed: ${bad[*]}"; exit 1; }
echo "all passed: $*"
