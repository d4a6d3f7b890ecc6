//! Why a token could not do what was asked.

use crate::key::{KeyError, PublicKey};
use crate::limits;

/// Why a token could not do what was asked.
///
/// Names of tokens and objects come from the token and from the URI; they are not made safe for a
/// terminal. No variant holds a PIN.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The library of the token is not where it was said to be.
    #[error("there is no PKCS#11 module at `{path}`: {reason}")]
    ModuleMissing {
        /// Its path as given.
        path: String,
        /// What the system said.
        reason: String,
    },
    /// The file cannot be loaded as a PKCS#11 library.
    #[error("`{path}` cannot be used as a PKCS#11 module: {reason}")]
    ModuleUnusable {
        /// Its path.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The module gave an answer that no module may give.
    #[error("the PKCS#11 module broke its contract in {call}: {what}")]
    ModuleFaulty {
        /// What was called.
        call: String,
        /// What it did.
        what: String,
    },
    /// No token is what the URI asks for.
    #[error("no token is what `{wanted}` asks for")]
    TokenAbsent {
        /// The URI, without its PIN.
        wanted: String,
        /// The URIs of the tokens that are there.
        found: Vec<String>,
    },
    /// Several tokens are what the URI asks for.
    #[error("{} tokens are what `{wanted}` asks for", found.len())]
    TokenAmbiguous {
        /// The URI, without its PIN.
        wanted: String,
        /// Their URIs.
        found: Vec<String>,
    },
    /// The token went away, or ended the session, while it was in use.
    #[error("the token `{token}` was removed, or ended the session, in {call}")]
    TokenRemoved {
        /// Its label.
        token: String,
        /// What was called.
        call: String,
    },
    /// No PIN was to be had.
    #[error("no PIN for the token `{token}`: {reason}")]
    PinMissing {
        /// The token's label.
        token: String,
        /// Why there is none.
        reason: String,
    },
    /// The token did not accept the PIN.
    #[error("the PIN of the token `{token}` is wrong{}", tries.told())]
    PinWrong {
        /// The token's label.
        token: String,
        /// What the token says of further tries.
        tries: Tries,
    },
    /// The token accepts no PIN any more.
    #[error("the PIN of the token `{token}` is locked")]
    PinLocked {
        /// The token's label.
        token: String,
    },
    /// The PIN cannot be used as it is: it has to be set or changed first, or has a form that the
    /// token does not take.
    #[error("the PIN of the token `{token}` cannot be used: {reason}")]
    PinUnusable {
        /// The token's label.
        token: String,
        /// Why.
        reason: &'static str,
    },
    /// The login was cancelled at the token.
    #[error("the login was cancelled at the token `{token}`")]
    LoginCancelled {
        /// The token's label.
        token: String,
    },
    /// The token has no session left.
    #[error("the token `{token}` has no session left")]
    SessionLimit {
        /// The token's label.
        token: String,
    },
    /// No key is what the URI asks for.
    #[error("no {what} in the token `{token}` is what `{wanted}` asks for")]
    KeyMissing {
        /// What was looked for: `private key`, `key or certificate`.
        what: &'static str,
        /// The token's label.
        token: String,
        /// The URI, without its PIN.
        wanted: String,
        /// The URIs of the objects that are there.
        found: Vec<String>,
    },
    /// Several keys are what the URI asks for.
    #[error("{} objects in the token `{token}` are what `{wanted}` asks for", found.len())]
    KeyAmbiguous {
        /// The token's label.
        token: String,
        /// The URI, without its PIN.
        wanted: String,
        /// Their URIs.
        found: Vec<String>,
    },
    /// The token has more objects of a kind than are read.
    #[error("the token has more than {limit} objects that could be meant", limit = limits::TOKEN_OBJECTS)]
    TooManyObjects,
    /// The key cannot be used for signing here.
    #[error("the key `{key}` cannot sign: {reason}")]
    KeyUnsuitable {
        /// Its URI.
        key: String,
        /// Why not.
        reason: String,
    },
    /// The token does not show the public key.
    #[error("the token does not show the public key of `{key}`")]
    PublicKeyMissing {
        /// The private key's URI.
        key: String,
    },
    /// The token shows several public keys for one private key.
    #[error("the token shows {} different public keys for `{key}`", found.len())]
    PublicKeyAmbiguous {
        /// The private key's URI.
        key: String,
        /// The public keys' ids.
        found: Vec<String>,
    },
    /// The public key that the token shows is none that can be used.
    #[error("the public key of `{key}` cannot be used: {error}")]
    PublicKeyUnusable {
        /// The object's URI.
        key: String,
        /// Why.
        error: KeyError,
    },
    /// The token does not have what signing, or making the key, needs.
    #[error("the token `{token}` does not have the mechanism {mechanism}")]
    MechanismMissing {
        /// The token's label.
        token: String,
        /// The mechanism's name.
        mechanism: String,
        /// The mechanisms that it says it has.
        found: Vec<String>,
    },
    /// The key wants its PIN at each use, and the token takes no such login before this mechanism.
    #[error("the key `{key}` wants its PIN at each use, and the module takes data in one part only ({call})")]
    LoginPerUseUnsupported {
        /// The key's URI.
        key: String,
        /// The call that was refused.
        call: String,
    },
    /// The statement has more bytes than the token signs at once.
    #[error("the token `{token}` does not sign {bytes} bytes at once")]
    TooLong {
        /// The token's label.
        token: String,
        /// The bytes of what was to be signed.
        bytes: usize,
    },
    /// An object of that label or id is there already.
    #[error("the token `{token}` has an object of that label or id already")]
    ObjectExists {
        /// The token's label.
        token: String,
        /// The URIs of the objects.
        found: Vec<String>,
    },
    /// The token made a key that is less protected than was asked for; it was destroyed.
    #[error("the token `{token}` made a key without {attribute}; it was destroyed")]
    KeyUnprotected {
        /// The token's label.
        token: String,
        /// The attribute that does not have the value asked for.
        attribute: &'static str,
    },
    /// The token can only be read.
    #[error("the token `{token}` cannot be written to")]
    ReadOnly {
        /// The token's label.
        token: String,
    },
    /// The certificate is another key's.
    #[error("the certificate is for the key {found}, expected {expected}, which is `{key}`")]
    CertificateMismatch {
        /// The key's URI.
        key: String,
        /// The key's id.
        expected: String,
        /// The id of the certificate's key.
        found: String,
    },
    /// The bytes are not one certificate whose key can be used.
    #[error("not a certificate that can be used: {reason}")]
    CertificateUnusable {
        /// Why.
        reason: String,
    },
    /// The token made a key that is not what was asked for, and did not destroy it either.
    #[error("the token made the key `{key}`, which cannot be used ({reason}), and could not destroy it")]
    KeyLeft {
        /// Its URI.
        key: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Anything else that the module reported.
    #[error("{call} failed at the token `{token}`: {code}")]
    Failed {
        /// The token's label, or the module's path.
        token: String,
        /// What was called.
        call: String,
        /// The module's code.
        code: String,
    },
}

/// What a token says of the PIN tries that are left. PKCS#11 has no number for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tries {
    /// It says nothing, or none was wasted.
    Untold,
    /// A wrong PIN was entered since the last login.
    Fewer,
    /// One.
    Last,
    /// None: it is locked.
    Gone,
}

