use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;

use super::PrivateKey;

/// Sign an artifact as it is: a bare signature in a Sigstore bundle, without any statement.
///
/// A bare signature says that the key signed these bytes, and nothing about the build. Prefer
/// `signer attest`; other tools may ask for this one.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  signer sign app.tar.gz --key release.key
  signer sign app.tar.gz --key 'pkcs11:token=release;object=app?pin-source=/run/secrets/pin' \\
      --pkcs11-module /usr/lib/softhsm/libsofthsm2.so")]
pub(crate) struct Sign {
    /// What to sign: a file, sha256:<hex>, sha512:<hex>, or oci://registry/repository@sha256:…
    #[arg(value_name = "ARTIFACT")]
    pub(crate) artifact: OsString,
    #[command(flatten)]
    pub(crate) key: PrivateKey,
    /// Where the bundle goes [default: ARTIFACT.sigstore.json]
    #[arg(long, value_name = "OUT")]
    pub(crate) bundle: Option<PathBuf>,
    /// Overwrite the bundle if it is there
    #[arg(long)]
    pub(crate) force: bool,
}
