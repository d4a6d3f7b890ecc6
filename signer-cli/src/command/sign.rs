//! `signer sign`: a bare signature over one artifact.

use std::path::{Path, PathBuf};

use signer_core::bundle::{Bundle, Content};
use signer_core::digest::{ArtifactDigests, DigestAlgorithms};
use signer_core::key::PublicKey;
use signer_core::sign::{Signer as _, sign_artifact};
use verifier::Artifact;

use super::attest::beside;
use super::named::{self, Named};
use super::own_output;
use crate::args::Sign;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::text::escape;
use crate::world::artifact;
use crate::world::key;
use crate::world::output;
use crate::world::terminal::Terminal;

pub(super) fn run(args: &Sign, terminal: &Terminal) -> Result<Exit, Failure> {
    let named = named::one(&args.artifact)?;
    named::refuse_any_mutable(std::slice::from_ref(&named))?;
    let out = match (&args.bundle, &named) {
        (_, Named::Path(path)) if artifact::is_folder(path) => return Err(refuse_folder(path)),
        (Some(out), _) => out.clone(),
        (None, Named::Path(path)) => beside(path)?,
        (None, _) => return Err(Failure::usage("usage", "expected `--bundle OUT`, since the artifact is no file")),
    };
    output::check(&out, args.force)?;
    let artifact = if let Named::Path(path) = &named { Some(path.as_path()) } else { None };
    let inputs = args.key.inputs();
    output::spare(&out, &inputs.iter().map(PathBuf::as_path).chain(artifact).collect::<Vec<_>>())?;
    let key = key::private(&args.key, terminal)?;
    let (name, digests) = digests(&named, key.artifact_digests(), terminal)?;
    let message = sign_artifact(&digests, &key).map_err(|error| super::sign_failure(&error))?;
    let bundle = Bundle::for_key(key.public_key().id().hint(), Content::Message(message))
        .and_then(|bundle| bundle.to_json())
        .map_err(|error| Failure::undecided("bundle-malformed", error.to_string()))?;
    check_own(key.public_key(), &name, digests, &out, &bundle)?;
    output::write(&out, &bundle, args.force)?;
    terminal.say(&format!(
        "signed {} with {}\n  wrote {}\n",
        escape(&name),
        key.public_key().id(),
        escape(&out.display().to_string())
    ));
    Ok(Exit::Done)
}

fn digests(named: &Named, wanted: DigestAlgorithms, terminal: &Terminal) -> Result<(String, ArtifactDigests), Failure> {
    match named {
        Named::Mutable(reference) => Err(named::refuse_mutable(reference)),
        Named::Pinned(reference) => {
            let digest = reference.digest().ok_or_else(|| Failure::usage("reference-malformed", "no artifact"))?;
            Ok((reference.to_string(), digest.into()))
        }
        Named::Path(path) => file(path, wanted, terminal),
    }
}

fn file(path: &Path, wanted: DigestAlgorithms, terminal: &Terminal) -> Result<(String, ArtifactDigests), Failure> {
    let listing = artifact::list(path, None, &[])?;
    if listing.is_folder {
        return Err(refuse_folder(path)); // since a moment ago
    }
    let files: Vec<_> = listing.files.iter().collect();
    let hashed = artifact::hash(&files, wanted, terminal).into_iter().next().transpose()?;
    Ok((listing.name, hashed.map(|hashed| hashed.digests).unwrap_or_default()))
}

fn refuse_folder(path: &Path) -> Failure {
    let message = format!("`{}` is a folder: a bare signature is over one file", path.display());
    Failure::usage("artifact-folder", message).hint("`signer attest` takes folders")
}

fn check_own(key: &PublicKey, name: &str, digests: ArtifactDigests, out: &Path, bundle: &[u8]) -> Result<(), Failure> {
    let artifact = Artifact::file(name.to_owned(), name.to_owned(), digests);
    own_output(key, &[artifact], out, bundle)
}
