#!/usr/bin/env python3
"""damage.py BUNDLE OUT: changes one byte of the payload in a bundle's envelope."""

import base64
import json
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    bundle = json.load(file)
payload = bytearray(base64.b64decode(bundle["dsseEnvelope"]["payload"]))
position = payload.index(b'"predicateType"') - 2
payload[position:position] = b" "
bundle["dsseEnvelope"]["payload"] = base64.b64encode(payload).decode()
with open(sys.argv[2], "w", encoding="utf-8") as file:
    json.dump(bundle, file)
