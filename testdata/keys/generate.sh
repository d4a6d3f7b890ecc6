#!/bin/sh
# Makes the keys of this folder anew. Needs openssl 3 and ssh-keygen;
# with COSIGN=path also cosign, with PYTHON=path (of one that has securesystemslib) also TUF's ids.
# Test keys: public, worthless, never to be trusted.
set -eu
cd "$(dirname "$0")"
PASSWORD='correct horse'

openssl genpkey -quiet -algorithm ed25519 -out ed25519.key
openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out p256.key
openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out p384.key
openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-521 -out p521.key
for bits in 2048 3072 4096; do
  openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:$bits -out rsa$bits.key
done
for key in ed25519 p256 p384 p521 rsa2048 rsa3072 rsa4096; do
  openssl pkey -in $key.key -pubout -out $key.pub
done

# keys that are refused
for key in p256 p384 p521; do
  openssl pkey -in $key.key -pubout -ec_conv_form compressed -out refused-$key-compressed.pub
done
openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out rsa1024.key
openssl pkey -in rsa1024.key -pubout -out refused-rsa1024.pub; rm rsa1024.key
openssl rsa -in rsa2048.key -RSAPublicKey_out -out refused-pkcs1.pub 2>/dev/null
openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:secp256k1 | openssl pkey -pubout -out refused-secp256k1.pub
openssl genpkey -quiet -algorithm ed448 | openssl pkey -pubout -out refused-ed448.pub

# forms of private keys
openssl ec -in p256.key -out p256-sec1.key 2>/dev/null
openssl ecparam -name secp384r1 -genkey -out p384-sec1-parameters.key
openssl pkey -in p256.key -ec_conv_form compressed -out p256-compressed.key
openssl ec -in p384.key -conv_form compressed -out p384-sec1-compressed.key 2>/dev/null
openssl ec -in p256.key -aes128 -passout "pass:$PASSWORD" -out refused-legacy.key 2>/dev/null
encrypt() { openssl pkcs8 -topk8 -in "$1" -passout "pass:$PASSWORD" -out "$2" $3; }
encrypt ed25519.key ed25519-scrypt.key '-scrypt'
encrypt p256.key p256-pbkdf2-sha256.key '-v2 aes-256-cbc -v2prf hmacWithSHA256'
encrypt p384.key p384-pbkdf2-sha512.key '-v2 aes-128-cbc -v2prf hmacWithSHA512 -iter 10000'
encrypt ed25519.key ed25519-pbkdf2-sha384.key '-v2 aes-192-cbc -v2prf hmacWithSHA384'
encrypt ed25519.key refused-pbkdf2-sha1.key '-v2 aes-256-cbc -v2prf hmacWithSHA1'
encrypt ed25519.key refused-des3.key '-v2 des3'
encrypt rsa2048.key rsa2048-scrypt.key '-scrypt'
encrypt ed25519.key refused-pbkdf2-iterations.key '-v2 aes-256-cbc -iter 10000001'

# signatures: of the file `message` as it is, or of its digest
printf 'the message' > message
openssl pkeyutl -sign -rawin -inkey ed25519.key -in message -out ed25519.sig
for key in p256:sha256 p384:sha384 p521:sha512 rsa2048:sha256 rsa3072:sha256 rsa4096:sha256; do
  openssl dgst -${key#*:} -sign ${key%:*}.key -out ${key%:*}.sig message
done
openssl dgst -sha256 -sign p384.key -out p384-sha256.sig message

# what ssh-keygen calls the public keys
rm -f fingerprints
for key in p256 p384 p521 rsa2048; do
  ssh-keygen -i -m PKCS8 -f $key.pub > ssh.pub
  echo "$key $(ssh-keygen -l -f ssh.pub | cut -d' ' -f2)" >> fingerprints
done
wire() { # ssh-keygen does not read Ed25519 as PKCS#8
  printf '\0\0\0\013ssh-ed25519\0\0\0\040'
  openssl pkey -pubin -in ed25519.pub -outform DER | tail -c 32
}
echo "ssh-ed25519 $(wire | base64)" > ssh.pub
echo "ed25519 $(ssh-keygen -l -f ssh.pub | cut -d' ' -f2)" >> fingerprints
cp ssh.pub refused-ssh.pub; rm ssh.pub
ssh-keygen -q -t ed25519 -N '' -C test -f ssh-ed25519; mv ssh-ed25519 refused-openssh.key; rm ssh-ed25519.pub

if [ -n "${COSIGN:-}" ]; then
  for password in "$PASSWORD" ''; do
    name=cosign; [ -n "$password" ] || name=cosign-empty-password
    rm -f $name.key $name.pub
    COSIGN_PASSWORD="$password" "$COSIGN" generate-key-pair --output-key-prefix $name 2>/dev/null
  done
fi

if [ -n "${PYTHON:-}" ]; then
  "$PYTHON" - > tuf-key-ids <<'END'
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from securesystemslib.signer import SSlibKey
for name in ["ed25519", "p256", "p384", "p521", "rsa2048"]:
    with open(name + ".pub", "rb") as file:
        print(name, SSlibKey.from_crypto(load_pem_public_key(file.read())).keyid)
END
fi
