//! A vector as it stands on disk: what is asked, and the verdict that must follow.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// One question to the verifier, with its exact answer.
#[derive(Clone, Debug)]
pub struct Case {
    /// The name of its folder.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
    /// What it shows.
    pub about: String,
    /// The time of the call, RFC 3339.
    pub now: String,
    /// The gate, if one is named.
    pub gate: Option<String>,
    /// Whom to trust.
    pub trust: Trust,
    /// What is judged.
    pub artifact: Artifact,
    /// The evidence, each with the name that reasons carry.
    pub evidence: Vec<(String, Vec<u8>)>,
    /// The answer.
    pub expected: Expected,
    /// The answer of a build without aws-lc, where it is another.
    pub pure: Option<Expected>,
}

/// Whom to trust.
#[derive(Clone, Debug)]
pub enum Trust {
    /// A policy document.
    Policy(Vec<u8>),
    /// The flags of the command line.
    Flags {
        /// Public keys as PEM, one at least.
        keys: Vec<String>,
        /// `--source-repository`.
        source_repository: Option<String>,
        /// `--source-ref`.
        source_ref: Option<String>,
        /// `--builder-id`.
        builder_id: Option<String>,
        /// `--predicate-type`.
        predicate_type: Option<String>,
    },
}

/// What is judged.
#[derive(Clone, Debug)]
pub enum Artifact {
    /// A file.
    File {
        /// The last component of its path.
        name: String,
        /// Its content.
        bytes: Vec<u8>,
    },
    /// A folder.
    Folder {
        /// Its name.
        name: String,
        /// Its files, each named from the folder's name on.
        files: Vec<(String, Vec<u8>)>,
        /// Whether only a part of it is there.
        partial: bool,
    },
    /// A reference, with the requester's name for it.
    Reference {
        /// The reference.
        text: String,
        /// The name.
        name: Option<String>,
    },
}

/// An answer. Each entry is one line: `CODE` or `CODE SOURCE` of a reason or finding, sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    /// `SOURCE IDENTITY ALGORITHM` of each attestation on which it is accepted; `-` for an
    /// identity without a name. Empty: it is rejected.
    pub accepted: Vec<String>,
    /// The reasons against it.
    pub reasons: Vec<String>,
    /// The findings that decided nothing.
    pub findings: Vec<String>,
}

impl Case {
    /// Reads the vector of that folder.
    ///
    /// # Panics
    /// When it is not well formed.
    pub fn load(folder: &Path) -> Self {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let bytes = fs::read(folder.join("case.json")).unwrap_or_else(|error| panic!("{name}: {error}"));
        let case: Value = serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        Self {
            folder: folder.to_owned(),
            about: text(&case["about"]).expect("`about`"),
            now: text(&case["now"]).expect("`now`"),
            gate: text(&case["gate"]),
            trust: trust(folder, &case),
            artifact: artifact(folder, &case["artifact"]),
            evidence: evidence(folder, &case),
            expected: expected(&case["expect"]),
            pure: case.get("pure").map(expected),
            name,
        }
    }

    /// A file of its folder.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(&self, path: &str) -> std::io::Result<Vec<u8>> {
        fs::read(self.folder.join(path))
    }

    /// The answer of this build.
    pub fn expected(&self, has_aws_lc: bool) -> &Expected {
        self.pure.as_ref().filter(|_| !has_aws_lc).unwrap_or(&self.expected)
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().map(|value| text(value).expect("a text")).collect()
}

fn trust(folder: &Path, case: &Value) -> Trust {
    let Some(flags) = case.get("flags") else {
        return Trust::Policy(fs::read(folder.join("policy.toml")).unwrap());
    };
    Trust::Flags {
        keys: texts(&flags["keys"]).iter().map(|key| fs::read_to_string(folder.join(key)).unwrap()).collect(),
        source_repository: text(&flags["sourceRepository"]),
        source_ref: text(&flags["sourceRef"]),
        builder_id: text(&flags["builderId"]),
        predicate_type: text(&flags["predicateType"]),
    }
}

fn artifact(folder: &Path, value: &Value) -> Artifact {
    let last = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
    let name = text(&value["name"]);
    if let Some(path) = text(&value["file"]) {
        return Artifact::File { bytes: fs::read(folder.join(&path)).unwrap(), name: name.unwrap_or(last(&path)) };
    }
    if let Some(path) = text(&value["folder"]) {
        let name = name.unwrap_or(last(&path));
        let mut files = Vec::new();
        walk(&folder.join(&path), &name, &mut files);
        files.sort();
        return Artifact::Folder { name, files, partial: value["partial"] == true };
    }
    Artifact::Reference { text: text(&value["reference"]).expect("an artifact"), name }
}

fn walk(folder: &Path, name: &str, files: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{name}/{}", path.file_name().unwrap().to_string_lossy());
        if path.is_dir() {
            walk(&path, &name, files);
        } else {
            files.push((name, fs::read(path).unwrap()));
        }
    }
}

/// The evidence: `grow` puts white space behind a file up to that size, `copies` repeats all of
/// it, so that what is large need not be kept.
fn evidence(folder: &Path, case: &Value) -> Vec<(String, Vec<u8>)> {
    let read = |name: String| {
        let mut bytes = fs::read(folder.join(&name)).unwrap();
        if let Some(size) = case["grow"][&name].as_u64() {
            bytes.resize(usize::try_from(size).unwrap(), b' ');
        }
        (name, bytes)
    };
    let once: Vec<_> = texts(&case["evidence"]).into_iter().map(read).collect();
    let copies = usize::try_from(case["copies"].as_u64().unwrap_or(1)).unwrap();
    let times = once.len() * copies;
    once.into_iter().cycle().take(times).collect()
}

fn expected(value: &Value) -> Expected {
    let sorted = |field: &str| {
        let mut lines = texts(&value[field]);
        lines.sort();
        lines
    };
    Expected { accepted: sorted("accepted"), reasons: sorted("reasons"), findings: sorted("findings") }
}
