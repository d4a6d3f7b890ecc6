//! The C functions (PKCS#11 v2.40, 5.4 to 5.16): pointers in, safe values on to [`State`].
//!
//! The contract for every `unsafe` here: as the standard has it, each pointer is null or points to as many values as
//! the argument beside it tells, and they stay where they are until the call ends.

#![expect(non_snake_case, reason = "the standard names the functions")]

use std::ffi::{c_int, c_void};
use std::sync::Once;
use std::time::Duration;

use cryptoki_sys::{
    CK_ATTRIBUTE, CK_BBOOL, CK_BYTE, CK_C_INITIALIZE_ARGS, CK_FLAGS, CK_FUNCTION_LIST, CK_INFO, CK_MECHANISM,
    CK_MECHANISM_INFO, CK_MECHANISM_TYPE, CK_NOTIFY, CK_OBJECT_HANDLE, CK_RV, CK_SESSION_HANDLE, CK_SESSION_INFO,
    CK_SLOT_ID, CK_SLOT_INFO, CK_TOKEN_INFO, CK_ULONG, CK_USER_TYPE, CK_UTF8CHAR, CK_VERSION, CKF_OS_LOCKING_OK,
    CKR_ARGUMENTS_BAD, CKR_CANT_LOCK, CKR_FUNCTION_FAILED, CKR_FUNCTION_NOT_SUPPORTED, CKR_OK,
};

use crate::call::{self, Place, run, run_after};
use crate::memory::{Room, input, mechanism, put, questions, template};
use crate::sign;
use crate::state::State;
use crate::token::padded;

/// Gives out the function list, which is the way into a module.
///
/// # Safety
/// `list` is null, or a pointer can be written there.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn C_GetFunctionList(list: *mut *mut CK_FUNCTION_LIST) -> CK_RV {
    // SAFETY: see the head of this file. Nobody writes to the list, though C has no way to say so.
    unsafe { put(list, (&raw const LIST).cast_mut()) }.err().unwrap_or(CKR_OK)
}

/// The list, and the names in it. What comes after `unsupported` has as many arguments as there are letters.
macro_rules! functions {
    ($($name:ident)* ; unsupported $($missing:ident($($argument:ident)*))*) => {
        /// Those that do something.
        pub(crate) const SUPPORTED: &[&str] = &[$(stringify!($name)),*];

        /// Every function of PKCS#11 v2.40.
        pub(crate) const FUNCTIONS: &[&str] = &[$(stringify!($name),)* $(stringify!($missing)),*];

        static LIST: CK_FUNCTION_LIST = CK_FUNCTION_LIST {
            version: CK_VERSION { major: 2, minor: 40 },
            $($name: Some($name),)*
            $($missing: {
                extern "C" fn $missing<$($argument),*>($(_: $argument),*) -> CK_RV {
                    run(stringify!($missing), Place::Module, |_, _| Err(CKR_FUNCTION_NOT_SUPPORTED))
                }
                Some($missing)
            },)*
        };
    };
}

functions! {
    C_Initialize C_Finalize C_GetInfo C_GetFunctionList C_GetSlotList C_GetSlotInfo C_GetTokenInfo C_GetMechanismList
    C_GetMechanismInfo C_OpenSession C_CloseSession C_CloseAllSessions C_GetSessionInfo C_Login C_Logout
    C_CreateObject C_DestroyObject C_GetAttributeValue C_SetAttributeValue C_FindObjectsInit C_FindObjects
    C_FindObjectsFinal C_SignInit C_Sign C_SignUpdate C_SignFinal C_GenerateKeyPair C_GenerateRandom;
    unsupported
    C_InitToken(A B C D) C_InitPIN(A B C) C_SetPIN(A B C D E) C_GetOperationState(A B C) C_SetOperationState(A B C D E)
    C_CopyObject(A B C D E) C_GetObjectSize(A B C) C_EncryptInit(A B C) C_Encrypt(A B C D E) C_EncryptUpdate(A B C D E)
    C_EncryptFinal(A B C) C_DecryptInit(A B C) C_Decrypt(A B C D E) C_DecryptUpdate(A B C D E) C_DecryptFinal(A B C)
    C_DigestInit(A B) C_Digest(A B C D E) C_DigestUpdate(A B C) C_DigestKey(A B) C_DigestFinal(A B C)
    C_SignRecoverInit(A B C) C_SignRecover(A B C D E) C_VerifyInit(A B C) C_Verify(A B C D E) C_VerifyUpdate(A B C)
    C_VerifyFinal(A B C) C_VerifyRecoverInit(A B C) C_VerifyRecover(A B C D E) C_DigestEncryptUpdate(A B C D E)
    C_DecryptDigestUpdate(A B C D E) C_SignEncryptUpdate(A B C D E) C_DecryptVerifyUpdate(A B C D E)
    C_GenerateKey(A B C D E) C_WrapKey(A B C D E F) C_UnwrapKey(A B C D E F G H) C_DeriveKey(A B C D E F)
    C_SeedRandom(A B C) C_GetFunctionStatus(A) C_CancelFunction(A) C_WaitForSlotEvent(A B C)
}

