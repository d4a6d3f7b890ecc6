//! PINs: from the URI, from a file, from the environment, from the terminal, or typed at the token.

use std::path::PathBuf;
use std::sync::OnceLock;

use signer_core::sign::Secret;
use signer_core::sign::pkcs11::{Pin, PinPurpose, PinRequest, PinSource, Tries, Uri};

use super::watch::Watch;
use crate::text::escape;
use crate::world::secret;
use crate::world::terminal::Terminal;

/// The variable that holds the PIN.
const VARIABLE: &str = "SIGNER_PKCS11_PIN";

/// Why a PIN that is known without asking anyone is not used.
pub(super) const LAST_TRY: &str = "one try is left before it locks, and that is for a person";

/// Whether the PIN is known without asking anyone.
pub(crate) fn is_at_hand(uri: &Uri) -> bool {
    uri.pin_value.is_some() || uri.pin_source.is_some() || secret::variable(VARIABLE).is_some()
}

/// Where the PINs of one command come from.
pub(super) struct Pins {
    value: Option<Secret>,
    file: Option<PathBuf>,
    /// The file's first line: a pipe gives it no second time.
    read: OnceLock<Result<Secret, String>>,
    watch: Watch,
}

impl Pins {
    pub(super) fn new(uri: &Uri, watch: Watch) -> Self {
        let file = uri.pin_source.as_ref().map(PathBuf::from);
        Self { value: uri.pin_value.clone(), file, read: OnceLock::new(), watch }
    }

    /// The PIN, if it is known without asking anyone.
    fn at_hand(&self) -> Result<Option<Secret>, String> {
        if let Some(value) = &self.value {
            return Ok(Some(value.clone()));
        }
        match &self.file {
            Some(file) => {
                let read = || secret::first_line(file).map_err(|error| format!("pin-source: {error}"));
                self.read.get_or_init(read).clone().map(Some)
            }
            None => Ok(secret::variable(VARIABLE)),
        }
    }
}

impl PinSource for Pins {
    fn pin(&self, request: &PinRequest<'_>) -> Result<Pin, String> {
        let token = request.token;
        let last = token.tries == Tries::Last;
        // a pipe may have somebody at its other end
        if let Some(secret) = self.watch.aside(|| self.at_hand())? {
            if !last {
                return Ok(Pin::Typed(secret));
            }
            // a wrong PIN that a machine repeats would lock the token
            return Err(LAST_TRY.to_owned());
        }
        let what = match request.purpose {
            PinPurpose::Login => "PIN",
            PinPurpose::Signature => "PIN for one signature",
        };
        let label = escape(&token.label);
        if token.pin_pad {
            Terminal::new().say(&format!("enter the {what} of `{label}` at the token\n"));
            self.watch.pin_pad();
            return Ok(Pin::AtToken);
        }
        let warning = match token.tries {
            Tries::Last => " (the last try before it locks)",
            Tries::Fewer => " (a wrong one was tried before)",
            _ => "",
        };
        let question = format!("{what} of the token `{label}`{warning}: ");
        self.watch.aside(|| secret::ask(&question)).map(Pin::Typed)
    }

    fn answered(&self) {
        self.watch.answered();
    }
}
