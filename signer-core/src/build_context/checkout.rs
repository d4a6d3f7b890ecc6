//! A plain git checkout: every fact is observed, and nobody knows the builder.

use super::{BuildContext, ContextError, Fact, GitObservation, System, Warning};
use crate::build_type;

pub(super) fn read(git: Option<&GitObservation>, warnings: &mut Vec<Warning>) -> Result<BuildContext, ContextError> {
    let git = git.ok_or(ContextError::NoCheckout)?;
    let commit = git.commit.clone().ok_or(ContextError::NoCheckout)?;
    let mut context = BuildContext::new(System::Checkout, build_type::CHECKOUT);
    context.commit = Some(Fact::observed(commit));
    context.source = git.source(warnings).map(Fact::observed);
    context.source_ref = git.only_ref().map(Fact::observed);
    context.work_tree = Some(git.work_tree());
    Ok(context)
}
