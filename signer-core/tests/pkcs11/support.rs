//! What the tests share.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::session::{Session, UserType};
use cryptoki::types::RawAuthPin;
use signer_core::digest::{ArtifactDigests, DigestAlgorithm, Hasher, digest};
use signer_core::key::{KeyAlgorithm, Message, PublicKey, SignatureAlgorithm};
use signer_core::sign::pkcs11::{
    Access, Module, NewKey, NewKeyAlgorithm, Pin, PinPurpose, PinRequest, PinSource, Token, TokenError, Uri,
};
use signer_core::sign::{Draft, Secret, SignError, Signer};
use signer_core::statement::{DigestSet, Statement, Subject};
use testdata::softhsm::SoftHsm;

/// The user PIN of the tests' tokens.
pub(crate) const PIN: &str = "12345678";

/// What the tests sign.
pub(crate) const ARTIFACT: &[u8] = b"an artifact";

const CHILD: &str = "SIGNER_TEST_CHILD";

/// Runs the body of the test of that name in another process, in which SoftHSM finds a folder of its
/// own: a process cannot safely set its own variables.
pub(crate) fn in_child(test: &str, body: impl FnOnce(&SoftHsm)) {
    if std::env::var_os(CHILD).is_some() {
        return body(&SoftHsm::inherited());
    }
    let hsm = SoftHsm::new();
    succeeds(test, &mut hsm.command(std::env::current_exe().unwrap().to_str().unwrap()));
}

/// The same with a token of ours that fails as the script tells it; the body gets its module.
pub(crate) fn in_faulty_child(test: &str, script: &serde_json::Value, body: impl FnOnce(&Module)) {
    if std::env::var_os(CHILD).is_some() {
        return body(&Module::load(&faulty_token::module_path()).unwrap());
    }
    let folder = tempfile::tempdir().unwrap();
    let script = faulty_token::write_script(folder.path(), script);
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.env(faulty_token::VARIABLE, script);
    succeeds(test, &mut child);
}

/// Runs the test of that name, alone and as a child.
fn succeeds(test: &str, child: &mut Command) {
    let output = child.args([test, "--exact", "--nocapture", "--include-ignored"]).env(CHILD, "1").output().unwrap();
    let (said, complained) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let ran = said.contains("1 passed"); // not so if the name is wrong
    assert!(output.status.success() && ran, "{test}: {}\n{said}\n{complained}", output.status);
}

/// Knows PINs, and counts how often it is asked.
pub(crate) struct Counted {
    login: Answer,
    signature: Answer,
    pub(crate) logins: AtomicUsize,
    pub(crate) signatures: AtomicUsize,
}

/// What somebody who is asked for a PIN says.
#[derive(Clone)]
pub(crate) enum Answer {
    Typed(Vec<u8>),
    AtToken,
    Nothing(&'static str),
}

impl Counted {
    /// The same PIN for everything.
    pub(crate) fn typing(pin: &str) -> Arc<Self> {
        Self::answering(Answer::Typed(pin.into()))
    }

    pub(crate) fn answering(answer: Answer) -> Arc<Self> {
        Self::with(answer.clone(), answer)
    }

    pub(crate) fn with(login: Answer, signature: Answer) -> Arc<Self> {
        Arc::new(Self { login, signature, logins: AtomicUsize::new(0), signatures: AtomicUsize::new(0) })
    }

