#!/usr/bin/env bash
# The main job on real input: builds `signer`, attests the binary just built and a tarball with a
# fresh key, verifies both under a trust policy, and shows what is refused.
#
#   ./demo.sh            builds the release binary first (needs Rust)
#   ./demo.sh BINARY     uses this binary instead
#
# Exit status 0 only if every command ended as expected. Nothing is left behind but the build.

set -euo pipefail
cd "$(dirname "$0")"

built=${1:-}
if [ -z "$built" ]; then
    echo '$ cargo build --release --locked --bins'
    cargo build --release --locked --bins
    target=$(cargo metadata --locked --no-deps --format-version 1 | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
    built=$target/release/signer
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/signer-demo.XXXXXX")
trap 'rm -rf "$work"' EXIT
signer=$work/signer # also the artifact: the real binary
cp "$built" "$signer"

SIGNER_PASSWORD=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
export SIGNER_PASSWORD # of the keys made below; lives as long as this script
unset SIGNER_POLICY
identity=https://ci.example/signer/release
builder=https://ci.example/builder
passed=0

say() {
    printf '\n# %s\n' "$*"
}

# expect STATUS WORDS signer ARGUMENT...: runs it; the exit status and the words must be these.
expect() {
    local status=$1 words=$2 found=0 output
    shift 2
    printf '$ %s\n' "$*"
    shift
    output=$("$signer" "$@" 2>&1) || found=$?
    printf '%s\n[exit status %s]\n' "$output" "$found"
    if [ "$found" -ne "$status" ] || ! printf '%s\n' "$output" | grep -qF -- "$words"; then
        printf 'demo: expected exit status %s and the words `%s`\n' "$status" "$words" >&2
        exit 1
    fi
    passed=$((passed + 1))
}

say 'A release key: encrypted, readable by its owner alone.'
expect 0 'encrypted' signer key generate --algorithm ed25519 --out "$work/release.key"
fingerprint=$("$signer" key inspect --format json "$work/release.key.pub" |
    sed -n 's/.*"fingerprint": "\([^"]*\)".*/\1/p')

say 'The build: the binary, and a tarball of the texts that go with it.'
tar -czf "$work/signer-texts.tar.gz" README.md LICENSE
ls -l "$work/signer" "$work/signer-texts.tar.gz"

say 'Attest both. Source and commit come from git.'
context=none
if git rev-parse --quiet --verify HEAD >/dev/null 2>&1; then context=checkout; fi
expect 0 'attested 2 subjects' signer attest "$work/signer" "$work/signer-texts.tar.gz" \
    --key "$work/release.key" --identity "$identity" --builder-id "$builder" \
    --build-context "$context" --bundle "$work/release.sigstore.json"
expect 0 'NOT VERIFIED' signer inspect "$work/release.sigstore.json"

say 'The trust policy of whoever deploys: this key is this identity, and may build these artifacts.'
# Source and ref are taken from the evidence because this demonstration cannot know your checkout.
# The author of a real policy knows them and writes them by hand.
claimed=$("$signer" inspect "$work/release.sigstore.json" --format json)
source=$(printf '%s\n' "$claimed" | sed -n '/"source": "[a-z+]*:\/\//{s/.*"source": "\([^"]*\)".*/\1/p;q;}')
ref=$(printf '%s\n' "$claimed" | sed -n '/"ref": "refs\//{s/.*"ref": "\([^"]*\)".*/\1/p;q;}')
sources=${source:+"\"$source\""} refs=${ref:+"\"$ref\""} unsourced=false
if [ -z "$source" ]; then unsourced=true; elif [ -z "$ref" ]; then unsourced='"ref"'; fi
year=$(date -u +%Y)
cat >"$work/trust-policy.toml" <<POLICY
schema  = "trust-policy/v1"
name    = "demo"
version = 1

[[owner]]
id   = "release-team"
name = "Release team"

[[identity]]
id        = "$identity"
owner     = "release-team"
kind      = "workflow"
purpose   = "builds and attests signer"
roles     = ["build"]
valid     = { from = $year-01-01T00:00:00Z, until = $((year + 1))-12-31T00:00:00Z }
review_by = $((year + 1))-12-01
key       = [{ public_key = "release.key.pub", fingerprint = "$fingerprint" }]

[identity.scope]
artifacts = ["signer", "signer-*.tar.gz"]
builders  = ["$builder"]
sources   = [$sources]
refs      = [$refs]
unsourced = $unsourced

[[gate]]
name      = "production"
artifacts = ["signer", "signer-*.tar.gz"]
require   = [{ role = "build", predicate = "https://slsa.dev/provenance/v1" }]
POLICY
cat "$work/trust-policy.toml"
expect 0 'can be used' signer policy check "$work/trust-policy.toml"

say 'Accepted: what was built, under the policy.'
expect 0 '2 of 2 accepted' signer verify "$work/signer" "$work/signer-texts.tar.gz" \
    --bundle "$work/release.sigstore.json" --policy "$work/trust-policy.toml"

say 'Refused: a tampered artifact (one byte more).'
mkdir "$work/tampered"
cp "$work/signer" "$work/tampered/signer"
printf x >>"$work/tampered/signer"
expect 1 'subject-mismatch' signer verify "$work/tampered/signer" \
    --bundle "$work/release.sigstore.json" --policy "$work/trust-policy.toml"

say 'Refused: an unsigned artifact.'
mkdir "$work/unsigned"
cp "$work/signer" "$work/unsigned/signer"
expect 1 'attestation-missing' signer verify "$work/unsigned/signer" --policy "$work/trust-policy.toml"

say 'Refused: a mutable tag, whatever it points at now.'
expect 1 'reference-mutable' signer verify oci://registry.example/signer:latest \
    --policy "$work/trust-policy.toml"

say 'Refused: the right artifact, signed by somebody else who claims the same identity.'
expect 0 'encrypted' signer key generate --algorithm p256 --out "$work/other.key"
expect 0 'attested 1 subject' signer attest "$work/signer" --key "$work/other.key" \
    --identity "$identity" --builder-id "$builder" --build-context "$context" \
    --bundle "$work/other.sigstore.json"
expect 1 'identity-untrusted' signer verify "$work/signer" \
    --bundle "$work/other.sigstore.json" --policy "$work/trust-policy.toml"

printf '\n%s commands ended as expected: accepted what was released, refused everything else.\n' "$passed"
