#!/usr/bin/env bash
# A fresh token of Kryoptic (a PKCS#11 3.2 module in Rust over OpenSSL) in DIR:
#   eval "$(interop/hsm/kryoptic.sh DIR)"
# The module is built once, into INTEROP_CACHE. Nothing is left running.
. "$(dirname "$0")/lib.sh"

packages cc=build-essential perl=perl pkcs11-tool=opensc '/usr/lib/llvm-*/lib/libclang.so=libclang-dev' \
  /usr/include/sqlite3.h=libsqlite3-dev

# `-p` of a dependency, since a shared object is built only of the package that is asked for
cargo build --locked --quiet --manifest-path "$HSM/kryoptic/Cargo.toml" --target-dir "$CACHE/kryoptic" -p kryoptic
MODULE=$CACHE/kryoptic/debug/libkryoptic_pkcs11.so

export KRYOPTIC_CONF=$DIR/kryoptic.conf
cat > "$KRYOPTIC_CONF" << END
[[slots]]
slot = 0
dbtype = "sqlite"
dbargs = "$DIR/token.sql"
END
new_token 0
new_keys p256 p384 ed25519 rsa2048
give_exported KRYOPTIC_CONF
finish