    /// How often it was asked for a login, and for a signature.
    pub(crate) fn asked(&self) -> (usize, usize) {
        (self.logins.load(Ordering::SeqCst), self.signatures.load(Ordering::SeqCst))
    }
}

impl PinSource for Counted {
    fn pin(&self, request: &PinRequest<'_>) -> Result<Pin, String> {
        let (count, answer) = match request.purpose {
            PinPurpose::Login => (&self.logins, &self.login),
            PinPurpose::Signature => (&self.signatures, &self.signature),
        };
        count.fetch_add(1, Ordering::SeqCst);
        match answer {
            Answer::Typed(pin) => Ok(Pin::Typed(Secret::new(pin.clone()))),
            Answer::AtToken => Ok(Pin::AtToken),
            Answer::Nothing(reason) => Err((*reason).to_owned()),
        }
    }
}

pub(crate) fn uri(text: &str) -> Uri {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// A key pair of `testdata/keys`.
pub(crate) fn key_file(name: &str) -> PathBuf {
    testdata::root().join("keys").join(name)
}

pub(crate) fn public_file(name: &str) -> PublicKey {
    PublicKey::from_pem(&std::fs::read_to_string(key_file(name)).unwrap()).unwrap()
}

pub(crate) fn load(hsm: &SoftHsm) -> Module {
    Module::load(hsm.module()).unwrap()
}

/// The token of that label, for reading.
pub(crate) fn open(hsm: &SoftHsm, label: &str) -> Token {
    open_with(hsm, label, Access::Read, Counted::typing(PIN)).unwrap()
}

/// The token of that label, for writing.
pub(crate) fn open_to_write(hsm: &SoftHsm, label: &str) -> Token {
    open_with(hsm, label, Access::Write, Counted::typing(PIN)).unwrap()
}

pub(crate) fn open_with(
    hsm: &SoftHsm,
    label: &str,
    access: Access,
    pins: Arc<dyn PinSource>,
) -> Result<Token, TokenError> {
    let wanted = Uri { token: Some(label.to_owned()), ..Uri::default() };
    Token::open(&load(hsm), &wanted, access, pins)
}

pub(crate) fn new_key(algorithm: NewKeyAlgorithm, label: &str, id: &[u8]) -> NewKey {
    NewKey { algorithm, label: label.to_owned(), id: id.to_vec(), login_per_use: false }
}

/// A statement; another one for each number.
pub(crate) fn statement(number: usize) -> Statement {
    let abc = digest(DigestAlgorithm::Sha256, &number.to_be_bytes()).into();
    let subject = Subject::new(None, DigestSet::from(&abc)).unwrap();
    Statement::new(vec![subject], "urn:x:y".to_owned(), "{}").unwrap()
}

/// A statement of about that many bytes.
pub(crate) fn large_statement(bytes: usize) -> Statement {
    let abc = digest(DigestAlgorithm::Sha256, b"large").into();
    let subject = Subject::new(None, DigestSet::from(&abc)).unwrap();
    let predicate = format!("{{\"x\":\"{}\"}}", "a".repeat(bytes));
    Statement::new(vec![subject], "urn:x:y".to_owned(), &predicate).unwrap()
}

/// Signs a statement: what was signed, and the signature.
pub(crate) fn sign_statement(signer: &impl Signer, number: usize) -> Result<(Vec<u8>, Vec<u8>), SignError> {
    let envelope = Draft::new(&statement(number)).unwrap().sign(signer)?;
    Ok((envelope.pae().as_bytes().to_vec(), envelope.signatures()[0].signature.clone()))
}

/// All digests of [`ARTIFACT`].
pub(crate) fn artifact() -> ArtifactDigests {
    let mut hasher = Hasher::new(DigestAlgorithm::ALL.into_iter().collect());
    hasher.update(ARTIFACT);
    hasher.finish()
}

/// That a signature verifies as one over the bytes, or over their digest, and how it was made.
pub(crate) fn verify(key: &PublicKey, message: &Message<'_>, signature: &[u8]) -> SignatureAlgorithm {
    key.verify(message, signature).unwrap_or_else(|error| panic!("{}: {error}", key.algorithm()))
}

/// That the `openssl` command says the same.
pub(crate) fn openssl_verifies(folder: &Path, key: &PublicKey, bytes: &[u8], signature: &[u8]) {
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let (key_path, data) = (file("key.pem", key.to_pem().as_bytes()), file("data", bytes));
    let signature = file("signature", signature);
    let mut command = Command::new("openssl");
    if key.algorithm() == KeyAlgorithm::Ed25519 {
        command.args(["pkeyutl", "-verify", "-pubin", "-rawin", "-inkey"]).arg(key_path);
        command.arg("-sigfile").arg(signature).arg("-in").arg(data);
    } else {
        let hash = if key.algorithm() == KeyAlgorithm::EcdsaP384 { "-sha384" } else { "-sha256" };
        command.args(["dgst", hash, "-verify"]).arg(key_path).arg("-signature").arg(signature).arg(data);
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}: {output:?}", key.algorithm());
}

/// Does something in a token as another program would: not through the code under test, and done
/// before the module is loaded.
pub(crate) fn by_hand<T>(hsm: &SoftHsm, label: &str, work: impl FnOnce(&Session) -> T) -> T {
    let pkcs11 = Pkcs11::new(hsm.module()).unwrap();
    pkcs11.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)).unwrap();
    let slots = pkcs11.get_slots_with_initialized_token().unwrap();
    let slot = slots.into_iter().find(|slot| pkcs11.get_token_info(*slot).unwrap().label() == label).unwrap();
    let session = pkcs11.open_rw_session(slot).unwrap();
    session.login_with_raw(UserType::User, &RawAuthPin::new(Box::new(PIN.into()))).unwrap();
    let done = work(&session);
    drop(session);
    pkcs11.finalize().unwrap();
    done
}
