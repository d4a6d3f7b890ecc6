//! C_SignInit, C_Sign, C_SignUpdate and C_SignFinal.

use std::sync::Arc;

use cryptoki_sys::CKR_USER_NOT_LOGGED_IN;
use cryptoki_sys::{CK_OBJECT_HANDLE, CK_SESSION_HANDLE, CK_ULONG, CKA_ALWAYS_AUTHENTICATE, CKA_PRIVATE, CKA_SIGN};
use cryptoki_sys::{CKR_BUFFER_TOO_SMALL, CKR_KEY_FUNCTION_NOT_PERMITTED, CKR_KEY_HANDLE_INVALID};
use cryptoki_sys::{CKR_KEY_TYPE_INCONSISTENT, CKR_OPERATION_ACTIVE, CKR_OPERATION_NOT_INITIALIZED};

use crate::call::Result;
use crate::der;
use crate::faults::{Damage, Effect, HUGE};
use crate::keys::PrivateKey;
use crate::memory::{MechanismInput, Room};
use crate::sign::Mechanism;
use crate::state::State;

/// A signing operation of a session.
pub(crate) struct Signing {
    mechanism: Mechanism,
    key: Arc<PrivateKey>,
    /// The key needs a login, which may end before the signature.
    private: bool,
    /// Whether the key's own login is not needed, or was done (CKA_ALWAYS_AUTHENTICATE).
    pub(crate) authenticated: bool,
    multipart: bool,
    /// The parts so far.
    parts: Option<Vec<u8>>,
}

impl State {
    pub(crate) fn sign_init(
        &mut self,
        session: CK_SESSION_HANDLE,
        input: &MechanismInput,
        key: CK_OBJECT_HANDLE,
    ) -> Result<()> {
        let slot = self.session(session)?.slot;
        if self.session(session)?.signing.is_some() {
            return Err(CKR_OPERATION_ACTIVE);
        }
        let token = self.token(slot)?;
        token.offers(input.kind)?;
        let mechanism = Mechanism::new(input, self.prehash)?;
        let object = self.objects.get(&key).filter(|object| object.slot == slot).ok_or(CKR_KEY_HANDLE_INVALID)?;
        let private = object.flag(CKA_PRIVATE);
        if private && !token.logged_in {
            return Err(CKR_USER_NOT_LOGGED_IN);
        }
        let (key, key_type) = object.signing_key()?;
        if !mechanism.fits(key_type) {
            return Err(CKR_KEY_TYPE_INCONSISTENT);
        }
        if !object.flag(CKA_SIGN) {
            return Err(CKR_KEY_FUNCTION_NOT_PERMITTED);
        }
        let authenticated = !object.flag(CKA_ALWAYS_AUTHENTICATE);
        let multipart = object.multipart || !mechanism.is_raw();
        let signing = Signing { mechanism, key, private, authenticated, multipart, parts: None };
        self.session_mut(session)?.signing = Some(signing);
        Ok(())
    }

    pub(crate) fn sign(
        &mut self,
        session: CK_SESSION_HANDLE,
        data: &[u8],
        signature: &mut Room<u8>,
        effect: Option<Effect>,
    ) -> Result<()> {
        let signing = self.take_signing(session)?;
        if signing.parts.is_some() {
            return Err(CKR_OPERATION_ACTIVE);
        }
        self.finish(session, signing, data, signature, effect)
    }

    pub(crate) fn sign_update(&mut self, session: CK_SESSION_HANDLE, part: &[u8]) -> Result<()> {
        let mut signing = self.take_signing(session)?;
        if !signing.multipart {
            return Err(CKR_OPERATION_NOT_INITIALIZED);
        }
        signing.parts.get_or_insert_default().extend(part);
        self.session_mut(session)?.signing = Some(signing);
        Ok(())
    }

    pub(crate) fn sign_final(
        &mut self,
        session: CK_SESSION_HANDLE,
        signature: &mut Room<u8>,
        effect: Option<Effect>,
    ) -> Result<()> {
        let signing = self.take_signing(session)?;
        if !signing.multipart {
            return Err(CKR_OPERATION_NOT_INITIALIZED);
        }
        let data = signing.parts.clone().unwrap_or_default();
        self.finish(session, signing, &data, signature, effect)
    }

    /// Takes the operation out of the session, where it must be put back if it goes on: every failure ends it.
    fn take_signing(&mut self, session: CK_SESSION_HANDLE) -> Result<Signing> {
        let session = self.session_mut(session)?;
        let slot = session.slot;
        let signing = session.signing.take().ok_or(CKR_OPERATION_NOT_INITIALIZED)?;
        let logged_in = self.token(slot)?.logged_in;
        if (signing.private && !logged_in) || !signing.authenticated {
            return Err(CKR_USER_NOT_LOGGED_IN);
        }
        Ok(signing)
    }

    fn finish(
        &mut self,
        session: CK_SESSION_HANDLE,
        signing: Signing,
        data: &[u8],
        room: &mut Room<u8>,
        effect: Option<Effect>,
    ) -> Result<()> {
        let expected = signing.key.signature_length();
        let damage = match effect {
            Some(Effect::Signature(damage)) => Some(damage),
            _ => None,
        };
        let needed = match damage {
            Some(Damage::Long | Damage::Der) => expected + LONGER,
            Some(Damage::Short | Damage::Empty) => 0,
            _ => expected,
        };
        // PKCS#11 v2.40, 5.2: a question about the length, and too little room, leave the operation as it is.
        if room.is_query() || room.size() < needed {
            let is_query = room.is_query();
            room.claim(if effect == Some(Effect::HugeLength) { HUGE } else { needed.max(expected) as CK_ULONG });
            self.session_mut(session)?.signing = Some(signing);
            return if is_query { Ok(()) } else { Err(CKR_BUFFER_TOO_SMALL) };
        }
        let genuine = signing.key.sign(signing.mechanism, data)?;
        match damage {
            Some(damage) => room.fill(&self.damaged(&genuine, damage, &signing)?)?,
            None => room.fill(&genuine)?,
        }
        if effect == Some(Effect::HugeLength) {
            room.claim(HUGE);
        }
        self.last_signature = Some(genuine);
        Ok(())
    }

    fn damaged(&self, genuine: &[u8], damage: Damage, signing: &Signing) -> Result<Vec<u8>> {
        let (first_half, second_half) = genuine.split_at(genuine.len() / 2);
        Ok(match damage {
            Damage::Short => genuine.split_last().map_or(&[][..], |(_, rest)| rest).to_vec(),
            Damage::Long => [genuine, &[0]].concat(),
            Damage::Empty => Vec::new(),
            Damage::Wrong => genuine.iter().enumerate().map(|(at, byte)| byte ^ u8::from(at == 10)).collect(),
            Damage::Zero => vec![0; genuine.len()],
            Damage::Der => der::sequence(&[&der::integer(first_half), &der::integer(second_half)]),
            Damage::Stale => match &self.last_signature {
                Some(signature) => signature.clone(),
                // The first one here: there must have been some other before.
                None => signing.key.sign(signing.mechanism, &signing.mechanism.some_data())?,
            },
        })
    }
}

/// As much longer as a signature that is too long, or has another form, may be.
const LONGER: usize = 12;
