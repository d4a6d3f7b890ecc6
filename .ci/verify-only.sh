#!/usr/bin/env bash
# A verify-only build holds no private-key code, no network and no terminal: neither crates for
# them, nor code of ours outside signer-core's `sign` module. And the libraries do not touch the world.
set -euo pipefail
cd "$(dirname "$0")/.."

# What makes, reads or guards private keys; asynchronous and network code; files and terminals; C.
# (p256 and p384 bring sec1, rfc6979 and getrandom for ECDSA as a whole: they cannot be left out.)
banned='pkcs8 pkcs5 scrypt pbkdf2 salsa20 poly1305 aes aes-gcm cbc des cryptoki libloading secrecy rsa ring openssl-sys
  aws-lc-rs aws-lc-sys ureq reqwest hyper h2 rustls native-tls tokio async-std mio socket2 url
  clap rpassword signal-hook tempfile rustix'
status=0
for package in signer-core verifier; do
  crates=$(cargo tree --locked -p $package -e normal --no-default-features --prefix none --format '{p}' | cut -d' ' -f1 | sort -u)
  [ "$(wc -l <<< "$crates")" -gt 10 ] || { echo "no list of crates for $package"; exit 1; }
  for crate in $banned; do
    if grep -qx "$crate" <<< "$crates"; then
      echo "$package without features depends on $crate:"
      cargo tree --locked -p $package -e normal --no-default-features -i "$crate"
      status=1
    fi
  done
  echo "$package without features: $(wc -l <<< "$crates") crates, none of them banned"
done

# Code of ours. Tests sign, hence only what stands before a file's tests counts.
sources=$(find signer-core/src verifier/src -name '*.rs' ! -path 'signer-core/src/sign/*' ! -name tests.rs ! -path '*/tests/*')
for source in $sources; do
  if sed '/^#\[cfg(test)\]/,$d' "$source" | grep -nE 'SigningKey|SecretKey|PrivateKey|EncodePrivate|DecodePrivate'; then
    echo "^ $source: private-key code outside signer-core's sign module"
    status=1
  fi
done
[ $status = 0 ] && echo "no private-key code of ours outside signer-core's sign module"

# The libraries touch no file, socket, variable or clock; what a token's library needs stands in sign/pkcs11.
sources=$(find signer-core/src verifier/src -name '*.rs' ! -path 'signer-core/src/sign/pkcs11*' ! -name tests.rs ! -path '*/tests/*')
for source in $sources; do
  if sed '/^#\[cfg(test)\]/,$d' "$source" | grep -nE '\bstd::(fs|net|env|process|os)\b|\bstd::\{[^}]*\b(fs|net|env|process|os)\b|SystemTime|Instant::now|OffsetDateTime::now|UtcDateTime::now'; then
    echo "^ $source: a library that touches the world"
    status=1
  fi
done
[ $status = 0 ] && echo "no file, socket, variable or clock in signer-core and verifier"
exit $status
