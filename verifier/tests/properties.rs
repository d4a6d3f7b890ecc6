//! Properties of all inputs: what is written is read back, and nothing hostile is accepted.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests, which fail by panicking"
)]

mod common;

use std::sync::LazyLock;

use common::{Question, as_expected, read_evidence};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use signer_core::bundle::{Bundle, Content};
use signer_core::digest::{DigestAlgorithm, digest};
use signer_core::envelope::Envelope;
use signer_core::key::KeyAlgorithm;
use signer_core::predicate::Provenance;
use signer_core::predicate::provenance::{Builder, SLSA_V0_2, SLSA_V1};
use signer_core::sign::{Draft, FileKey, Signer as _};
use signer_core::statement::{DigestSet, PAYLOAD_TYPE, ResourceDescriptor, Statement, Subject};
use signer_core::time::Timestamp;
use testdata::Case;
use verifier::{Evidence, Verdict};

/// Any JSON value of moderate size.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(".{0,8}", inner, 0..4).prop_map(|map| Value::from(Map::from_iter(map))),
        ]
    })
}

fn any_object() -> impl Strategy<Value = Map<String, Value>> {
    prop::collection::btree_map(".{0,8}", any_json(), 0..4).prop_map(Map::from_iter)
}

fn any_subject() -> impl Strategy<Value = Subject> {
    let digests = (any::<[u8; 4]>(), prop::sample::subsequence(DigestAlgorithm::ALL.to_vec(), 1..=3));
    (prop::option::of(".{0,40}"), digests, prop::option::of("[0-9a-f]{40}")).prop_map(
        |(name, (bytes, algorithms), sha1)| {
            let binding =
                algorithms.iter().map(|algorithm| (algorithm.name().to_owned(), digest(*algorithm, &bytes).to_hex()));
            let set = DigestSet::new(binding.chain(sha1.map(|value| ("sha1".to_owned(), value)))).unwrap();
            Subject::new(name, set).unwrap()
        },
    )
}

fn any_time() -> impl Strategy<Value = Timestamp> {
    (-62_135_596_800_i64..=253_402_300_799).prop_map(|seconds| Timestamp::from_unix(seconds).unwrap())
}

fn any_uri() -> impl Strategy<Value = String> {
    "[a-z][a-z0-9+.-]{0,6}:[!-~]{1,30}"
}

fn any_statement() -> impl Strategy<Value = Statement> {
    let parts = (
        prop::collection::vec(any_subject(), 1..5),
        ".{0,30}",
        any_object(),
        prop::option::of(any_uri()),
        prop::option::of(any_time()),
    );
    parts.prop_map(|(subjects, predicate_type, predicate, identity, issued)| {
        let mut statement = Statement::new(subjects, predicate_type, &Value::from(predicate).to_string()).unwrap();
        if let Some(identity) = identity {
            statement = statement.with_release_identity(identity.parse().unwrap());
        }
        issued.into_iter().fold(statement, Statement::with_issued)
    })
}

fn any_resource() -> impl Strategy<Value = ResourceDescriptor> {
    (
        prop::option::of(".{0,12}"),
        any_uri(),
        prop::collection::btree_map("[a-z0-9]{1,9}", "[0-9a-f]{40}", 0..3),
        any_object(),
    )
        .prop_map(|(name, uri, digest, annotations)| ResourceDescriptor {
            name,
            uri: Some(uri),
            digest,
            annotations,
            ..ResourceDescriptor::default()
        })
}

fn any_provenance() -> impl Strategy<Value = Provenance> {
    let definition = (any_uri(), any_object(), any_object(), prop::collection::vec(any_resource(), 0..3));
    let run = (any_uri(), prop::collection::btree_map(".{0,9}", ".{0,9}", 0..3), prop::option::of(".{1,20}"));
    let rest = (prop::option::of(any_time()), prop::option::of(any_time()), prop::option::of(any_uri()));
    (definition, run, rest).prop_map(
        |((build_type, external_parameters, internal_parameters, dependencies), (id, version, invocation_id), rest)| {
            let (started_on, finished_on, identity) = rest;
            Provenance {
                build_type,
                external_parameters,
                internal_parameters,
                resolved_dependencies: dependencies.clone(),
                builder: Builder { id, version, dependencies },
                invocation_id,
                started_on,
                finished_on,
                release_identity: identity.map(|identity| identity.parse().unwrap()),
                ..Provenance::default()
            }
        },
    )
}

fn same_statement(one: &Statement, other: &Statement) -> bool {
    let predicate =
        |statement: &Statement| statement.predicate().map(|text| serde_json::from_str::<Value>(text).unwrap());
    one.subjects() == other.subjects()
        && one.predicate_type() == other.predicate_type()
        && predicate(one) == predicate(other)
        && one.release_identity() == other.release_identity()
        && one.issued() == other.issued()
}

