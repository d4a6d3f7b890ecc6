//! Keys and certificates in a token.

use core::fmt;

use cryptoki::error::Error;
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;

use super::error::TokenError;
use super::fault::Fault;
use super::module::guarded;
use super::public;
use super::token::Token;
use super::uri::{ObjectType, Uri};
use crate::key::{KeyAlgorithm, KeyError, PublicKey};
use crate::limits;

/// A key or a certificate in a token.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Object {
    /// What it is: a private key, a public key or a certificate.
    pub kind: ObjectType,
    /// Its label, which should be UTF-8.
    pub label: Vec<u8>,
    /// Its id, which the objects of one key pair share.
    pub id: Vec<u8>,
    /// Its public key: of a private key only if the token says it with the private key.
    pub public_key: Option<Result<PublicKey, KeyError>>,
    /// Its URI, with the token's.
    pub uri: Uri,
    pub(super) handle: ObjectHandle,
    pub(super) facts: Facts,
}

/// What else matters of an object.
#[derive(Clone, Default)]
pub(super) struct Facts {
    pub(super) key_type: Option<KeyType>,
    pub(super) may_sign: Option<bool>,
    pub(super) sensitive: Option<bool>,
    pub(super) extractable: Option<bool>,
    pub(super) private: Option<bool>,
    pub(super) login_per_use: bool,
    pub(super) ec_params: Option<Vec<u8>>,
    pub(super) ec_point: Option<Vec<u8>>,
    pub(super) modulus: Option<Vec<u8>>,
    pub(super) public_exponent: Option<Vec<u8>>,
    pub(super) public_key_info: Option<Vec<u8>>,
    pub(super) value: Option<Vec<u8>>,
}

impl Object {
    /// Whether a private key wants its PIN at each use (`CKA_ALWAYS_AUTHENTICATE`).
    pub fn wants_login_per_use(&self) -> bool {
        self.facts.login_per_use
    }

    /// Whether a private key cannot leave the token as it is, and is not told in the clear: `None` if
    /// the token does not say.
    pub fn is_protected(&self) -> Option<bool> {
        Some(self.facts.sensitive? && !self.facts.extractable?)
    }

    /// What a private key says it is, if that cannot have a public key of that algorithm.
    pub(super) fn contradicts(&self, algorithm: KeyAlgorithm) -> Option<String> {
        if let Some(key_type) = self.facts.key_type.filter(|key_type| !fits(*key_type, algorithm)) {
            return Some(format!("a {key_type}"));
        }
        let curve = self.facts.ec_params.as_deref().and_then(public::algorithm_of_curve);
        curve.filter(|curve| *curve != algorithm).map(|curve| format!("an {curve} key"))
    }
}

impl Token {
    /// The keys and certificates that can be seen: private keys only after a [`login`](Self::login).
    ///
    /// # Errors
    /// When the token fails, or has more than [`limits::TOKEN_OBJECTS`] of one kind.
    pub fn objects(&self) -> Result<Vec<Object>, TokenError> {
        self.matching(&Uri::default(), &ALL)
    }

    /// The objects of these kinds that are what the URI asks for.
    pub(super) fn matching(&self, wanted: &Uri, kinds: &[ObjectType]) -> Result<Vec<Object>, TokenError> {
        match self.first(wanted, kinds, limits::TOKEN_OBJECTS)? {
            (objects, true) => Ok(objects),
            (_, false) => Err(TokenError::TooManyObjects),
        }
    }

    /// The first of them, of each kind so many at most; and whether these are all.
    pub(super) fn first(
        &self,
        wanted: &Uri,
        kinds: &[ObjectType],
        most: usize,
    ) -> Result<(Vec<Object>, bool), TokenError> {
        self.0.sessions.with(|session| {
            let (mut objects, mut all) = (Vec::new(), true);
            for kind in kinds.iter().filter(|kind| wanted.object_type.is_none_or(|wanted| wanted == **kind)) {
                let Some(class) = class(*kind) else { continue };
                let mut template = vec![Attribute::Class(class)];
                template.extend(wanted.object.clone().map(Attribute::Label));
                template.extend(wanted.id.clone().map(Attribute::Id));
                let mut found = find(session, &template, most.saturating_add(1))?;
                all &= found.len() <= most;
                found.truncate(most);
                for handle in found {
                    let object = self.read(session, *kind, handle)?;
                    // some modules leave parts of a template out of account
                    if is_wanted(&object, wanted) {
                        objects.push(object);
                    }
                }
            }
            Ok((objects, all))
        })
    }

