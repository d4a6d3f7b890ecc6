use proptest::prelude::*;
use serde_json::json;

use super::*;

const COMMIT: &str = "2b4ba8fe79386d40ce27dc5f6cc4161a0f598cc2";
const OTHER: &str = "7fd1a60b01f91b314f59955a4e4d4e80d8edf11d";
const SOURCE: &str = "https://github.com/acme/app";

/// Interprets a build definition written as JSON.
fn facts(definition: &Value) -> BuildFacts {
    let object = |name: &str| definition[name].as_object().cloned().unwrap_or_default();
    let digests = |value: &Value| -> Vec<(String, String)> {
        let set = value["digest"].as_object().cloned().unwrap_or_default();
        set.into_iter().map(|(name, value)| (name, value.as_str().unwrap().to_owned())).collect()
    };
    let none = Vec::new();
    let listed = definition["dependencies"].as_array().unwrap_or(&none);
    let sets: Vec<_> = listed.iter().map(digests).collect();
    let dependencies: Vec<_> = listed
        .iter()
        .zip(&sets)
        .map(|(one, digest)| Dependency { uri: one["uri"].as_str(), name: one["name"].as_str(), digest })
        .collect();
    let config = &definition["configSource"];
    let config_digest = digests(config);
    interpret(&Definition {
        build_type: definition["buildType"].as_str().unwrap(),
        external_parameters: &object("external"),
        internal_parameters: &object("internal"),
        resolved_dependencies: &dependencies,
        config_source: config.is_object().then(|| ConfigSource {
            uri: config["uri"].as_str(),
            digest: &config_digest,
            entry_point: config["entryPoint"].as_str(),
        }),
    })
}

fn github(external: &Value, dependencies: &Value) -> BuildFacts {
    facts(&json!({"buildType": GITHUB_WORKFLOW, "external": external, "dependencies": dependencies}))
}

fn workflow() -> Value {
    json!({"ref": "refs/tags/v1", "repository": SOURCE, "path": ".github/workflows/release.yml"})
}

fn dependency(uri: &str, commit: &str) -> Value {
    json!({"uri": uri, "digest": {"gitCommit": commit}})
}

fn assert_facts(found: &BuildFacts, source_ref: Option<&str>, entry_point: Option<&str>) {
    assert!(found.known);
    assert_eq!(found.source.as_ref().map(SourceRepository::as_str), Some(SOURCE));
    assert_eq!(found.source_ref.as_deref(), source_ref);
    assert_eq!(found.commit.as_ref().map(CommitId::as_str), Some(COMMIT));
    assert_eq!(found.entry_point.as_deref(), entry_point);
    assert_eq!(found.contradictions, []);
    assert_eq!(found.further_sources, []);
}

#[test]
fn github_names_source_and_workflow() {
    let found = github(
        &json!({"workflow": workflow(), "inputs": {"dry": "no"}, "vars": {}, "release": null}),
        &json!([dependency("git+https://github.com/acme/app@refs/tags/v1", COMMIT)]),
    );
    assert_facts(&found, Some("refs/tags/v1"), Some(".github/workflows/release.yml"));
    assert_eq!(found.unexplained, ["inputs"]);
}

#[test]
fn members_of_the_workflow_must_be_explained_too() {
    let found = github(&json!({"workflow": {"repository": SOURCE, "cache": "evil"}}), &json!([]));
    assert_eq!(found.unexplained, ["workflow.cache"]);
    let found = github(&json!({"workflow": "x"}), &json!([]));
    assert_eq!(found.unexplained, ["workflow"]);
}

