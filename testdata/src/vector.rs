//! A vector in the making.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::key::Key;
use crate::policy::Policy;

/// The time of a call where nothing else is said.
const NOW: &str = "2026-11-21T09:00:00Z";

/// The file that most vectors are about.
pub(crate) const FILE: &str = "app-1.0.0.tar.gz";
/// Its content.
pub(crate) const CONTENT: &[u8] = b"the release\n";

/// Where evidence stands if there is one piece of it.
pub(crate) const BUNDLE: &str = "bundle.sigstore.json";

pub(crate) struct Vector {
    pub(crate) name: String,
    pub(crate) about: String,
    files: BTreeMap<String, Vec<u8>>,
    case: Map<String, Value>,
    evidence: Vec<String>,
}

impl Vector {
    /// A vector about the usual file.
    pub(crate) fn new(name: &str, about: &str) -> Self {
        let case = Map::from_iter([("about".to_owned(), json!(about)), ("now".to_owned(), json!(NOW))]);
        let empty =
            Self { name: name.to_owned(), about: about.to_owned(), files: BTreeMap::new(), case, evidence: Vec::new() };
        empty.file(FILE, CONTENT)
    }

    pub(crate) fn set(mut self, field: &str, value: Value) -> Self {
        self.case.insert(field.to_owned(), value);
        self
    }

    pub(crate) fn add(mut self, path: &str, bytes: &[u8]) -> Self {
        self.files.insert(path.to_owned(), bytes.to_vec());
        self
    }

    fn without_artifact(mut self) -> Self {
        self.files.retain(|path, _| !path.starts_with("artifact/"));
        self
    }

    pub(crate) fn now(self, now: &str) -> Self {
        self.set("now", json!(now))
    }

    pub(crate) fn file(self, name: &str, bytes: &[u8]) -> Self {
        let path = format!("artifact/{name}");
        self.without_artifact().add(&path, bytes).set("artifact", json!({"file": path}))
    }

    pub(crate) fn folder(self, name: &str, files: &[(&str, &[u8])]) -> Self {
        let path = format!("artifact/{name}");
        let empty = self.without_artifact().set("artifact", json!({"folder": path}));
        files.iter().fold(empty, |vector, (file, bytes)| vector.add(&format!("{path}/{file}"), bytes))
    }

    pub(crate) fn partial(mut self) -> Self {
        self.case["artifact"]["partial"] = json!(true);
        self
    }

    pub(crate) fn reference(self, text: &str, name: Option<&str>) -> Self {
        let mut artifact = json!({"reference": text});
        if let Some(name) = name {
            artifact["name"] = json!(name);
        }
        self.without_artifact().set("artifact", artifact)
    }

    pub(crate) fn policy(self, policy: &Policy) -> Self {
        self.add("policy.toml", policy.to_toml().as_bytes())
    }

    /// Flags that name these keys, and others.
    pub(crate) fn flags(self, keys: &[&Key], mut more: Value) -> Self {
        more["keys"] = keys.iter().map(|key| format!("{}.pub", key.name())).collect();
        let with_keys =
            keys.iter().fold(self, |vector, key| vector.add(&format!("{}.pub", key.name()), key.pem().as_bytes()));
        with_keys.set("flags", more)
    }

    /// Evidence as it is.
    pub(crate) fn raw(mut self, name: &str, bytes: &[u8]) -> Self {
        self.evidence.push(name.to_owned());
        self.add(name, bytes)
    }

    pub(crate) fn evidence(self, name: &str, value: &Value) -> Self {
        self.raw(name, &serde_json::to_vec_pretty(value).unwrap())
    }

    /// The one piece of evidence.
    pub(crate) fn bundle(self, value: &Value) -> Self {
        self.evidence(BUNDLE, value)
    }

    /// Accepted on the one bundle, by this identity.
    pub(crate) fn accepted(self, identity: &str, algorithm: &str) -> Self {
        self.accepted_on(&format!("{BUNDLE} {identity} {algorithm}"), &[])
    }

    pub(crate) fn accepted_on(self, line: &str, findings: &[&str]) -> Self {
        self.set("expect", json!({"accepted": [line], "findings": findings}))
    }

    /// Rejected, the reasons being these codes of the one bundle.
    pub(crate) fn rejected(self, codes: &[&str]) -> Self {
        let reasons: Vec<_> = codes.iter().map(|code| format!("{code} {BUNDLE}")).collect();
        self.set("expect", json!({"reasons": reasons}))
    }

    pub(crate) fn rejected_for(self, reasons: &[&str], findings: &[&str]) -> Self {
        self.set("expect", json!({"reasons": reasons, "findings": findings}))
    }

    /// Its files, below its own folder.
    pub(crate) fn files(mut self) -> impl Iterator<Item = (String, Vec<u8>)> {
        assert!(self.case.contains_key("expect"), "{}: no verdict", self.name);
        self.case.insert("evidence".to_owned(), json!(self.evidence));
        let mut case = serde_json::to_vec_pretty(&self.case).unwrap();
        case.push(b'\n');
        self.files.insert("case.json".to_owned(), case);
        let name = self.name;
        self.files.into_iter().map(move |(path, bytes)| (format!("{name}/{path}"), bytes))
    }
}
