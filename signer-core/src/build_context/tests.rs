#![expect(clippy::disallowed_methods, reason = "tests read their data")]

use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::*;
use crate::build_type::{BuildFacts, Definition, Dependency, interpret};

const COMMIT: &str = "2b4ba8fe79386d40ce27dc5f6cc4161a0f598cc2";
const OTHER: &str = "7fd1a60b01f91b314f59955a4e4d4e80d8edf11d";

fn folder(system: System) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/build-context").join(system.name())
}

fn json_of(path: &Path) -> Option<Value> {
    Some(serde_json::from_slice(&std::fs::read(path).ok()?).unwrap())
}

fn variables(system: System) -> Vec<(String, String)> {
    let env = json_of(&folder(system).join("env.json")).unwrap();
    let members = env.as_object().unwrap().clone();
    members.into_iter().map(|(name, value)| (name, value.as_str().unwrap().to_owned())).collect()
}

fn environment(system: System) -> Environment {
    Environment::from_variables(variables(system))
}

fn git_of(system: System) -> Option<GitObservation> {
    let file = json_of(&folder(system).join("git.json"))?;
    let text = |name: &str| file[name].as_str().map(str::to_owned);
    Some(GitObservation {
        commit: text("commit").map(|commit| commit.parse().unwrap()),
        reference: text("reference"),
        tags: file["tags"].as_array().unwrap().iter().map(|tag| tag.as_str().unwrap().to_owned()).collect(),
        remote: text("remote"),
        dirty: file["dirty"].as_bool().unwrap(),
        changed: usize::try_from(file["changed"].as_u64().unwrap()).unwrap(),
    })
}

/// What a verifier reads out of the provenance of that context.
fn facts(context: &BuildContext) -> BuildFacts {
    let sources: Vec<_> = context
        .resolved_dependencies()
        .into_iter()
        .map(|one| (one.uri, vec![("gitCommit".to_owned(), one.commit.to_string())]))
        .collect();
    let dependencies: Vec<_> =
        sources.iter().map(|(uri, digest)| Dependency { uri: Some(uri), name: None, digest }).collect();
    interpret(&Definition {
        build_type: &context.build_type,
        external_parameters: &context.external_parameters,
        internal_parameters: &context.internal_parameters,
        resolved_dependencies: &dependencies,
        config_source: None,
    })
}

fn github(git: Option<&GitObservation>) -> (BuildContext, Vec<Warning>) {
    BuildContext::from_environment(System::GitHub, &environment(System::GitHub), git).unwrap()
}

#[test]
fn every_system_gives_what_its_fixture_expects() {
    for system in System::ALL {
        let git = git_of(system);
        let (context, warnings) = BuildContext::from_environment(system, &environment(system), git.as_ref()).unwrap();
        let read = facts(&context);
        let found = json!({
            "context": context.to_json(),
            "knowledge": context.knowledge(),
            "warnings": warnings.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "read": {
                "source": read.source.as_ref().map(SourceRepository::as_str),
                "ref": read.source_ref,
                "commit": read.commit.as_ref().map(CommitId::as_str),
                "entryPoint": read.entry_point,
                "unexplained": read.unexplained,
            },
        });
        let path = folder(system).join("expected.json");
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&path, format!("{found:#}\n")).unwrap();
        }
        assert_eq!(json_of(&path), Some(found), "{system}");
    }
}

#[test]
fn no_secret_comes_out() {
    for system in System::ALL {
        let seen = variables(system).iter().any(|(_, value)| value.contains("s3cret"));
        assert!(seen, "the fixture of {system} has a secret to leak");
        let git = git_of(system);
        let made = BuildContext::from_environment(system, &environment(system), git.as_ref());
        assert!(!format!("{made:?}").contains("s3cret"), "{system}");
    }
}

