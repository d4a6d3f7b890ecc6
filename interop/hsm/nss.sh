#!/usr/bin/env bash
# A fresh token of NSS's softoken in DIR, served by p11-kit on a Unix socket there:
#   eval "$(interop/hsm/nss.sh DIR)"
#   …
#   nss_stop
# Softoken wants its folder in C_Initialize's reserved argument, which few clients can give. p11-kit
# gives it, from a configuration that it does not read as root; so the server runs as `nobody` there,
# DIR becomes its own, and every folder above must let it through.
# It prints the function nss_stop, which ends the server (whose number is in DIR/p11-kit.pid too).
. "$(dirname "$0")/lib.sh"

packages pkcs11-tool=opensc certutil=libnss3-tools p11-kit=p11-kit '/usr/lib/*/libsoftokn3.so=libnss3' \
  '/usr/lib/*/pkcs11/p11-kit-client.so=p11-kit-modules'
SOCKET=$DIR/p11-kit
[ ${#SOCKET} -le 100 ] || fail "$DIR is too long a path for a Unix socket"

as=(env)
if [ "$(id -u)" = 0 ]; then
  as=(setpriv --reuid="$(id -u nobody)" --regid="$(id -g nobody)" --clear-groups env)
  chown nobody: "$DIR"
  "${as[@]}" test -w "$DIR" || fail "nobody cannot reach $DIR: take a folder below one that all may enter"
fi
as+=(XDG_CONFIG_HOME="$DIR/config" HOME="$DIR")

umask 022
mkdir -p "$DIR/config/pkcs11/modules"
echo 'user-config: only' > "$DIR/config/pkcs11/pkcs11.conf"
cat > "$DIR/config/pkcs11/modules/nss.module" << END
module: $(compgen -G '/usr/lib/*/libsoftokn3.so')
x-init-reserved: configdir='sql:$DIR/db' certPrefix='' keyPrefix='' secmod='secmod.db' flags= dbTokenDescription='$LABEL'
critical: yes
END
echo "$PIN" > "$DIR/pin"
"${as[@]}" mkdir "$DIR/db"
"${as[@]}" certutil -N -d "sql:$DIR/db" -f "$DIR/pin"
rm "$DIR/pin"

server=$("${as[@]}" p11-kit server --sh --name "$SOCKET" "pkcs11:token=$LABEL" 3>&- 2> "$SOCKET.log") \
  || { cat "$SOCKET.log"; fail "p11-kit server did not start"; }
P11_KIT_SERVER_ADDRESS=unix:path=$SOCKET
sed -n 's/^P11_KIT_SERVER_PID=\([0-9]*\);.*/\1/p' <<< "$server" > "$SOCKET.pid"
trap '[ $? = 0 ] || kill "$(cat "$SOCKET.pid")"' EXIT
export P11_KIT_SERVER_ADDRESS

MODULE=$(compgen -G '/usr/lib/*/pkcs11/p11-kit-client.so')
SO_PIN= # there is none: the user PIN was set with the database
new_keys p256 p384 rsa2048 # this version has no Ed25519
give_exported P11_KIT_SERVER_ADDRESS
printf 'nss_stop() { kill "$(cat %q)"; }\n' "$SOCKET.pid" >&3
finish
