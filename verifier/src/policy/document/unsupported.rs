//! What the grammar has and this version does not evaluate: an error each, never ignored.
//!
//! Everything here is parsed and validated elsewhere. Whoever makes one of these work deletes
//! its line here and nothing else in this folder.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fields::Fields;
use super::names::elements;
use crate::policy::error::PolicyErrorKind as Kind;

type Value<'d> = Spanned<DeValue<'d>>;

/// Reports what the document asks for and this version cannot evaluate.
pub(super) fn report(top: &Fields<'_>) {
    let reporter = Reporter { top };
    reporter.each(top.value("trust_root"), "trust roots of the policy's own");
    reporter.each(top.value("revocation"), "revocations");
    for identity in elements(top, "identity") {
        reporter.each(identity.get("certificate"), "identities with certificates");
        reporter.present(identity.get("break_glass").filter(|value| is_true(value)), "emergency approvals");
    }
    for gate in elements(top, "gate") {
        reporter.gate(gate);
    }
}

struct Reporter<'f, 'd> {
    top: &'f Fields<'d>,
}

impl Reporter<'_, '_> {
    fn gate(&self, gate: &DeTable<'_>) {
        self.each(gate.get("waive"), "waivers");
        self.present(gate.get("approvals_since"), "`approvals_since`");
        self.present(gate.get("promotions_since"), "`promotions_since`");
        self.evidence(gate);
        for (index, requirement) in list(gate.get("require")).iter().enumerate() {
            self.present((index > 0).then_some(requirement), "gates with several requirements");
            if let DeValue::Table(table) = requirement.get_ref() {
                self.requirement(table);
            }
        }
    }

    fn requirement(&self, requirement: &DeTable<'_>) {
        self.evidence(requirement);
        let role = requirement.get("role");
        self.present(role.filter(|value| value.get_ref().as_str() == Some("approve")), "approvals");
        self.present(role.filter(|value| value.get_ref().as_str() == Some("promote")), "promotions");
        self.present(requirement.get("threshold").filter(|value| exceeds(value, 1)), "thresholds above 1");
        self.present(requirement.get("max_age"), "the age of evidence");
        self.present(requirement.get("distinct_from").filter(|value| !is_empty(value)), "separation of roles");
        self.present(requirement.get("same").filter(|value| !is_empty(value)), "`same`");
        self.present(requirement.get("break_glass"), "emergency approvals");
        self.present(requirement.get("gate"), "promotion from another gate");
        self.present(requirement.get("opaque").filter(|value| is_true(value)), "opaque promotions");
    }

    fn evidence(&self, owner: &DeTable<'_>) {
        let Some(evidence) = owner.get("evidence").and_then(|value| value.get_ref().as_table()) else { return };
        for (field, what) in [
            ("times", "proved times"),
            ("log_entries", "log entries"),
            ("timestamps", "timestamps"),
            ("scts", "certificate timestamps"),
        ] {
            self.present(evidence.get(field).filter(|value| exceeds(value, 0)), what);
        }
    }

    /// Every table of a list.
    fn each(&self, value: Option<&Value<'_>>, what: &'static str) {
        for table in list(value) {
            self.present(Some(table), what);
        }
    }

    fn present(&self, value: Option<&Value<'_>>, what: &'static str) {
        if let Some(value) = value {
            self.top.reader.report(value.span().start, Kind::NotYetSupported { what });
        }
    }
}

fn list<'v, 'd>(value: Option<&'v Value<'d>>) -> &'v [Value<'d>] {
    value.and_then(|value| value.get_ref().as_array()).map_or(&[], |list| list)
}

fn is_true(value: &Value<'_>) -> bool {
    value.get_ref().as_bool() == Some(true)
}

fn is_empty(value: &Value<'_>) -> bool {
    value.get_ref().as_array().is_some_and(|list| list.is_empty())
}

/// Whether a number is larger; one that is too large for us is, too.
fn exceeds(value: &Value<'_>, least: i64) -> bool {
    let number = value.get_ref().as_integer();
    number.is_some_and(|n| i64::from_str_radix(n.as_str(), n.radix()).map_or(true, |n| n > least))
}
