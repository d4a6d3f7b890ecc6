//! Damage to any part of an accepted vector is rejected, or listed with its reason.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests, which fail by panicking"
)]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use common::{Question, read_evidence};
use serde_json::Value;
use signer_core::digest::Digest;
use testdata::{Artifact as Subject, Case};
use verifier::{Document, Evidence, Signer, Verdict};

const HAS_AWS_LC: bool = cfg!(feature = "aws-lc");

/// How many bytes of one field are altered; all, if there are fewer.
const SAMPLES: usize = 80;

/// An accepted vector, reduced to the one signature on which it is accepted.
struct Accepted {
    name: String,
    question: Question,
    document: Value,
    by: Signer,
    id: Option<Digest>,
}

impl Accepted {
    fn of(case: &Case) -> Self {
        let question = Question::of(case);
        let verdict = question.judge(&read_evidence(case));
        let decided = verdict.outcome().unwrap_or_else(|_| panic!("{}: rejected", case.name)).attestations()[0].clone();
        let document = reduce(case, decided.source());
        let (by, id) = (decided.signer().clone(), decided.id().copied());
        let accepted = Self { name: case.name.clone(), question, document, by, id };
        assert!(accepted.still_holds(accepted.document.to_string().as_bytes()), "{}: not by itself", case.name);
        accepted
    }

    /// Whether the evidence is accepted; then it must be for the same reason.
    fn still_holds(&self, bytes: &[u8]) -> bool {
        let verdict = self.question.judge(&Evidence::read("damaged", bytes));
        self.check(&verdict)
    }

    fn check(&self, verdict: &Verdict) -> bool {
        let Ok(accepted) = verdict.outcome() else { return false };
        for attestation in accepted.attestations() {
            assert_eq!(*attestation.signer(), self.by, "{}", self.name);
            assert_eq!(attestation.id().copied(), self.id, "{}: another statement", self.name);
        }
        true
    }
}

/// The document of that source, with only the signature that it names.
fn reduce(case: &Case, source: &str) -> Value {
    let (place, signature) = source.split_once(" signature ").map_or((source, None), |(place, n)| (place, Some(n)));
    let bytes = case
        .evidence
        .iter()
        .flat_map(|(name, bytes)| Document::split(name, bytes))
        .find(|document| document.source() == place)
        .unwrap()
        .bytes();
    let mut document: Value = serde_json::from_slice(bytes).unwrap();
    if let Some(number) = signature {
        let index: usize = number.parse().unwrap();
        let kept = document["signatures"][index - 1].clone();
        document["signatures"] = Value::Array(vec![kept]);
    }
    document
}

fn accepted() -> impl Iterator<Item = Accepted> {
    let cases = testdata::all().into_iter();
    cases.filter(|case| !case.expected(HAS_AWS_LC).accepted.is_empty()).map(|case| Accepted::of(&case))
}

/// A place in a JSON document.
type Path = Vec<Step>;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Member(String),
    Item(usize),
}

fn show(path: &Path) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            Step::Member(name) if text.is_empty() => text.push_str(name),
            Step::Member(name) => write!(text, ".{name}").unwrap(),
            Step::Item(index) => write!(text, "[{index}]").unwrap(),
        }
    }
    text
}

/// Every place of the document but its top; not those within unknown members.
fn places(value: &Value, here: &mut Path, all: &mut Vec<Path>) {
    let mut visit = |step: Step, value: &Value| {
        let is_unknown = step == Step::Member("unknown".to_owned());
        here.push(step);
        all.push(here.clone());
        if !is_unknown {
            places(value, here, all);
        }
        here.pop();
    };
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| visit(Step::Member(name.clone()), value)),
        Value::Array(items) => items.iter().enumerate().for_each(|(index, value)| visit(Step::Item(index), value)),
        _ => {}
    }
}

fn at<'v>(value: &'v mut Value, path: &[Step]) -> &'v mut Value {
    path.iter().fold(value, |value, step| match step {
        Step::Member(name) => &mut value[name.as_str()],
        Step::Item(index) => &mut value[*index],
    })
}

