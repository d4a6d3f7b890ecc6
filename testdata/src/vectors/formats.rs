//! Evidence that cannot be read, carries what cannot be verified yet, or exceeds a bound.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::accepted::payload;
use super::app;
use crate::bundle::{PAYLOAD_TYPE, around, bundle, envelope, envelope_of, message_bundle, pae};
use crate::policy::{APP, Policy};
use crate::statement::{PROVENANCE, bytes, provenance, statement, subject};
use crate::vector::{BUNDLE, CONTENT, FILE, Vector};

pub(super) fn vectors() -> Vec<Vector> {
    [unsupported(), json_texts(), fields(), envelopes(), payloads(), limits()].into_iter().flatten().collect()
}

fn usual(name: &str, about: &str) -> Vector {
    Vector::new(name, about).policy(&Policy::of(&app()))
}

fn good() -> Value {
    bundle(&app(), &payload())
}

fn changed(change: impl FnOnce(&mut Value)) -> Value {
    let mut value = good();
    change(&mut value);
    value
}

fn log_entry() -> Value {
    json!({
        "logIndex": "1", "logId": {"keyId": "AAAA"}, "kindVersion": {"kind": "dsse", "version": "0.0.1"},
        "integratedTime": "1795251600", "inclusionPromise": {"signedEntryTimestamp": "AAAA"},
        "inclusionProof": {"logIndex": "1", "rootHash": "AAAA", "treeSize": "2", "hashes": ["AAAA"],
            "checkpoint": {"envelope": "log\n2\nAAAA\n"}},
        "canonicalizedBody": "e30=",
    })
}

/// A self-signed certificate, made by openssl once.
fn certificate() -> Value {
    json!({"rawBytes": STANDARD.encode(include_bytes!("../../keys/certificate.der"))})
}

fn unsupported() -> Vec<Vector> {
    const V0_1: &str = "application/vnd.dev.sigstore.bundle+json;version=0.1";
    let refused = |name: &str, about: &str, change: fn(&mut Value)| {
        usual(name, about).bundle(&changed(change)).rejected(&["evidence-unsupported"])
    };
    vec![
        refused("refuse-log-entry", "a log entry that cannot be verified yet: nothing is skipped", |value| {
            value["verificationMaterial"]["tlogEntries"] = json!([log_entry()]);
        }),
        refused("refuse-timestamp", "a timestamp that cannot be verified yet", |value| {
            value["verificationMaterial"]["timestampVerificationData"] =
                json!({"rfc3161Timestamps": [{"signedTimestamp": "MAA="}]});
        }),
        refused("refuse-certificate", "a certificate in place of a key", |value| {
            value["verificationMaterial"] = json!({"certificate": certificate()});
        }),
        refused("refuse-chain", "a chain of certificates in a bundle v0.1", |value| {
            value["mediaType"] = json!(V0_1);
            value["verificationMaterial"] = json!({"x509CertificateChain": {"certificates": [certificate()]}});
        }),
        usual("accept-empty-lists", "empty lists of log entries and timestamps carry nothing")
            .bundle(&changed(|value| {
                value["verificationMaterial"]["tlogEntries"] = json!([]);
                value["verificationMaterial"]["timestampVerificationData"] = json!({"rfc3161Timestamps": []});
            }))
            .accepted(APP, "PKIX_ED25519"),
    ]
}

fn json_texts() -> Vec<Vector> {
    let text = serde_json::to_string(&good()).unwrap();
    let refused =
        |name: &str, about: &str, bytes: &[u8]| usual(name, about).raw(BUNDLE, bytes).rejected(&["bundle-malformed"]);
    let twice = text.replacen("\"dsseEnvelope\"", "\"mediaType\":\"x\",\"dsseEnvelope\"", 1);
    let escaped = text.replacen("\"dsseEnvelope\"", "\"media\\u0054ype\":\"x\",\"dsseEnvelope\"", 1);
    let inner = text.replacen("{\"hint\"", "{\"x\":{\"y\":1,\"y\":2},\"hint\"", 1);
    let deep = |levels: usize| {
        let nested = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        text.replacen("\"dsseEnvelope\"", &format!("\"unknown\":{nested},\"dsseEnvelope\""), 1)
    };
    let positional = json!([good()["mediaType"], good()["verificationMaterial"], null, good()["dsseEnvelope"]]);
    let material = changed(|value| value["verificationMaterial"] = json!([{"hint": app().hint()}]));
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    vec![
        refused("refuse-empty", "an empty file", b""),
        refused("refuse-white-space", "a file of white space", b" \n\n "),
        refused("refuse-null", "JSON null", b"null"),
        refused("refuse-list", "a bundle in a list", format!("[{text}]").as_bytes()),
        refused("refuse-cut", "a bundle that ends too soon", &text.as_bytes()[..text.len() - 1]),
        refused("refuse-trailing-data", "data behind the bundle", format!("{text}{text}").as_bytes()),
        refused("refuse-byte-order-mark", "a byte order mark", format!("\u{feff}{text}").as_bytes()),
        refused("refuse-utf-16", "UTF-16", &utf16),
        refused("refuse-duplicate-name", "a name twice", twice.as_bytes()),
        refused("refuse-duplicate-name-escaped", "a name twice, once with an escape", escaped.as_bytes()),
        refused("refuse-duplicate-name-unknown", "a name twice in a field that is ignored", inner.as_bytes()),
        refused("refuse-depth", "64 levels below the top, which makes 65", deep(64).as_bytes()),
        refused(
            "refuse-bundle-as-list",
            "a bundle as a list of its fields in their order",
            positional.to_string().as_bytes(),
        ),
        refused(
            "refuse-material-as-list",
            "the material as a list of its fields in their order",
            material.to_string().as_bytes(),
        ),
        usual("accept-depth", "64 levels in all").raw(BUNDLE, deep(63).as_bytes()).accepted(APP, "PKIX_ED25519"),
        usual("accept-white-space", "white space and unknown fields")
            .raw(BUNDLE, text.replacen('{', "\r\n\t {\"unknown\" : [ 1 ] ,", 1).as_bytes())
            .accepted(APP, "PKIX_ED25519"),
    ]
}

