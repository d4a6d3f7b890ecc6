//! `signer hsm check`: does this token do what signing needs?

use std::time::{Duration, Instant};

use signer_core::sign::pkcs11::{Module, TokenError};
use signer_core::sign::{SignError, Signer as _, probe, probe_bare};

use crate::args::{Format, HsmCheck};
use crate::command::sign_failure;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::{self, Checked};
use crate::world::hsm::{self, Hsm, HsmKey, told};
use crate::world::key;
use crate::world::terminal::Terminal;

/// Signatures that are timed, at most.
const PROBES: usize = 20;
/// Timing ends after this time: smart cards take a second for each.
const ENOUGH: Duration = Duration::from_secs(3);

pub(super) fn run(args: &HsmCheck, terminal: &Terminal) -> Result<Exit, Failure> {
    let public = args.hsm_public_key.as_deref().map(key::public_file).transpose()?;
    let hsm = Hsm::load(hsm::uri(&args.uri, terminal)?, &args.token)?;
    let library = hsm.ask("asking the module", Module::info)?.map_err(|error| told(&error))?;
    let module = hsm.path().map(ToOwned::to_owned);
    let key = hsm.signing_key(public.as_ref())?;
    let Some(inner) = key.key() else { return Err(Failure::undecided("hsm-failed", "the token is closed")) };
    let token = inner.token();
    let mechanisms = key.during("asking for the mechanisms", || token.mechanisms()).map_err(|error| told(&error))?;
    let times = times(&key, inner.wants_login_per_use())?;
    let checked = Checked {
        module: module.as_deref(),
        library: &library,
        token: token.state(),
        uri: key.uri(),
        public: key.public_key(),
        login_per_use: inner.wants_login_per_use(),
        bare: bare(&key)?,
        mechanisms: &mechanisms,
        times: &times,
    };
    match args.format {
        Format::Json => Ok(terminal.json(&render::hsm_check_json(&checked))),
        Format::Human => terminal.data(render::hsm_check_human(&checked).as_bytes()),
    }
}

/// Signs probes, one at least; each is verified before it is counted.
fn times(key: &HsmKey, once: bool) -> Result<Vec<Duration>, Failure> {
    let begin = Instant::now();
    let mut times = Vec::new();
    while times.is_empty() || (!once && times.len() < PROBES && begin.elapsed() < ENOUGH) {
        let start = Instant::now();
        probe(key).map_err(|error| sign_failure(&error))?;
        times.push(start.elapsed());
    }
    times.sort();
    Ok(times)
}

/// Whether the key makes bare signatures over artifacts: the token has to take digests. Ed25519 keys
/// need Ed25519ph for it, and keys that want their PIN at each use a module that takes them in parts.
fn bare(key: &HsmKey) -> Result<bool, Failure> {
    match probe_bare(key) {
        Ok(()) => Ok(true),
        Err(
            SignError::PrehashUnsupported { .. }
            | SignError::Token(TokenError::LoginPerUseUnsupported { .. } | TokenError::MechanismMissing { .. }),
        ) => Ok(false),
        Err(error) => Err(sign_failure(&error)),
    }
}
