//! The one place where a reason becomes a sentence.

use verifier::Reason;

/// What is wrong, lower case, in one line.
pub(super) fn sentence(reason: &Reason) -> String {
    match reason {
        Reason::AttestationMissing { .. } => "no attestation and no signature was found".to_owned(),
        Reason::ReferenceMutable { .. } => "a mutable reference: what it names can change at any time".to_owned(),
        Reason::SubjectMismatch { artifact, .. } => format!("`{artifact}` is not what the evidence is about"),
        Reason::SubjectMissing { count: 1, .. } => "a file that the evidence names is missing".to_owned(),
        Reason::SubjectMissing { count, .. } => format!("{count} files that the evidence names are missing"),
        Reason::SignatureInvalid { .. } => "the signature does not verify".to_owned(),
        Reason::IdentityUntrusted { .. } => "not signed by an identity that is trusted here".to_owned(),
        Reason::RoleMissing { identity, role, .. } => format!("`{identity}` does not hold the role {role}"),
        Reason::IdentityExpired { what, .. } => format!("`{what}` is outside its validity"),
        Reason::ScopeExceeded { identity, dimension, .. } => {
            format!("outside the {dimension} that `{identity}` may speak about")
        }
        Reason::SourceMismatch { fact, .. } => format!("the {fact} is not one that the signer may release"),
        Reason::BuilderUntrusted { .. } => "the builder is not one that the signer may use".to_owned(),
        Reason::PredicateTypeMismatch { .. } => "another kind of evidence than the one demanded".to_owned(),
        Reason::ParameterUnexpected { .. } => "the build was given parameters that the gate does not allow".to_owned(),
        Reason::ContextInsufficient { .. } => "the build context is known less well than the gate demands".to_owned(),
        Reason::GateMismatch { gate, .. } => format!("the gate `{gate}` does not decide about this artifact"),
        Reason::PolicyExpired { .. } => "the trust policy has expired".to_owned(),
        Reason::BundleMalformed { .. } => "the evidence cannot be read".to_owned(),
        Reason::AlgorithmUnsupported { .. } => "the signature needs an algorithm that this build lacks".to_owned(),
        Reason::EvidenceUnsupported { .. } => "the evidence carries what this version cannot verify yet".to_owned(),
        Reason::LimitExceeded { what, .. } => format!("{what} exceed the bound"),
        _ => reason.code().to_owned(),
    }
}
