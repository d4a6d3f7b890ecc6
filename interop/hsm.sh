#!/usr/bin/env bash
# Keys in a token (SoftHSM), made by OpenSC's pkcs11-tool and by GnuTLS's p11tool and named by the URI
# that p11tool prints, sign with us; openssl, securesystemslib, sigstore-js and cosign check it.
. "$(dirname "$0")/lib.sh"
. "$ROOT/.ci/packages.sh"

packages p11tool=gnutls-bin pkcs11-tool=opensc softhsm2-util=softhsm2
use_securesystemslib
use_sigstore_js
use_cosign
cd "$WORK"
export HOME=$WORK # nobody must find anything of the user
made=$("$ROOT/interop/hsm/softhsm.sh" "$WORK/token" 2> output) || { cat output; exit 1; }
eval "${made/KEYS=/TOKEN_KEYS=}" # KEYS are files here
export SIGNER_PKCS11_MODULE=$MODULE SIGNER_PKCS11_PIN=$PIN GNUTLS_PIN=$PIN
echo "an artifact" > file
echo "another artifact" > other
IDENTITY=https://ci.example/release

token() { p11tool --batch --provider "$MODULE" --login "$@"; }
# find_key LABEL: URI is what p11tool calls that private key
find_key() {
  URI=$(token --only-urls --list-privkeys "$TOKEN_URI" 2> /dev/null | grep "object=$1;") && return
  echo "p11tool shows no key $1" >&2; exit 1
}
same() { cmp <("${@:2}" 2> /dev/null) "$1"; }

# keys by GnuTLS, beside those that OpenSC made for softhsm.sh
id=50
for case in ecc:secp256r1:tls-p256 ecc:secp384r1:tls-p384 rsa:2048:tls-rsa2048; do
  IFS=: read -r type kind label <<< "$case"
  id=$((id + 1))
  if [ "$type" = rsa ]; then size=--bits; else size=--curve; fi
  must token "--generate-privkey=$type" "$size" "$kind" --label "$label" --id $id --outfile "$label.gnutls" "$TOKEN_URI"
done
refused "p11tool makes no Ed25519 key in SoftHSM" 'unsupported feature' \
  token --generate-privkey=eddsa --curve ed25519 --label tls-ed25519 --id 5f --outfile ed25519.gnutls "$TOKEN_URI"

# sign KEY HASH: makes KEY.pub, KEY.att.json, KEY.dsse, KEY.sig.json, KEY.damaged.json; openssl checks
sign() {
  local key=$1 hash=$2 format
  must "$SIGNER" key public "$URI"
  cp output "$key.pub"
  check "openssl reads the public key of $key as it would write it" same "$key.pub" openssl pkey -pubin -in "$key.pub" -pubout
  must "$SIGNER" attest file other --key "$URI" --identity $IDENTITY --build-context none --bundle "$key.att.json"
  must "$SIGNER" attest file --key "$URI" --identity $IDENTITY --build-context none --format dsse --bundle "$key.dsse"
  must python3 "$ROOT/interop/damage.py" "$key.att.json" "$key.damaged.json"
  for format in att.json dsse; do
    must dsse pae "$key.$format" pae signature
    check "openssl verifies the signature of $key.$format" verify_with "$hash" "$key.pub" pae signature
    echo >> pae
    refused "openssl refuses it with a byte more" '[Ff]ail' verify_with "$hash" "$key.pub" pae signature
  done
  must dsse pae "$key.damaged.json" pae signature
  refused "openssl refuses $key's damaged bundle" '[Ff]ail' verify_with "$hash" "$key.pub" pae signature
  check "we verify it under the key in the token" accepted "$URI" "$key.att.json" file
  refused "we refuse it when damaged" 'signature-invalid' accepted "$URI" "$key.damaged.json" file
}

# sign_file KEY HASH: KEY.sig.json
sign_file() {
  must "$SIGNER" sign file --key "$URI" --bundle "$1.sig.json"
  must dsse bare "$1.sig.json" signature
  check "openssl verifies $1's signature of a file" verify_with "$2" "$1.pub" file signature
  refused "openssl refuses it for another file" '[Ff]ail' verify_with "$2" "$1.pub" other signature
}