#[test]
fn a_payload_must_agree_with_itself() {
    let cases = [
        (FactName::Source, "git+https://github.com/evil/app@refs/tags/v1", COMMIT),
        (FactName::Source, "git+https://github.com/Acme/app@refs/tags/v1", COMMIT),
        (FactName::Source, "git+https://github.com/acme/app-evil@refs/tags/v1", COMMIT),
        (FactName::Ref, "git+https://github.com/acme/app@refs/heads/main", COMMIT),
        (FactName::Ref, "git+https://github.com/acme/app@refs/tags/v1#evil", COMMIT),
        (FactName::Commit, "git+https://github.com/acme/app@refs/tags/v1", OTHER),
    ];
    for (expected, uri, commit) in cases {
        let good = dependency("git+https://github.com/acme/app@refs/tags/v1", COMMIT);
        let other = dependency(uri, commit);
        let dependencies = if expected == FactName::Source { json!([other]) } else { json!([good, other]) };
        let found = github(&json!({"workflow": workflow()}), &dependencies);
        match found.contradictions.as_slice() {
            [Contradiction::Differs { fact, .. }] => assert_eq!(*fact, expected, "{uri}"),
            other => panic!("{uri}: {other:?}"),
        }
    }
}

#[test]
fn what_cannot_be_read_is_told() {
    let cases = [
        (FactName::Source, json!({"workflow": {"repository": "acme/app"}}), json!([])),
        (FactName::Source, json!({"workflow": {"repository": ["x"]}}), json!([])),
        (FactName::Ref, json!({"workflow": {"repository": SOURCE, "ref": "a\nb"}}), json!([])),
        (FactName::Source, json!({}), json!([dependency("git+https://github.com/a/../b", COMMIT)])),
        (FactName::Commit, json!({}), json!([dependency("git+https://github.com/acme/app", "main")])),
    ];
    for (expected, external, dependencies) in cases {
        let found = github(&external, &dependencies);
        match found.contradictions.as_slice() {
            [Contradiction::Unreadable { fact, .. }] => assert_eq!(*fact, expected, "{external}"),
            other => panic!("{external}: {other:?}"),
        }
    }
}

#[test]
fn other_dependencies_are_no_sources_of_a_known_type() {
    let found = github(
        &json!({"workflow": workflow()}),
        &json!([
            dependency("git+https://github.com/acme/app@refs/tags/v1", COMMIT),
            dependency("git+https://github.com/actions/checkout@v4", OTHER),
            {"uri": "https://files.example/x.tar.gz", "digest": {"sha1": OTHER}},
        ]),
    );
    assert_facts(&found, Some("refs/tags/v1"), Some(".github/workflows/release.yml"));
}

#[test]
fn an_unknown_type_hides_no_source() {
    let found = facts(&json!({
        "buildType": "https://example.com/own/v1",
        "external": {"a": 1, "b": null, "source": "https://github.com/lie/lie"},
        "dependencies": [
            {"uri": "pkg:npm/x@1", "digest": {"sha256": "00"}},
            dependency("git+https://github.com/acme/app@refs/heads/main", COMMIT),
            dependency("https://github.com/acme/other", OTHER),
            {"uri": "ssh://git@github.com/acme/third"},
        ],
    }));
    assert!(!found.known);
    assert_eq!(found.source.unwrap().as_str(), SOURCE);
    assert_eq!(found.unexplained, ["a", "source"]);
    let further: Vec<_> = found.further_sources.iter().map(SourceRepository::as_str).collect();
    assert_eq!(further, ["https://github.com/acme/other", "https://github.com/acme/third"]);
}

#[test]
fn commits_written_as_in_slsa_v0_2_are_sources_too() {
    // the shapes of the specification's example, and of the GitLab runner
    let materials = json!([
        {"uri": "https://github.com/acme/app@main", "digest": {"sha1": COMMIT}},
        {"uri": "github_hosted_vm:ubuntu-18.04:20210123.1", "digest": {"sha1": OTHER}},
        {"uri": "https://github.com/acme/other@main", "digest": {"sha1": OTHER}},
        {"uri": "http://git.example/third", "digest": {"sha256": OTHER}},
        {"uri": "https://files.example/a.tar.gz", "digest": {"sha1": "00", "sha256": "00"}},
        {"uri": "https://files.example/b.tar.gz", "digest": {"sha1": "not a commit, though of forty characters"}},
    ]);
    let found = facts(&json!({"buildType": "https://example.com/Makefile", "dependencies": materials}));
    assert_eq!(found.source.unwrap().as_str(), SOURCE);
    assert_eq!(found.source_ref.as_deref(), Some("main"));
    assert_eq!(found.commit.unwrap().as_str(), COMMIT);
    assert_eq!(found.contradictions, []);
    let further: Vec<_> = found.further_sources.iter().map(SourceRepository::as_str).collect();
    assert_eq!(further, ["http://git.example/third", "https://github.com/acme/other"]);

    // a known type that states its source: a file's SHA-1 contradicts nothing
    let file = json!([{"uri": "https://files.example/x.tar.gz", "digest": {"sha1": OTHER}}]);
    assert_eq!(github(&json!({"workflow": workflow()}), &file).contradictions, []);
}

