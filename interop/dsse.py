#!/usr/bin/env python3
"""Takes envelopes apart and puts them together, with nothing but the specification.

dsse.py pae FILE PAE SIGNATURE       the signed bytes and the signature of an envelope or a bundle
dsse.py payload FILE                 its payload, to standard output
dsse.py envelope PAYLOAD SIGNATURE   an envelope of both, to standard output
dsse.py sloppy PAYLOAD SIGNATURE     the same with URL-safe base64 and a keyid that means nothing
dsse.py bare BUNDLE SIGNATURE        the signature of a bundle over an artifact
dsse.py message FILE SIGNATURE ALGORITHM   a bundle of a signature over a file (sha256, sha384, sha512)
dsse.py to-sign PAYLOAD PAE          the bytes to sign for a payload
"""

import base64
import hashlib
import json
import sys

TYPE = "application/vnd.in-toto+json"
BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)


def pae(kind, payload):
    kind = kind.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def envelope(path):
    document = json.loads(read(path))
    return document.get("dsseEnvelope", document)


def encoded(data):
    return base64.b64encode(data).decode()


def main(command, *arguments):
    if command == "pae":
        found = envelope(arguments[0])
        [signature] = found["signatures"]
        write(arguments[1], pae(found["payloadType"], base64.b64decode(found["payload"], validate=True)))
        write(arguments[2], base64.b64decode(signature["sig"], validate=True))
    elif command == "payload":
        sys.stdout.buffer.write(base64.b64decode(envelope(arguments[0])["payload"], validate=True))
    elif command == "to-sign":
        write(arguments[1], pae(TYPE, read(arguments[0])))
    elif command == "envelope":
        payload, signature = map(read, arguments)
        print(json.dumps({"payloadType": TYPE, "payload": encoded(payload), "signatures": [{"sig": encoded(signature)}]}))
    elif command == "sloppy":
        payload, signature = (base64.urlsafe_b64encode(read(path)).decode() for path in arguments)
        print(json.dumps({"signatures": [{"keyid": "of no meaning", "sig": signature}], "payloadType": TYPE, "payload": payload}))
    elif command == "bare":
        document = json.loads(read(arguments[0]))
        write(arguments[1], base64.b64decode(document["messageSignature"]["signature"], validate=True))
    elif command == "message":
        path, signature, algorithm = arguments
        digest = hashlib.new(algorithm, read(path)).digest()
        print(json.dumps({
            "mediaType": BUNDLE,
            "verificationMaterial": {"publicKey": {"hint": ""}},
            "messageSignature": {
                "messageDigest": {"algorithm": "SHA2_" + algorithm[3:], "digest": encoded(digest)},
                "signature": encoded(read(signature)),
            },
        }))
    else:
        sys.exit(__doc__)


main(*sys.argv[1:])
