//! Objects on a token, as bags of attributes.

use std::sync::Arc;

use cryptoki_sys::{CK_ATTRIBUTE_TYPE, CK_BBOOL, CK_FALSE, CK_KEY_TYPE, CK_SESSION_HANDLE, CK_SLOT_ID, CK_TRUE};
use cryptoki_sys::{CK_ULONG, CKA_ALWAYS_AUTHENTICATE, CKA_ALWAYS_SENSITIVE, CKA_CERTIFICATE_TYPE, CKA_CLASS};
use cryptoki_sys::{CKA_COEFFICIENT, CKA_DECRYPT, CKA_DERIVE, CKA_EC_PARAMS, CKA_EC_POINT, CKA_EXPONENT_1};
use cryptoki_sys::{CKA_ENCRYPT, CKA_SIGN_RECOVER, CKA_VERIFY_RECOVER, CKA_WRAP};
use cryptoki_sys::{CKA_EXPONENT_2, CKA_EXTRACTABLE, CKA_ID, CKA_ISSUER, CKA_KEY_TYPE, CKA_LABEL, CKA_LOCAL};
use cryptoki_sys::{CKA_MODIFIABLE, CKA_MODULUS, CKA_MODULUS_BITS, CKA_NEVER_EXTRACTABLE, CKA_PRIME_1, CKA_PRIME_2};
use cryptoki_sys::{CKA_PRIVATE, CKA_PRIVATE_EXPONENT, CKA_PUBLIC_EXPONENT, CKA_PUBLIC_KEY_INFO, CKA_SENSITIVE};
use cryptoki_sys::{CKA_SERIAL_NUMBER, CKA_SIGN, CKA_SUBJECT, CKA_TOKEN, CKA_UNWRAP, CKA_VALUE, CKA_VERIFY};
use cryptoki_sys::{CKC_X_509, CKO_CERTIFICATE, CKO_PRIVATE_KEY, CKO_PUBLIC_KEY, CKR_ATTRIBUTE_SENSITIVE};
use cryptoki_sys::{CKR_ATTRIBUTE_TYPE_INVALID, CKR_KEY_HANDLE_INVALID};

use crate::call::Result;
use crate::der;
use crate::keys::{ED25519_NAME, EXPONENT, PrivateKey, PublicKey};
use crate::memory::Attributes;
use crate::script::{KeyScript, Params, Point, PublicAt};

/// An object.
pub(crate) struct Object {
    pub(crate) slot: CK_SLOT_ID,
    /// The session that it dies with; none for objects of the token.
    pub(crate) owner: Option<CK_SESSION_HANDLE>,
    pub(crate) attributes: Attributes,
    pub(crate) key: Option<Arc<PrivateKey>>,
    /// Whether the key signs raw data in several parts.
    pub(crate) multipart: bool,
}

impl Object {
    /// The objects of a key of the script.
    pub(crate) fn of_script(
        slot: CK_SLOT_ID,
        script: &KeyScript,
        login: bool,
    ) -> std::result::Result<Vec<Self>, String> {
        let key = PrivateKey::from_label(script.algorithm, &script.label);
        let key = key.ok_or_else(|| format!("no key follows from the label `{}`", script.label))?;
        let public_key =
            if script.mismatch { PublicKey::stranger(script.algorithm, &script.label) } else { Some(key.public_key()) };
        let public_key = public_key.ok_or_else(|| format!("no other key follows from the label `{}`", script.label))?;

        let mut private = Self::private_key(slot, key, &public_key);
        private.multipart = script.multipart;
        private.set_flag(CKA_PRIVATE, login);
        private.set_flag(CKA_SIGN, script.sign);
        private.set_flag(CKA_ALWAYS_AUTHENTICATE, script.always_authenticate);
        let mut public = None;
        match script.public {
            PublicAt::Object => public = Some(Self::public_key(slot, &public_key)),
            PublicAt::Certificate => {
                let value = match &script.certificate {
                    Some(path) => std::fs::read(path).map_err(|error| format!("`{}`: {error}", path.display()))?,
                    None => der::certificate(&public_key.info(), &script.label),
                };
                public = Some(Self::certificate(slot, value, &script.label));
            }
            PublicAt::Info => {
                private.attributes.insert(CKA_PUBLIC_KEY_INFO, public_key.info());
            }
            PublicAt::None => {
                private.attributes.remove(&CKA_MODULUS);
                private.attributes.remove(&CKA_PUBLIC_EXPONENT);
            }
        }
        let mut objects: Vec<Self> = std::iter::once(private).chain(public).collect();
        for object in &mut objects {
            object.attributes.insert(CKA_LABEL, script.label.clone().into_bytes());
            object.attributes.insert(CKA_ID, script.id.0.clone());
            object.show(&public_key, script.point, script.params);
        }
        Ok(objects)
    }

