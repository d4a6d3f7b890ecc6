//! Collects what a payload says of its source, place by place.

use serde_json::Value;

use super::{BuildFacts, Contradiction, Dependency, FactName};
use crate::limits;
use crate::reference::cut;
use crate::reference::git::{CommitId, split_ref};
use crate::reference::source::{SourceRepository, without_credentials};

/// Contradictions that are kept; one is enough to refuse.
const CONTRADICTIONS: usize = 16;

/// The facts so far, each with the place that stated it first.
#[derive(Default)]
pub(super) struct Claims {
    pub(super) facts: BuildFacts,
    source_place: String,
    ref_place: String,
    commit_place: String,
    /// A ref that says the same in other words: Buildkite's branch beside its tag.
    ref_alias: Option<String>,
}

impl Claims {
    /// A repository, as URL or `git@host:path`, without ref.
    pub(super) fn source(&mut self, place: &str, value: Option<&Value>) {
        let Some(text) = self.text(FactName::Source, place, value) else { return };
        self.source_text(place, &text);
    }

    fn source_text(&mut self, place: &str, text: &str) {
        match text.parse() {
            Ok(found) => self.source_found(place, found),
            Err(_) => self.unreadable(FactName::Source, place, &without_credentials(text)),
        }
    }

    fn source_found(&mut self, place: &str, found: SourceRepository) {
        match &self.facts.source {
            Some(first) if *first != found => {
                let (first_place, first) = (self.source_place.clone(), first.to_string());
                self.differs(FactName::Source, first_place, first, place, found.to_string());
            }
            Some(_) => {}
            None => {
                place.clone_into(&mut self.source_place);
                self.facts.source = Some(found);
            }
        }
    }

    /// A branch or tag.
    pub(super) fn reference(&mut self, place: &str, value: Option<&Value>) {
        let Some(text) = self.text(FactName::Ref, place, value) else { return };
        self.reference_text(place, &text);
    }

    pub(super) fn reference_text(&mut self, place: &str, text: &str) {
        if text.len() > limits::NAME_BYTES || text.chars().any(char::is_control) {
            return self.unreadable(FactName::Ref, place, text);
        }
        match &self.facts.source_ref {
            Some(first) if first != text && self.ref_alias.as_deref() != Some(text) => {
                let (first_place, first) = (self.ref_place.clone(), first.clone());
                self.differs(FactName::Ref, first_place, first, place, text.to_owned());
            }
            Some(_) => {}
            None => {
                place.clone_into(&mut self.ref_place);
                self.facts.source_ref = Some(text.to_owned());
            }
        }
    }

    /// A ref that other places may state instead of the one stated first.
    pub(super) fn reference_alias(&mut self, text: String) {
        self.ref_alias = Some(text);
    }

    /// A commit.
    pub(super) fn commit(&mut self, place: &str, value: Option<&Value>) {
        let Some(text) = self.text(FactName::Commit, place, value) else { return };
        self.commit_text(place, &text);
    }

    pub(super) fn commit_text(&mut self, place: &str, text: &str) {
        if matches!(text, "" | "HEAD") {
            return; // Buildkite's word for "not resolved yet": it names no commit
        }
        let Ok(found) = text.parse::<CommitId>() else { return self.unreadable(FactName::Commit, place, text) };
        match &self.facts.commit {
            Some(first) if *first != found => {
                let (first_place, first) = (self.commit_place.clone(), first.to_string());
                self.differs(FactName::Commit, first_place, first, place, found.to_string());
            }
            Some(_) => {}
            None => {
                place.clone_into(&mut self.commit_place);
                self.facts.commit = Some(found);
            }
        }
    }

    /// A source URI with the ref after `@`, and its digests.
    pub(super) fn source_uri(&mut self, place: &str, uri: &str, digest: &[(String, String)]) {
        let (repository, at) = split_ref(uri);
        self.source_text(place, repository);
        self.at(place, at, digest);
    }

    /// An entry point: the first one stated holds.
    pub(super) fn entry_point(&mut self, value: Option<&Value>) {
        self.entry_point_text(value.and_then(Value::as_str));
    }

    pub(super) fn entry_point_text(&mut self, text: Option<&str>) {
        if self.facts.entry_point.is_none() {
            self.facts.entry_point = text.filter(|text| !text.is_empty()).map(str::to_owned);
        }
    }

