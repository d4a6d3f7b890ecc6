//! A private key in a token, as a signer.

use core::fmt;
use std::borrow::Cow;
use std::sync::atomic::{AtomicUsize, Ordering};

use cryptoki::context::Function;
use cryptoki::error::RvError;
use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::eddsa::{EddsaParams, EddsaSignatureScheme};
use cryptoki::object::ObjectHandle;
use cryptoki::session::Session;
use der::asn1::UintRef;
use der::{Encode as _, Sequence};

use super::error::TokenError;
use super::fault::Fault;
use super::module::guarded;
use super::object::Object;
use super::token::Token;
use super::uri::Uri;
use crate::digest::DigestAlgorithm;
use crate::key::{KeyAlgorithm, Message, PublicKey, SignatureAlgorithm};
use crate::sign::{SignError, Signature, Signer, SigningInput};

/// A private key in a token.
///
/// It signs statements with pure Ed25519, ECDSA or RSA (PKCS#1 v1.5 with SHA-256). Digests are
/// computed here; by the token only if it signs none, or wants its PIN at each use. What it returns
/// leaves this crate only once it verifies, as with every signer. Several threads may sign with it at
/// once; each takes a session of the token.
pub struct TokenKey {
    token: Token,
    handle: ObjectHandle,
    uri: Uri,
    public: PublicKey,
    login_per_use: bool,
    works: AtomicUsize, // the place, among the attempts, of what worked last
}

impl TokenKey {
    pub(super) fn new(token: Token, object: Object, public: PublicKey) -> Self {
        let login_per_use = object.facts.login_per_use;
        let works = AtomicUsize::new(usize::from(login_per_use)); // then the second attempt is the better
        Self { token, handle: object.handle, uri: object.uri, public, login_per_use, works }
    }

    /// The key's URI, with the token's.
    pub fn uri(&self) -> &Uri {
        &self.uri
    }

    /// The token that it is in.
    pub fn token(&self) -> &Token {
        &self.token
    }

    /// Whether it wants its PIN at each use (`CKA_ALWAYS_AUTHENTICATE`).
    pub fn wants_login_per_use(&self) -> bool {
        self.login_per_use
    }

    /// One signature by the token, in the form that the mechanism has; not checked yet.
    fn raw(&self, mechanism: &Mechanism<'_>, data: &[u8]) -> Result<Vec<u8>, Fault> {
        self.token.login()?; // done long since, or refused since
        self.token.0.sessions.with_session(|session| {
            if self.login_per_use {
                self.with_login(session, mechanism, data)
            } else {
                guarded(|| session.sign(mechanism, self.handle, data))
            }
        })
    }

    /// PKCS#11 v2.40 §4.9: the login stands between C_SignInit and the signing call. cryptoki has
    /// C_Sign only together with C_SignInit; hence C_SignUpdate and C_SignFinal, which many modules
    /// have for mechanisms of one part, too.
    fn with_login(&self, session: &Session, mechanism: &Mechanism<'_>, data: &[u8]) -> Result<Vec<u8>, Fault> {
        guarded(|| session.sign_init(mechanism, self.handle))?;
        self.token.login_for_signature(session)?;
        let done = guarded(|| session.sign_update(data).and_then(|()| session.sign_final()));
        done.map_err(|fault| {
            let one_part = match fault.code() {
                Some(RvError::FunctionFailed) => matches!(fault.function(), Some(Function::SignUpdate)),
                code => matches!(code, Some(RvError::FunctionNotSupported | RvError::OperationNotInitialized)),
            };
            let (key, call) = (self.uri.to_string(), fault.brief());
            if one_part { TokenError::LoginPerUseUnsupported { key, call }.into() } else { fault }
        })
    }

    fn told(&self, fault: Fault, mechanism: &str, bytes: usize) -> SignError {
        let token = &self.token.state().label;
        SignError::Token(match fault.code() {
            Some(RvError::MechanismInvalid | RvError::MechanismParamInvalid) => TokenError::MechanismMissing {
                token: token.clone(),
                mechanism: mechanism.to_owned(),
                found: self.token.mechanisms().unwrap_or_default(),
            },
            Some(
                RvError::DataLenRange
                | RvError::DataInvalid
                | RvError::DeviceMemory
                | RvError::UnknownErrorCode(TOKEN_RESOURCE_EXCEEDED),
            ) if bytes > SMALL => TokenError::TooLong { token: token.clone(), bytes },
            Some(code @ (RvError::KeyFunctionNotPermitted | RvError::KeyTypeInconsistent | RvError::KeySizeRange)) => {
                TokenError::KeyUnsuitable {
                    key: self.uri.to_string(),
                    reason: format!("the token says {}", super::fault::code_name(code)),
                }
            }
            _ => fault.at(token),
        })
    }

