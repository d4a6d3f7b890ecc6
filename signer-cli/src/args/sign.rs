use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;

use super::Password;

/// Sign an artifact as it is: a bare signature in a Sigstore bundle, without any statement.
///
/// A bare signature says that the key signed these bytes, and nothing about the build. Prefer
/// `signer attest`; other tools may ask for this one.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  signer sign app.tar.gz --key release.key")]
pub(crate) struct Sign {
    /// What to sign: a file, sha256:<hex>, sha512:<hex>, or oci://registry/repository@sha256:…
    #[arg(value_name = "ARTIFACT")]
    pub(crate) artifact: OsString,
    /// The private key: a PEM file, or env:NAME
    #[arg(long, value_name = "KEY")]
    pub(crate) key: String,
    /// Where the bundle goes [default: ARTIFACT.sigstore.json]
    #[arg(long, value_name = "OUT")]
    pub(crate) bundle: Option<PathBuf>,
    /// Overwrite the bundle if it is there
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) password: Password,
}
