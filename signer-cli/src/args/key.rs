use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use signer_core::sign::pkcs11::Uri;

use super::hsm::TOKENS;
use super::{Format, Password, TokenAccess};

/// Make keys, and show what they are.
#[derive(Debug, Args)]
pub(crate) struct Key {
    #[command(subcommand)]
    pub(crate) command: KeyCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    Generate(KeyGenerate),
    /// Print the public key as PEM.
    ///
    /// Of a key in a token it is what the token shows without a login, and no proof that the token has the
    /// private key: `signer hsm check` proves that.
    #[command(after_help = "Example:\n  signer key public release.key > release.key.pub")]
    Public(KeyShow),
    /// Show a key's algorithm, its fingerprint, and the ids that other tools give it.
    #[command(after_help = "Example:\n  signer key inspect release.key.pub")]
    Inspect(KeyShow),
}

/// Make a key pair: PATH holds the private key, encrypted and readable by you alone, PATH.pub the
/// public key.
///
/// The private key is an encrypted PKCS#8 PEM (scrypt, AES-256). Files that exist are never
/// overwritten.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  signer key generate --algorithm ed25519 --out release.key
  SIGNER_PASSWORD=… signer key generate --algorithm p256 --out release.key
  signer key generate --algorithm ed25519 --no-password --out test.key")]
pub(crate) struct KeyGenerate {
    /// The kind of key
    #[arg(long, value_enum, value_name = "ALGORITHM")]
    pub(crate) algorithm: KeyAlgorithmName,
    /// Where the private key goes; the public key goes to PATH.pub
    #[arg(long, value_name = "PATH")]
    pub(crate) out: PathBuf,
    /// Leave the private key unencrypted
    #[arg(long, conflicts_with = "password_file")]
    pub(crate) no_password: bool,
    #[command(flatten)]
    pub(crate) password: Password,
}

/// The algorithms that keys are made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum KeyAlgorithmName {
    /// Ed25519 (RFC 8032): small, fast, the first choice
    Ed25519,
    /// ECDSA on P-256 with SHA-256: what most tools and tokens know
    P256,
    /// ECDSA on P-384 with SHA-384
    P384,
}

#[derive(Debug, Args)]
pub(crate) struct KeyShow {
    /// A public or private key: a PEM file, env:NAME, or a pkcs11: URI
    #[arg(value_name = "KEY")]
    pub(crate) key: String,
    /// How to print it
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) password: Password,
    #[command(flatten)]
    pub(crate) token: TokenAccess,
}

/// The key that signs.
#[derive(Debug, Args)]
pub(crate) struct PrivateKey {
    /// The private key: a PEM file, env:NAME, or the pkcs11: URI of a key in a token
    #[arg(long, value_name = "KEY")]
    pub(crate) key: String,
    /// The public key of a key in a token that does not show it: a PEM file
    #[arg(long, value_name = "FILE", help_heading = TOKENS)]
    pub(crate) hsm_public_key: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) password: Password,
    #[command(flatten)]
    pub(crate) token: TokenAccess,
}

impl PrivateKey {
    /// Every file that is read for it.
    pub(crate) fn inputs(&self) -> Vec<PathBuf> {
        let named = [self.password.password_file.clone(), self.hsm_public_key.clone()];
        let key = match self.key.parse::<Uri>() {
            Ok(uri) => uri.pin_source.map(PathBuf::from),
            Err(_) => Some(PathBuf::from(&self.key)),
        };
        named.into_iter().chain([key]).flatten().collect()
    }
}