    /// Ed25519 over the whole statement.
    fn ed25519(&self, bytes: &[u8]) -> Result<Signature, SignError> {
        let mechanism = Mechanism::Eddsa(EddsaParams::new(EddsaSignatureScheme::Pure));
        let signature = self.raw(&mechanism, bytes).map_err(|fault| self.told(fault, "CKM_EDDSA", bytes.len()))?;
        Ok(Signature::new(SignatureAlgorithm::Ed25519, signature))
    }

    /// Ed25519ph over the digest, if the token makes it: some ignore the parameter and sign the
    /// digest as a message, some hash what they get once more.
    fn ed25519ph(&self, message: &Message<'_>) -> Result<Signature, SignError> {
        let needed = DigestAlgorithm::Sha512;
        let digest = message.digest(needed).ok_or(SignError::DigestMissing { needed })?;
        let unsupported = || SignError::PrehashUnsupported { token: self.token.state().label.clone() };
        let mechanism = Mechanism::Eddsa(EddsaParams::new(EddsaSignatureScheme::Ed25519ph(&[])));
        match self.raw(&mechanism, digest) {
            Ok(signature) if self.public.verify(message, &signature) == Ok(SignatureAlgorithm::Ed25519ph) => {
                Ok(Signature::new(SignatureAlgorithm::Ed25519ph, signature))
            }
            Ok(_) => Err(unsupported()),
            Err(fault) if is_refusal(&fault) => Err(unsupported()),
            Err(fault) => Err(self.told(fault, "CKM_EDDSA", digest.len())),
        }
    }

    /// ECDSA and RSA.
    fn over_digest(&self, algorithm: SignatureAlgorithm, message: &Message<'_>) -> Result<Signature, SignError> {
        let unsupported = SignError::AlgorithmUnsupported { algorithm: self.public.algorithm() };
        let needed = algorithm.digest().ok_or(unsupported)?;
        // tokens sign whatever they get: the length is checked here
        let digest = message.digest(needed).filter(|digest| digest.len() == needed.size());
        let digest = digest.ok_or(SignError::DigestMissing { needed })?;
        let attempts = attempts(algorithm, message.bytes(), digest);
        let known = self.works.load(Ordering::Relaxed); // what worked before, first: a try may cost a PIN
        let order = (0..attempts.len())
            .filter(|place| *place == known)
            .chain((0..attempts.len()).filter(|place| *place != known));
        let mut refused = SignError::FaultySignature;
        for place in order {
            let Some((mechanism, data)) = attempts.get(place) else { continue };
            let fault = match self.raw(mechanism, data) {
                Ok(raw) => match self.in_der(raw).filter(|made| self.is_what_was_asked(algorithm, message, made)) {
                    Some(made) => {
                        self.works.store(place, Ordering::Relaxed);
                        return Ok(Signature::new(algorithm, made));
                    }
                    None if self.login_per_use => continue,
                    None => return Err(SignError::FaultySignature),
                },
                Err(fault) => fault,
            };
            let (one_part, refusal) = (is_one_part(&fault), is_refusal(&fault));
            let told = self.told(fault, &mechanism.mechanism_type().to_string(), data.len());
            if !one_part && !refusal {
                return Err(told);
            }
            // what stops the mechanism that is there says more than that the next one is not
            if one_part || !matches!(refused, SignError::Token(TokenError::LoginPerUseUnsupported { .. })) {
                refused = told;
            }
        }
        Err(refused)
    }

    /// Whether a signature in parts is what was asked for: some modules sign what they were not given.
    /// The others are checked once, by whoever gets them.
    fn is_what_was_asked(&self, algorithm: SignatureAlgorithm, message: &Message<'_>, made: &[u8]) -> bool {
        !self.login_per_use || self.public.verify(message, made) == Ok(algorithm)
    }

    /// The signature as it stands in envelopes.
    fn in_der(&self, raw: Vec<u8>) -> Option<Vec<u8>> {
        match self.public.algorithm() {
            KeyAlgorithm::Rsa { .. } => Some(raw),
            curve => der_of_pair(&raw, coordinate(curve)),
        }
    }
}

