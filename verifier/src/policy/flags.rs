//! The policy that the flags of one call mean.

use signer_core::identity::Role;
use signer_core::key::PublicKey;
use signer_core::reference::source::SourceRepository;

use super::Policy;
use super::gate::{Evidence, Gate, PredicateDemand, Requirement};
use super::identity::{Identity, Owner, TrustedKey, Window};
use super::pattern::Pattern;
use super::scope::{Limit, Scope};
use super::trust_root::PUBLIC_GOOD;

/// The name of the owner, and of the gate, of a policy made from flags.
const FLAGS: &str = "flags";

/// Builds the policy that `--key` and its companions mean: one gate over everything, one
/// identity without a name that has the key.
///
/// It needs a key to begin with, so a policy that trusts nobody cannot be written. Values are
/// literal: `*` has no meaning in them. What no flag names is not asked for, and
/// [`Policy::not_asked`] lists it.
#[derive(Clone, Debug)]
pub struct FlagPolicy {
    keys: Vec<PublicKey>,
    source: Option<String>,
    source_ref: Option<String>,
    builder: Option<String>,
    predicate: Option<String>,
}

impl FlagPolicy {
    /// A policy that trusts this key and asks for nothing else.
    pub fn new(key: PublicKey) -> Self {
        Self { keys: vec![key], source: None, source_ref: None, builder: None, predicate: None }
    }

    /// Trusts a further key, for the same identity.
    #[must_use]
    pub fn or_key(mut self, key: PublicKey) -> Self {
        self.keys.push(key);
        self
    }

    /// Asks for a source repository.
    #[must_use]
    pub fn source_repository(mut self, repository: &SourceRepository) -> Self {
        self.source = Some(repository.as_str().to_owned());
        self
    }

    /// Asks for a source ref.
    #[must_use]
    pub fn source_ref(mut self, source_ref: &str) -> Self {
        self.source_ref = Some(source_ref.to_owned());
        self
    }

    /// Asks for a builder id.
    #[must_use]
    pub fn builder_id(mut self, builder: &str) -> Self {
        self.builder = Some(builder.to_owned());
        self
    }

    /// Asks for a predicate type; a bare signature then no longer counts.
    #[must_use]
    pub fn predicate_type(mut self, predicate: &str) -> Self {
        self.predicate = Some(predicate.to_owned());
        self
    }

    /// The policy.
    pub fn build(self) -> Policy {
        let literal = |value: Option<String>| match value {
            Some(text) => Limit::Only(vec![Pattern::literal(&text)]),
            None => Limit::NotAsked,
        };
        let scope = Scope {
            sources: literal(self.source),
            refs: literal(self.source_ref),
            builders: literal(self.builder),
            ..Scope::not_asked()
        };
        let predicate = self.predicate.map_or(PredicateDemand::NotAsked, |name| PredicateDemand::OneOf(vec![name]));
        Policy {
            id: None,
            expires: None,
            maintainers: None,
            trust_roots: Vec::new(),
            owners: vec![Owner {
                id: FLAGS.to_owned(),
                name: "whoever holds a key named by flags".to_owned(),
                contact: None,
            }],
            identities: vec![identity(self.keys, scope)],
            gates: vec![gate(predicate)],
            revocations: Vec::new(),
        }
    }
}

fn identity(keys: Vec<PublicKey>, scope: Scope) -> Identity {
    let trusted = |key| TrustedKey { key, valid: Window::default(), storage: None, authority: PUBLIC_GOOD.to_owned() };
    Identity {
        id: None,
        owner: FLAGS.to_owned(),
        kind: None,
        purpose: String::new(),
        roles: Role::ALL.to_vec(),
        valid: Window::default(),
        review_by: None,
        keys: keys.into_iter().map(trusted).collect(),
        certificates: Vec::new(),
        scope,
        break_glass: false,
    }
}

fn gate(predicate: PredicateDemand) -> Gate {
    Gate {
        name: FLAGS.to_owned(),
        environment: None,
        artifacts: Limit::NotAsked,
        requirements: vec![Requirement {
            role: None,
            predicate,
            threshold: 1,
            max_age: None,
            context: None,
            parameters: Limit::NotAsked,
            distinct_from: Vec::new(),
            same: Vec::new(),
            evidence: Evidence::default(),
            break_glass: None,
            gate: None,
            opaque: false,
        }],
        evidence: Evidence::default(),
        approvals_since: 1,
        promotions_since: 1,
        waivers: Vec::new(),
    }
}

