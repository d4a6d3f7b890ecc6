//! Is the artifact what the evidence is about?

use std::collections::{HashMap, HashSet};

use signer_core::digest::{ArtifactDigests, Digest};
use signer_core::statement::Subject;

use crate::artifact::{Artifact, Content, FolderFile};
use crate::reason::Reason;

/// How many subjects a reason lists.
const LISTED: usize = 5;

/// Whether a statement about these subjects is about the artifact.
///
/// A single artifact may be any of the subjects. Each file of a folder must be the subject of its
/// own name, and every subject under the folder's name must be there unless only a part is present;
/// only the file that the statement itself came from need not be a subject.
///
/// An index of the subjects, if there is one, changes only the time that it takes.
pub(crate) fn covers(artifact: &Artifact, subjects: &[Subject], index: Option<&Index>, own_file: Option<&str>) -> bool {
    match (artifact.content(), index) {
        (Content::Single(digests), Some(index)) => index.has(subjects, digests),
        (Content::Single(digests), None) => subjects.iter().any(|subject| subject.matches(digests)),
        (Content::Folder { .. }, _) => reasons(artifact, subjects, own_file).is_empty(),
    }
}

/// The name of the one file of a folder that need not be attested: the statement's own. What a subject
/// names must be that subject, evidence or not.
pub(crate) fn left_out<'a>(artifact: &'a Artifact, subjects: &[Subject], own_file: Option<&str>) -> Option<&'a str> {
    let own_file = own_file?;
    let own = artifact.files().iter().find(|file| file.evidence.as_deref() == Some(own_file))?;
    let is_named = subjects.iter().any(|subject| subject.name() == Some(own.name.as_str()));
    (!is_named).then_some(own.name.as_str())
}

/// Why a statement about these subjects is not about the artifact.
pub(crate) fn reasons(artifact: &Artifact, subjects: &[Subject], own_file: Option<&str>) -> Vec<Reason> {
    match artifact.content() {
        Content::Single(digests) if subjects.iter().any(|subject| subject.matches(digests)) => Vec::new(),
        Content::Single(digests) => {
            vec![mismatch(artifact.name().unwrap_or(artifact.reference()), digests, subjects.iter())]
        }
        Content::Folder { files, partial } => {
            let left_out = left_out(artifact, subjects, own_file);
            let attested: Vec<&FolderFile> = files.iter().filter(|file| Some(file.name.as_str()) != left_out).collect();
            let name = artifact.name().unwrap_or_default();
            let mut reasons: Vec<_> = unattested(name, &attested, subjects).into_iter().collect();
            if !partial {
                reasons.extend(missing(name, files, subjects));
            }
            reasons
        }
    }
}

/// The subjects of a statement by digest, for statements that many artifacts are looked up in.
#[derive(Debug)]
pub(crate) struct Index(HashMap<Digest, Vec<usize>>);

impl Index {
    pub(crate) fn new(subjects: &[Subject]) -> Self {
        let mut by_digest: HashMap<Digest, Vec<usize>> = HashMap::with_capacity(subjects.len());
        for (number, subject) in subjects.iter().enumerate() {
            for digest in subject.digest().binding() {
                by_digest.entry(*digest).or_default().push(number);
            }
        }
        Self(by_digest)
    }

    fn has(&self, subjects: &[Subject], digests: &ArtifactDigests) -> bool {
        let numbers = digests.iter().filter_map(|digest| self.0.get(digest)).flatten();
        numbers.filter_map(|number| subjects.get(*number)).any(|subject| subject.matches(digests))
    }
}

/// A bare signature over one artifact, of which the bundle may claim a digest.
pub(crate) fn mismatch_of_bare(artifact: &Artifact, claimed: &str) -> Reason {
    let digests = artifact.digests().map(texts).unwrap_or_default();
    let name = artifact.name().unwrap_or(artifact.reference()).to_owned();
    Reason::SubjectMismatch { artifact: name, digests, subjects: vec![claimed.to_owned()] }
}

