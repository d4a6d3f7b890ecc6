//! What was typed.

mod attest;
mod deferred;
mod hsm;
mod key;
mod sign;
mod verify;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};

pub(crate) use attest::{Attest, EnvelopeFormat};
pub(crate) use deferred::Deferred;
pub(crate) use hsm::{Hsm, HsmCheck, HsmCommand, HsmGenerate, HsmImport, HsmKeyAlgorithm, HsmList, TokenAccess};
pub(crate) use key::{Key, KeyAlgorithmName, KeyCommand, KeyGenerate, KeyShow, PrivateKey};
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

impl Cli {
    /// Parses what was typed, and makes the options of no other command than the one named first.
    ///
    /// # Errors
    /// What clap says: wrong usage, or the help or version that was asked for.
    pub(crate) fn typed(words: &[OsString]) -> Result<Self, clap::Error> {
        let mut tree = Self::command();
        let first = words.get(1).and_then(|word| word.to_str());
        let alone = first.is_some_and(|word| word == "--version" || tree.find_subcommand(word).is_some());
        if !alone {
            tree.build(); // help and suggestions speak of every command
        }
        let mut matches = tree.try_get_matches_from_mut(words)?;
        Self::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut tree))
    }

    /// All commands with all their options.
    pub(crate) fn tree() -> clap::Command {
        let mut tree = Self::command();
        tree.build();
        tree
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Key(Deferred<Key>),
    Attest(Deferred<Attest>),
    Sign(Deferred<Sign>),
    Verify(Deferred<Verify>),
    Inspect(Deferred<Inspect>),
    Policy(Deferred<Policy>),
    Hsm(Deferred<Hsm>),
    Completions(Deferred<Completions>),
    Man(Deferred<Man>),
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
    /// Overwrite the pages that are there
    #[arg(long)]
    pub(crate) force: bool,
}

/// Where the password of a private key comes from.
#[derive(Debug, Default, Args)]
pub(crate) struct Password {
    /// Read the key's password from the first line of this file; without it from SIGNER_PASSWORD,
    /// else it is asked for on the terminal
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
}
