//! What is accepted: every format, every algorithm, every kind of artifact.

use serde_json::{Value, json};

use super::app;
use crate::bundle::{PAYLOAD_TYPE, around, bundle, envelope, envelope_of, message_bundle, pae};
use crate::key::Key;
use crate::policy::{APP, Policy};
use crate::statement::{
    PROVENANCE, PROVENANCE_V0_2, RELEASE, bytes, provenance, provenance_v0_2, sha256, sha512, statement, subject,
};
use crate::vector::{BUNDLE, CONTENT, FILE, Vector};

pub(super) fn vectors() -> Vec<Vector> {
    [formats(), algorithms(), bare(), artifacts(), statements(), evidence()].into_iter().flatten().collect()
}

/// The payload of an honest release of the usual file.
pub(super) fn payload() -> Vec<u8> {
    bytes(statement(json!([subject(FILE, CONTENT)]), PROVENANCE, provenance()))
}

fn formats() -> Vec<Vector> {
    let key = app();
    let honest = bundle(&key, &payload());
    let of_type = |media_type: &str| {
        let mut value = honest.clone();
        value["mediaType"] = json!(media_type);
        value
    };
    let usual = |name, about| Vector::new(name, about).policy(&Policy::of(&key));
    let line = serde_json::to_string(&envelope(&key, &payload())).unwrap();
    let lines = format!("\n{line}\nnot an envelope\n{{\"unknown\":\"line\"}}\n");
    let other = bytes(statement(json!([subject("other", b"other")]), PROVENANCE, provenance()));
    let other = serde_json::to_string(&envelope(&key, &other)).unwrap();
    vec![
        usual("accept-bundle-v0-3", "a bundle v0.3 with the hint of the key")
            .bundle(&honest)
            .accepted(APP, "PKIX_ED25519"),
        usual("accept-bundle-v0-3-old-media-type", "a bundle v0.3 by its older media type")
            .bundle(&of_type("application/vnd.dev.sigstore.bundle+json;version=0.3"))
            .accepted(APP, "PKIX_ED25519"),
        usual("accept-bundle-v0-2", "a bundle v0.2 with a key")
            .bundle(&of_type("application/vnd.dev.sigstore.bundle+json;version=0.2"))
            .accepted(APP, "PKIX_ED25519"),
        usual("accept-bundle-v0-1", "a bundle v0.1 with a key")
            .bundle(&of_type("application/vnd.dev.sigstore.bundle+json;version=0.1"))
            .accepted(APP, "PKIX_ED25519"),
        usual("accept-dsse", "a plain DSSE envelope").bundle(&envelope(&key, &payload())).accepted(APP, "PKIX_ED25519"),
        usual("accept-jsonl", "JSON Lines: one good line among others, which are findings")
            .raw("app.intoto.jsonl", lines.as_bytes())
            .accepted_on(
                &format!("app.intoto.jsonl:2 {APP} PKIX_ED25519"),
                &["bundle-malformed app.intoto.jsonl:3", "bundle-malformed app.intoto.jsonl:4"],
            ),
        usual("accept-jsonl-order", "JSON Lines: the order of the lines does not matter")
            .raw("app.intoto.jsonl", format!("{other}\r\n{line}\r\n").as_bytes())
            .accepted_on(&format!("app.intoto.jsonl:2 {APP} PKIX_ED25519"), &[]),
    ]
}

fn algorithms() -> Vec<Vector> {
    [
        ("p256", Key::p256("app-p256"), "PKIX_ECDSA_P256_SHA_256"),
        ("p384", Key::p384("app-p384"), "PKIX_ECDSA_P384_SHA_384"),
        ("p521", Key::p521(), "PKIX_ECDSA_P521_SHA_512"),
        ("rsa2048", Key::rsa(2048), "PKIX_RSA_PKCS1V15_SHA256"),
        ("rsa3072", Key::rsa(3072), "PKIX_RSA_PKCS1V15_SHA256"),
        ("rsa4096", Key::rsa(4096), "PKIX_RSA_PKCS1V15_SHA256"),
    ]
    .into_iter()
    .map(|(name, key, algorithm)| {
        let vector = Vector::new(&format!("accept-dsse-{name}"), &format!("an attestation signed with {algorithm}"));
        let vector = vector.policy(&Policy::of(&key)).bundle(&bundle(&key, &payload())).accepted(APP, algorithm);
        if needs_aws_lc(name) { unsupported(vector) } else { vector }
    })
    .chain([p384_with_sha256()])
    .collect()
}