/// The document with the value at that place changed.
fn with(document: &Value, path: &Path, change: impl FnOnce(&mut Value)) -> String {
    let mut document = document.clone();
    change(at(&mut document, path));
    document.to_string()
}

fn without(document: &Value, path: &Path) -> String {
    let (last, parent) = path.split_last().unwrap();
    with(document, &parent.to_vec(), |parent| match last {
        Step::Member(name) => drop(parent.as_object_mut().unwrap().remove(name)),
        Step::Item(index) => drop(parent.as_array_mut().unwrap().remove(*index)),
    })
}

/// The document with the member under another name.
fn renamed(document: &Value, path: &Path) -> Option<String> {
    let (Step::Member(name), parent) = path.split_last()? else { return None };
    Some(with(document, &parent.to_vec(), |parent| {
        let members = parent.as_object_mut().unwrap();
        let value = members.remove(name).unwrap();
        members.insert(name.to_uppercase(), value);
    }))
}

/// The document as text in which that member or item stands twice.
fn doubled(value: &Value, path: &[Step]) -> String {
    let Some((first, rest)) = path.split_first() else { return value.to_string() };
    let parts: Vec<String> = match (value, first) {
        (Value::Object(members), Step::Member(doubled_name)) => members
            .iter()
            .flat_map(|(name, value)| {
                let is_here = name == doubled_name;
                let text = if is_here { doubled(value, rest) } else { value.to_string() };
                vec![format!("{}:{text}", Value::from(name.as_str())); if is_here && rest.is_empty() { 2 } else { 1 }]
            })
            .collect(),
        (Value::Array(items), Step::Item(doubled_index)) => items
            .iter()
            .enumerate()
            .flat_map(|(index, value)| {
                let is_here = index == *doubled_index;
                let text = if is_here { doubled(value, rest) } else { value.to_string() };
                vec![text; if is_here && rest.is_empty() { 2 } else { 1 }]
            })
            .collect(),
        _ => panic!("no such place"),
    };
    let parts = parts.join(",");
    if value.is_object() { format!("{{{parts}}}") } else { format!("[{parts}]") }
}

/// What can happen to one place, by name.
fn damages(document: &Value, path: &Path, neighbour: &Value) -> Vec<(&'static str, String)> {
    let mut copy = document.clone();
    let value = at(&mut copy, path).clone();
    let set = |new: Value| with(document, path, |value| *value = new);
    let mut all = vec![
        ("removed", without(document, path)),
        ("doubled", doubled(document, path)),
        ("null", set(Value::Null)),
        ("a number", set(Value::from(1))),
        ("a list of it", set(Value::Array(vec![value.clone()]))),
    ];
    if *neighbour != value {
        all.push(("replaced by its neighbour", set(neighbour.clone())));
    }
    all.extend(renamed(document, path).map(|text| ("renamed", text)));
    match &value {
        Value::String(text) => {
            all.push(("emptied", set(Value::from(""))));
            all.extend((!text.is_empty()).then(|| ("cut", set(Value::from(&text[..text.len() - 1])))));
            all.push(("cut to half", set(Value::from(&text[..text.len() / 2]))));
            all.push(("longer", set(Value::from(format!("{text}A")))));
            all.push(("with a space", set(Value::from(format!("{text} ")))));
            all.push(("in other case", set(Value::from(text.to_uppercase()))));
            if let Ok(bytes) = STANDARD.decode(text) {
                all.push(("in the other alphabet", set(Value::from(URL_SAFE_NO_PAD.encode(&bytes)))));
                all.push(("encoded twice", set(Value::from(STANDARD.encode(text)))));
                all.push(("a byte more", set(Value::from(STANDARD.encode([bytes.as_slice(), &[0]].concat())))));
            }
        }
        Value::Array(_) => all.push(("emptied", set(Value::Array(Vec::new())))),
        Value::Object(_) => {
            all.push(("emptied", set(Value::Object(serde_json::Map::new()))));
            all.push(("with more", with(document, path, |value| value["more"] = Value::from(1))));
        }
        _ => {}
    }
    let unchanged = document.to_string();
    all.retain(|(_, text)| *text != unchanged);
    all
}

