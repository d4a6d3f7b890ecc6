//! `[[gate]]`, its evidence and its waivers.

use std::collections::HashMap;

use signer_core::identity::Role;

use super::Defined;
use super::fields::{Fields, all};
use super::names::{Names, elements};
use super::reader::{Reported, shortened};
use super::requirements;
use crate::policy::error::PolicyErrorKind as Kind;
use crate::policy::gate::{Evidence, Gate, Requirement, WaivedDemand, Waiver};
use crate::policy::pattern::{Dimension, Pattern};
use crate::policy::scope::Limit;

const FIELDS: &[&str] =
    &["name", "environment", "artifacts", "evidence", "approvals_since", "promotions_since", "require", "waive"];

const WAIVED: &[(&str, WaivedDemand)] = &[
    ("times", WaivedDemand::Times),
    ("log_entries", WaivedDemand::LogEntries),
    ("timestamps", WaivedDemand::Timestamps),
    ("scts", WaivedDemand::Scts),
    ("max_age", WaivedDemand::MaxAge),
    ("context", WaivedDemand::Context),
];

/// The gates of the document, at least one.
pub(super) fn gates(top: &Fields<'_>, defined: &Defined) -> Result<Vec<Gate>, Reported> {
    let list = top.tables("gate", "gate")?;
    if list.is_empty() {
        return Err(top.reader.report(top.at("gate"), Kind::NoGate));
    }
    let passed = promoted_from(top);
    let mut names = Names::new("gate");
    all(list.into_iter().map(|fields| {
        let fields = fields?;
        check_environment(&fields, &passed);
        gate(&fields, defined, &mut names)
    }))
}

fn gate(fields: &Fields<'_>, defined: &Defined, names: &mut Names) -> Result<Gate, Reported> {
    fields.check_known(FIELDS);
    let name = fields.line("name").and_then(|name| names.define(fields.reader, name).map(|()| name.value.to_owned()));
    let environment = fields.owned_line("environment");
    let artifacts = artifacts(fields);
    let requirements = gate_requirements(fields, defined);
    let evidence = evidence(fields, "gate.evidence");
    let approvals_since = fields.optional_integer("approvals_since", 1);
    let promotions_since = fields.optional_integer("promotions_since", 1);
    let waivers = waivers(fields);
    Ok(Gate {
        name: name?,
        environment: environment?,
        artifacts: Limit::Only(artifacts?),
        requirements: requirements?,
        evidence: evidence?,
        approvals_since: approvals_since?.unwrap_or(1),
        promotions_since: promotions_since?.unwrap_or(1),
        waivers: waivers?,
    })
}

fn artifacts(fields: &Fields<'_>) -> Result<Vec<Pattern>, Reported> {
    if fields.value("artifacts").is_none() {
        return Err(fields.missing("artifacts"));
    }
    let artifacts = fields.patterns("artifacts", Dimension::Artifact)?;
    if artifacts.is_empty() {
        return Err(fields.reader.report(fields.at("artifacts"), Kind::Empty { field: "artifacts" }));
    }
    Ok(artifacts)
}

fn gate_requirements(fields: &Fields<'_>, defined: &Defined) -> Result<Vec<Requirement>, Reported> {
    let list = fields.tables("require", "gate.require")?;
    if list.is_empty() {
        return Err(fields.reader.report(fields.at("require"), Kind::NoRequirement { gate: shown_name(fields) }));
    }
    let required = roles(fields);
    all(list.into_iter().map(|requirement| requirements::requirement(&requirement?, defined, &required)))
}

/// The roles that a gate requires, as far as they can be read.
fn roles(fields: &Fields<'_>) -> Vec<Role> {
    elements(fields, "require").filter_map(|table| Role::from_name(table.get("role")?.get_ref().as_str()?)).collect()
}

/// The gates that some requirement wants passed, with the gate that wants it.
fn promoted_from<'d>(top: &Fields<'d>) -> HashMap<&'d str, &'d str> {
    let text = |table: &'d toml::de::DeTable<'d>, field: &str| table.get(field)?.get_ref().as_str();
    elements(top, "gate")
        .flat_map(|gate| {
            let requirements = gate.get("require").and_then(|list| list.get_ref().as_array());
            let wanted = requirements.into_iter().flat_map(|list| list.iter());
            wanted
                .filter_map(move |table| text(table.get_ref().as_table()?, "gate"))
                .map(move |wanted| (wanted, text(gate, "name").unwrap_or_default()))
        })
        .collect()
}

/// Approvals, promotions and publications are about an environment.
fn check_environment(fields: &Fields<'_>, passed: &HashMap<&str, &str>) {
    if fields.value("environment").is_some() {
        return;
    }
    let role = roles(fields).into_iter().find(|role| matches!(role, Role::Approve | Role::Promote | Role::Publish));
    let name = fields.value("name").and_then(|name| name.get_ref().as_str());
    let wanted_by = name.and_then(|name| passed.get(name)).copied();
    let because = match (role, wanted_by) {
        (Some(role), _) => format!("it requires role `{role}`"),
        (None, Some(by)) => format!("gate `{}` wants it passed", shortened(by)),
        (None, None) => return,
    };
    fields.reader.report(fields.at, Kind::NoEnvironment { gate: shown_name(fields), because });
}

fn shown_name(fields: &Fields<'_>) -> String {
    shortened(fields.value("name").and_then(|name| name.get_ref().as_str()).unwrap_or_default())
}

/// The evidence that a gate or a requirement demands; none, if the field is absent.
pub(super) fn evidence(owner: &Fields<'_>, table: &'static str) -> Result<Evidence, Reported> {
    let Some(fields) = owner.optional_table("evidence", table)? else { return Ok(Evidence::default()) };
    fields.check_known(&["times", "log_entries", "timestamps", "scts"]);
    let times = fields.optional_integer("times", 0);
    let log_entries = fields.optional_integer("log_entries", 0);
    let timestamps = fields.optional_integer("timestamps", 0);
    let scts = fields.optional_integer("scts", 0);
    Ok(Evidence {
        times: times?.unwrap_or(0),
        log_entries: log_entries?.unwrap_or(0),
        timestamps: timestamps?.unwrap_or(0),
        scts: scts?,
    })
}

fn waivers(gate: &Fields<'_>) -> Result<Vec<Waiver>, Reported> {
    all(gate.tables("waive", "gate.waive")?.into_iter().map(|fields| {
        let fields = fields?;
        fields.check_known(&["demand", "reason", "until"]);
        let demand = fields.choice("demand", WAIVED);
        let reason = fields.prose("reason");
        let until = fields.optional_time("until").and_then(|until| until.ok_or_else(|| fields.missing("until")));
        Ok(Waiver { demand: demand?, reason: reason?, until: until? })
    }))
}