    /// A private key that signs; its attributes tell nothing of the public key but what every key of its kind tells.
    pub(crate) fn private_key(slot: CK_SLOT_ID, key: PrivateKey, public_key: &PublicKey) -> Self {
        let mut object = Self::new(slot, CKO_PRIVATE_KEY);
        object.key = Some(Arc::new(key));
        object.describe(public_key);
        object.attributes.insert(CKA_SUBJECT, Vec::new());
        for flag in [CKA_PRIVATE, CKA_SENSITIVE, CKA_ALWAYS_SENSITIVE, CKA_NEVER_EXTRACTABLE, CKA_LOCAL, CKA_SIGN] {
            object.set_flag(flag, true);
        }
        for flag in [CKA_EXTRACTABLE, CKA_DECRYPT, CKA_UNWRAP, CKA_DERIVE, CKA_SIGN_RECOVER, CKA_ALWAYS_AUTHENTICATE] {
            object.set_flag(flag, false);
        }
        object
    }

    /// A public key.
    pub(crate) fn public_key(slot: CK_SLOT_ID, public_key: &PublicKey) -> Self {
        let mut object = Self::new(slot, CKO_PUBLIC_KEY);
        object.describe(public_key);
        match public_key.modulus() {
            Some(modulus) => object.set_number(CKA_MODULUS_BITS, modulus.len() as CK_ULONG * 8),
            None => object.show_point(public_key, Point::Wrapped),
        }
        for flag in [CKA_VERIFY, CKA_LOCAL] {
            object.set_flag(flag, true);
        }
        for flag in [CKA_ENCRYPT, CKA_WRAP, CKA_DERIVE, CKA_VERIFY_RECOVER] {
            object.set_flag(flag, false);
        }
        object
    }

    fn certificate(slot: CK_SLOT_ID, value: Vec<u8>, name: &str) -> Self {
        let mut object = Self::new(slot, CKO_CERTIFICATE);
        object.set_number(CKA_CERTIFICATE_TYPE, CKC_X_509);
        object.attributes.insert(CKA_SUBJECT, der::name_of(name));
        object.attributes.insert(CKA_ISSUER, der::name_of(name));
        object.attributes.insert(CKA_SERIAL_NUMBER, der::integer(&[1]));
        object.attributes.insert(CKA_VALUE, value);
        object
    }

    fn new(slot: CK_SLOT_ID, class: CK_ULONG) -> Self {
        let mut object = Self { slot, owner: None, attributes: Attributes::new(), key: None, multipart: false };
        object.set_number(CKA_CLASS, class);
        object.attributes.insert(CKA_LABEL, Vec::new());
        object.attributes.insert(CKA_ID, Vec::new());
        object.set_flag(CKA_TOKEN, true);
        object.set_flag(CKA_PRIVATE, false);
        object.set_flag(CKA_MODIFIABLE, true);
        object
    }