impl Tries {
    fn told(self) -> &'static str {
        match self {
            Self::Untold => "",
            Self::Fewer => "; the token counts wrong PINs and locks after a few",
            Self::Last => "; one try is left before the token locks",
            Self::Gone => "; the token is locked now",
        }
    }
}

impl TokenError {
    /// A stable name of the kind of error, kebab-case.
    pub fn code(&self) -> &'static str {
        match self {
            Self::ModuleMissing { .. } => "hsm-module-missing",
            Self::ModuleUnusable { .. } => "hsm-module-unusable",
            Self::ModuleFaulty { .. } => "hsm-module-faulty",
            Self::TokenAbsent { .. } => "hsm-token-absent",
            Self::TokenAmbiguous { .. } => "hsm-token-ambiguous",
            Self::TokenRemoved { .. } => "hsm-token-removed",
            Self::PinMissing { .. } => "hsm-pin-missing",
            Self::PinWrong { .. } => "hsm-pin-wrong",
            Self::PinLocked { .. } => "hsm-pin-locked",
            Self::PinUnusable { .. } => "hsm-pin-unusable",
            Self::LoginCancelled { .. } => "hsm-login-cancelled",
            Self::SessionLimit { .. } => "hsm-session-limit",
            Self::KeyMissing { .. } => "hsm-key-missing",
            Self::KeyAmbiguous { .. } => "hsm-key-ambiguous",
            Self::TooManyObjects => "hsm-too-many-objects",
            Self::KeyUnsuitable { .. } => "hsm-key-unsuitable",
            Self::PublicKeyMissing { .. } => "hsm-public-key-missing",
            Self::PublicKeyAmbiguous { .. } => "hsm-public-key-ambiguous",
            Self::PublicKeyUnusable { .. } => "hsm-public-key-unusable",
            Self::MechanismMissing { .. } => "hsm-mechanism-missing",
            Self::LoginPerUseUnsupported { .. } => "hsm-login-per-use",
            Self::TooLong { .. } => "hsm-too-long",
            Self::ObjectExists { .. } => "hsm-object-exists",
            Self::KeyUnprotected { .. } => "hsm-key-unprotected",
            Self::KeyLeft { .. } => "hsm-key-left",
            Self::ReadOnly { .. } => "hsm-read-only",
            Self::CertificateMismatch { .. } => "hsm-certificate-mismatch",
            Self::CertificateUnusable { .. } => "hsm-certificate-unusable",
            Self::Failed { .. } => "hsm-failed",
        }
    }

    /// Whether what was asked for is at fault, so that asking again cannot help; else the token or
    /// its library is.
    pub fn is_usage(&self) -> bool {
        !matches!(
            self,
            Self::ModuleFaulty { .. }
                | Self::TokenAbsent { .. }
                | Self::TokenRemoved { .. }
                | Self::PinLocked { .. }
                | Self::LoginCancelled { .. }
                | Self::SessionLimit { .. }
                | Self::KeyUnprotected { .. }
                | Self::KeyLeft { .. }
                | Self::Failed { .. }
        )
    }

    /// What there is instead of what was looked for: URIs, key ids or mechanisms.
    pub fn found(&self) -> &[String] {
        match self {
            Self::TokenAbsent { found, .. }
            | Self::TokenAmbiguous { found, .. }
            | Self::KeyMissing { found, .. }
            | Self::KeyAmbiguous { found, .. }
            | Self::PublicKeyAmbiguous { found, .. }
            | Self::MechanismMissing { found, .. }
            | Self::ObjectExists { found, .. } => found,
            _ => &[],
        }
    }
}

/// The id of a public key, as lists of them show it.
pub(super) fn told(key: &PublicKey) -> String {
    format!("{} ({})", key.id(), key.algorithm())
}