fn fields() -> Vec<Vector> {
    let refused = |name: &str, about: &str, change: fn(&mut Value)| {
        usual(name, about).bundle(&changed(change)).rejected(&["bundle-malformed"])
    };
    let message = |name: &str, about: &str, change: fn(&mut Value)| {
        let mut value = message_bundle(&app(), "SHA2_512", CONTENT, &app().sign_artifact(CONTENT));
        change(&mut value);
        Vector::new(name, about).flags(&[&app()], json!({})).bundle(&value).rejected(&["bundle-malformed"])
    };
    vec![
        refused("refuse-media-type", "an unknown version", |v| {
            v["mediaType"] = json!("application/vnd.dev.sigstore.bundle.v0.4+json");
        }),
        refused("refuse-no-media-type", "a bundle without media type", |v| remove(v, "", "mediaType")),
        refused("refuse-no-material", "a bundle without material", |v| remove(v, "", "verificationMaterial")),
        refused("refuse-no-key", "material without a key", |v| v["verificationMaterial"] = json!({})),
        refused("refuse-no-content", "a bundle that signs nothing", |v| remove(v, "", "dsseEnvelope")),
        refused("refuse-both-contents", "an envelope and a bare signature", |v| {
            v["messageSignature"] = json!({"signature": "AAAA"});
        }),
        refused("refuse-key-and-certificate", "a key and a certificate", |v| {
            v["verificationMaterial"]["certificate"] = certificate();
        }),
        refused("refuse-certificate-garbage", "a certificate that is none", |v| {
            v["verificationMaterial"] = json!({"certificate": {"rawBytes": "AAAA"}});
        }),
        refused("refuse-certificate-longer", "a certificate with a byte behind it", |v| {
            let longer = [include_bytes!("../../keys/certificate.der").as_slice(), &[0]].concat();
            v["verificationMaterial"] = json!({"certificate": {"rawBytes": STANDARD.encode(longer)}});
        }),
        refused("refuse-chain-in-v0-3", "a chain, which v0.3 does not allow", |v| {
            v["verificationMaterial"] = json!({"x509CertificateChain": {"certificates": [certificate()]}});
        }),
        refused("refuse-certificate-in-v0-2", "a single certificate, which v0.2 does not allow", |v| {
            v["mediaType"] = json!("application/vnd.dev.sigstore.bundle+json;version=0.2");
            v["verificationMaterial"] = json!({"certificate": certificate()});
        }),
        refused("refuse-log-entry-without-proof", "a log entry without proof in v0.3", |v| {
            let mut entry = log_entry();
            remove(&mut entry, "", "inclusionProof");
            v["verificationMaterial"]["tlogEntries"] = json!([entry]);
        }),
        refused("refuse-log-entry-negative", "a log entry of a negative index", |v| {
            let mut entry = log_entry();
            entry["logIndex"] = json!("-1");
            v["verificationMaterial"]["tlogEntries"] = json!([entry]);
        }),
        refused("refuse-hint-no-text", "a hint that is a number", |v| {
            v["verificationMaterial"]["publicKey"]["hint"] = json!(5);
        }),
        refused("refuse-timestamp-no-base64", "a timestamp that is not base64", |v| {
            v["verificationMaterial"]["timestampVerificationData"] =
                json!({"rfc3161Timestamps": [{"signedTimestamp": "*"}]});
        }),
        message("refuse-message-no-signature", "a bare signature without a signature", |v| {
            remove(v, "messageSignature", "signature");
        }),
        message("refuse-message-digest-algorithm", "a message digest that does not bind", |v| {
            v["messageSignature"]["messageDigest"]["algorithm"] = json!("SHA1");
        }),
        message("refuse-message-digest-length", "a message digest of the wrong length", |v| {
            v["messageSignature"]["messageDigest"]["algorithm"] = json!("SHA2_256");
        }),
        message("refuse-message-digest-no-base64", "a message digest that is not base64", |v| {
            v["messageSignature"]["messageDigest"]["digest"] = json!("*");
        }),
    ]
}

