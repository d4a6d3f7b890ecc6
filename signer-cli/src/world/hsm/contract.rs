//! Modules that break their contract so badly that there is nothing to return to.

use std::panic;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, Once, PoisonError};

use signer_core::sign::pkcs11::TokenError;

use super::told;
use crate::exit::Exit;

/// SIGABRT, on all systems that have it.
const ABORT: i32 = 6;

/// Whether anybody waits for a module: what a signal handler can read.
static ASKING: AtomicBool = AtomicBool::new(false);
static LOADED: AtomicBool = AtomicBool::new(false);

/// How many wait.
static WAITING: Mutex<usize> = Mutex::new(0);

/// A module is being waited for until this is dropped.
pub(super) struct Asking(());

impl Asking {
    pub(super) fn begin() -> Self {
        count(|waiting| waiting + 1);
        Self(())
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        count(|waiting| waiting.saturating_sub(1));
    }
}

fn count(change: impl FnOnce(usize) -> usize) {
    let mut waiting = WAITING.lock().unwrap_or_else(PoisonError::into_inner);
    *waiting = change(*waiting);
    ASKING.store(*waiting > 0, Ordering::SeqCst);
}

/// Whether a module was loaded. The process must then end without what C runs at its end, where a module
/// may have left something that hangs or crashes.
pub(crate) fn is_any_loaded() -> bool {
    LOADED.load(Ordering::SeqCst)
}

/// From here on a module's answer that cannot be (a count or a length that cryptoki panics about, or for
/// which there is no memory) is an error as others are, as is a module that calls `abort`.
pub(super) fn enforce() {
    static ONCE: Once = Once::new();
    LOADED.store(true, Ordering::SeqCst);
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let of_binding = info.location().is_some_and(|place| place.file().contains("cryptoki"));
            if of_binding && ASKING.load(Ordering::SeqCst) {
                crate::give_up(&told(&TokenError::ModuleFaulty {
                    call: "a call".to_owned(),
                    what: "it returned a length or a count that cannot be".to_owned(),
                }));
            }
            before(info);
        }));
        // a signal handler can print nothing; what was said before has to do
        let _ = signal_hook::flag::register_conditional_shutdown(ABORT, Exit::Undecided as i32, &ASKING);
    });
}
