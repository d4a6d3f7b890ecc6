#!/usr/bin/env bash
# cosign and signer read each other: attestations, bare signatures, keys.
. "$(dirname "$0")/lib.sh"

use_cosign
cd "$WORK"
export HOME=$WORK # cosign must not find anything of the user
echo "an artifact" > file
echo "another artifact" > other
IDENTITY=https://ci.example/release
KEYLESS_OFF=$WORK/signing-config.json # names no service: nothing is uploaded
echo '{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json"}' > "$KEYLESS_OFF"

# ours, read by cosign
for algorithm in ed25519 p256 p384; do
  key=ours-$algorithm
  must "$SIGNER" key generate --algorithm $algorithm --out $key
  must "$SIGNER" attest file other --key $key --identity $IDENTITY --build-context none --bundle $key.att.json
  must "$SIGNER" attest file --key $key --identity $IDENTITY --build-context none --digest sha256 --digest sha512 --bundle $key.two.json
  must "$SIGNER" sign file --key $key --bundle $key.sig.json
done
for algorithm in ed25519 p256; do
  key=ours-$algorithm
  check "cosign verifies our $algorithm attestation" attested $key.pub $key.att.json file
  check "cosign verifies our $algorithm attestation for its second subject" attested $key.pub $key.att.json other
  check "cosign verifies our $algorithm attestation with two digests" attested $key.pub $key.two.json file
  refused "cosign refuses our $algorithm attestation for another file" 'artifact digests do not match' attested $key.pub $key.two.json other
  refused "cosign refuses our $algorithm attestation under another key" 'accepted signatures do not match threshold' attested "$KEYS/p256.pub" $key.att.json file
done
check "cosign verifies our p256 signature" signed ours-p256.pub ours-p256.sig.json file
refused "cosign refuses our p256 signature of another file" 'invalid signature|does not match' signed ours-p256.pub ours-p256.sig.json other

mkdir -p folder/below
cp file folder/one
cp other folder/below/two
must "$SIGNER" attest folder --key ours-p256 --identity $IDENTITY --build-context none --bundle folder.json
check "cosign verifies a file of a folder that we attested" attested ours-p256.pub folder.json folder/one
check "cosign verifies a file below it" attested ours-p256.pub folder.json folder/below/two
refused "cosign refuses a file that was not in it" 'artifact digests do not match' attested ours-p256.pub folder.json ours-p256.pub

# What cosign does not read: it checks P-384 with SHA-256, where the specification wants SHA-384, and
# without a log entry it checks pure Ed25519 over the file, where hashedrekord entries need Ed25519ph.
refused "cosign checks P-384 with SHA-256: it refuses our attestation" 'accepted signatures do not match threshold' attested ours-p384.pub ours-p384.att.json file
refused "cosign checks P-384 with SHA-256: it refuses our signature" 'invalid signature' signed ours-p384.pub ours-p384.sig.json file
refused "cosign checks pure Ed25519: it refuses our Ed25519ph signature" 'failed to verify signature' signed ours-ed25519.pub ours-ed25519.sig.json file

# any predicate
echo '{"approved":true,"by":["ana","ben"]}' > predicate.json
must "$SIGNER" attest file --key ours-p256 --identity $IDENTITY --predicate predicate.json \
  --predicate-type https://example.com/review/v1 --bundle review.json
check "cosign verifies our attestation of any predicate" attested ours-p256.pub review.json file https://example.com/review/v1
refused "cosign refuses it as another type of predicate" 'invalid predicate type' attested ours-p256.pub review.json file slsaprovenance1

# cosign's, read by us
cat > provenance.json << 'END'
{"buildDefinition":{"buildType":"https://example.com/build/v1","externalParameters":{"target":"all"}},
 "runDetails":{"builder":{"id":"https://ci.example/builder"}}}
END
must "$COSIGN" generate-key-pair --output-key-prefix generated
for key in ed25519 p256 p384 p521 rsa2048 rsa3072 rsa4096; do
  must "$COSIGN" import-key-pair --key "$KEYS/$key.key" --output-key-prefix $key