fn remove(value: &mut Value, object: &str, name: &str) {
    let object = if object.is_empty() { value } else { &mut value[object] };
    object.as_object_mut().unwrap().remove(name);
}

fn envelopes() -> Vec<Vector> {
    let key = app();
    let good = envelope(&key, &payload());
    let with = |field: &str, value: Value| {
        let mut envelope = good.clone();
        envelope[field] = value;
        envelope
    };
    let signature = key.sign(&pae(PAYLOAD_TYPE, &payload()));
    let encoded = |payload_text: String, signature_text: String| json!({"payload": payload_text, "payloadType": PAYLOAD_TYPE, "signatures": [{"sig": signature_text}]});
    let standard = STANDARD.encode(&signature);
    let spaced = format!("{} {}", &standard[..8], &standard[8..]);
    let refused =
        |name: &str, about: &str, value: &Value| usual(name, about).bundle(value).rejected(&["bundle-malformed"]);
    let empty_type = envelope_of("", &payload(), &[key.sign(&pae("", &payload()))]);
    vec![
        usual("accept-url-safe-base64", "DSSE allows both alphabets")
            .bundle(&encoded(URL_SAFE.encode(payload()), URL_SAFE.encode(&signature)))
            .accepted(APP, "PKIX_ED25519"),
        usual("accept-unpadded-base64", "base64 without padding")
            .bundle(&around(&key, &encoded(URL_SAFE_NO_PAD.encode(payload()), URL_SAFE_NO_PAD.encode(&signature))))
            .accepted(APP, "PKIX_ED25519"),
        refused("refuse-base64-with-space", "white space in base64", &encoded(STANDARD.encode(payload()), spaced)),
        refused(
            "refuse-base64-trailing-bits",
            "base64 with other bits behind the last byte",
            &encoded(STANDARD.encode(payload()), trailing_bits(&standard)),
        ),
        refused(
            "refuse-signature-no-base64",
            "a signature that is not base64",
            &with("signatures", json!([{"sig": "*"}])),
        ),
        refused("refuse-payload-no-base64", "a payload that is not base64", &with("payload", json!("*"))),
        refused("refuse-unsigned", "an envelope without signatures", &with("signatures", json!([]))),
        refused(
            "refuse-signature-absent",
            "a signature without its bytes",
            &with("signatures", json!([{"keyid": "x"}])),
        ),
        refused(
            "refuse-too-many-signatures",
            "17 signatures",
            &envelope_of(PAYLOAD_TYPE, &payload(), &vec![signature.clone(); 17]),
        ),
        refused("refuse-payload-type-empty", "an empty payload type, signed", &empty_type),
        usual("accept-sixteen-signatures", "16 signatures, each evidence of its own")
            .bundle(&envelope_of(PAYLOAD_TYPE, &payload(), &[vec![vec![0; 10]; 15], vec![signature.clone()]].concat()))
            .accepted_on(
                &format!("{BUNDLE} signature 16 {APP} PKIX_ED25519"),
                &(1..16)
                    .flat_map(|n| {
                        ["identity-untrusted", "signature-invalid"].map(|code| format!("{code} {BUNDLE} signature {n}"))
                    })
                    .collect::<Vec<_>>()
                    .iter()
                    .map(String::as_str)
                    .collect::<Vec<_>>(),
            ),
    ]
}

/// The same bytes with one of the bits set that no byte needs.
fn trailing_bits(text: &str) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let end = text.trim_end_matches('=').len();
    assert!(end < text.len(), "there is padding");
    let mut bytes = text.as_bytes().to_vec();
    let value = ALPHABET.iter().position(|letter| *letter == bytes[end - 1]).unwrap();
    bytes[end - 1] = ALPHABET[value | 1];
    String::from_utf8(bytes).unwrap()
}

