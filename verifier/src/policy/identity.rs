//! Release identities as the policy registers them: owners, keys, certificates, validity.

use signer_core::identity::{IdentityUri, Role};
use signer_core::key::PublicKey;
use signer_core::time::Timestamp;

use super::pattern::Pattern;
use super::scope::Scope;

/// Who answers for an identity.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Owner {
    /// The id that identities and keys name.
    pub id: String,
    /// The name for people.
    pub name: String,
    /// How to reach the owner.
    pub contact: Option<String>,
}

/// A release identity: who may do what, about what, for how long, and how it proves itself.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Identity {
    /// Its URI; `None` only in a policy made from flags, where a key stands for itself.
    pub id: Option<IdentityUri>,
    /// The id of its owner, which the policy defines.
    pub owner: String,
    /// What it is; `None` only in a policy made from flags.
    pub kind: Option<Kind>,
    /// What it is for, in a sentence for people; empty only in a policy made from flags.
    pub purpose: String,
    /// What it may do; at least one. In a policy made from flags all, since no role is asked.
    pub roles: Vec<Role>,
    /// When it may do so; both ends are set, except in a policy made from flags.
    pub valid: Window,
    /// The start (UTC) of the day by which it is to be reviewed.
    pub review_by: Option<Timestamp>,
    /// The keys that it signs with.
    pub keys: Vec<TrustedKey>,
    /// The certificates that it signs with.
    pub certificates: Vec<CertificateMatcher>,
    /// What it may speak about.
    pub scope: Scope,
    /// Whether it may approve in an emergency.
    pub break_glass: bool,
}

impl Identity {
    /// Whether it holds the role.
    pub fn has_role(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// What to call it: its URI or, where flags name only keys, the fingerprint of the first.
    pub fn label(&self) -> String {
        let key = || self.keys.first().map(|key| key.key.id().to_string()).unwrap_or_default();
        self.id_str().map_or_else(key, ToOwned::to_owned)
    }

    /// The URI as text; `None` in a policy made from flags.
    pub fn id_str(&self) -> Option<&str> {
        self.id.as_ref().map(IdentityUri::as_str)
    }
}

/// What an identity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A workflow of a CI system.
    Workflow,
    /// A bot with an account of its own.
    Bot,
    /// An agent that acts by a model.
    Agent,
    /// A service.
    Service,
    /// A person.
    Person,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Workflow, Self::Bot, Self::Agent, Self::Service, Self::Person];

    /// The name in a policy document.
    pub fn name(self) -> &'static str {
        match self {
            Self::Workflow => "workflow",
            Self::Bot => "bot",
            Self::Agent => "agent",
            Self::Service => "service",
            Self::Person => "person",
        }
    }
}

/// A span of time: `from ≤ t < until`; an absent end is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Window {
    /// The first second that belongs to it.
    pub from: Option<Timestamp>,
    /// The first second after it.
    pub until: Option<Timestamp>,
}

impl Window {
    /// Whether the time lies in the window.
    pub fn contains(&self, time: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= time) && self.until.is_none_or(|until| time < until)
    }

    /// Whether no time lies in the window.
    pub fn is_empty(&self) -> bool {
        matches!((self.from, self.until), (Some(from), Some(until)) if until <= from)
    }
}

/// A key that an identity, or an owner of the policy, signs with.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TrustedKey {
    /// The public key; its fingerprint was compared with the one in the document.
    pub key: PublicKey,
    /// When signatures by it count.
    pub valid: Window,
    /// Where the private key is said to be; for lint only.
    pub storage: Option<KeyStorage>,
    /// The trust root whose logs and timestamps prove the key's signing times.
    pub authority: String,
}

/// Where a private key is said to be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyStorage {
    /// In a file.
    File,
    /// In a hardware security module.
    Hsm,
}

/// Who may change the policy document, once it is distributed signed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PolicyOwners {
    /// How many distinct owners must have signed; at least 1.
    pub threshold: u64,
    /// Their keys, each with the id of its owner; no key twice.
    pub keys: Vec<(String, TrustedKey)>,
}

/// A short-lived certificate that an identity signs with: literal values unless noted.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CertificateMatcher {
    /// The trust root whose certificates, logs and timestamps count.
    pub authority: String,
    /// The issuer of the token behind the certificate; absent if the authority has none.
    pub issuer: Option<String>,
    /// The subject alternative name.
    pub subject: Pattern,
    /// Whether, without a proved time, path and validity are judged at the time of the call.
    pub current_time: bool,
    /// Further values that the certificate must carry, by the name of the field.
    pub claims: Vec<(&'static str, ClaimDemand)>,
}

/// What a certificate's extension must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClaimDemand {
    /// Exactly this.
    Literal(String),
    /// Matched by the pattern.
    Pattern(Pattern),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_holds_its_start_and_not_its_end() {
        let at = |seconds| Timestamp::from_unix(seconds).unwrap();
        let window = Window { from: Some(at(10)), until: Some(at(20)) };
        assert!(!window.contains(at(9)) && window.contains(at(10)) && window.contains(at(19)));
        assert!(!window.contains(at(20)));
        assert!(!window.is_empty() && Window { from: Some(at(20)), until: Some(at(20)) }.is_empty());
        assert!(Window::default().contains(at(0)) && !Window::default().is_empty());
    }
}
