use super::*;

const COMMIT: &str = "c27d339ee6075c1f744c5d4b200f7901aad2c369";

#[test]
fn v1_round_trips() {
    let source = ResourceDescriptor {
        uri: Some("git+https://github.com/acme/app@refs/tags/v1".to_owned()),
        digest: BTreeMap::from([("gitCommit".to_owned(), COMMIT.to_owned())]),
        ..ResourceDescriptor::default()
    };
    let written = Provenance {
        build_type: "https://actions.github.io/buildtypes/workflow/v1".to_owned(),
        external_parameters: Map::from_iter([("inputs".to_owned(), serde_json::json!({"a": [1, null]}))]),
        resolved_dependencies: vec![source],
        builder: Builder {
            id: "https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1".to_owned(),
            version: BTreeMap::from([("runner".to_owned(), "2.320".to_owned())]),
            dependencies: Vec::new(),
        },
        invocation_id: Some("https://github.com/acme/app/actions/runs/1/attempts/1".to_owned()),
        started_on: Some("2026-11-21T09:00:00Z".parse().unwrap()),
        release_identity: Some("spiffe://acme.example/release".parse().unwrap()),
        build_context: Some(serde_json::json!({"system": "github"})),
        ..Provenance::default()
    };
    assert_eq!(Provenance::parse(SLSA_V1, &written.to_json()), Ok(written));
}

#[test]
fn v1_demands_what_the_specification_requires() {
    let text = |build_type: &str, builder: &str, rest: &str| {
        format!(
            r#"{{"buildDefinition":{{"buildType":"{build_type}","externalParameters":{{}}}},"runDetails":{{"builder":{{"id":"{builder}"}}{rest}}}}}"#
        )
    };
    let read = |text: String| Provenance::parse(SLSA_V1, &text);
    assert!(read(text("urn:x:y", "urn:b:c", r#","metadata":null,"byproducts":null,"other":1"#)).is_ok());
    assert_eq!(read(text("", "urn:b:c", "")), Err(ProvenanceError::Missing { field: "buildDefinition.buildType" }));
    assert_eq!(read(text("urn:x:y", "", "")), Err(ProvenanceError::Missing { field: "runDetails.builder.id" }));
    assert!(matches!(
        read(text("urn:x:y", "not a uri", "")),
        Err(ProvenanceError::Field { field: "runDetails.builder.id", .. })
    ));
    assert!(matches!(
        read(text("urn:x:y", "urn:b:c", r#","metadata":{"finishedOn":"yesterday"}"#)),
        Err(ProvenanceError::Field { field: "runDetails.metadata.finishedOn", .. })
    ));
    assert!(matches!(
        read(text("urn:x:y", "urn:b:c", r#","byproducts":[{"name":"x"}]"#)),
        Err(ProvenanceError::Resource { index: 0, error: ResourceError::Empty, .. })
    ));
    let missing = r#"{"buildDefinition":{"buildType":"urn:x:y"},"runDetails":{"builder":{"id":"urn:b:c"}}}"#;
    assert!(matches!(Provenance::parse(SLSA_V1, missing), Err(ProvenanceError::Json(_))));
    assert!(matches!(Provenance::parse("urn:x:y", "{}"), Err(ProvenanceError::Type { .. })));
}

#[test]
fn v0_2_is_read_into_the_same_fields() {
    let text = format!(
        r#"{{"builder":{{"id":"https://github.com/b"}},"buildType":"https://github.com/npm/cli/gha/v2",
        "invocation":{{"configSource":{{"uri":"git+https://github.com/acme/app@refs/heads/main","digest":{{"sha1":"{COMMIT}"}},"entryPoint":".github/workflows/x.yml"}},
          "parameters":{{"p":1}},"environment":{{"GITHUB_RUN_ID":"1"}}}},
        "metadata":{{"buildInvocationId":"1-1","buildFinishedOn":"2026-11-21T09:00:00Z","completeness":{{"parameters":false}},"reproducible":false}},
        "materials":[{{"uri":"git+https://github.com/acme/app@refs/heads/main","digest":{{"sha1":"{COMMIT}"}}}}]}}"#
    );
    let read = Provenance::parse(SLSA_V0_2, &text).unwrap();
    let source = read.config_source.unwrap();
    assert_eq!(source.uri.as_deref(), Some("git+https://github.com/acme/app@refs/heads/main"));
    assert_eq!(source.digest["sha1"], COMMIT);
    assert_eq!(read.external_parameters.keys().collect::<Vec<_>>(), ["p"]);
    assert_eq!(read.internal_parameters.keys().collect::<Vec<_>>(), ["environment"]);
    assert_eq!(read.resolved_dependencies.len(), 1);
    assert_eq!(read.invocation_id.as_deref(), Some("1-1"));
    assert_eq!(read.finished_on.map(|t| t.to_string()).as_deref(), Some("2026-11-21T09:00:00Z"));
}
