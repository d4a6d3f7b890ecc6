#!/usr/bin/env bash
# A fresh token of SoftHSM 2 in DIR:
#   eval "$(interop/hsm/softhsm.sh DIR)"
# Nothing is left running.
. "$(dirname "$0")/lib.sh"

packages pkcs11-tool=opensc '/usr/lib/softhsm/libsofthsm2.so=softhsm2'
MODULE=/usr/lib/softhsm/libsofthsm2.so

export SOFTHSM2_CONF=$DIR/softhsm2.conf
mkdir "$DIR/tokens"
cat > "$SOFTHSM2_CONF" << END
directories.tokendir = $DIR/tokens
log.level = ERROR
END
new_token 0
new_keys p256 p384 ed25519 rsa2048
give_exported SOFTHSM2_CONF
finish
