//! What the git checkout says, read by running `git`.
//!
//! git reads, and nothing else: no optional locks, no hooks, no file system monitor, no prompt.
//! A clean filter that the repository's configuration names (such as git-lfs) may still run, as
//! in any `git status`; git refuses repositories that belong to somebody else.

use std::io::{self, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;

use signer_core::build_context::GitObservation;

/// Bytes that are read of what git prints for one question. A commit with 10,000 tags of a
/// hundred letters prints 1 MiB.
const OUTPUT_BYTES: u64 = 1024 * 1024;

/// Bytes kept of what git complains about; the rest is read and dropped.
const COMPLAINT_BYTES: u64 = 64 * 1024;

/// Variables that would point git at another repository than the directory's.
const REDIRECTIONS: [&str; 8] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_NAMESPACE",
    "GIT_SHALLOW_FILE",
];

/// Why git could not tell.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GitError {
    /// It could not be started, or its output could not be read.
    #[error("could not run `git`: {0}")]
    Run(#[from] io::Error),
    /// It failed, for instance over a checkout that belongs to another user.
    #[error("`git {question}` failed: {complaint}")]
    Failed {
        /// What it was asked.
        question: &'static str,
        /// The first line of its complaint, cut at 300 characters.
        complaint: String,
    },
    /// It answered something that cannot be used.
    #[error("`git {question}` answered {found}")]
    Answer {
        /// What it was asked.
        question: &'static str,
        /// What was found, described.
        found: &'static str,
    },
}

/// What git says of the checkout that holds the directory; `None` where there is no git or no
/// work tree.
///
/// # Errors
/// When git is there and fails, or answers something that cannot be used.
pub(crate) fn observe(directory: &Path) -> Result<Option<GitObservation>, GitError> {
    if !is_work_tree(directory)? {
        return Ok(None);
    }
    let ask = |question, arguments: &[&str]| ask(directory, question, arguments);
    let commit = ask("rev-parse HEAD", &["rev-parse", "--verify", "--quiet", "HEAD^{commit}"])?;
    let wrong = |_| GitError::Answer { question: "rev-parse HEAD", found: "no commit" };
    let commit = commit.map(|commit| commit.parse().map_err(wrong)).transpose()?;
    let tags = match &commit {
        Some(_) => ask("for-each-ref", &["for-each-ref", "--points-at=HEAD", "--format=%(refname)", "refs/tags"])?,
        None => None,
    };
    let changed = count_changes(directory)?;
    Ok(Some(GitObservation {
        commit,
        reference: ask("symbolic-ref HEAD", &["symbolic-ref", "--quiet", "HEAD"])?,
        tags: tags.iter().flat_map(|tags| tags.lines()).map(str::to_owned).collect(),
        remote: remote(directory)?,
        dirty: changed > 0,
        changed,
    }))
}

/// Whether git is there and the directory lies in a work tree.
fn is_work_tree(directory: &Path) -> Result<bool, GitError> {
    let question = "rev-parse --is-inside-work-tree";
    let child = match git(directory, &["rev-parse", "--is-inside-work-tree"]).spawn() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        child => child?,
    };
    let answer = finish(child, question)?;
    if answer.status.success() {
        return Ok(answer.text == "true");
    }
    // LC_ALL=C: the one complaint that means "none"
    if answer.complaint.contains("not a git repository") { Ok(false) } else { Err(failed(question, &answer)) }
}

/// The URL of `origin`, or of the only remote.
fn remote(directory: &Path) -> Result<Option<String>, GitError> {
    let Some(names) = ask(directory, "remote", &["remote"])? else { return Ok(None) };
    let mut lines = names.lines();
    let name = match (names.lines().find(|name| *name == "origin"), lines.next(), lines.next()) {
        (Some(origin), ..) => origin,
        (None, Some(only), None) => only,
        _ => return Ok(None),
    };
    let key = format!("remote.{name}.url");
    ask(directory, "config remote.url", &["config", "--get", &key])
}

