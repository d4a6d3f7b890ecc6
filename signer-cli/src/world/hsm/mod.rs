//! Keys in PKCS#11 tokens: the module, the PIN, and an end to waiting.

mod contract;
mod failure;
mod module;
mod pin;
mod watch;

use std::path::Path;
use std::sync::Arc;

use signer_core::key::PublicKey;
use signer_core::sign::pkcs11::{Access, Module, Slot, Token, TokenError, TokenKey, Uri, UriError};
use signer_core::sign::{SignError, Signature, Signer, SigningInput};

pub(crate) use contract::is_any_loaded;
pub(crate) use failure::told;
pub(crate) use module::installed;
use pin::Pins;
pub(crate) use pin::is_at_hand;
use watch::Watch;

use crate::args::TokenAccess;
use crate::failure::Failure;
use crate::world::terminal::Terminal;

/// A module in use, with a watch over how long it takes.
pub(crate) struct Hsm {
    module: Option<Module>,
    watch: Watch,
    uri: Uri,
    pins: Arc<Pins>,
}

/// A key in a token, as a signer that does not hang.
pub(crate) struct HsmKey {
    key: Option<TokenKey>, // dropped under the watch
    uri: String,
    public: PublicKey,
    watch: Watch,
}

/// What a `pkcs11:` URI says.
pub(crate) fn uri(text: &str, terminal: &Terminal) -> Result<Uri, Failure> {
    let uri: Uri = text.parse().map_err(|error: UriError| {
        let failure = Failure::usage("hsm-uri-malformed", format!("the pkcs11: URI: {error}"));
        match error.hint() {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    })?;
    if uri.pin_value.is_some() {
        terminal.say(
            "warning: the PIN is in the URI, where other processes and the shell's history see it; \
             use pin-source or SIGNER_PKCS11_PIN\n",
        );
    }
    Ok(uri)
}

/// An id for a new key.
pub(crate) fn random_id() -> Result<Vec<u8>, Failure> {
    signer_core::sign::pkcs11::random_id()
        .map_err(|error| Failure::undecided("key-not-made", format!("no id for the key: {error}")))
}

/// Whether URI, option or environment name a module.
pub(crate) fn is_module_named(uri: &Uri, access: &TokenAccess) -> bool {
    module::is_named(uri, access.pkcs11_module.as_deref())
}

impl Hsm {
    /// Loads the module that URI, option or environment name.
    pub(crate) fn load(uri: Uri, access: &TokenAccess) -> Result<Self, Failure> {
        let path = module::path(&uri, access.pkcs11_module.as_deref())?;
        let watch = Watch::start(access.hsm_timeout);
        contract::enforce();
        let module = watch.during("loading the module", || Module::load(&path)).map_err(|error| told(&error))?;
        let pins = Arc::new(Pins::new(&uri, watch.clone()));
        Ok(Self { module: Some(module), watch, uri, pins })
    }

    /// The module's file.
    pub(crate) fn path(&self) -> Option<&Path> {
        self.module.as_ref().map(Module::path)
    }

    /// A URI as it can be used here: with the module's file, unless the environment names it anyway.
    pub(crate) fn to_paste(&self, uri: &Uri) -> Uri {
        let path = self.path().filter(|path| !module::is_in_environment(path));
        let module_path = path.and_then(Path::to_str).map(ToOwned::to_owned);
        Uri { module_path, ..uri.clone() }
    }

    /// What a token could not do, with URIs to paste.
    pub(crate) fn told(&self, error: &TokenError) -> Failure {
        let to_paste = |found: &String| match found.parse() {
            Ok(uri) => self.to_paste(&uri).to_string(),
            Err(_) => found.clone(), // no URI, or more than that
        };
        failure::told_with(error, &error.found().iter().map(to_paste).collect::<Vec<_>>())
    }

    /// The URI that was asked for.
    pub(crate) fn uri(&self) -> &Uri {
        &self.uri
    }

    /// Asks the module something.
    pub(crate) fn ask<T>(&self, doing: &'static str, ask: impl FnOnce(&Module) -> T) -> Result<T, Failure> {
        let gone = || Failure::undecided("hsm-failed", "the module is gone");
        let module = self.module.as_ref().ok_or_else(gone)?;
        Ok(self.watch.during(doing, || ask(module)))
    }

    /// Does something with a token.
    pub(crate) fn during<T>(&self, doing: &'static str, work: impl FnOnce() -> T) -> T {
        self.watch.during(doing, work)
    }

    /// Closes a token, unless a key keeps it open.
    pub(crate) fn close(&self, token: Token) {
        self.watch.close(token);
    }

    /// Opens the token that the URI asks for.
    pub(crate) fn token(&self, access: Access) -> Result<Token, Failure> {
        self.token_at(&self.uri, access)
    }

    /// Opens the token that another URI asks for.
    pub(crate) fn token_at(&self, uri: &Uri, access: Access) -> Result<Token, Failure> {
        let pins = Arc::clone(&self.pins);
        self.ask("finding the token", |module| Token::open(module, uri, access, pins))?
            .map_err(|error| self.told(&error))
    }

    /// The slots, with their tokens.
    pub(crate) fn slots(&self) -> Result<Vec<Slot>, Failure> {
        self.ask("reading the slots", Module::slots)?.map_err(|error| self.told(&error))
    }

    /// That no token is what the URI asks for.
    pub(crate) fn absent(&self, slots: &[Slot]) -> TokenError {
        let found = slots.iter().filter_map(Slot::usable).map(|token| token.uri().to_string()).collect();
        TokenError::TokenAbsent { wanted: self.uri.without_pin().to_string(), found }
    }

    /// The key that the URI asks for, for signing.
    pub(crate) fn signing_key(self, public: Option<&PublicKey>) -> Result<HsmKey, Failure> {
        let token = self.token(Access::Read)?;
        let key = self.during("finding the key", || token.signing_key(&self.uri, public));
        self.close(token);
        let key = key.map_err(|error| match failure::hint_for_signing(&error, public.is_some()) {
            Some(hint) => self.told(&error).hint(hint),
            None => self.told(&error),
        })?;
        let (uri, public, watch) = (self.to_paste(key.uri()).to_string(), key.public_key().clone(), self.watch.clone());
        Ok(HsmKey { key: Some(key), uri, public, watch })
    }

    /// The public key that the URI asks for.
    pub(crate) fn public_key(&self) -> Result<PublicKey, Failure> {
        let token = self.token(Access::Read)?;
        let key = self.during("finding the key", || token.public_key(&self.uri));
        self.close(token);
        key.map_err(|error| self.told(&error))
    }
}

impl Drop for Hsm {
    fn drop(&mut self) {
        let module = self.module.take();
        self.watch.close(module);
    }
}

impl HsmKey {
    /// The key itself.
    pub(crate) fn key(&self) -> Option<&TokenKey> {
        self.key.as_ref()
    }

    /// Its URI, to paste.
    pub(crate) fn uri(&self) -> &str {
        &self.uri
    }

    /// Does something with its token.
    pub(crate) fn during<T>(&self, doing: &'static str, work: impl FnOnce() -> T) -> T {
        self.watch.during(doing, work)
    }
}

impl Signer for HsmKey {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, input: &SigningInput) -> Result<Signature, SignError> {
        match &self.key {
            Some(key) => self.watch.during("signing", || key.sign(input)),
            None => Err(SignError::Failed { reason: "the token is closed".to_owned() }),
        }
    }
}

impl Drop for HsmKey {
    fn drop(&mut self) {
        let key = self.key.take();
        self.watch.close(key);
    }
}
