//! How the facts of a provenance are known, as its builder recorded it.

use core::fmt;
use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{BuildContext, Fact, Knowledge, WorkTree};
use crate::limits;

/// A fact whose knowledge a provenance records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ContextFact {
    /// The source repository.
    Source,
    /// The branch or tag.
    Ref,
    /// The commit.
    Commit,
    /// The builder.
    Builder,
    /// The run.
    Invocation,
}

impl ContextFact {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Source, Self::Ref, Self::Commit, Self::Builder, Self::Invocation];

    /// The name in the record.
    pub fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Ref => "ref",
            Self::Commit => "commit",
            Self::Builder => "builder",
            Self::Invocation => "invocation",
        }
    }
}

impl fmt::Display for ContextFact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a provenance says of how its facts are known: its builder's own word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnowledgeRecord {
    /// The system.
    pub system: Option<String>,
    /// The facts recorded. Never [`Knowledge::Token`]: only a verified certificate gives that.
    pub facts: BTreeMap<ContextFact, Knowledge>,
    /// The state of the work tree.
    pub work_tree: Option<WorkTree>,
}

impl KnowledgeRecord {
    /// Reads the record of a predicate field, whatever it holds.
    ///
    /// Unknown members and values of other types are passed over. Any claim that is not
    /// `observed` counts as `environment`, a claimed `token` too. A dirty work tree is one unless
    /// `dirty` is `false`.
    pub fn parse(field: &Value) -> Self {
        let text = |value: &Value| value.as_str().filter(|text| text.len() <= limits::NAME_BYTES).map(str::to_owned);
        let claimed = |fact: ContextFact| {
            let known = match field.get("facts")?.get(fact.name())?.as_str()? {
                "observed" => Knowledge::Observed,
                _ => Knowledge::Environment,
            };
            Some((fact, known))
        };
        Self {
            system: field.get("system").and_then(text),
            facts: ContextFact::ALL.into_iter().filter_map(claimed).collect(),
            work_tree: field.get("workTree").and_then(Value::as_object).map(work_tree),
        }
    }
}

fn work_tree(members: &Map<String, Value>) -> WorkTree {
    let changed = members.get("changed").and_then(Value::as_u64).unwrap_or_default();
    WorkTree {
        dirty: members.get("dirty") != Some(&Value::Bool(false)) || changed != 0,
        changed: usize::try_from(changed).unwrap_or(usize::MAX),
    }
}

/// The record of a context; facts that it does not know are left out.
pub(super) fn write(context: &BuildContext) -> Value {
    fn known<T>(fact: Option<&Fact<T>>) -> Option<Knowledge> {
        fact.map(|fact| fact.known)
    }
    let known_by = |fact| match fact {
        ContextFact::Source => known(context.source.as_ref()),
        ContextFact::Ref => known(context.source_ref.as_ref()),
        ContextFact::Commit => known(context.commit.as_ref()),
        ContextFact::Builder => known(context.builder_id.as_ref()),
        ContextFact::Invocation => known(context.invocation_id.as_ref()),
    };
    let facts: Map<String, Value> = ContextFact::ALL
        .into_iter()
        .filter_map(|fact| Some((fact.name().to_owned(), json!(known_by(fact)?.name()))))
        .collect();
    let mut record = Map::new();
    record.insert("system".to_owned(), json!(context.system));
    record.insert("facts".to_owned(), Value::Object(facts));
    if let Some(work_tree) = context.work_tree {
        record.insert("workTree".to_owned(), json!({"dirty": work_tree.dirty, "changed": work_tree.changed}));
    }
    Value::Object(record)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_never_claims_a_token() {
        let record = KnowledgeRecord::parse(&json!({
            "system": "github",
            "facts": {"source": "token", "ref": "observed", "commit": 1, "builder": "environment", "more": "observed"},
            "workTree": {"dirty": true, "changed": 3},
        }));
        assert_eq!(record.system.as_deref(), Some("github"));
        assert_eq!(
            record.facts,
            BTreeMap::from([
                (ContextFact::Source, Knowledge::Environment),
                (ContextFact::Ref, Knowledge::Observed),
                (ContextFact::Builder, Knowledge::Environment),
            ])
        );
        assert_eq!(record.work_tree, Some(WorkTree { dirty: true, changed: 3 }));
    }

    #[test]
    fn anything_else_is_an_empty_record() {
        for field in [json!(null), json!([]), json!("x"), json!({"facts": [], "system": 1, "workTree": true})] {
            assert_eq!(KnowledgeRecord::parse(&field), KnowledgeRecord::default(), "{field}");
        }
        let unclear = KnowledgeRecord::parse(&json!({"workTree": {"changed": -1}}));
        assert_eq!(unclear.work_tree, Some(WorkTree { dirty: true, changed: 0 }));
        let lying = KnowledgeRecord::parse(&json!({"workTree": {"dirty": false, "changed": 2}}));
        assert_eq!(lying.work_tree, Some(WorkTree { dirty: true, changed: 2 }));
    }
}