for case in p256:sha256 p384:sha384 rsa2048:sha256 tls-p256:sha256 tls-p384:sha384 tls-rsa2048:sha256; do
  find_key "${case%:*}"
  sign "${case%:*}" "${case#*:}"
  sign_file "${case%:*}" "${case#*:}"
done
for key in tls-p256 tls-p384 tls-rsa2048; do
  check "our public key of $key is the one that p11tool wrote" same $key.pub openssl pkey -pubin -in $key.gnutls -pubout
done
find_key ed25519
sign ed25519 pure
refused "SoftHSM has no Ed25519ph: we sign no file with its Ed25519 keys" 'Ed25519ph' "$SIGNER" sign file --key "$URI" --bundle ed25519.sig.json

# a wrong PIN, once, and nothing is written
refused "we refuse a wrong PIN" 'hsm-pin-wrong|PIN of the token .* is wrong' env SIGNER_PKCS11_PIN=87654321 \
  "$SIGNER" attest file --key "$URI" --identity $IDENTITY --build-context none --bundle wrong.json
check "and have written nothing" test ! -e wrong.json

# the other peers; what they do not read at all stands in their own scripts
for key in ed25519 p256 p384 tls-p256 tls-p384 rsa2048 tls-rsa2048; do
  scheme=()
  case $key in *rsa*) scheme=(rsa-pkcs1v15-sha256) ;; esac # its default is PSS
  for form in att.json dsse; do
    check "securesystemslib verifies $key.$form" library verify $key.pub $key.$form "${scheme[@]}"
  done
  refused "securesystemslib refuses it when damaged" 'do not match threshold' library verify $key.pub $key.damaged.json "${scheme[@]}"
done
for key in ed25519 p256 tls-p256 rsa2048 tls-rsa2048; do
  check "sigstore-js verifies $key's attestation" verified $key.pub $key.att.json file
  refused "sigstore-js refuses it when damaged" 'signature verification failed' verified $key.pub $key.damaged.json file
  check "cosign verifies $key's attestation" attested $key.pub $key.att.json file
  refused "cosign refuses it when damaged" 'signatures do not match threshold' attested $key.pub $key.damaged.json file
  refused "cosign refuses it for another file" 'artifact digests do not match' attested $key.pub $key.att.json $key.pub
done
for key in p256 tls-p256 rsa2048 tls-rsa2048; do
  check "sigstore-js verifies $key's signature of a file" verified $key.pub $key.sig.json file
  refused "sigstore-js refuses it for another file" 'signature verification failed' verified $key.pub $key.sig.json other
  check "cosign verifies $key's signature of a file" signed $key.pub $key.sig.json file
  refused "cosign refuses it for another file" 'invalid signature|verification error' signed $key.pub $key.sig.json other
done

# theirs, checked by us: pkcs11-tool signs with the keys that it made, whose ids are 01, 02, …
must dsse payload p256.dsse
cp output payload
must dsse to-sign payload pae
openssl dgst -sha256 -binary -out digest pae
must pkcs11-tool --module "$MODULE" --login --pin "$PIN" --sign --mechanism ECDSA --id 01 \
  --input-file digest --output-file signature --signature-format openssl
dsse envelope payload signature > theirs.dsse
check "we verify an envelope that pkcs11-tool signed with p256" accepted p256.pub theirs.dsse file
refused "we refuse it under another key" 'signature-invalid|identity-untrusted' accepted tls-p256.pub theirs.dsse file
must pkcs11-tool --module "$MODULE" --login --pin "$PIN" --sign --mechanism SHA256-RSA-PKCS --id 04 \
  --input-file pae --output-file signature
dsse envelope payload signature > theirs.dsse
check "we verify an envelope that pkcs11-tool signed with rsa2048" accepted rsa2048.pub theirs.dsse file
refused "we refuse it for another file" 'subject-mismatch' accepted rsa2048.pub theirs.dsse rsa2048.pub
must pkcs11-tool --module "$MODULE" --login --pin "$PIN" --sign --mechanism EDDSA --id 03 \
  --input-file pae --output-file signature
dsse envelope payload signature > theirs.dsse
check "we verify an envelope that pkcs11-tool signed with ed25519" accepted ed25519.pub theirs.dsse file
finish
