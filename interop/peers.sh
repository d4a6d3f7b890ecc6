# The peers, as functions that several scripts of this folder use. lib.sh brings it.
# A script that wants a peer that has to be installed calls its `use_…` first.

# dsse …: takes envelopes apart and puts them together.
dsse() { python3 "$ROOT/interop/dsse.py" "$@"; }

# accepted PUBLIC BUNDLE FILE: ours.
accepted() { "$SIGNER" verify "$3" --key "$1" --bundle "$2"; }

# verify_with HASH PUBLIC DATA SIGNATURE: openssl; `pure` is Ed25519.
verify_with() {
  if [ "$1" = pure ]; then openssl pkeyutl -verify -pubin -inkey "$2" -rawin -in "$3" -sigfile "$4"
  else openssl dgst "-$1" -verify "$2" -signature "$4" "$3"; fi
}

# library …: Python's securesystemslib, at the version of requirements.txt.
use_securesystemslib() {
  VENV=$CACHE/python
  cmp -s "$ROOT/interop/requirements.txt" "$VENV/installed" && return
  rm -rf "$VENV"
  must python3 -m venv "$VENV"
  must "$VENV/bin/pip" install --quiet --disable-pip-version-check --no-deps -r "$ROOT/interop/requirements.txt"
  cp "$ROOT/interop/requirements.txt" "$VENV/installed"
}
library() { "$VENV/bin/python" "$ROOT/interop/securesystemslib_dsse.py" "$@"; }

# verified PUBLIC BUNDLE FILE: sigstore-js, at the version of sigstore-js/package-lock.json.
use_sigstore_js() {
  SIGSTORE_JS=$CACHE/sigstore-js
  mkdir -p "$SIGSTORE_JS"
  cp "$ROOT"/interop/sigstore-js/* "$SIGSTORE_JS/"
  [ -d "$SIGSTORE_JS/node_modules/@sigstore/verify" ] || must npm ci --prefix "$SIGSTORE_JS" --ignore-scripts --no-audit --no-fund
}
verified() { node "$SIGSTORE_JS/verify.js" "$@"; }

# attested PUBLIC BUNDLE FILE [TYPE], signed PUBLIC BUNDLE FILE: cosign. COSIGN=path takes a ready
# binary; else the pinned version is built, once, into the cache.
use_cosign() {
  local version=v3.1.3
  if [ -z "${COSIGN:-}" ]; then
    COSIGN=$CACHE/cosign-$version/cosign
    [ -x "$COSIGN" ] || must env GOBIN="$CACHE/cosign-$version" GOFLAGS=-mod=mod CGO_ENABLED=0 \
      go install "github.com/sigstore/cosign/v3/cmd/cosign@$version"
  fi
  COSIGN=$(command -v "$COSIGN")
}
attested() { "$COSIGN" verify-blob-attestation --insecure-ignore-tlog --key "$1" --bundle "$2" --type "${4:-slsaprovenance1}" "$3"; }
signed() { "$COSIGN" verify-blob --insecure-ignore-tlog --key "$1" --bundle "$2" "$3"; }
