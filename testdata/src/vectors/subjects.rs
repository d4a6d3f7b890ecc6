//! Evidence that is not about the artifact, and artifacts that are not named by a digest.

use serde_json::{Value, json};

use super::accepted::{FOLDER, folder_subjects, payload};
use super::app;
use crate::bundle::{bundle, message_bundle};
use crate::key::Key;
use crate::policy::{APP, Policy};
use crate::statement::{PROVENANCE, bytes, provenance, sha256, sha512, statement, subject};
use crate::vector::{CONTENT, FILE, Vector};

pub(super) fn vectors() -> Vec<Vector> {
    [files(), digest_sets(), folders(), bare(), references()].into_iter().flatten().collect()
}

fn usual(name: &str, about: &str) -> Vector {
    Vector::new(name, about).policy(&Policy::of(&app()))
}

/// A bundle about these subjects.
fn about(subjects: Value) -> Value {
    bundle(&app(), &bytes(statement(subjects, PROVENANCE, provenance())))
}

fn files() -> Vec<Vector> {
    let digest = |bytes: &[u8]| format!("sha256:{}", sha256(bytes));
    vec![
        usual("refuse-other-file", "the bytes are not those that were attested")
            .file(FILE, b"the release?\n")
            .bundle(&about(json!([subject(FILE, CONTENT)])))
            .rejected(&["subject-mismatch"]),
        usual("refuse-same-name-other-digest", "a subject of the same name and another digest")
            .bundle(&about(json!([subject(FILE, b"other"), subject("other", b"more")])))
            .rejected(&["subject-mismatch"]),
        usual("refuse-no-subjects", "a statement about nothing")
            .bundle(&about(json!([])))
            .rejected(&["subject-mismatch"]),
        usual("refuse-other-digest", "a bare digest that is not among the subjects")
            .reference(&digest(b"other"), Some(FILE))
            .bundle(&about(json!([subject(FILE, CONTENT)])))
            .rejected(&["subject-mismatch"]),
        usual("refuse-digest-of-other-algorithm", "a SHA-512 digest, and evidence that names SHA-256 only")
            .reference(&format!("sha512:{}", sha512(CONTENT)), Some(FILE))
            .bundle(&about(json!([subject(FILE, CONTENT)])))
            .rejected(&["subject-mismatch"]),
        usual("refuse-none-of-several", "two attestations, neither about the artifact")
            .evidence("a.json", &about(json!([subject("a", b"a")])))
            .evidence("b.json", &about(json!([subject("b", b"b")])))
            .rejected_for(&["subject-mismatch a.json", "subject-mismatch b.json"], &[]),
    ]
}

fn digest_sets() -> Vec<Vector> {
    let refused = |name: &str, about_it: &str, digest: Value, code: &str| {
        usual(name, about_it).bundle(&about(json!([{"name": FILE, "digest": digest}]))).rejected(&[code])
    };
    let (right, wrong) = (sha256(CONTENT), sha256(b"other"));
    let sha1 = "d5a1e4b9c1d2e3f40516273849506172839405a6";
    let many: serde_json::Map<String, Value> =
        (0..32).map(|n| (format!("x{n}"), json!("00"))).chain([("sha256".to_owned(), json!(right.clone()))]).collect();
    vec![
        refused(
            "refuse-sha512-wrong",
            "SHA-256 right and SHA-512 wrong: all that bind must match",
            json!({"sha256": right, "sha512": sha512(b"other")}),
            "subject-mismatch",
        ),
        refused(
            "refuse-sha256-wrong",
            "SHA-512 right and SHA-256 wrong",
            json!({"sha256": wrong, "sha512": sha512(CONTENT)}),
            "subject-mismatch",
        ),
        refused("refuse-sha1-only", "SHA-1 never binds", json!({"sha1": sha1}), "subject-mismatch"),
        refused("refuse-md5-only", "MD5 never binds", json!({"md5": &sha1[..32]}), "subject-mismatch"),
        refused(
            "refuse-unknown-algorithm",
            "the right value under a name that is unknown",
            json!({"SHA256": right}),
            "subject-mismatch",
        ),
        refused(
            "refuse-digest-in-capitals",
            "a digest in capitals is no digest of an in-toto statement",
            json!({"sha256": right.to_uppercase()}),
            "bundle-malformed",
        ),
        refused("refuse-digest-cut", "a digest one digit short", json!({"sha256": &right[1..]}), "bundle-malformed"),
        refused(
            "refuse-other-digest-malformed",
            "a digest that does not bind, of the wrong length, beside the right one",
            json!({"sha256": right, "sha1": "00"}),
            "bundle-malformed",
        ),
        refused("refuse-digest-empty", "a subject with an empty digest set", json!({}), "bundle-malformed"),
        refused("refuse-digest-set-too-large", "33 digests of one subject", Value::Object(many), "bundle-malformed"),
        refused("refuse-digest-no-text", "a digest that is a number", json!({"sha256": 5}), "bundle-malformed"),
        usual("refuse-subject-without-digest", "a subject without digests beside the right one")
            .bundle(&about(json!([subject(FILE, CONTENT), {"name": "x", "uri": "https://acme.example/x"}])))
            .rejected(&["bundle-malformed"]),
    ]
}