unsafe extern "C" fn C_Initialize(arguments: *mut c_void) -> CK_RV {
    if !arguments.is_null() {
        // SAFETY: see the head of this file.
        let arguments = unsafe { arguments.cast::<CK_C_INITIALIZE_ARGS>().read() };
        if !arguments.pReserved.is_null() {
            return CKR_ARGUMENTS_BAD;
        }
        if arguments.CreateMutex.is_some() && arguments.flags & CKF_OS_LOCKING_OK == 0 {
            return CKR_CANT_LOCK;
        }
    }
    call::initialize(hang_at_exit)
}

unsafe extern "C" fn C_Finalize(reserved: *mut c_void) -> CK_RV {
    if reserved.is_null() { call::finalize() } else { CKR_ARGUMENTS_BAD }
}

unsafe extern "C" fn C_GetInfo(info: *mut CK_INFO) -> CK_RV {
    run("C_GetInfo", Place::Module, |_, _| {
        let value = CK_INFO {
            cryptokiVersion: CK_VERSION { major: 2, minor: 40 },
            manufacturerID: padded("faulty-token"),
            flags: 0,
            libraryDescription: padded("fails as it is told"),
            libraryVersion: CK_VERSION { major: 1, minor: 0 },
        };
        // SAFETY: see the head of this file.
        unsafe { put(info, value) }
    })
}

unsafe extern "C" fn C_GetSlotList(with_token: CK_BBOOL, slots: *mut CK_SLOT_ID, number: *mut CK_ULONG) -> CK_RV {
    run("C_GetSlotList", Place::Module, |state, _| {
        // SAFETY: see the head of this file.
        unsafe { Room::new(slots, number) }?.fill(&state.slots(with_token != 0))
    })
}

unsafe extern "C" fn C_GetSlotInfo(slot: CK_SLOT_ID, info: *mut CK_SLOT_INFO) -> CK_RV {
    run("C_GetSlotInfo", Place::Slot(slot), |state, _| {
        // SAFETY: see the head of this file.
        unsafe { put(info, state.slot_info(slot)?) }
    })
}

unsafe extern "C" fn C_GetTokenInfo(slot: CK_SLOT_ID, info: *mut CK_TOKEN_INFO) -> CK_RV {
    run("C_GetTokenInfo", Place::Slot(slot), |state, _| {
        // SAFETY: see the head of this file.
        unsafe { put(info, state.token_info(slot)?) }
    })
}

unsafe extern "C" fn C_GetMechanismList(
    slot: CK_SLOT_ID,
    mechanisms: *mut CK_MECHANISM_TYPE,
    number: *mut CK_ULONG,
) -> CK_RV {
    run("C_GetMechanismList", Place::Slot(slot), |state, _| {
        // SAFETY: see the head of this file.
        unsafe { Room::new(mechanisms, number) }?.fill(&state.token(slot)?.mechanisms())
    })
}

unsafe extern "C" fn C_GetMechanismInfo(
    slot: CK_SLOT_ID,
    mechanism: CK_MECHANISM_TYPE,
    info: *mut CK_MECHANISM_INFO,
) -> CK_RV {
    run("C_GetMechanismInfo", Place::Slot(slot), |state, _| {
        state.token(slot)?.offers(mechanism)?;
        // SAFETY: see the head of this file.
        unsafe { put(info, sign::info(mechanism)) }
    })
}

