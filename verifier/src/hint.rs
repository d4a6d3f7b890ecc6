//! What to do about a reason. Never: to loosen the policy.

use crate::reason::Reason;

impl Reason {
    /// The next step, in one line.
    pub fn hint(&self) -> String {
        match self {
            Self::AttestationMissing { searched } if searched.is_empty() => {
                "ask whoever released the artifact for its attestation, and name it with `--bundle`".to_owned()
            }
            Self::AttestationMissing { .. } => {
                "the attestation is looked for beside the artifact; name another place with `--bundle`".to_owned()
            }
            Self::ReferenceMutable { .. } => {
                "learn the digest from a source that you trust and name the artifact by it: `…@sha256:<digest>`".to_owned()
            }
            Self::SubjectMismatch { .. } => {
                "these are not the bytes that were attested: do not use them; fetch artifact and bundle again from one release"
                    .to_owned()
            }
            Self::SubjectMissing { .. } => {
                "files of the release are not here: do not use what is left; fetch and unpack the whole release again".to_owned()
            }
            Self::SignatureInvalid { .. } => {
                "the evidence was changed or signed by another key: do not use the artifact; fetch its bundle again".to_owned()
            }
            Self::IdentityUntrusted { .. } => {
                "find out who signed: `signer inspect BUNDLE` shows what the evidence claims".to_owned()
            }
            Self::RoleMissing { identity, .. } => {
                format!("ask the owner of `{identity}` who holds the role; roles are granted by review of the policy")
            }
            Self::IdentityExpired { what, .. } => {
                format!("ask the owner of `{what}` to renew it by review of the policy, and the release to be signed anew")
            }
            Self::ScopeExceeded { identity, .. } => {
                format!("`{identity}` may not speak about this: ask its owner whether the release is genuine")
            }
            Self::SourceMismatch { only_case: true, .. } => {
                "only upper and lower case differ, and they count: the policy must spell the repository as its host does"
                    .to_owned()
            }
            Self::SourceMismatch { .. } => {
                "ask where this was built from: it is not a source that the signer may release".to_owned()
            }
            Self::BuilderUntrusted { .. } => {
                "ask how this was built: it is not a builder that the signer may use".to_owned()
            }
            Self::PredicateTypeMismatch { .. } => {
                "ask for evidence of the type that the gate demands; `signer inspect BUNDLE` shows what there is".to_owned()
            }
            Self::ParameterUnexpected { .. } => {
                "find out why the build was given these parameters: `signer inspect BUNDLE` shows their values".to_owned()
            }
            Self::ContextInsufficient { .. } => {
                "attest in the job that builds, from a git checkout, so that the facts are observed".to_owned()
            }
            Self::GateMismatch { .. } => "choose the gate that decides about this artifact with `--gate`".to_owned(),
            Self::PolicyExpired { .. } => "fetch the policy's current version".to_owned(),
            Self::BundleMalformed { .. } => {
                "fetch the file again; `signer inspect BUNDLE` shows whether it can be read".to_owned()
            }
            Self::AlgorithmUnsupported { .. } => {
                "use a build with the `aws-lc` feature, which knows P-521 and RSA".to_owned()
            }
            Self::EvidenceUnsupported { .. } => {
                "this version verifies signatures by keys only; nothing of such a bundle is used until all of it can be verified"
                    .to_owned()
            }
            Self::LimitExceeded { .. } => {
                "name only the evidence of this release; the bounds protect against floods of it".to_owned()
            }
        }
    }
}
