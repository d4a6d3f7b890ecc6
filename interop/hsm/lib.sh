# Shared by the scripts of this folder: source it. A script makes a fresh token with keys in a folder
# and prints, on stdout, the shell assignments that a test needs; all else goes to stderr.
set -euo pipefail

HSM=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(cd "$HSM/../.." && pwd)
CACHE=${INTEROP_CACHE:-${CARGO_TARGET_DIR:-$ROOT/target}/interop}
LABEL=signer-test
PIN=12345678
SO_PIN=87654321
exec 3>&1 1>&2 < /dev/null
. "$ROOT/.ci/packages.sh"

fail() { echo "$*" >&2; exit 1; }

mkdir -p "$CACHE"
CACHE=$(cd "$CACHE" && pwd)
[ $# = 1 ] || fail "usage: $0 DIR (a new or an empty folder)"
mkdir -p "$1"
DIR=$(cd "$1" && pwd)
[ -z "$(ls -A "$DIR")" ] || fail "$DIR is not empty"

# tool ARGUMENT...: pkcs11-tool on MODULE; what it says is shown only if it fails.
tool() {
  pkcs11-tool --module "$MODULE" "$@" > "$DIR/output" 2>&1 || { cat "$DIR/output"; fail "pkcs11-tool $1 failed"; }
}

# new_token SLOT_INDEX: a token of LABEL and both PINs in that slot.
new_token() {
  tool --init-token --slot-index "$1" --label "$LABEL" --so-pin "$SO_PIN"
  tool --init-pin --token-label "$LABEL" --login --login-type so --so-pin "$SO_PIN" --new-pin "$PIN"
}

# new_keys TYPE...: a key pair for each (p256, p384, ed25519, rsa2048), labelled with its type.
new_keys() {
  local type kind id=0
  for type in "$@"; do
    case $type in
      p256) kind=EC:prime256v1 ;;
      p384) kind=EC:secp384r1 ;;
      ed25519) kind=EC:edwards25519 ;;
      rsa2048) kind=rsa:2048 ;;
    esac
    id=$((id + 1))
    tool --keypairgen --token-label "$LABEL" --login --pin "$PIN" --key-type "$kind" \
      --label "$type" --id "$(printf %02d $id)" --usage-sign
  done
  KEYS="$*"
}

# give NAME... / give_exported NAME...: print assignments of these variables; the latter exports them.
give() {
  local name
  for name in "$@"; do printf '%s=%q\n' "$name" "${!name}" >&3; done
}
give_exported() {
  local name
  for name in "$@"; do printf 'export %s=%q\n' "$name" "${!name}" >&3; done
}

# finish: prints what every script prints.
finish() {
  rm -f "$DIR/output"
  TOKEN_URI="pkcs11:token=$LABEL"
  give MODULE PIN SO_PIN TOKEN_URI KEYS
}
