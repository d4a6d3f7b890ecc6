//! `signer key`: make keys, and show what they are.

use serde_json::json;
use signer_core::key::{KeyAlgorithm, PublicKey};
use signer_core::sign::{FileKey, Signer as _};

use crate::args::{Format, KeyAlgorithmName, KeyCommand, KeyGenerate, KeyShow};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::text::escape;
use crate::world::output::{self, with_ending};
use crate::world::terminal::Terminal;
use crate::world::{key, secret};

pub(super) fn run(command: &KeyCommand, terminal: &Terminal) -> Result<Exit, Failure> {
    match command {
        KeyCommand::Generate(args) => generate(args, terminal),
        KeyCommand::Public(args) => show(args, terminal, public),
        KeyCommand::Inspect(args) => show(args, terminal, inspect),
    }
}

fn generate(args: &KeyGenerate, terminal: &Terminal) -> Result<Exit, Failure> {
    let public_path = with_ending(&args.out, ".pub");
    for path in [&args.out, &public_path] {
        output::check(path, false).map_err(output::never_overwrite_keys)?; // before a password is asked for
    }
    let password =
        if args.no_password { None } else { Some(secret::new_password(args.password.password_file.as_deref())?) };
    let unusable = |error: String| Failure::undecided("key-not-made", error);
    let key = FileKey::generate(algorithm(args.algorithm)).map_err(|error| unusable(error.to_string()))?;
    let private = match &password {
        Some(password) => key.to_encrypted_pem(password),
        None => key.to_pem(),
    };
    let private = private.map_err(|error| unusable(error.to_string()))?;
    let public = key.public_key();
    output::write_key_pair((&args.out, private.as_bytes()), (&public_path, public.to_pem().as_bytes()))?;
    let how = if password.is_some() { "encrypted" } else { "NOT ENCRYPTED" };
    terminal.say(&format!(
        "wrote {} (private key, {how}) and {}\n  {} {}\n",
        escape(&args.out.display().to_string()),
        escape(&public_path.display().to_string()),
        public.algorithm(),
        public.id()
    ));
    Ok(Exit::Done)
}

fn algorithm(name: KeyAlgorithmName) -> KeyAlgorithm {
    match name {
        KeyAlgorithmName::Ed25519 => KeyAlgorithm::Ed25519,
        KeyAlgorithmName::P256 => KeyAlgorithm::EcdsaP256,
        KeyAlgorithmName::P384 => KeyAlgorithm::EcdsaP384,
    }
}

fn show(
    args: &KeyShow,
    terminal: &Terminal,
    of: impl Fn(&PublicKey, Format, &Terminal) -> Result<Exit, Failure>,
) -> Result<Exit, Failure> {
    let public = key::public_of_any(args, terminal)?;
    of(&public, args.format, terminal)
}

fn public(key: &PublicKey, format: Format, terminal: &Terminal) -> Result<Exit, Failure> {
    match format {
        Format::Human => terminal.data(key.to_pem().as_bytes()),
        Format::Json => Ok(terminal.json(&json!({"schema": "signer/key/v1", "publicKey": key.to_pem()}))),
    }
}

fn inspect(key: &PublicKey, format: Format, terminal: &Terminal) -> Result<Exit, Failure> {
    let forms = key.forms();
    match format {
        Format::Human => terminal.data(
            format!(
                "algorithm         {}\nfingerprint       {}\nsigstore hint     {}\nrekor log id      {}\n\
                 ssh fingerprint   {}\nwitness key id    {}\ntuf key id        {}\n",
                key.algorithm(),
                key.id(),
                forms.sigstore_hint,
                forms.rekor_log_id,
                forms.ssh_fingerprint,
                forms.witness,
                forms.tuf
            )
            .as_bytes(),
        ),
        Format::Json => Ok(terminal.json(&json!({
            "schema": "signer/key/v1",
            "algorithm": key.algorithm().to_string(),
            "fingerprint": key.id().to_string(),
            "sigstoreHint": forms.sigstore_hint,
            "rekorLogId": forms.rekor_log_id,
            "sshFingerprint": forms.ssh_fingerprint,
            "witnessKeyId": forms.witness,
            "tufKeyId": forms.tuf,
            "publicKey": key.to_pem(),
        }))),
    }
}
