//! Slots, and what a token in one says of itself.

use cryptoki::error::RvError;
use cryptoki::slot::{Limit, TokenInfo};

use super::error::{TokenError, Tries};
use super::fault::Fault;
use super::module::{Module, ModuleInfo, guarded};
use super::uri::Uri;

/// A slot: a place where a token can be.
#[derive(Clone, Debug)]
pub struct Slot {
    /// Its number, which may be another one after the next start of the library.
    pub id: u64,
    /// What it is.
    pub description: String,
    /// Who made it.
    pub manufacturer: String,
    /// The token in it; an error if there is one that cannot be read.
    pub token: Option<Result<TokenState, TokenError>>,
    pub(super) handle: cryptoki::slot::Slot,
}

/// What a token says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenState {
    /// Its label.
    pub label: String,
    /// Who made it.
    pub manufacturer: String,
    /// Its model.
    pub model: String,
    /// Its serial number.
    pub serial: String,
    /// Whether it has been initialized: one that has not holds nothing.
    pub initialized: bool,
    /// Whether its private keys need a login.
    pub login_required: bool,
    /// Whether the PIN is typed at the token itself: a PIN pad, a fingerprint reader, a button.
    pub pin_pad: bool,
    /// What it says of further tries.
    pub tries: Tries,
    /// How many sessions it allows, if it says so.
    pub max_sessions: Option<u64>,
}

impl Module {
    /// Its slots, with the tokens that are in them.
    ///
    /// # Errors
    /// When it fails. One slot that fails is told in the slot.
    pub fn slots(&self) -> Result<Vec<Slot>, TokenError> {
        let slots = guarded(|| self.pkcs11().get_all_slots()).map_err(|fault| self.told(fault))?;
        Ok(slots.into_iter().map(|slot| Slot::read(self, slot)).collect())
    }
}

impl Slot {
    /// Reads a slot; whatever cannot be read of it stays empty.
    pub(super) fn read(module: &Module, handle: cryptoki::slot::Slot) -> Self {
        let info = guarded(|| module.pkcs11().get_slot_info(handle));
        let (description, manufacturer) = info.map_or_else(
            |_| (String::new(), String::new()),
            |info| (text(info.slot_description()), text(info.manufacturer_id())),
        );
        let token = match guarded(|| module.pkcs11().get_token_info(handle)) {
            Ok(info) => Some(Ok(TokenState::from(&info))),
            Err(fault) if is_empty(&fault) => None,
            Err(fault) => Some(Err(fault.at(&format!("slot {}", handle.id())))),
        };
        Self { id: handle.id(), description, manufacturer, token, handle }
    }

    /// The token, if there is one that has been initialized and can be read.
    pub fn usable(&self) -> Option<&TokenState> {
        self.token.as_ref()?.as_ref().ok().filter(|token| token.initialized)
    }

    /// Whether slot and token are what the URI asks for (RFC 7512 §2.5); one without a usable token
    /// never is.
    pub fn matches(&self, uri: &Uri, library: &ModuleInfo) -> bool {
        let is = |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|wanted| wanted == found);
        self.usable().is_some_and(|token| {
            is(&uri.token, &token.label)
                && is(&uri.manufacturer, &token.manufacturer)
                && is(&uri.serial, &token.serial)
                && is(&uri.model, &token.model)
                && uri.slot_id.is_none_or(|wanted| wanted == self.id)
                && is(&uri.slot_description, &self.description)
                && is(&uri.slot_manufacturer, &self.manufacturer)
                && is(&uri.library_manufacturer, &library.manufacturer)
                && is(&uri.library_description, &library.description)
                && uri.library_version.is_none_or(|wanted| wanted == library.version)
        })
    }
}

impl TokenState {
    /// The URI of this token.
    pub fn uri(&self) -> Uri {
        Uri {
            token: Some(self.label.clone()),
            manufacturer: Some(self.manufacturer.clone()),
            serial: Some(self.serial.clone()),
            model: Some(self.model.clone()),
            ..Uri::default()
        }
    }
}

impl From<&TokenInfo> for TokenState {
    fn from(info: &TokenInfo) -> Self {
        let tries = if info.user_pin_locked() {
            Tries::Gone
        } else if info.user_pin_final_try() {
            Tries::Last
        } else if info.user_pin_count_low() {
            Tries::Fewer
        } else {
            Tries::Untold
        };
        Self {
            label: text(info.label()),
            manufacturer: text(info.manufacturer_id()),
            model: text(info.model()),
            serial: text(info.serial_number()),
            initialized: info.token_initialized(),
            login_required: info.login_required(),
            pin_pad: info.protected_authentication_path(),
            tries,
            max_sessions: match info.max_session_count() {
                Limit::Max(number) => Some(number),
                Limit::Unavailable | Limit::Infinite => None,
            },
        }
    }
}

/// The URIs of all usable tokens, each naming one only; and which cannot be read.
pub(super) fn uris(slots: &[Slot]) -> Vec<String> {
    let told = |slot: &Slot| match &slot.token {
        Some(Err(error)) => Some(format!("pkcs11:slot-id={}, which cannot be read: {error}", slot.id)),
        _ => unique_uri(slot, slots).map(|uri| uri.to_string()),
    };
    slots.iter().filter_map(told).collect()
}

/// The URI of the token in that slot; with the slot's number if another token says the same of itself.
pub(super) fn unique_uri(slot: &Slot, slots: &[Slot]) -> Option<Uri> {
    let mut uri = slot.usable()?.uri();
    let alike = slots.iter().filter(|other| other.usable().map(TokenState::uri).as_ref() == Some(&uri)).count();
    if alike > 1 {
        uri.slot_id = Some(slot.id);
    }
    Some(uri)
}

/// PKCS#11 pads with blanks; some modules do with NULs.
fn text(padded: &str) -> String {
    padded.trim_end_matches([' ', '\0']).to_owned()
}

fn is_empty(fault: &Fault) -> bool {
    matches!(fault.code(), Some(RvError::TokenNotPresent | RvError::TokenNotRecognized | RvError::SlotIdInvalid))
}
