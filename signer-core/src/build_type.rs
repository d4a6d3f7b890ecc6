//! Build types: what the parameters of a provenance mean, by the URI that says so.
//!
//! [`interpret`] reads source, ref, commit and entry point out of a build definition, names the
//! external parameters that nothing explains, and tells where the payload disagrees with itself.
//! It judges nothing and trusts nothing.

mod claims;
mod layout;

use core::fmt;

use serde_json::{Map, Value};

use crate::reference::git::CommitId;
use crate::reference::source::SourceRepository;

/// GitHub Actions, as GitHub's own attestations name it.
pub const GITHUB_WORKFLOW: &str = "https://actions.github.io/buildtypes/workflow/v1";
/// GitHub Actions, as the SLSA project published it and npm writes it.
pub const SLSA_GITHUB_WORKFLOW: &str = "https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1";
/// A job of GitLab CI, as GitLab's documentation publishes it.
pub const GITLAB_JOB: &str = "https://docs.gitlab.com/ci/pipeline_security/slsa/provenance_v1";
/// A run of Tekton, as Tekton Chains publishes it.
pub const TEKTON: &str = "https://tekton.dev/chains/v2/slsa";
/// A run of Tekton with the types of Tekton's own resources.
pub const TEKTON_DEEP: &str = "https://tekton.dev/chains/v2/slsa-tekton";
/// A job of Buildkite, as its provenance plugin writes it.
pub const BUILDKITE_JOB: &str = "https://buildkite.github.io/slsa-buildtypes/job/v1";
/// Ours: a job of a CI system without a published build type.
pub const CI: &str = "urn:signer:build-type:ci:v1";
/// Ours: a build from a plain git checkout.
pub const CHECKOUT: &str = "urn:signer:build-type:checkout:v1";
/// Ours: a build about which nothing is known but what a person stated.
pub const MANUAL: &str = "urn:signer:build-type:manual:v1";

/// A build definition as its statement gives it.
#[derive(Clone, Copy, Debug)]
pub struct Definition<'a> {
    /// The URI of the build type.
    pub build_type: &'a str,
    /// `externalParameters`; of SLSA v0.2, `invocation.parameters`.
    pub external_parameters: &'a Map<String, Value>,
    /// `internalParameters`; of SLSA v0.2, `invocation.environment`.
    pub internal_parameters: &'a Map<String, Value>,
    /// `resolvedDependencies`; of SLSA v0.2, `materials`.
    pub resolved_dependencies: &'a [Dependency<'a>],
    /// Of SLSA v0.2, `invocation.configSource`.
    pub config_source: Option<ConfigSource<'a>>,
}

/// A resolved dependency, or a material of SLSA v0.2.
#[derive(Clone, Copy, Debug)]
pub struct Dependency<'a> {
    /// Its URI.
    pub uri: Option<&'a str>,
    /// Its name, by which Tekton Chains tells sources from tasks.
    pub name: Option<&'a str>,
    /// Algorithm and value of its digests.
    pub digest: &'a [(String, String)],
}

/// Where SLSA v0.2 says that the build's configuration came from.
#[derive(Clone, Copy, Debug)]
pub struct ConfigSource<'a> {
    /// Its URI, with the ref after `@`.
    pub uri: Option<&'a str>,
    /// Algorithm and value of its digests.
    pub digest: &'a [(String, String)],
    /// The path of the workflow, or the name of the job.
    pub entry_point: Option<&'a str>,
}

/// What a build definition says of the build.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BuildFacts {
    /// Whether the build type is known. If not, every external parameter is unexplained.
    pub known: bool,
    /// The repository that was built.
    pub source: Option<SourceRepository>,
    /// The branch or tag that was built, in full where the build type gives it so.
    pub source_ref: Option<String>,
    /// The commit that was built.
    pub commit: Option<CommitId>,
    /// The workflow's path or the job's name.
    pub entry_point: Option<String>,
    /// Further repositories that may be sources, where nothing says which one is. Each is to be
    /// judged as a source.
    pub further_sources: Vec<SourceRepository>,
    /// External parameters that name neither source nor workflow, in order; members of a known
    /// object as `workflow.name`. Unset ones (null, empty) are left out.
    pub unexplained: Vec<String>,
    /// Where the payload disagrees with itself, or names what cannot be read; at most sixteen.
    /// One is enough to refuse it.
    pub contradictions: Vec<Contradiction>,
}

/// A fact of the build that a payload may state in several places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FactName {
    /// The source repository.
    Source,
    /// The branch or tag.
    Ref,
    /// The commit.
    Commit,
}

impl fmt::Display for FactName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Source => "source",
            Self::Ref => "ref",
            Self::Commit => "commit",
        })
    }
}

/// A disagreement of a payload with itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Contradiction {
    /// Two places state different values.
    #[error("`{place}` says {fact} `{found}`, `{first_place}` says `{first}`")]
    Differs {
        /// The fact.
        fact: FactName,
        /// Where it is stated first.
        first_place: String,
        /// What is stated there.
        first: String,
        /// Where it is stated otherwise.
        place: String,
        /// What is stated there.
        found: String,
    },
    /// A place names a fact in a form that cannot be read, so that nothing can judge it.
    #[error("`{place}` names a {fact} that cannot be read: `{found}`")]
    Unreadable {
        /// The fact.
        fact: FactName,
        /// Where it is stated.
        place: String,
        /// What is stated, cut at 160 characters.
        found: String,
    },
}

/// Reads what a build definition says, by its build type.
///
/// Of a known type, the external parameters that name source and workflow are explained. A
/// source named in several places (external parameters, configuration source, dependencies) must
/// be the same in all of them. Of an unknown type nothing is explained, but a source does not
/// hide: dependencies that look like git sources are read. Work is linear in the input.
pub fn interpret(definition: &Definition<'_>) -> BuildFacts {
    layout::read(definition)
}

#[cfg(test)]
mod tests {
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
}
