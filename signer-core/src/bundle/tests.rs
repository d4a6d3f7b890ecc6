use super::*;
use crate::digest::{DigestAlgorithm, digest};

const ENVELOPE: &str = r#""dsseEnvelope":{"payload":"e30=","payloadType":"t","signatures":[{"sig":"AA=="}]}"#;
const KEY: &str = r#""publicKey":{"hint":"h"}"#;

fn bundle(version: &str, material: &str, content: &str) -> Result<Bundle, BundleError> {
    let media_type = format!("application/vnd.dev.sigstore.bundle+json;version={version}");
    Bundle::parse(
        format!(r#"{{"mediaType":"{media_type}","verificationMaterial":{{{material}}},{content}}}"#).as_bytes(),
    )
}

#[test]
fn what_is_written_is_read_back() {
    let value = digest(DigestAlgorithm::Sha512, b"abc");
    let message = Content::Message(MessageSignature { digest: Some(value), signature: vec![1, 2] });
    let envelope = Content::Envelope(
        Envelope::parse(br#"{"payload":"e30=","payloadType":"t","signatures":[{"sig":"AA=="}]}"#).unwrap(),
    );
    for content in [message, envelope] {
        let written = Bundle::for_key("h".to_owned(), content).unwrap();
        let json = written.to_json().unwrap();
        assert!(json.starts_with(format!(r#"{{"mediaType":"{BUNDLE_V0_3}""#).as_bytes()));
        assert_eq!(Bundle::parse(&json), Ok(written));
    }
}

#[test]
fn an_empty_message_digest_is_none() {
    let read = bundle("0.3", KEY, r#""messageSignature":{"signature":"AA==","messageDigest":{}}"#).unwrap();
    assert_eq!(read.content(), &Content::Message(MessageSignature { digest: None, signature: vec![0] }));
}

#[test]
fn every_version_is_read_and_no_other() {
    for version in ["0.1", "0.2", "0.3"] {
        assert!(bundle(version, KEY, ENVELOPE).is_ok(), "{version}");
    }
    for version in ["0.4", "0.30", "", "1"] {
        assert!(matches!(bundle(version, KEY, ENVELOPE), Err(BundleError::MediaType { .. })), "{version}");
    }
    let without = format!(r#"{{"verificationMaterial":{{{KEY}}},{ENVELOPE}}}"#);
    assert!(matches!(Bundle::parse(without.as_bytes()), Err(BundleError::MediaType { found }) if found.is_empty()));
}

type Case = (&'static str, String, String, fn(&BundleError) -> bool);

#[test]
fn one_material_and_one_content() {
    use BundleError::{Base64, Both, Missing, NotInVersion, Signatures};
    let certificate = r#""certificate":{"rawBytes":"AA=="}"#;
    let chain = r#""x509CertificateChain":{"certificates":[]}"#;
    let message = r#""messageSignature":{"signature":"AA=="}"#;
    let two = r#""dsseEnvelope":{"payload":"e30=","payloadType":"t","signatures":[{"sig":"AA=="},{"sig":"AA=="}]}"#;
    let cases: &[Case] = &[
        ("0.3", String::new(), ENVELOPE.into(), |e| matches!(e, Missing { .. })),
        ("0.3", format!("{KEY},{certificate}"), ENVELOPE.into(), |e| matches!(e, Both { .. })),
        ("0.2", format!("{KEY},{chain}"), ENVELOPE.into(), |e| matches!(e, Both { .. })),
        ("0.3", chain.into(), ENVELOPE.into(), |e| matches!(e, NotInVersion { .. })),
        ("0.2", certificate.into(), ENVELOPE.into(), |e| matches!(e, NotInVersion { .. })),
        ("0.2", chain.into(), ENVELOPE.into(), |e| *e == Missing { field: "certificates" }),
        ("0.3", certificate.into(), ENVELOPE.into(), |e| matches!(e, BundleError::Certificate(_))),
        ("0.3", KEY.into(), format!("{ENVELOPE},{message}"), |e| matches!(e, Both { .. })),
        ("0.3", KEY.into(), r#""other":1"#.into(), |e| matches!(e, Missing { .. })),
        ("0.3", KEY.into(), r#""messageSignature":{}"#.into(), |e| *e == Missing { field: "signature" }),
        ("0.3", KEY.into(), r#""messageSignature":{"signature":"*"}"#.into(), |e| *e == Base64 { field: "signature" }),
        ("0.3", KEY.into(), two.into(), |e| *e == Signatures { found: 2 }),
        ("0.3", KEY.into(), ENVELOPE.replace("\"AA==\"", "\"AA==\",\"keyid\":\"k\""), |e| {
            matches!(e, BundleError::HintMismatch { .. })
        }),
        (
            "0.3",
            KEY.into(),
            r#""messageSignature":{"signature":"AA==","messageDigest":{"algorithm":"SHA2_256","digest":"AA=="}}"#
                .into(),
            |e| matches!(e, BundleError::MessageDigest(_)),
        ),
    ];
    for (version, material, content, expected) in cases {
        let error = bundle(version, material, content).unwrap_err();
        assert!(expected(&error), "{version} {material} {content}: {error:?}");
    }
}

#[test]
fn log_entries_keep_the_rules_of_their_version() {
    let entry = |fields: &str| {
        format!(
            r#"{KEY},"tlogEntries":[{{"logId":{{"keyId":"AA=="}},"kindVersion":{{"kind":"k","version":"1"}},{fields}}}]"#
        )
    };
    let promise = r#""inclusionPromise":{"signedEntryTimestamp":"AA=="}"#;
    let proof = r#""inclusionProof":{"logIndex":"1","rootHash":"AA==","treeSize":"2","hashes":["AA=="],"checkpoint":{"envelope":"x"}}"#;
    let read = bundle("0.3", &entry(&format!(r#""logIndex":"7","integratedTime":"0",{proof}"#)), ENVELOPE).unwrap();
    let [read] = read.log_entries() else { panic!("one entry") };
    assert_eq!((read.log_index, read.integrated_time), (7, None));
    assert_eq!(read.inclusion_proof.as_ref().map(|p| (p.log_index, p.tree_size)), Some((1, 2)));
    assert!(bundle("0.1", &entry(promise), ENVELOPE).is_ok());
    assert_eq!(bundle("0.1", &entry(proof), ENVELOPE), Err(BundleError::Missing { field: "inclusionPromise" }));
    assert_eq!(bundle("0.2", &entry(promise), ENVELOPE), Err(BundleError::Missing { field: "inclusionProof" }));
    for index in ["\"-1\"", "-1", "\"9223372036854775808\"", "\"x\""] {
        let error = bundle("0.3", &entry(&format!(r#""logIndex":{index},{proof}"#)), ENVELOPE).unwrap_err();
        assert!(matches!(error, BundleError::Number { field: "logIndex", .. }), "{index}: {error:?}");
    }
}
