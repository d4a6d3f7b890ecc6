//! Is the signer the identity wanted, with the role wanted, within its validity?

use signer_core::identity::{IdentityUri, Role};
use signer_core::time::Timestamp;

use crate::policy::{Identity, TrustedKey, Window};
use crate::reason::Reason;

/// Whether the identity holds the role; a policy made from flags asks for none.
pub(crate) fn role(identity: &Identity, role: Option<Role>) -> Option<Reason> {
    let role = role.filter(|role| !identity.has_role(*role))?;
    Some(Reason::RoleMissing { identity: identity.label(), role, holds: identity.roles.clone() })
}

/// Whether key and identity are valid at the time judged, and at any date that the payload states.
///
/// A stated date can only make evidence older: one before the start of a window counts against it,
/// one before its end counts for nothing.
pub(crate) fn validity(identity: &Identity, key: &TrustedKey, at: Timestamp, stated: &[Timestamp]) -> Vec<Reason> {
    let expired = |what: String, window: &Window| {
        let early = stated.iter().copied().find(|stated| window.from.is_some_and(|from| *stated < from));
        let at = if window.contains(at) { early? } else { at };
        Some(Reason::IdentityExpired { what, from: window.from, until: window.until, at })
    };
    [expired(identity.label(), &identity.valid), expired(key.key.id().to_string(), &key.valid)]
        .into_iter()
        .flatten()
        .collect()
}

/// Whether every release identity that the statement names is the one that signed.
pub(crate) fn named(identity: &Identity, named: &[IdentityUri]) -> Option<Reason> {
    let id = identity.id.as_ref()?;
    let other = named.iter().find(|named| *named != id);
    other.map(|named| Reason::IdentityUntrusted { expected: vec![id.to_string()], found: named.to_string() })
}
