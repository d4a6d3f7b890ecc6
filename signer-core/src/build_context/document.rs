//! The context file of `--build-context FILE`.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{BuildContext, ContextError, Fact, WorkTree};
use crate::build_type::{self, Definition, Dependency};
use crate::identity::is_uri;
use crate::reference::cut;
use crate::reference::source::without_credentials;
use crate::{json, limits};

/// The file as it is on disk.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Wire {
    system: Option<String>,
    build_type: String,
    #[serde(default)]
    external_parameters: Map<String, Value>,
    #[serde(default)]
    internal_parameters: Map<String, Value>,
    source: Option<String>,
    #[serde(rename = "ref")]
    source_ref: Option<String>,
    commit: Option<String>,
    builder: Option<String>,
    invocation: Option<String>,
    started_on: Option<String>,
    identity: Option<String>,
    work_tree: Option<WireWorkTree>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireWorkTree {
    dirty: bool,
    changed: usize,
}

pub(super) fn read(bytes: &[u8]) -> Result<BuildContext, ContextError> {
    let wire: Wire = json::parse(bytes, limits::BUILD_CONTEXT_BYTES)?;
    let mut context = BuildContext::try_from(wire)?;
    context.complete_own_parameters();
    agree_with_itself(&context)?;
    Ok(context)
}

impl TryFrom<Wire> for BuildContext {
    type Error = ContextError;

    fn try_from(wire: Wire) -> Result<Self, Self::Error> {
        let line = |field, value: Option<String>| match value {
            Some(text) if !is_line(&text) => Err(wrong(field, "one line of text", &text)),
            other => Ok(other),
        };
        let uri = |field, value: Option<String>| match value {
            Some(text) if !is_uri(&text) || without_credentials(&text) != text => {
                Err(wrong(field, "a URI without a password", &text))
            }
            other => Ok(other),
        };
        let system = line("system", wire.system)?.unwrap_or_else(|| "file".to_owned());
        let build_type = uri("buildType", Some(wire.build_type))?.unwrap_or_default();
        Ok(Self {
            system,
            build_type,
            external_parameters: wire.external_parameters,
            internal_parameters: wire.internal_parameters,
            source: parsed("source", "a source repository", wire.source)?,
            source_ref: line("ref", wire.source_ref)?.map(Fact::stated),
            commit: parsed("commit", "a git commit", wire.commit)?,
            builder_id: uri("builder", wire.builder)?.map(Fact::stated),
            invocation_id: line("invocation", wire.invocation)?.map(Fact::stated),
            started_on: parsed("startedOn", "an RFC 3339 time", wire.started_on)?,
            identity: parsed("identity", "a URI", uri("identity", wire.identity)?)?,
            work_tree: wire.work_tree.map(|tree| WorkTree { dirty: tree.dirty, changed: tree.changed }),
        })
    }
}

fn parsed<T: core::str::FromStr>(
    field: &'static str,
    expected: &'static str,
    text: Option<String>,
) -> Result<Option<Fact<T>>, ContextError> {
    let Some(text) = text else { return Ok(None) };
    text.parse().map(|value| Some(Fact::stated(value))).map_err(|_| wrong(field, expected, &text))
}

fn wrong(field: &'static str, expected: &'static str, found: &str) -> ContextError {
    ContextError::Field { field, expected, found: cut(&without_credentials(found)) }
}

fn is_line(text: &str) -> bool {
    !text.is_empty() && text.len() <= limits::NAME_BYTES && !text.chars().any(char::is_control)
}

/// A context whose provenance every verifier would refuse is refused here.
fn agree_with_itself(context: &BuildContext) -> Result<(), ContextError> {
    let sources: Vec<(String, [(String, String); 1])> = context
        .resolved_dependencies()
        .into_iter()
        .map(|one| (one.uri, [("gitCommit".to_owned(), one.commit.to_string())]))
        .collect();
    let dependencies: Vec<Dependency<'_>> =
        sources.iter().map(|(uri, digest)| Dependency { uri: Some(uri), name: None, digest }).collect();
    let facts = build_type::interpret(&Definition {
        build_type: &context.build_type,
        external_parameters: &context.external_parameters,
        internal_parameters: &context.internal_parameters,
        resolved_dependencies: &dependencies,
        config_source: None,
    });
    facts.contradictions.into_iter().next().map_or(Ok(()), |first| Err(first.into()))
}