#[test]
fn gitlab_of_the_runner_and_of_the_documentation() {
    let runner = "https://gitlab.com/gitlab-org/gitlab-runner/-/blob/v16.7.0/PROVENANCE.md";
    for build_type in [GITLAB_JOB, runner] {
        let found = facts(&json!({
            "buildType": build_type,
            "external": {"source": SOURCE, "entryPoint": "release", "CI_X": "", "variables": {"A": "b"}},
            "dependencies": [{"uri": SOURCE, "digest": {"sha256": COMMIT}}],
        }));
        assert_facts(&found, None, Some("release"));
        assert_eq!(found.unexplained, ["variables"]);
    }
    let found = facts(&json!({"buildType": "https://gitlab.com/gitlab-org/gitlab-runner/-/blob/x/EVIL.md"}));
    assert!(!found.known);
}

#[test]
fn buildkite_names_branch_and_tag() {
    let external = |tag: &str| {
        json!({
            "pipeline": "https://buildkite.com/acme/app", "repository": "git@github.com:acme/app.git",
            "build": {"branch": "main", "commit": COMMIT, "tag": tag},
            "step": {"id": "1", "command": "make", "key": "build"}, "job": {"id": "2"},
        })
    };
    for (tag, uri, expected) in [
        ("", "git+https://github.com/acme/app@refs/heads/main", "refs/heads/main"),
        ("v1", "git+https://github.com/acme/app@refs/heads/main", "refs/tags/v1"),
        ("v1", "git+https://github.com/acme/app@refs/tags/v1", "refs/tags/v1"),
    ] {
        let found = facts(&json!({
            "buildType": BUILDKITE_JOB, "external": external(tag), "dependencies": [dependency(uri, COMMIT)],
        }));
        assert_facts(&found, Some(expected), Some("https://buildkite.com/acme/app"));
        assert_eq!(found.unexplained, ["step.command"]);
    }
    let found = facts(&json!({
        "buildType": BUILDKITE_JOB, "external": external(""),
        "dependencies": [dependency("git+https://github.com/acme/app@refs/heads/other", COMMIT)],
    }));
    assert!(matches!(found.contradictions[..], [Contradiction::Differs { fact: FactName::Ref, .. }]));
}

#[test]
fn tekton_builds_from_its_inputs() {
    let found = facts(&json!({
        "buildType": TEKTON,
        "external": {
            "runSpec": {"pipelineRef": {"name": "release"}},
            "buildConfigSource": {"ref": "sha1:7fd1", "repository": "git+https://github.com/acme/ci.git", "path": "p.yaml"},
        },
        "dependencies": [
            {"name": "pipeline", "uri": "git+https://github.com/acme/ci.git", "digest": {"sha1": OTHER}},
            {"uri": "oci://registry.example/git-init", "digest": {"sha256": "28ff"}},
            {"name": "inputs/result", "uri": "git+https://github.com/acme/app.git", "digest": {"sha1": COMMIT}},
        ],
    }));
    assert_facts(&found, None, Some("p.yaml"));
    assert_eq!(found.unexplained, ["runSpec"]);
}