done
for key in generated ed25519 p256 p384 p521 rsa2048 rsa3072 rsa4096; do
  must "$COSIGN" public-key --key $key.key --outfile $key.pem
  must "$COSIGN" sign-blob --yes --key $key.key --signing-config "$KEYLESS_OFF" --bundle $key.sig.json file
  must "$COSIGN" attest-blob --yes --key $key.key --signing-config "$KEYLESS_OFF" --type slsaprovenance1 --predicate provenance.json --bundle $key.att.json file
done
for key in generated p256 p384 p521 rsa2048 rsa3072 rsa4096; do
  check "we verify cosign's $key signature" accepted $key.pem $key.sig.json file
  check "we verify cosign's $key attestation" accepted $key.pem $key.att.json file
  refused "we refuse cosign's $key signature of another file" 'subject-mismatch|signature-invalid' accepted $key.pem $key.sig.json other
  refused "we refuse cosign's $key attestation for another file" 'subject-mismatch' accepted $key.pem $key.att.json other
  refused "we refuse cosign's $key attestation under another key" 'identity-untrusted|signature-invalid' accepted ours-ed25519.pub $key.att.json file
done

# Without a log, cosign signs envelopes with Ed25519ph, against DSSE, and refuses them itself.
refused "cosign refuses its own ed25519 attestation" 'accepted signatures do not match threshold' attested ed25519.pem ed25519.att.json file
refused "so do we" 'signature-invalid' accepted ed25519.pem ed25519.att.json file
# Its bundle of a bare Ed25519 signature says no digest, and it refuses that as well; the signature is good.
refused "cosign refuses its own ed25519 signature without a digest" 'missing artifact digest' signed ed25519.pem ed25519.sig.json file
python3 - ed25519.sig.json file > ed25519-digest.sig.json << 'END'
import base64, hashlib, json, sys
bundle = json.load(open(sys.argv[1]))
digest = hashlib.sha256(open(sys.argv[2], "rb").read()).digest()
bundle["messageSignature"]["messageDigest"] = {"algorithm": "SHA2_256", "digest": base64.b64encode(digest).decode()}
json.dump(bundle, sys.stdout)
END
check "cosign verifies its ed25519 signature with a digest" signed ed25519.pem ed25519-digest.sig.json file
check "so do we" accepted ed25519.pem ed25519-digest.sig.json file
check "we verify it without a digest too" accepted ed25519.pem ed25519.sig.json file

# keys: cosign's private keys sign for us, our encrypted PKCS#8 signs for cosign
for key in generated ed25519 p256 p384; do
  must "$SIGNER" attest file --key $key.key --identity $IDENTITY --build-context none --bundle $key.ours.json
  check "we verify what we attest with cosign's $key private key" accepted $key.pem $key.ours.json file
done
for key in generated ed25519 p256; do
  check "cosign verifies what we attest with its $key private key" attested $key.pem $key.ours.json file
done
refused "we refuse cosign's private key with a wrong password" 'password' env SIGNER_PASSWORD=wrong "$SIGNER" attest file --key generated.key --identity $IDENTITY --build-context none --bundle wrong.json
check "we print the public key that cosign prints" cmp <("$SIGNER" key public generated.key) <(grep -v '^$' generated.pem)
for algorithm in ed25519 p256 p384; do
  key=ours-$algorithm
  refused "cosign imports no encrypted PKCS#8, such as our $algorithm key" 'unsupported private key' "$COSIGN" import-key-pair --key $key --output-key-prefix imported-$algorithm
  must openssl pkey -in $key -passin env:SIGNER_PASSWORD -out plain-$algorithm
  check "cosign imports our $algorithm key when openssl has decrypted it" "$COSIGN" import-key-pair --key plain-$algorithm --output-key-prefix imported-$algorithm
  check "cosign's public key of it is ours" cmp <(grep -v '^$' imported-$algorithm.pub) $key.pub
done
finish
