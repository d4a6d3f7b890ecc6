use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;
use signer_core::identity::IdentityUri;
use signer_core::reference::source::SourceRepository;
use signer_core::time::Timestamp;

use super::{Format, TokenAccess};

/// Verify artifacts: accept what a trust policy or a key vouches for, refuse everything else.
///
/// ARTIFACT is a file; a directory, whose every file must be attested; sha256:<hex> or sha512:<hex>;
/// or oci://registry/repository@sha256:…. What a tag, a branch or a bare version names is refused:
/// it can be moved.
///
/// Verification is offline. Every reason against an artifact is named, with a stable code.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  signer verify app.tar.gz --policy trust-policy.toml
  signer verify app.tar.gz --key release.key.pub
  signer verify dist/ --bundle evidence/ --policy trust-policy.toml --gate production
  signer verify sha256:… --name app.tar.gz --bundle app.sigstore.json --policy trust-policy.toml --format json

Exit status: 0 accepted, 1 rejected, 2 usage or configuration, 3 undecided.")]
pub(crate) struct Verify {
    /// What to verify
    #[arg(value_name = "ARTIFACT", required = true)]
    pub(crate) artifacts: Vec<OsString>,
    /// A bundle, an envelope, JSON Lines of them, or a folder of such files; may be repeated
    /// [default: ARTIFACT.sigstore.json]
    #[arg(long, value_name = "FILE|DIR")]
    pub(crate) bundle: Vec<PathBuf>,
    /// The trust policy; without it and --key the file that SIGNER_POLICY names. Never looked for in
    /// the working directory
    #[arg(long, value_name = "FILE", conflicts_with = "key")]
    pub(crate) policy: Option<PathBuf>,
    /// The gate of the policy, if it has several
    #[arg(long, value_name = "NAME", conflicts_with = "key")]
    pub(crate) gate: Option<String>,
    /// Trust this public key instead of a policy: a PEM file, env:NAME, or a pkcs11: URI
    #[arg(long, value_name = "PUB")]
    pub(crate) key: Option<String>,
    /// With --key: the source repository that the provenance must name
    #[arg(long, value_name = "URL", requires = "key")]
    pub(crate) source_repository: Option<SourceRepository>,
    /// With --key: the branch or tag that the provenance must name, such as refs/tags/v1
    #[arg(long, value_name = "REF", requires = "key")]
    pub(crate) source_ref: Option<String>,
    /// With --key: the builder that the provenance must name
    #[arg(long, value_name = "URI", requires = "key")]
    pub(crate) builder_id: Option<IdentityUri>,
    /// With --key: the type of predicate that must be signed
    #[arg(long, value_name = "URI", requires = "key")]
    pub(crate) predicate_type: Option<String>,
    /// The name that policies match, for a bare digest or a renamed file or folder; for one artifact
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Only some files of the folder are here: subjects that are missing are no reason
    #[arg(long)]
    pub(crate) partial: bool,
    /// Judge as if it were this time; the verdict says that it is hypothetical
    #[arg(long, value_name = "RFC3339")]
    pub(crate) at: Option<Timestamp>,
    /// How to print the verdict
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) token: TokenAccess,
}
