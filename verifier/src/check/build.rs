//! Was it built from an allowed source, by an allowed builder, with allowed parameters, and how
//! well is that known? What a statement claims about the build, and the checks of it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use signer_core::build_context::{ContextFact, Knowledge, KnowledgeRecord};
use signer_core::build_type::{self, BuildFacts, ConfigSource, Definition, Dependency};
use signer_core::identity::IdentityUri;
use signer_core::predicate::{Provenance, Release, provenance, release};
use signer_core::reference::package_url::PackageUrl;
use signer_core::reference::source::SourceRepository;
use signer_core::statement::Statement;
use signer_core::time::Timestamp;

use crate::policy::{ContextDemand, Coverage, Limit, Scope, Unsourced};
use crate::reason::Reason;

/// What a statement claims; a bare signature claims nothing.
#[derive(Debug, Default)]
pub(crate) struct Claims {
    is_statement: bool,
    release_identities: Vec<IdentityUri>,
    issued: Option<Timestamp>,
    build: Option<Build>,
    release: Option<Release>,
    malformed: Option<String>,
}

#[derive(Debug)]
struct Build {
    provenance: Provenance,
    facts: BuildFacts,
}

impl Claims {
    /// Reads what the statement says; of a predicate that is not what its type says, that.
    pub(crate) fn read(statement: &Statement) -> Self {
        let mut claims = Self {
            is_statement: true,
            release_identities: statement.release_identity().cloned().into_iter().collect(),
            issued: statement.issued(),
            ..Self::default()
        };
        let predicate = statement.predicate().unwrap_or("null");
        let predicate_type = statement.predicate_type();
        if Provenance::is_type(predicate_type) {
            match Provenance::parse(predicate_type, predicate) {
                Ok(provenance) => {
                    claims.release_identities.extend(provenance.release_identity.clone());
                    claims.build = Some(Build { facts: interpret(predicate_type, &provenance), provenance });
                }
                Err(error) => claims.malformed = Some(error.to_string()),
            }
        } else if predicate_type == release::RELEASE_V0_1 {
            match Release::parse(predicate) {
                Ok(release) => claims.release = Some(release),
                Err(error) => claims.malformed = Some(format!("not a release: {error}")),
            }
        }
        claims
    }

    /// What is wrong with the predicate, if it is not what its type says.
    pub(crate) fn malformed(&self) -> Option<&str> {
        self.malformed.as_deref()
    }

    /// Whether anything is claimed about a build.
    pub(crate) fn has_build(&self) -> bool {
        self.build.is_some()
    }

    pub(crate) fn is_statement(&self) -> bool {
        self.is_statement
    }

    /// Who releases, as statement and predicate say.
    pub(crate) fn release_identities(&self) -> &[IdentityUri] {
        &self.release_identities
    }

    /// The package that a release names, in the form that policies match.
    pub(crate) fn package(&self) -> Option<String> {
        let purl = self.release.as_ref()?.purl.as_deref()?;
        purl.parse::<PackageUrl>().ok().map(|package| package.without_version())
    }

    /// The dates that the payload states: they can make evidence older, never younger.
    pub(crate) fn dates(&self) -> Vec<Timestamp> {
        let finished = self.build.as_ref().and_then(|build| build.provenance.finished_on);
        self.issued.into_iter().chain(finished).collect()
    }

    fn facts(&self) -> Option<&BuildFacts> {
        self.build.as_ref().map(|build| &build.facts)
    }
}

fn interpret(predicate_type: &str, provenance: &Provenance) -> BuildFacts {
    let no_environment = Map::new();
    let internal_parameters = if predicate_type == provenance::SLSA_V0_2 {
        let environment = provenance.internal_parameters.get("environment").and_then(Value::as_object);
        environment.unwrap_or(&no_environment)
    } else {
        &provenance.internal_parameters
    };
    let pairs = |digest: &BTreeMap<String, String>| digest.clone().into_iter().collect::<Vec<_>>();
    let digests: Vec<_> = provenance.resolved_dependencies.iter().map(|resource| pairs(&resource.digest)).collect();
    let dependencies: Vec<_> = provenance
        .resolved_dependencies
        .iter()
        .zip(&digests)
        .map(|(resource, digest)| Dependency { uri: resource.uri.as_deref(), name: resource.name.as_deref(), digest })
        .collect();
    let config: Option<(&provenance::ConfigSource, Vec<(String, String)>)> =
        provenance.config_source.as_ref().map(|source| (source, pairs(&source.digest)));
    build_type::interpret(&Definition {
        build_type: &provenance.build_type,
        external_parameters: &provenance.external_parameters,
        internal_parameters,
        resolved_dependencies: &dependencies,
        config_source: config.as_ref().map(|(source, digest)| ConfigSource {
            uri: source.uri.as_deref(),
            digest,
            entry_point: source.entry_point.as_deref(),
        }),
    })
}