fn folders() -> Vec<Vector> {
    let whole = about(folder_subjects());
    let [readme, program, library] = FOLDER;
    let extra: &[(&str, &[u8])] = &[readme, program, library, ("bin/evil", b"evil\n")];
    let swapped: &[(&str, &[u8])] = &[readme, (program.0, library.1), (library.0, program.1)];
    let renamed: &[(&str, &[u8])] = &[readme, program, ("lib/libother.so", library.1)];
    let changed: &[(&str, &[u8])] = &[readme, (program.0, b"another program\n"), library];
    let case = |name, about, files: &[(&str, &[u8])]| usual(name, about).folder("app", files).bundle(&whole);
    let bare_names: Value = FOLDER.iter().map(|(name, bytes)| subject(name, bytes)).collect();
    let mut sibling = folder_subjects();
    sibling.as_array_mut().unwrap().push(subject("app-other/file", b"other"));
    let mut twice = folder_subjects();
    twice.as_array_mut().unwrap().push(subject("app/bin/app", b"the program for another machine\n"));
    let one = |(name, bytes): (&str, &[u8])| subject(&format!("app/{name}"), bytes);
    vec![
        case("refuse-folder-extra-file", "a file that nobody attested", extra).rejected(&["subject-mismatch"]),
        case("refuse-folder-missing-file", "a file that was attested is not there", &FOLDER[..2])
            .rejected(&["subject-missing"]),
        case("refuse-folder-changed-file", "one file has other bytes", changed).rejected(&["subject-mismatch"]),
        case("refuse-folder-swapped-files", "two files have each other's bytes", swapped)
            .rejected(&["subject-mismatch"]),
        case("refuse-folder-renamed-file", "a file under another name: the same digest does not help", renamed)
            .rejected(&["subject-mismatch", "subject-missing"]),
        case("refuse-folder-renamed-file-partial", "the same in a part of a folder", renamed)
            .partial()
            .rejected(&["subject-mismatch"]),
        case("refuse-folder-empty", "an empty folder misses everything", &[])
            .set("artifact", json!({"folder": "artifact/app"}))
            .add("artifact/app/only", b"\n")
            .rejected(&["subject-mismatch", "subject-missing"]),
        usual("refuse-folder-other-names", "subjects named without the folder")
            .folder("app", &FOLDER)
            .bundle(&about(bare_names))
            .rejected(&["subject-mismatch"]),
        usual("refuse-folder-halves", "two attestations with half of the folder each do not add up")
            .folder("app", &FOLDER)
            .evidence("a.json", &about(json!([one(readme), one(program)])))
            .evidence("b.json", &about(json!([one(library)])))
            .rejected_for(&["subject-mismatch a.json", "subject-mismatch b.json"], &[]),
        usual(
            "accept-folder-beside-sibling",
            "a subject of another folder whose name only begins alike is not missing",
        )
        .folder("app", &FOLDER)
        .bundle(&about(sibling))
        .accepted(APP, "PKIX_ED25519"),
        usual("accept-folder-two-subjects-of-one-name", "two subjects of one name: the file is one of them")
            .folder("app", &FOLDER)
            .bundle(&about(twice))
            .accepted(APP, "PKIX_ED25519"),
        Vector::new("refuse-folder-bare-signature", "a bare signature is over one file, never a folder")
            .flags(&[&app()], json!({}))
            .folder("app", &FOLDER)
            .bundle(&message_bundle(&app(), "SHA2_512", CONTENT, &app().sign_artifact(CONTENT)))
            .rejected(&["subject-mismatch"]),
    ]
}

