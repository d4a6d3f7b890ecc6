use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use signer_core::digest::DigestAlgorithm;
use signer_core::identity::IdentityUri;

use super::PrivateKey;

/// Attest how artifacts were built: SLSA provenance v1, signed, in a Sigstore bundle.
///
/// ARTIFACT is a file; a directory (one statement with every file below it); sha256:<hex> or
/// sha512:<hex>; or oci://registry/repository@sha256:…. Several artifacts become one statement.
///
/// What the build was is read from the CI system's environment and from git, and the provenance
/// says of every fact how it was known. Variables outside a fixed list are never read.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  signer attest app.tar.gz --key release.key --identity https://ci.example/release
  signer attest dist/ --key env:RELEASE_KEY --external-parameter version=1.2.3
  signer attest app.tar.gz --key 'pkcs11:token=release;object=app' --identity urn:x:release
  signer attest app.tar.gz --key release.key --identity https://ci.example/release \\
      --predicate sbom.spdx.json --predicate-type https://spdx.dev/Document")]
pub(crate) struct Attest {
    /// What to attest
    #[arg(value_name = "ARTIFACT", required = true)]
    pub(crate) artifacts: Vec<OsString>,
    #[command(flatten)]
    pub(crate) key: PrivateKey,
    /// The release identity, a URI; by default what the build context says
    #[arg(long, value_name = "URI")]
    pub(crate) identity: Option<IdentityUri>,
    /// Who ran the build, a URI; by default the build context's builder, else the identity
    #[arg(long, value_name = "URI", conflicts_with = "predicate")]
    pub(crate) builder_id: Option<IdentityUri>,
    /// Where the build context comes from: auto, none, the name of a CI system (github, gitlab,
    /// tekton, buildkite, jenkins, circleci, azure, codebuild), checkout, or a JSON file
    #[arg(long, value_name = "NAME|FILE", default_value = "auto")]
    pub(crate) build_context: String,
    /// How the parameters are to be read, a URI; by default the build context's
    #[arg(long, value_name = "URI", conflicts_with = "predicate")]
    pub(crate) build_type: Option<IdentityUri>,
    /// A parameter of the build that its caller chose; may be repeated
    #[arg(long, value_name = "K=V", value_parser = parameter, conflicts_with = "predicate")]
    pub(crate) external_parameter: Vec<(String, String)>,
    /// Any other predicate, as a JSON file, in place of the provenance
    #[arg(long, value_name = "FILE", requires = "predicate_type")]
    pub(crate) predicate: Option<PathBuf>,
    /// The type of that predicate, a URI
    #[arg(long, value_name = "URI", requires = "predicate")]
    pub(crate) predicate_type: Option<IdentityUri>,
    /// A digest that the subjects carry; may be repeated [default: sha256]
    #[arg(long, value_name = "ALGORITHM", value_parser = digest_algorithm)]
    pub(crate) digest: Vec<DigestAlgorithm>,
    /// The artifact's name as a subject, if it is not the file's; for one artifact
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Where the result goes [default: ARTIFACT.sigstore.json]
    #[arg(long, value_name = "OUT")]
    pub(crate) bundle: Option<PathBuf>,
    /// What is written
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: EnvelopeFormat,
    /// Overwrite the result if it is there
    #[arg(long)]
    pub(crate) force: bool,
}

/// What `attest` writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum EnvelopeFormat {
    /// A Sigstore bundle v0.3
    #[default]
    Bundle,
    /// A plain DSSE envelope
    Dsse,
}

fn parameter(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected NAME=VALUE".to_owned()),
    }
}

fn digest_algorithm(text: &str) -> Result<DigestAlgorithm, String> {
    DigestAlgorithm::from_name(text).ok_or_else(|| "expected sha256, sha384 or sha512".to_owned())
}