/// What the policy leaves unasked, in a fixed order.
pub(crate) fn not_asked(policy: &Policy) -> Vec<&'static str> {
    let identity = |open: fn(&Identity) -> bool| policy.identities.iter().any(open);
    let requirement =
        |open: fn(&Requirement) -> bool| policy.gates.iter().flat_map(|gate| &gate.requirements).any(open);
    [
        ("identity", identity(|identity| identity.id.is_none())),
        ("validity", identity(|identity| identity.valid == Window::default())),
        ("role", requirement(|requirement| requirement.role.is_none())),
        ("predicate", requirement(|requirement| requirement.predicate == PredicateDemand::NotAsked)),
        // A bare signature has no predicate, so who asks for none accepts one.
        ("bare-signature", requirement(|requirement| requirement.predicate == PredicateDemand::NotAsked)),
        ("parameters", requirement(|requirement| requirement.parameters.is_not_asked())),
        ("artifact", policy.gates.iter().any(|gate| gate.artifacts.is_not_asked())),
        ("package", identity(|identity| identity.scope.packages.is_not_asked())),
        ("source", identity(|identity| identity.scope.sources.is_not_asked())),
        ("ref", identity(|identity| identity.scope.refs.is_not_asked())),
        ("builder", identity(|identity| identity.scope.builders.is_not_asked())),
        ("environment", identity(|identity| identity.scope.environments.is_not_asked())),
    ]
    .into_iter()
    .filter_map(|(word, open)| open.then_some(word))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::super::scope::Coverage;
    use super::*;

    fn key() -> PublicKey {
        let pem = include_str!("../../../testdata/policies/keys/ana.pub");
        PublicKey::from_pem(pem).unwrap()
    }

    #[test]
    fn a_key_alone_asks_for_nothing_else_and_says_so() {
        let policy = FlagPolicy::new(key()).build();
        assert!(policy.id().is_none());
        assert_eq!(
            policy.not_asked(),
            [
                "identity",
                "validity",
                "role",
                "predicate",
                "bare-signature",
                "parameters",
                "artifact",
                "package",
                "source",
                "ref",
                "builder",
                "environment",
            ]
        );
        let identity = &policy.identities()[0];
        assert_eq!(identity.id, None);
        assert_eq!(identity.scope.covers_builder("https://anything.example"), Coverage::NotAsked);
        assert_eq!(policy.gate(None).unwrap().covers_artifact("anything"), Coverage::NotAsked);
        assert!(policy.owner(&identity.owner).is_some());
        assert_eq!(policy.identities_of(&key().id()).count(), 1);
    }

    #[test]
    fn what_flags_name_is_asked_for_literally() {
        let source = "git@github.com:acme/*.git".parse().unwrap();
        let policy = FlagPolicy::new(key())
            .source_repository(&source)
            .source_ref("refs/tags/*")
            .builder_id("https://ci.example/*")
            .predicate_type("https://slsa.dev/provenance/v1")
            .build();
        let scope = &policy.identities()[0].scope;
        assert_eq!(scope.covers_source(&source), Coverage::Covered);
        assert_eq!(scope.covers_source(&"https://github.com/acme/app".parse().unwrap()), Coverage::NotCovered);
        assert_eq!(scope.covers_ref("refs/tags/*"), Coverage::Covered);
        assert_eq!(scope.covers_ref("refs/tags/v1"), Coverage::NotCovered);
        assert_eq!(scope.covers_builder("https://ci.example/x"), Coverage::NotCovered);
        let asked = ["source", "ref", "builder", "predicate", "bare-signature"];
        assert!(policy.not_asked().iter().all(|word| !asked.contains(word)));
        let predicate = &policy.gate(None).unwrap().requirements[0].predicate;
        assert_eq!(*predicate, PredicateDemand::OneOf(vec!["https://slsa.dev/provenance/v1".to_owned()]));
    }
}
