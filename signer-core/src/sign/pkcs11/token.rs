//! A token in use: found by its URI, opened, logged in to once.

use core::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cryptoki::error::RvError;
use cryptoki::session::{Session, UserType};
use cryptoki::types::RawAuthPin;

use super::error::{TokenError, Tries};
use super::fault::Fault;
use super::module::{Module, guarded};
use super::pin::{Pin, PinPurpose, PinRequest, PinSource};
use super::session::{Access, Sessions};
use super::slot::{self, TokenState};
use super::uri::Uri;

/// A token in use.
///
/// It is logged in to once, when that is first needed, for all sessions and keys that come from it;
/// the login ends when the last of them is dropped. For PKCS#11 it is the process that is logged in, so
/// that another `Token` of the same token is logged in with it, whatever its PIN.
///
/// Cloning is cheap. All of it may be used by several threads at once.
#[derive(Clone)]
pub struct Token(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) sessions: Sessions, // dropped first: before the module is finalized
    pub(super) state: TokenState,
    pub(super) uri: Uri,
    pub(super) module: Module,
    pub(super) slot: cryptoki::slot::Slot,
    pins: Arc<dyn PinSource>,
    login: Mutex<Login>,
    writing: Mutex<()>,
}

/// How far the login is.
enum Login {
    NotYet,
    Done,
    /// It failed, and is not tried again.
    Refused(TokenError),
}

impl Token {
    /// Finds the one token that the URI asks for. No session is opened yet.
    ///
    /// What the URI says of objects, PINs and the module does not matter here.
    ///
    /// # Errors
    /// When no token or several are what it asks for, with what is there; or when the module fails.
    pub fn open(module: &Module, wanted: &Uri, access: Access, pins: Arc<dyn PinSource>) -> Result<Self, TokenError> {
        let slots = module.slots()?;
        let library = module.info()?;
        let matching = slots.iter().filter(|slot| slot.matches(wanted, &library));
        let matching: Vec<_> = matching.filter_map(|slot| Some((slot, slot.usable()?))).collect();
        let wanted = || wanted.without_pin().to_string();
        let [(slot, state)] = matching.as_slice() else {
            return Err(if matching.is_empty() {
                TokenError::TokenAbsent { wanted: wanted(), found: slot::uris(&slots) }
            } else {
                let found = matching.iter().filter_map(|(slot, _)| slot::unique_uri(slot, &slots));
                TokenError::TokenAmbiguous { wanted: wanted(), found: found.map(|uri| uri.to_string()).collect() }
            });
        };
        Ok(Self(Arc::new(Inner {
            sessions: Sessions::new(module, slot, state, access),
            uri: slot::unique_uri(slot, &slots).unwrap_or_default(),
            state: (*state).clone(),
            module: module.clone(),
            slot: slot.handle,
            pins,
            login: Mutex::new(Login::NotYet),
            writing: Mutex::new(()),
        })))
    }

    /// What it says of itself, as it was when it was opened.
    pub fn state(&self) -> &TokenState {
        &self.0.state
    }

    /// Its URI.
    pub fn uri(&self) -> &Uri {
        &self.0.uri
    }

    /// The names of the mechanisms that it says it has.
    ///
    /// # Errors
    /// When it fails.
    pub fn mechanisms(&self) -> Result<Vec<String>, TokenError> {
        let list = guarded(|| self.0.module.pkcs11().get_mechanism_list(self.0.slot));
        let list = list.map_err(|fault| fault.at(&self.0.state.label))?;
        Ok(list.iter().map(ToString::to_string).collect())
    }

    /// Logs in, unless that is done or the token needs none.
    ///
    /// # Errors
    /// When there is no PIN or it is refused. A refused login is not tried again: the same error
    /// comes back.
    pub fn login(&self) -> Result<(), TokenError> {
        let mut login = self.0.login.lock().unwrap_or_else(PoisonError::into_inner);
        match &*login {
            Login::Done => Ok(()),
            Login::Refused(error) => Err(error.clone()),
            Login::NotYet => {
                let result = self.first_login();
                *login = match &result {
                    Ok(()) => Login::Done,
                    Err(error) => Login::Refused(error.clone()),
                };
                result
            }
        }
    }

    /// Keeps other threads from writing: between looking whether a label or an id is taken and taking
    /// it, and since SoftHSM spoils keys that are made at once.
    pub(super) fn writing(&self) -> MutexGuard<'_, ()> {
        self.0.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the token its PIN for one signature, while no other thread does.
    pub(super) fn login_for_signature(&self, session: &Session) -> Result<(), Fault> {
        let mut login = self.0.login.lock().unwrap_or_else(PoisonError::into_inner);
        if let Login::Refused(error) = &*login {
            return Err(error.clone().into());
        }
        self.authenticate(session, PinPurpose::Signature).map_err(|fault| {
            let error = fault.at(&self.0.state.label);
            *login = Login::Refused(error.clone());
            error.into()
        })
    }

    fn first_login(&self) -> Result<(), TokenError> {
        if !self.0.state.login_required {
            return Ok(());
        }
        self.0.sessions.with(|session| self.authenticate(session, PinPurpose::Login))
    }

    /// Gives the token its PIN, once.
    fn authenticate(&self, session: &Session, purpose: PinPurpose) -> Result<(), Fault> {
        let token = &self.still_there()?;
        if token.tries == Tries::Gone {
            return Err(TokenError::PinLocked { token: token.label.clone() }.into());
        }
        let missing = |reason| TokenError::PinMissing { token: token.label.clone(), reason };
        let user = match purpose {
            PinPurpose::Login => UserType::User,
            PinPurpose::Signature => UserType::ContextSpecific,
        };
        let done = match self.0.pins.pin(&PinRequest { token, purpose }).map_err(missing)? {
            Pin::AtToken if !token.pin_pad => return Err(missing("it has no PIN pad".to_owned()).into()),
            Pin::AtToken => guarded(|| session.login(user, None)),
            // some modules take an empty PIN for the wish to use the PIN pad
            Pin::Typed(pin) if pin.is_empty() => return Err(missing("it is empty".to_owned()).into()),
            Pin::Typed(pin) => {
                let pin = RawAuthPin::new(Box::new(pin.expose().to_vec())); // wiped when dropped
                guarded(|| session.login_with_raw(user, &pin))
            }
        };
        self.0.pins.answered();
        match done {
            Err(fault) if fault.code() == Some(RvError::UserAlreadyLoggedIn) => Ok(()),
            Err(fault) if fault.code() == Some(RvError::PinIncorrect) => Err(self.wrong_pin().into()),
            done => done,
        }
    }

    /// What the token says of itself now, if it is the one that was opened: a PIN is for no other.
    fn still_there(&self) -> Result<TokenState, Fault> {
        let now = TokenState::from(&guarded(|| self.0.module.pkcs11().get_token_info(self.0.slot))?);
        if now.uri() == self.0.state.uri() {
            return Ok(now);
        }
        Err(TokenError::TokenRemoved { token: self.0.state.label.clone(), call: "C_GetTokenInfo".to_owned() }.into())
    }

    /// The error, with what the token says now of further tries.
    fn wrong_pin(&self) -> TokenError {
        let token = self.0.state.label.clone();
        let now = guarded(|| self.0.module.pkcs11().get_token_info(self.0.slot));
        let tries = now.map_or(Tries::Untold, |info| TokenState::from(&info).tries);
        TokenError::PinWrong { token, tries }
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Token").field(&self.0.uri).finish()
    }
}
