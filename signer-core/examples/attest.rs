//! `attest ARTIFACT KEY IDENTITY`: signs SLSA provenance about a file, and prints the bundle.
#![expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "an embedding program touches the world")]
use std::{error::Error, fs, io::Write as _, path::Path, time};

use signer_core::build_context::{BuildContext, Environment, System};
use signer_core::bundle::{Bundle, Content};
use signer_core::digest::{DigestAlgorithm, digest};
use signer_core::identity::IdentityUri;
use signer_core::predicate::Provenance;
use signer_core::predicate::provenance::SLSA_V1;
use signer_core::sign::{Draft, FileKey, Secret, Signer as _};
use signer_core::statement::{DigestSet, Statement, Subject};
use signer_core::time::Timestamp;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [artifact, key, identity] = args.as_slice() else { return Err("attest ARTIFACT KEY IDENTITY".into()) };

    let password = || Ok::<_, Box<dyn Error>>(Secret::from(std::env::var("SIGNER_PASSWORD")?));
    let key = FileKey::from_pem(&fs::read(key)?, password)?;
    let identity: IdentityUri = identity.parse()?;
    let seconds = time::SystemTime::now().duration_since(time::UNIX_EPOCH)?.as_secs();
    let now = Timestamp::from_unix(seconds.try_into()?).ok_or("the clock is wrong")?;

    let name = Path::new(artifact).file_name().ok_or("expected a file")?.to_string_lossy().into_owned();
    let digests = digest(DigestAlgorithm::Sha256, &fs::read(artifact)?).into();
    let subject = Subject::new(Some(name), DigestSet::from(&digests))?;
    let (context, _) = BuildContext::from_environment(System::None, &Environment::default(), None)?;
    let provenance = Provenance::of_build(&context, identity.to_string(), identity, now);
    let statement = Statement::new(vec![subject], SLSA_V1.to_owned(), &provenance.to_json())?;

    let envelope = Draft::new(&statement)?.sign(&key)?;
    let bundle = Bundle::for_key(key.public_key().id().hint(), Content::Envelope(envelope))?;
    std::io::stdout().write_all(&bundle.to_json()?)?;
    Ok(())
}
