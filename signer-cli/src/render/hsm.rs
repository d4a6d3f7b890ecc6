//! Tokens and what is in them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};
use signer_core::key::{KeyAlgorithm, PublicKey};
use signer_core::sign::pkcs11::{ModuleInfo, Object, ObjectType, Slot, TokenState, Tries, Uri};

use super::json;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::text::escape;

/// What `hsm list` found.
pub(crate) struct Listed<'a> {
    pub(crate) module: Option<&'a Path>,
    pub(crate) library: &'a ModuleInfo,
    pub(crate) slots: &'a [ListedSlot<'a>],
    /// A login was asked for, and there are several tokens.
    pub(crate) several: bool,
}

/// A slot, and the objects that could be seen in its token.
pub(crate) struct ListedSlot<'a> {
    pub(crate) slot: &'a Slot,
    /// The token's URI, as it can be used here.
    pub(crate) uri: Option<Uri>,
    pub(crate) content: Option<Vec<Object>>,
    pub(crate) logged_in: bool,
    /// Why the login failed; what is public is listed all the same.
    pub(crate) login_error: Option<Failure>,
    /// Why nothing in the token is listed.
    pub(crate) error: Option<Failure>,
}

impl ListedSlot<'_> {
    /// The failure of the login counts as what it is; a token that cannot be listed leaves the list open.
    pub(crate) fn exit(&self) -> Exit {
        let open = if self.error.is_some() { Exit::Undecided } else { Exit::Done };
        self.login_error.as_ref().map_or(open, |failure| failure.exit.and(open))
    }
}

/// What `hsm check` found.
pub(crate) struct Checked<'a> {
    pub(crate) module: Option<&'a Path>,
    pub(crate) library: &'a ModuleInfo,
    pub(crate) token: &'a TokenState,
    pub(crate) uri: &'a str,
    pub(crate) public: &'a PublicKey,
    pub(crate) login_per_use: bool,
    /// Whether it makes bare signatures.
    pub(crate) bare: bool,
    pub(crate) mechanisms: &'a [String],
    /// Of signatures, sorted.
    pub(crate) times: &'a [Duration],
}

pub(crate) fn list_human(list: &Listed<'_>) -> String {
    let mut text = module_line(list.module, list.library);
    for listed in list.slots {
        let _ = writeln!(text, "slot {}  {}", listed.slot.id, escape(&listed.slot.description));
        match &listed.slot.token {
            None => text.push_str("  no token\n"),
            Some(Err(error)) => {
                let _ = writeln!(text, "  token that cannot be read: {}", escape(&error.to_string()));
            }
            Some(Ok(token)) if !token.initialized => text.push_str("  token that is not initialized\n"),
            Some(Ok(token)) => token_lines(&mut text, token, listed),
        }
    }
    if list.slots.is_empty() {
        text.push_str("it has no slots\n");
    }
    if list.several {
        text.push_str("there are several tokens: name one by its URI to log in to it\n");
    }
    text
}

fn token_lines(text: &mut String, token: &TokenState, listed: &ListedSlot<'_>) {
    let pin = match token.tries {
        Tries::Untold => "",
        Tries::Fewer => ", a wrong PIN was tried",
        Tries::Last => ", one PIN try left",
        Tries::Gone => ", PIN locked",
    };
    let pad = if token.pin_pad { ", PIN typed at the token" } else { "" };
    let uri = listed.uri.as_ref().map(ToString::to_string).unwrap_or_default();
    let _ = writeln!(text, "  token `{}`{pad}{pin}\n    {uri}", escape(&token.label));
    for object in listed.content.iter().flatten() {
        let _ = writeln!(text, "  {}\n    {}", object_line(object), object.uri);
    }
    match (&listed.error, &listed.login_error) {
        (Some(error), _) => {
            let _ = writeln!(text, "  cannot be listed: {}", escape(&error.message));
        }
        (None, Some(error)) => {
            let _ = writeln!(text, "  private keys are not shown: {}", escape(&error.message));
        }
        (None, None) if token.login_required && !listed.logged_in => {
            text.push_str("  private keys are not shown: no login (give a PIN, or --login)\n");
        }
        (None, None) => {}
    }
}

fn object_line(object: &Object) -> String {
    let kind = match object.kind {
        ObjectType::Private => "private key",
        ObjectType::Public => "public key",
        ObjectType::Certificate => "certificate",
        ObjectType::SecretKey | ObjectType::Data => "object",
    };
    let key = match &object.public_key {
        Some(Ok(key)) => format!(" {} {}", key.algorithm(), key.id()),
        Some(Err(error)) => format!(" (cannot be used: {error})"),
        None => String::new(),
    };
    let guard = match object.is_protected() {
        Some(false) => ", can leave the token",
        _ => "",
    };
    let each = if object.wants_login_per_use() { ", PIN at each use" } else { "" };
    format!("{kind}{}{guard}{each}", escape(&key))
}

fn module_line(path: Option<&Path>, library: &ModuleInfo) -> String {
    format!(
        "module {}\n  {}, {} {}.{}, PKCS#11 {}.{}\n",
        escape(&path.map(|path| path.display().to_string()).unwrap_or_default()),
        escape(&library.manufacturer),
        escape(&library.description),
        library.version.0,
        library.version.1,
        library.standard.0,
        library.standard.1
    )
}

pub(crate) fn list_json(list: &Listed<'_>) -> Value {
    let slots: Vec<Value> = list.slots.iter().map(slot_json).collect();
    json!({"schema": "signer/hsm-list/v1", "module": module_json(list.module, list.library), "slots": slots})
}