proptest! {
    #[test]
    fn statements_are_read_as_written(statement in any_statement()) {
        let read = Statement::parse(&statement.to_json()).unwrap();
        prop_assert!(same_statement(&read, &statement), "{}", String::from_utf8_lossy(&statement.to_json()));
        prop_assert_eq!(read.to_json(), statement.to_json());
    }

    #[test]
    fn provenance_is_read_as_written(provenance in any_provenance()) {
        prop_assert_eq!(Provenance::parse(SLSA_V1, &provenance.to_json()).unwrap(), provenance);
    }

    #[test]
    fn envelopes_and_bundles_are_read_as_written(
        payload in prop::collection::vec(any::<u8>(), 0..64),
        payload_type in ".{1,40}",
        signatures in prop::collection::vec((prop::collection::vec(any::<u8>(), 0..80), prop::option::of(".{1,9}")), 1..4),
        hint in ".{1,40}",
    ) {
        use base64::Engine as _;
        use base64::engine::general_purpose::STANDARD;
        let signatures: Vec<Value> = signatures
            .iter()
            .map(|(sig, keyid)| json!({"sig": STANDARD.encode(sig), "keyid": keyid}))
            .collect();
        let text = json!({"payload": STANDARD.encode(&payload), "payloadType": payload_type, "signatures": signatures});
        let envelope = Envelope::parse(text.to_string().as_bytes()).unwrap();
        prop_assert_eq!(envelope.untrusted_payload(), payload);
        prop_assert_eq!(Envelope::parse(&envelope.to_json()).unwrap(), envelope.clone());
        let is_one = envelope.signatures().len() == 1 && envelope.signatures()[0].key_id.as_ref().is_none_or(|id| *id == hint);
        match Bundle::for_key(hint, Content::Envelope(envelope)) {
            Ok(bundle) => {
                prop_assert!(is_one);
                prop_assert_eq!(Bundle::parse(&bundle.to_json().unwrap()).unwrap(), bundle);
            }
            Err(_) => prop_assert!(!is_one),
        }
    }

    #[test]
    fn whatever_is_signed_verifies_with_its_own_subjects(statement in any_statement()) {
        let envelope = Draft::new(&statement).unwrap().sign(&*KEY).unwrap();
        prop_assert_eq!(envelope.payload_type(), PAYLOAD_TYPE);
        let bundle = Bundle::for_key(KEY.public_key().id().hint(), Content::Envelope(envelope)).unwrap();
        let evidence = Evidence::read("bundle", &bundle.to_json().unwrap());
        let policy = verifier::policy::FlagPolicy::new(KEY.public_key().clone()).build();
        let request = verifier::Request { policy: &policy, gate: None, now: Timestamp::from_unix(0).unwrap(), names: &[], searched: &[] };
        let session = verifier::Session::begin(request, &evidence).unwrap();
        for subject in statement.subjects() {
            let pinned = format!("{}", subject.digest().binding()[0]).parse().unwrap();
            let signer_core::reference::Reference::Pinned(pinned) = pinned else { panic!("a digest is pinned") };
            let artifact = verifier::Artifact::pinned(&pinned, None).unwrap();
            prop_assert!(session.judge(&artifact, &verifier::DigestsOnly).is_accepted());
        }
    }
}

static KEY: LazyLock<FileKey> = LazyLock::new(|| FileKey::generate(KeyAlgorithm::Ed25519).unwrap());

/// Vectors that are rejected whatever the build, small ones only.
static REJECTED: LazyLock<Vec<Case>> =
    LazyLock::new(|| testdata::all().into_iter().filter(|case| is_small(case) && is_rejected(case)).collect());

fn is_small(case: &Case) -> bool {
    (1..16).contains(&case.evidence.len()) && case.evidence.iter().all(|(_, bytes)| bytes.len() < 100_000)
}

fn is_rejected(case: &Case) -> bool {
    case.expected.accepted.is_empty()
}

/// A vector accepted by Ed25519, whose signatures nobody can alter.
static ACCEPTED: LazyLock<Vec<Case>> = LazyLock::new(|| {
    let is_plain = |case: &Case| is_small(case) && case.evidence.len() == 1 && case.expected.findings.is_empty();
    testdata::all().into_iter().filter(|case| is_plain(case) && !is_rejected(case) && case.pure.is_none()).collect()
});

/// One change of bytes, wherever it falls.
#[derive(Clone, Debug)]
enum Change {
    Set(prop::sample::Index, u8),
    Insert(prop::sample::Index, Vec<u8>),
    Remove(prop::sample::Index, usize),
    Copy(prop::sample::Index, prop::sample::Index, usize),
}