fn bare() -> Vec<Vector> {
    let (key, p256) = (app(), Key::p256("app-p256"));
    let of = |claimed: &[u8], signed: &[u8]| message_bundle(&key, "SHA2_512", claimed, &key.sign_artifact(signed));
    let by_key = |name, about| Vector::new(name, about).flags(&[&key], json!({}));
    let mut no_digest = message_bundle(&key, "SHA2_512", CONTENT, &key.sign_artifact(b"other"));
    no_digest["messageSignature"].as_object_mut().unwrap().remove("messageDigest");
    let pure = message_bundle(&key, "SHA2_256", CONTENT, &key.sign(CONTENT));
    vec![
        by_key("refuse-message-digest-of-other", "a right signature, and the digest of another artifact beside it")
            .bundle(&of(b"other", CONTENT))
            .rejected(&["subject-mismatch"]),
        by_key("refuse-message-over-other", "a signature over another artifact, whose digest is claimed")
            .bundle(&of(b"other", b"other"))
            .rejected(&["subject-mismatch"]),
        by_key("refuse-message-claims-this", "a signature over another artifact, and this one's digest claimed")
            .bundle(&of(CONTENT, b"other"))
            .rejected(&["signature-invalid"]),
        by_key("refuse-message-over-other-no-digest", "a signature over another artifact, no digest claimed")
            .bundle(&no_digest)
            .rejected(&["signature-invalid"]),
        by_key("refuse-message-pure-over-digest", "pure Ed25519 needs the bytes: a digest alone does not decide")
            .reference(&format!("sha256:{}", sha256(CONTENT)), None)
            .bundle(&pure)
            .rejected(&["signature-invalid"]),
        by_key("refuse-message-digest-of-other-algorithm", "a SHA-256 digest, and a signature over SHA-512")
            .reference(&format!("sha256:{}", sha256(CONTENT)), None)
            .bundle(&of(CONTENT, CONTENT))
            .rejected(&["subject-mismatch"]),
        Vector::new("accept-message-over-digest", "a bare digest, and a signature over that digest")
            .flags(&[&p256], json!({}))
            .reference(&format!("sha256:{}", sha256(CONTENT)), None)
            .bundle(&message_bundle(&p256, "SHA2_256", CONTENT, &p256.sign(CONTENT)))
            .accepted("-", "PKIX_ECDSA_P256_SHA_256"),
    ]
}

fn references() -> Vec<Vector> {
    let refused = |name: &str, about: &str, text: &str| {
        usual(name, about)
            .reference(text, None)
            .bundle(&bundle(&app(), &payload()))
            .rejected_for(&["reference-mutable"], &[])
    };
    vec![
        refused("refuse-tag", "an OCI reference by tag", "oci://registry.acme.example/app:1.0.0"),
        refused(
            "refuse-no-tag",
            "an OCI reference without tag means whatever is latest",
            "oci://registry.acme.example/app",
        ),
        refused(
            "refuse-tag-like-digest",
            "a tag that looks like a digest",
            &format!("oci://registry.acme.example/app:sha256-{}", sha256(CONTENT)),
        ),
        refused("refuse-git-tag", "a git tag", "git+https://github.com/acme/app@refs/tags/v1.0.0"),
        refused("refuse-package-version", "a package by version", "pkg:npm/%40acme/app@1.0.0"),
        usual("refuse-nothing", "no evidence at all").rejected_for(&["attestation-missing"], &[]),
    ]
}
