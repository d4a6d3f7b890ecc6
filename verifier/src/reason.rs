//! Why an artifact is refused: stable codes, with the facts in fields.

use core::fmt;

use signer_core::identity::Role;
use signer_core::time::Timestamp;

/// One reason against an artifact, or against a piece of evidence.
///
/// The codes are stable: scripts rely on them. Fields hold what was expected and what was found;
/// whoever shows a reason makes the sentence. Text from evidence is as it was found, cut to a
/// bounded length: escape it before a terminal shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// No evidence at all was found for the artifact.
    AttestationMissing {
        /// The places that were searched.
        searched: Vec<String>,
    },
    /// The artifact was named by something that can be moved: a tag, a branch, a bare version.
    ReferenceMutable {
        /// The reference as given.
        reference: String,
    },
    /// The evidence is about other artifacts.
    SubjectMismatch {
        /// The artifact: its name or digest.
        artifact: String,
        /// The artifact's digests.
        digests: Vec<String>,
        /// The subjects found, the first few.
        subjects: Vec<String>,
    },
    /// The evidence names a file of the folder that is not there.
    SubjectMissing {
        /// The subjects that are missing, the first few.
        subjects: Vec<String>,
        /// How many are missing.
        count: usize,
    },
    /// The signature does not verify.
    SignatureInvalid {
        /// The key that the evidence names, or how many were tried.
        keys: Vec<String>,
    },
    /// The evidence was not signed by an identity of the policy, or not by the one that it names.
    IdentityUntrusted {
        /// Who would be accepted.
        expected: Vec<String>,
        /// Who signed, as far as it is known.
        found: String,
    },
    /// The identity that signed does not hold the role that is asked for.
    RoleMissing {
        /// The identity.
        identity: String,
        /// The role that is asked for.
        role: Role,
        /// The roles that it holds.
        holds: Vec<Role>,
    },
    /// Outside the validity of the key or the identity.
    IdentityExpired {
        /// The key or the identity.
        what: String,
        /// First second of validity.
        from: Option<Timestamp>,
        /// First second after validity.
        until: Option<Timestamp>,
        /// The time judged.
        at: Timestamp,
    },
    /// Outside what the identity may speak about.
    ScopeExceeded {
        /// The identity.
        identity: String,
        /// The dimension: `artifacts`, `packages` or `environments`.
        dimension: &'static str,
        /// What the scope allows.
        allowed: Vec<String>,
        /// What was found.
        found: String,
    },
    /// The source is not one that is allowed, is not named, or is named in contradiction.
    SourceMismatch {
        /// Which fact: `source`, `ref` or `commit`.
        fact: &'static str,
        /// What is allowed.
        expected: Vec<String>,
        /// What was found.
        found: String,
        /// Whether it would be allowed if upper and lower case were the same.
        only_case: bool,
    },
    /// The builder is not one that is allowed.
    BuilderUntrusted {
        /// What is allowed.
        expected: Vec<String>,
        /// The `builder.id` found.
        found: String,
    },
    /// Another predicate type than the one asked for.
    PredicateTypeMismatch {
        /// The types asked for.
        expected: Vec<String>,
        /// The type found.
        found: String,
    },
    /// External parameters that the gate does not allow.
    ParameterUnexpected {
        /// The parameters found that are not allowed.
        found: Vec<String>,
        /// Those that are.
        allowed: Vec<String>,
    },
    /// The build context is known less well than the gate demands.
    ContextInsufficient {
        /// What the gate demands.
        demanded: &'static str,
        /// Each fact that falls short, and how it is known.
        found: Vec<String>,
    },
    /// The gate does not cover the artifact.
    GateMismatch {
        /// The gate.
        gate: String,
        /// What it covers.
        covers: Vec<String>,
        /// The artifact's name, if it has one.
        found: String,
    },
    /// The trust policy is past its end.
    PolicyExpired {
        /// Its end.
        expires: Timestamp,
        /// The time judged.
        at: Timestamp,
    },
    /// The evidence cannot be parsed, or breaks a rule of its format.
    BundleMalformed {
        /// What is wrong with it.
        error: String,
    },
    /// The signature needs an algorithm that this build does not have.
    AlgorithmUnsupported {
        /// The algorithm.
        algorithm: String,
    },
    /// The evidence carries something that cannot be verified, so that none of it is used.
    EvidenceUnsupported {
        /// What it carries.
        carries: Vec<&'static str>,
    },
    /// A bound on hostile input is exceeded.
    LimitExceeded {
        /// What is bounded.
        what: &'static str,
        /// The bound.
        limit: usize,
        /// What was found.
        found: String,
    },
}

