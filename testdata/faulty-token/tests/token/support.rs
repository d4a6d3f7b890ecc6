//! What the tests stand on: processes, scripts, and short ways to ask for something.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Function, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::eddsa::{EddsaParams, EddsaSignatureScheme};
use cryptoki::object::{Attribute, AttributeType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, SessionState, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha512};

pub(crate) const MESSAGE: &[u8] = b"a message to sign";

/// Runs the body of a test in a process of its own, under this script; gives its trace.
pub(crate) fn run<Body: FnOnce(&Pkcs11)>(mut script: Value, body: Body) -> String {
    // The name of a closure begins with those of the crate and of the test.
    let test = std::any::type_name::<Body>().split_once("::").unwrap().1.trim_end_matches("::{{closure}}");
    if let Some((child, folder)) = spawn(test, &mut script) {
        succeed(child);
        let trace = fs::read_to_string(folder.path().join("trace")).unwrap();
        assert!(trace.ends_with("\nC_Finalize CKR_OK\n"), "{test} ran to its end: {trace}");
        return trace;
    }
    let pkcs11 = module();
    body(&pkcs11);
    pkcs11.finalize().unwrap();
    // This is the child: nobody reads its answer.
    std::process::exit(0);
}

/// Starts this test again as a child, with the script and a trace in a folder; in the child, nothing.
pub(crate) fn spawn(test: &str, script: &mut Value) -> Option<(Child, tempfile::TempDir)> {
    if env::var_os(faulty_token::VARIABLE).is_some() {
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    script["trace"] = json!(folder.path().join("trace"));
    let path = faulty_token::write_script(folder.path(), script);
    Some((again(test, &path).spawn().unwrap(), folder))
}

pub(crate) fn again(test: &str, script: &Path) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]).env(faulty_token::VARIABLE, script);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

pub(crate) fn succeed(child: Child) {
    let output = child.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{told}", String::from_utf8_lossy(&output.stdout));
}

/// The module, initialized: a script may spoil the first time.
pub(crate) fn module() -> Pkcs11 {
    let pkcs11 = Pkcs11::new(faulty_token::module_path()).unwrap();
    let arguments = CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK);
    match pkcs11.initialize(arguments) {
        Err(Error::Pkcs11(RvError::HostMemory, Function::Initialize)) => pkcs11.initialize(arguments).unwrap(),
        outcome => outcome.unwrap(),
    }
    pkcs11
}

/// The functions of the module that is loaded already.
pub(crate) fn raw() -> cryptoki_sys::CK_FUNCTION_LIST {
    // SAFETY: it is our module.
    let module = unsafe { cryptoki_sys::Pkcs11::new(faulty_token::module_path()) }.unwrap();
    let mut list = std::ptr::null_mut();
    // SAFETY: there is room for a pointer, which is then one to a list; the module stays loaded by its other user.
    unsafe {
        assert_eq!(module.C_GetFunctionList(&raw mut list), 0);
        *list
    }
}

pub(crate) fn token(keys: &Value) -> Value {
    json!({ "tokens": [{ "slot": 0, "label": "faulty", "keys": keys }] })
}

pub(crate) fn one_key() -> Value {
    json!([{ "algorithm": "p256", "label": "k" }])
}

pub(crate) fn with_faults(faults: Value) -> Value {
    let mut script = token(&one_key());
    script["faults"] = faults;
    script
}

pub(crate) fn keys_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../keys")
}

pub(crate) fn slot(pkcs11: &Pkcs11) -> Slot {
    pkcs11.get_slots_with_token().unwrap()[0]
}

pub(crate) fn session(pkcs11: &Pkcs11) -> Session {
    pkcs11.open_ro_session(slot(pkcs11)).unwrap()
}

pub(crate) fn logged_in(pkcs11: &Pkcs11) -> Session {
    let session = session(pkcs11);
    session.login(UserType::User, Some(&pin("1234"))).unwrap();
    session
}

pub(crate) fn state(session: &Session) -> SessionState {
    session.get_session_info().unwrap().session_state()
}

pub(crate) fn pin(text: &str) -> AuthPin {
    AuthPin::new(text.into())
}

pub(crate) fn private_key(session: &Session, label: &str) -> ObjectHandle {
    only(session, ObjectClass::PRIVATE_KEY, label)
}

pub(crate) fn public_key(session: &Session, label: &str) -> ObjectHandle {
    only(session, ObjectClass::PUBLIC_KEY, label)
}

pub(crate) fn only(session: &Session, class: ObjectClass, label: &str) -> ObjectHandle {
    let found = session.find_objects(&[Attribute::Class(class), Attribute::Label(label.into())]).unwrap();
    let [object] = found[..] else { panic!("{} objects `{label}`", found.len()) };
    object
}

pub(crate) fn point(session: &Session, label: &str) -> Vec<u8> {
    bytes(session, public_key(session, label), AttributeType::EcPoint)
}

pub(crate) fn bytes(session: &Session, object: ObjectHandle, kind: AttributeType) -> Vec<u8> {
    match session.get_attributes(object, &[kind]).unwrap().pop() {
        Some(
            Attribute::EcPoint(bytes)
            | Attribute::EcParams(bytes)
            | Attribute::Modulus(bytes)
            | Attribute::PublicExponent(bytes)
            | Attribute::PublicKeyInfo(bytes)
            | Attribute::Value(bytes),
        ) => bytes,
        other => panic!("{kind}: {other:?}"),
    }
}

pub(crate) fn pure() -> Mechanism<'static> {
    Mechanism::Eddsa(EddsaParams::new(EddsaSignatureScheme::Pure))
}

pub(crate) fn prehashed(context: &[u8]) -> Mechanism<'_> {
    Mechanism::Eddsa(EddsaParams::new(EddsaSignatureScheme::Ed25519ph(context)))
}

pub(crate) fn ed25519_key(bytes: &[u8]) -> ed25519_dalek::VerifyingKey {
    ed25519_dalek::VerifyingKey::from_bytes(bytes.try_into().unwrap()).unwrap()
}

pub(crate) fn verify_prehashed(key: &[u8], signature: &[u8]) {
    let signature = ed25519_dalek::Signature::from_slice(signature).unwrap();
    ed25519_key(key).verify_prehashed(Sha512::new_with_prefix(MESSAGE), None, &signature).unwrap();
}

pub(crate) fn failure<T>(outcome: Result<T, Error>) -> RvError {
    match outcome {
        Err(Error::Pkcs11(value, _)) => value,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it succeeded"),
    }
}
