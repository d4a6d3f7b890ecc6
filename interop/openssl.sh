#!/usr/bin/env bash
# The openssl command and Go's standard library check our signatures over the signed bytes, and we
# check theirs, for every algorithm; keys go both ways in every form that both know.
. "$(dirname "$0")/lib.sh"

HERE=$ROOT/interop
cd "$WORK"
echo "an artifact" > file
echo "another artifact" > other
IDENTITY=https://ci.example/release

# sign_with HASH PRIVATE DATA SIGNATURE: `pure` is Ed25519
sign_with() {
  if [ "$1" = pure ]; then openssl pkeyutl -sign -inkey "$2" -rawin -in "$3" -out "$4"
  else openssl dgst "-$1" -sign "$2" -out "$4" "$3"; fi
}

# ours, checked by openssl
for case in ed25519:pure p256:sha256 p384:sha384; do
  algorithm=${case%:*} hash=${case#*:}
  must "$SIGNER" key generate --algorithm "$algorithm" --out "$algorithm"
  for format in bundle dsse; do
    must "$SIGNER" attest file --key "$algorithm" --identity $IDENTITY --build-context none --format $format --bundle "$algorithm.$format"
    must dsse pae "$algorithm.$format" pae signature
    check "openssl verifies the $algorithm signature of our $format" verify_with $hash "$algorithm.pub" pae signature
    echo >> pae
    refused "openssl refuses it with a byte more" '[Ff]ail' verify_with $hash "$algorithm.pub" pae signature
  done
  must "$SIGNER" sign file --key "$algorithm" --bundle "$algorithm.sig"
  must dsse bare "$algorithm.sig" signature
  if [ $hash = pure ]; then
    check "Go verifies our Ed25519ph signature of a file" go run "$HERE/ed25519ph.go" verify "$algorithm.pub" file signature
    refused "Go refuses it for another file" 'invalid signature' go run "$HERE/ed25519ph.go" verify "$algorithm.pub" other signature
  else
    check "openssl verifies our $algorithm signature of a file" verify_with $hash "$algorithm.pub" file signature
    refused "openssl refuses it for another file" '[Ff]ail' verify_with $hash "$algorithm.pub" other signature
  fi
done

# theirs, checked by us
must dsse payload p256.dsse
cp output payload
must dsse to-sign payload pae
for case in ed25519:pure p256:sha256 p384:sha384 p384:sha256 p521:sha512 rsa2048:sha256 rsa3072:sha256 rsa4096:sha256; do
  algorithm=${case%:*} hash=${case#*:}
  sign_with $hash "$KEYS/$algorithm.key" pae signature
  dsse envelope payload signature > theirs.dsse
  dsse sloppy payload signature > sloppy.dsse
  check "we verify an envelope that openssl signed with $algorithm, $hash" accepted "$KEYS/$algorithm.pub" theirs.dsse file
  check "the same with URL-safe base64 and some keyid" accepted "$KEYS/$algorithm.pub" sloppy.dsse file
  refused "we refuse it for another file" 'subject-mismatch' accepted "$KEYS/$algorithm.pub" theirs.dsse other
  sign_with $hash "$KEYS/$algorithm.key" payload signature
  dsse envelope payload signature > loose.dsse
  refused "we refuse a signature over the loose payload" 'signature-invalid' accepted "$KEYS/$algorithm.pub" loose.dsse file
  sign_with $hash "$KEYS/$algorithm.key" file signature
  digest=$hash; [ $hash != pure ] || digest=sha512
  dsse message file signature $digest > theirs.sig
  check "we verify openssl's signature of a file with $algorithm, $hash" accepted "$KEYS/$algorithm.pub" theirs.sig file
  refused "we refuse it for another file" 'subject-mismatch' accepted "$KEYS/$algorithm.pub" theirs.sig other
done
must go run "$HERE/ed25519ph.go" sign "$KEYS/ed25519.key" file signature
dsse message file signature sha512 > theirs.sig
check "we verify Go's Ed25519ph signature of a file" accepted "$KEYS/ed25519.pub" theirs.sig file
must go run "$HERE/ed25519ph.go" sign "$KEYS/ed25519.key" pae signature
dsse envelope payload signature > theirs.dsse
refused "we refuse Ed25519ph in an envelope" 'signature-invalid' accepted "$KEYS/ed25519.pub" theirs.dsse file

# our keys, read by openssl
same() { cmp <("${@:2}") "$1"; }
for algorithm in ed25519 p256 p384; do
  check "openssl decrypts our $algorithm key" same "$algorithm.pub" openssl pkey -in "$algorithm" -passin env:SIGNER_PASSWORD -pubout
  refused "openssl refuses a wrong password for it" 'Could not read|unable to load' openssl pkey -in "$algorithm" -passin pass:wrong -noout
  must "$SIGNER" key generate --algorithm "$algorithm" --no-password --out "$algorithm-plain"
  check "openssl reads our plain $algorithm key" same "$algorithm-plain.pub" openssl pkey -in "$algorithm-plain" -pubout
  check "openssl finds our public $algorithm key as it would write it" same "$algorithm.pub" openssl pkey -pubin -in "$algorithm.pub" -pubout
done

# openssl's keys, read by us
made() { # made NAME: that openssl's private key NAME signs with us, and its public key verifies
  same "$1.expected" "$SIGNER" key public "$1" || return
  "$SIGNER" attest file --key "$1" --identity $IDENTITY --build-context none --bundle "$1.json" || return
  openssl pkey -in "$1" -passin env:SIGNER_PASSWORD -pubout -out "$1.public" || return
  accepted "$1.public" "$1.json" file
}
for case in ed25519:-algorithm,ed25519 p256:-algorithm,EC,-pkeyopt,ec_paramgen_curve:P-256 p384:-algorithm,EC,-pkeyopt,ec_paramgen_curve:P-384; do
  algorithm=${case%%:*} plain=their-${case%%:*}
  IFS=, read -ra options <<< "${case#*:}"
  must openssl genpkey "${options[@]}" -out $plain
  openssl pkcs8 -topk8 -in $plain -passout env:SIGNER_PASSWORD -scrypt -out $plain-scrypt
  openssl pkcs8 -topk8 -in $plain -passout env:SIGNER_PASSWORD -v2 aes-256-cbc -v2prf hmacWithSHA256 -out $plain-pbkdf2-sha256
  openssl pkcs8 -topk8 -in $plain -passout env:SIGNER_PASSWORD -v2 aes-128-cbc -v2prf hmacWithSHA512 -iter 20000 -out $plain-pbkdf2-sha512
  forms="$plain $plain-scrypt $plain-pbkdf2-sha256 $plain-pbkdf2-sha512"
  if [ $algorithm != ed25519 ]; then
    openssl ec -in $plain -out $plain-sec1 2> /dev/null
    forms="$forms $plain-sec1"
  fi
  for form in $forms; do
    openssl pkey -in $plain -pubout -out "$form.expected"
    check "we sign with openssl's key ${form#their-}" made "$form"
  done
done
finish
