#!/usr/bin/env bash
# Runs every script of this folder; fails if one of them does.
set -euo pipefail
cd "$(dirname "$0")"

failed=()
for script in openssl securesystemslib sigstore-js fields cosign hsm hsm/modules; do
  printf '\n--- %s\n' "$script"
  ./"$script.sh" || failed+=("$script")
done
if [ ${#failed[@]} != 0 ]; then printf '\nFAILED: %s\n' "${failed[*]}"; exit 1; fi
printf '\nall of interop passed\n'