fn slot_json(listed: &ListedSlot<'_>) -> Value {
    let token = match &listed.slot.token {
        None => Value::Null,
        Some(Err(_)) => json!({"error": listed.error.as_ref().map(json::error)}),
        Some(Ok(token)) => {
            let uri = listed.uri.as_ref().map(ToString::to_string);
            let mut value = token_json(token);
            if let Some(object) = value.as_object_mut() {
                object.insert("uri".to_owned(), json!(uri));
                object.insert("loggedIn".to_owned(), json!(listed.logged_in));
                object.insert("loginError".to_owned(), json!(listed.login_error.as_ref().map(json::error)));
                object.insert("error".to_owned(), json!(listed.error.as_ref().map(json::error)));
                let objects: Vec<Value> = listed.content.iter().flatten().map(object_json).collect();
                object.insert("objects".to_owned(), json!(objects));
            }
            value
        }
    };
    json!({"id": listed.slot.id, "description": listed.slot.description, "token": token})
}

fn token_json(token: &TokenState) -> Value {
    json!({
        "uri": token.uri().to_string(),
        "label": token.label,
        "manufacturer": token.manufacturer,
        "model": token.model,
        "serial": token.serial,
        "initialized": token.initialized,
        "loginRequired": token.login_required,
        "pinPad": token.pin_pad,
        "pinTries": match token.tries {
            Tries::Untold => Value::Null,
            Tries::Fewer => json!("fewer"),
            Tries::Last => json!("last"),
            Tries::Gone => json!("locked"),
        },
    })
}

fn object_json(object: &Object) -> Value {
    let (algorithm, fingerprint) = match &object.public_key {
        Some(Ok(key)) => (json!(key.algorithm().to_string()), json!(key.id().to_string())),
        _ => (Value::Null, Value::Null),
    };
    json!({
        "type": object.kind.name(),
        "uri": object.uri.to_string(),
        "label": String::from_utf8_lossy(&object.label),
        "algorithm": algorithm,
        "fingerprint": fingerprint,
        "protected": object.is_protected(),
        "alwaysAuthenticate": object.wants_login_per_use(),
    })
}

fn module_json(path: Option<&Path>, library: &ModuleInfo) -> Value {
    json!({
        "path": path.map(|path| path.display().to_string()),
        "manufacturer": library.manufacturer,
        "description": library.description,
        "version": format!("{}.{}", library.version.0, library.version.1),
        "pkcs11": format!("{}.{}", library.standard.0, library.standard.1),
    })
}

pub(crate) fn modules_json(modules: &[PathBuf]) -> Value {
    let modules: Vec<String> = modules.iter().map(|path| path.display().to_string()).collect();
    json!({"schema": "signer/hsm-modules/v1", "modules": modules})
}

pub(crate) fn generated_json(uri: &Uri, public: &PublicKey) -> Value {
    json!({
        "schema": "signer/hsm-key/v1",
        "uri": uri.to_string(),
        "algorithm": public.algorithm().to_string(),
        "fingerprint": public.id().to_string(),
        "publicKey": public.to_pem(),
    })
}

pub(crate) fn imported_json(uri: &Uri) -> Value {
    json!({"schema": "signer/hsm-certificate/v1", "uri": uri.to_string()})
}

pub(crate) fn check_human(checked: &Checked<'_>) -> String {
    let mut text = module_line(checked.module, checked.library);
    let _ = writeln!(text, "token `{}`\nkey {}", escape(&checked.token.label), checked.uri);
    let _ = writeln!(text, "  {} {}", checked.public.algorithm(), checked.public.id());
    let _ = writeln!(text, "mechanisms {}", escape(&checked.mechanisms.join(" ")));
    let attest = if checked.login_per_use { "works, with the PIN at each signature" } else { "works" };
    let _ = writeln!(text, "signer attest: {attest}");
    let sign = match (checked.bare, checked.login_per_use) {
        (true, _) => "works",
        (false, true) => "does not work: with the PIN at each use the module takes no digests",
        (false, false) if checked.public.algorithm() == KeyAlgorithm::Ed25519 => {
            "does not work: the token has no Ed25519ph over a digest"
        }
        (false, false) => "does not work: the token takes no digests",
    };
    let _ = writeln!(text, "signer sign: {sign}");
    let (fastest, median, slowest) = spread(checked.times);
    let count = checked.times.len();
    if count > 1 {
        let _ = writeln!(
            text,
            "a signature takes {median:.1?} ({count} signed and verified, {fastest:.1?} to {slowest:.1?})"
        );
    } else {
        let _ = writeln!(text, "a signature takes {median:.1?} (one signed and verified)");
    }
    text
}

pub(crate) fn check_json(checked: &Checked<'_>) -> Value {
    let (fastest, median, slowest) = spread(checked.times);
    let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
    json!({
        "schema": "signer/hsm-check/v1",
        "module": module_json(checked.module, checked.library),
        "token": token_json(checked.token),
        "key": checked.uri,
        "algorithm": checked.public.algorithm().to_string(),
        "fingerprint": checked.public.id().to_string(),
        "alwaysAuthenticate": checked.login_per_use,
        "attest": true,
        "sign": checked.bare,
        "mechanisms": checked.mechanisms,
        "signatures": checked.times.len(),
        "microseconds": {"min": micros(fastest), "median": micros(median), "max": micros(slowest)},
    })
}

/// The least, the median and the greatest of sorted times.
fn spread(times: &[Duration]) -> (Duration, Duration, Duration) {
    let at = |place: usize| times.get(place).copied().unwrap_or_default();
    (at(0), at(times.len() / 2), at(times.len().saturating_sub(1)))
}
