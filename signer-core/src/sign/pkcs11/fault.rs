//! What went wrong in a call, before it is known what it means to a caller.

use cryptoki::context::Function;
use cryptoki::error::{Error, RvError};

use super::error::{TokenError, Tries};

/// What went wrong in a call; the words that are known only above are missing.
#[derive(Debug)]
pub(super) enum Fault {
    /// The module returned an error, or something that cryptoki does not know.
    Call(Error),
    /// cryptoki gave up on what the module returned.
    Panicked,
    /// An error that needs no more words.
    Told(TokenError),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Call(error)
    }
}

impl From<TokenError> for Fault {
    fn from(error: TokenError) -> Self {
        Self::Told(error)
    }
}

impl Fault {
    /// The module's code, if it returned one.
    pub(super) fn code(&self) -> Option<RvError> {
        match self {
            Self::Call(Error::Pkcs11(code, _)) => Some(*code),
            _ => None,
        }
    }

    /// The function that returned the code, if one did.
    pub(super) fn function(&self) -> Option<Function> {
        match self {
            Self::Call(Error::Pkcs11(_, function)) => Some(*function),
            _ => None,
        }
    }

    /// Whether the token or its library is in trouble, whatever was asked.
    pub(super) fn is_grave(&self) -> bool {
        use RvError::{CryptokiNotInitialized, DeviceError, DeviceMemory, HostMemory, UserNotLoggedIn};
        let grave = [CryptokiNotInitialized, DeviceError, DeviceMemory, HostMemory, UserNotLoggedIn];
        self.ends_session() || self.code().is_some_and(|code| grave.contains(&code))
    }

    /// What was called and what it returned, in a few words.
    pub(super) fn brief(&self) -> String {
        match self {
            Self::Call(Error::Pkcs11(code, function)) => format!("{}: {}", call_name(*function), code_name(*code)),
            Self::Call(error) => error.to_string().to_lowercase(),
            Self::Panicked => "an answer that cannot be".to_owned(),
            Self::Told(error) => error.to_string(),
        }
    }

    /// Whether the session that met it is of no use any more.
    pub(super) fn ends_session(&self) -> bool {
        use RvError::{DeviceRemoved, SessionClosed, SessionHandleInvalid, TokenNotPresent};
        matches!(self.code(), Some(DeviceRemoved | SessionClosed | SessionHandleInvalid | TokenNotPresent))
            || matches!(self, Self::Panicked)
    }

    /// The error as it is told, of the token with that label.
    pub(super) fn at(self, token: &str) -> TokenError {
        let token = token.to_owned();
        match self {
            Self::Told(error) => error,
            Self::Panicked => TokenError::ModuleFaulty {
                call: "a call".to_owned(),
                what: "it returned a length or a count that cannot be".to_owned(),
            },
            Self::Call(Error::Pkcs11(code, function)) => returned(code, function, token),
            Self::Call(Error::NullFunctionPointer) => TokenError::ModuleFaulty {
                call: "its list of functions".to_owned(),
                what: "a function that signing needs is not there".to_owned(),
            },
            Self::Call(error) => {
                TokenError::ModuleFaulty { call: "an answer".to_owned(), what: error.to_string().to_lowercase() }
            }
        }
    }
}

fn returned(code: RvError, function: Function, token: String) -> TokenError {
    let call = call_name(function);
    match code {
        RvError::DeviceRemoved
        | RvError::TokenNotPresent
        | RvError::TokenNotRecognized
        | RvError::SlotIdInvalid
        | RvError::SessionClosed
        | RvError::SessionHandleInvalid => TokenError::TokenRemoved { token, call },
        RvError::SessionCount => TokenError::SessionLimit { token },
        RvError::PinLocked => TokenError::PinLocked { token },
        RvError::PinIncorrect => TokenError::PinWrong { token, tries: Tries::Untold },
        RvError::PinExpired => TokenError::PinUnusable { token, reason: "it has expired and must be changed" },
        RvError::UserPinNotInitialized => TokenError::PinUnusable { token, reason: "the token has none yet" },
        RvError::PinInvalid | RvError::PinLenRange => {
            TokenError::PinUnusable { token, reason: "it has a length or characters that the token does not take" }
        }
        RvError::FunctionCanceled | RvError::Cancel => TokenError::LoginCancelled { token },
        RvError::TokenWriteProtected | RvError::SessionReadOnly => TokenError::ReadOnly { token },
        code => TokenError::Failed { token, call, code: code_name(code) },
    }
}

/// `C_Sign` and so on: the name of the standard.
fn call_name(function: Function) -> String {
    format!("C_{function:?}")
}

/// `CKR_DEVICE_ERROR` and so on: the name of the standard; a number where it has none.
pub(super) fn code_name(code: RvError) -> String {
    match code {
        RvError::VendorDefined(number) => format!("CKR_VENDOR_DEFINED 0x{number:x}"),
        RvError::UnknownErrorCode(number) => format!("0x{number:x}"),
        code => {
            let mut name = String::from("CKR");
            for letter in format!("{code:?}").chars() {
                if letter.is_ascii_uppercase() {
                    name.push('_');
                }
                name.push(letter.to_ascii_uppercase());
            }
            name
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_the_names_of_the_standard() {
        assert_eq!(code_name(RvError::DeviceError), "CKR_DEVICE_ERROR");
        assert_eq!(code_name(RvError::FipsSelfTestFailed), "CKR_FIPS_SELF_TEST_FAILED");
        assert_eq!(code_name(RvError::VendorDefined(0x8000_0001)), "CKR_VENDOR_DEFINED 0x80000001");
        assert_eq!(call_name(Function::SignInit), "C_SignInit");
    }
}