/// The questions that are put to evidence, in the order in which they are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Check {
    /// Is the policy in force?
    Policy,
    /// Is the artifact named immutably, and does the gate cover it?
    Artifact,
    /// Can the evidence be used?
    Evidence,
    /// Did a key of the policy make the signature?
    Signature,
    /// Is the artifact what the evidence is about?
    Subject,
    /// Is it the kind of evidence that is asked for?
    Predicate,
    /// Is the signer the identity wanted, with the role wanted, within its validity?
    Identity,
    /// May the identity speak about this artifact?
    Scope,
    /// Was it built from an allowed source?
    Source,
    /// Was it built by an allowed builder?
    Builder,
    /// Are the build's parameters allowed?
    Parameters,
    /// Is the build context known well enough?
    Context,
}

impl Check {
    /// All of them, in order.
    pub const ALL: [Self; 12] = [
        Self::Policy,
        Self::Artifact,
        Self::Evidence,
        Self::Signature,
        Self::Subject,
        Self::Predicate,
        Self::Identity,
        Self::Scope,
        Self::Source,
        Self::Builder,
        Self::Parameters,
        Self::Context,
    ];

    /// The stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::Artifact => "artifact",
            Self::Evidence => "evidence",
            Self::Signature => "signature",
            Self::Subject => "subject",
            Self::Predicate => "predicate",
            Self::Identity => "identity",
            Self::Scope => "scope",
            Self::Source => "source",
            Self::Builder => "builder",
            Self::Parameters => "parameters",
            Self::Context => "context",
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Reason {
    /// The stable code, in kebab case.
    pub fn code(&self) -> &'static str {
        match self {
            Self::AttestationMissing { .. } => "attestation-missing",
            Self::ReferenceMutable { .. } => "reference-mutable",
            Self::SubjectMismatch { .. } => "subject-mismatch",
            Self::SubjectMissing { .. } => "subject-missing",
            Self::SignatureInvalid { .. } => "signature-invalid",
            Self::IdentityUntrusted { .. } => "identity-untrusted",
            Self::RoleMissing { .. } => "role-missing",
            Self::IdentityExpired { .. } => "identity-expired",
            Self::ScopeExceeded { .. } => "scope-exceeded",
            Self::SourceMismatch { .. } => "source-mismatch",
            Self::BuilderUntrusted { .. } => "builder-untrusted",
            Self::PredicateTypeMismatch { .. } => "predicate-type-mismatch",
            Self::ParameterUnexpected { .. } => "parameter-unexpected",
            Self::ContextInsufficient { .. } => "context-insufficient",
            Self::GateMismatch { .. } => "gate-mismatch",
            Self::PolicyExpired { .. } => "policy-expired",
            Self::BundleMalformed { .. } => "bundle-malformed",
            Self::AlgorithmUnsupported { .. } => "algorithm-unsupported",
            Self::EvidenceUnsupported { .. } => "evidence-unsupported",
            Self::LimitExceeded { .. } => "limit-exceeded",
        }
    }

    /// All codes there are.
    pub const CODES: [&'static str; 20] = [
        "attestation-missing",
        "reference-mutable",
        "subject-mismatch",
        "subject-missing",
        "signature-invalid",
        "identity-untrusted",
        "role-missing",
        "identity-expired",
        "scope-exceeded",
        "source-mismatch",
        "builder-untrusted",
        "predicate-type-mismatch",
        "parameter-unexpected",
        "context-insufficient",
        "gate-mismatch",
        "policy-expired",
        "bundle-malformed",
        "algorithm-unsupported",
        "evidence-unsupported",
        "limit-exceeded",
    ];

