//! An end to waiting for a token: a call into its library cannot be cancelled, so the process ends.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use super::contract::Asking;
use crate::failure::Failure;
use crate::world::terminal::Terminal;

/// How long somebody may take at a PIN pad. Readers give up by themselves after a minute or so.
const PIN_PAD: Duration = Duration::from_secs(300);

/// Watches calls into a token's library, and ends the process with exit status 3 when one takes too
/// long. Calls may be made by several threads, and within others.
#[derive(Clone)]
pub(crate) struct Watch(Arc<Shared>);

struct Shared {
    limit: Duration,
    state: Mutex<State>,
    changed: Condvar,
}

/// What is being waited for.
#[derive(Default)]
struct State {
    calls: Vec<Call>,
    last: u64,
    /// How many threads wait for a person at the prompt. Others may need the login that the person is
    /// asked for, so that no call has a deadline meanwhile.
    asides: usize,
}

struct Call {
    number: u64,
    thread: ThreadId,
    deadline: Instant,
    limit: Duration,
    doing: &'static str,
}

impl Watch {
    /// Starts watching.
    pub(super) fn start(limit: Duration) -> Self {
        let shared = Arc::new(Shared { limit, state: Mutex::default(), changed: Condvar::new() });
        let watching = Arc::clone(&shared);
        thread::spawn(move || watching.watch());
        Self(shared)
    }

    /// Does something that must not take longer than the limit.
    pub(super) fn during<T>(&self, doing: &'static str, work: impl FnOnce() -> T) -> T {
        let _asking = Asking::begin();
        let _watched = Watched { watch: self, number: self.change(|state, limit| state.begin(doing, limit)) };
        work()
    }

    /// Waits for a person meanwhile, without limit.
    pub(super) fn aside<T>(&self, work: impl FnOnce() -> T) -> T {
        self.change(|state, _| state.asides += 1);
        let result = work();
        self.change(|state, _| state.end_aside());
        result
    }

    /// Gives a person at a PIN pad time.
    pub(super) fn pin_pad(&self) {
        self.change(|state, limit| state.pin_pad(limit.max(PIN_PAD)));
    }

    /// The token has answered: nobody is waited for at it any more.
    pub(super) fn answered(&self) {
        self.change(State::answered);
    }

    /// Drops what keeps the module open. One that takes too long over it is left alone: what was asked
    /// for is done or has failed by then, and that is what the exit status tells.
    pub(super) fn close<T: Send + 'static>(&self, open: T) {
        let (done, closed) = mpsc::channel();
        let closing = move || {
            let _asking = Asking::begin();
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

    fn change<T>(&self, change: impl FnOnce(&mut State, Duration) -> T) -> T {
        let result = change(&mut self.0.lock(), self.0.limit);
        self.0.changed.notify_one();
        result
    }
}

/// A call that is watched until this is dropped.
struct Watched<'w> {
    watch: &'w Watch,
    number: u64,
}

impl Drop for Watched<'_> {
    fn drop(&mut self) {
        self.watch.change(|state, _| state.calls.retain(|call| call.number != self.number));
    }
}