    /// What both halves of a pair tell.
    fn describe(&mut self, public_key: &PublicKey) {
        self.set_number(CKA_KEY_TYPE, public_key.key_type());
        if let Some(curve) = public_key.curve() {
            self.attributes.insert(CKA_EC_PARAMS, curve.to_vec());
        }
        if let Some(modulus) = public_key.modulus() {
            self.attributes.insert(CKA_MODULUS, modulus.to_vec());
            self.attributes.insert(CKA_PUBLIC_EXPONENT, EXPONENT.to_vec());
        }
    }

    /// The forms that the script asks for.
    fn show(&mut self, public_key: &PublicKey, point: Point, params: Params) {
        if self.attributes.contains_key(&CKA_EC_POINT) {
            self.show_point(public_key, point);
        }
        let is_edwards = public_key.key_type() == cryptoki_sys::CKK_EC_EDWARDS;
        if is_edwards && params == Params::Name && self.attributes.contains_key(&CKA_EC_PARAMS) {
            self.attributes.insert(CKA_EC_PARAMS, der::printable_string(ED25519_NAME));
        }
    }

    fn show_point(&mut self, public_key: &PublicKey, form: Point) {
        let point = match form {
            Point::Wrapped => der::octet_string(public_key.point()),
            Point::Raw => public_key.point().to_vec(),
        };
        self.attributes.insert(CKA_EC_POINT, point);
    }

    /// Whether it has all of these attributes.
    pub(crate) fn matches(&self, template: &Attributes) -> bool {
        template.iter().all(|(kind, value)| self.attributes.get(kind) == Some(value))
    }

    /// The value of an attribute, unless it is secret or there is none.
    pub(crate) fn value(&self, kind: CK_ATTRIBUTE_TYPE) -> Result<&[u8]> {
        if self.key.is_some() && SECRET.contains(&kind) {
            return Err(CKR_ATTRIBUTE_SENSITIVE);
        }
        self.attributes.get(&kind).map(Vec::as_slice).ok_or(CKR_ATTRIBUTE_TYPE_INVALID)
    }

    /// Whether this attribute is there and true.
    pub(crate) fn flag(&self, kind: CK_ATTRIBUTE_TYPE) -> bool {
        flag(&self.attributes, kind) == Some(true)
    }

    /// The private key and its type, to sign with.
    pub(crate) fn signing_key(&self) -> Result<(Arc<PrivateKey>, CK_KEY_TYPE)> {
        let key = self.key.clone().ok_or(CKR_KEY_HANDLE_INVALID)?;
        Ok((key, number(&self.attributes, CKA_KEY_TYPE).ok_or(CKR_KEY_HANDLE_INVALID)?))
    }

    pub(crate) fn set_flag(&mut self, kind: CK_ATTRIBUTE_TYPE, value: bool) {
        self.attributes.insert(kind, vec![if value { CK_TRUE } else { CK_FALSE }]);
    }

    fn set_number(&mut self, kind: CK_ATTRIBUTE_TYPE, value: CK_ULONG) {
        self.attributes.insert(kind, value.to_ne_bytes().to_vec());
    }
}

/// A CK_BBOOL of a template.
pub(crate) fn flag(template: &Attributes, kind: CK_ATTRIBUTE_TYPE) -> Option<bool> {
    template.get(&kind).map(|value| value.as_slice() != [CK_BBOOL::from(false)])
}

/// A CK_ULONG of a template.
pub(crate) fn number(template: &Attributes, kind: CK_ATTRIBUTE_TYPE) -> Option<CK_ULONG> {
    Some(CK_ULONG::from_ne_bytes(template.get(&kind)?.as_slice().try_into().ok()?))
}

/// What a private key never tells.
const SECRET: [CK_ATTRIBUTE_TYPE; 7] =
    [CKA_VALUE, CKA_PRIVATE_EXPONENT, CKA_PRIME_1, CKA_PRIME_2, CKA_EXPONENT_1, CKA_EXPONENT_2, CKA_COEFFICIENT];
