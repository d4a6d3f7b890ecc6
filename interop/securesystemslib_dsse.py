#!/usr/bin/env python3
"""Envelopes with securesystemslib.

verify PUBLIC FILE [SCHEME]     the envelope in FILE (plain or in a bundle) under the key
sign PRIVATE PAYLOAD OUT [SCHEME]   an envelope of the payload
add PRIVATE FILE                one more signature in the envelope
"""

import json
import sys

from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from securesystemslib.dsse import Envelope
from securesystemslib.signer import CryptoSigner, SSlibKey

TYPE = "application/vnd.in-toto+json"


def verify(public, path, scheme=None):
    with open(public, "rb") as file:
        key = SSlibKey.from_crypto(load_pem_public_key(file.read()), scheme=scheme)
    with open(path, encoding="utf-8") as file:
        document = json.load(file)
    document = document.get("dsseEnvelope", document)
    for signature in document["signatures"]:
        # A keyid is optional and not authenticated in DSSE, and we write none; securesystemslib
        # looks only at signatures that carry its own.
        signature["keyid"] = key.keyid
    Envelope.from_dict(document).verify([key], 1)


def signer(private, scheme=None):
    with open(private, "rb") as file:
        key = load_pem_private_key(file.read(), None)
    public = SSlibKey.from_crypto(key.public_key(), scheme=scheme)
    return CryptoSigner(key, public)


def write(path, envelope):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(envelope.to_dict(), file)


def sign(private, payload, out, scheme=None):
    with open(payload, "rb") as file:
        envelope = Envelope(file.read(), TYPE, {})
    envelope.sign(signer(private, scheme))
    write(out, envelope)


def add(private, path):
    with open(path, encoding="utf-8") as file:
        envelope = Envelope.from_dict(json.load(file))
    envelope.sign(signer(private))
    write(path, envelope)


if len(sys.argv) < 2 or sys.argv[1] not in ("verify", "sign", "add"):
    sys.exit(__doc__)
{"verify": verify, "sign": sign, "add": add}[sys.argv[1]](*sys.argv[2:])