fn p384_with_sha256() -> Vector {
    let key = Key::p384("app-p384");
    let signature = key.sign_with_sha256(&pae(PAYLOAD_TYPE, &payload()));
    Vector::new("accept-dsse-p384-sha256", "an attestation signed with P-384 and SHA-256, as cosign does")
        .policy(&Policy::of(&key))
        .bundle(&around(&key, &envelope_of(PAYLOAD_TYPE, &payload(), &[signature])))
        .accepted(APP, "PKIX_ECDSA_P384_SHA_256")
}

fn needs_aws_lc(name: &str) -> bool {
    name == "p521" || name.starts_with("rsa")
}

fn unsupported(vector: Vector) -> Vector {
    vector.set("pure", json!({"reasons": [format!("algorithm-unsupported {BUNDLE}")]}))
}

fn bare() -> Vec<Vector> {
    let p384 = Key::p384("app-p384");
    let cases = [
        ("ed25519ph", app(), "SHA2_512", "PKIX_ED25519_PH"),
        ("p256", Key::p256("app-p256"), "SHA2_256", "PKIX_ECDSA_P256_SHA_256"),
        ("p384", Key::p384("app-p384"), "SHA2_384", "PKIX_ECDSA_P384_SHA_384"),
        ("p521", Key::p521(), "SHA2_512", "PKIX_ECDSA_P521_SHA_512"),
        ("rsa2048", Key::rsa(2048), "SHA2_256", "PKIX_RSA_PKCS1V15_SHA256"),
        ("rsa3072", Key::rsa(3072), "SHA2_256", "PKIX_RSA_PKCS1V15_SHA256"),
        ("rsa4096", Key::rsa(4096), "SHA2_256", "PKIX_RSA_PKCS1V15_SHA256"),
    ];
    let mut vectors: Vec<_> = cases
        .into_iter()
        .map(|(name, key, digest, algorithm)| {
            let value = message_bundle(&key, digest, CONTENT, &key.sign_artifact(CONTENT));
            let vector = Vector::new(&format!("accept-message-{name}"), &format!("a bare signature: {algorithm}"));
            let vector = vector.flags(&[&key], json!({})).bundle(&value).accepted("-", algorithm);
            if needs_aws_lc(name) { unsupported(vector) } else { vector }
        })
        .collect();
    let cosign = message_bundle(&p384, "SHA2_256", CONTENT, &p384.sign_with_sha256(CONTENT));
    let pure = message_bundle(&app(), "SHA2_256", CONTENT, &app().sign(CONTENT));
    let mut undated = message_bundle(&app(), "SHA2_512", CONTENT, &app().sign_artifact(CONTENT));
    undated["messageSignature"].as_object_mut().unwrap().remove("messageDigest");
    vectors.extend([
        Vector::new("accept-message-p384-sha256", "a bare signature by P-384 over SHA-256, as cosign makes it")
            .flags(&[&p384], json!({}))
            .bundle(&cosign)
            .accepted("-", "PKIX_ECDSA_P384_SHA_256"),
        Vector::new("accept-message-ed25519-pure", "a bare signature of pure Ed25519 over the file's bytes")
            .flags(&[&app()], json!({}))
            .bundle(&pure)
            .accepted("-", "PKIX_ED25519"),
        Vector::new("accept-message-without-digest", "a bare signature that claims no digest")
            .flags(&[&app()], json!({}))
            .bundle(&undated)
            .accepted("-", "PKIX_ED25519_PH"),
        Vector::new("accept-message-release", "a bare signature where the gate asks for one")
            .policy(
                &Policy::of(&app())
                    .identity(|identity| identity.roles(r#"["release"]"#))
                    .require("role = \"release\"\npredicate = \"signature\""),
            )
            .bundle(&message_bundle(&app(), "SHA2_512", CONTENT, &app().sign_artifact(CONTENT)))
            .accepted(APP, "PKIX_ED25519_PH"),
    ]);
    vectors
}

/// The files of a folder that is released.
pub(super) const FOLDER: [(&str, &[u8]); 3] =
    [("README.md", b"read me\n"), ("bin/app", b"the program\n"), ("lib/libapp.so", b"the library\n")];

/// The subjects of that folder.
pub(super) fn folder_subjects() -> Value {
    FOLDER.iter().map(|(name, bytes)| subject(&format!("app/{name}"), bytes)).collect()
}

fn artifacts() -> Vec<Vector> {
    let key = app();
    let folder = bundle(&key, &bytes(statement(folder_subjects(), PROVENANCE, provenance())));
    let usual = |name, about| Vector::new(name, about).policy(&Policy::of(&key));
    let digest = format!("sha256:{}", sha256(CONTENT));
    let long =
        bytes(statement(json!([{"name": FILE, "digest": {"sha512": sha512(CONTENT)}}]), PROVENANCE, provenance()));
    let image = format!("oci://registry.acme.example/app:1.0.0@{digest}");
    vec![
        usual("accept-folder", "a folder: every file is the subject of its own path")
            .folder("app", &FOLDER)
            .bundle(&folder)
            .accepted(APP, "PKIX_ED25519"),
        usual("accept-folder-partial", "a part of a folder, said to be one")
            .folder("app", &FOLDER[..2])
            .partial()
            .bundle(&folder)
            .accepted(APP, "PKIX_ED25519"),
        usual("accept-digest-named", "a bare digest with the name that the policy covers")
            .reference(&digest, Some(FILE))
            .bundle(&bundle(&key, &payload()))
            .accepted(APP, "PKIX_ED25519"),
        usual("accept-digest-sha512", "a SHA-512 digest of a statement that names SHA-512")
            .reference(&format!("sha512:{}", sha512(CONTENT)), Some(FILE))
            .bundle(&bundle(&key, &long))
            .accepted(APP, "PKIX_ED25519"),
        Vector::new("accept-digest-unnamed-by-key", "a bare digest without a name, judged by a key alone")
            .flags(&[&key], json!({}))
            .reference(&digest, None)
            .bundle(&bundle(&key, &payload()))
            .accepted("-", "PKIX_ED25519"),
        usual("accept-oci", "an OCI reference by digest; the tag beside it decides nothing")
            .reference(&image, None)
            .bundle(&bundle(&key, &payload()))
            .accepted(APP, "PKIX_ED25519"),
        usual("accept-file-under-another-subject-name", "a file may match a subject of any name, by digest")
            .bundle(&bundle(&key, &bytes(statement(json!([subject("elsewhere", CONTENT)]), PROVENANCE, provenance()))))
            .accepted(APP, "PKIX_ED25519"),
    ]
}

fn statements() -> Vec<Vector> {
    let key = app();
    let usual = |name, about| Vector::new(name, about).policy(&Policy::of(&key));
    let signed = |value| bundle(&key, &bytes(value));
    let mut old = statement(json!([subject(FILE, CONTENT)]), PROVENANCE, provenance());
    old["_type"] = json!("https://in-toto.io/Statement/v0.1");
    let many: Value = (0..200_u32)
        .map(|n| subject(&format!("other-{n}"), &n.to_le_bytes()))
        .chain([subject(FILE, CONTENT)])
        .collect();
    let several = json!([{"name": FILE, "digest": {
        "sha1": "0000000000000000000000000000000000000000",
        "sha256": sha256(CONTENT),
        "sha512": sha512(CONTENT),
        "blake2b": "unknown to us",
    }}]);
    let release = json!({"purl": "pkg:generic/acme/app@1.0.0"});
    let mut extended = statement(json!([subject(FILE, CONTENT)]), PROVENANCE, provenance());
    extended["unknown"] = json!({"field": [1, 2]});
    extended["urn:signer:release-identity"] = json!(APP);
    vec![
        usual("accept-statement-v0-1", "an in-toto statement v0.1").bundle(&signed(old)).accepted(APP, "PKIX_ED25519"),
        usual("accept-provenance-v0-2", "SLSA provenance v0.2")
            .bundle(&signed(statement(json!([subject(FILE, CONTENT)]), PROVENANCE_V0_2, provenance_v0_2())))
            .accepted(APP, "PKIX_ED25519"),
        usual("accept-many-subjects", "the last of 201 subjects")
            .bundle(&signed(statement(many, PROVENANCE, provenance())))
            .accepted(APP, "PKIX_ED25519"),
        usual("accept-several-digests", "every digest that binds is right; those that do not bind may be anything")
            .bundle(&signed(statement(several, PROVENANCE, provenance())))
            .accepted(APP, "PKIX_ED25519"),
        usual("accept-unknown-fields", "unknown fields are ignored; the release identity named is the signer")
            .bundle(&signed(extended))
            .accepted(APP, "PKIX_ED25519"),
        usual("accept-release", "an in-toto release of a package in scope")
            .policy(
                &Policy::of(&key)
                    .identity(|identity| {
                        identity.roles(r#"["release"]"#).scope("packages", r#"["pkg:generic/acme/*"]"#)
                    })
                    .require(r#"role = "release""#),
            )
            .bundle(&signed(statement(json!([subject(FILE, CONTENT)]), RELEASE, release)))
            .accepted(APP, "PKIX_ED25519"),
        Vector::new("accept-any-predicate-by-key", "a key alone accepts any predicate type, an empty one too")
            .flags(&[&key], json!({}))
            .bundle(&signed(statement(json!([subject(FILE, CONTENT)]), "", json!({}))))
            .accepted("-", "PKIX_ED25519"),
        Vector::new("accept-all-flags", "source, ref, builder and predicate type asked for by flags")
            .flags(
                &[&key],
                json!({
                    "sourceRepository": "git@github.com:acme/app.git",
                    "sourceRef": "refs/tags/v1.0.0",
                    "builderId": crate::statement::BUILDER,
                    "predicateType": PROVENANCE,
                }),
            )
            .bundle(&bundle(&key, &payload()))
            .accepted("-", "PKIX_ED25519"),
    ]
}

fn evidence() -> Vec<Vector> {
    let (key, stranger) = (app(), Key::ed25519("stranger"));
    let usual = |name, about| Vector::new(name, about).policy(&Policy::of(&key));
    let good = bundle(&key, &payload());
    let mut flipped = good.clone();
    flipped["dsseEnvelope"]["payloadType"] = json!("application/vnd.in-toto.other+json");
    let other = bytes(statement(json!([subject("other", b"other")]), PROVENANCE, provenance()));
    vec![
        usual("accept-among-junk", "one good bundle among junk of every kind: junk harms nobody")
            .raw("a-empty", b"")
            .raw("b-no-json.json", b"{")
            .evidence("c-other-key.json", &bundle(&stranger, &payload()))
            .evidence("d-bad-signature.json", &flipped)
            .evidence("e-other-artifact.json", &bundle(&key, &other))
            .evidence("f-good.json", &good)
            .accepted_on(
                &format!("f-good.json {APP} PKIX_ED25519"),
                &[
                    "bundle-malformed a-empty",
                    "bundle-malformed b-no-json.json",
                    "identity-untrusted c-other-key.json",
                    "signature-invalid d-bad-signature.json",
                ],
            ),
    ]
}