    /// Reads an object as it is now.
    pub(super) fn read(&self, session: &Session, kind: ObjectType, handle: ObjectHandle) -> Result<Object, Fault> {
        let mut object = Object {
            kind,
            label: Vec::new(),
            id: Vec::new(),
            public_key: None,
            uri: Uri { object_type: Some(kind), ..self.0.uri.clone() },
            handle,
            facts: Facts::default(),
        };
        for attribute in attributes(session, handle, asked(kind))? {
            let facts = &mut object.facts;
            match attribute {
                Attribute::Label(label) => object.label = label,
                Attribute::Id(id) => object.id = id,
                Attribute::KeyType(key_type) => facts.key_type = Some(key_type),
                Attribute::Sign(value) => facts.may_sign = Some(value),
                Attribute::Sensitive(value) => facts.sensitive = Some(value),
                Attribute::Extractable(value) => facts.extractable = Some(value),
                Attribute::Private(value) => facts.private = Some(value),
                Attribute::AlwaysAuthenticate(value) => facts.login_per_use = value,
                Attribute::EcParams(value) => facts.ec_params = some(value),
                Attribute::EcPoint(value) => facts.ec_point = some(value),
                Attribute::Modulus(value) => facts.modulus = some(value),
                Attribute::PublicExponent(value) => facts.public_exponent = some(value),
                Attribute::PublicKeyInfo(value) => facts.public_key_info = some(value),
                Attribute::Value(value) => facts.value = some(value),
                _ => {}
            }
        }
        object.uri.object = (!object.label.is_empty()).then(|| object.label.clone());
        object.uri.id = (!object.id.is_empty()).then(|| object.id.clone());
        object.public_key = public::of(kind, &object.facts);
        Ok(object)
    }
}

/// What signing has to do with.
pub(super) const ALL: [ObjectType; 3] = [ObjectType::Private, ObjectType::Public, ObjectType::Certificate];

fn class(kind: ObjectType) -> Option<ObjectClass> {
    match kind {
        ObjectType::Private => Some(ObjectClass::PRIVATE_KEY),
        ObjectType::Public => Some(ObjectClass::PUBLIC_KEY),
        ObjectType::Certificate => Some(ObjectClass::CERTIFICATE),
        ObjectType::SecretKey | ObjectType::Data => None,
    }
}

fn asked(kind: ObjectType) -> &'static [AttributeType] {
    use AttributeType::{
        AlwaysAuthenticate, EcParams, EcPoint, Extractable, Id, KeyType, Label, Modulus, Private, PublicExponent,
        PublicKeyInfo, Sensitive, Sign, Value,
    };
    match kind {
        ObjectType::Private => &[
            Label,
            Id,
            KeyType,
            Private,
            Sign,
            Sensitive,
            Extractable,
            AlwaysAuthenticate,
            EcParams,
            EcPoint,
            Modulus,
            PublicExponent,
            PublicKeyInfo,
        ],
        ObjectType::Public => &[Label, Id, KeyType, Private, EcParams, EcPoint, Modulus, PublicExponent, PublicKeyInfo],
        _ => &[Label, Id, Value], // never the value of a secret key
    }
}

fn is_wanted(object: &Object, wanted: &Uri) -> bool {
    wanted.object.as_ref().is_none_or(|label| *label == object.label)
        && wanted.id.as_ref().is_none_or(|id| *id == object.id)
}

/// The first objects, so many at most, that a template describes.
pub(super) fn find(session: &Session, template: &[Attribute], most: usize) -> Result<Vec<ObjectHandle>, Fault> {
    guarded(|| session.iter_objects(template)?.take(most).collect::<Result<Vec<_>, Error>>())
}

/// The attributes that the object has; together if the module can, else one by one.
pub(super) fn attributes(
    session: &Session,
    object: ObjectHandle,
    asked: &[AttributeType],
) -> Result<Vec<Attribute>, Fault> {
    match guarded(|| session.get_attributes(object, asked)) {
        Ok(attributes) => Ok(attributes),
        Err(fault) if fault.is_grave() => Err(fault),
        Err(fault) => {
            let (mut known, mut answers) = (Vec::new(), false);
            for one in asked {
                match guarded(|| session.get_attributes(object, core::slice::from_ref(one))) {
                    Ok(attribute) => {
                        answers = true;
                        known.extend(attribute);
                    }
                    Err(fault) if fault.is_grave() => return Err(fault),
                    Err(_) => {} // as good as absent: what needs it says so
                }
            }
            if answers { Ok(known) } else { Err(fault) }
        }
    }
}

/// Whether a key of that type can have a public key of that algorithm. Some tokens file Ed25519 under
/// the elliptic curves of ECDSA.
fn fits(key_type: KeyType, algorithm: KeyAlgorithm) -> bool {
    match algorithm {
        KeyAlgorithm::Ed25519 => key_type == KeyType::EC_EDWARDS || key_type == KeyType::EC,
        KeyAlgorithm::EcdsaP256 | KeyAlgorithm::EcdsaP384 | KeyAlgorithm::EcdsaP521 => key_type == KeyType::EC,
        KeyAlgorithm::Rsa { .. } => key_type == KeyType::RSA,
    }
}

pub(super) fn some(bytes: Vec<u8>) -> Option<Vec<u8>> {
    (!bytes.is_empty()).then_some(bytes)
}

impl fmt::Debug for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Facts").field("key_type", &self.key_type).finish_non_exhaustive()
    }
}
