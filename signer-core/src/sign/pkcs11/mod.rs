//! Private keys in PKCS#11 tokens: HSMs, smart cards, TPMs and services that speak for them.
//!
//! ```no_run
//! use std::path::Path;
//! use std::sync::Arc;
//!
//! use signer_core::sign::pkcs11::{Access, Module, Pin, PinRequest, PinSource, Token, TokenError, Uri};
//! use signer_core::sign::{Secret, Signer as _};
//!
//! struct Vault;
//!
//! impl PinSource for Vault {
//!     fn pin(&self, request: &PinRequest<'_>) -> Result<Pin, String> {
//!         // fetched for request.token from where this program keeps its secrets
//!         Ok(Pin::Typed(Secret::from("1234".to_owned())))
//!     }
//! }
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let uri: Uri = "pkcs11:token=release;object=app".parse()?;
//!     let module = Module::load(Path::new("/usr/lib/softhsm/libsofthsm2.so"))?;
//!     let token = Token::open(&module, &uri, Access::Read, Arc::new(Vault))?;
//!     let key = token.signing_key(&uri, None)?; // a Signer, for Draft::sign and sign_artifact
//!     println!("{}", key.public_key().id());
//!     Ok(())
//! }
//! ```
//!
//! A token's library is foreign code in this process, and a call into it cannot be cancelled: see
//! [`Module`]. The library logs in once for a [`Token`], shares the login among its keys, and tries no
//! PIN twice.

mod error;
mod fault;
mod find;
mod generate;
mod key;
mod module;
mod object;
mod pin;
mod public;
mod session;
mod slot;
mod token;
mod uri;

pub use error::{TokenError, Tries};
pub use generate::{NewKey, NewKeyAlgorithm, random_id};
pub use key::TokenKey;
pub use module::{Module, ModuleInfo};
pub use object::Object;
pub use pin::{NoPin, Pin, PinPurpose, PinRequest, PinSource};
pub use session::Access;
pub use slot::{Slot, TokenState};
pub use token::Token;
pub use uri::{ObjectType, Uri, UriError, UriPart};