#[test]
fn generators_of_slsa_v0_2() {
    let uri = "git+https://github.com/acme/app@refs/tags/v1";
    let definition = |sha: &str| {
        json!({
            "buildType": "https://github.com/slsa-framework/slsa-github-generator/generic@v1",
            "external": {"event_inputs": null},
            "internal": {"github_ref": "refs/tags/v1", "github_sha1": sha},
            "configSource": {"uri": uri, "digest": {"sha1": COMMIT}, "entryPoint": ".github/workflows/r.yml"},
            "dependencies": [{"uri": uri, "digest": {"sha1": COMMIT}}],
        })
    };
    let found = facts(&definition(COMMIT));
    assert_facts(&found, Some("refs/tags/v1"), Some(".github/workflows/r.yml"));
    assert!(found.unexplained.is_empty());
    assert!(matches!(
        facts(&definition(OTHER)).contradictions[..],
        [Contradiction::Differs { fact: FactName::Commit, .. }]
    ));
    let mut npm = definition(COMMIT);
    npm["buildType"] = json!("https://github.com/npm/cli/gha/v2");
    npm["internal"] = json!({"GITHUB_REF": "refs/tags/v1", "GITHUB_SHA": COMMIT});
    assert_facts(&facts(&npm), Some("refs/tags/v1"), Some(".github/workflows/r.yml"));
}

#[test]
fn generators_of_slsa_v1() {
    let source = json!({"uri": "git+https://github.com/acme/app@refs/tags/v1", "digest": {"gitCommit": COMMIT}});
    let found = facts(&json!({
        "buildType": "https://github.com/slsa-framework/slsa-github-generator/delegator-generic@v0",
        "external": {"inputs": {"x": "y"}, "vars": {}, "source": source},
        "internal": {
            "GITHUB_REPOSITORY": "acme/app",
            "GITHUB_WORKFLOW_REF": "acme/app/.github/workflows/r.yml@refs/tags/v1",
        },
        "dependencies": [source],
    }));
    assert_facts(&found, Some("refs/tags/v1"), Some(".github/workflows/r.yml"));
    assert_eq!(found.unexplained, ["inputs"]);
}

#[test]
fn our_own_types() {
    let dependencies = json!([dependency("git+https://github.com/acme/app@refs/tags/v1", COMMIT)]);
    let found = facts(&json!({
        "buildType": CI, "dependencies": dependencies,
        "external": {"source": SOURCE, "ref": "refs/tags/v1", "workflow": "app/release", "more": 1},
    }));
    assert_facts(&found, Some("refs/tags/v1"), Some("app/release"));
    assert_eq!(found.unexplained, ["more"]);
    let found = facts(&json!({
        "buildType": CHECKOUT, "dependencies": dependencies, "external": {"source": SOURCE, "workflow": "x"},
    }));
    assert_facts(&found, Some("refs/tags/v1"), None);
    assert_eq!(found.unexplained, ["workflow"]);
    let found = facts(&json!({"buildType": MANUAL, "external": {"source": SOURCE}}));
    assert!(found.known);
    assert_eq!((found.source, found.unexplained), (None, vec!["source".to_owned()]));
}

/// Any small JSON value, with the names that build types use among its members.
fn value() -> impl Strategy<Value = Value> {
    let text = "(https://github.com/acme/app|git\\+https://h/o/r@refs/heads/x|refs/tags/v1|HEAD|[ -~]{0,12})";
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        text.prop_map(Value::from),
    ];
    let name = "(workflow|source|repository|ref|path|uri|digest|build|tag|branch|commit|gitCommit|inputs)";
    leaf.prop_recursive(3, 24, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(name, inner, 0..6).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_is_there_is_explained_contradicted_or_listed(
        external in value(), internal in value(), uri in "[ -~]{0,40}",
        build_type in prop::sample::select(vec![
            GITHUB_WORKFLOW, GITLAB_JOB, TEKTON, BUILDKITE_JOB, CI, CHECKOUT, MANUAL, "https://example.com/own/v1",
            "https://github.com/slsa-framework/slsa-github-generator/delegator-generic@v0",
        ]),
    ) {
        let found = facts(&json!({
            "buildType": build_type, "external": external, "internal": internal, "dependencies": [{"uri": uri}],
        }));
        prop_assert!(found.contradictions.len() <= 16);
        if !found.known {
            let set = external.as_object().into_iter().flatten().filter(|(_, value)| {
                !matches!(value.to_string().as_str(), "null" | "\"\"" | "[]" | "{}")
            });
            let names: Vec<_> = set.map(|(name, _)| name.clone()).collect();
            prop_assert_eq!(found.unexplained, names);
        }
    }
}
