# Shared by the scripts of this folder: source it. Each check prints `ok` or `FAILED`.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
SIGNER=${SIGNER:-$ROOT/target/release/signer}
CACHE=${INTEROP_CACHE:-$ROOT/target/interop}
KEYS=$ROOT/testdata/keys
# of testdata/keys; the keys that a script makes get it too
PASSWORD='correct horse'
export SIGNER_PASSWORD=$PASSWORD COSIGN_PASSWORD=$PASSWORD

[ -x "$SIGNER" ] || { echo "no signer at $SIGNER: build it (cargo build --release --locked --bins) or set SIGNER" >&2; exit 2; }
SIGNER=$(cd "$(dirname "$SIGNER")" && pwd)/$(basename "$SIGNER")
mkdir -p "$CACHE"
CACHE=$(cd "$CACHE" && pwd)
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
passed=0
failed=0

# ok NAME / bad NAME: count and say it; bad also shows what the command printed.
ok() { passed=$((passed + 1)); echo "ok      $1"; }
bad() { failed=$((failed + 1)); echo "FAILED  $1"; sed 's/^/          /' "$WORK/output" 2>/dev/null || true; }

# check NAME COMMAND...: the command must succeed.
check() {
  local name=$1; shift
  if "$@" > "$WORK/output" 2>&1 < /dev/null; then ok "$name"; else bad "$name"; fi
}

# refused NAME TEXT COMMAND...: the command must fail and say TEXT (an extended regular expression).
# What a peer cannot do is a check too, so that we hear of it when it can.
refused() {
  local name=$1 text=$2; shift 2
  if "$@" > "$WORK/output" 2>&1 < /dev/null; then bad "$name (was accepted)"
  elif grep -Eq -- "$text" "$WORK/output"; then ok "$name"
  else bad "$name (refused, but not with: $text)"; fi
}

# must COMMAND...: a step that is no check; if it fails, nothing after it would mean anything.
must() {
  "$@" > "$WORK/output" 2>&1 < /dev/null && return
  echo "cannot go on: $*" >&2; cat "$WORK/output" >&2; exit 1
}

. "$ROOT/interop/peers.sh"

# finish: the last line of every script.
finish() {
  echo "$passed passed, $failed failed"
  [ "$failed" = 0 ] && [ "$passed" != 0 ]
}