fn texts(digests: &ArtifactDigests) -> Vec<String> {
    digests.iter().map(ToString::to_string).collect()
}

fn mismatch<'s>(name: &str, digests: &ArtifactDigests, subjects: impl ExactSizeIterator<Item = &'s Subject>) -> Reason {
    let more = subjects.len().saturating_sub(LISTED);
    let mut found: Vec<String> = subjects.take(LISTED).map(describe).collect();
    if more > 0 {
        found.push(format!("and {more} more"));
    }
    Reason::SubjectMismatch { artifact: name.to_owned(), digests: texts(digests), subjects: found }
}

fn describe(subject: &Subject) -> String {
    let digest = subject.digest().iter().next().map(|(name, value)| format!("{name}:{}", cut(&value)));
    let digest = digest.unwrap_or_default();
    subject.name().map_or_else(|| digest.clone(), |name| format!("{} {digest}", cut(name)))
}

fn cut(text: &str) -> String {
    text.chars().take(200).collect()
}

/// The first file that is not the subject of its own name.
fn unattested(folder: &str, files: &[&FolderFile], subjects: &[Subject]) -> Option<Reason> {
    if files.is_empty() {
        return Some(mismatch(folder, &ArtifactDigests::default(), subjects.iter()));
    }
    let mut by_name: HashMap<&str, Vec<&Subject>> = HashMap::with_capacity(subjects.len());
    for subject in subjects {
        by_name.entry(subject.name().unwrap_or_default()).or_default().push(subject);
    }
    let own = |file: &FolderFile| by_name.get(file.name.as_str()).cloned().unwrap_or_default();
    let is_own = |file: &&&FolderFile| own(file).iter().any(|subject| subject.matches(&file.digests));
    let file = files.iter().find(|file| !is_own(file))?;
    Some(mismatch(&file.name, &file.digests, own(file).into_iter()))
}

fn missing(folder: &str, files: &[FolderFile], subjects: &[Subject]) -> Option<Reason> {
    let present: HashSet<&str> = files.iter().map(|file| file.name.as_str()).collect();
    let below = |name: &&str| name.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
    let mut absent = subjects.iter().filter_map(Subject::name).filter(below).filter(|name| !present.contains(name));
    let mut names: Vec<String> = absent.by_ref().take(LISTED).map(cut).collect();
    let more = absent.count();
    let count = names.len() + more;
    if more > 0 {
        names.push(format!("and {more} more"));
    }
    (count > 0).then_some(Reason::SubjectMissing { subjects: names, count })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use signer_core::digest::{DigestAlgorithm, digest};
    use signer_core::statement::DigestSet;

    use super::*;

    /// Digests of one of a few contents: by SHA-256, SHA-512 or both, perhaps of different contents.
    fn digests() -> impl Strategy<Value = Vec<Digest>> {
        let by = |algorithm| proptest::option::of((0_u8..4).prop_map(move |n| digest(algorithm, &[n])));
        let both = (by(DigestAlgorithm::Sha256), by(DigestAlgorithm::Sha512));
        both.prop_map(|(a, b)| a.into_iter().chain(b).collect::<Vec<_>>())
            .prop_filter("one at least", |all| !all.is_empty())
    }

    proptest! {
        #[test]
        fn an_index_changes_nothing(subjects in proptest::collection::vec(digests(), 0..12), content in 0_u8..5) {
            let set = |all: Vec<Digest>| DigestSet::new(all.iter().map(|d| (d.algorithm().name(), d.to_hex()))).unwrap();
            let subjects: Vec<Subject> = subjects.into_iter().map(|all| Subject::new(None, set(all)).unwrap()).collect();
            let mut hasher = signer_core::digest::Hasher::new(DigestAlgorithm::ALL.into_iter().collect());
            hasher.update(&[content]);
            let artifact = Artifact::file("f".to_owned(), "f".to_owned(), hasher.finish());
            let index = Index::new(&subjects);
            prop_assert_eq!(covers(&artifact, &subjects, None, None), covers(&artifact, &subjects, Some(&index), None));
        }
    }
}
