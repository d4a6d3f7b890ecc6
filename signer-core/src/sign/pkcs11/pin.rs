//! Where PINs come from: the caller's business, asked for when one is needed.

use super::slot::TokenState;
use crate::sign::Secret;

/// Somebody who knows the PINs of tokens.
///
/// It is asked once for a login, and again at each signature by a key that wants its PIN at each use
/// (`CKA_ALWAYS_AUTHENTICATE`). A PIN that the token refused is never tried a second time: whoever
/// asks again after [`PinWrong`](super::TokenError::PinWrong) opens the token anew, and answers for
/// the token's counter. It must not use the token that asks.
pub trait PinSource: Send + Sync {
    /// The PIN, or word that it will be typed at the token.
    ///
    /// # Errors
    /// The reason why there is none, as it is to be told.
    fn pin(&self, request: &PinRequest<'_>) -> Result<Pin, String>;

    /// Told when the token has answered, whatever it answered: nobody is waited for at it any more.
    fn answered(&self) {}
}

/// A PIN that is asked for.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct PinRequest<'a> {
    /// The token, with what it says of further tries.
    pub token: &'a TokenState,
    /// What it is for.
    pub purpose: PinPurpose,
}

/// What a PIN is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinPurpose {
    /// The login of the user.
    Login,
    /// One signature.
    Signature,
}

/// How a PIN reaches the token.
#[derive(Debug)]
pub enum Pin {
    /// Through us.
    Typed(Secret),
    /// At the token's own PIN pad, reader or button, which is waited for; only for tokens that have
    /// one.
    AtToken,
}

/// For tokens that need no login.
#[derive(Clone, Copy, Debug)]
pub struct NoPin;

impl PinSource for NoPin {
    fn pin(&self, _: &PinRequest<'_>) -> Result<Pin, String> {
        Err("none is given".to_owned())
    }
}
