//! `signer attest`: artifacts, a build context and an identity -> a signed statement.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use serde_json::Value;
use signer_core::build_context::{BuildContext, Environment, Fact, GitObservation, System};
use signer_core::bundle::{Bundle, Content};
use signer_core::digest::{DigestAlgorithm, DigestAlgorithms};
use signer_core::identity::IdentityUri;
use signer_core::limits;
use signer_core::predicate::{PROBE, Provenance, provenance::SLSA_V1};
use signer_core::reference::PinnedReference;
use signer_core::sign::{Draft, Signer as _};
use signer_core::statement::{DigestSet, Statement, Subject};
use verifier::Artifact;

use super::named::{self, Named};
use super::own_output;
use crate::args::{Attest, EnvelopeFormat};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::text::escape;
use crate::world::artifact::{self, Hashed, Listed, Listing};
use crate::world::evidence::ENDING;
use crate::world::output::{self, with_ending};
use crate::world::terminal::Terminal;
use crate::world::{clock, git, input, key};

pub(super) fn run(args: &Attest, terminal: &Terminal) -> Result<Exit, Failure> {
    let named = named::all(&args.artifacts, args.name.as_deref())?;
    named::refuse_any_mutable(&named)?;
    let out = out(args, &named)?;
    output::check(&out, args.force)?;
    let key_files = args.key.inputs();
    output::spare(&out, &inputs(args, &named, &key_files))?;
    let context = context(args, terminal)?;
    let identity = identity(args, &context)?;
    let key = key::private(&args.key, terminal)?;

    let artifacts = artifacts(args, &named, &out, terminal)?;
    let subjects = subjects(&artifacts)?;
    let count = subjects.len();
    let statement = statement(args, subjects, &context, identity.clone())?;
    let draft = Draft::new(&statement)
        .map_err(|error| Failure::usage("limit-exceeded", error.to_string()).hint("attest fewer files at a time"))?;
    let envelope = draft.sign(&key).map_err(|error| super::sign_failure(&error))?;

    let bytes = match args.format {
        EnvelopeFormat::Dsse => envelope.to_json(),
        EnvelopeFormat::Bundle => Bundle::for_key(key.public_key().id().hint(), Content::Envelope(envelope))
            .and_then(|bundle| bundle.to_json())
            .map_err(|error| Failure::undecided("bundle-malformed", error.to_string()))?,
    };
    own_output(key.public_key(), &artifacts, &out, &bytes)?;
    output::write(&out, &bytes, args.force)?;
    terminal.say(&format!(
        "attested {count} {} as {}\n  signed with {}\n  wrote {}\n",
        if count == 1 { "subject" } else { "subjects" },
        escape(identity.as_str()),
        key.public_key().id(),
        escape(&out.display().to_string())
    ));
    Ok(Exit::Done)
}

/// Where the result goes: beside a single file or folder, else where `--bundle` says.
fn out(args: &Attest, named: &[Named]) -> Result<PathBuf, Failure> {
    match (&args.bundle, named) {
        (Some(out), _) => Ok(out.clone()),
        (None, [Named::Path(path)]) => beside(path),
        (None, [_]) => Err(Failure::usage("usage", "expected `--bundle OUT`, since the artifact is no file")),
        (None, _) => Err(Failure::usage("usage", "expected `--bundle OUT`, since there are several artifacts")),
    }
}

/// Every file that is read, by its path.
fn inputs<'a>(args: &'a Attest, named: &'a [Named], key_files: &'a [PathBuf]) -> Vec<&'a Path> {
    let artifacts = named.iter().filter_map(|named| if let Named::Path(path) = named { Some(path) } else { None });
    let all = artifacts.chain(&args.predicate).chain(key_files).map(PathBuf::as_path);
    all.chain([Path::new(&args.build_context)]).collect()
}

/// The path with the bundle's ending; `dir/` and `.` name the folder that they mean.
pub(super) fn beside(path: &Path) -> Result<PathBuf, Failure> {
    if let Some(name) = path.file_name() {
        return Ok(with_ending(&path.with_file_name(name), ENDING));
    }
    let unreadable = |error| Failure::undecided("unreadable", format!("cannot read `{}`: {error}", path.display()));
    path.canonicalize().map(|whole| with_ending(&whole, ENDING)).map_err(unreadable)
}