    /// What follows the `@` of a source URI, and its commit.
    fn at(&mut self, place: &str, at: Option<&str>, digest: &[(String, String)]) {
        match at {
            Some(at) if at.parse::<CommitId>().is_ok() => self.commit_text(place, at),
            Some(at) => self.reference_text(place, at),
            None => {}
        }
        for (algorithm, value) in digest {
            // `sha1`: SLSA v0.2 and Tekton; 40 digits as `sha256`: the GitLab runner
            let is_commit =
                matches!(algorithm.as_str(), "gitCommit" | "sha1") || (algorithm == "sha256" && value.len() == 40);
            if is_commit {
                self.commit_text(place, value);
            }
        }
    }

    /// Dependencies that may be sources: those of the source stated must agree with it, and if
    /// there are sources among them it must be one. Without a source stated, the first is taken.
    ///
    /// With `only_source`, the others are dependencies and nothing more; else they are further
    /// sources. A digest that may be a commit or a file's SHA-1 makes a source, except beside the
    /// source that a known type states.
    pub(super) fn dependencies(&mut self, dependencies: &[Dependency<'_>], only_source: bool) {
        let stated = self.facts.source.is_some();
        let mut confirmed = false;
        let mut others = Vec::new();
        let is_source = if only_source && stated { is_git_source } else { may_be_git_source };
        for (at, dependency) in dependencies.iter().enumerate() {
            let Some(uri) = dependency.uri else { continue };
            let whole = uri.parse().ok().filter(|whole| Some(whole) == self.facts.source.as_ref());
            // the path of the stated source may hold an `@`
            let (repository, reference) = if whole.is_some() { (uri, None) } else { split_ref(uri) };
            let parsed: Option<SourceRepository> = repository.parse().ok();
            let is_ours = parsed.is_some() && parsed == self.facts.source;
            if !is_source(dependency) && !is_ours {
                continue;
            }
            let place = format!("resolvedDependencies[{at}]");
            match parsed {
                None => self.unreadable(FactName::Source, &place, &without_credentials(uri)),
                Some(found) if is_ours || self.facts.source.is_none() => {
                    confirmed = true;
                    self.source_found(&place, found);
                    self.at(&place, reference, dependency.digest);
                }
                Some(found) => others.push((place, found)),
            }
        }
        if let Some((place, found)) = others.first().filter(|_| stated && !confirmed) {
            self.source_found(place, found.clone());
        }
        if !only_source || !stated {
            others.sort_by(|a, b| a.1.cmp(&b.1));
            others.dedup_by(|a, b| a.1 == b.1);
            self.facts.further_sources = others.into_iter().map(|(_, found)| found).collect();
        }
    }

    /// The text of a value; absent and empty are nothing, another type cannot be read.
    fn text(&mut self, fact: FactName, place: &str, value: Option<&Value>) -> Option<String> {
        match value {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) if text.is_empty() => None,
            Some(Value::String(text)) => Some(text.clone()),
            Some(other) => {
                self.unreadable(fact, place, type_name(other));
                None
            }
        }
    }

    fn unreadable(&mut self, fact: FactName, place: &str, found: &str) {
        self.contradict(Contradiction::Unreadable { fact, place: place.to_owned(), found: cut(found) });
    }

    fn differs(&mut self, fact: FactName, first_place: String, first: String, place: &str, found: String) {
        self.contradict(Contradiction::Differs { fact, first_place, first, place: place.to_owned(), found });
    }

    fn contradict(&mut self, contradiction: Contradiction) {
        if self.facts.contradictions.len() < CONTRADICTIONS {
            self.facts.contradictions.push(contradiction);
        }
    }
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// Whether a dependency is a git source by its URI or its digest.
fn is_git_source(dependency: &Dependency<'_>) -> bool {
    is_source_with(dependency, |name, _| name == "gitCommit")
}

/// The same, where a digest of a commit's length counts too: SLSA v0.2 writes commits as `sha1`.
fn may_be_git_source(dependency: &Dependency<'_>) -> bool {
    is_source_with(dependency, |name, value| {
        name == "gitCommit"
            || matches!(name, "sha1" | "sha256") && value.len() == 40 && value.bytes().all(|b| b.is_ascii_hexdigit())
    })
}

fn is_source_with(dependency: &Dependency<'_>, is_commit: impl Fn(&str, &str) -> bool) -> bool {
    let uri = dependency.uri.unwrap_or_default();
    let scheme = uri.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    match scheme.as_deref() {
        Some("ssh" | "git") => true,
        Some(scheme) if scheme.starts_with("git+") => true,
        Some("https" | "http") => {
            let (repository, _) = split_ref(uri);
            repository.as_bytes().ends_with(b".git")
                || dependency.digest.iter().any(|(name, value)| is_commit(name, value))
        }
        Some(_) => false,
        None => uri.parse::<SourceRepository>().is_ok(), // `user@host:path`
    }
}
