//! What is going on: tokens, sessions and logins.

use std::collections::BTreeMap;
use std::time::Duration;

use cryptoki_sys::{CK_FLAGS, CK_OBJECT_HANDLE, CK_RV, CK_SESSION_HANDLE, CK_SESSION_INFO, CK_SLOT_ID, CK_SLOT_INFO};
use cryptoki_sys::{CK_TOKEN_INFO, CK_ULONG, CK_USER_TYPE, CK_VERSION, CKF_HW_SLOT, CKF_REMOVABLE_DEVICE};
use cryptoki_sys::{CKF_RW_SESSION, CKF_SERIAL_SESSION, CKF_TOKEN_PRESENT, CKR_BUFFER_TOO_SMALL, CKR_DEVICE_REMOVED};
use cryptoki_sys::{CKR_OPERATION_NOT_INITIALIZED, CKR_SESSION_COUNT, CKR_SESSION_HANDLE_INVALID};
use cryptoki_sys::{CKR_SESSION_PARALLEL_NOT_SUPPORTED, CKR_SLOT_ID_INVALID, CKR_TOKEN_NOT_PRESENT};
use cryptoki_sys::{CKR_TOKEN_WRITE_PROTECTED, CKR_USER_ALREADY_LOGGED_IN, CKR_USER_NOT_LOGGED_IN};
use cryptoki_sys::{CKR_USER_TYPE_INVALID, CKS_RO_PUBLIC_SESSION, CKS_RO_USER_FUNCTIONS, CKS_RW_PUBLIC_SESSION};
use cryptoki_sys::{CKS_RW_USER_FUNCTIONS, CKU_CONTEXT_SPECIFIC, CKU_USER};

use crate::call::{Place, Result};
use crate::object::Object;
use crate::script::{Prehash, Script, TokenFlag};
use crate::signing::Signing;
use crate::token::{Token, padded};

/// All that the module knows between C_Initialize and C_Finalize.
pub(crate) struct State {
    pub(crate) tokens: BTreeMap<CK_SLOT_ID, Token>,
    pub(crate) sessions: BTreeMap<CK_SESSION_HANDLE, Session>,
    pub(crate) objects: BTreeMap<CK_OBJECT_HANDLE, Object>,
    pub(crate) prehash: Prehash,
    pub(crate) last_signature: Option<Vec<u8>>,
    prompt: Duration,
    last_handle: CK_ULONG,
}

/// A session.
pub(crate) struct Session {
    pub(crate) slot: CK_SLOT_ID,
    pub(crate) read_write: bool,
    /// What a search found and did not yet hand over.
    pub(crate) found: Option<Vec<CK_OBJECT_HANDLE>>,
    pub(crate) signing: Option<Signing>,
}

impl State {
    /// Tokens as the script has them.
    pub(crate) fn new(script: &Script) -> std::result::Result<Self, String> {
        let mut state = Self {
            tokens: BTreeMap::new(),
            sessions: BTreeMap::new(),
            objects: BTreeMap::new(),
            prehash: script.prehash,
            last_signature: None,
            prompt: Duration::from_secs(script.prompt_seconds),
            last_handle: 0,
        };
        for token in &script.tokens {
            let login = !token.flags.contains(&TokenFlag::NoLoginRequired);
            for key in &token.keys {
                for object in Object::of_script(token.slot, key, login)? {
                    state.add_object(object);
                }
            }
            state.tokens.insert(token.slot, Token::new(token));
        }
        Ok(state)
    }

    pub(crate) fn add_object(&mut self, object: Object) -> CK_OBJECT_HANDLE {
        let handle = self.new_handle();
        self.objects.insert(handle, object);
        handle
    }

    fn new_handle(&mut self) -> CK_ULONG {
        self.last_handle += 1;
        self.last_handle
    }

    /// The slots, all or those with a token.
    pub(crate) fn slots(&self, with_token: bool) -> Vec<CK_SLOT_ID> {
        self.tokens.iter().filter(|(_, token)| token.present || !with_token).map(|(slot, _)| *slot).collect()
    }

    pub(crate) fn slot_info(&self, slot: CK_SLOT_ID) -> Result<CK_SLOT_INFO> {
        let token = self.tokens.get(&slot).ok_or(CKR_SLOT_ID_INVALID)?;
        let present = if token.present { CKF_TOKEN_PRESENT } else { 0 };
        Ok(CK_SLOT_INFO {
            slotDescription: padded("faulty slot"),
            manufacturerID: padded("faulty-token"),
            flags: CKF_HW_SLOT | CKF_REMOVABLE_DEVICE | present,
            hardwareVersion: CK_VERSION { major: 1, minor: 0 },
            firmwareVersion: CK_VERSION { major: 1, minor: 0 },
        })
    }

    pub(crate) fn token_info(&self, slot: CK_SLOT_ID) -> Result<CK_TOKEN_INFO> {
        let token = self.token(slot)?;
        let sessions = self.sessions.values().filter(|session| session.slot == slot);
        let read_write = sessions.clone().filter(|session| session.read_write).count();
        Ok(token.info(sessions.count() as u64, read_write as u64))
    }

    /// The token in this slot.
    pub(crate) fn token(&self, slot: CK_SLOT_ID) -> Result<&Token> {
        let token = self.tokens.get(&slot).ok_or(CKR_SLOT_ID_INVALID)?;
        if token.present { Ok(token) } else { Err(CKR_TOKEN_NOT_PRESENT) }
    }

    /// The token of a session.
    pub(crate) fn token_mut(&mut self, session: CK_SESSION_HANDLE) -> Result<&mut Token> {
        let slot = self.session(session)?.slot;
        self.tokens.get_mut(&slot).ok_or(CKR_DEVICE_REMOVED)
    }

