//! One file per command: typed arguments in, exit status out.

mod attest;
mod hsm;
mod inspect;
mod key;
mod named;
mod policy;
mod sign;
mod trust;
mod verify;

use std::path::{Path, PathBuf};

use signer_core::key::PublicKey;
use signer_core::sign::SignError;
use verifier::policy::FlagPolicy;
use verifier::{Artifact, DigestsOnly, Evidence, Request, Session};

use crate::args::{Cli, Command, Deferred, Man};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::world::terminal::Terminal;
use crate::world::{clock, output};

/// Runs the command that was typed.
pub(crate) fn run(command: Command, terminal: &Terminal) -> Result<Exit, Failure> {
    match command {
        Command::Key(Deferred(args)) => key::run(&args.command, terminal),
        Command::Attest(Deferred(args)) => attest::run(&args, terminal),
        Command::Sign(Deferred(args)) => sign::run(&args, terminal),
        Command::Verify(Deferred(args)) => verify::run(&args, terminal),
        Command::Inspect(Deferred(args)) => inspect::run(&args, terminal),
        Command::Policy(Deferred(args)) => policy::run(&args.command, terminal),
        Command::Hsm(Deferred(args)) => hsm::run(&args.command, terminal),
        Command::Completions(Deferred(args)) => {
            let mut text = Vec::new();
            clap_complete::generate(args.shell, &mut Cli::tree(), "signer", &mut text);
            terminal.data(&text)
        }
        Command::Man(Deferred(args)) => man(&args),
    }
}

/// Writes `signer.1` and a page for each command below it; none if a place is taken.
fn man(args: &Man) -> Result<Exit, Failure> {
    let pages = man_pages(&args.dir)?;
    for (path, _) in &pages {
        output::check(path, args.force)?;
    }
    for (path, text) in &pages {
        output::write(path, text, args.force)?;
    }
    Ok(Exit::Done)
}

fn man_pages(folder: &Path) -> Result<Vec<(PathBuf, Vec<u8>)>, Failure> {
    let mut made = Vec::new();
    let mut pages = vec![Cli::tree()];
    while let Some(page) = pages.pop() {
        let name = page.get_name().to_owned();
        let below = page.get_subcommands().filter(|command| command.get_name() != "help");
        pages.extend(below.map(|command| command.clone().name(format!("{name}-{}", command.get_name()))));
        let mut text = Vec::new();
        clap_mangen::Man::new(page)
            .render(&mut text)
            .map_err(|error| Failure::undecided("write-failed", format!("cannot make the man page: {error}")))?;
        made.push((folder.join(format!("{name}.1")), text));
    }
    Ok(made)
}

/// Verifies what is about to be written, as the receiver will: nothing leaves that does not.
fn own_output(key: &PublicKey, artifacts: &[Artifact], out: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let failure = |message: String| {
        Failure::undecided(
            "own-output-rejected",
            format!("what was signed does not verify, nothing is written: {message}"),
        )
    };
    let policy = FlagPolicy::new(key.clone()).build();
    let evidence = Evidence::read(&out.display().to_string(), bytes);
    let request = Request { policy: &policy, gate: None, now: clock::now(), names: &[], searched: &[] };
    let session = Session::begin(request, &evidence).map_err(|error| failure(error.to_string()))?;
    for artifact in artifacts {
        if let Err(rejected) = session.judge(artifact, &DigestsOnly).outcome() {
            let codes: Vec<&str> = rejected.reasons().iter().map(|finding| finding.reason.code()).collect();
            return Err(failure(codes.join(", ")));
        }
    }
    Ok(())
}

fn sign_failure(error: &SignError) -> Failure {
    match error {
        SignError::Token(error) => crate::world::hsm::told(error),
        SignError::PrehashUnsupported { .. } => Failure::usage("algorithm-unsupported", error.to_string())
            .hint("`signer attest` signs the artifact's digest in a statement, which every Ed25519 key can"),
        SignError::FaultySignature => Failure::undecided("signature-faulty", error.to_string())
            .hint("the key or its hardware is at fault, or the public key is not this key's"),
        SignError::DigestMissing { .. } => Failure::usage("digest-missing", error.to_string())
            .hint("name the artifact by that digest, or sign the file itself"),
        SignError::LikeStatement => Failure::usage("artifact-like-statement", error.to_string())
            .hint("`signer attest` signs its digest in a statement"),
        SignError::UnseenBytes => Failure::usage("artifact-unseen", error.to_string())
            .hint("sign the file itself, or use `signer attest`; Ed25519 keys sign digests too"),
        SignError::AlgorithmUnsupported { .. } => Failure::usage("algorithm-unsupported", error.to_string()),
        _ => Failure::undecided("sign-failed", error.to_string()),
    }
}