    /// The check that it belongs to.
    pub fn check(&self) -> Check {
        match self {
            Self::PolicyExpired { .. } => Check::Policy,
            Self::ReferenceMutable { .. } | Self::GateMismatch { .. } => Check::Artifact,
            Self::AttestationMissing { .. }
            | Self::BundleMalformed { .. }
            | Self::EvidenceUnsupported { .. }
            | Self::LimitExceeded { .. } => Check::Evidence,
            Self::SignatureInvalid { .. } | Self::AlgorithmUnsupported { .. } => Check::Signature,
            Self::SubjectMismatch { .. } | Self::SubjectMissing { .. } => Check::Subject,
            Self::PredicateTypeMismatch { .. } => Check::Predicate,
            Self::IdentityUntrusted { .. } | Self::RoleMissing { .. } | Self::IdentityExpired { .. } => Check::Identity,
            Self::ScopeExceeded { .. } => Check::Scope,
            Self::SourceMismatch { .. } => Check::Source,
            Self::BuilderUntrusted { .. } => Check::Builder,
            Self::ParameterUnexpected { .. } => Check::Parameters,
            Self::ContextInsufficient { .. } => Check::Context,
        }
    }

    /// What would have been accepted, as text.
    pub fn expected(&self) -> String {
        match self {
            Self::AttestationMissing { .. } => "an attestation or a signature".to_owned(),
            Self::ReferenceMutable { .. } => "a reference with a digest".to_owned(),
            Self::SubjectMismatch { subjects, .. } if subjects.is_empty() => "no subject of that name".to_owned(),
            Self::SubjectMismatch { subjects, .. } => list(subjects),
            Self::SubjectMissing { .. } => "every file that the evidence names under this folder".to_owned(),
            Self::SignatureInvalid { keys } => list(keys),
            Self::IdentityUntrusted { expected, .. }
            | Self::SourceMismatch { expected, .. }
            | Self::BuilderUntrusted { expected, .. }
            | Self::PredicateTypeMismatch { expected, .. } => list(expected),
            Self::RoleMissing { role, .. } => role.to_string(),
            Self::IdentityExpired { from, until, .. } => window(*from, *until),
            Self::ScopeExceeded { allowed, .. } | Self::ParameterUnexpected { allowed, .. } => list(allowed),
            Self::ContextInsufficient { demanded, .. } => (*demanded).to_owned(),
            Self::GateMismatch { covers, .. } => list(covers),
            Self::PolicyExpired { expires, .. } => format!("a time before {expires}"),
            Self::BundleMalformed { .. } => "a Sigstore bundle or a DSSE envelope".to_owned(),
            Self::AlgorithmUnsupported { .. } => "an algorithm of this build".to_owned(),
            Self::EvidenceUnsupported { .. } => "evidence that consists of a signature by a key".to_owned(),
            Self::LimitExceeded { limit, .. } => format!("at most {limit}"),
        }
    }

    /// What was there, as text.
    pub fn found(&self) -> String {
        match self {
            Self::AttestationMissing { searched } if searched.is_empty() => "nothing".to_owned(),
            Self::AttestationMissing { searched } => format!("nothing at {}", list(searched)),
            Self::ReferenceMutable { reference } => reference.clone(),
            Self::SubjectMismatch { artifact, digests, .. } if digests.contains(artifact) => list(digests),
            Self::SubjectMismatch { artifact, digests, .. } => format!("{artifact} {}", list(digests)),
            Self::SubjectMissing { subjects, .. } => format!("without {}", list(subjects)),
            Self::SignatureInvalid { .. } => "a signature that does not verify".to_owned(),
            Self::IdentityUntrusted { found, .. }
            | Self::SourceMismatch { found, .. }
            | Self::BuilderUntrusted { found, .. }
            | Self::PredicateTypeMismatch { found, .. }
            | Self::ScopeExceeded { found, .. }
            | Self::GateMismatch { found, .. }
            | Self::LimitExceeded { found, .. } => found.clone(),
            Self::RoleMissing { holds, .. } => list(&holds.iter().map(Role::to_string).collect::<Vec<_>>()),
            Self::IdentityExpired { at, .. } | Self::PolicyExpired { at, .. } => at.to_string(),
            Self::ParameterUnexpected { found, .. } | Self::ContextInsufficient { found, .. } => list(found),
            Self::BundleMalformed { error } => error.clone(),
            Self::AlgorithmUnsupported { algorithm } => algorithm.clone(),
            Self::EvidenceUnsupported { carries } => carries.join(", "),
        }
    }
}

fn list(items: &[String]) -> String {
    if items.is_empty() { "none".to_owned() } else { items.join(", ") }
}

fn window(from: Option<Timestamp>, until: Option<Timestamp>) -> String {
    match (from, until) {
        (Some(from), Some(until)) => format!("a time from {from} until {until}"),
        (Some(from), None) => format!("a time from {from}"),
        (None, Some(until)) => format!("a time until {until}"),
        (None, None) => "any time".to_owned(),
    }
}
