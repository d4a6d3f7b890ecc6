//! What was typed.

mod attest;
mod key;
mod sign;
mod verify;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use attest::{Attest, EnvelopeFormat};
pub(crate) use key::{Key, KeyAlgorithmName, KeyCommand, KeyGenerate, KeyShow};
pub(crate) use sign::Sign;
pub(crate) use verify::Verify;

/// Attest, sign and verify software releases.
///
/// A release identity (a CI workflow, a bot, a key) signs what it built: `signer attest` ties the
/// digests of artifacts to the identity and the build in a signed provenance attestation, and
/// `signer verify` refuses whatever a trust policy does not accept.
#[derive(Debug, Parser)]
#[command(name = "signer", version, propagate_version = true, arg_required_else_help = true, max_term_width = 100)]
#[command(after_help = "\
Examples:
  signer key generate --algorithm ed25519 --out release.key
  signer attest app.tar.gz --key release.key --identity https://ci.example/release
  signer verify app.tar.gz --key release.key.pub

Exit status: 0 accepted or done, 1 rejected, 2 usage or configuration, 3 undecided.")]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Key(Key),
    Attest(Attest),
    Sign(Sign),
    Verify(Verify),
    Inspect(Inspect),
    Policy(Policy),
    Completions(Completions),
    Man(Man),
}

/// How results are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Text for people.
    #[default]
    Human,
    /// One JSON object on standard output.
    Json,
}

/// Show what a bundle or an envelope claims. Nothing of it is verified.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  signer inspect app.tar.gz.sigstore.json")]
pub(crate) struct Inspect {
    /// The bundle, DSSE envelope or JSON Lines file
    #[arg(value_name = "BUNDLE")]
    pub(crate) bundle: PathBuf,
    /// How to print it
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// Work with a trust policy.
#[derive(Debug, Args)]
pub(crate) struct Policy {
    #[command(subcommand)]
    pub(crate) command: PolicyCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Check that a trust policy and the files beside it can be used, and say every error.
    #[command(after_help = "Example:\n  signer policy check trust-policy.toml")]
    Check {
        /// The trust policy
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// How to print the result
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
}

/// Print shell completions.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  signer completions bash > /etc/bash_completion.d/signer")]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

/// Write the man pages into a folder.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  signer man /usr/local/share/man/man1")]
pub(crate) struct Man {
    /// The folder; it must exist
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,
}

/// Where the password of a private key comes from.
#[derive(Debug, Default, Args)]
pub(crate) struct Password {
    /// Read the key's password from the first line of this file; without it from SIGNER_PASSWORD,
    /// else it is asked for on the terminal
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
}
