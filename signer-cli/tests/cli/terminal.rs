//! What a person at a terminal sees; `script` makes the terminal.

use std::io::{Read as _, Write as _};
use std::process::{Child, Stdio};

use crate::place::Place;

/// A program on a terminal of its own.
pub(crate) struct Session {
    child: Child,
    seen: String,
}

impl Session {
    /// None where there is no `script` of util-linux.
    pub(crate) fn start(place: &Place, args: &str, variables: &[(&str, &str)]) -> Option<Self> {
        let version = place.command("script").arg("--version").output().ok()?;
        if !String::from_utf8_lossy(&version.stdout).contains("util-linux") {
            return None;
        }
        let mut command = place.command("script");
        command.args(["-qec", &format!("{} {args}", env!("CARGO_BIN_EXE_signer")), "/dev/null"]);
        command.env_remove("SIGNER_PASSWORD").envs(variables.iter().copied());
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
        Some(Self { child, seen: String::new() })
    }

    /// Waits for the text, then types a line.
    pub(crate) fn answer(&mut self, prompt: &str, line: &str) {
        let start = self.seen.len();
        let mut byte = [0];
        while !self.seen[start..].ends_with(prompt) {
            let read = self.child.stdout.as_mut().unwrap().read(&mut byte).unwrap();
            assert_eq!(read, 1, "it ended before `{prompt}`: {:?}", self.seen);
            self.seen.push(char::from(byte[0]));
        }
        // the prompt is shown a moment before the echo is turned off
        std::thread::sleep(std::time::Duration::from_millis(300));
        writeln!(self.child.stdin.as_mut().unwrap(), "{line}").unwrap();
    }

    /// The exit status, and everything that was shown.
    pub(crate) fn end(mut self) -> (i32, String) {
        let mut rest = Vec::new();
        self.child.stdout.take().unwrap().read_to_end(&mut rest).unwrap();
        let status = self.child.wait().unwrap().code().unwrap();
        (status, self.seen + &String::from_utf8(rest).unwrap())
    }
}

#[test]
fn passwords_are_asked_for_and_not_echoed() {
    let mut place = Place::new();
    let generate = |out: &str| format!("key generate --algorithm ed25519 --out {out}");
    let Some(mut session) = Session::start(&place, &generate("k"), &[]) else { return };
    session.answer("password for the new key: ", "pa55word");
    session.answer("the same password again: ", "pa55word");
    let (status, shown) = session.end();
    assert_eq!(status, 0, "{shown}");
    assert!(!shown.contains("pa55word"), "{shown}");
    place.set("SIGNER_PASSWORD", "pa55word");
    assert_eq!(place.ok(["key", "public", "k"]), place.read("k.pub"));

    let mut session = Session::start(&place, "key public k", &[]).unwrap();
    session.answer("password for k: ", "pa55word");
    let (status, shown) = session.end();
    assert!(status == 0 && shown.contains("BEGIN PUBLIC KEY") && !shown.contains("pa55word"), "{shown}");

    let mut session = Session::start(&place, "key public k", &[]).unwrap();
    session.answer("password for k: ", "wrong-one");
    let (status, shown) = session.end();
    assert!(status == 2 && shown.contains("the password is wrong") && !shown.contains("wrong-one"), "{shown}");

    let mut session = Session::start(&place, &generate("new"), &[]).unwrap();
    session.answer("password for the new key: ", "one");
    session.answer("the same password again: ", "two");
    let (status, shown) = session.end();
    assert!(status == 2 && shown.contains("error: the two passwords differ; no key was made"), "{shown}");

    let mut session = Session::start(&place, &generate("new"), &[]).unwrap();
    session.answer("password for the new key: ", "");
    session.answer("the same password again: ", "");
    let (status, shown) = session.end();
    assert!(status == 2 && shown.contains("error: the password is empty; no key was made"), "{shown}");

    let mut session = Session::start(&place, "key public k", &[]).unwrap();
    session.answer("password for k: ", "\u{4}");
    let (status, shown) = session.end();
    assert_eq!(status, 2, "{shown}");
    assert_eq!(place.names(), ["k", "k.pub"]);
}

#[test]
fn long_work_shows_progress_and_wipes_it() {
    let place = Place::with_release();
    std::fs::File::create(place.path("large")).unwrap().set_len(1 << 30).unwrap();
    let Some(session) = Session::start(&place, "verify large --key release.key.pub", &[]) else { return };
    let (status, shown) = session.end();
    assert_eq!(status, 1);
    let (progress, verdict) = shown.split_once("\r\u{1b}[K").unwrap_or_else(|| panic!("no progress in {shown:?}"));
    assert!(progress.starts_with('\r') && progress.contains(" MiB, 0 of 1 files read\u{1b}[?7h"), "{progress:?}");
    assert!(verdict.starts_with("rejected large"), "{verdict:?}");
    // a terminal that cannot, and short work, show nothing
    for (args, variables) in [("verify large", ("TERM", "dumb")), ("verify app", ("TERM", "xterm"))] {
        let session = Session::start(&place, &format!("{args} --key release.key.pub"), &[variables]).unwrap();
        assert!(!session.end().1.contains("MiB"), "{args}");
    }
}
