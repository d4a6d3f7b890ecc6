#!/usr/bin/env bash
# What we write follows the field rules of in-toto and SLSA, for every build context.
. "$(dirname "$0")/lib.sh"

cd "$WORK"
FIELDS=$ROOT/interop/fields.py
echo "an artifact" > file
IDENTITY=https://ci.example/release
must "$SIGNER" key generate --algorithm ed25519 --out key

# context NAME OUT: attests in a job whose variables are those of testdata/build-context/NAME, and no others
context() {
  python3 - "$ROOT/testdata/build-context/$1/env.json" "$SIGNER" attest file --key key --build-context "$1" --format dsse --bundle "$2" "${@:3}" << 'END'
import json, os, sys
environment = json.load(open(sys.argv[1]))
environment.update(SIGNER_PASSWORD=os.environ["SIGNER_PASSWORD"], HOME=os.getcwd(), PATH=os.environ["PATH"])
os.execve(sys.argv[2], sys.argv[2:], environment)
END
}

for folder in "$ROOT"/testdata/build-context/*/; do
  name=$(basename "$folder")
  case $name in
    checkout)
      must git init --quiet --initial-branch main checkout
      must git -C checkout -c user.name=t -c user.email=t@example.com commit --quiet --allow-empty -m first
      must git -C checkout remote add origin https://git.example/acme/app.git
      cp file key checkout
      (cd checkout && context checkout ../checkout.dsse --identity $IDENTITY) > "$WORK/output" 2>&1 || { bad "attest in a checkout"; continue; } ;;
    none) context none none.dsse --identity $IDENTITY > "$WORK/output" 2>&1 || { bad "attest without a context"; continue; } ;;
    *) context "$name" "$name.dsse" > "$WORK/output" 2>&1 || { bad "attest in a job of $name"; continue; } ;;
  esac
  check "fields of a provenance, build context $name" "$FIELDS" check "$name.dsse"
  if python3 "$ROOT/interop/dsse.py" payload "$name.dsse" | grep -q s3cret; then bad "no secret of the job in it"; else ok "no secret of the job in it"; fi
done
check "the rules refuse what is damaged" "$FIELDS" self-test github.dsse

mkdir -p folder/below
echo 1 > folder/one
echo 2 > folder/below/two
must "$SIGNER" attest file folder --key key --identity $IDENTITY --build-context none --digest sha256 --digest sha512 \
  --build-type urn:signer:build-type:manual:v1 --external-parameter version=1.2.3 --format dsse --bundle many.dsse
check "fields of a provenance of a file and a folder, with parameters and two digests" "$FIELDS" check many.dsse
echo '{"anything":[1,true,null]}' > predicate.json
must "$SIGNER" attest file --key key --identity $IDENTITY --build-context none --predicate predicate.json \
  --predicate-type https://example.com/anything/v1 --bundle any.json
check "fields of a statement with any predicate" "$FIELDS" check any.json
finish
