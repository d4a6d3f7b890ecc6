//! Tokens of SoftHSM 2, each test's own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// The PIN of the security officer of every token.
pub const SO_PIN: &str = "87654321";

/// A fresh folder for SoftHSM's tokens, which goes when this is dropped.
///
/// SoftHSM finds it by the variable `SOFTHSM2_CONF`: every program that is to see the tokens wants it
/// set to [`conf`](Self::conf).
pub struct SoftHsm {
    folder: PathBuf,
    conf: PathBuf,
    module: PathBuf,
    _temporary: Option<TempDir>,
}

/// Where distributions put the module.
const MODULES: [&str; 7] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
];

impl SoftHsm {
    /// A folder without a token.
    pub fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("softhsm-").tempdir().unwrap();
        let (conf, tokens) = (folder.path().join("softhsm2.conf"), folder.path().join("tokens"));
        fs::create_dir(&tokens).unwrap();
        fs::write(&conf, format!("directories.tokendir = {}\nlog.level = ERROR\n", tokens.display())).unwrap();
        Self { folder: folder.path().to_owned(), conf, module: installed(), _temporary: Some(folder) }
    }

    /// The folder that another process made and handed on by `SOFTHSM2_CONF`; it stays when this is
    /// dropped.
    pub fn inherited() -> Self {
        let conf = PathBuf::from(std::env::var_os("SOFTHSM2_CONF").expect("SOFTHSM2_CONF"));
        let folder = conf.parent().unwrap().to_owned();
        Self { folder, conf, module: installed(), _temporary: None }
    }

    /// A new token with that label and user PIN; its serial number. Labels may repeat.
    pub fn token(&self, label: &str, pin: &str) -> String {
        let made =
            self.run("softhsm2-util", &["--init-token", "--free", "--label", label, "--pin", pin, "--so-pin", SO_PIN]);
        let said = String::from_utf8_lossy(&made.stdout).into_owned();
        let slot = said.split_whitespace().last().unwrap_or_else(|| panic!("{made:?}"));
        self.serial(slot).unwrap_or_else(|| panic!("no serial number of slot {slot}"))
    }

    /// The private and the public key of a PEM file (PKCS#8), put into the token of that serial number
    /// with a label and an id in hexadecimal.
    pub fn import(&self, serial: &str, pin: &str, pem: &Path, label: &str, id: &str) {
        let pem = pem.to_str().unwrap();
        self.run("softhsm2-util", &["--import", pem, "--serial", serial, "--pin", pin, "--label", label, "--id", id]);
    }

    /// The value of `SOFTHSM2_CONF`.
    pub fn conf(&self) -> &Path {
        &self.conf
    }

    /// The PKCS#11 module.
    pub fn module(&self) -> &Path {
        &self.module
    }

    /// The folder, also for a test's own files.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A program that sees the tokens.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("SOFTHSM2_CONF", &self.conf);
        command
    }

    /// What a program that sees the tokens wrote; it must succeed.
    pub fn run(&self, program: &str, arguments: &[&str]) -> Output {
        let output = self.command(program).args(arguments).output();
        let output = output.unwrap_or_else(|error| panic!("{program}: {error}; {INSTALL}"));
        assert!(output.status.success(), "{program} {arguments:?}: {}", told(&output));
        output
    }

    /// The same for `pkcs11-tool` of OpenSC with this module; its standard output.
    pub fn pkcs11_tool(&self, arguments: &[&str]) -> String {
        let module = self.module.to_str().unwrap();
        let output = self.run("pkcs11-tool", &[&["--module", module], arguments].concat());
        String::from_utf8(output.stdout).unwrap()
    }

    fn serial(&self, slot: &str) -> Option<String> {
        let shown = self.run("softhsm2-util", &["--show-slots"]);
        let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
        let mut lines = shown.lines().skip_while(|line| *line != format!("Slot {slot}"));
        lines.find_map(|line| line.trim().strip_prefix("Serial number:")).map(|serial| serial.trim().to_owned())
    }
}

impl Default for SoftHsm {
    fn default() -> Self {
        Self::new()
    }
}

fn installed() -> PathBuf {
    let module = MODULES.iter().map(PathBuf::from).find(|path| path.exists());
    module.unwrap_or_else(|| panic!("there is no SoftHSM 2 at {MODULES:?}; {INSTALL}"))
}

const INSTALL: &str = "on Debian: apt-get install softhsm2 opensc gnutls-bin";

fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_made_and_filled_and_go() {
        let hsm = SoftHsm::new();
        let (one, two) = (hsm.token("same", "1234"), hsm.token("same", "5678"));
        assert_ne!(one, two);
        assert_eq!(one.len(), 16);
        let third = hsm.token("its own", "9012");
        hsm.import(&third, "9012", &crate::root().join("keys/p256.key"), "a key", "0a");
        let listed = hsm.pkcs11_tool(&["--list-objects", "--login", "--pin", "9012", "--token-label", "its own"]);
        assert!(listed.contains("Private Key") && listed.contains("Public Key"), "{listed}");
        assert_eq!(listed.matches("label:      a key").count(), 2, "{listed}");
        let folder = hsm.folder().to_owned();
        drop(hsm);
        assert!(!folder.exists());
    }
}
