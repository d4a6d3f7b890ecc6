//! What the payload says of the build.

use serde_json::{Value, json};

use super::app;
use crate::bundle::{bundle, message_bundle};
use crate::policy::{APP, Policy};
use crate::statement::{
    BUILDER, COMMIT, OTHER_COMMIT, PROVENANCE, PROVENANCE_V0_2, bytes, provenance, provenance_v0_2, provenance_with,
    statement, subject,
};
use crate::vector::{CONTENT, FILE, Vector};

pub(super) fn vectors() -> Vec<Vector> {
    [sources(), unsourced(), contradictions(), builders(), parameters(), context()].into_iter().flatten().collect()
}

pub(super) fn signed(predicate_type: &str, predicate: Value) -> Value {
    bundle(&app(), &bytes(statement(json!([subject(FILE, CONTENT)]), predicate_type, predicate)))
}

pub(super) fn with(name: &str, about: &str, change: impl FnOnce(&mut Value)) -> Vector {
    let vector = Vector::new(name, about).policy(&Policy::of(&app()));
    vector.bundle(&signed(PROVENANCE, provenance_with(change)))
}

/// Provenance of that source and ref, consistent with itself.
pub(super) fn from(repository: &'static str, reference: &'static str) -> impl FnOnce(&mut Value) {
    move |value| {
        let definition = &mut value["buildDefinition"];
        definition["externalParameters"]["workflow"]["repository"] = json!(repository);
        definition["externalParameters"]["workflow"]["ref"] = json!(reference);
        definition["resolvedDependencies"][0]["uri"] = json!(format!("git+{repository}@{reference}"));
    }
}

/// A build of which nothing is known.
fn manual(value: &mut Value) {
    value["buildDefinition"] = json!({"buildType": "urn:signer:build-type:manual:v1", "externalParameters": {}});
}

/// A build type that nobody knows, with a git source among its dependencies.
fn unknown(value: &mut Value) {
    let definition = &mut value["buildDefinition"];
    definition["buildType"] = json!("https://acme.example/build/v1");
    definition["externalParameters"] = json!({});
}