pub(super) fn write(context: &BuildContext) -> Value {
    let mut file = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            file.insert(name.to_owned(), value);
        }
    };
    put("system", Some(json!(context.system)));
    put("buildType", Some(json!(context.build_type)));
    put("externalParameters", Some(Value::Object(context.external_parameters.clone())));
    put("internalParameters", Some(Value::Object(context.internal_parameters.clone())));
    put("source", context.source.as_ref().map(|source| json!(source.value.as_str())));
    put("ref", context.source_ref.as_ref().map(|reference| json!(reference.value)));
    put("commit", context.commit.as_ref().map(|commit| json!(commit.value.as_str())));
    put("builder", context.builder_id.as_ref().map(|builder| json!(builder.value)));
    put("invocation", context.invocation_id.as_ref().map(|invocation| json!(invocation.value)));
    put("startedOn", context.started_on.as_ref().map(|time| json!(time.value.to_string())));
    put("identity", context.identity.as_ref().map(|identity| json!(identity.value.as_str())));
    put("workTree", context.work_tree.map(|tree| json!({"dirty": tree.dirty, "changed": tree.changed})));
    Value::Object(file)
}

#[cfg(test)]
mod tests {
    use super::super::System;
    use super::*;
    use crate::json::JsonError;

    const COMMIT: &str = "2b4ba8fe79386d40ce27dc5f6cc4161a0f598cc2";

    fn file() -> Value {
        json!({
            "system": "own-ci",
            "buildType": build_type::CI,
            "externalParameters": {"workflow": "app/release"},
            "source": "git@host.example:acme/app.git",
            "ref": "refs/tags/v1",
            "commit": COMMIT,
            "builder": "https://ci.example",
            "invocation": "17",
            "startedOn": "2026-11-21T09:00:00Z",
            "identity": "https://ci.example/app",
            "workTree": {"dirty": false, "changed": 0},
        })
    }

    fn read_value(value: &Value) -> Result<BuildContext, ContextError> {
        BuildContext::from_json(value.to_string().as_bytes())
    }

    #[test]
    fn a_file_is_read_and_written_again() {
        let context = read_value(&file()).unwrap();
        assert_eq!(context.source, Some(Fact::stated("https://host.example/acme/app".parse().unwrap())));
        assert_eq!(context.external_parameters["source"], "https://host.example/acme/app");
        assert_eq!(context.resolved_dependencies()[0].uri, "git+https://host.example/acme/app@refs/tags/v1");
        assert_eq!(read_value(&context.to_json()), Ok(context));
    }

    #[test]
    fn refuses_other_files() {
        let with = |name: &str, value: Value| {
            let mut file = file();
            file[name] = value;
            read_value(&file).unwrap_err()
        };
        assert!(matches!(with("sources", json!("x")), ContextError::Json(JsonError::Malformed(_))));
        assert!(matches!(with("source", json!(1)), ContextError::Json(JsonError::Malformed(_))));
        assert!(matches!(BuildContext::from_json(b"{}"), Err(ContextError::Json(JsonError::Malformed(_)))));
        for (name, value) in [
            ("system", json!("")),
            ("buildType", json!("ci")),
            ("source", json!("acme/app")),
            ("ref", json!("a\nb")),
            ("commit", json!("main")),
            ("builder", json!("https://user:secret@ci.example")),
            ("invocation", json!("\u{0}")),
            ("startedOn", json!("today")),
            ("identity", json!("me")),
        ] {
            let error = with(name, value);
            assert!(matches!(&error, ContextError::Field { field, .. } if *field == name), "{name}: {error}");
            assert!(!error.to_string().contains("secret"));
        }
        let other = with("externalParameters", json!({"source": "https://host.example/acme/other"}));
        assert!(matches!(other, ContextError::Contradiction(_)));
    }

    #[test]
    fn nothing_known_is_a_context_too() {
        let context = read_value(&json!({"buildType": build_type::MANUAL})).unwrap();
        assert_eq!(context.system, "file");
        assert_eq!(System::from_name("file"), None);
        assert!(context.resolved_dependencies().is_empty());
    }
}
