//! Did a key of the policy make the signature?

use std::collections::HashMap;

use signer_core::key::{KeyId, Message, SignatureAlgorithm, SignatureError};
use signer_core::limits;

use crate::policy::{Identity, Policy, TrustedKey};
use crate::reason::Reason;

/// How many accepted signers a reason lists.
const LISTED: usize = 8;

/// All keys of a policy, in the order in which signatures are tried under them.
pub(crate) struct Keys<'p> {
    policy: &'p Policy,
    ordered: Vec<(&'p Identity, &'p TrustedKey)>,
    by_id: HashMap<KeyId, (&'p Identity, &'p TrustedKey)>,
}

impl<'p> Keys<'p> {
    /// Those of identities that are preferred first.
    pub(crate) fn new(policy: &'p Policy, preferred: impl Fn(&Identity) -> bool) -> Self {
        let (first, rest): (Vec<&Identity>, Vec<&Identity>) =
            policy.identities().iter().partition(|identity| preferred(identity));
        let keys = |identity: &'p Identity| identity.keys.iter().map(move |key| (identity, key));
        let ordered: Vec<_> = first.into_iter().chain(rest).flat_map(keys).collect();
        let by_id = ordered.iter().map(|(identity, key)| (key.key.id(), (*identity, *key))).collect();
        Self { policy, ordered, by_id }
    }

    /// The keys that could have made the signature: the hinted one first, then the others in order,
    /// [`limits::CANDIDATE_KEYS`] of them.
    pub(crate) fn candidates(&self, hint: Option<&str>, signature: &[u8]) -> Candidates<'p> {
        let hinted = hint.and_then(KeyId::from_hint).and_then(|id| self.by_id.get(&id)).copied();
        let fitting = |(_, key): &&(&Identity, &TrustedKey)| {
            key.key.could_have_made(signature) && hinted.is_none_or(|(_, hinted)| hinted.key != key.key)
        };
        let mut fitting = self.ordered.iter().filter(fitting).copied();
        let others = fitting.by_ref().take(limits::CANDIDATE_KEYS);
        let keys = hinted.into_iter().chain(others).collect();
        let hint = match (hint, hinted) {
            (_, Some((_, key))) => Hint::Trusted(key.key.id()),
            (Some(text), None) => Hint::Other(describe(text)),
            (None, None) => Hint::None,
        };
        Candidates { policy: self.policy, keys, hint, left_out: fitting.count() }
    }
}

/// The keys that a signature is tried under, in order.
#[derive(Debug)]
pub(crate) struct Candidates<'p> {
    policy: &'p Policy,
    keys: Vec<(&'p Identity, &'p TrustedKey)>,
    hint: Hint,
    /// How many keys of a fitting algorithm were left out.
    left_out: usize,
}

/// What the evidence says of its key: it chooses the order and the reason, and decides nothing.
#[derive(Debug)]
enum Hint {
    Trusted(KeyId),
    Other(String),
    None,
}

/// The key that made a signature, and whose it is.
pub(crate) struct Signed<'p> {
    pub(crate) identity: &'p Identity,
    pub(crate) key: &'p TrustedKey,
    pub(crate) algorithm: SignatureAlgorithm,
}

impl<'p> Candidates<'p> {
    /// The keys, the hinted one first.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &'p TrustedKey> {
        self.keys.iter().map(|(_, key)| *key)
    }

    /// Whether the evidence names this key.
    pub(crate) fn is_named(&self, key: &TrustedKey) -> bool {
        matches!(&self.hint, Hint::Trusted(id) if *id == key.key.id())
    }

    /// The first key under which `verifies` succeeds.
    ///
    /// # Errors
    /// Why none did, after the rule of the command line's contract: the hint chooses the reason.
    pub(crate) fn try_each(
        &self,
        mut verifies: impl FnMut(&TrustedKey) -> Result<SignatureAlgorithm, SignatureError>,
    ) -> Result<Signed<'p>, Vec<Reason>> {
        let mut unsupported = None;
        for (index, (identity, key)) in self.keys.iter().enumerate() {
            match verifies(key) {
                Ok(algorithm) => return Ok(Signed { identity, key, algorithm }),
                Err(SignatureError::AlgorithmUnsupported { algorithm }) => {
                    unsupported = unsupported.or(Some((index, algorithm.to_string())));
                }
                Err(SignatureError::Invalid | SignatureError::DigestMissing { .. }) => {}
            }
        }
        Err(self.reasons(unsupported))
    }

    /// Verifies a signature over a message under each key in turn.
    ///
    /// # Errors
    /// As [`try_each`](Self::try_each).
    pub(crate) fn verify(&self, message: &Message<'_>, signature: &[u8]) -> Result<Signed<'p>, Vec<Reason>> {
        self.try_each(|key| key.key.verify(message, signature))
    }

    fn reasons(&self, unsupported: Option<(usize, String)>) -> Vec<Reason> {
        let invalid = |keys| Reason::SignatureInvalid { keys };
        let untrusted = |found| Reason::IdentityUntrusted { expected: expected(self.policy), found };
        let mut reasons = match (&self.hint, &unsupported) {
            (Hint::Trusted(_), Some((0, _))) => Vec::new(), // the hinted key's signature could not be judged
            (Hint::Trusted(id), _) => vec![invalid(vec![id.to_string()])],
            (Hint::Other(hint), _) => vec![untrusted(hint.clone())],
            (Hint::None, _) => {
                let tried = self.keys.iter().take(LISTED).map(|(_, key)| key.key.id().to_string());
                vec![invalid(tried.collect()), untrusted("a signature that names no key".to_owned())]
            }
        };
        reasons.extend(unsupported.map(|(_, algorithm)| Reason::AlgorithmUnsupported { algorithm }));
        if self.left_out > 0 {
            let found = format!("{} more keys that could have signed", self.left_out);
            let what = "the keys that one signature is tried under";
            reasons.push(Reason::LimitExceeded { what, limit: limits::CANDIDATE_KEYS, found });
        }
        reasons
    }
}

fn expected(policy: &Policy) -> Vec<String> {
    let key_ids = |identity: &Identity| identity.keys.iter().map(|key| key.key.id().to_string()).collect();
    let names = |identity: &Identity| identity.id_str().map_or_else(|| key_ids(identity), |id| vec![id.to_owned()]);
    let mut all: Vec<String> = policy.identities().iter().flat_map(names).take(LISTED + 1).collect();
    if all.len() > LISTED {
        all.truncate(LISTED);
        all.push("…".to_owned());
    }
    all
}

/// A hint as a fingerprint where it is one by convention, else as it stands.
fn describe(hint: &str) -> String {
    KeyId::from_hint(hint).map_or_else(|| hint.chars().take(160).collect(), |id| id.to_string())
}