fn context(args: &Attest, terminal: &Terminal) -> Result<BuildContext, Failure> {
    let environment = || Environment::from_variables(std::env::vars_os());
    let system = match args.build_context.as_str() {
        "auto" => System::detect(&environment()),
        name => System::from_name(name),
    };
    let mut context = match (system, args.build_context.as_str()) {
        (Some(System::None), _) => with_git(System::None, &environment(), None, terminal)?,
        (Some(system), _) => with_git(system, &environment(), observe(terminal).as_ref(), terminal)?,
        (None, "auto") => match observe(terminal).filter(|git| git.commit.is_some()) {
            Some(git) => with_git(System::Checkout, &environment(), Some(&git), terminal)?,
            None => with_git(System::None, &environment(), None, terminal)?,
        },
        (None, file) => {
            let bytes = input::read(Path::new(file), limits::BUILD_CONTEXT_BYTES).map_err(|error| {
                error
                    .as_usage("build-context", "the build context")
                    .hint("expected auto, none, the name of a CI system, checkout, or a file")
            })?;
            BuildContext::from_json(&bytes).map_err(|error| {
                Failure::usage("build-context", format!("cannot use the build context `{file}`: {error}"))
            })?
        }
    };
    if let Some(build_type) = &args.build_type {
        build_type.as_str().clone_into(&mut context.build_type);
    }
    for (name, value) in &args.external_parameter {
        let previous = context.external_parameters.insert(name.clone(), Value::String(value.clone()));
        if previous.is_some() {
            let message = format!("the external parameter `{name}` is given twice, or is the build context's own");
            return Err(Failure::usage("build-context", message));
        }
    }
    if let Some(builder) = &args.builder_id {
        context.builder_id = Some(Fact::stated(builder.to_string()));
    }
    Ok(context)
}

fn with_git(
    system: System,
    environment: &Environment,
    git: Option<&GitObservation>,
    terminal: &Terminal,
) -> Result<BuildContext, Failure> {
    let (context, warnings) = BuildContext::from_environment(system, environment, git).map_err(|error| {
        Failure::usage("build-context", error.to_string())
            .hint("attest in the job that builds, or say `--build-context none`")
    })?;
    for warning in warnings {
        terminal.say(&format!("warning: {}\n", escape(&warning.to_string())));
    }
    if let Some(tree) = context.work_tree.filter(|tree| tree.dirty) {
        terminal.say(&format!(
            "warning: {} files of the work tree are in no commit; the provenance says so\n",
            tree.changed
        ));
    }
    Ok(context)
}

/// What git says of the working directory; a git that fails is a warning, since the build may not
/// be from a checkout.
fn observe(terminal: &Terminal) -> Option<GitObservation> {
    match git::observe(Path::new(".")) {
        Ok(observation) => observation,
        Err(error) => {
            terminal.say(&format!("warning: nothing is known from git: {}\n", escape(&error.to_string())));
            None
        }
    }
}

fn identity(args: &Attest, context: &BuildContext) -> Result<IdentityUri, Failure> {
    let stated = || context.identity.as_ref().map(|identity| identity.value.clone());
    args.identity.clone().or_else(stated).ok_or_else(|| {
        Failure::usage("identity-missing", "nothing says who releases: the build context names no release identity")
            .hint("name it with `--identity URI`, such as `--identity https://ci.example/release`")
    })
}

fn artifacts(args: &Attest, named: &[Named], out: &Path, terminal: &Terminal) -> Result<Vec<Artifact>, Failure> {
    let name = args.name.as_deref();
    let mut listings = Vec::new();
    let mut artifacts = Vec::new();
    for named in named {
        match named {
            Named::Mutable(reference) => return Err(named::refuse_mutable(reference)),
            Named::Pinned(reference) => artifacts.push(pinned(reference, name, &args.digest)?),
            Named::Path(path) => listings.push(artifact::list(path, name, &[out.to_owned()])?),
        }
    }
    let mut wanted: DigestAlgorithms = args.digest.iter().copied().collect();
    if wanted.is_empty() {
        wanted.insert(DigestAlgorithm::Sha256);
    }
    artifacts.extend(hash(&listings, wanted, terminal)?);
    Ok(artifacts)
}

