//! Finding, reading, making and changing objects.

use cryptoki_sys::{CK_ATTRIBUTE_TYPE, CK_MECHANISM_TYPE, CKR_USER_NOT_LOGGED_IN};
use cryptoki_sys::{CK_OBJECT_HANDLE, CK_SESSION_HANDLE, CK_ULONG, CK_UNAVAILABLE_INFORMATION, CKA_CERTIFICATE_TYPE};
use cryptoki_sys::{CKA_CLASS, CKA_EC_PARAMS, CKA_ID, CKA_KEY_TYPE, CKA_LABEL, CKA_MODIFIABLE, CKA_PRIVATE};
use cryptoki_sys::{CKA_SUBJECT, CKA_TOKEN, CKA_VALUE, CKM_EC_EDWARDS_KEY_PAIR_GEN, CKM_EC_KEY_PAIR_GEN};
use cryptoki_sys::{CKO_CERTIFICATE, CKO_DATA, CKO_PRIVATE_KEY, CKO_PUBLIC_KEY, CKR_ATTRIBUTE_READ_ONLY};
use cryptoki_sys::{CKR_BUFFER_TOO_SMALL, CKR_CURVE_NOT_SUPPORTED, CKR_FUNCTION_FAILED, CKR_MECHANISM_INVALID};
use cryptoki_sys::{CKR_OBJECT_HANDLE_INVALID, CKR_OPERATION_ACTIVE, CKR_OPERATION_NOT_INITIALIZED};
use cryptoki_sys::{CKR_SESSION_READ_ONLY, CKR_TEMPLATE_INCOMPLETE, CKR_TEMPLATE_INCONSISTENT};

use crate::call::Result;
use crate::der;
use crate::faults::{Answer, Effect, HUGE};
use crate::keys::{Algorithm, ED25519, ED25519_NAME, PRIME256V1, PrivateKey, SECP384R1};
use crate::memory::{Attributes, Room};
use crate::object::{self, Object};
use crate::state::State;

impl State {
    pub(crate) fn find_init(&mut self, session: CK_SESSION_HANDLE, template: &Attributes) -> Result<()> {
        if self.session(session)?.found.is_some() {
            return Err(CKR_OPERATION_ACTIVE);
        }
        let mut found = Vec::new();
        for (handle, object) in &self.objects {
            if object.matches(template) && self.object(session, *handle).is_ok() {
                found.push(*handle);
            }
        }
        self.session_mut(session)?.found = Some(found);
        Ok(())
    }

    pub(crate) fn find(
        &mut self,
        session: CK_SESSION_HANDLE,
        room: &mut Room<CK_OBJECT_HANDLE>,
        effect: Option<Effect>,
    ) -> Result<()> {
        let found = self.session_mut(session)?.found.as_mut().ok_or(CKR_OPERATION_NOT_INITIALIZED)?;
        let number = found.len().min(room.size());
        let handles: Vec<CK_OBJECT_HANDLE> = found.drain(..number).collect();
        room.fill(&handles)?;
        if effect == Some(Effect::TooMany) {
            room.claim(room.size() as CK_ULONG + 1);
        }
        Ok(())
    }

    pub(crate) fn find_final(&mut self, session: CK_SESSION_HANDLE) -> Result<()> {
        let found = self.session_mut(session)?.found.take();
        found.map(|_| ()).ok_or(CKR_OPERATION_NOT_INITIALIZED)
    }

    /// Answers each question; the worst that there is to say of one is returned (PKCS#11 v2.40, C_GetAttributeValue).
    pub(crate) fn read(
        &self,
        session: CK_SESSION_HANDLE,
        object: CK_OBJECT_HANDLE,
        questions: Vec<(CK_ATTRIBUTE_TYPE, Room<u8>)>,
        effect: Option<Effect>,
    ) -> Result<()> {
        let object = self.object(session, object)?;
        let mut outcome = Ok(());
        for (kind, mut room) in questions {
            let fault = match effect {
                Some(Effect::Attribute(answer, named)) if named.is_none_or(|named| named == kind) => Some(answer),
                _ => None,
            };
            let answer = match (fault, object.value(kind)) {
                (Some(Answer::Huge), _) => {
                    room.claim(HUGE);
                    continue;
                }
                (Some(Answer::Unavailable), _) => {
                    room.claim(CK_UNAVAILABLE_INFORMATION);
                    continue;
                }
                (Some(Answer::Empty), _) => room.fill(&[]),
                (None, Ok(value)) => room.fill(value),
                (None, Err(refusal)) => Err(refusal),
            };
            if answer.is_err() {
                room.claim(CK_UNAVAILABLE_INFORMATION);
                outcome = if outcome.is_err() && answer == Err(CKR_BUFFER_TOO_SMALL) { outcome } else { answer };
            }
        }
        outcome
    }

    pub(crate) fn write(
        &mut self,
        session: CK_SESSION_HANDLE,
        handle: CK_OBJECT_HANDLE,
        template: Attributes,
    ) -> Result<()> {
        self.changeable(session, handle)?;
        let object = self.objects.get_mut(&handle).ok_or(CKR_OBJECT_HANDLE_INVALID)?;
        let free = [CKA_LABEL, CKA_ID, CKA_SUBJECT];
        if !object.flag(CKA_MODIFIABLE) || template.keys().any(|kind| !free.contains(kind)) {
            return Err(CKR_ATTRIBUTE_READ_ONLY);
        }
        object.attributes.extend(template);
        Ok(())
    }

    pub(crate) fn destroy(&mut self, session: CK_SESSION_HANDLE, handle: CK_OBJECT_HANDLE) -> Result<()> {
        self.changeable(session, handle)?;
        self.objects.remove(&handle);
        Ok(())
    }

