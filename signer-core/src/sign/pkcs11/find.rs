//! Which key in a token: the one that the URI asks for, or an error that says what is there.

use super::error::{TokenError, told};
use super::key::TokenKey;
use super::object::{ALL, Object, some};
use super::token::Token;
use super::uri::{ObjectType, Uri};
use crate::key::PublicKey;
use crate::key::backend::Backend;

impl Token {
    /// Finds the one private key that the URI asks for, logging in first, and its public key.
    ///
    /// The public key is `public` if that is given, for tokens that show none; else what the token says
    /// with the private key, or in a public key object or a certificate of the same id. Whether it is
    /// the right one shows at each signature.
    ///
    /// # Errors
    /// When no private key or several are what the URI asks for, with what is there; when it cannot
    /// sign, is of an algorithm that this build does not verify, or its public key is not to be had.
    pub fn signing_key(&self, wanted: &Uri, public: Option<&PublicKey>) -> Result<TokenKey, TokenError> {
        self.login()?;
        let object = self.one_private(wanted)?;
        let uri = object.uri.to_string();
        let unsuitable = |reason: String| Err(TokenError::KeyUnsuitable { key: uri.clone(), reason });
        if object.facts.may_sign == Some(false) {
            return unsuitable("the token does not let it (CKA_SIGN is false)".to_owned());
        }
        let public = match public {
            Some(public) => public.clone(),
            None => self.public_half(&object)?,
        };
        let algorithm = public.algorithm();
        if let Some(stated) = object.contradicts(algorithm) {
            return unsuitable(format!("it is {stated}, and its public key is {algorithm}"));
        }
        if !Backend::PREFERRED.supports(algorithm) {
            return unsuitable(format!("this build does not verify {algorithm} signatures, so none could be checked"));
        }
        Ok(TokenKey::new(self.clone(), object, public))
    }

    /// The public key that the URI asks for: of a public key object, a certificate, or a private key.
    ///
    /// Objects that can be seen without a login are looked at first.
    ///
    /// # Errors
    /// When nothing matches, or objects of different keys do, with what is there; or when the key
    /// cannot be used.
    pub fn public_key(&self, wanted: &Uri) -> Result<PublicKey, TokenError> {
        let mut matching = self.matching(wanted, &ALL)?;
        if matching.is_empty() && self.state().login_required {
            self.login()?;
            matching = self.matching(wanted, &ALL)?;
        }
        let Some(first) = matching.first() else {
            return Err(self.key_missing("key or certificate", wanted, &ALL)?);
        };
        let mut keys: Vec<PublicKey> = Vec::new();
        for object in &matching {
            let key = match &object.public_key {
                Some(Ok(key)) => key.clone(),
                Some(Err(error)) => {
                    return Err(TokenError::PublicKeyUnusable { key: object.uri.to_string(), error: error.clone() });
                }
                None if object.kind == ObjectType::Private => self.public_half(object)?,
                None => return Err(TokenError::PublicKeyMissing { key: object.uri.to_string() }),
            };
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        match keys.pop() {
            Some(key) if keys.is_empty() => Ok(key),
            Some(_) => Err(self.ambiguous(wanted, &matching)),
            None => Err(TokenError::PublicKeyMissing { key: first.uri.to_string() }),
        }
    }

    pub(super) fn one_private(&self, wanted: &Uri) -> Result<Object, TokenError> {
        let mut matching = self.matching(wanted, &[ObjectType::Private])?;
        match (matching.pop(), matching.as_slice()) {
            (None, _) => Err(self.key_missing("private key", wanted, &[ObjectType::Private])?),
            (Some(object), []) => Ok(object),
            (Some(object), _) => {
                matching.push(object);
                Err(self.ambiguous(wanted, &matching))
            }
        }
    }

    fn key_missing(&self, what: &'static str, wanted: &Uri, kinds: &[ObjectType]) -> Result<TokenError, TokenError> {
        let (there, _) = self.first(&Uri::default(), kinds, LISTED)?;
        Ok(TokenError::KeyMissing {
            what,
            token: self.state().label.clone(),
            wanted: wanted.without_pin().to_string(),
            found: there.iter().map(|object| object.uri.to_string()).collect(),
        })
    }

    fn ambiguous(&self, wanted: &Uri, matching: &[Object]) -> TokenError {
        TokenError::KeyAmbiguous {
            token: self.state().label.clone(),
            wanted: wanted.without_pin().to_string(),
            found: matching.iter().map(|object| object.uri.to_string()).collect(),
        }
    }

    /// The public key of a private key: what the token says of it, which must be one key.
    pub(super) fn public_half(&self, private: &Object) -> Result<PublicKey, TokenError> {
        let key = private.uri.to_string();
        if let Some(Ok(known)) = &private.public_key {
            return Ok(known.clone());
        }
        // objects of one key pair share an id; without one, the label has to do
        let (id, label) = (some(private.id.clone()), some(private.label.clone()));
        let pair = Uri { object: if id.is_some() { None } else { label }, id, ..Uri::default() };
        if pair.id.is_none() && pair.object.is_none() {
            return Err(TokenError::PublicKeyMissing { key });
        }
        let fits = |public: &PublicKey| private.contradicts(public.algorithm()).is_none();
        let mut keys: Vec<PublicKey> = Vec::new();
        let mut unusable = None;
        let mut halves = self.matching(&pair, &[ObjectType::Public, ObjectType::Certificate])?;
        if halves.iter().any(|half| half.label == private.label) {
            halves.retain(|half| half.label == private.label); // id and label: another pair may have the id
        }
        for object in halves {
            match object.public_key {
                Some(Ok(public)) if fits(&public) && !keys.contains(&public) => keys.push(public),
                Some(Err(error)) => {
                    unusable.get_or_insert(TokenError::PublicKeyUnusable { key: object.uri.to_string(), error });
                }
                _ => {}
            }
        }
        match keys.as_slice() {
            [one] => Ok(one.clone()),
            [] => Err(unusable.unwrap_or(TokenError::PublicKeyMissing { key })),
            several => Err(TokenError::PublicKeyAmbiguous { key, found: several.iter().map(told).collect() }),
        }
    }
}

/// The most objects of a kind that an error lists: reading each takes a token a while.
const LISTED: usize = 50;
