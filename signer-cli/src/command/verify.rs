//! `signer verify`: artifacts, evidence and a policy -> verdicts.

use std::path::{Path, PathBuf};

use signer_core::digest::ArtifactDigests;
use signer_core::limits;
use signer_core::reference::Reference;
use verifier::policy::{FlagPolicy, Policy};
use verifier::{Artifact, ArtifactBytes, Evidence, FolderFile, Request, Session, Verdict};

use super::named::{self, Named};
use super::trust;
use crate::args::{Format, Verify};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::{self, Judged, Report};
use crate::world::artifact::{self, Content, Hashed, Listed};
use crate::world::terminal::Terminal;
use crate::world::{clock, evidence};

pub(super) fn run(args: &Verify, terminal: &Terminal) -> Result<Exit, Failure> {
    let artifacts = named::all(&args.artifacts, args.name.as_deref())?;
    let (policy, profile) = trust::policy(args)?;
    let at = args.at.unwrap_or_else(clock::now);
    let judged = judge_all(args, &artifacts, &policy, at, terminal)?;
    let report = Report {
        profile,
        policy: policy.id(),
        at,
        hypothetical: args.at.is_some(),
        verdicts: &judged,
    };
    let exit = exit(&judged);
    if args.format == Format::Json {
        terminal.json(&render::report_json(&report, exit));
    }
    terminal.say(&render::report_human(&report));
    Ok(exit)
}