    /// C_CreateObject: certificates, public keys and data. Private keys do not come from outside.
    pub(crate) fn create(&mut self, session: CK_SESSION_HANDLE, template: Attributes) -> Result<CK_OBJECT_HANDLE> {
        let class = object::number(&template, CKA_CLASS).ok_or(CKR_TEMPLATE_INCOMPLETE)?;
        let needed: &[CK_ATTRIBUTE_TYPE] = match class {
            CKO_CERTIFICATE => &[CKA_CERTIFICATE_TYPE, CKA_SUBJECT, CKA_VALUE],
            CKO_PUBLIC_KEY => &[CKA_KEY_TYPE],
            CKO_DATA => &[],
            _ => return Err(CKR_TEMPLATE_INCONSISTENT),
        };
        if needed.iter().any(|kind| !template.contains_key(kind)) {
            return Err(CKR_TEMPLATE_INCOMPLETE);
        }
        let slot = self.session(session)?.slot;
        let mut object = Object { slot, owner: None, attributes: Attributes::new(), key: None, multipart: false };
        object.set_flag(CKA_TOKEN, false);
        object.set_flag(CKA_PRIVATE, false);
        object.set_flag(CKA_MODIFIABLE, true);
        self.place(session, object, template)
    }

    /// C_GenerateKeyPair: a key on a curve, from the system's entropy.
    pub(crate) fn generate(
        &mut self,
        session: CK_SESSION_HANDLE,
        mechanism: CK_MECHANISM_TYPE,
        public: Attributes,
        private: Attributes,
    ) -> Result<(CK_OBJECT_HANDLE, CK_OBJECT_HANDLE)> {
        let slot = self.session(session)?.slot;
        self.token(slot)?.offers(mechanism)?;
        let curve = public.get(&CKA_EC_PARAMS);
        let algorithm = match (mechanism, curve.ok_or(CKR_TEMPLATE_INCOMPLETE)?.as_slice()) {
            (CKM_EC_KEY_PAIR_GEN, PRIME256V1) => Algorithm::P256,
            (CKM_EC_KEY_PAIR_GEN, SECP384R1) => Algorithm::P384,
            (CKM_EC_EDWARDS_KEY_PAIR_GEN, curve)
                if curve == ED25519 || curve == der::printable_string(ED25519_NAME) =>
            {
                Algorithm::Ed25519
            }
            (CKM_EC_KEY_PAIR_GEN | CKM_EC_EDWARDS_KEY_PAIR_GEN, _) => return Err(CKR_CURVE_NOT_SUPPORTED),
            _ => return Err(CKR_MECHANISM_INVALID),
        };
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|_| CKR_FUNCTION_FAILED)?;
        let key = PrivateKey::from_seed(algorithm, seed).ok_or(CKR_FUNCTION_FAILED)?;
        let public_key = key.public_key();
        let mut halves = [
            (Object::public_key(slot, &public_key), public, CKO_PUBLIC_KEY),
            (Object::private_key(slot, key, &public_key), private, CKO_PRIVATE_KEY),
        ];
        for (object, template, class) in &mut halves {
            object.set_flag(CKA_TOKEN, false);
            let class_differs = object::number(template, CKA_CLASS).is_some_and(|named| named != *class);
            let key_type = object::number(template, CKA_KEY_TYPE);
            if class_differs || key_type.is_some_and(|named| named != public_key.key_type()) {
                return Err(CKR_TEMPLATE_INCONSISTENT);
            }
            self.may_place(session, object, template)?;
        }
        let [(public, public_template, _), (private, private_template, _)] = halves;
        let public = self.place(session, public, public_template)?;
        Ok((public, self.place(session, private, private_template)?))
    }

    /// An object that this session can see.
    fn object(&self, session: CK_SESSION_HANDLE, handle: CK_OBJECT_HANDLE) -> Result<&Object> {
        let slot = self.session(session)?.slot;
        let logged_in = self.token(slot)?.logged_in;
        let object = self.objects.get(&handle).filter(|object| object.slot == slot);
        object.filter(|object| logged_in || !object.flag(CKA_PRIVATE)).ok_or(CKR_OBJECT_HANDLE_INVALID)
    }

    fn changeable(&self, session: CK_SESSION_HANDLE, handle: CK_OBJECT_HANDLE) -> Result<()> {
        let of_token = self.object(session, handle)?.flag(CKA_TOKEN);
        if of_token && !self.session(session)?.read_write { Err(CKR_SESSION_READ_ONLY) } else { Ok(()) }
    }

    /// Whether the session may make this object.
    fn may_place(&self, session: CK_SESSION_HANDLE, object: &Object, template: &Attributes) -> Result<()> {
        let has = |kind| object::flag(template, kind).unwrap_or_else(|| object.flag(kind));
        let session = self.session(session)?;
        if has(CKA_TOKEN) && !session.read_write {
            return Err(CKR_SESSION_READ_ONLY);
        }
        if has(CKA_PRIVATE) && !self.token(session.slot)?.logged_in {
            return Err(CKR_USER_NOT_LOGGED_IN);
        }
        Ok(())
    }

    fn place(
        &mut self,
        session: CK_SESSION_HANDLE,
        mut object: Object,
        template: Attributes,
    ) -> Result<CK_OBJECT_HANDLE> {
        self.may_place(session, &object, &template)?;
        object.attributes.extend(template);
        object.owner = (!object.flag(CKA_TOKEN)).then_some(session);
        Ok(self.add_object(object))
    }
}