/// The harmless changes that are known, with the reason of each.
fn harmless() -> BTreeMap<(String, String), String> {
    let list: Vec<Value> = serde_json::from_str(include_str!("harmless.json")).unwrap();
    let text = |entry: &Value, field: &str| entry[field].as_str().unwrap_or_else(|| panic!("`{field}`")).to_owned();
    let entries = list.iter().flat_map(|entry| {
        let changes = entry["changes"].as_array().unwrap().iter().map(|change| change.as_str().unwrap().to_owned());
        changes.map(|change| ((text(entry, "place"), change), text(entry, "reason")))
    });
    entries.collect()
}

#[test]
fn damage_to_any_field_is_rejected_or_known_to_be_harmless() {
    let harmless = harmless();
    assert!(harmless.values().all(|reason| !reason.is_empty()));
    let mut seen = BTreeSet::new();
    let mut wrong = Vec::new();
    for accepted in accepted() {
        let mut paths = Vec::new();
        places(&accepted.document, &mut Path::new(), &mut paths);
        for (index, path) in paths.iter().enumerate() {
            let mut copy = accepted.document.clone();
            let neighbour = at(&mut copy, &paths[(index + 1) % paths.len()]).clone();
            for (change, text) in damages(&accepted.document, path, &neighbour) {
                if !accepted.still_holds(text.as_bytes()) {
                    continue;
                }
                let entry = (show(path), change.to_owned());
                if !harmless.contains_key(&entry) {
                    wrong.push(format!("{}: `{}` {}", accepted.name, entry.0, entry.1));
                }
                seen.insert(entry);
            }
        }
    }
    assert!(wrong.is_empty(), "accepted though damaged:\n{}", wrong.join("\n"));
    let gone: Vec<_> = harmless.keys().filter(|entry| !seen.contains(entry)).collect();
    assert!(gone.is_empty(), "listed as harmless, and always rejected: {gone:?}");
}

/// The bytes that were signed, and the signature.
fn is_authenticated(path: &Path) -> bool {
    matches!(path.last(), Some(Step::Member(name)) if matches!(name.as_str(), "payload" | "sig" | "signature" | "digest"))
}

#[test]
fn one_bit_of_what_is_authenticated_is_enough() {
    for accepted in accepted() {
        let mut paths = Vec::new();
        places(&accepted.document, &mut Path::new(), &mut paths);
        for path in paths.iter().filter(|path| is_authenticated(path)) {
            let mut copy = accepted.document.clone();
            let text = at(&mut copy, path).as_str().unwrap().to_owned();
            let bytes = STANDARD.decode(&text).or_else(|_| base64::engine::general_purpose::URL_SAFE.decode(&text));
            let bytes = bytes.or_else(|_| URL_SAFE_NO_PAD.decode(&text)).unwrap();
            for index in sample(bytes.len()) {
                let mut flipped = bytes.clone();
                flipped[index] ^= 1 << (index % 8);
                let damaged = with(&accepted.document, path, |value| *value = Value::from(STANDARD.encode(&flipped)));
                let holds = accepted.still_holds(damaged.as_bytes());
                assert!(!holds, "{}: bit {} of byte {index} of {}", accepted.name, index % 8, show(path));
            }
        }
    }
}

/// The ends, and indices evenly between them.
fn sample(len: usize) -> BTreeSet<usize> {
    let step = len.div_ceil(SAMPLES).max(1);
    (0..len).step_by(step).chain(len.checked_sub(1)).collect()
}

