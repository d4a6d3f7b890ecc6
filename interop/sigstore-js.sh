#!/usr/bin/env bash
# sigstore-js (@sigstore/verify, pinned by sigstore-js/package-lock.json) verifies what we sign with a key.
. "$(dirname "$0")/lib.sh"

use_sigstore_js
cd "$WORK"
echo "an artifact" > file
echo "another artifact" > other
IDENTITY=https://ci.example/release

for algorithm in ed25519 p256 p384; do
  must "$SIGNER" key generate --algorithm $algorithm --out $algorithm
  must "$SIGNER" attest file --key $algorithm --identity $IDENTITY --build-context none --bundle $algorithm.att.json
  must "$SIGNER" sign file --key $algorithm --bundle $algorithm.sig.json
  must python3 "$ROOT/interop/damage.py" $algorithm.att.json $algorithm.damaged.json
done
for algorithm in ed25519 p256; do
  check "sigstore-js verifies our $algorithm attestation" verified $algorithm.pub $algorithm.att.json file
  refused "sigstore-js refuses it for another file" 'not among the subjects' verified $algorithm.pub $algorithm.att.json other
  refused "sigstore-js refuses it when damaged" 'signature verification failed' verified $algorithm.pub $algorithm.damaged.json file
done
refused "sigstore-js finds no key for the hint of another key" 'key not found' verified p256.pub ed25519.att.json file
for algorithm in p256 p384; do
  check "sigstore-js verifies our $algorithm signature" verified $algorithm.pub $algorithm.sig.json file
  refused "sigstore-js refuses it for another file" 'signature verification failed' verified $algorithm.pub $algorithm.sig.json other
done

# What sigstore-js does not read: envelopes of P-384 are checked with OpenSSL's default SHA-256, and
# Ed25519 over a file is asked of OpenSSL with a digest, which it refuses.
refused "sigstore-js checks P-384 envelopes with SHA-256: it refuses ours" 'signature verification failed' verified p384.pub p384.att.json file
refused "sigstore-js verifies no Ed25519 signature of a file" 'signature verification failed' verified ed25519.pub ed25519.sig.json file
finish
