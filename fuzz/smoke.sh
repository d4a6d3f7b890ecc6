#!/bin/sh
# Runs every fuzz target for some seconds (default 10), beginning with the test data.
# Needs a nightly toolchain and cargo-fuzz: `cargo install cargo-fuzz`.
set -eu
cd "$(dirname "$0")"
seconds=${1:-10}
vectors=../testdata/vectors

# seeds TARGET FILE...: copies of these files, under the names of their digests
seeds() {
  target=$1; shift
  mkdir -p "corpus/$target"
  for file in "$@"; do
    [ -f "$file" ] || continue
    cp "$file" "corpus/$target/$(sha256sum < "$file" | cut -c1-40)"
  done
}

# payloads: the signed statements of all bundles and envelopes
payloads() {
  mkdir -p corpus/statement
  for file in $vectors/*/*.json; do
    payload=$(tr -d '\n' < "$file" | sed -n 's/.*"payload": *"\([A-Za-z0-9+/=]*\)".*/\1/p')
    [ -n "$payload" ] || continue
    name=corpus/statement/$(printf %s "$payload" | sha256sum | cut -c1-40)
    [ -f "$name" ] || printf %s "$payload" | base64 -d > "$name" 2>/dev/null || rm -f "$name"
  done
}

references() {
  mkdir -p corpus/reference
  sed -n 's/^ *"reference": "\(.*\)",*$/\1/p' $vectors/*/case.json | while read -r reference; do
    printf %s "$reference" > "corpus/reference/$(printf %s "$reference" | sha256sum | cut -c1-40)"
  done
}

uris() {
  mkdir -p corpus/pkcs11_uri
  for uri in 'pkcs11:' 'pkcs11:token=a%20b;slot-id=1;library-version=2.40;id=%00%ff;object=c;type=private' \
    'pkcs11:x-a=b?module-path=/l.so&module-name=l&pin-value=1234' 'pkcs11:?pin-source=file:///etc/pin&x-a=b'; do
    printf %s "$uri" > "corpus/pkcs11_uri/$(printf %s "$uri" | sha256sum | cut -c1-40)"
  done
}

seeds bundle $vectors/*/*.sigstore.json
seeds envelope $vectors/*dsse*/*.sigstore.json $vectors/*envelope*/*.sigstore.json
seeds evidence_judge $vectors/*/*.sigstore.json $vectors/*/*.jsonl
seeds policy $vectors/*/policy.toml ../testdata/policies/*/*.toml
payloads
references
uris

log=$(mktemp)
trap 'rm -f "$log"' EXIT
for target in bundle envelope statement policy reference evidence_judge pkcs11_uri; do
  echo "== $target, $seconds s"
  if ! cargo +nightly fuzz run "$target" -- -max_total_time="$seconds" -max_len=65536 -timeout=10 \
    -rss_limit_mb=2048 -print_final_stats=1 > "$log" 2>&1; then
    tail -60 "$log"
    exit 1
  fi
  grep 'stat::number_of_executed' "$log"
done
