//! The trust policy of a call: a file, or what the flags mean.

use std::path::{Path, PathBuf};

use signer_core::limits;
use verifier::policy::{self, FlagPolicy, Policy, PolicyErrors};

use crate::args::Verify;
use crate::failure::Failure;
use crate::world::policy_files::BesidePolicy;
use crate::world::terminal::Terminal;
use crate::world::{input, key};

/// The variable that names the policy where no flag does.
const VARIABLE: &str = "SIGNER_POLICY";

/// The policy, and the name of the profile that it stands for.
pub(super) fn policy(args: &Verify, terminal: &Terminal) -> Result<(Policy, &'static str), Failure> {
    if let Some(name) = &args.key {
        return Ok((from_flags(args, name, terminal)?, "key"));
    }
    let from_variable = || std::env::var_os(VARIABLE).filter(|value| !value.is_empty()).map(PathBuf::from);
    let path = args.policy.clone().or_else(from_variable).ok_or_else(|| {
        Failure::usage("policy-missing", "nothing says whom to trust: expected `--policy FILE` or `--key PUB`")
            .hint(format!("the policy may also be named by the variable {VARIABLE}"))
    })?;
    Ok((read(&path)?, "private"))
}

/// Reads a policy and the files beside it.
pub(super) fn read(path: &Path) -> Result<Policy, Failure> {
    let text = input::read(path, limits::POLICY_BYTES)
        .map_err(|error| error.as_usage("policy-unreadable", "the trust policy"))?;
    policy::parse(&text, &path.display().to_string(), &BesidePolicy::new(path)).map_err(|errors| invalid(&errors))
}

/// Every error on a line of its own, with its hint on the next.
fn invalid(errors: &PolicyErrors) -> Failure {
    let source = errors.source_name();
    let mut lines = errors.errors().iter().flat_map(|error| {
        let place = format!("{source}:{}:{}", error.line, error.column);
        [format!("{place}: {}", error.kind), format!("  hint: {}", error.hint())]
    });
    let mut failure = Failure::usage("policy-invalid", lines.next().unwrap_or_default());
    failure.more = lines.collect();
    if errors.omitted() > 0 {
        failure.more.push(format!("{source}: and {} more", errors.omitted()));
    }
    failure
}

fn from_flags(args: &Verify, name: &str, terminal: &Terminal) -> Result<Policy, Failure> {
    let mut flags = FlagPolicy::new(key::public(name, &args.token, terminal)?);
    if let Some(repository) = &args.source_repository {
        flags = flags.source_repository(repository);
    }
    if let Some(name) = &args.source_ref {
        flags = flags.source_ref(name);
    }
    if let Some(builder) = &args.builder_id {
        flags = flags.builder_id(builder.as_str());
    }
    if let Some(predicate_type) = &args.predicate_type {
        flags = flags.predicate_type(predicate_type);
    }
    Ok(flags.build())
}
