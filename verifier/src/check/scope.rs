//! May the identity speak about this artifact?

use crate::policy::{Coverage, Identity, Limit, Pattern};
use crate::reason::Reason;

/// Whether the scope covers every name of the artifact; without a name nothing is covered.
pub(crate) fn artifacts(identity: &Identity, names: &[Option<&str>]) -> Option<Reason> {
    let limit = &identity.scope.artifacts;
    let outside = names.iter().find(|name| match name {
        Some(name) => identity.scope.covers_artifact(name) == Coverage::NotCovered,
        None => !limit.is_not_asked(),
    })?;
    Some(exceeded(identity, "artifacts", patterns(limit), outside.unwrap_or("an artifact without a name")))
}

/// Whether the scope covers the package that a release names.
pub(crate) fn package(identity: &Identity, package: Option<&str>) -> Option<Reason> {
    let limit = &identity.scope.packages;
    let outside = match package {
        Some(package) => identity.scope.covers_package(package) == Coverage::NotCovered,
        None => !limit.is_not_asked(),
    };
    outside.then(|| exceeded(identity, "packages", patterns(limit), package.unwrap_or("no package URL")))
}

/// Whether the scope covers the gate's environment.
pub(crate) fn environment(identity: &Identity, environment: Option<&str>) -> Option<Reason> {
    let limit = &identity.scope.environments;
    let outside = match environment {
        Some(environment) => identity.scope.covers_environment(environment) == Coverage::NotCovered,
        None => !limit.is_not_asked(),
    };
    let allowed = || limit.only().unwrap_or_default().to_vec();
    outside.then(|| exceeded(identity, "environments", allowed(), environment.unwrap_or("no environment")))
}

pub(crate) fn patterns(limit: &Limit<Pattern>) -> Vec<String> {
    limit.only().unwrap_or_default().iter().map(ToString::to_string).collect()
}

fn exceeded(identity: &Identity, dimension: &'static str, allowed: Vec<String>, found: &str) -> Reason {
    let found = found.chars().take(200).collect();
    Reason::ScopeExceeded { identity: identity.label(), dimension, allowed, found }
}
