//! Predicates of other types, of other roles, and evidence beside the point.

use serde_json::{Value, json};

use super::app;
use super::builds::{from, signed, with};
use crate::bundle::{bundle, message_bundle};
use crate::policy::{APP, Policy};
use crate::statement::{
    PROBE, PROVENANCE, PROVENANCE_V0_2, RELEASE, bytes, provenance, provenance_v0_2, provenance_with, statement,
    subject,
};
use crate::vector::{BUNDLE, CONTENT, Vector};

pub(super) fn vectors() -> Vec<Vector> {
    [predicates(), other_roles(), beside()].into_iter().flatten().collect()
}

fn predicates() -> Vec<Vector> {
    let of_type = |name: &str, about: &str, predicate_type: &str| {
        Vector::new(name, about).policy(&Policy::of(&app())).bundle(&signed(predicate_type, provenance()))
    };
    // that it names no source is no further reason
    let refused = &["predicate-type-mismatch"];
    let by_flag = |name: &str, about: &str, wanted: &str| {
        Vector::new(name, about).flags(&[&app()], json!({"predicateType": wanted}))
    };
    let bare = message_bundle(&app(), "SHA2_512", CONTENT, &app().sign_artifact(CONTENT));
    vec![
        of_type("refuse-predicate-type", "another predicate type", "https://slsa.dev/verification_summary/v1")
            .rejected(refused),
        of_type("refuse-predicate-type-empty", "an empty predicate type never matches", "").rejected(refused),
        of_type(
            "refuse-predicate-type-longer",
            "a predicate type with a slash at its end",
            "https://slsa.dev/provenance/v1/",
        )
        .rejected(refused),
        of_type(
            "refuse-predicate-type-in-capitals",
            "a predicate type in another case",
            "https://slsa.dev/Provenance/v1",
        )
        .rejected(refused),
        Vector::new("refuse-probe", "a probe of a signer, where any evidence by the key will do")
            .flags(&[&app()], json!({}))
            .bundle(&signed(PROBE, json!({})))
            .rejected(&["predicate-type-mismatch"]),
        by_flag("refuse-probe-by-flag", "a probe, asked for by its type", PROBE)
            .bundle(&signed(PROBE, json!({})))
            .rejected(&["predicate-type-mismatch"]),
        Vector::new("refuse-provenance-v0-2", "SLSA provenance v0.2 where v1 is demanded")
            .policy(&Policy::of(&app()).require("role = \"build\"\npredicate = \"https://slsa.dev/provenance/v1\""))
            .bundle(&signed(PROVENANCE_V0_2, provenance_v0_2()))
            .rejected(&["predicate-type-mismatch"]),
        Vector::new("refuse-bare-signature", "a bare signature where provenance is demanded")
            .policy(&Policy::of(&app()))
            .bundle(&bare)
            .rejected(refused),
        by_flag("refuse-bare-signature-by-flag", "a bare signature where a predicate type is asked for", PROVENANCE)
            .bundle(&bare)
            .rejected(&["predicate-type-mismatch"]),
        by_flag("refuse-predicate-type-by-flag", "another predicate type than the flag asks for", RELEASE)
            .bundle(&signed(PROVENANCE, provenance()))
            .rejected(&["predicate-type-mismatch"]),
        Vector::new("refuse-statement-for-signature", "a statement where a bare signature is demanded")
            .policy(
                &Policy::of(&app())
                    .identity(|identity| {
                        identity.roles(r#"["release"]"#).scope("packages", r#"["pkg:generic/acme/*"]"#)
                    })
                    .require("role = \"release\"\npredicate = \"signature\""),
            )
            .bundle(&signed(RELEASE, json!({"purl": "pkg:generic/acme/app@1.0.0"})))
            .rejected(&["predicate-type-mismatch"]),
        Vector::new(
            "accept-other-predicate",
            "a gate that asks for another predicate type, about which nothing more is known",
        )
        .policy(
            &Policy::of(&app())
                .scope("unsourced", "true")
                .require("role = \"build\"\npredicate = \"https://acme.example/scan/v1\""),
        )
        .bundle(&signed("https://acme.example/scan/v1", json!({"passed": true})))
        .accepted(APP, "PKIX_ED25519"),
        with("refuse-provenance-malformed", "provenance without a build type", |value| {
            value["buildDefinition"].as_object_mut().unwrap().remove("buildType");
        })
        .rejected(&["bundle-malformed"]),
        with("refuse-provenance-date", "a date that is none", |value| {
            value["runDetails"]["metadata"]["finishedOn"] = json!("yesterday");
        })
        .rejected(&["bundle-malformed"]),
        with("refuse-dependency-commit", "a dependency's commit of the wrong length", |value| {
            value["buildDefinition"]["resolvedDependencies"][0]["digest"]["gitCommit"] = json!("2b4b");
        })
        .rejected(&["source-mismatch"]),
        with("accept-provenance-unread-by-key", "a key alone does not read the provenance", |value| *value = json!({}))
            .flags(&[&app()], json!({}))
            .accepted("-", "PKIX_ED25519"),
    ]
}

fn other_roles() -> Vec<Vector> {
    let releasing = |scope: &str| {
        Policy::of(&app())
            .identity(|identity| identity.roles(r#"["release"]"#).scope("packages", scope))
            .require(r#"role = "release""#)
    };
    let release = |name: &str, about: &str, predicate: Value| {
        Vector::new(name, about).policy(&releasing(r#"["pkg:generic/acme/app"]"#)).bundle(&signed(RELEASE, predicate))
    };
    let publishing = |environments: &str| {
        Policy::of(&app())
            .identity(|identity| identity.roles(r#"["publish"]"#).scope("environments", environments))
            .gate(|gate| gate.environment = Some("production"))
            .require(r#"role = "publish""#)
    };
    let published = signed(RELEASE, json!({"purl": "pkg:generic/acme/app@1.0.0"}));
    let bare = message_bundle(&app(), "SHA2_512", CONTENT, &app().sign_artifact(CONTENT));
    vec![
        release("refuse-package", "a release of another package", json!({"purl": "pkg:generic/acme/app-evil@1.0.0"}))
            .rejected(&["scope-exceeded"]),
        release("refuse-no-package", "a release that names no package", json!({})).rejected(&["scope-exceeded"]),
        release(
            "refuse-package-unreadable",
            "a release of something that is no package URL",
            json!({"purl": "acme/app"}),
        )
        .rejected(&["scope-exceeded"]),
        release("refuse-release-malformed", "a release whose package URL is no text", json!({"purl": 5}))
            .rejected(&["bundle-malformed"]),
        Vector::new("refuse-publish-with-other-source", "whoever shows provenance is judged by its source and builder")
            .policy(
                &publishing(r#"["production"]"#)
                    .identity(|identity| {
                        let only = r#"["https://github.com/acme/other"]"#;
                        identity
                            .roles(r#"["publish"]"#)
                            .scope("environments", r#"["production"]"#)
                            .scope("sources", only)
                    })
                    .require("role = \"publish\"\npredicate = \"https://slsa.dev/provenance/v1\""),
            )
            .bundle(&signed(PROVENANCE, provenance()))
            .rejected(&["source-mismatch"]),
        Vector::new("refuse-context-of-signature", "a bare signature tells nothing of how the build is known")
            .policy(
                &Policy::of(&app())
                    .identity(|identity| identity.roles(r#"["release"]"#))
                    .require("role = \"release\"\npredicate = \"signature\"\ncontext = \"environment\""),
            )
            .bundle(&bare)
            .rejected(&["context-insufficient"]),
        Vector::new("accept-publish", "a publication into the environment in scope")
            .policy(&publishing(r#"["production"]"#))
            .bundle(&published)
            .accepted(APP, "PKIX_ED25519"),
        Vector::new("refuse-environment", "a publication into another environment")
            .policy(&publishing(r#"["staging"]"#))
            .bundle(&published)
            .rejected(&["scope-exceeded"]),
        Vector::new("refuse-environment-literal", "environments are literal: `*` matches nothing")
            .policy(&publishing(r#"["*"]"#))
            .bundle(&published)
            .rejected(&["scope-exceeded"]),
    ]
}

/// Evidence of other kinds and about other artifacts is beside the point.
fn beside() -> Vec<Vector> {
    let evil = signed(PROVENANCE, provenance_with(from("https://github.com/evil/app", "refs/tags/v1.0.0")));
    let scan = signed("https://acme.example/scan/v1", json!({"passed": true}));
    let elsewhere = bundle(&app(), &bytes(statement(json!([subject("x", b"x")]), PROVENANCE, provenance())));
    vec![
        Vector::new(
            "refuse-beside-other-artifact",
            "evidence about another artifact is a finding where some is about this one",
        )
        .policy(&Policy::of(&app()))
        .evidence("a-elsewhere.json", &elsewhere)
        .evidence("b-evil.json", &evil)
        .rejected_for(&["source-mismatch b-evil.json"], &["subject-mismatch a-elsewhere.json"]),
        Vector::new("refuse-beside-other-type", "evidence of another type is a finding where some is of the type")
            .policy(&Policy::of(&app()))
            .evidence("a-scan.json", &scan)
            .evidence("b-evil.json", &evil)
            .rejected_for(&["source-mismatch b-evil.json"], &["predicate-type-mismatch a-scan.json"]),
        Vector::new("accept-beside-everything", "what is not chosen harms nobody")
            .policy(&Policy::of(&app()))
            .evidence("a-scan.json", &scan)
            .evidence("b-evil.json", &evil)
            .evidence("c-elsewhere.json", &elsewhere)
            .evidence(BUNDLE, &signed(PROVENANCE, provenance()))
            .accepted_on(
                &format!("{BUNDLE} {APP} PKIX_ED25519"),
                &["predicate-type-mismatch a-scan.json", "source-mismatch b-evil.json"],
            ),
    ]
}
