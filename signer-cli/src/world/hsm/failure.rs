//! What a token could not do, as a failure with a next step.

use signer_core::sign::pkcs11::TokenError;

use super::pin::LAST_TRY;
use crate::exit::Exit;
use crate::failure::Failure;

/// The most lines that say what is there instead.
const FOUND: usize = 20;

/// What a token could not do, with what is there instead and a next step.
pub(crate) fn told(error: &TokenError) -> Failure {
    told_with(error, error.found())
}

/// The same, with what is there as it is to be shown.
pub(super) fn told_with(error: &TokenError, found: &[String]) -> Failure {
    let mut more: Vec<String> = found.iter().take(FOUND).map(|found| format!("there is {found}")).collect();
    if found.len() > FOUND {
        more.push(format!("and {} more", found.len() - FOUND));
    }
    Failure {
        exit: if error.is_usage() { Exit::Usage } else { Exit::Undecided },
        code: error.code(),
        message: error.to_string(),
        more,
        hint: hint(error).map(ToOwned::to_owned),
    }
}

/// The next step where the command has `--hsm-public-key`, if that helps, or if it was given.
pub(super) fn hint_for_signing(error: &TokenError, public_key_given: bool) -> Option<&'static str> {
    match error {
        TokenError::KeyUnsuitable { .. } if public_key_given => {
            Some("see whether the file that `--hsm-public-key` names is this key's public key")
        }
        TokenError::PublicKeyMissing { .. } => {
            Some("give the public key with `--hsm-public-key FILE`, or import the certificate")
        }
        TokenError::PublicKeyAmbiguous { .. } => {
            Some("give the right one with `--hsm-public-key FILE`, or remove the wrong objects from the token")
        }
        _ => None,
    }
}

fn hint(error: &TokenError) -> Option<&'static str> {
    Some(match error {
        TokenError::ModuleMissing { .. } => "see the modules of this machine with `signer hsm list`",
        TokenError::ModuleUnusable { .. } => {
            "it has to be the PKCS#11 library of the token's maker, for this machine; see `signer hsm list`"
        }
        TokenError::ModuleFaulty { .. } => "ask the module's maker for a newer one",
        TokenError::TokenAbsent { found, .. } if found.is_empty() => {
            "the module sees no token: plug it in, initialize it, or give the module its configuration"
        }
        TokenError::TokenAbsent { .. } => "plug the token in, or name one that is there",
        TokenError::TokenAmbiguous { .. } => "name one of them by its serial, or by its slot-id",
        TokenError::TokenRemoved { .. } => "put the token back and run the command again",
        TokenError::PinMissing { reason, .. } if reason == LAST_TRY => {
            "run it once on a terminal, without pin-source and SIGNER_PKCS11_PIN, and type the PIN"
        }
        TokenError::PinMissing { .. } => {
            "give the PIN in a file (?pin-source=FILE in the URI) or in SIGNER_PKCS11_PIN, or type it on a terminal"
        }
        TokenError::PinWrong { .. } => "it was not tried again: each wrong PIN counts towards locking the token",
        TokenError::PinLocked { .. } => "the security officer of the token sets a new PIN with the maker's tool",
        TokenError::PinUnusable { .. } => "set or change the PIN with the maker's tool",
        TokenError::LoginCancelled { .. } => "run the command again to be asked again",
        TokenError::SessionLimit { .. } => "end other programs that use the token, or allow it more sessions",
        TokenError::KeyMissing { found, .. } if found.is_empty() => {
            "the token shows no objects; make a key with `signer hsm generate`"
        }
        TokenError::KeyMissing { .. } => "name one that is there; `signer hsm list` shows them all",
        TokenError::KeyAmbiguous { .. } => "name one of them by its id and label",
        TokenError::TooManyObjects => "ask for less: name the object by its label or id",
        TokenError::KeyUnsuitable { .. } => "take another key, or make one with `signer hsm generate`",
        TokenError::PublicKeyMissing { .. } => {
            "import the certificate, or take the public key from where the key was made"
        }
        TokenError::PublicKeyAmbiguous { .. } => {
            "remove the wrong objects from the token, or take the public key from where the key was made"
        }
        TokenError::PublicKeyUnusable { .. } => "signatures by such a key are not verified here; take another key",
        TokenError::MechanismMissing { .. } => {
            "`signer hsm check` shows what the token can do; take another kind of key"
        }
        TokenError::LoginPerUseUnsupported { .. } => {
            "make a key without CKA_ALWAYS_AUTHENTICATE, or an RSA key; see docs/hsm.md"
        }
        TokenError::TooLong { .. } => "attest fewer files at a time, or use an ECDSA key, which signs a digest",
        TokenError::ObjectExists { .. } => "choose another label and id; nothing in a token is overwritten",
        TokenError::KeyUnprotected { .. } => "the token cannot hold a key that stays in it; take another one",
        TokenError::KeyLeft { .. } => "remove the key with the maker's tool, or it takes the label and the id",
        TokenError::ReadOnly { .. } => "this token or its module only reads; use the maker's tool",
        TokenError::CertificateMismatch { .. } => "import the certificate that was issued for this key",
        TokenError::CertificateUnusable { .. } => "expected one X.509 certificate, as PEM or DER",
        TokenError::Failed { .. } => "see whether the token works with the maker's tool",
        _ => return None,
    })
}
