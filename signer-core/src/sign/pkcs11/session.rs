//! The sessions of one token: as many as threads need and the token allows.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use cryptoki::error::RvError;
use cryptoki::session::Session;

use super::error::TokenError;
use super::fault::Fault;
use super::module::{Module, guarded};
use super::slot::{Slot, TokenState};
use crate::limits;

/// What sessions are opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Listing and signing.
    Read,
    /// Making and importing objects.
    Write,
}

/// A pool of sessions of one token.
///
/// A session is used by one thread at a time. A thread that finds none idle opens one, and waits for
/// one if the token allows no more. Sessions stay open till the pool is dropped: PKCS#11 ends a login
/// with the last session.
pub(super) struct Sessions {
    module: Module,
    slot: cryptoki::slot::Slot,
    access: Access,
    label: String,
    state: Mutex<State>,
    freed: Condvar,
}

struct State {
    idle: Vec<Session>,
    open: usize,
    limit: usize,
    /// The last session ended by itself: whatever follows would not be logged in.
    lost: bool,
}

/// A session in use; it goes back also when its user panics.
struct Taken<'p> {
    pool: &'p Sessions,
    session: Option<Session>,
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        self.pool.put_back(self.session.take());
    }
}

impl Sessions {
    pub(super) fn new(module: &Module, slot: &Slot, token: &TokenState, access: Access) -> Self {
        let allowed = token.max_sessions.filter(|number| *number > 0).and_then(|number| usize::try_from(number).ok());
        let limit = allowed.unwrap_or(usize::MAX).min(limits::TOKEN_SESSIONS);
        let limit = if module.is_one_thread() { 1 } else { limit };
        Self {
            module: module.clone(),
            slot: slot.handle,
            access,
            label: token.label.clone(),
            state: Mutex::new(State { idle: Vec::new(), open: 0, limit, lost: false }),
            freed: Condvar::new(),
        }
    }

    /// Runs something in a session of its own for that time.
    pub(super) fn with<T>(&self, work: impl FnOnce(&Session) -> Result<T, Fault>) -> Result<T, TokenError> {
        self.with_session(work).map_err(|fault| fault.at(&self.label))
    }

    /// The same, for whoever looks at the fault.
    pub(super) fn with_session<T>(&self, work: impl FnOnce(&Session) -> Result<T, Fault>) -> Result<T, Fault> {
        let mut taken = Taken { pool: self, session: Some(self.take()?) };
        let Some(session) = &taken.session else { return Err(Fault::Panicked) };
        let result = work(session);
        match &result {
            Ok(_) => {}
            Err(fault) if fault.ends_session() => close(taken.session.take()),
            // some modules keep the operation that failed open; a new session comes before the old one
            // ends, since the last one takes the login with it
            Err(_) => {
                if let Ok(fresh) = self.open() {
                    close(taken.session.replace(fresh));
                }
            }
        }
        result
    }

    fn take(&self) -> Result<Session, Fault> {
        let mut state = self.lock();
        loop {
            if state.lost {
                let (token, call) = (self.label.clone(), "an earlier call".to_owned());
                return Err(TokenError::TokenRemoved { token, call }.into());
            }
            if let Some(session) = state.idle.pop() {
                return Ok(session);
            }
            if state.open < state.limit {
                state.open += 1;
                drop(state);
                match self.open() {
                    Ok(session) => return Ok(session),
                    Err(fault) => {
                        state = self.lock();
                        state.open -= 1;
                        let some_are_open = state.open > 0;
                        if !(some_are_open && fault.code() == Some(RvError::SessionCount)) {
                            self.freed.notify_all(); // whoever waits may try in its place
                            return Err(fault);
                        }
                        state.limit = state.open;
                    }
                }
            } else {
                state = self.freed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
        }
    }

    fn open(&self) -> Result<Session, Fault> {
        let pkcs11 = self.module.pkcs11();
        if self.access == Access::Read {
            match guarded(|| pkcs11.open_ro_session(self.slot)) {
                // AWS CloudHSM's module has sessions for writing only, and says it so
                Err(fault) if fault.code() == Some(RvError::FunctionFailed) => {}
                opened => return opened,
            }
        }
        guarded(|| pkcs11.open_rw_session(self.slot))
    }

    /// Gives a session to whoever waits; `None` if it ended. With the last one the login is lost.
    fn put_back(&self, session: Option<Session>) {
        let mut state = self.lock();
        if let Some(session) = session {
            state.idle.push(session);
        } else {
            state.open -= 1;
            state.lost = state.open == 0;
        }
        self.freed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Sessions {
    fn drop(&mut self) {
        let idle = core::mem::take(&mut self.lock().idle);
        idle.into_iter().map(Some).for_each(close);
    }
}

/// Ends a session; that it ended already is no matter.
fn close(session: Option<Session>) {
    if let Some(session) = session {
        let _ = guarded(|| session.close());
    }
}
