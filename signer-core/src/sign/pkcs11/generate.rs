//! New keys and certificates in a token.

use cryptoki::error::RvError;
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, CertificateType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;
use der::Encode as _;
use der::asn1::{ObjectIdentifier, PrintableStringRef};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::error::{TokenError, told};
use super::fault::Fault;
use super::key::TokenKey;
use super::module::guarded;
use super::object::{ALL, Object, find, some};
use super::public;
use super::token::Token;
use super::uri::{ObjectType, Uri};
use crate::key::pem;
use crate::key::spki::{ED25519, P256, P384};
use crate::key::{PemError, PublicKey};
use crate::sign::SignError;
use crate::sign::probe::probe;

/// A key pair to be made in a token.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// Its algorithm.
    pub algorithm: NewKeyAlgorithm,
    /// The label of both halves.
    pub label: String,
    /// The id of both halves.
    pub id: Vec<u8>,
    /// Whether the PIN is wanted at each use.
    pub login_per_use: bool,
}

/// The algorithms of which keys are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewKeyAlgorithm {
    /// Ed25519.
    Ed25519,
    /// ECDSA on P-256.
    P256,
    /// ECDSA on P-384.
    P384,
    /// RSA.
    Rsa {
        /// Bits of the modulus: 2048, 3072 or 4096.
        bits: u16,
    },
}

/// An id for a new key: 16 random bytes.
///
/// # Errors
/// When the system gives no randomness.
pub fn random_id() -> Result<Vec<u8>, SignError> {
    let mut id = vec![0; 16];
    getrandom::fill(&mut id).map_err(|error| SignError::Randomness { reason: error.to_string() })?;
    Ok(id)
}

impl Token {
    /// Makes a key pair in the token: a private key that signs and is sensitive, not extractable and
    /// private; good for signing only, where the token can make such keys.
    ///
    /// The token must have been opened for writing. The key signs a probe before it is handed out; a
    /// key that is less protected than that, or whose signatures do not verify, is destroyed.
    ///
    /// # Errors
    /// When an object of that label or id is there, when the token cannot make such keys or be
    /// written to, and when what it made is not what was asked for.
    pub fn generate(&self, new: &NewKey) -> Result<TokenKey, SignError> {
        self.login()?;
        let _alone = self.writing();
        self.refuse_existing(new)?;
        let (public, private) =
            self.0.sessions.with_session(|session| make(session, new)).map_err(|fault| match fault.code() {
                Some(RvError::MechanismInvalid | RvError::MechanismParamInvalid | RvError::CurveNotSupported) => {
                    TokenError::MechanismMissing {
                        token: self.state().label.clone(),
                        mechanism: generation(new.algorithm).0.mechanism_type().to_string(),
                        found: self.mechanisms().unwrap_or_default(),
                    }
                }
                _ => fault.at(&self.state().label),
            })?;
        self.made(new, private).map_err(|error| {
            let destroyed = self.0.sessions.with(|session| {
                let private = guarded(|| session.destroy_object(private));
                guarded(|| session.destroy_object(public)).and(private)
            });
            if destroyed.is_ok() {
                return error;
            }
            let (object, id) = (Some(new.label.clone().into_bytes()), Some(new.id.clone()));
            let key = Uri { object, id, ..self.uri().clone() }.to_string();
            TokenError::KeyLeft { key, reason: error.to_string() }.into()
        })
    }

    /// Writes a certificate into the token, beside the key that it is for: with its label and id.
    ///
    /// The token must have been opened for writing. With `replace`, the certificates that the key has
    /// (those of its id with its label or its public key) are destroyed once the new one is there.
    ///
    /// # Errors
    /// When the bytes are not one certificate, as PEM or DER, it is for another key than the one that the
    /// URI asks for, the key has a certificate already, or the token cannot be written to.
    pub fn import_certificate(&self, wanted: &Uri, certificate: &[u8], replace: bool) -> Result<Uri, TokenError> {
        let unusable = |reason: String| TokenError::CertificateUnusable { reason };
        let der = &certificate_der(certificate).map_err(|error| unusable(error.to_string()))?;
        let certified = public::of_certificate(der).map_err(|error| unusable(error.to_string()))?;
        self.login()?;
        let _alone = self.writing();
        let key = self.one_private(wanted)?;
        let Some(id) = some(key.id.clone()) else {
            let reason = "it has no id that a certificate could share".to_owned();
            return Err(TokenError::KeyUnsuitable { key: key.uri.to_string(), reason });
        };
        match self.public_half(&key) {
            Ok(public) if public != certified => {
                return Err(TokenError::CertificateMismatch {
                    key: key.uri.to_string(),
                    expected: told(&public),
                    found: told(&certified),
                });
            }
            Ok(_) => {}
            // a token may show the public key in the certificate only
            Err(TokenError::PublicKeyMissing { .. }) => self.proves(&key, &certified)?,
            Err(error) => return Err(error),
        }
        let same = Uri { id: Some(id.clone()), ..Uri::default() };
        let mut old = self.matching(&same, &[ObjectType::Certificate])?;
        // another pair may have the id, and a certificate of its own
        old.retain(|old| old.label == key.label || old.public_key.as_ref() == Some(&Ok(certified.clone())));
        if !old.is_empty() && !replace {
            return Err(self.exists(&old));
        }
        let template = certificate_template(der, &key.label, &id).map_err(unusable)?;
        self.0.sessions.with(|session| exchange(session, &template, &old))?;
        Ok(Uri { object_type: Some(ObjectType::Certificate), ..key.uri })
    }