/// The number of files changed or untracked, ignored ones left out.
fn count_changes(directory: &Path) -> Result<usize, GitError> {
    let question = "status";
    let arguments = ["status", "--porcelain=v1", "-z", "--untracked-files=normal", "--no-renames"];
    let mut child = git(directory, &arguments).spawn()?;
    let complaint = complaint_of(&mut child);
    let mut changed = 0;
    if let Some(mut stdout) = child.stdout.take() {
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let read = stdout.read(&mut buffer)?;
            let Some(chunk) = buffer.get(..read).filter(|chunk| !chunk.is_empty()) else { break };
            changed += chunk.split(|byte| *byte == 0).count() - 1; // each entry ends with a NUL
        }
    }
    let status = child.wait()?;
    let complaint = complaint.join().unwrap_or_default();
    let answer = Answer { status, text: String::new(), complaint };
    if answer.status.success() { Ok(changed) } else { Err(failed(question, &answer)) }
}

/// Asks for one answer; `None` where git says that there is none (exit status 1) or prints
/// nothing.
fn ask(directory: &Path, question: &'static str, arguments: &[&str]) -> Result<Option<String>, GitError> {
    let answer = finish(git(directory, arguments).spawn()?, question)?;
    match answer.status.code() {
        Some(0) => Ok(Some(answer.text).filter(|text| !text.is_empty())),
        Some(1) => Ok(None),
        _ => Err(failed(question, &answer)),
    }
}

fn git(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.arg("--no-optional-locks").arg("-C").arg(directory);
    for setting in ["core.fsmonitor=false", "core.hooksPath=/dev/null", "core.pager=cat"] {
        command.args(["-c", setting]);
    }
    for variable in REDIRECTIONS {
        command.env_remove(variable);
    }
    command.env("GIT_TERMINAL_PROMPT", "0").env("LC_ALL", "C").env("LANGUAGE", "C");
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

struct Answer {
    status: ExitStatus,
    text: String,
    complaint: String,
}

/// Reads the answer, without its last line feed, and waits.
fn finish(mut child: Child, question: &'static str) -> Result<Answer, GitError> {
    let complaint = complaint_of(&mut child);
    let mut bytes = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        stdout.take(OUTPUT_BYTES + 1).read_to_end(&mut bytes)?;
    } // closed here: a git that prints more stops at the broken pipe
    let status = child.wait()?;
    let complaint = complaint.join().unwrap_or_default();
    if u64::try_from(bytes.len()).is_ok_and(|length| length > OUTPUT_BYTES) {
        return Err(GitError::Answer { question, found: "more than 1 MiB" });
    }
    let mut text =
        String::from_utf8(bytes).map_err(|_| GitError::Answer { question, found: "a name that is not UTF-8" })?;
    if text.ends_with('\n') {
        text.pop();
    }
    Ok(Answer { status, text, complaint })
}