/// Signed by a trusted key, and yet no statement.
fn payloads() -> Vec<Vector> {
    let honest = String::from_utf8(payload()).unwrap();
    let refused = |name: &str, about: &str, payload: &[u8]| {
        usual(name, about).bundle(&bundle(&app(), payload)).rejected(&["bundle-malformed"])
    };
    let with = |change: fn(&mut Value)| {
        let mut value = statement(json!([subject(FILE, CONTENT)]), PROVENANCE, provenance());
        change(&mut value);
        bytes(value)
    };
    let deep = format!("{}{}", "[".repeat(64), "]".repeat(64));
    vec![
        refused("refuse-payload-empty", "a signed payload of no bytes", b""),
        refused("refuse-payload-no-json", "a signed payload that is no JSON", b"the release"),
        refused("refuse-payload-trailing-data", "data behind the statement", format!("{honest}{{}}").as_bytes()),
        refused(
            "refuse-payload-duplicate-subject",
            "`subject` twice: two readers would see two statements",
            honest.replacen("\"subject\"", "\"subject\":[],\"subject\"", 1).as_bytes(),
        ),
        refused(
            "refuse-payload-duplicate-in-predicate",
            "a name twice deep in the predicate",
            honest.replacen("\"id\":", "\"id\":\"https://evil.example\",\"id\":", 1).as_bytes(),
        ),
        refused(
            "refuse-payload-duplicate-digest",
            "`sha256` twice in a digest set",
            honest.replacen("\"sha256\":", "\"sha256\":\"00\",\"sha256\":", 1).as_bytes(),
        ),
        refused(
            "refuse-payload-depth",
            "65 levels in the statement",
            honest.replacen("\"subject\"", &format!("\"unknown\":{deep},\"subject\""), 1).as_bytes(),
        ),
        refused(
            "refuse-payload-as-list",
            "a statement as a list of its fields in their order",
            &bytes(json!(["https://in-toto.io/Statement/v1", [subject(FILE, CONTENT)], PROVENANCE, provenance(),])),
        ),
        refused(
            "refuse-subject-as-list",
            "a subject as a list of its fields in their order",
            &with(|v| {
                v["subject"] = json!([[FILE, {"sha256": crate::statement::sha256(CONTENT)}]]);
            }),
        ),
        refused("refuse-payload-not-utf-8", "a statement that is not UTF-8", &[honest.as_bytes(), b"\xff"].concat()),
        refused(
            "refuse-payload-lone-surrogate",
            "half of a character",
            honest.replacen("v1.0.0", "\\ud800", 1).as_bytes(),
        ),
        refused(
            "refuse-statement-type",
            "another `_type`",
            &with(|v| v["_type"] = json!("https://in-toto.io/Statement/v2")),
        ),
        refused("refuse-statement-link", "an in-toto link, which is no statement", br#"{"_type":"link","name":"x"}"#),
        refused(
            "refuse-no-predicate-type",
            "a statement without predicate type",
            &with(|v| remove(v, "", "predicateType")),
        ),
        refused(
            "refuse-predicate-type-null",
            "a predicate type that is null",
            &with(|v| v["predicateType"] = Value::Null),
        ),
        refused("refuse-no-subject-field", "a statement without `subject`", &with(|v| remove(v, "", "subject"))),
        refused(
            "refuse-v0-1-without-predicate",
            "a v0.1 statement without predicate",
            &with(|v| {
                v["_type"] = json!("https://in-toto.io/Statement/v0.1");
                remove(v, "", "predicate");
            }),
        ),
        refused("refuse-v1-without-predicate", "provenance without predicate", &with(|v| remove(v, "", "predicate"))),
        refused("refuse-predicate-no-object", "a predicate that is a list", &with(|v| v["predicate"] = json!([]))),
        refused("refuse-issued-no-time", "our own date is no time", &with(|v| v["urn:signer:issued"] = json!("today"))),
        refused(
            "refuse-predicate-type-too-long",
            "a predicate type of 4097 bytes",
            &with(|v| {
                v["predicateType"] = json!("x".repeat(4097));
            }),
        ),
        refused(
            "refuse-name-too-long",
            "a subject's name of 4097 bytes",
            &with(|v| {
                v["subject"][0]["name"] = json!("x".repeat(4097));
            }),
        ),
    ]
}

fn limits() -> Vec<Vector> {
    let grown = |size: u64| json!({BUNDLE: size});
    vec![
        usual("refuse-too-large", "a bundle of one byte more than 16 MiB")
            .bundle(&good())
            .set("grow", grown(16 * 1024 * 1024 + 1))
            .rejected(&["limit-exceeded"]),
        usual("refuse-too-many-bundles", "4097 bundles in one call, all of them good")
            .bundle(&good())
            .set("copies", json!(4097))
            .rejected_for(&["limit-exceeded"], &[]),
        usual("accept-too-large-beside-good", "a bundle that is too large harms nobody")
            .evidence("large.json", &good())
            .bundle(&good())
            .set("grow", json!({"large.json": 16 * 1024 * 1024 + 1}))
            .accepted_on(&format!("{BUNDLE} {APP} PKIX_ED25519"), &["limit-exceeded large.json"]),
    ]
}
