#!/usr/bin/env bash
# Python's securesystemslib (DSSE of TUF and in-toto; pinned by requirements.txt) and signer read
# each other's envelopes.
. "$(dirname "$0")/lib.sh"

use_securesystemslib
cd "$WORK"
echo "an artifact" > file
echo "another artifact" > other
IDENTITY=https://ci.example/release

for algorithm in ed25519 p256 p384; do
  must "$SIGNER" key generate --algorithm $algorithm --no-password --out $algorithm
  must "$SIGNER" attest file --key $algorithm --identity $IDENTITY --build-context none --format dsse --bundle $algorithm.dsse
  must "$SIGNER" attest file --key $algorithm --identity $IDENTITY --build-context none --bundle $algorithm.json
  must python3 "$ROOT/interop/damage.py" $algorithm.json $algorithm.damaged.json
  check "securesystemslib verifies our $algorithm envelope" library verify $algorithm.pub $algorithm.dsse
  check "securesystemslib verifies our $algorithm bundle's envelope" library verify $algorithm.pub $algorithm.json
  refused "securesystemslib refuses it when damaged" 'do not match threshold' library verify $algorithm.pub $algorithm.damaged.json
  refused "securesystemslib refuses it under another key" 'do not match threshold' library verify "$KEYS/$algorithm.pub" $algorithm.dsse
done

must python3 "$ROOT/interop/dsse.py" payload p256.dsse
cp output payload
for key in ed25519 p256 p384 p521 rsa2048 rsa3072 rsa4096; do
  case $key in
    rsa*) scheme=rsa-pkcs1v15-sha256 ;; # its default is PSS, which we do not read
    *) scheme= ;;
  esac
  must library sign "$KEYS/$key.key" payload theirs.dsse $scheme
  check "we verify securesystemslib's $key envelope" accepted "$KEYS/$key.pub" theirs.dsse file
  refused "we refuse it for another file" 'subject-mismatch' accepted "$KEYS/$key.pub" theirs.dsse other
  refused "we refuse it under another key" 'signature-invalid|identity-untrusted' accepted ed25519.pub theirs.dsse file
done
must library sign "$KEYS/rsa2048.key" payload pss.dsse rsassa-pss-sha256
refused "we refuse securesystemslib's RSA-PSS" 'signature-invalid' accepted "$KEYS/rsa2048.pub" pss.dsse file

# many signatures in one envelope: any of them that the key made will do
must library sign "$KEYS/p256.key" payload two.dsse
must library add "$KEYS/ed25519.key" two.dsse
for key in p256 ed25519; do
  check "we verify an envelope with two signatures under $key" accepted "$KEYS/$key.pub" two.dsse file
done

# JSON Lines: envelopes of several files, in any order, beside a line that is none
python3 "$ROOT/interop/dsse.py" payload p256.dsse | sed "s/$(sha256sum < file | cut -d' ' -f1)/$(sha256sum < other | cut -d' ' -f1)/" > other-payload
must library sign "$KEYS/p256.key" other-payload other.dsse
must library sign "$KEYS/p256.key" payload file.dsse
{ cat other.dsse; echo; echo '{"not":"an envelope"}'; cat file.dsse; echo; } > all.intoto.jsonl
for artifact in file other; do
  check "we find the envelope of $artifact in a file of JSON Lines" accepted "$KEYS/p256.pub" all.intoto.jsonl $artifact
done
refused "we find none of a third file there" 'subject-mismatch' accepted "$KEYS/p256.pub" all.intoto.jsonl payload

# the private key, written by us, signs there
for algorithm in ed25519 p256 p384; do
  must library sign $algorithm payload theirs.dsse
  check "we verify what securesystemslib signs with our $algorithm key" accepted $algorithm.pub theirs.dsse file
done
finish
