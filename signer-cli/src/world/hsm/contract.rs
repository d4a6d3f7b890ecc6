//! Modules that break their contract so badly that there is nothing to return to.

use std::panic;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use signer_core::sign::pkcs11::TokenError;

use super::told;
use crate::exit::Exit;

/// SIGABRT, on all systems that have it.
const ABORT: i32 = 6;

static ASKING: AtomicBool = AtomicBool::new(false);
static LOADED: AtomicBool = AtomicBool::new(false);

/// Whether a module is being waited for.
pub(super) fn asking(asking: bool) {
    ASKING.store(asking, Ordering::SeqCst);
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