#[test]
fn a_verifier_reads_what_was_written() {
    for system in System::ALL {
        let (context, _) =
            BuildContext::from_environment(system, &environment(system), git_of(system).as_ref()).unwrap();
        let read = facts(&context);
        assert!(read.known, "{system}");
        assert_eq!(read.contradictions, [], "{system}");
        assert_eq!(read.further_sources, [], "{system}");
        assert_eq!(read.source, context.source.map(|source| source.value), "{system}");
        assert_eq!(read.source_ref, context.source_ref.map(|reference| reference.value), "{system}");
        assert_eq!(read.commit, context.commit.map(|commit| commit.value), "{system}");
        let expected: &[&str] = if system == System::Tekton { &["runSpec"] } else { &[] };
        assert_eq!(read.unexplained, expected, "{system}");
    }
}

#[test]
fn a_context_file_says_the_same() {
    for system in System::ALL {
        let (context, _) =
            BuildContext::from_environment(system, &environment(system), git_of(system).as_ref()).unwrap();
        let again = BuildContext::from_json(context.to_json().to_string().as_bytes()).unwrap();
        assert_eq!(again.to_json(), context.to_json(), "{system}");
        assert!(again.commit.is_none_or(|commit| commit.known == Knowledge::Environment));
    }
}

#[test]
fn each_system_is_detected_by_its_own_marks() {
    for system in System::ALL {
        let expected = (!matches!(system, System::Checkout | System::None)).then_some(system);
        assert_eq!(System::detect(&environment(system)), expected);
        assert_eq!(System::from_name(system.name()), Some(system));
    }
}

#[test]
fn a_missing_variable_is_named() {
    for (system, variable) in [
        (System::GitHub, "GITHUB_SERVER_URL"),
        (System::GitHub, "GITHUB_REPOSITORY"),
        (System::GitHub, "GITHUB_REF"),
        (System::GitHub, "GITHUB_SHA"),
        (System::GitHub, "GITHUB_WORKFLOW_REF"),
        (System::GitHub, "GITHUB_RUN_ID"),
        (System::GitHub, "GITHUB_RUN_ATTEMPT"),
        (System::GitLab, "CI_PROJECT_URL"),
        (System::GitLab, "CI_COMMIT_SHA"),
        (System::GitLab, "CI_JOB_NAME"),
        (System::GitLab, "CI_JOB_URL"),
        (System::GitLab, "CI_RUNNER_ID"),
        (System::Tekton, "TEKTON_PIPELINE_RUN_UID"),
        (System::Buildkite, "BUILDKITE_REPO"),
        (System::Buildkite, "BUILDKITE_COMMIT"),
        (System::Buildkite, "BUILDKITE_ORGANIZATION_SLUG"),
        (System::Buildkite, "BUILDKITE_PIPELINE_SLUG"),
        (System::Buildkite, "BUILDKITE_BUILD_NUMBER"),
        (System::Buildkite, "BUILDKITE_JOB_ID"),
        (System::Jenkins, "JENKINS_URL"),
        (System::Jenkins, "BUILD_URL"),
        (System::Jenkins, "JOB_NAME"),
        (System::CircleCi, "CIRCLE_JOB"),
        (System::CircleCi, "CIRCLE_BUILD_URL"),
        (System::Azure, "BUILD_DEFINITIONNAME"),
        (System::Azure, "SYSTEM_COLLECTIONURI"),
        (System::Azure, "SYSTEM_TEAMPROJECT"),
        (System::Azure, "SYSTEM_DEFINITIONID"),
        (System::Azure, "BUILD_BUILDID"),
        (System::CodeBuild, "CODEBUILD_BUILD_ARN"),
    ] {
        let rest = variables(system).into_iter().filter(|(name, _)| name != variable);
        let error = BuildContext::from_environment(system, &Environment::from_variables(rest), None).unwrap_err();
        assert_eq!(error, ContextError::Missing { system, variable });
    }
    let nowhere = BuildContext::from_environment(System::Checkout, &Environment::default(), None);
    assert_eq!(nowhere, Err(ContextError::NoCheckout));
    let unborn = GitObservation::default();
    let nothing = BuildContext::from_environment(System::Checkout, &Environment::default(), Some(&unborn));
    assert_eq!(nothing, Err(ContextError::NoCheckout));
}

