//! A token's library: loaded once in a process, initialized while somebody uses it.

use core::panic::AssertUnwindSafe;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};

use super::error::TokenError;
use super::fault::{Fault, code_name};

/// A PKCS#11 library that is loaded and initialized.
///
/// Loading runs the library's code in this process, with all of this process's rights: the path must
/// come from whoever runs the program, never from what is to be verified. A library is loaded once
/// in a process, whatever the number of `Module`s; it is initialized by the first and finalized with
/// the last, unless other code of the process had initialized it before.
///
/// A call into the library cannot be cancelled. One that blocks, blocks its thread for ever: a
/// program that must go on runs such calls in threads of their own, and ends by `_exit` if one of
/// them hangs, since a library may also block in what the C library runs at a normal exit.
#[derive(Clone)]
pub struct Module(Arc<Loaded>);

struct Loaded {
    path: PathBuf,
    pkcs11: Pkcs11,
    one_thread: bool,
    place: Arc<Mutex<Place>>,
}

/// What the process knows of one library.
#[derive(Default)]
struct Place {
    library: Option<Pkcs11>, // never unloaded: its threads may still run
    users: usize,
    ours_to_finalize: bool,
    one_thread: bool,
}

/// What a library says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleInfo {
    /// Who made it.
    pub manufacturer: String,
    /// What it is.
    pub description: String,
    /// Its version, major and minor.
    pub version: (u8, u8),
    /// The version of PKCS#11 that it speaks.
    pub standard: (u8, u8),
}

impl Module {
    /// Loads the library at that path and initializes it.
    ///
    /// # Errors
    /// When there is no file, it is no PKCS#11 library for this machine, or it cannot be initialized.
    pub fn load(path: &Path) -> Result<Self, TokenError> {
        let missing = |error: std::io::Error| TokenError::ModuleMissing {
            path: path.display().to_string(),
            reason: error.to_string(),
        };
        let path = path.canonicalize().map_err(missing)?; // with a slash: dlopen searches for bare names
        let place = Arc::clone(lock(&MODULES).entry(path.clone()).or_default());
        let mut state = lock(&place);
        let pkcs11 = match &state.library {
            Some(library) => library.clone(),
            None => state.library.insert(open(&path)?).clone(),
        };
        if state.users == 0 {
            let (ours, one_thread) = initialize(&pkcs11, &path)?;
            (state.ours_to_finalize, state.one_thread) = (ours, one_thread);
        }
        state.users += 1;
        let one_thread = state.one_thread;
        drop(state);
        Ok(Self(Arc::new(Loaded { path, pkcs11, one_thread, place })))
    }

    /// The whole path of its file.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// What it says of itself.
    ///
    /// # Errors
    /// When it fails.
    pub fn info(&self) -> Result<ModuleInfo, TokenError> {
        let info = guarded(|| self.pkcs11().get_library_info()).map_err(|fault| self.told(fault))?;
        let version = |version: cryptoki::types::Version| (version.major(), version.minor());
        Ok(ModuleInfo {
            manufacturer: info.manufacturer_id().to_owned(),
            description: info.library_description().to_owned(),
            version: version(info.library_version()),
            standard: version(info.cryptoki_version()),
        })
    }

    pub(super) fn pkcs11(&self) -> &Pkcs11 {
        &self.0.pkcs11
    }

    /// Whether it must not be called from two threads at once.
    pub(super) fn is_one_thread(&self) -> bool {
        self.0.one_thread
    }

    /// An error of the library itself, not of a token.
    pub(super) fn told(&self, fault: Fault) -> TokenError {
        fault.at(&self.0.path.display().to_string())
    }
}

impl Drop for Loaded {
    fn drop(&mut self) {
        let mut state = lock(&self.place);
        state.users = state.users.saturating_sub(1);
        if state.users == 0 && state.ours_to_finalize {
            state.ours_to_finalize = false;
            let _ = guarded(|| self.pkcs11.clone().finalize()); // nothing is left to be done about it
        }
    }
}

impl core::fmt::Debug for Module {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_tuple("Module").field(&self.0.path).finish()
    }
}

/// Whether some library of this process cannot lock; and who calls, then.
static ONE_AT_A_TIME: AtomicBool = AtomicBool::new(false);
static CALLING: Mutex<()> = Mutex::new(());

static MODULES: Mutex<BTreeMap<PathBuf, Arc<Mutex<Place>>>> = Mutex::new(BTreeMap::new());

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn open(path: &Path) -> Result<Pkcs11, TokenError> {
    let unusable = |reason: String| TokenError::ModuleUnusable { path: path.display().to_string(), reason };
    guarded(|| Pkcs11::new(path)).map_err(|fault| match fault {
        Fault::Call(Error::LibraryLoading(error)) => {
            let source = std::error::Error::source(&error).map(ToString::to_string);
            unusable(one_line(&source.unwrap_or_else(|| error.to_string())))
        }
        Fault::Call(Error::MissingSymbol(name)) => unusable(format!("it has no function {name}")),
        Fault::Call(Error::Pkcs11(code, _)) => unusable(code_name(code)),
        _ => unusable("its list of functions cannot be read".to_owned()),
    })
}

/// Whether it is ours to finalize, and whether it must be called from one thread at a time.
fn initialize(pkcs11: &Pkcs11, path: &Path) -> Result<(bool, bool), TokenError> {
    let with = |flags| guarded(|| pkcs11.initialize(CInitializeArgs::new(flags)));
    let (done, one_thread) = match with(CInitializeFlags::OS_LOCKING_OK) {
        // PKCS#11 §5.4: it cannot lock, so that we must
        Err(fault) if fault.code() == Some(RvError::CantLock) => {
            ONE_AT_A_TIME.store(true, Ordering::Release);
            (with(CInitializeFlags::empty()), true)
        }
        done => (done, false),
    };
    match done {
        Ok(()) => Ok((true, one_thread)),
        Err(fault) if fault.code() == Some(RvError::CryptokiAlreadyInitialized) => Ok((false, one_thread)),
        Err(fault) => {
            let reason = match fault.code() {
                Some(code) => format!("C_Initialize failed: {}", code_name(code)),
                None => "C_Initialize failed".to_owned(),
            };
            Err(TokenError::ModuleUnusable { path: path.display().to_string(), reason })
        }
    }
}

/// Calls the library; what cryptoki panics about (a count or a length that cannot be) is a fault. Where
/// a library that cannot lock was loaded, one call is made at a time.
pub(super) fn guarded<T>(call: impl FnOnce() -> Result<T, Error>) -> Result<T, Fault> {
    let _alone = ONE_AT_A_TIME.load(Ordering::Acquire).then(|| lock(&CALLING));
    match std::panic::catch_unwind(AssertUnwindSafe(call)) {
        Ok(result) => result.map_err(Fault::Call),
        Err(_) => Err(Fault::Panicked),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
