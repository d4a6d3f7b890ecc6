// Verifies a bundle with a key and no services, as sigstore-js does it:
//   node verify.js PUBLIC_KEY.pem BUNDLE [ARTIFACT]
// The artifact is for bare signatures; sigstore-js does not compare an attestation's subjects with
// anything, so this does: ARTIFACT must be among them.
"use strict";
const crypto = require("node:crypto");
const fs = require("node:fs");
const { bundleFromJSON } = require("@sigstore/bundle");
const { Verifier, toSignedEntity, toTrustMaterial } = require("@sigstore/verify");

const [pem, path, artifactPath] = process.argv.slice(2);
const artifact = artifactPath && fs.readFileSync(artifactPath);
const publicKey = crypto.createPublicKey(fs.readFileSync(pem));
const rawBytes = publicKey.export({ type: "spki", format: "der" });
const hint = crypto.createHash("sha256").update(rawBytes).digest("base64");

const bundle = bundleFromJSON(JSON.parse(fs.readFileSync(path, "utf8")));
const noServices = { certificateAuthorities: [], timestampAuthorities: [], tlogs: [], ctlogs: [] };
const trust = toTrustMaterial(noServices, { [hint]: { rawBytes, keyDetails: 0 } });
const verifier = new Verifier(trust, { ctlogThreshold: 0, tlogThreshold: 0, timestampThreshold: 0 });
verifier.verify(toSignedEntity(bundle, artifact));

if (bundle.content.$case === "dsseEnvelope" && artifact) {
  const statement = JSON.parse(bundle.content.dsseEnvelope.payload.toString("utf8"));
  const digest = crypto.createHash("sha256").update(artifact).digest("hex");
  if (!statement.subject.some((subject) => subject.digest.sha256 === digest)) {
    throw new Error("the artifact is not among the subjects");
  }
}
console.log("verified");
