#!/usr/bin/env bash
# A fresh token of tpm2-pkcs11 in DIR, in a TPM 2.0 that swtpm plays on a Unix socket there:
#   eval "$(interop/hsm/tpm2.sh DIR)"
#   …
#   tpm2_stop
# It prints two functions besides: tpm2_reset forgets wrong PINs and what a client left loaded,
# tpm2_stop ends swtpm (whose number is in DIR/swtpm.pid too).
. "$(dirname "$0")/lib.sh"

packages pkcs11-tool=opensc swtpm=swtpm tpm2_flushcontext=tpm2-tools \
  '/usr/lib/*/pkcs11/libtpm2_pkcs11.so=libtpm2-pkcs11-1' '/usr/lib/*/libtss2-tcti-swtpm.so.0=libtss2-tcti-swtpm0'
MODULE=$(compgen -G '/usr/lib/*/pkcs11/libtpm2_pkcs11.so')
SOCKET=$DIR/swtpm
[ ${#SOCKET} -le 100 ] || fail "$DIR is too long a path for a Unix socket"

mkdir "$DIR/state" "$DIR/store"
swtpm socket --tpm2 --tpmstate dir="$DIR/state" --flags not-need-init,startup-clear \
  --server type=unixio,path="$SOCKET" --ctrl type=unixio,path="$SOCKET.ctrl" \
  --pid file="$SOCKET.pid" --daemon > "$SOCKET.log" 2>&1 3>&- || { cat "$SOCKET.log"; fail "swtpm did not start"; }
trap '[ $? = 0 ] || kill "$(cat "$SOCKET.pid")"' EXIT

export TPM2_PKCS11_TCTI=swtpm:path=$SOCKET TPM2TOOLS_TCTI=swtpm:path=$SOCKET
export TPM2_PKCS11_STORE=$DIR/store # its keys, wrapped, in SQLite
export TPM2_PKCS11_LOG_LEVEL=0 TSS2_LOG=all+NONE # it writes to stderr: errors of the module only
new_token 0
new_keys p256 p384 rsa2048 # a TPM has no Ed25519
give_exported TPM2_PKCS11_TCTI TPM2TOOLS_TCTI TPM2_PKCS11_STORE TPM2_PKCS11_LOG_LEVEL TSS2_LOG
cat >&3 << 'END'
tpm2_reset() { tpm2_flushcontext -t && tpm2_dictionarylockout --clear-lockout; }
END
printf 'tpm2_stop() { kill "$(cat %q)"; }\n' "$SOCKET.pid" >&3
finish