fn any_change() -> impl Strategy<Value = Change> {
    let token = prop::sample::select(vec![
        "\"",
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "null",
        "\\u0000",
        "0",
        "=",
        "\n",
        "{\"payload\":",
    ]);
    prop_oneof![
        (any::<prop::sample::Index>(), any::<u8>()).prop_map(|(at, byte)| Change::Set(at, byte)),
        (any::<prop::sample::Index>(), token).prop_map(|(at, text)| Change::Insert(at, text.as_bytes().to_vec())),
        (any::<prop::sample::Index>(), 1..40_usize).prop_map(|(at, len)| Change::Remove(at, len)),
        (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 1..80_usize)
            .prop_map(|(from, to, len)| Change::Copy(from, to, len)),
    ]
}

fn apply(bytes: &mut Vec<u8>, change: &Change) {
    let len = bytes.len();
    if len == 0 {
        return;
    }
    let end = |at: usize, count: usize| (at + count).min(len);
    match change {
        Change::Set(at, byte) => bytes[at.index(len)] = *byte,
        Change::Insert(at, more) => drop(bytes.splice(at.index(len)..at.index(len), more.iter().copied())),
        Change::Remove(at, count) => drop(bytes.drain(at.index(len)..end(at.index(len), *count))),
        Change::Copy(from, to, count) => {
            let part = bytes[from.index(len)..end(from.index(len), *count)].to_vec();
            drop(bytes.splice(to.index(len)..to.index(len), part));
        }
    }
}

/// Every verdict says why, and every reason can be shown.
fn is_sound(verdict: &Verdict) -> bool {
    let reasons = verdict.outcome().err().map(verifier::Rejected::reasons);
    let shown = |reason: &verifier::Reason| {
        !reason.code().is_empty()
            && !reason.hint().is_empty()
            && (reason.expected().len() + reason.found().len()) < 100_000
    };
    verdict.is_accepted() != reasons.is_some_and(|reasons| !reasons.is_empty())
        && reasons.into_iter().flatten().chain(verdict.findings()).all(|finding| shown(&finding.reason))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn arbitrary_bytes_are_never_accepted(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let question = Question::of(&ACCEPTED[0]);
        let verdict = question.judge(&Evidence::read("bytes", &bytes));
        prop_assert!(!verdict.is_accepted() && is_sound(&verdict));
    }

    #[test]
    fn arbitrary_json_is_never_accepted(value in any_json()) {
        let question = Question::of(&ACCEPTED[0]);
        let verdict = question.judge(&Evidence::read("json", value.to_string().as_bytes()));
        prop_assert!(!verdict.is_accepted() && is_sound(&verdict));
        let _ = Statement::parse(value.to_string().as_bytes());
        let _ = Provenance::parse(SLSA_V1, &value.to_string());
        let _ = Provenance::parse(SLSA_V0_2, &value.to_string());
    }

    /// What was rejected stays so, however its evidence is mangled.
    #[test]
    fn mangled_evidence_of_a_refusal_is_never_accepted(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec(any_change(), 1..6),
    ) {
        let case = which.get(&REJECTED);
        let mut evidence = Vec::new();
        for (name, bytes) in &case.evidence {
            let mut bytes = bytes.clone();
            for change in &changes {
 apply(&mut bytes, change);
}
            evidence.extend(Evidence::read(name, &bytes));
        }
        let verdict = Question::of(case).judge(&evidence);
        prop_assert!(is_sound(&verdict));
        prop_assert!(!verdict.is_accepted() || is_mended(case), "{}: {:?}", case.name, as_expected(&verdict));
    }

    /// What was accepted stays what it was, or is rejected.
    #[test]
    fn mangled_evidence_says_nothing_else(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec(any_change(), 1..6),
    ) {
        let case = which.get(&ACCEPTED);
        let question = Question::of(case);
        let honest = question.judge(&read_evidence(case));
        let mut bytes = case.evidence[0].1.clone();
        for change in &changes {
 apply(&mut bytes, change);
}
        let verdict = question.judge(&Evidence::read("mangled", &bytes));
        prop_assert!(is_sound(&verdict));
        if let (Ok(honest), Ok(mangled)) = (honest.outcome(), verdict.outcome()) {
            let (honest, mangled) = (&honest.attestations()[0], &mangled.attestations()[0]);
            prop_assert_eq!(honest.signer(), mangled.signer());
            prop_assert_eq!(honest.id(), mangled.id());
        }
    }
}

/// Whether mangling can restore what was honestly signed: the fault lies in the unsigned part.
fn is_mended(case: &Case) -> bool {
    let faults =
        ["bundle-malformed", "evidence-unsupported", "identity-untrusted", "limit-exceeded", "subject-mismatch"];
    case.expected.reasons.iter().all(|line| faults.iter().any(|code| line.starts_with(code)))
}
