//! A token: what it tells of itself, and its PIN.

use cryptoki_sys::{CK_CHAR, CK_MECHANISM_TYPE, CK_TOKEN_INFO, CK_UNAVAILABLE_INFORMATION, CK_VERSION};
use cryptoki_sys::{CKF_CLOCK_ON_TOKEN, CKF_LOGIN_REQUIRED, CKF_PROTECTED_AUTHENTICATION_PATH, CKF_RNG};
use cryptoki_sys::{CKF_TOKEN_INITIALIZED, CKF_USER_PIN_COUNT_LOW, CKF_USER_PIN_FINAL_TRY, CKF_USER_PIN_INITIALIZED};
use cryptoki_sys::{CKF_USER_PIN_LOCKED, CKF_WRITE_PROTECTED, CKR_ARGUMENTS_BAD, CKR_PIN_INCORRECT, CKR_PIN_LOCKED};
use cryptoki_sys::{CKR_MECHANISM_INVALID, CKR_USER_PIN_NOT_INITIALIZED};

use crate::call::Result;
use crate::script::{TokenFlag, TokenScript};
use crate::sign;

/// A token and its state.
pub(crate) struct Token {
    label: String,
    serial: String,
    manufacturer: String,
    model: String,
    pin: String,
    flags: Vec<TokenFlag>,
    mechanisms: Option<Vec<CK_MECHANISM_TYPE>>,
    tries: u32,
    tries_left: u32,
    pub(crate) max_sessions: Option<usize>,
    pub(crate) present: bool,
    pub(crate) logged_in: bool,
}

impl Token {
    pub(crate) fn new(script: &TokenScript) -> Self {
        let final_try = script.flags.contains(&TokenFlag::FinalTry);
        Self {
            label: script.label.clone(),
            serial: script.serial.clone(),
            manufacturer: script.manufacturer.clone(),
            model: script.model.clone(),
            pin: script.pin.clone(),
            flags: script.flags.clone(),
            mechanisms: script.mechanisms.as_ref().map(|names| names.iter().map(|name| name.0).collect()),
            tries: script.tries,
            tries_left: if final_try { 1.min(script.tries) } else { script.tries },
            max_sessions: script.max_sessions,
            present: true,
            logged_in: false,
        }
    }

    pub(crate) fn has(&self, flag: TokenFlag) -> bool {
        self.flags.contains(&flag)
    }

    /// Whether somebody will be asked at the token itself if no PIN comes with the login.
    pub(crate) fn prompts(&self) -> bool {
        self.has(TokenFlag::ProtectedAuthenticationPath)
            && self.tries_left > 0
            && !self.has(TokenFlag::UninitializedPin)
    }

    /// The mechanisms that it offers.
    pub(crate) fn mechanisms(&self) -> Vec<CK_MECHANISM_TYPE> {
        self.mechanisms.clone().unwrap_or_else(|| sign::MECHANISMS.to_vec())
    }

    /// CKR_MECHANISM_INVALID unless it offers this one.
    pub(crate) fn offers(&self, mechanism: CK_MECHANISM_TYPE) -> Result<()> {
        if self.mechanisms().contains(&mechanism) { Ok(()) } else { Err(CKR_MECHANISM_INVALID) }
    }

    /// Takes a try off the counter, and gives all back if the PIN is right. Without a PIN it is typed at the token,
    /// always rightly.
    pub(crate) fn try_pin(&mut self, pin: Option<&[u8]>) -> Result<()> {
        if pin.is_none() && !self.has(TokenFlag::ProtectedAuthenticationPath) {
            return Err(CKR_ARGUMENTS_BAD);
        }
        if self.has(TokenFlag::UninitializedPin) {
            return Err(CKR_USER_PIN_NOT_INITIALIZED);
        }
        if self.tries_left == 0 {
            return Err(CKR_PIN_LOCKED);
        }
        let right = pin.is_none_or(|pin| pin == self.pin.as_bytes());
        self.tries_left = if right { self.tries } else { self.tries_left - 1 };
        if right { Ok(()) } else { Err(CKR_PIN_INCORRECT) }
    }

    /// What C_GetTokenInfo answers.
    pub(crate) fn info(&self, sessions: u64, rw_sessions: u64) -> CK_TOKEN_INFO {
        let garbage = self.has(TokenFlag::ClockGarbage);
        CK_TOKEN_INFO {
            label: padded(&self.label),
            manufacturerID: padded(&self.manufacturer),
            model: padded(&self.model),
            serialNumber: padded(&self.serial),
            flags: self.info_flags(),
            ulMaxSessionCount: self.max_sessions.map_or(0, |most| most as _), // 0: as many as you like
            ulSessionCount: sessions as _,
            ulMaxRwSessionCount: self.max_sessions.map_or(0, |most| most as _),
            ulRwSessionCount: rw_sessions as _,
            ulMaxPinLen: 64,
            ulMinPinLen: 4,
            ulTotalPublicMemory: CK_UNAVAILABLE_INFORMATION,
            ulFreePublicMemory: CK_UNAVAILABLE_INFORMATION,
            ulTotalPrivateMemory: CK_UNAVAILABLE_INFORMATION,
            ulFreePrivateMemory: CK_UNAVAILABLE_INFORMATION,
            hardwareVersion: CK_VERSION { major: 1, minor: 0 },
            firmwareVersion: CK_VERSION { major: 1, minor: 0 },
            utcTime: if garbage { *b"\xff\xfe\0no o'clock\0\x80\xc3" } else { padded("") },
        }
    }

    fn info_flags(&self) -> cryptoki_sys::CK_FLAGS {
        let low = self.tries_left < self.tries;
        let flags = [
            (CKF_RNG | CKF_TOKEN_INITIALIZED, true),
            (CKF_LOGIN_REQUIRED, !self.has(TokenFlag::NoLoginRequired)),
            (CKF_USER_PIN_INITIALIZED, !self.has(TokenFlag::UninitializedPin)),
            (CKF_WRITE_PROTECTED, self.has(TokenFlag::WriteProtected)),
            (CKF_PROTECTED_AUTHENTICATION_PATH, self.has(TokenFlag::ProtectedAuthenticationPath)),
            (CKF_CLOCK_ON_TOKEN, self.has(TokenFlag::ClockGarbage)),
            (CKF_USER_PIN_COUNT_LOW, low),
            (CKF_USER_PIN_FINAL_TRY, self.tries_left == 1),
            (CKF_USER_PIN_LOCKED, self.tries_left == 0),
        ];
        flags.iter().filter(|(_, set)| *set).fold(0, |all, (flag, _)| all | flag)
    }
}

/// The text in a field of a fixed size, padded with blanks.
pub(crate) fn padded<const SIZE: usize>(text: &str) -> [CK_CHAR; SIZE] {
    let mut field = [b' '; SIZE];
    for (place, byte) in field.iter_mut().zip(text.bytes()) {
        *place = byte;
    }
    field
}