/// An artifact elsewhere: its digests are those that the reference has, and no others can be asked for.
fn pinned(reference: &PinnedReference, name: Option<&str>, wanted: &[DigestAlgorithm]) -> Result<Artifact, Failure> {
    let artifact = Artifact::pinned(reference, name.map(ToOwned::to_owned))
        .map_err(|error| Failure::usage("reference-malformed", error.to_string()))?;
    let has = |algorithm: &DigestAlgorithm| artifact.digests().is_some_and(|own| own.by(*algorithm).is_some());
    if let Some(missing) = wanted.iter().find(|algorithm| !has(algorithm)) {
        return Err(Failure::usage("digest-missing", format!("`{reference}` does not say its {missing} digest"))
            .hint("attest the file itself, or leave `--digest` out"));
    }
    Ok(artifact)
}

/// Hashes the files of all listings side by side.
fn hash(listings: &[Listing], wanted: DigestAlgorithms, terminal: &Terminal) -> Result<Vec<Artifact>, Failure> {
    let files: Vec<&Listed> = listings.iter().flat_map(|listing| &listing.files).collect();
    let hashed: Vec<Hashed> = artifact::hash(&files, wanted, terminal).into_iter().collect::<Result<_, _>>()?;
    let mut rest = hashed.as_slice();
    let mut artifacts = Vec::with_capacity(listings.len());
    for listing in listings {
        let (own, others) = rest.split_at_checked(listing.files.len()).unwrap_or((rest, &[]));
        rest = others;
        artifacts.push(listing.artifact(own, &[]));
    }
    Ok(artifacts)
}

fn subjects(artifacts: &[Artifact]) -> Result<Vec<Subject>, Failure> {
    let mut names = HashSet::new();
    let mut subjects = Vec::new();
    for artifact in artifacts {
        let single = artifact.digests().map(|digests| (artifact.name(), digests));
        let files = artifact.files().iter().map(|file| (Some(file.name.as_str()), &file.digests));
        for (name, digests) in single.into_iter().chain(files) {
            if let Some(name) = name.filter(|name| !names.insert(*name)) {
                return Err(Failure::usage("artifact-name", format!("two artifacts have the name `{name}`"))
                    .hint("attest them one by one, or rename one"));
            }
            let subject = Subject::new(name.map(ToOwned::to_owned), DigestSet::from(digests));
            subjects.push(subject.map_err(|error| Failure::usage("artifact-name", error.to_string()))?);
        }
    }
    Ok(subjects)
}

fn statement(
    args: &Attest,
    subjects: Vec<Subject>,
    context: &BuildContext,
    identity: IdentityUri,
) -> Result<Statement, Failure> {
    let now = clock::now();
    let refuse =
        |error: signer_core::statement::NewStatementError| Failure::usage("predicate-malformed", error.to_string());
    if let (Some(file), Some(predicate_type)) = (&args.predicate, &args.predicate_type) {
        if predicate_type.as_str() == PROBE {
            let message = format!("`{PROBE}` is the type of probes, which no verifier accepts");
            return Err(Failure::usage("predicate-malformed", message).hint("give the predicate a type of its own"));
        }
        let bytes = input::read(file, limits::PAYLOAD_BYTES)
            .map_err(|error| error.as_usage("predicate-unreadable", "the predicate"))?;
        let text = String::from_utf8(bytes).map_err(|_| {
            Failure::usage("predicate-malformed", format!("`{}` is not UTF-8, expected JSON", file.display()))
        })?;
        let statement = Statement::new(subjects, predicate_type.to_string(), &text).map_err(|error| {
            let message = format!("cannot use the predicate `{}`: {error}", file.display());
            Failure::usage("predicate-malformed", message)
        })?;
        return Ok(statement.with_release_identity(identity).with_issued(now));
    }
    let builder = context.builder_id.as_ref().map_or_else(|| identity.to_string(), |builder| builder.value.clone());
    let provenance = Provenance::of_build(context, builder, identity, now);
    Statement::new(subjects, SLSA_V1.to_owned(), &provenance.to_json()).map_err(refuse)
}
