//! What is common to all calls: counting, faults, the trace and the lock.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::Duration;

use cryptoki_sys::{CK_RV, CK_SESSION_HANDLE, CK_SLOT_ID, CKR_CRYPTOKI_ALREADY_INITIALIZED};
use cryptoki_sys::{CKR_CRYPTOKI_NOT_INITIALIZED, CKR_DEVICE_REMOVED, CKR_GENERAL_ERROR, CKR_OK};

use crate::codes;
use crate::faults::{Effect, Fault};
use crate::script::Script;
use crate::state::State;

/// What a call comes to; the error is what the C function returns.
pub(crate) type Result<T> = std::result::Result<T, CK_RV>;

/// What a call is about.
#[derive(Clone, Copy)]
pub(crate) enum Place {
    /// The module as a whole.
    Module,
    Slot(CK_SLOT_ID),
    Session(CK_SESSION_HANDLE),
}

/// Runs the call: counts it, lets it fail if the script says so, and writes the trace.
pub(crate) fn run(
    function: &'static str,
    place: Place,
    action: impl FnOnce(&mut State, Option<Effect>) -> Result<()>,
) -> CK_RV {
    run_after(function, place, |_| Duration::ZERO, action)
}

/// As [`run`], and somebody at the token is waited for before.
pub(crate) fn run_after(
    function: &'static str,
    place: Place,
    wait: impl FnOnce(&State) -> Duration,
    action: impl FnOnce(&mut State, Option<Effect>) -> Result<()>,
) -> CK_RV {
    let mut module = lock();
    let plan = module.plan(function);
    let prompt = module.state.as_ref().map_or(Duration::ZERO, wait);
    drop(module); // whoever waits must not hold up other sessions
    plan.wait(function, prompt);

    let mut module = lock();
    let outcome = match (&mut module.state, plan.effect) {
        (None, None) => Err(CKR_CRYPTOKI_NOT_INITIALIZED),
        (None, Some(_)) => Err(plan.returned().unwrap_or(CKR_CRYPTOKI_NOT_INITIALIZED)),
        (Some(state), Some(Effect::Return(value))) => {
            state.call_failed(function, place, value);
            Err(value)
        }
        (Some(state), Some(Effect::RemoveToken)) => {
            state.remove_token(place);
            Err(CKR_DEVICE_REMOVED)
        }
        (Some(state), effect) => action(state, effect),
    };
    drop(module);
    plan.end(function, outcome.err().unwrap_or(CKR_OK))
}

/// C_Initialize: reads the script and makes its tokens.
pub(crate) fn initialize(at_exit: fn()) -> CK_RV {
    let function = "C_Initialize";
    let mut module = lock();
    if module.state.is_none() {
        match Script::load().and_then(|script| module.load(script)) {
            Ok(()) => {}
            Err(problem) => {
                // Nothing more can be done if nobody reads it.
                let _ = writeln!(std::io::stderr(), "faulty-token: {problem}");
                return CKR_GENERAL_ERROR;
            }
        }
    }
    let plan = module.plan(function);
    drop(module);
    plan.wait(function, Duration::ZERO);

    let mut module = lock();
    let value = match plan.returned() {
        Some(value) => value,
        None if module.state.is_some() => CKR_CRYPTOKI_ALREADY_INITIALIZED,
        None => {
            if module.at_exit_hang {
                at_exit();
            }
            module.state = module.prepared.take();
            CKR_OK
        }
    };
    drop(module);
    plan.end(function, value)
}

/// C_Finalize: forgets everything but the count of the calls.
pub(crate) fn finalize() -> CK_RV {
    let function = "C_Finalize";
    let plan = lock().plan(function);
    plan.wait(function, Duration::ZERO);
    let value = match plan.returned() {
        Some(value) => value,
        None if lock().state.take().is_some() => CKR_OK,
        None => CKR_CRYPTOKI_NOT_INITIALIZED,
    };
    plan.end(function, value)
}

/// The one module of the process.
struct Module {
    /// Counts go on over C_Finalize, so that a fault of the first C_Initialize does not strike the second.
    counts: BTreeMap<&'static str, u64>,
    faults: Vec<Fault>,
    trace: Option<Arc<File>>,
    at_exit_hang: bool,
    /// What C_Initialize read, and did not yet put in force.
    prepared: Option<State>,
    state: Option<State>,
}

static MODULE: Mutex<Module> = Mutex::new(Module {
    counts: BTreeMap::new(),
    faults: Vec::new(),
    trace: None,
    at_exit_hang: false,
    prepared: None,
    state: None,
});

fn lock() -> MutexGuard<'static, Module> {
    MODULE.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Module {
    fn load(&mut self, script: Script) -> std::result::Result<(), String> {
        self.trace = match &script.trace {
            Some(path) => {
                let file = OpenOptions::new().append(true).create(true).open(path);
                Some(Arc::new(file.map_err(|error| format!("trace `{}`: {error}", path.display()))?))
            }
            None => None,
        };
        self.prepared = Some(State::new(&script)?);
        self.faults = script.faults;
        self.at_exit_hang = script.atexit_hang;
        Ok(())
    }

    /// Counts the call, and finds what is to go wrong with it.
    fn plan(&mut self, function: &'static str) -> Plan {
        let count = self.counts.entry(function).or_default();
        *count += 1;
        let mut plan = Plan { trace: self.trace.clone(), slow: Duration::ZERO, hang: false, effect: None };
        for fault in self.faults.iter().filter(|fault| fault.strikes(function, *count)) {
            match fault.effect {
                Effect::Hang => plan.hang = true,
                Effect::Slow(time) => plan.slow += time,
                effect => plan.effect = plan.effect.or(Some(effect)),
            }
        }
        plan
    }
}

/// What the script has in store for one call.
struct Plan {
    trace: Option<Arc<File>>,
    slow: Duration,
    hang: bool,
    effect: Option<Effect>,
}

impl Plan {
    fn wait(&self, function: &str, prompt: Duration) {
        let time = self.slow + prompt;
        if self.hang || !time.is_zero() {
            self.write(&format!("{function} begins\n"));
        }
        sleep(time);
        if self.hang {
            hang();
        }
    }

    fn returned(&self) -> Option<CK_RV> {
        match self.effect {
            Some(Effect::Return(value)) => Some(value),
            _ => None,
        }
    }

    fn end(&self, function: &str, value: CK_RV) -> CK_RV {
        self.write(&format!("{function} {}\n", codes::name_of(value)));
        value
    }

    fn write(&self, line: &str) {
        if let Some(mut file) = self.trace.as_deref() {
            // One write for a line: those of several threads and processes do not mix. A test sees what is missing.
            let _ = file.write_all(line.as_bytes());
        }
    }
}

/// Never returns.
pub(crate) fn hang() -> ! {
    loop {
        sleep(Duration::from_secs(3600));
    }
}