impl Shared {
    fn watch(&self) {
        let mut state = self.lock();
        loop {
            let left = state.next().map(|call| (call, call.deadline.saturating_duration_since(Instant::now())));
            state = match left {
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some((call, left)) if left.is_zero() => {
                    crate::give_up(&expired(call.limit, call.doing)) // holding the lock: nothing else goes on
                }
                Some((_, left)) => self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0,
            };
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The call whose patience ends first.
    fn next(&self) -> Option<&Call> {
        self.calls.iter().filter(|_| self.asides == 0).min_by_key(|call| call.deadline)
    }

    /// A further call; it waits with those that wait for a person at a PIN pad.
    fn begin(&mut self, doing: &'static str, limit: Duration) -> u64 {
        let longest = self.calls.iter().filter(|call| call.limit > limit).map(|call| call.deadline).max();
        let deadline = Instant::now() + limit;
        self.last += 1;
        let deadline = longest.map_or(deadline, |longest| longest.max(deadline));
        self.calls.push(Call { number: self.last, thread: thread::current().id(), deadline, limit, doing });
        self.last
    }

    fn end_aside(&mut self) {
        self.asides = self.asides.saturating_sub(1);
        for call in &mut self.calls {
            call.deadline = call.deadline.max(Instant::now() + call.limit);
        }
    }

    fn answered(&mut self, limit: Duration) {
        let deadline = Instant::now() + limit;
        for call in &mut self.calls {
            call.deadline = call.deadline.min(deadline);
            if call.limit > limit {
                (call.limit, call.doing) = (limit, "using the token after the login");
            }
        }
    }

    fn pin_pad(&mut self, limit: Duration) {
        let deadline = Instant::now() + limit;
        let here = thread::current().id();
        for call in &mut self.calls {
            call.deadline = call.deadline.max(deadline);
            if call.thread == here {
                (call.limit, call.doing) = (limit, "waiting for the PIN at the token");
            }
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(60);

    fn state(watch: &Watch) -> MutexGuard<'_, State> {
        watch.0.lock()
    }

    #[test]
    fn what_is_within_a_call_does_not_end_its_watch() {
        let watch = Watch::start(LIMIT);
        watch.during("outer", || {
            let before = state(&watch).next().map(|call| call.deadline);
            watch.during("inner", || assert_eq!(state(&watch).calls.len(), 2));
            let watched = state(&watch).next().map(|call| (call.doing, Some(call.deadline)));
            assert_eq!(watched, Some(("outer", before)));
        });
        assert!(state(&watch).next().is_none());
    }

    #[test]
    fn each_thread_has_its_own_deadline_and_the_earliest_counts() {
        let watch = Watch::start(LIMIT);
        let (begun, told) = mpsc::channel();
        let (end, ended) = mpsc::channel::<()>();
        thread::scope(|scope| {
            let other = watch.clone();
            scope.spawn(move || {
                other.during("first", || {
                    begun.send(()).unwrap();
                    ended.recv().unwrap();
                });
            });
            told.recv().unwrap();
            watch.during("second", || {
                assert_eq!(state(&watch).next().map(|call| call.doing), Some("first"));
                // a person is asked: nobody is in a hurry
                watch.aside(|| assert!(state(&watch).next().is_none()));
                assert_eq!(state(&watch).next().map(|call| call.doing), Some("first"));
            });
            assert_eq!(state(&watch).next().map(|call| call.doing), Some("first"));
            end.send(()).unwrap();
        });
        assert!(state(&watch).next().is_none());
    }

    #[test]
    fn once_the_token_has_answered_nobody_has_more_time() {
        let watch = Watch::start(LIMIT);
        watch.during("logging in", || {
            watch.pin_pad();
            watch.answered();
            let left =
                state(&watch).next().map(|call| (call.deadline.duration_since(Instant::now()) <= LIMIT, call.limit));
            assert_eq!(left, Some((true, LIMIT)));
        });
    }

    #[test]
    fn whoever_waits_for_a_login_at_the_pin_pad_has_as_much_time() {
        let watch = Watch::start(LIMIT);
        let late = || state(&watch).next().is_some_and(|call| call.deadline > Instant::now() + PIN_PAD / 2);
        watch.during("logging in", || {
            assert!(!late());
            watch.pin_pad();
            assert!(late());
            assert_eq!(state(&watch).next().map(|call| call.doing), Some("waiting for the PIN at the token"));
            watch.during("signing", || assert!(late()));
            assert!(late());
        });
        watch.during("signing", || assert!(!late()));
    }

    #[test]
    fn a_call_that_panics_is_not_watched_any_more() {
        let watch = Watch::start(LIMIT);
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| watch.during("", || panic!("here"))));
        assert!(panicked.is_err() && state(&watch).next().is_none());
    }
}
