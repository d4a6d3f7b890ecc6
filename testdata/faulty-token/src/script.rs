//! The script: which tokens there are, and what goes wrong.

use std::path::{Path, PathBuf};

use cryptoki_sys::{CK_MECHANISM_TYPE, CK_SLOT_ID};
use serde::Deserialize;

use crate::codes;
use crate::faults::Fault;
use crate::keys::Algorithm;

/// A whole script.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Script {
    pub(crate) trace: Option<PathBuf>,
    pub(crate) tokens: Vec<TokenScript>,
    #[serde(default)]
    pub(crate) prehash: Prehash,
    #[serde(default)]
    pub(crate) prompt_seconds: u64,
    #[serde(default)]
    pub(crate) faults: Vec<Fault>,
    #[serde(default)]
    pub(crate) atexit_hang: bool,
}

/// A token in its slot.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenScript {
    pub(crate) slot: CK_SLOT_ID,
    pub(crate) label: String,
    #[serde(default = "default_serial")]
    pub(crate) serial: String,
    #[serde(default = "default_maker")]
    pub(crate) manufacturer: String,
    #[serde(default = "default_maker")]
    pub(crate) model: String,
    #[serde(default = "default_pin")]
    pub(crate) pin: String,
    #[serde(default = "default_tries")]
    pub(crate) tries: u32,
    #[serde(default)]
    pub(crate) flags: Vec<TokenFlag>,
    pub(crate) max_sessions: Option<usize>,
    /// Only these are offered; absent: all.
    pub(crate) mechanisms: Option<Vec<MechanismName>>,
    #[serde(default)]
    pub(crate) keys: Vec<KeyScript>,
}

/// What is unusual about a token.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TokenFlag {
    ProtectedAuthenticationPath,
    NoLoginRequired,
    WriteProtected,
    UninitializedPin,
    FinalTry,
    ClockGarbage,
}

/// A mechanism by name or number.
#[derive(Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct MechanismName(pub(crate) CK_MECHANISM_TYPE);

impl TryFrom<String> for MechanismName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        codes::mechanism(&text).map(Self).ok_or_else(|| format!("`{text}` is no mechanism of this module"))
    }
}

/// A key pair, and where and how its public half is shown.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is an attribute or a fault of its own")]
pub(crate) struct KeyScript {
    pub(crate) algorithm: Algorithm,
    pub(crate) label: String,
    #[serde(default)]
    pub(crate) id: Id,
    #[serde(default)]
    pub(crate) public: PublicAt,
    /// The certificate to show; absent: one is made.
    pub(crate) certificate: Option<PathBuf>,
    #[serde(default)]
    pub(crate) point: Point,
    #[serde(default)]
    pub(crate) params: Params,
    #[serde(default)]
    pub(crate) always_authenticate: bool,
    #[serde(default)]
    pub(crate) multipart: bool,
    #[serde(default = "yes")]
    pub(crate) sign: bool,
    #[serde(default)]
    pub(crate) mismatch: bool,
}

/// The bytes of CKA_ID, in hexadecimal.
#[derive(Deserialize, Default)]
#[serde(try_from = "String")]
pub(crate) struct Id(pub(crate) Vec<u8>);

impl TryFrom<String> for Id {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        hex::decode(&text).map(Self).map_err(|_| format!("the id `{text}` is not hexadecimal"))
    }
}

/// Where the public key can be read.
#[derive(Deserialize, Default, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PublicAt {
    #[default]
    Object,
    Certificate,
    Info,
    None,
}

/// The form of CKA_EC_POINT.
#[derive(Deserialize, Default, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Point {
    #[default]
    Wrapped,
    Raw,
}

/// The form of CKA_EC_PARAMS of an Ed25519 key.
#[derive(Deserialize, Default, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Params {
    #[default]
    Oid,
    Name,
}

/// What Ed25519ph (phFlag) leads to.
#[derive(Deserialize, Default, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Prehash {
    /// The flag is overlooked: the data is signed with pure Ed25519.
    Ignored,
    /// The data is taken as the SHA-512 digest.
    Digest,
    /// The data is hashed here, as the standard has it.
    Message,
    /// CKR_MECHANISM_PARAM_INVALID.
    #[default]
    Refused,
}

impl Script {
    /// The script that the variable `FAULTY_TOKEN` names; what is wrong with it, in a line.
    pub(crate) fn load() -> Result<Self, String> {
        let path = std::env::var_os("FAULTY_TOKEN").ok_or("FAULTY_TOKEN is not set; expected the path of a script")?;
        let path = Path::new(&path);
        let text = std::fs::read_to_string(path).map_err(|error| format!("`{}`: {error}", path.display()))?;
        Self::parse(&text).map_err(|error| format!("`{}`: {error}", path.display()))
    }

    /// The script of this JSON. Whatever is not understood is an error: a mistake must not let a test pass.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let script: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        for token in &script.tokens {
            token.check()?;
        }
        let slots: std::collections::BTreeSet<CK_SLOT_ID> = script.tokens.iter().map(|token| token.slot).collect();
        if slots.len() != script.tokens.len() {
            return Err("two tokens in one slot".to_owned());
        }
        Ok(script)
    }
}

impl TokenScript {
    fn check(&self) -> Result<(), String> {
        let fields = [(&self.label, 32), (&self.serial, 16), (&self.manufacturer, 32), (&self.model, 16)];
        if let Some((field, room)) = fields.iter().find(|(field, room)| field.len() > *room) {
            return Err(format!("`{field}` is longer than {room} bytes"));
        }
        let lost = self.keys.iter().find(|key| key.certificate.is_some() && key.public != PublicAt::Certificate);
        lost.map_or(Ok(()), |key| Err(format!("the key `{}` has a `certificate` that is not shown", key.label)))
    }
}

fn default_serial() -> String {
    "0001".to_owned()
}

fn default_maker() -> String {
    "faulty-token".to_owned()
}

fn default_pin() -> String {
    "1234".to_owned()
}

fn default_tries() -> u32 {
    3
}

fn yes() -> bool {
    true
}