#[test]
fn one_bit_of_the_artifact_is_enough() {
    for mut accepted in accepted() {
        let evidence = Evidence::read("evidence", accepted.document.to_string().as_bytes());
        for damaged in damaged_subjects(&accepted.question.subject) {
            accepted.question.subject = damaged;
            let verdict = accepted.question.judge(&evidence);
            assert!(!accepted.check(&verdict), "{}: {:?}", accepted.name, accepted.question.subject);
        }
    }
}

fn damaged_subjects(subject: &Subject) -> Vec<Subject> {
    let flips = |bytes: &[u8]| -> Vec<Vec<u8>> {
        let flip = |index: usize| {
            let mut flipped = bytes.to_vec();
            flipped[index] ^= 1 << (index % 8);
            flipped
        };
        let lengths = [bytes[..bytes.len() - 1].to_vec(), [bytes, b"\0"].concat(), Vec::new()];
        (0..bytes.len()).map(flip).chain(lengths).collect()
    };
    match subject {
        Subject::File { name, bytes } => {
            flips(bytes).into_iter().map(|bytes| Subject::File { name: name.clone(), bytes }).collect()
        }
        Subject::Folder { name, files, partial } => (0..files.len())
            .flat_map(|index| flips(&files[index].1).into_iter().map(move |bytes| (index, bytes)))
            .map(|(index, bytes)| {
                let mut files = files.clone();
                files[index].1 = bytes;
                Subject::Folder { name: name.clone(), files, partial: *partial }
            })
            .collect(),
        Subject::Reference { text, name } => {
            let digest = text.rfind(':').unwrap() + 1;
            (digest..text.len())
                .map(|index| {
                    let other = if &text[index..=index] == "0" { "1" } else { "0" };
                    let text = format!("{}{other}{}", &text[..index], &text[index + 1..]);
                    Subject::Reference { text, name: name.clone() }
                })
                .collect()
        }
    }
}

#[test]
fn signature_and_payload_of_another_vector_are_rejected() {
    let all: Vec<Accepted> = accepted().collect();
    let parts = |accepted: &Accepted| -> BTreeMap<String, Value> {
        let mut paths = Vec::new();
        places(&accepted.document, &mut Path::new(), &mut paths);
        let mut copy = accepted.document.clone();
        paths
            .iter()
            .filter(|path| is_authenticated(path) && path.last() != Some(&Step::Member("digest".to_owned())))
            .map(|path| (show(path), at(&mut copy, path).clone()))
            .collect()
    };
    let decoded = |value: &Value| value.as_str().unwrap().replace('-', "+").replace('_', "/").replace('=', "");
    let all_parts: Vec<_> = all.iter().map(parts).collect();
    for (accepted, own) in all.iter().zip(&all_parts) {
        for (other, theirs) in all.iter().zip(&all_parts) {
            for (place, part) in own {
                if accepted.by.key == other.by.key && accepted.id == other.id && place.contains("sig") {
                    continue; // the same key signed the same twice, by two algorithms
                }
                let Some(foreign) = theirs.get(place).filter(|foreign| decoded(foreign) != decoded(part)) else {
                    continue;
                };
                let text = accepted.document.to_string().replacen(&part.to_string(), &foreign.to_string(), 1);
                assert!(!accepted.still_holds(text.as_bytes()), "{} with {place} of {}", accepted.name, other.name);
            }
        }
    }
}

#[test]
fn white_space_is_harmless_and_a_cut_document_is_not() {
    for accepted in accepted() {
        let pretty = serde_json::to_string_pretty(&accepted.document).unwrap();
        assert!(accepted.still_holds(pretty.as_bytes()), "{}", accepted.name);
        assert!(accepted.still_holds(format!("\r\n\t {pretty}\n\n").as_bytes()), "{}", accepted.name);
        let text = accepted.document.to_string();
        for index in sample(text.len()) {
            assert!(!accepted.still_holds(&text.as_bytes()[..index]), "{}: {index} bytes", accepted.name);
            assert!(!accepted.still_holds(&text.as_bytes()[index + 1..]), "{}: from {index}", accepted.name);
        }
    }
}
