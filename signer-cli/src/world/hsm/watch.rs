//! An end to waiting for a token: a call into its library cannot be cancelled, so the process ends.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use super::contract;
use crate::failure::Failure;
use crate::world::terminal::Terminal;

/// How long somebody may take at a PIN pad. Readers give up by themselves after a minute or so.
const PIN_PAD: Duration = Duration::from_secs(300);

/// Watches calls into a token's library, and ends the process with exit status 3 when one takes too
/// long.
#[derive(Clone)]
pub(crate) struct Watch(Arc<Shared>);

struct Shared {
    limit: Duration,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    /// When patience ends, while something is being waited for.
    deadline: Option<Instant>,
    doing: &'static str,
}

impl Watch {
    /// Starts watching.
    pub(super) fn start(limit: Duration) -> Self {
        let state = Mutex::new(State { deadline: None, doing: "" });
        let shared = Arc::new(Shared { limit, state, changed: Condvar::new() });
        let watching = Arc::clone(&shared);
        thread::spawn(move || watching.watch());
        Self(shared)
    }

    /// Does something that must not take longer than the limit.
    pub(super) fn during<T>(&self, doing: &'static str, work: impl FnOnce() -> T) -> T {
        self.set(Some(self.0.limit), Some(doing));
        let result = work();
        self.set(None, None);
        result
    }

    /// Waits for a person meanwhile, without limit.
    pub(super) fn aside<T>(&self, work: impl FnOnce() -> T) -> T {
        self.set(None, None);
        let result = work();
        self.set(Some(self.0.limit), None);
        result
    }

    /// Gives a person at a PIN pad time.
    pub(super) fn pin_pad(&self) {
        self.set(Some(self.0.limit.max(PIN_PAD)), Some("waiting for the PIN at the token"));
    }

    /// Drops what keeps the module open. One that takes too long over it is left alone: what was asked
    /// for is done or has failed by then, and that is what the exit status tells.
    pub(super) fn close<T: Send + 'static>(&self, open: T) {
        let (done, closed) = mpsc::channel();
        let closing = move || {
            drop(open);
            let _ = done.send(()); // nobody waits any more
        };
        // without a thread the closure is dropped here, and what is open with it
        let spawned = thread::Builder::new().spawn(closing);
        if spawned.is_ok() && closed.recv_timeout(self.0.limit) == Err(mpsc::RecvTimeoutError::Timeout) {
            Terminal::new().say(&format!(
                "warning: the token did not answer for {:?} while it was being closed; it is left as it is\n",
                self.0.limit
            ));
        }
    }

    fn set(&self, limit: Option<Duration>, doing: Option<&'static str>) {
        contract::asking(limit.is_some());
        let mut state = self.0.lock();
        state.deadline = limit.map(|limit| Instant::now() + limit);
        if let Some(doing) = doing {
            state.doing = doing;
        }
        self.0.changed.notify_one();
    }
}

impl Shared {
    fn watch(&self) {
        let mut state = self.lock();
        loop {
            let left = state.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            state = match left {
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(left) if left.is_zero() => {
                    let waited = if state.doing.starts_with("waiting") { self.limit.max(PIN_PAD) } else { self.limit };
                    crate::give_up(&expired(waited, state.doing)) // holding the lock: nothing else goes on
                }
                Some(left) => self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0,
            };
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn expired(limit: Duration, doing: &str) -> Failure {
    let failure = Failure::undecided("hsm-timeout", format!("the token did not answer for {limit:?} ({doing})"));
    match doing {
        "making the key" => failure.hint(
            "some tokens take minutes for a key: give them time with `--hsm-timeout`; the key may have been made all \
             the same, see `signer hsm list`",
        ),
        _ => failure.hint("see whether the token is there and busy; a slow one gets more time with `--hsm-timeout`"),
    }
}