unsafe extern "C" fn C_OpenSession(
    slot: CK_SLOT_ID,
    flags: CK_FLAGS,
    _application: *mut c_void,
    _notify: CK_NOTIFY,
    session: *mut CK_SESSION_HANDLE,
) -> CK_RV {
    run("C_OpenSession", Place::Slot(slot), |state, _| {
        // SAFETY: see the head of this file.
        unsafe { put(session, state.open_session(slot, flags)?) }
    })
}

unsafe extern "C" fn C_CloseSession(session: CK_SESSION_HANDLE) -> CK_RV {
    run("C_CloseSession", Place::Session(session), |state, _| state.close_session(session))
}

unsafe extern "C" fn C_CloseAllSessions(slot: CK_SLOT_ID) -> CK_RV {
    run("C_CloseAllSessions", Place::Slot(slot), |state, _| state.close_all_sessions(slot))
}

unsafe extern "C" fn C_GetSessionInfo(session: CK_SESSION_HANDLE, info: *mut CK_SESSION_INFO) -> CK_RV {
    run("C_GetSessionInfo", Place::Session(session), |state, _| {
        // SAFETY: see the head of this file.
        unsafe { put(info, state.session_info(session)?) }
    })
}

unsafe extern "C" fn C_Login(
    session: CK_SESSION_HANDLE,
    user: CK_USER_TYPE,
    pin: *mut CK_UTF8CHAR,
    length: CK_ULONG,
) -> CK_RV {
    let wait = |state: &State| {
        if pin.is_null() { state.prompt(session, user) } else { Duration::ZERO }
    };
    run_after("C_Login", Place::Session(session), wait, |state, _| {
        // SAFETY: see the head of this file.
        let pin = if pin.is_null() { None } else { Some(unsafe { input(pin.cast_const(), length) }?) };
        state.login(session, user, pin)
    })
}

unsafe extern "C" fn C_Logout(session: CK_SESSION_HANDLE) -> CK_RV {
    run("C_Logout", Place::Session(session), |state, _| state.logout(session))
}

unsafe extern "C" fn C_CreateObject(
    session: CK_SESSION_HANDLE,
    attributes: *mut CK_ATTRIBUTE,
    length: CK_ULONG,
    object: *mut CK_OBJECT_HANDLE,
) -> CK_RV {
    run("C_CreateObject", Place::Session(session), |state, _| {
        // SAFETY: see the head of this file.
        let attributes = unsafe { template(attributes, length) }?;
        // SAFETY: likewise.
        unsafe { put(object, state.create(session, attributes)?) }
    })
}

unsafe extern "C" fn C_DestroyObject(session: CK_SESSION_HANDLE, object: CK_OBJECT_HANDLE) -> CK_RV {
    run("C_DestroyObject", Place::Session(session), |state, _| state.destroy(session, object))
}

unsafe extern "C" fn C_GetAttributeValue(
    session: CK_SESSION_HANDLE,
    object: CK_OBJECT_HANDLE,
    attributes: *mut CK_ATTRIBUTE,
    length: CK_ULONG,
) -> CK_RV {
    run("C_GetAttributeValue", Place::Session(session), |state, effect| {
        // SAFETY: see the head of this file.
        state.read(session, object, unsafe { questions(attributes, length) }?, effect)
    })
}

unsafe extern "C" fn C_SetAttributeValue(
    session: CK_SESSION_HANDLE,
    object: CK_OBJECT_HANDLE,
    attributes: *mut CK_ATTRIBUTE,
    length: CK_ULONG,
) -> CK_RV {
    run("C_SetAttributeValue", Place::Session(session), |state, _| {
        // SAFETY: see the head of this file.
        state.write(session, object, unsafe { template(attributes, length) }?)
    })
}

unsafe extern "C" fn C_FindObjectsInit(
    session: CK_SESSION_HANDLE,
    attributes: *mut CK_ATTRIBUTE,
    length: CK_ULONG,
) -> CK_RV {
    run("C_FindObjectsInit", Place::Session(session), |state, _| {
        // SAFETY: see the head of this file.
        state.find_init(session, &unsafe { template(attributes, length) }?)
    })
}