#[test]
fn a_wrong_variable_is_named_without_its_password() {
    for (system, variable, value) in [
        (System::GitHub, "GITHUB_SHA", "main"),
        (System::GitHub, "GITHUB_REPOSITORY", "../x"),
        (System::GitHub, "GITHUB_SERVER_URL", "github.com"),
        (System::Jenkins, "GIT_URL", "ftp://bot:s3cret@git.example/x"),
        (System::Jenkins, "JENKINS_URL", "https://bot:s3cret@ci example/"),
        (System::CodeBuild, "CODEBUILD_BUILD_ARN", "arn:aws:s3:::bucket"),
        (System::Azure, "BUILD_SOURCEBRANCH", "refs/heads/a\nb"),
    ] {
        let mut env = variables(system);
        env.push((variable.to_owned(), value.to_owned()));
        let error = BuildContext::from_environment(system, &Environment::from_variables(env), None).unwrap_err();
        assert!(matches!(&error, ContextError::Variable { variable: named, .. } if *named == variable), "{error}");
        assert!(!error.to_string().contains("s3cret"), "{error}");
    }
}

#[test]
fn git_confirms_what_it_says_too() {
    let git = git_of(System::GitHub).unwrap();
    let (context, warnings) = github(Some(&git));
    assert_eq!(warnings, []);
    for known in [
        context.source.as_ref().unwrap().known,
        context.source_ref.as_ref().unwrap().known,
        context.commit.as_ref().unwrap().known,
    ] {
        assert_eq!(known, Knowledge::Observed);
    }
    assert_eq!(context.builder_id.unwrap().known, Knowledge::Environment);
    assert_eq!(context.invocation_id.unwrap().known, Knowledge::Environment);
}

#[test]
fn a_disagreement_with_git_is_told_and_the_fact_stays_stated() {
    let git = GitObservation { commit: Some(OTHER.parse().unwrap()), ..git_of(System::GitHub).unwrap() };
    let (context, warnings) = github(Some(&git));
    assert_eq!(context.commit, Some(Fact::stated(COMMIT.parse().unwrap())));
    assert_eq!(context.source_ref.unwrap().known, Knowledge::Environment);
    let conflict = |fact, environment: &str, observed: &str| Warning::Conflict {
        fact,
        environment: environment.to_owned(),
        observed: observed.to_owned(),
    };
    assert_eq!(warnings, [conflict(FactName::Commit, COMMIT, OTHER)]);

    let branch = Some("refs/heads/main".to_owned());
    let git = GitObservation { reference: branch, tags: Vec::new(), ..git_of(System::GitHub).unwrap() };
    let (context, warnings) = github(Some(&git));
    assert_eq!(context.source_ref, Some(Fact::stated("refs/tags/v1.6.0".to_owned())));
    assert_eq!(warnings, [conflict(FactName::Ref, "refs/tags/v1.6.0", "refs/heads/main")]);
}

#[test]
fn another_repository_is_not_merged() {
    for remote in ["https://github.com/acme/app-evil", "http://github.com/acme/app", "git@github.com:Acme/app"] {
        let git = GitObservation {
            remote: Some(remote.to_owned()),
            dirty: true,
            changed: 9,
            ..git_of(System::GitHub).unwrap()
        };
        let (context, warnings) = github(Some(&git));
        assert_eq!(context, github(None).0, "{remote}");
        assert!(matches!(warnings[..], [Warning::Unrelated { .. }]), "{remote}");
    }
}

#[test]
fn without_a_usable_remote_the_commit_decides() {
    let local = Some("/srv/mirror/app.git".to_owned());
    let git = GitObservation { remote: local, ..git_of(System::GitHub).unwrap() };
    let (context, warnings) = github(Some(&git));
    assert_eq!(context.commit.unwrap().known, Knowledge::Observed);
    assert_eq!(context.source.unwrap().known, Knowledge::Environment);
    assert_eq!(warnings, [Warning::Remote { found: "/srv/mirror/app.git".to_owned() }]);

    let git = GitObservation { remote: None, commit: Some(OTHER.parse().unwrap()), ..git };
    let (context, warnings) = github(Some(&git));
    assert_eq!(context.work_tree, None);
    assert!(matches!(warnings[..], [Warning::Unrelated { .. }]));
}