    pub(crate) fn open_session(&mut self, slot: CK_SLOT_ID, flags: CK_FLAGS) -> Result<CK_SESSION_HANDLE> {
        let token = self.token(slot)?;
        let read_write = flags & CKF_RW_SESSION != 0;
        if flags & CKF_SERIAL_SESSION == 0 {
            return Err(CKR_SESSION_PARALLEL_NOT_SUPPORTED);
        }
        if read_write && token.has(TokenFlag::WriteProtected) {
            return Err(CKR_TOKEN_WRITE_PROTECTED);
        }
        let open = self.sessions.values().filter(|session| session.slot == slot).count();
        if token.max_sessions.is_some_and(|most| open >= most) {
            return Err(CKR_SESSION_COUNT);
        }
        let handle = self.new_handle();
        self.sessions.insert(handle, Session { slot, read_write, found: None, signing: None });
        Ok(handle)
    }

    pub(crate) fn close_session(&mut self, session: CK_SESSION_HANDLE) -> Result<()> {
        let Session { slot, .. } = self.sessions.remove(&session).ok_or(CKR_SESSION_HANDLE_INVALID)?;
        self.objects.retain(|_, object| object.owner != Some(session));
        // PKCS#11 v2.40, 5.6: with the last session, the login ends.
        let last = !self.sessions.values().any(|session| session.slot == slot);
        if let (true, Some(token)) = (last, self.tokens.get_mut(&slot)) {
            token.logged_in = false;
        }
        Ok(())
    }

    pub(crate) fn close_all_sessions(&mut self, slot: CK_SLOT_ID) -> Result<()> {
        self.token(slot)?;
        let sessions = self.sessions.iter().filter(|(_, session)| session.slot == slot);
        let handles: Vec<CK_SESSION_HANDLE> = sessions.map(|(handle, _)| *handle).collect();
        handles.into_iter().try_for_each(|handle| self.close_session(handle))
    }

    pub(crate) fn session(&self, session: CK_SESSION_HANDLE) -> Result<&Session> {
        self.sessions.get(&session).ok_or(CKR_SESSION_HANDLE_INVALID)
    }

    pub(crate) fn session_mut(&mut self, session: CK_SESSION_HANDLE) -> Result<&mut Session> {
        self.sessions.get_mut(&session).ok_or(CKR_SESSION_HANDLE_INVALID)
    }

    pub(crate) fn session_info(&self, handle: CK_SESSION_HANDLE) -> Result<CK_SESSION_INFO> {
        let session = self.session(handle)?;
        let state = match (session.read_write, self.token(session.slot)?.logged_in) {
            (false, false) => CKS_RO_PUBLIC_SESSION,
            (false, true) => CKS_RO_USER_FUNCTIONS,
            (true, false) => CKS_RW_PUBLIC_SESSION,
            (true, true) => CKS_RW_USER_FUNCTIONS,
        };
        let read_write = if session.read_write { CKF_RW_SESSION } else { 0 };
        Ok(CK_SESSION_INFO { slotID: session.slot, state, flags: CKF_SERIAL_SESSION | read_write, ulDeviceError: 0 })
    }

    /// How long somebody at the token takes for the PIN.
    pub(crate) fn prompt(&self, session: CK_SESSION_HANDLE, user: CK_USER_TYPE) -> Duration {
        let token = self.session(session).and_then(|session| self.token(session.slot));
        let asked = token.is_ok_and(|token| token.prompts() && (user == CKU_CONTEXT_SPECIFIC || !token.logged_in));
        if asked { self.prompt } else { Duration::ZERO }
    }

    pub(crate) fn login(&mut self, session: CK_SESSION_HANDLE, user: CK_USER_TYPE, pin: Option<&[u8]>) -> Result<()> {
        match user {
            CKU_USER => {
                let token = self.token_mut(session)?;
                if token.logged_in {
                    return Err(CKR_USER_ALREADY_LOGGED_IN);
                }
                token.try_pin(pin)?;
                token.logged_in = true;
                Ok(())
            }
            CKU_CONTEXT_SPECIFIC => {
                if self.session(session)?.signing.is_none() {
                    return Err(CKR_OPERATION_NOT_INITIALIZED);
                }
                self.token_mut(session)?.try_pin(pin)?;
                if let Some(signing) = &mut self.session_mut(session)?.signing {
                    signing.authenticated = true;
                }
                Ok(())
            }
            _ => Err(CKR_USER_TYPE_INVALID),
        }
    }

    pub(crate) fn logout(&mut self, session: CK_SESSION_HANDLE) -> Result<()> {
        let token = self.token_mut(session)?;
        if !token.logged_in {
            return Err(CKR_USER_NOT_LOGGED_IN);
        }
        token.logged_in = false;
        Ok(())
    }

    /// Pulls the token: its slot is empty, and its sessions are gone.
    pub(crate) fn remove_token(&mut self, place: Place) {
        let slot = match place {
            Place::Slot(slot) => slot,
            Place::Session(session) => match self.session(session) {
                Ok(session) => session.slot,
                Err(_) => return,
            },
            Place::Module => return,
        };
        self.sessions.retain(|_, session| session.slot != slot);
        self.objects.retain(|_, object| object.slot != slot);
        if let Some(token) = self.tokens.get_mut(&slot) {
            token.present = false;
            token.logged_in = false;
        }
    }

    /// A call fails as the script says: as after any failure but a buffer that is too small, its signing is over.
    pub(crate) fn call_failed(&mut self, function: &str, place: Place, value: CK_RV) {
        if let (Place::Session(session), "C_Sign" | "C_SignUpdate" | "C_SignFinal") = (place, function)
            && value != CKR_BUFFER_TOO_SMALL
            && let Ok(session) = self.session_mut(session)
        {
            session.signing = None;
        }
    }
}
