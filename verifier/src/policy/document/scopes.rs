//! `identity.scope`.

use super::fields::Fields;
use super::reader::Reported;
use crate::policy::error::PolicyErrorKind as Kind;
use crate::policy::pattern::Dimension;
use crate::policy::scope::{Limit, Scope, Unsourced};

const FIELDS: &[&str] = &["artifacts", "packages", "sources", "refs", "builders", "environments", "unsourced"];

/// The scope of an identity; without one it allows nothing.
pub(super) fn scope(identity: &Fields<'_>) -> Result<Scope, Reported> {
    let Some(fields) = identity.optional_table("scope", "identity.scope")? else { return Ok(Scope::default()) };
    fields.check_known(FIELDS);
    let artifacts = fields.patterns("artifacts", Dimension::Artifact);
    let packages = fields.patterns("packages", Dimension::Package);
    let sources = fields.patterns("sources", Dimension::Source);
    let refs = fields.patterns("refs", Dimension::Ref);
    let builders = fields.patterns("builders", Dimension::Uri);
    let environments = fields.lines("environments");
    let unsourced = unsourced(&fields);
    Ok(Scope {
        artifacts: Limit::Only(artifacts?),
        packages: Limit::Only(packages?),
        sources: Limit::Only(sources?),
        refs: Limit::Only(refs?),
        builders: Limit::Only(builders?),
        environments: Limit::Only(environments?.into_iter().map(|text| text.value.to_owned()).collect()),
        unsourced: unsourced?,
    })
}

fn unsourced(fields: &Fields<'_>) -> Result<Unsourced, Reported> {
    let Some(value) = fields.value("unsourced") else { return Ok(Unsourced::No) };
    if value.get_ref().is_str() {
        return fields.choice("unsourced", &[("ref", Unsourced::RefOnly)]);
    }
    match value.get_ref().as_bool() {
        Some(true) => Ok(Unsourced::Yes),
        Some(false) => Ok(Unsourced::No),
        None => {
            let (field, expected) = ("unsourced", "true, false or `ref`");
            let kind = Kind::WrongType { field, expected, found: super::fields::type_name(value.get_ref()) };
            Err(fields.reader.report(value.span().start, kind))
        }
    }
}