#[test]
fn git_fills_in_what_the_environment_lacks() {
    let bare =
        variables(System::Jenkins).into_iter().filter(|(name, _)| !name.starts_with("GIT_") && name != "BRANCH_NAME");
    let git = git_of(System::Jenkins).unwrap();
    let (context, warnings) =
        BuildContext::from_environment(System::Jenkins, &Environment::from_variables(bare), Some(&git)).unwrap();
    assert_eq!(warnings, []);
    assert_eq!(context.commit, Some(Fact::observed(COMMIT.parse().unwrap())));
    assert_eq!(context.source_ref, Some(Fact::observed("refs/heads/main".to_owned())));
    assert_eq!(context.external_parameters["source"], "https://git.example/acme/app");

    let mut env = variables(System::Buildkite);
    env.push(("BUILDKITE_COMMIT".to_owned(), "HEAD".to_owned()));
    let git = git_of(System::Buildkite).unwrap();
    let (context, _) =
        BuildContext::from_environment(System::Buildkite, &Environment::from_variables(env), Some(&git)).unwrap();
    assert_eq!(context.commit, Some(Fact::observed(COMMIT.parse().unwrap())));
    assert_eq!(facts(&context).contradictions, []);
}

#[test]
fn a_branch_that_no_uri_can_name_gives_no_builder() {
    let mut env = variables(System::GitHub);
    env.push(("GITHUB_WORKFLOW_REF".to_owned(), "acme/app/.github/workflows/r.yml@refs/heads/f\u{f6}n".to_owned()));
    let (context, _) = BuildContext::from_environment(System::GitHub, &Environment::from_variables(env), None).unwrap();
    assert_eq!((context.builder_id, context.identity), (None, None));
    assert_eq!(context.external_parameters["workflow"]["path"], ".github/workflows/r.yml");
}

#[test]
fn a_dirty_work_tree_is_recorded() {
    let (context, _) =
        BuildContext::from_environment(System::Checkout, &Environment::default(), git_of(System::Checkout).as_ref())
            .unwrap();
    let record = KnowledgeRecord::parse(&context.knowledge());
    assert_eq!(record.work_tree, Some(WorkTree { dirty: true, changed: 1 }));
    assert_eq!(record.system.as_deref(), Some("checkout"));
    assert_eq!(record.facts.get(&ContextFact::Commit), Some(&Knowledge::Observed));
    assert_eq!(record.facts.get(&ContextFact::Builder), None);
}

#[test]
fn a_checkout_without_remote_still_tells_its_commit() {
    let git = GitObservation { remote: None, ..git_of(System::Checkout).unwrap() };
    let (context, _) = BuildContext::from_environment(System::Checkout, &Environment::default(), Some(&git)).unwrap();
    assert_eq!(context.internal_parameters["commit"], COMMIT);
    assert!(context.resolved_dependencies().is_empty());
    assert_eq!(facts(&context).source, None);
}

#[test]
fn knowledge_is_ordered_from_weak_to_strong() {
    assert!(Knowledge::Environment < Knowledge::Observed && Knowledge::Observed < Knowledge::Token);
    for known in [Knowledge::Environment, Knowledge::Observed, Knowledge::Token] {
        assert_eq!(Knowledge::from_name(known.name()), Some(known));
    }
}

proptest! {
    #[test]
    fn no_environment_panics_or_leaks(value in "(https://a:s3cret@h/)?[ -~]{0,20}", at in any::<prop::sample::Index>()) {
        for system in System::ALL {
            let names: Vec<_> = allowed_variables().collect();
            let mut env = variables(system);
            env.push(((*at.get(&names)).to_owned(), value.clone()));
            let environment = Environment::from_variables(env);
            match BuildContext::from_environment(system, &environment, git_of(system).as_ref()) {
                Ok((context, _)) => {
                    prop_assert_eq!(facts(&context).contradictions, []);
                    prop_assert!(context.builder_id.is_none_or(|builder| !builder.value.contains("s3cret")));
                    prop_assert!(context.source.is_none_or(|source| !source.value.as_str().contains("s3cret")));
                }
                Err(error) => prop_assert!(!error.to_string().contains("s3cret"), "{}", error),
            }
        }
    }
}