impl Signer for TokenKey {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, input: &SigningInput) -> Result<Signature, SignError> {
        let message = input.message();
        let algorithm = self.public.algorithm();
        match (algorithm, message.bytes()) {
            (KeyAlgorithm::Ed25519, Some(bytes)) => self.ed25519(bytes),
            (KeyAlgorithm::Ed25519, None) => self.ed25519ph(&message),
            _ => match algorithm.over_digest().first() {
                Some(made) => self.over_digest(*made, &message),
                None => Err(SignError::AlgorithmUnsupported { algorithm }),
            },
        }
    }
}

/// The mechanisms to try, with what goes in. The token computes a digest only if it cannot sign one, or
/// if it wants its PIN at each use: by the standard only mechanisms with a digest have parts, between
/// which a login fits.
fn attempts<'d>(
    algorithm: SignatureAlgorithm,
    bytes: Option<&'d [u8]>,
    digest: &'d [u8],
) -> Vec<(Mechanism<'static>, Cow<'d, [u8]>)> {
    let (over_digest, hashing) = match algorithm {
        SignatureAlgorithm::RsaPkcs1v15Sha256 => {
            let info = [SHA256_DIGEST_INFO, digest].concat();
            ((Mechanism::RsaPkcs, Cow::Owned(info)), Mechanism::Sha256RsaPkcs)
        }
        SignatureAlgorithm::EcdsaP384Sha384 => ((Mechanism::Ecdsa, Cow::Borrowed(digest)), Mechanism::EcdsaSha384),
        SignatureAlgorithm::EcdsaP521Sha512 => ((Mechanism::Ecdsa, Cow::Borrowed(digest)), Mechanism::EcdsaSha512),
        _ => ((Mechanism::Ecdsa, Cow::Borrowed(digest)), Mechanism::EcdsaSha256),
    };
    [over_digest].into_iter().chain(bytes.map(|bytes| (hashing, Cow::Borrowed(bytes)))).collect()
}

/// What a token may refuse to sign, but not for its length.
const SMALL: usize = 512;

/// PKCS#11 v3.1's code for a token that is too small, which cryptoki has no name for.
const TOKEN_RESOURCE_EXCEEDED: u64 = 0x201;

/// The DigestInfo of RFC 8017 §9.2 note 1, as far as the SHA-256 digest.
const SHA256_DIGEST_INFO: &[u8] =
    &[0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20];

fn is_refusal(fault: &Fault) -> bool {
    use RvError::{ArgumentsBad, DataLenRange, FunctionNotSupported, MechanismInvalid, MechanismParamInvalid};
    matches!(
        fault.code(),
        Some(MechanismInvalid | MechanismParamInvalid | FunctionNotSupported | DataLenRange | ArgumentsBad)
    )
}

fn is_one_part(fault: &Fault) -> bool {
    matches!(fault, Fault::Told(TokenError::LoginPerUseUnsupported { .. }))
}

/// The bytes of a coordinate, and so of each half of a signature (PKCS#11 v2.40 §2.3.1).
fn coordinate(algorithm: KeyAlgorithm) -> usize {
    match algorithm {
        KeyAlgorithm::EcdsaP384 => 48,
        KeyAlgorithm::EcdsaP521 => 66,
        _ => 32,
    }
}

/// RFC 3279 §2.2.3.
#[derive(Sequence)]
struct EcdsaSignature<'a> {
    r: UintRef<'a>,
    s: UintRef<'a>,
}

/// The DER of r‖s; `None` if it is not two numbers of that size.
fn der_of_pair(raw: &[u8], size: usize) -> Option<Vec<u8>> {
    let (r, s) = (raw.len() == 2 * size).then(|| raw.split_at_checked(size)).flatten()?;
    EcdsaSignature { r: UintRef::new(r).ok()?, s: UintRef::new(s).ok()? }.to_der().ok()
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenKey").field("uri", &self.uri).field("public", &self.public).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_become_der_whatever_their_leading_bytes() {
        let mut raw = [0; 64];
        (raw[31], raw[32], raw[63]) = (1, 0x80, 5);
        let der = der_of_pair(&raw, 32).unwrap();
        assert_eq!(der[..6], [0x30, 0x26, 0x02, 0x01, 0x01, 0x02]);
        assert_eq!(der[6..9], [0x21, 0x00, 0x80]);
        for len in [0, 63, 65, 70, 96] {
            assert_eq!(der_of_pair(&vec![1; len], 32), None, "{len}");
        }
    }
}
