//! The trust policy: who may release what, to where.
//!
//! A [`Policy`] is the register of release identities and the gates that destinations put up.
//! It is read from a TOML document by [`document::parse`], or made from the flags of one call
//! by [`flags::FlagPolicy`]; nothing else makes one, so a policy that exists is valid.

pub mod document;
pub mod error;
pub mod flags;
pub mod gate;
pub mod identity;
pub mod pattern;
pub mod revocation;
pub mod scope;
pub mod trust_root;

use signer_core::digest::Digest;
use signer_core::key::KeyId;
use signer_core::time::Timestamp;

pub use document::{PolicyFiles, parse};
pub use error::{PolicyError, PolicyErrorKind, PolicyErrors};
pub use flags::FlagPolicy;
pub use gate::{ContextDemand, Gate, PredicateDemand, Requirement};
pub use identity::{Identity, Kind, Owner, PolicyOwners, TrustedKey, Window};
pub use pattern::Pattern;
pub use revocation::Revocation;
pub use scope::{Coverage, Limit, Scope, Unsourced};
pub use trust_root::TrustRoot;

/// A valid trust policy.
///
/// It names at least one identity and at least one gate, every gate has a requirement, every
/// identity has a key (or, later, a certificate) and an owner, and no key belongs to two
/// identities.
#[derive(Clone, Debug)]
pub struct Policy {
    pub(crate) id: Option<PolicyId>,
    pub(crate) expires: Option<Timestamp>,
    pub(crate) maintainers: Option<PolicyOwners>,
    pub(crate) trust_roots: Vec<TrustRoot>,
    pub(crate) owners: Vec<Owner>,
    pub(crate) identities: Vec<Identity>,
    pub(crate) gates: Vec<Gate>,
    pub(crate) revocations: Vec<Revocation>,
}

/// What names one version of a policy document.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PolicyId {
    /// The policy's name: lower-case letters, digits and hyphens.
    pub name: String,
    /// Its version, from 1.
    pub version: u64,
    /// The SHA-256 digest of the document's bytes as read.
    pub digest: Digest,
    /// Where the document was read from, for messages.
    pub source_name: String,
}

/// Why no gate could be chosen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GateChoiceError {
    /// Several gates, and none was named.
    #[error("the policy has several gates and none was named; expected one of {}", list(.gates))]
    Ambiguous {
        /// The names of all gates.
        gates: Vec<String>,
    },
    /// No gate of that name.
    #[error("the policy has no gate `{wanted}`; expected one of {}", list(.gates))]
    Unknown {
        /// The name as given.
        wanted: String,
        /// The names of all gates.
        gates: Vec<String>,
    },
}

impl Policy {
    /// Name, version and digest; `None` for a policy made from flags.
    pub fn id(&self) -> Option<&PolicyId> {
        self.id.as_ref()
    }

    /// When the policy stops being usable; it is expired from that second on.
    pub fn expires(&self) -> Option<Timestamp> {
        self.expires
    }

    /// Who may change the policy, where the document says it.
    pub fn policy_owners(&self) -> Option<&PolicyOwners> {
        self.maintainers.as_ref()
    }

    /// The authorities that the document adds to the built-in ones.
    pub fn trust_roots(&self) -> &[TrustRoot] {
        &self.trust_roots
    }

    /// The owners, in the document's order.
    pub fn owners(&self) -> &[Owner] {
        &self.owners
    }

    /// The release identities, in the document's order; at least one.
    pub fn identities(&self) -> &[Identity] {
        &self.identities
    }

    /// The gates, in the document's order; at least one.
    pub fn gates(&self) -> &[Gate] {
        &self.gates
    }

    /// What has been revoked.
    pub fn revocations(&self) -> &[Revocation] {
        &self.revocations
    }

    /// The owner of that id.
    pub fn owner(&self, id: &str) -> Option<&Owner> {
        self.owners.iter().find(|owner| owner.id == id)
    }

    /// The gate of that name, or without a name the only one there is.
    ///
    /// # Errors
    /// When no gate has the name, or when none is named and there are several; both list the
    /// gates.
    pub fn gate(&self, name: Option<&str>) -> Result<&Gate, GateChoiceError> {
        let gates = || self.gates.iter().map(|gate| gate.name.clone()).collect();
        match (name, self.gates.as_slice()) {
            (None, [only]) => Ok(only),
            (None, _) => Err(GateChoiceError::Ambiguous { gates: gates() }),
            (Some(wanted), all) => all
                .iter()
                .find(|gate| gate.name == wanted)
                .ok_or_else(|| GateChoiceError::Unknown { wanted: wanted.to_owned(), gates: gates() }),
        }
    }

    /// Every trusted key with the identity that it stands for, in the document's order.
    pub fn keys(&self) -> impl Iterator<Item = (&Identity, &TrustedKey)> {
        self.identities.iter().flat_map(|identity| identity.keys.iter().map(move |key| (identity, key)))
    }

    /// The identities that have the key: none or one, since a key in two is an error.
    pub fn identities_of(&self, id: &KeyId) -> impl Iterator<Item = (&Identity, &TrustedKey)> {
        self.keys().filter(move |(_, key)| key.key.id() == *id)
    }

    /// What this policy does not ask for, as stable words; empty for a policy from a document.
    ///
    /// Only policies made from flags leave anything unasked. The list is made from what the
    /// policy demands, so it cannot disagree with it.
    pub fn not_asked(&self) -> Vec<&'static str> {
        flags::not_asked(self)
    }
}

fn list(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}