/// Whether source and ref are within the scope. Whatever is named is judged; what is not named is
/// refused unless the scope excuses it, or the evidence is of another kind and need not name it.
pub(crate) fn source(scope: &Scope, claims: &Claims, must_be_named: bool) -> Vec<Reason> {
    let facts = claims.facts();
    let contradictions = facts.map(|facts| facts.contradictions.as_slice()).unwrap_or_default();
    if let Some(contradiction) = contradictions.first() {
        let expected = vec!["a payload that agrees with itself".to_owned()];
        return vec![Reason::SourceMismatch {
            fact: "source",
            expected,
            found: contradiction.to_string(),
            only_case: false,
        }];
    }
    let (no_source, no_ref) = match scope.unsourced {
        Unsourced::No => (false, false),
        Unsourced::RefOnly => (false, true),
        Unsourced::Yes => (true, true),
    };
    let (no_source, no_ref) = (no_source || !must_be_named, no_ref || !must_be_named);
    let named = facts.map(|facts| facts.source.iter().chain(&facts.further_sources).collect()).unwrap_or_default();
    let reference = facts.and_then(|facts| facts.source_ref.as_deref()).into_iter().collect();
    [repository(scope, &named, no_source), source_ref(scope, &reference, no_ref)].into_iter().flatten().collect()
}

fn repository(scope: &Scope, named: &Vec<&SourceRepository>, excused: bool) -> Option<Reason> {
    let outside = named.iter().find(|source| scope.covers_source(source) == Coverage::NotCovered);
    let found = match outside {
        Some(source) => source.to_string(),
        None if named.is_empty() && !excused && !scope.sources.is_not_asked() => "no source".to_owned(),
        None => return None,
    };
    let only_case = outside.is_some_and(|source| scope.covers_source_in_other_case(source));
    Some(Reason::SourceMismatch { fact: "source", expected: allowed(&scope.sources), found, only_case })
}

fn source_ref(scope: &Scope, named: &Vec<&str>, excused: bool) -> Option<Reason> {
    let found = match named.iter().find(|name| scope.covers_ref(name) == Coverage::NotCovered) {
        Some(outside) => outside.chars().take(200).collect(),
        None if named.is_empty() && !excused && !scope.refs.is_not_asked() => "no ref".to_owned(),
        None => return None,
    };
    Some(Reason::SourceMismatch { fact: "ref", expected: allowed(&scope.refs), found, only_case: false })
}

fn allowed(limit: &Limit<impl ToString>) -> Vec<String> {
    limit.only().unwrap_or_default().iter().map(ToString::to_string).collect()
}

/// Whether the builder that a provenance names is within the scope.
///
/// Statements of other types name no builder: that is refused where the demand is for a builder
/// and not for a role (`--builder-id`).
pub(crate) fn builder(scope: &Scope, claims: &Claims, must_be_named: bool) -> Option<Reason> {
    let builder = claims.build.as_ref().map(|build| build.provenance.builder.id.as_str());
    let found = match builder {
        Some(id) if scope.covers_builder(id) == Coverage::NotCovered => id.chars().take(200).collect(),
        None if must_be_named && !scope.builders.is_not_asked() => "no builder".to_owned(),
        _ => return None,
    };
    Some(Reason::BuilderUntrusted { expected: allowed(&scope.builders), found })
}

/// Whether the external parameters that name neither source nor workflow are allowed by name.
pub(crate) fn parameters(allowed: &Limit<String>, claims: &Claims) -> Option<Reason> {
    let unexplained = claims.facts().map(|facts| facts.unexplained.as_slice()).unwrap_or_default();
    let found: Vec<String> =
        unexplained.iter().filter(|name| allowed.covers(name) == Coverage::NotCovered).take(16).cloned().collect();
    let allowed = allowed.only().unwrap_or_default().to_vec();
    (!found.is_empty()).then_some(Reason::ParameterUnexpected { found, allowed })
}

/// Whether source, ref, builder and invocation are each known as well as demanded.
///
/// A key's provenance can say that its builder observed a fact, which is the builder's own word;
/// only a verified certificate gives a token, and there are none here yet.
pub(crate) fn context(demanded: ContextDemand, claims: &Claims) -> Option<Reason> {
    let build = claims.build.as_ref();
    let facts = claims.facts();
    let record = build.and_then(|build| build.provenance.build_context.as_ref()).map(KnowledgeRecord::parse);
    let recorded = |fact| record.as_ref().and_then(|record| record.facts.get(&fact)).copied();
    let stated = [
        (ContextFact::Source, facts.is_some_and(|facts| facts.source.is_some())),
        (ContextFact::Ref, facts.is_some_and(|facts| facts.source_ref.is_some())),
        (ContextFact::Builder, build.is_some()),
        (ContextFact::Invocation, build.is_some_and(|build| build.provenance.invocation_id.is_some())),
    ];
    let (wanted, name) = match demanded {
        ContextDemand::Environment => (Knowledge::Environment, "environment"),
        ContextDemand::Observed => (Knowledge::Observed, "observed"),
        ContextDemand::Token => (Knowledge::Token, "token"),
    };
    let short = stated.into_iter().filter_map(|(fact, is_stated)| {
        let known = is_stated.then(|| recorded(fact).unwrap_or(Knowledge::Environment));
        let short = known.is_none_or(|known| known < wanted);
        short.then(|| format!("{fact}: {}", known.map_or("not stated", Knowledge::name)))
    });
    let found: Vec<String> = short.collect();
    (!found.is_empty()).then_some(Reason::ContextInsufficient { demanded: name, found })
}
