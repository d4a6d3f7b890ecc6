# Debian packages that a script needs: source this file.

# packages FILE=PACKAGE...: installs the packages whose file (a pattern) or command is missing.
packages() {
  local pair missing=()
  for pair in "$@"; do
    compgen -G "${pair%%=*}" > /dev/null || command -v "${pair%%=*}" > /dev/null || missing+=("${pair#*=}")
  done
  [ ${#missing[@]} = 0 ] && return
  if ! command -v apt-get > /dev/null; then
    echo "missing: ${missing[*]} (names of Debian packages), and no apt-get to install them" >&2
    return 1
  fi
  local sudo=; [ "$(id -u)" = 0 ] || sudo=sudo
  if ! { $sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
      $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}"; }; then
    echo "could not install ${missing[*]}: are the Debian mirrors in reach, and may you install packages?" >&2
    return 1
  fi
}

# test_packages: what `cargo test` runs besides itself.
test_packages() {
  packages cc=build-essential git=git openssl=openssl pkcs11-tool=opensc p11tool=gnutls-bin softhsm2-util=softhsm2
}