unsafe extern "C" fn C_FindObjects(
    session: CK_SESSION_HANDLE,
    objects: *mut CK_OBJECT_HANDLE,
    most: CK_ULONG,
    number: *mut CK_ULONG,
) -> CK_RV {
    run("C_FindObjects", Place::Session(session), |state, effect| {
        // SAFETY: see the head of this file.
        state.find(session, &mut unsafe { Room::sized(objects, most, number) }?, effect)
    })
}

unsafe extern "C" fn C_FindObjectsFinal(session: CK_SESSION_HANDLE) -> CK_RV {
    run("C_FindObjectsFinal", Place::Session(session), |state, _| state.find_final(session))
}

unsafe extern "C" fn C_SignInit(session: CK_SESSION_HANDLE, kind: *mut CK_MECHANISM, key: CK_OBJECT_HANDLE) -> CK_RV {
    run("C_SignInit", Place::Session(session), |state, _| {
        // SAFETY: see the head of this file.
        state.sign_init(session, &unsafe { mechanism(kind) }?, key)
    })
}

unsafe extern "C" fn C_Sign(
    session: CK_SESSION_HANDLE,
    data: *mut CK_BYTE,
    data_length: CK_ULONG,
    signature: *mut CK_BYTE,
    length: *mut CK_ULONG,
) -> CK_RV {
    run("C_Sign", Place::Session(session), |state, effect| {
        // SAFETY: see the head of this file.
        let (data, mut room) = unsafe { (input(data.cast_const(), data_length)?, Room::new(signature, length)?) };
        state.sign(session, data, &mut room, effect)
    })
}

unsafe extern "C" fn C_SignUpdate(session: CK_SESSION_HANDLE, part: *mut CK_BYTE, length: CK_ULONG) -> CK_RV {
    run("C_SignUpdate", Place::Session(session), |state, _| {
        // SAFETY: see the head of this file.
        state.sign_update(session, unsafe { input(part.cast_const(), length) }?)
    })
}

unsafe extern "C" fn C_SignFinal(session: CK_SESSION_HANDLE, signature: *mut CK_BYTE, length: *mut CK_ULONG) -> CK_RV {
    run("C_SignFinal", Place::Session(session), |state, effect| {
        // SAFETY: see the head of this file.
        state.sign_final(session, &mut unsafe { Room::new(signature, length) }?, effect)
    })
}

unsafe extern "C" fn C_GenerateKeyPair(
    session: CK_SESSION_HANDLE,
    kind: *mut CK_MECHANISM,
    public: *mut CK_ATTRIBUTE,
    public_length: CK_ULONG,
    private: *mut CK_ATTRIBUTE,
    private_length: CK_ULONG,
    public_key: *mut CK_OBJECT_HANDLE,
    private_key: *mut CK_OBJECT_HANDLE,
) -> CK_RV {
    run("C_GenerateKeyPair", Place::Session(session), |state, _| {
        // SAFETY: see the head of this file.
        let (public, private) = unsafe { (template(public, public_length)?, template(private, private_length)?) };
        // SAFETY: likewise.
        let kind = unsafe { mechanism(kind) }?.kind;
        let (public, private) = state.generate(session, kind, public, private)?;
        // SAFETY: likewise.
        unsafe { put(public_key, public).and_then(|()| put(private_key, private)) }
    })
}

unsafe extern "C" fn C_GenerateRandom(session: CK_SESSION_HANDLE, random: *mut CK_BYTE, length: CK_ULONG) -> CK_RV {
    run("C_GenerateRandom", Place::Session(session), |state, _| {
        state.session(session)?;
        let mut length = length;
        let mut bytes = vec![0; usize::try_from(length).map_err(|_| CKR_ARGUMENTS_BAD)?];
        getrandom::fill(&mut bytes).map_err(|_| CKR_FUNCTION_FAILED)?;
        // SAFETY: see the head of this file.
        unsafe { Room::sized(random, length, &raw mut length) }?.fill(&bytes)
    })
}

unsafe extern "C" {
    fn atexit(handler: extern "C" fn()) -> c_int;
}

/// Real modules do such things: the process hangs when it ends, or when the module is unloaded.
fn hang_at_exit() {
    extern "C" fn handler() {
        call::hang();
    }
    static ONCE: Once = Once::new();
    // SAFETY: the handler is a function of C's kind, and stays loaded until it has run.
    ONCE.call_once(|| _ = unsafe { atexit(handler) });
}
