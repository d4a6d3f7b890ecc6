//! A folder, an environment, and the binary run in them.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

pub(crate) const IDENTITY: &str = "https://ci.example/release";

/// A temporary folder that the binary runs in; nothing of this process's environment but `PATH`
/// goes in.
pub(crate) struct Place {
    folder: tempfile::TempDir,
    variables: Vec<(String, String)>,
}

/// What the binary did.
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), variables: Vec::new() }
    }

    /// With `release.key`, `other.key` (not encrypted) and a file `app` with its attestation.
    pub(crate) fn with_release() -> Self {
        let place = Self::new();
        for key in ["release.key", "other.key"] {
            place.ok(["key", "generate", "--algorithm", "ed25519", "--no-password", "--out", key]);
        }
        place.write("app", "the release\n");
        place.attest(["app"]);
        place
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    pub(crate) fn unset(&mut self, name: &str) {
        self.variables.retain(|(known, _)| known != name);
    }

    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// The names in the folder.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// A command in this place and its environment.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.folder.path()).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", self.folder.path()).env("TERM", "xterm").env("LC_ALL", "C");
        command.env("GIT_CEILING_DIRECTORIES", self.folder.path().parent().unwrap());
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null());
        command
    }

    pub(crate) fn signer<T: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = T>) -> Command {
        let mut command = self.command(env!("CARGO_BIN_EXE_signer"));
        command.args(args);
        command
    }

    pub(crate) fn run<T: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = T>) -> Ran {
        Ran::from(self.signer(args).output().unwrap())
    }

    /// Runs what must succeed; gives back its standard output.
    pub(crate) fn ok<T: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = T>) -> String {
        let ran = self.run(args);
        assert_eq!(ran.status, 0, "{}", ran.err);
        ran.out
    }

    /// Runs what must fail as usage; gives back the code of the error, from the JSON and from a
    /// second run the first line for people.
    pub(crate) fn refused<T: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = T>) -> String {
        let ran = self.run(args);
        assert_eq!(ran.status, 2, "{}{}", ran.out, ran.err);
        assert_eq!(ran.out, "");
        ran.err.lines().next().unwrap().to_owned()
    }

    /// Attests with `release.key`.
    pub(crate) fn attest<'a>(&self, args: impl IntoIterator<Item = &'a str>) {
        let fixed = ["attest", "--key", "release.key", "--identity", IDENTITY, "--build-context", "none"];
        self.ok(fixed.into_iter().chain(args));
    }

    /// Verifies with `release.key.pub` and `--format json`.
    pub(crate) fn verify<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> (i32, Value) {
        let fixed = ["verify", "--key", "release.key.pub", "--format", "json"];
        let ran = self.run(fixed.into_iter().chain(args));
        (ran.status, ran.json())
    }

    /// Writes a policy that lets `release.key` build `app*` and `dist/**`, with one gate.
    pub(crate) fn write_policy(&self) {
        let key: Value =
            serde_json::from_str(&self.ok(["key", "inspect", "release.key.pub", "--format", "json"])).unwrap();
        let fingerprint = key["fingerprint"].as_str().unwrap();
        self.write("policy.toml", POLICY.replace("FINGERPRINT", fingerprint));
    }
}

impl Ran {
    /// Standard output, which must be one JSON object and nothing else.
    pub(crate) fn json(&self) -> Value {
        let value: Value = serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {:?}", self.out));
        assert!(value.is_object());
        value
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            status: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// The reason codes of one artifact of a verdict.
pub(crate) fn codes(artifact: &Value) -> Vec<&str> {
    artifact["reasons"].as_array().unwrap().iter().map(|reason| reason["code"].as_str().unwrap()).collect()
}

const POLICY: &str = r#"schema = "trust-policy/v1"
name = "acme"
version = 3

[[owner]]
id = "platform"
name = "Platform Engineering"
contact = "platform@acme.example"

[[identity]]
id = "https://ci.example/release"
owner = "platform"
kind = "workflow"
purpose = "builds the app"
roles = ["build"]
valid = { from = 2026-01-01T00:00:00Z, until = 2099-01-01T00:00:00Z }
review_by = 2098-01-01
key = [{ public_key = "release.key.pub", fingerprint = "FINGERPRINT" }]

[identity.scope]
artifacts = ["app*", "dist/**"]
builders = ["https://ci.example/release"]
unsourced = true

[[gate]]
name = "production"
artifacts = ["app*", "dist/**"]

[[gate.require]]
role = "build"
"#;
