//! Puts a vector's question to the library as an embedding program would.
#![allow(dead_code, reason = "each test uses its part")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests, which fail by panicking")]

use signer_core::digest::{ArtifactDigests, DigestAlgorithm, DigestAlgorithms, Hasher};
use signer_core::key::PublicKey;
use signer_core::reference::Reference;
use signer_core::time::Timestamp;
use testdata::{Artifact as Subject, Case, Expected, Trust};
use verifier::policy::{self, FlagPolicy, Policy, PolicyFiles};
use verifier::{Artifact, ArtifactBytes, Evidence, Finding, FolderFile, Request, Session, Verdict};

/// A question that is ready to be put again and again, with this or other evidence.
pub(crate) struct Question {
    pub(crate) policy: Policy,
    pub(crate) gate: Option<String>,
    pub(crate) now: Timestamp,
    pub(crate) subject: Subject,
}

impl Question {
    pub(crate) fn of(case: &Case) -> Self {
        Self {
            policy: policy_of(case),
            gate: case.gate.clone(),
            now: case.now.parse().unwrap(),
            subject: case.artifact.clone(),
        }
    }

    /// The verdict on the question's artifact.
    pub(crate) fn judge(&self, evidence: &[Evidence]) -> Verdict {
        self.judge_with(evidence, |wanted| wanted)
    }

    /// The verdict when these digests are computed of those that are wanted.
    pub(crate) fn judge_with(
        &self,
        evidence: &[Evidence],
        digests: impl Fn(DigestAlgorithms) -> DigestAlgorithms,
    ) -> Verdict {
        if let Subject::Reference { text, .. } = &self.subject
            && let Ok(Reference::Mutable(reference)) = text.parse()
        {
            return Verdict::of_mutable_reference(&reference);
        }
        let name = self.name();
        let names: Vec<&str> = name.as_deref().into_iter().collect();
        let request =
            Request { policy: &self.policy, gate: self.gate.as_deref(), now: self.now, names: &names, searched: &[] };
        let session = Session::begin(request, evidence).unwrap();
        let artifact = self.artifact(digests(session.wanted_digests()));
        session.judge(&artifact, self)
    }

    fn name(&self) -> Option<String> {
        match &self.subject {
            Subject::File { name, .. } | Subject::Folder { name, .. } => Some(name.clone()),
            Subject::Reference { name, .. } => name.clone(),
        }
    }

    fn artifact(&self, digests: DigestAlgorithms) -> Artifact {
        match &self.subject {
            Subject::File { name, bytes } => Artifact::file(format!("dist/{name}"), name.clone(), hash(digests, bytes)),
            Subject::Folder { name, files, partial } => {
                let file = |(name, bytes): &(String, Vec<u8>)| FolderFile::new(name.clone(), hash(digests, bytes));
                let files = files.iter().map(file).collect();
                let folder = Artifact::folder(format!("dist/{name}"), name.clone(), files);
                if *partial { folder.partial() } else { folder }
            }
            Subject::Reference { text, name } => match text.parse() {
                Ok(Reference::Pinned(pinned)) => Artifact::pinned(&pinned, name.clone()).unwrap(),
                other => panic!("`{text}`: {other:?}"),
            },
        }
    }
}

impl ArtifactBytes for Question {
    fn read(&self, reference: &str, take: &mut dyn FnMut(&[u8])) -> bool {
        let Subject::File { name, bytes } = &self.subject else { return false };
        assert_eq!(reference, format!("dist/{name}"));
        bytes.chunks(5).for_each(take);
        true
    }
}

pub(crate) fn hash(digests: DigestAlgorithms, bytes: &[u8]) -> ArtifactDigests {
    let mut hasher = Hasher::new(digests);
    hasher.update(bytes);
    hasher.finish()
}

/// Every digest there is.
pub(crate) fn all_digests() -> DigestAlgorithms {
    DigestAlgorithm::ALL.into_iter().collect()
}

pub(crate) fn read_evidence(case: &Case) -> Vec<Evidence> {
    case.evidence.iter().flat_map(|(name, bytes)| Evidence::read(name, bytes)).collect()
}

/// The verdict in the form in which a vector states it.
pub(crate) fn as_expected(verdict: &Verdict) -> Expected {
    let mut answer = Expected { findings: lines(verdict.findings()), ..Expected::default() };
    match verdict.outcome() {
        Ok(accepted) => {
            let mut lines: Vec<String> = accepted
                .attestations()
                .iter()
                .map(|one| {
                    let identity = one.signer().identity.as_deref().unwrap_or("-");
                    format!("{} {identity} {}", one.source(), one.algorithm())
                })
                .collect();
            lines.sort();
            answer.accepted = lines;
        }
        Err(rejected) => answer.reasons = lines(rejected.reasons()),
    }
    answer
}

fn lines(findings: &[Finding]) -> Vec<String> {
    let line = |finding: &Finding| match &finding.bundle {
        Some(bundle) => format!("{} {bundle}", finding.reason.code()),
        None => finding.reason.code().to_owned(),
    };
    let mut lines: Vec<String> = findings.iter().map(line).collect();
    lines.sort();
    lines
}

fn policy_of(case: &Case) -> Policy {
    match &case.trust {
        Trust::Policy(bytes) => policy::parse(bytes, "policy.toml", &Folder(case))
            .unwrap_or_else(|errors| panic!("{}: {errors}", case.name)),
        Trust::Flags { keys, source_repository, source_ref, builder_id, predicate_type } => {
            let mut keys = keys.iter().map(|pem| PublicKey::from_pem(pem).unwrap());
            let mut flags = FlagPolicy::new(keys.next().unwrap());
            flags = keys.fold(flags, FlagPolicy::or_key);
            if let Some(repository) = source_repository {
                flags = flags.source_repository(&repository.parse().unwrap());
            }
            if let Some(source_ref) = source_ref {
                flags = flags.source_ref(source_ref);
            }
            if let Some(builder) = builder_id {
                flags = flags.builder_id(builder);
            }
            if let Some(predicate) = predicate_type {
                flags = flags.predicate_type(predicate);
            }
            flags.build()
        }
    }
}

/// The folder of a vector, from which its policy reads keys.
struct Folder<'c>(&'c Case);

impl PolicyFiles for Folder<'_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        self.0.read(path).map_err(|error| error.to_string())
    }
}