fn sources() -> Vec<Vector> {
    const TAG: &str = "refs/tags/v1.0.0";
    const APP_SOURCE: &str = "https://github.com/acme/app";
    let refused = |name: &str, about: &str, repository, reference| {
        with(name, about, from(repository, reference)).rejected(&["source-mismatch"])
    };
    vec![
        refused("refuse-source-evil", "a repository that only begins alike", "https://github.com/acme/app-evil", TAG),
        refused("refuse-source-prefix", "a repository below the right one", "https://github.com/acme/app/evil", TAG),
        refused("refuse-source-case", "the case of the path counts", "https://github.com/Acme/App", TAG),
        refused("refuse-source-host", "another host", "https://github.com.evil.example/acme/app", TAG),
        refused("refuse-source-http", "plain http is another transport", "http://github.com/acme/app", TAG),
        refused("refuse-ref-branch", "a branch where tags are demanded", APP_SOURCE, "refs/heads/main"),
        refused("refuse-ref-deeper", "`*` is one segment of the ref", APP_SOURCE, "refs/tags/v1/evil"),
        refused("refuse-ref-short", "a ref that is not written in full", APP_SOURCE, "v1.0.0"),
        with(
            "refuse-source-and-ref",
            "source and ref are both refused",
            from("https://github.com/evil/app", "refs/heads/x"),
        )
        .rejected(&["source-mismatch", "source-mismatch"]),
        with(
            "accept-source-git-suffix",
            "`.git` and the host's case do not matter",
            from("https://GitHub.com/acme/app.git", TAG),
        )
        .accepted(APP, "PKIX_ED25519"),
        with("accept-source-slash", "a trailing slash does not matter", |value| {
            value["buildDefinition"]["externalParameters"]["workflow"]["repository"] =
                json!("https://github.com/acme/app/");
        })
        .accepted(APP, "PKIX_ED25519"),
        with("accept-source-ssh", "ssh and https name one repository", from("ssh://git@github.com/acme/app.git", TAG))
            .accepted(APP, "PKIX_ED25519"),
        Vector::new("refuse-source-scope-absent", "a scope without sources allows none")
            .policy(&Policy::of(&app()).without_scope("sources"))
            .bundle(&signed(PROVENANCE, provenance()))
            .rejected(&["source-mismatch"]),
        Vector::new("refuse-source-by-flag", "another source than the flag asks for")
            .flags(&[&app()], json!({"sourceRepository": "https://github.com/acme/other"}))
            .bundle(&signed(PROVENANCE, provenance()))
            .rejected(&["source-mismatch"]),
        Vector::new("refuse-ref-by-flag", "flags are literal: `*` matches nothing")
            .flags(&[&app()], json!({"sourceRef": "refs/tags/*"}))
            .bundle(&signed(PROVENANCE, provenance()))
            .rejected(&["source-mismatch"]),
        Vector::new("refuse-bare-signature-by-source-flag", "a bare signature names no source")
            .flags(&[&app()], json!({"sourceRepository": APP_SOURCE}))
            .bundle(&message_bundle(&app(), "SHA2_512", CONTENT, &app().sign_artifact(CONTENT)))
            .rejected(&["source-mismatch"]),
        Vector::new("refuse-source-v0-2", "another source in SLSA provenance v0.2")
            .policy(&Policy::of(&app()).scope("sources", r#"["https://github.com/acme/other"]"#))
            .bundle(&signed(PROVENANCE_V0_2, provenance_v0_2()))
            .rejected(&["source-mismatch"]),
    ]
}

fn unsourced() -> Vec<Vector> {
    let excused = |name: &str, about: &str, excuse: &str, change: fn(&mut Value)| {
        Vector::new(name, about)
            .policy(&Policy::of(&app()).scope("unsourced", excuse))
            .bundle(&signed(PROVENANCE, provenance_with(change)))
    };
    let no_ref: fn(&mut Value) = |value| {
        value["buildDefinition"]["buildType"] = json!("urn:signer:build-type:checkout:v1");
        value["buildDefinition"]["externalParameters"] = json!({"source": "https://github.com/acme/app"});
        value["buildDefinition"]["resolvedDependencies"] = json!([]);
    };
    vec![
        with("refuse-no-source", "neither source nor ref is named", manual)
            .rejected(&["source-mismatch", "source-mismatch"]),
        with("refuse-no-ref", "the ref is not named", no_ref).rejected(&["source-mismatch"]),
        excused("accept-unsourced", "`unsourced = true` excuses source and ref", "true", manual)
            .accepted(APP, "PKIX_ED25519"),
        excused("accept-unsourced-ref", "`unsourced = \"ref\"` excuses the ref", r#""ref""#, no_ref)
            .accepted(APP, "PKIX_ED25519"),
        excused("refuse-unsourced-ref", "`unsourced = \"ref\"` excuses no source", r#""ref""#, manual)
            .rejected(&["source-mismatch"]),
        excused("refuse-unsourced-but-named", "what is named is judged, excused or not", "true", |value| {
            value["buildDefinition"]["externalParameters"]["workflow"]["ref"] = json!("refs/heads/main");
            value["buildDefinition"]["resolvedDependencies"] = json!([]);
        })
        .rejected(&["source-mismatch"]),
        excused("refuse-unsourced-false", "`unsourced = false` excuses nothing", "false", manual)
            .rejected(&["source-mismatch", "source-mismatch"]),
    ]
}

fn contradictions() -> Vec<Vector> {
    let dependency = |value: &mut Value, uri: &str, commit: &str| {
        value["buildDefinition"]["resolvedDependencies"][0] = json!({"uri": uri, "digest": {"gitCommit": commit}});
    };
    let mut v0_2 = provenance_v0_2();
    v0_2["invocation"]["environment"]["github_sha1"] = json!(OTHER_COMMIT);
    vec![
        with("refuse-contradiction-source", "the dependency is another repository than the parameters name", |value| {
            dependency(value, "git+https://github.com/evil/app@refs/tags/v1.0.0", COMMIT);
        })
        .rejected(&["source-mismatch"]),
        with("refuse-contradiction-ref", "the dependency has another ref than the parameters name", |value| {
            dependency(value, "git+https://github.com/acme/app@refs/heads/main", COMMIT);
        })
        .rejected(&["source-mismatch"]),
        with("refuse-contradiction-commit", "two places name different commits", |value| {
            dependency(value, &format!("git+https://github.com/acme/app@{COMMIT}"), OTHER_COMMIT);
        })
        .rejected(&["source-mismatch"]),
        with("refuse-source-unreadable", "a source that cannot be read cannot be judged", |value| {
            value["buildDefinition"]["externalParameters"]["workflow"]["repository"] = json!("acme/app");
        })
        .rejected(&["source-mismatch"]),
        with("refuse-source-no-text", "a source that is no text", |value| {
            value["buildDefinition"]["externalParameters"]["workflow"]["repository"] = json!(["https://github.com/acme/app"]);
        })
        .rejected(&["parameter-unexpected", "source-mismatch"]),
        Vector::new("refuse-contradiction-v0-2", "configuration source and environment name different commits")
            .policy(&Policy::of(&app()))
            .bundle(&signed(PROVENANCE_V0_2, v0_2))
            .rejected(&["source-mismatch"]),
        with("refuse-further-source", "of an unknown build type every git source is judged", |value| {
            unknown(value);
            let evil = json!({"uri": "git+https://github.com/evil/app", "digest": {"gitCommit": OTHER_COMMIT}});
            value["buildDefinition"]["resolvedDependencies"].as_array_mut().unwrap().push(evil);
        })
        .rejected(&["source-mismatch"]),
        with("accept-further-dependency", "of a known build type other repositories are dependencies", |value| {
            let other = json!({"uri": "git+https://github.com/other/lib@refs/heads/main", "digest": {"gitCommit": OTHER_COMMIT}});
            value["buildDefinition"]["resolvedDependencies"].as_array_mut().unwrap().push(other);
        })
        .accepted(APP, "PKIX_ED25519"),
    ]
}

fn builders() -> Vec<Vector> {
    let refused = |name: &str, about: &str, builder: &'static str| {
        with(name, about, move |value| value["runDetails"]["builder"]["id"] = json!(builder))
    };
    vec![
        refused("refuse-builder", "another builder", "https://evil.example/builder").rejected(&["builder-untrusted"]),
        refused(
            "refuse-builder-branch",
            "the right workflow at a branch",
            "https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main",
        )
        .rejected(&["builder-untrusted"]),
        refused(
            "refuse-builder-deeper",
            "`*` is one segment of the builder's ref",
            "https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1/evil",
        )
        .rejected(&["builder-untrusted"]),
        refused("refuse-builder-empty", "an empty builder is none", "").rejected(&["bundle-malformed"]),
        refused("refuse-builder-no-uri", "a builder that is no URI", "our builder").rejected(&["bundle-malformed"]),
        with("refuse-builder-absent", "provenance without a builder is none", |value| value["runDetails"] = json!({}))
            .rejected(&["bundle-malformed"]),
        Vector::new("refuse-builder-scope-absent", "a scope without builders allows none")
            .policy(&Policy::of(&app()).without_scope("builders"))
            .bundle(&signed(PROVENANCE, provenance()))
            .rejected(&["builder-untrusted"]),
        Vector::new("refuse-builder-by-flag", "another builder than the flag asks for")
            .flags(&[&app()], json!({"builderId": "https://acme.example/builder"}))
            .bundle(&signed(PROVENANCE, provenance()))
            .rejected(&["builder-untrusted"]),
        Vector::new("refuse-no-builder-by-flag", "a statement that names no builder, where the flag asks for one")
            .flags(&[&app()], json!({"builderId": BUILDER}))
            .bundle(&signed("https://acme.example/scan/v1", json!({"passed": true})))
            .rejected(&["builder-untrusted"]),
    ]
}

fn parameters() -> Vec<Vector> {
    let inputs: fn(&mut Value) =
        |value| value["buildDefinition"]["externalParameters"]["inputs"] = json!({"skip_tests": true});
    let custom: fn(&mut Value) = |value| {
        unknown(value);
        value["buildDefinition"]["externalParameters"] = json!({"profile": "release", "debug": false});
    };
    let allowing = |name: &str, about: &str, require: &'static str, change: fn(&mut Value)| {
        let policy = Policy::of(&app()).require(require);
        Vector::new(name, about).policy(&policy).bundle(&signed(PROVENANCE, provenance_with(change)))
    };
    vec![
        with("refuse-parameter", "an external parameter that nobody allowed", inputs)
            .rejected(&["parameter-unexpected"]),
        with("refuse-parameter-of-workflow", "a further member of a known parameter", |value| {
            value["buildDefinition"]["externalParameters"]["workflow"]["shell"] = json!("evil");
        })
        .rejected(&["parameter-unexpected"]),
        with("refuse-unknown-build-type", "of an unknown build type no parameter is explained", custom)
            .rejected(&["parameter-unexpected"]),
        allowing(
            "refuse-some-parameters",
            "of two parameters one is allowed",
            "role = \"build\"\nparameters = [\"profile\"]",
            custom,
        )
        .rejected(&["parameter-unexpected"]),
        allowing(
            "accept-parameter",
            "the requirement allows the parameter",
            "role = \"build\"\nparameters = [\"inputs\"]",
            inputs,
        )
        .accepted(APP, "PKIX_ED25519"),
        allowing(
            "accept-unknown-build-type",
            "of an unknown build type every parameter is allowed by name",
            "role = \"build\"\nparameters = [\"profile\", \"debug\"]",
            custom,
        )
        .accepted(APP, "PKIX_ED25519"),
        with("accept-unset-parameter", "unset, null and empty parameters are the same", |value| {
            value["buildDefinition"]["externalParameters"]["inputs"] = json!({});
            value["buildDefinition"]["externalParameters"]["vars"] = json!(null);
        })
        .accepted(APP, "PKIX_ED25519"),
    ]
}

fn context() -> Vec<Vector> {
    const OBSERVED: &str = "role = \"build\"\ncontext = \"observed\"";
    let demanding = |name: &str, about: &str, require: &'static str, change: fn(&mut Value)| {
        let policy = Policy::of(&app()).require(require);
        Vector::new(name, about).policy(&policy).bundle(&signed(PROVENANCE, provenance_with(change)))
    };
    let observed: fn(&mut Value) = |value| {
        value["urn:signer:build-context"] = json!({"system": "github", "facts": {
            "source": "observed", "ref": "observed", "builder": "observed", "invocation": "observed",
        }});
    };
    vec![
        demanding(
            "accept-context-environment",
            "facts that are merely stated come from the environment",
            "role = \"build\"\ncontext = \"environment\"",
            |_| {},
        )
        .accepted(APP, "PKIX_ED25519"),
        demanding("accept-context-observed", "the builder says that it observed every fact", OBSERVED, observed)
            .accepted(APP, "PKIX_ED25519"),
        demanding(
            "refuse-context-environment",
            "facts from the environment where observed ones are demanded",
            OBSERVED,
            |_| {},
        )
        .rejected(&["context-insufficient"]),
        demanding("refuse-context-least", "the least of the facts counts", OBSERVED, |value| {
            value["urn:signer:build-context"] = json!({"facts": {
                "source": "observed", "ref": "environment", "builder": "observed", "invocation": "observed",
            }});
        })
        .rejected(&["context-insufficient"]),
        demanding(
            "refuse-context-token",
            "only a verified certificate gives a token, whatever a payload says",
            "role = \"build\"\ncontext = \"token\"",
            |value| {
                value["urn:signer:build-context"] = json!({"facts": {
                    "source": "token", "ref": "token", "builder": "token", "invocation": "token",
                }});
            },
        )
        .rejected(&["context-insufficient"]),
        demanding(
            "refuse-context-not-stated",
            "a run that is not named is not known at all",
            "role = \"build\"\ncontext = \"environment\"",
            |value| {
                value["runDetails"]["metadata"] = json!({});
            },
        )
        .rejected(&["context-insufficient"]),
    ]
}
