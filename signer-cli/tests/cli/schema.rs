//! As much of JSON Schema as the schemas in `docs` use; a keyword unknown here is an error.

use serde_json::{Value, json};

/// The schema of verdicts.
pub(crate) fn verdict() -> Value {
    serde_json::from_str(include_str!("../../../docs/verdict.schema.json")).unwrap()
}

/// The schema of failures that are no verdicts.
pub(crate) fn error() -> Value {
    serde_json::from_str(include_str!("../../../docs/error.schema.json")).unwrap()
}

/// Whether the value is what the schema describes, else where it is not.
pub(crate) fn validate(root: &Value, value: &Value) -> Result<(), String> {
    check(root, root, value, "$")
}

fn check(root: &Value, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    let Some(schema) = schema.as_object() else {
        return if schema == &Value::Bool(true) { Ok(()) } else { Err(format!("{at}: nothing may stand here")) };
    };
    for (keyword, argument) in schema {
        keyword_holds(root, (keyword, argument), value, at)?;
    }
    if schema.get("additionalProperties") == Some(&Value::Bool(false))
        && let Some(members) = value.as_object()
    {
        let known = schema["properties"].as_object().unwrap();
        if let Some(unknown) = members.keys().find(|name| !known.contains_key(*name)) {
            return Err(format!("{at}: `{unknown}` is not described"));
        }
    }
    if let Some(condition) = schema.get("if") {
        let branch = if check(root, condition, value, at).is_ok() { "then" } else { "else" };
        return schema.get(branch).map_or(Ok(()), |branch| check(root, branch, value, at));
    }
    Ok(())
}

fn keyword_holds(root: &Value, keyword: (&str, &Value), value: &Value, at: &str) -> Result<(), String> {
    let length = |value: &Value| value.as_array().map(Vec::len);
    let bound = |argument: &Value| usize::try_from(argument.as_u64().unwrap()).unwrap();
    let holds = match keyword {
        // said for people, looked up by `$ref`, or judged by `check`
        (
            "$schema"
            | "$id"
            | "$defs"
            | "title"
            | "description"
            | "format"
            | "additionalProperties"
            | "if"
            | "then"
            | "else",
            _,
        ) => true,
        ("$ref", path) => {
            let path = path.as_str().unwrap().strip_prefix('#').unwrap();
            return check(root, root.pointer(path).unwrap(), value, at);
        }
        ("type", Value::Array(names)) => names.iter().any(|name| has_type(value, name)),
        ("type", name) => has_type(value, name),
        ("const", expected) => value == expected,
        ("enum", expected) => expected.as_array().unwrap().contains(value),
        ("minimum", least) => value.as_i64() >= least.as_i64(),
        ("minItems", least) => length(value).is_none_or(|length| length >= bound(least)),
        ("maxItems", most) => length(value).is_none_or(|length| length <= bound(most)),
        ("pattern", pattern) => value.as_str().is_none_or(|text| matches(pattern.as_str().unwrap(), text)),
        ("required", names) => {
            let members = value.as_object();
            let missing = |name: &&Value| members.is_some_and(|members| !members.contains_key(name.as_str().unwrap()));
            if let Some(name) = names.as_array().unwrap().iter().find(missing) {
                return Err(format!("{at}: {name} is missing"));
            }
            true
        }
        ("properties", properties) => {
            for (name, schema) in properties.as_object().unwrap() {
                if let Some(member) = value.get(name) {
                    check(root, schema, member, &format!("{at}.{name}"))?;
                }
            }
            true
        }
        ("items", schema) => {
            for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                check(root, schema, item, &format!("{at}[{index}]"))?;
            }
            true
        }
        ("allOf", schemas) => return schemas.as_array().unwrap().iter().try_for_each(|s| check(root, s, value, at)),
        ("oneOf", schemas) => {
            schemas.as_array().unwrap().iter().filter(|schema| check(root, schema, value, at).is_ok()).count() == 1
        }
        (unknown, _) => panic!("this test does not know the keyword `{unknown}`"),
    };
    if holds { Ok(()) } else { Err(format!("{at}: {value} against {} {}", keyword.0, keyword.1)) }
}

fn has_type(value: &Value, name: &Value) -> bool {
    match name.as_str().unwrap() {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("this test does not know the type `{other}`"),
    }
}

/// The patterns that the schema uses, by hand.
fn matches(pattern: &str, text: &str) -> bool {
    let hex = |text: &str, digits: usize| {
        text.len() == digits && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    let digest = |(name, length): (&str, usize)| text.strip_prefix(name).is_some_and(|digits| hex(digits, length));
    match pattern {
        "^[a-z]+(-[a-z]+)*$" => {
            text.split('-').all(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase()))
        }
        "^spki-sha256:[0-9a-f]{64}$" => digest(("spki-sha256:", 64)),
        "^(sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})$" => {
            [("sha256:", 64), ("sha384:", 96), ("sha512:", 128)].into_iter().any(digest)
        }
        other => panic!("this test does not know the pattern `{other}`"),
    }
}

#[test]
fn the_validator_refuses_what_the_schema_refuses() {
    let schema = verdict();
    let good = json!({"schema": "signer/verdict/v1", "outcome": "error", "accepted": false, "profile": null,
        "policy": null, "at": null, "artifacts": [], "error": {"code": "usage", "message": "m", "hint": null}});
    assert_eq!(validate(&schema, &good), Ok(()));
    for (member, value) in [
        ("schema", json!("signer/verdict/v2")),
        ("outcome", json!("accepted")),
        ("accepted", json!(true)),
        ("artifacts", json!([{}])),
        ("error", json!(null)),
        ("error", json!({"code": "Usage", "message": "m", "hint": null})),
        ("hypothetical", json!(false)),
        ("further", json!(1)),
    ] {
        let mut bad = good.clone();
        bad[member] = value;
        assert!(validate(&schema, &bad).is_err(), "{member}");
        good.as_object().unwrap().keys().for_each(|name| {
            let mut less = good.clone();
            less.as_object_mut().unwrap().remove(name);
            assert!(validate(&schema, &less).is_err(), "without {name}");
        });
    }
}
