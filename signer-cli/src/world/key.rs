//! Keys as they are named on the command line: a PEM file, `env:NAME`, or a `pkcs11:` URI.

use std::path::Path;

use signer_core::digest::DigestAlgorithms;
use signer_core::key::PublicKey;
use signer_core::limits;
use signer_core::sign::pkcs11::Uri;
use signer_core::sign::{FileKey, KeyFile, KeyFileError, SignError, Signature, Signer, SigningInput};
use zeroize::Zeroizing;

use super::hsm::{self, Hsm, HsmKey};
use super::terminal::Terminal;
use super::{input, secret};
use crate::args::{KeyShow, PrivateKey, TokenAccess};
use crate::failure::Failure;

/// A private key, wherever it is.
pub(crate) enum SigningKey {
    /// In memory, from a file or a variable.
    File(FileKey),
    /// In a token.
    Token(HsmKey),
}

/// A private key; its password or PIN is asked for if it has one.
pub(crate) fn private(args: &PrivateKey, terminal: &Terminal) -> Result<SigningKey, Failure> {
    if Uri::is_one(&args.key) {
        let uri = hsm::uri(&args.key, terminal)?;
        let public = args.hsm_public_key.as_deref().map(public_file).transpose()?;
        return Hsm::load(uri, &args.token)?.signing_key(public.as_ref()).map(SigningKey::Token);
    }
    if args.hsm_public_key.is_some() {
        let message = "`--hsm-public-key` is for keys in tokens, and the key is none";
        return Err(Failure::usage("usage", message).hint("leave it out"));
    }
    let password_file = args.password.password_file.as_deref();
    private_from(&read(&args.key)?, &args.key, password_file).map(SigningKey::File)
}

/// A public key.
pub(crate) fn public(name: &str, access: &TokenAccess, terminal: &Terminal) -> Result<PublicKey, Failure> {
    if Uri::is_one(name) {
        return Hsm::load(hsm::uri(name, terminal)?, access)?.public_key();
    }
    public_from(&read(name)?, name)
}

/// A public key in a file.
pub(crate) fn public_file(path: &Path) -> Result<PublicKey, Failure> {
    let text = input::read(path, limits::KEY_FILE_BYTES)
        .map_err(|error| error.as_usage("key-unreadable", "the public key"))?;
    public_from(&text, &path.display().to_string())
}

/// The public key of either kind of key.
pub(crate) fn public_of_any(args: &KeyShow, terminal: &Terminal) -> Result<PublicKey, Failure> {
    let name = args.key.as_str();
    if Uri::is_one(name) {
        return public(name, &args.token, terminal);
    }
    let password_file = args.password.password_file.as_deref();
    let text = read(name)?; // once: a pipe gives it no second time
    if contains(&text, b"PRIVATE KEY-----") {
        return private_from(&text, name, password_file).map(|key| key.public_key().clone());
    }
    public_from(&text, name)
}

impl Signer for SigningKey {
    fn public_key(&self) -> &PublicKey {
        match self {
            Self::File(key) => key.public_key(),
            Self::Token(key) => key.public_key(),
        }
    }

    fn sign(&self, input: &SigningInput) -> Result<Signature, SignError> {
        match self {
            Self::File(key) => key.sign(input),
            Self::Token(key) => key.sign(input),
        }
    }

    fn artifact_digests(&self) -> DigestAlgorithms {
        match self {
            Self::File(key) => key.artifact_digests(),
            Self::Token(key) => key.artifact_digests(),
        }
    }
}

fn private_from(text: &[u8], name: &str, password_file: Option<&Path>) -> Result<FileKey, Failure> {
    let refuse = |error: &KeyFileError| {
        let code = if matches!(error, KeyFileError::WrongPassword) { "password-wrong" } else { "key-unusable" };
        let failure = Failure::usage(code, format!("cannot use the key `{name}`: {error}"));
        match error.hint() {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    };
    match KeyFile::parse(text).map_err(|error| refuse(&error))? {
        KeyFile::Plain(key) => Ok(key),
        KeyFile::Encrypted(key) => {
            let is_cosign = contains(text, b"COSIGN") || contains(text, b"SIGSTORE");
            let password = secret::password(password_file, name, is_cosign)?;
            key.decrypt(&password).map_err(|error| refuse(&error))
        }
    }
}

fn public_from(text: &[u8], name: &str) -> Result<PublicKey, Failure> {
    let unusable = |cause: &str| Failure::usage("key-unusable", format!("cannot use the public key `{name}`: {cause}"));
    // no copy is made: the bytes may be a private key's
    let Ok(text) = str::from_utf8(text) else {
        let failure = unusable("expected a PEM block PUBLIC KEY, found bytes that are no text");
        return Err(failure.hint("if it is DER, convert it: openssl pkey -pubin -inform DER -in KEY"));
    };
    PublicKey::from_pem(text).map_err(|error| {
        let failure = unusable(&error.to_string());
        match error.hint() {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    })
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// The text of a key.
fn read(name: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    use std::os::unix::ffi::OsStringExt as _;
    if let Some(variable) = name.strip_prefix("env:") {
        let value = std::env::var_os(variable).map(|value| Zeroizing::new(value.into_vec()));
        return value.ok_or_else(|| Failure::usage("key-missing", format!("the variable `{variable}` is not set")));
    }
    let lower = name.to_ascii_lowercase();
    if (lower.contains("pin-value") || lower.contains("pkcs11:")) && !name.starts_with(['.', '/']) {
        // a PIN could be in it, so that it is not shown
        let message = "the key is named by what looks like a pkcs11: URI, and does not begin with `pkcs11:`";
        return Err(Failure::usage("hsm-uri-malformed", message).hint("a file of that name is written `./…`"));
    }
    input::read_secret(Path::new(name), limits::KEY_FILE_BYTES)
        .map_err(|error| error.as_usage("key-unreadable", "the key"))
}
