use super::wire::{ISSUED, RELEASE_IDENTITY};
use super::*;
use crate::digest::{DigestAlgorithm, digest};

const HEX: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

fn parsed(text: &str) -> Result<Statement, StatementError> {
    Statement::parse(text.as_bytes())
}

fn with_subject(subject: &str) -> String {
    format!(r#"{{"_type":"{STATEMENT_V1}","subject":[{subject}],"predicateType":"urn:x:y","predicate":{{}}}}"#)
}

#[test]
fn what_is_written_is_read_back() {
    let abc = digest(DigestAlgorithm::Sha256, b"abc");
    let subject = Subject::new(Some("a/b \u{1F4E6}".to_owned()), DigestSet::from(&abc.into())).unwrap();
    let written = Statement::new(vec![subject.clone()], "urn:x:y".to_owned(), r#" {"a": [1.50, "\u00e9"]} "#)
        .unwrap()
        .with_issued("2026-11-21T09:00:00Z".parse().unwrap())
        .with_release_identity("spiffe://acme.example/release".parse().unwrap());
    let read = Statement::parse(&written.to_json()).unwrap();
    assert_eq!(read.subjects(), [subject]);
    assert_eq!(read.predicate_type(), "urn:x:y");
    assert_eq!(read.predicate(), Some(r#"{"a": [1.50, "\u00e9"]}"#));
    assert_eq!(read.issued(), written.issued());
    assert_eq!(read.release_identity(), written.release_identity());
    assert!(read.subjects()[0].matches(&abc.into()));
}

#[test]
fn our_own_fields_stand_in_the_first_subjects_annotations() {
    let subject =
        |text: &[u8]| Subject::new(None, DigestSet::from(&digest(DigestAlgorithm::Sha256, text).into())).unwrap();
    let written = Statement::new(vec![subject(b"abc"), subject(b"def")], "urn:x:y".to_owned(), "{}")
        .unwrap()
        .with_issued("2026-11-21T09:00:00Z".parse().unwrap())
        .with_release_identity("urn:x:id".parse().unwrap());
    let json: serde_json::Value = serde_json::from_slice(&written.to_json()).unwrap();
    let fields: Vec<_> = json.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(fields, ["_type", "predicate", "predicateType", "subject"]); // the protobuf message's, and no more
    let expected = serde_json::json!({ISSUED: "2026-11-21T09:00:00Z", RELEASE_IDENTITY: "urn:x:id"});
    assert_eq!(json["subject"][0]["annotations"], expected);
    assert_eq!(json["subject"][1].get("annotations"), None);
}

#[test]
fn our_own_fields_are_read_from_either_place_and_may_not_differ() {
    let text = |annotations: &str, beside: &str| {
        let subject = format!(r#"{{"digest":{{"sha256":"{HEX}"}}{annotations}}}"#);
        with_subject(&subject).replace(r#","predicate":{}}"#, &format!(r#","predicate":{{}}{beside}}}"#))
    };
    let noted = r#","annotations":{"urn:signer:release-identity":"urn:x:id","other":[1]}"#;
    let beside = r#","urn:signer:release-identity":"urn:x:id""#;
    let another = r#","urn:signer:release-identity":"urn:x:other""#;
    for (noted, beside) in [(noted, ""), ("", beside), (noted, beside)] {
        let read = parsed(&text(noted, beside)).unwrap();
        assert_eq!(read.release_identity().map(ToString::to_string).as_deref(), Some("urn:x:id"));
    }
    let message = "the first subject's annotations and the statement differ".to_owned();
    assert_eq!(
        parsed(&text(noted, another)).unwrap_err(),
        StatementError::Extension { field: RELEASE_IDENTITY, message }
    );
}

#[test]
fn v0_1_is_read_and_needs_a_predicate() {
    let text = |predicate| format!(r#"{{"_type":"{STATEMENT_V0_1}","subject":[],"predicateType":""{predicate}}}"#);
    assert!(parsed(&text(r#","predicate":{},"extra":[{}]"#)).is_ok());
    assert_eq!(parsed(&text("")).unwrap_err(), StatementError::PredicateMissing);
    assert_eq!(parsed(&text(r#","predicate":null"#)).unwrap_err(), StatementError::PredicateMissing);
}

#[test]
fn digests_have_their_length() {
    let cases = [
        (r#"{"name":"x"}"#, "missing"),
        (r#"{"digest":{}}"#, "empty"),
        (r#"{"digest":{"sha256":"abcd"}}"#, "64"),
        (r#"{"digest":{"sha512":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}}"#, "128"),
        (r#"{"digest":{"sha256":"BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD"}}"#, "lower-case"),
        (r#"{"digest":{"gitCommit":"abc"}}"#, "40 or 64"),
        (r#"{"digest":{"sha1":"da39a3ee5e6b4b0d3255bfef95601890afd8070Z"}}"#, "40"),
    ];
    for (subject, expected) in cases {
        let error = parsed(&with_subject(subject)).unwrap_err();
        assert!(matches!(error, StatementError::Subject { index: 0, .. }), "{subject}: {error:?}");
        assert!(error.to_string().contains(expected), "{subject}: {error}");
    }
    assert!(parsed(&with_subject(r#"{"digest":{"h1":"anything"}}"#)).is_ok());
}

#[test]
fn every_digest_known_of_both_must_agree() {
    let sha256 = digest(DigestAlgorithm::Sha256, b"abc");
    let wrong = digest(DigestAlgorithm::Sha512, b"abd");
    let set = DigestSet::new([("sha256", sha256.to_hex()), ("sha512", wrong.to_hex())]).unwrap();
    let mut hasher = crate::digest::Hasher::new(DigestAlgorithm::ALL.into_iter().collect());
    hasher.update(b"abc");
    assert!(set.matches(&sha256.into()), "sha512 is not known of the artifact");
    assert!(!set.matches(&hasher.finish()), "sha512 differs");
    let weak = DigestSet::new([("sha1", "a9993e364706816aba3e25717850c26c9cd0d89d")]).unwrap();
    assert!(!weak.matches(&sha256.into()));
}

#[test]
fn other_documents_are_refused() {
    assert!(matches!(parsed("[]"), Err(StatementError::Json(_))));
    assert!(matches!(parsed(r#"{"_type":"x","subject":[],"predicateType":"t"}"#), Err(StatementError::Type { .. })));
    assert!(matches!(parsed(&format!(r#"{{"_type":"{STATEMENT_V1}","subject":[]}}"#)), Err(StatementError::Json(_))));
    let duplicate = with_subject(&format!(r#"{{"digest":{{"sha256":"{HEX}","sha256":"{HEX}"}}}}"#));
    assert!(matches!(parsed(&duplicate), Err(StatementError::Json(_))));
    let long =
        with_subject(&format!(r#"{{"name":"{}","digest":{{"sha256":"{HEX}"}}}}"#, "a".repeat(limits::NAME_BYTES + 1)));
    assert!(matches!(parsed(&long), Err(StatementError::Subject { error: SubjectError::NameTooLong { .. }, .. })));
}

#[test]
fn subjects_are_bounded() {
    let one = r#"{"digest":{"x":""}}"#;
    let many = with_subject(&vec![one; limits::SUBJECTS + 1].join(","));
    assert!(
        matches!(parsed(&many), Err(StatementError::Json(JsonError::Malformed(m))) if m.contains("more than 100000"))
    );
}