/// Reads what git complains about beside its answer, so that neither pipe fills up.
fn complaint_of(child: &mut Child) -> thread::JoinHandle<String> {
    let stderr = child.stderr.take();
    thread::spawn(move || {
        let Some(mut stderr) = stderr else { return String::new() };
        let mut bytes = Vec::new();
        let read = stderr.by_ref().take(COMPLAINT_BYTES).read_to_end(&mut bytes);
        let _ = read.and_then(|_| io::copy(&mut stderr, &mut io::sink()));
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

fn failed(question: &'static str, answer: &Answer) -> GitError {
    let line = answer.complaint.lines().find(|line| !line.trim().is_empty()).unwrap_or("no reason given");
    let line = line.strip_prefix("fatal: ").unwrap_or(line);
    GitError::Failed { question, complaint: line.chars().filter(|c| !c.is_control()).take(300).collect() }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// Runs git as a person would, with an identity of its own and none of this machine's
    /// configuration.
    fn run(directory: &Path, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .arg("-C")
            .arg(directory)
            .args(["-c", "user.name=Ana", "-c", "user.email=ana@acme.example", "-c", "commit.gpgsign=false"])
            .args(["-c", "tag.gpgsign=false", "-c", "init.defaultBranch=main"])
            .args(arguments)
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn repository() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        run(folder.path(), &["init", "--quiet", "-b", "main"]);
        folder
    }

    fn commit(directory: &Path, name: &str) -> String {
        fs::write(directory.join(name), name).unwrap();
        run(directory, &["add", name]);
        run(directory, &["commit", "--quiet", "-m", name]);
        run(directory, &["rev-parse", "HEAD"])
    }

    #[test]
    fn a_branch_with_tags_and_changes() {
        let folder = repository();
        let head = commit(folder.path(), "a");
        run(folder.path(), &["tag", "v1"]);
        run(folder.path(), &["tag", "-a", "-m", "x", "v1.0"]);
        run(folder.path(), &["remote", "add", "mirror", "https://m.example/a"]);
        run(folder.path(), &["remote", "add", "origin", "https://ci:s3cret@git.example/acme/app.git"]);
        let clean = observe(folder.path()).unwrap().unwrap();
        assert_eq!(clean.commit.as_ref().unwrap().as_str(), head);
        assert_eq!(clean.reference.as_deref(), Some("refs/heads/main"));
        assert_eq!(clean.tags, ["refs/tags/v1", "refs/tags/v1.0"]);
        assert_eq!(clean.remote.as_deref(), Some("https://ci:s3cret@git.example/acme/app.git"));
        assert!(!clean.dirty);

        fs::create_dir(folder.path().join("below")).unwrap();
        fs::write(folder.path().join("a"), "changed").unwrap();
        fs::write(folder.path().join("below/new\nline"), "untracked").unwrap();
        let dirty = observe(&folder.path().join("below")).unwrap().unwrap();
        assert_eq!(dirty, GitObservation { dirty: true, changed: 2, ..clean });
    }

    #[test]
    fn a_detached_head_has_no_branch() {
        let folder = repository();
        let head = commit(folder.path(), "a");
        run(folder.path(), &["checkout", "--quiet", "--detach"]);
        let found = observe(folder.path()).unwrap().unwrap();
        assert_eq!((found.reference, found.remote), (None, None));
        assert_eq!(found.commit.unwrap().as_str(), head);
    }

    #[test]
    fn before_the_first_commit_there_is_none() {
        let folder = repository();
        fs::write(folder.path().join("a"), "a").unwrap();
        let found = observe(folder.path()).unwrap().unwrap();
        let expected = GitObservation {
            reference: Some("refs/heads/main".to_owned()),
            dirty: true,
            changed: 1,
            ..Default::default()
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn no_repository_and_no_work_tree_are_none() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(observe(folder.path()), Ok(None)));
        run(folder.path(), &["init", "--quiet", "--bare"]);
        assert!(matches!(observe(folder.path()), Ok(None)));
    }

    #[test]
    fn a_failing_git_says_why() {
        let folder = repository();
        commit(folder.path(), "a");
        fs::write(folder.path().join(".git/config"), "[core\n").unwrap();
        let error = observe(folder.path()).unwrap_err();
        assert!(matches!(&error, GitError::Failed { complaint, .. } if complaint.contains("config")), "{error}");
        let nowhere = observe(&folder.path().join("nowhere")).unwrap_err();
        assert!(matches!(nowhere, GitError::Failed { .. }));
    }

    #[test]
    fn the_monitor_and_the_hooks_of_a_repository_do_not_run() {
        let folder = repository();
        commit(folder.path(), "a");
        let mark = folder.path().join(".git/mark");
        let script = folder.path().join(".git/script");
        fs::write(&script, format!("#!/bin/sh\ntouch {}\n", mark.display())).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
        }
        run(folder.path(), &["config", "core.fsmonitor", script.to_str().unwrap()]);
        fs::copy(&script, folder.path().join(".git/hooks/post-index-change")).unwrap();
        observe(folder.path()).unwrap().unwrap();
        assert!(!mark.exists());
    }

    #[test]
    fn a_large_answer_is_refused() {
        let folder = repository();
        let head = commit(folder.path(), "a");
        let head_line = "# pack-refs with: peeled fully-peeled sorted ".to_owned();
        let tags = (0..9000).map(|number| format!("{head} refs/tags/{}{number:05}", "t".repeat(130)));
        let packed: Vec<String> = [head_line].into_iter().chain(tags).chain([String::new()]).collect();
        fs::write(folder.path().join(".git/packed-refs"), packed.join("\n")).unwrap();
        assert!(matches!(observe(folder.path()), Err(GitError::Answer { question: "for-each-ref", .. })));
    }
}
