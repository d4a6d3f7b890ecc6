//! `signer hsm generate`: a key pair that is made in the token.

use signer_core::sign::pkcs11::{Access, NewKey, NewKeyAlgorithm, TokenError, Uri};
use signer_core::sign::{SignError, Signer as _};

use crate::args::{Format, HsmGenerate, HsmKeyAlgorithm};
use crate::command::sign_failure;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render;
use crate::text::escape;
use crate::world::hsm::{self, Hsm};
use crate::world::output;
use crate::world::terminal::Terminal;

pub(super) fn run(args: &HsmGenerate, terminal: &Terminal) -> Result<Exit, Failure> {
    let mut uri = hsm::uri(&args.uri, terminal)?;
    let new = new_key(args, &uri)?;
    (uri.object, uri.id, uri.object_type) = (None, None, None);
    if let Some(out) = &args.out {
        output::check(out, false).map_err(output::never_overwrite_keys)?;
        output::check_folder(out)?; // a key that was made cannot be taken back
    }
    let hsm = Hsm::load(uri, &args.token)?;
    let token = hsm.token(Access::Write)?;
    let login = hsm.during("logging in", || token.login());
    let made = login.map_err(SignError::from).and_then(|()| hsm.during("making the key", || token.generate(&new)));
    let told =
        made.map(|key| (hsm.to_paste(key.uri()), key.public_key().clone())).map_err(|error| refused(&hsm, &error));
    hsm.close(token);
    let (uri, public) = told?;
    if let Some(out) = &args.out {
        output::write(out, public.to_pem().as_bytes(), false).map_err(|failure| {
            let hint = format!("the key is in the token: `signer key public '{uri}'` prints its public key");
            failure.hint(hint)
        })?;
    }
    match args.format {
        Format::Json => Ok(terminal.json(&render::generated_json(&uri, &public))),
        Format::Human => {
            let wrote = args.out.as_ref().map(|out| format!("  wrote {}\n", escape(&out.display().to_string())));
            terminal.say(&format!(
                "made a key pair in the token; the private key cannot leave it\n  {} {}\n{}",
                public.algorithm(),
                public.id(),
                wrote.unwrap_or_default()
            ));
            terminal.data(format!("{uri}\n").as_bytes())
        }
    }
}

fn refused(hsm: &Hsm, error: &SignError) -> Failure {
    match error {
        SignError::Token(error @ TokenError::PublicKeyMissing { .. }) => {
            hsm.told(error).hint("without it no signature can be checked; the maker's tool may make a better key")
        }
        SignError::Token(error) => hsm.told(error),
        _ => sign_failure(error),
    }
}

/// The key as URI and options describe it, which must not disagree.
fn new_key(args: &HsmGenerate, uri: &Uri) -> Result<NewKey, Failure> {
    let twice = |what: &str, option: &str| {
        Failure::usage("usage", format!("the URI and `{option}` give different {what}s")).hint("leave one of them out")
    };
    let in_uri = match &uri.object {
        Some(label) => Some(String::from_utf8(label.clone()).map_err(|_| {
            Failure::usage("hsm-uri-malformed", "the label of a new key must be UTF-8, and the URI's object is not")
        })?),
        None => None,
    };
    let label = match (in_uri, args.label.clone()) {
        (Some(a), Some(b)) if a != b => return Err(twice("label", "--label")),
        (a, b) => a.or(b).filter(|label| !label.is_empty()).ok_or_else(|| {
            Failure::usage("usage", "nothing names the key: expected `--label TEXT`, or object= in the URI")
        })?,
    };
    let id = match (uri.id.clone(), args.id.clone().map(|id| id.0)) {
        (Some(a), Some(b)) if a != b => return Err(twice("id", "--id")),
        (a, b) => a.or(b).filter(|id| !id.is_empty()),
    };
    let id = match id {
        Some(id) => id,
        None => hsm::random_id()?,
    };
    let algorithm = match args.algorithm {
        HsmKeyAlgorithm::P256 => NewKeyAlgorithm::P256,
        HsmKeyAlgorithm::P384 => NewKeyAlgorithm::P384,
        HsmKeyAlgorithm::Ed25519 => NewKeyAlgorithm::Ed25519,
        HsmKeyAlgorithm::Rsa2048 => NewKeyAlgorithm::Rsa { bits: 2048 },
        HsmKeyAlgorithm::Rsa3072 => NewKeyAlgorithm::Rsa { bits: 3072 },
        HsmKeyAlgorithm::Rsa4096 => NewKeyAlgorithm::Rsa { bits: 4096 },
    };
    Ok(NewKey { algorithm, label, id, login_per_use: args.always_authenticate })
}
