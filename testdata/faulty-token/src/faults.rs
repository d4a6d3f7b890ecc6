//! What goes wrong, and when.

use std::time::Duration;

use cryptoki_sys::{CK_ATTRIBUTE_TYPE, CK_RV};
use serde::Deserialize;

use crate::codes;
use crate::entry::{FUNCTIONS, SUPPORTED};

/// The length that is claimed by `huge-length`: 2^62 where a CK_ULONG has 64 bits.
pub(crate) const HUGE: cryptoki_sys::CK_ULONG = cryptoki_sys::CK_ULONG::MAX / 4 + 1;

/// One line of the script's faults.
#[derive(Deserialize)]
#[serde(try_from = "FaultForm")]
pub(crate) struct Fault {
    function: String,
    call: Option<u64>,
    pub(crate) effect: Effect,
}

/// What a fault does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Nothing is done, and this is returned.
    Return(CK_RV),
    /// The call never ends.
    Hang,
    /// The call takes this much longer.
    Slow(Duration),
    /// The token is pulled out of its slot.
    RemoveToken,
    /// The signature is not what it should be.
    Signature(Damage),
    /// One more object is claimed than the caller has room for.
    TooMany,
    /// The length of a signature is claimed to be [`HUGE`].
    HugeLength,
    /// What is read of an attribute is not what it should be; of all if none is named.
    Attribute(Answer, Option<CK_ATTRIBUTE_TYPE>),
}

/// How a signature is spoilt.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Damage {
    Short,
    Long,
    Empty,
    Wrong,
    Zero,
    Der,
    Stale,
}

/// What is said of an attribute instead of its value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    Huge,
    Unavailable,
    Empty,
}

impl Fault {
    /// Whether it strikes the `count`th call of this function.
    pub(crate) fn strikes(&self, function: &str, count: u64) -> bool {
        self.function == function && self.call.is_none_or(|call| call == count)
    }
}

/// A fault as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultForm {
    function: String,
    call: Option<u64>,
    #[serde(rename = "return")]
    returned: Option<Code>,
    #[serde(rename = "do")]
    deed: Option<String>,
    attribute: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Code {
    Number(CK_RV),
    Name(String),
}

impl TryFrom<FaultForm> for Fault {
    type Error = String;

    fn try_from(form: FaultForm) -> Result<Self, String> {
        let function = form.function;
        if !FUNCTIONS.contains(&function.as_str()) || function == "C_GetFunctionList" {
            return Err(format!("a fault of `{function}`, which is no function that can fail"));
        }
        if form.call == Some(0) {
            return Err(format!("a fault of call 0 of `{function}`; calls count from 1"));
        }
        let attribute = match form.attribute {
            Some(name) => Some(codes::attribute(&name).ok_or_else(|| format!("unknown attribute `{name}`"))?),
            None => None,
        };
        let effect = match (form.returned, form.deed) {
            (Some(Code::Number(number)), None) => Effect::Return(number),
            (Some(Code::Name(name)), None) => {
                Effect::Return(codes::return_value(&name).ok_or_else(|| format!("unknown return value `{name}`"))?)
            }
            (None, Some(deed)) => {
                Effect::named(&function, &deed, attribute).ok_or_else(|| format!("`{function}` cannot do `{deed}`"))?
            }
            _ => return Err(format!("a fault of `{function}` needs one of `return` and `do`")),
        };
        if attribute.is_some() && !matches!(effect, Effect::Attribute(..)) {
            return Err(format!("`attribute` has no meaning in this fault of `{function}`"));
        }
        Ok(Self { function, call: form.call, effect })
    }
}

impl Effect {
    fn named(function: &str, deed: &str, attribute: Option<CK_ATTRIBUTE_TYPE>) -> Option<Self> {
        if let Some(milliseconds) = deed.strip_prefix("slow:") {
            return milliseconds.parse().ok().map(Duration::from_millis).map(Self::Slow);
        }
        let signs = matches!(function, "C_Sign" | "C_SignFinal");
        let reads = function == "C_GetAttributeValue";
        Some(match deed {
            "hang" => Self::Hang,
            "remove-token" if has_slot(function) => Self::RemoveToken,
            "too-many" if function == "C_FindObjects" => Self::TooMany,
            "huge-length" if signs => Self::HugeLength,
            "huge-length" if reads => Self::Attribute(Answer::Huge, attribute),
            "unavailable" if reads => Self::Attribute(Answer::Unavailable, attribute),
            "empty" if reads => Self::Attribute(Answer::Empty, attribute),
            _ if signs => Self::Signature(Damage::named(deed)?),
            _ => return None,
        })
    }
}

impl Damage {
    fn named(deed: &str) -> Option<Self> {
        Some(match deed {
            "short-signature" => Self::Short,
            "long-signature" => Self::Long,
            "empty-signature" => Self::Empty,
            "wrong-signature" => Self::Wrong,
            "zero-signature" => Self::Zero,
            "der-signature" => Self::Der,
            "stale-signature" => Self::Stale,
            _ => return None,
        })
    }
}

/// Whether the function is told a slot or a session, so that there is a token to remove.
fn has_slot(function: &str) -> bool {
    SUPPORTED.contains(&function) && !matches!(function, "C_Initialize" | "C_Finalize" | "C_GetInfo" | "C_GetSlotList")
}