    /// That a private key is the certificate's: by a signature.
    fn proves(&self, key: &Object, certified: &PublicKey) -> Result<(), TokenError> {
        let mismatch = |expected: String| {
            let (key, found) = (key.uri.to_string(), told(certified));
            TokenError::CertificateMismatch { key, expected, found }
        };
        if let Some(stated) = key.contradicts(certified.algorithm()) {
            return Err(mismatch(format!("of {stated}")));
        }
        let wanted = Uri { id: Some(key.id.clone()), object: Some(key.label.clone()), ..Uri::default() };
        match probe(&self.signing_key(&wanted, Some(certified))?) {
            Ok(_) => Ok(()),
            Err(SignError::Token(error)) => Err(error),
            Err(_) => Err(mismatch("of this private key".to_owned())),
        }
    }

    fn refuse_existing(&self, new: &NewKey) -> Result<(), TokenError> {
        let label = Uri { object: Some(new.label.clone().into_bytes()), ..Uri::default() };
        let id = Uri { id: Some(new.id.clone()), ..Uri::default() };
        for alike in [label, id] {
            let found = self.matching(&alike, &ALL)?;
            if !found.is_empty() {
                return Err(self.exists(&found));
            }
        }
        Ok(())
    }

    fn exists(&self, found: &[Object]) -> TokenError {
        TokenError::ObjectExists {
            token: self.state().label.clone(),
            found: found.iter().map(|object| object.uri.to_string()).collect(),
        }
    }

    /// The new key, if it is what was asked for.
    fn made(&self, new: &NewKey, private: ObjectHandle) -> Result<TokenKey, SignError> {
        let object = self.0.sessions.with(|session| self.read(session, ObjectType::Private, private))?;
        let facts = &object.facts;
        for (attribute, wrong) in [
            ("CKA_SENSITIVE", facts.sensitive != Some(true)),
            ("CKA_EXTRACTABLE false", facts.extractable != Some(false)),
            ("CKA_PRIVATE", facts.private != Some(true)),
            ("CKA_SIGN", facts.may_sign != Some(true)),
            ("CKA_ALWAYS_AUTHENTICATE", facts.login_per_use != new.login_per_use),
        ] {
            if wrong {
                return Err(TokenError::KeyUnprotected { token: self.state().label.clone(), attribute }.into());
            }
        }
        let wanted = Uri { object: Some(new.label.clone().into_bytes()), id: Some(new.id.clone()), ..Uri::default() };
        let key = self.signing_key(&wanted, None)?;
        probe(&key)?;
        Ok(key)
    }
}

/// Writes the new certificate, then destroys the old ones; the new one is taken back if the token keeps
/// the first of them.
fn exchange(session: &Session, template: &[Attribute], old: &[Object]) -> Result<(), Fault> {
    let new = guarded(|| session.create_object(template))?;
    for (place, object) in old.iter().enumerate() {
        if let Err(fault) = guarded(|| session.destroy_object(object.handle)) {
            if place == 0 {
                let _ = guarded(|| session.destroy_object(new)); // as it was
            }
            return Err(fault);
        }
    }
    Ok(())
}

/// Asks for the key in the narrowest terms that the token takes; what it is, is read afterwards.
fn make(session: &Session, new: &NewKey) -> Result<(ObjectHandle, ObjectHandle), Fault> {
    let (mechanism, kinds) = generation(new.algorithm);
    let asked = kinds.iter().flat_map(|kind| [true, false].map(|narrow| templates(new, kind, narrow)));
    let mut refused = Fault::Panicked; // there is one to ask for at least
    for (public, private) in asked {
        match guarded(|| session.generate_key_pair(&mechanism, &public, &private)) {
            Ok(made) => return Ok(made),
            Err(fault) if is_about_template(&fault) => refused = fault,
            // says nothing of the template, but some modules answer so
            Err(fault) if is_vague(&fault) && find(session, &named(new), 1)?.is_empty() => refused = fault,
            Err(fault) => return Err(fault),
        }
    }
    Err(refused)
}

/// The mechanism, and what describes the key, in the forms that tokens take.
fn generation(algorithm: NewKeyAlgorithm) -> (Mechanism<'static>, Vec<Vec<Attribute>>) {
    let params = |oid: ObjectIdentifier| vec![Attribute::EcParams(oid.to_der().unwrap_or_default())];
    match algorithm {
        NewKeyAlgorithm::P256 => (Mechanism::EccKeyPairGen, vec![params(P256)]),
        NewKeyAlgorithm::P384 => (Mechanism::EccKeyPairGen, vec![params(P384)]),
        NewKeyAlgorithm::Ed25519 => {
            let name = PrintableStringRef::new("edwards25519").and_then(|name| name.to_der()).unwrap_or_default();
            (Mechanism::EccEdwardsKeyPairGen, vec![params(ED25519), vec![Attribute::EcParams(name)]])
        }
        NewKeyAlgorithm::Rsa { bits } => {
            let bits = Attribute::ModulusBits(cryptoki::types::Ulong::new(bits.into()));
            let exponent = Attribute::PublicExponent(vec![1, 0, 1]);
            (Mechanism::RsaPkcsKeyPairGen, vec![vec![bits, exponent]])
        }
    }
}

/// What both halves are found by.
fn named(new: &NewKey) -> [Attribute; 3] {
    let label = Attribute::Label(new.label.clone().into_bytes());
    [Attribute::Token(true), label, Attribute::Id(new.id.clone())]
}

/// The templates of both halves; the narrow ones also say what the key is not for.
fn templates(new: &NewKey, kind: &[Attribute], narrow: bool) -> (Vec<Attribute>, Vec<Attribute>) {
    let named =
        [Attribute::Token(true), Attribute::Label(new.label.clone().into_bytes()), Attribute::Id(new.id.clone())];
    let mut public = named.to_vec();
    public.extend([Attribute::Private(false), Attribute::Verify(true)]);
    public.extend_from_slice(kind);
    let mut private = named.to_vec();
    private.extend([
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Sign(true),
    ]);
    if new.login_per_use {
        private.push(Attribute::AlwaysAuthenticate(true));
    }
    if narrow {
        public.extend([Attribute::Encrypt(false), Attribute::Wrap(false)]);
        private.extend([Attribute::Decrypt(false), Attribute::Unwrap(false), Attribute::Derive(false)]);
    }
    (public, private)
}

fn is_about_template(fault: &Fault) -> bool {
    use RvError::{
        AttributeReadOnly, AttributeTypeInvalid, AttributeValueInvalid, CurveNotSupported, DomainParamsInvalid,
        TemplateInconsistent,
    };
    let codes = [
        AttributeReadOnly,
        AttributeTypeInvalid,
        AttributeValueInvalid,
        CurveNotSupported,
        DomainParamsInvalid,
        TemplateInconsistent,
    ];
    fault.code().is_some_and(|code| codes.contains(&code))
}

fn is_vague(fault: &Fault) -> bool {
    matches!(fault.code(), Some(RvError::GeneralError | RvError::FunctionFailed))
}

/// The DER of a file that is a PEM block `CERTIFICATE`, perhaps with comments round it, or DER itself.
fn certificate_der(file: &[u8]) -> Result<Vec<u8>, PemError> {
    if file.first() == Some(&0x30) {
        return Ok(file.to_vec());
    }
    let block = pem::single(file, CERTIFICATE, "")?;
    if block.label == CERTIFICATE { Ok(block.decode()?.to_vec()) } else { Err(pem::unexpected(&block, CERTIFICATE)) }
}

const CERTIFICATE: &str = "CERTIFICATE";

/// PKCS#11 v2.40 §4.6.3.
fn certificate_template(der: &[u8], label: &[u8], id: &[u8]) -> Result<Vec<Attribute>, String> {
    let (_, certificate) = X509Certificate::from_der(der).map_err(|error| error.to_string())?;
    let serial = der::asn1::IntRef::new(certificate.raw_serial()).and_then(|serial| serial.to_der());
    Ok(vec![
        Attribute::Class(ObjectClass::CERTIFICATE),
        Attribute::CertificateType(CertificateType::X_509),
        Attribute::Token(true),
        Attribute::Private(false),
        Attribute::Label(label.to_vec()),
        Attribute::Id(id.to_vec()),
        Attribute::Subject(certificate.subject().as_raw().to_vec()),
        Attribute::Issuer(certificate.issuer().as_raw().to_vec()),
        Attribute::SerialNumber(serial.map_err(|error| error.to_string())?),
        Attribute::Value(der.to_vec()),
    ])
}
