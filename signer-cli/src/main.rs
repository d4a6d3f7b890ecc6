//! `signer`: attest, sign and verify software releases.

#![allow(rustdoc::invalid_html_tags, reason = "the doc comments are help texts: `<hex>` is what a person types")]

mod args;
mod command;
mod exit;
mod failure;
mod render;
mod text;
mod world;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::ErrorKind;

use crate::args::Cli;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::world::terminal::Terminal;

fn main() -> ExitCode {
    let terminal = Terminal::new();
    let words: Vec<_> = std::env::args_os().collect();
    let cli = match Cli::typed(&words) {
        Ok(cli) => cli,
        Err(error) => return usage(&error, Asked::of(&words), &terminal).into(),
    };
    let exit = match command::run(cli.command, &terminal) {
        Ok(exit) => exit,
        Err(failure) => report(&failure, Asked::of(&words), &terminal),
    };
    if world::hsm::is_any_loaded() { leave(exit) } else { exit.into() }
}

/// What a failure is to be told as, beside the text for people.
#[derive(Clone, Copy)]
enum Asked {
    Nothing,
    Verdict,
    Error,
}

impl Asked {
    /// Also where the arguments as a whole cannot be parsed.
    fn of(words: &[OsString]) -> Self {
        let json = words.iter().any(|word| word == "--format=json")
            || words.windows(2).any(|pair| matches!(pair, [name, value] if name == "--format" && value == "json"));
        match words.get(1) {
            _ if !json => Self::Nothing,
            Some(command) if command == "verify" => Self::Verdict,
            _ => Self::Error,
        }
    }

    fn tell(self, failure: &Failure, terminal: &Terminal) -> Exit {
        match self {
            Self::Nothing => Exit::Done,
            Self::Verdict => terminal.json(&render::no_verdict_json(failure)),
            Self::Error => terminal.json(&render::failure_json(failure)),
        }
    }
}

fn report(failure: &Failure, asked: Asked, terminal: &Terminal) -> Exit {
    let told = asked.tell(failure, terminal);
    terminal.say(&render::failure_human(failure));
    failure.exit.and(told)
}

/// Ends the process where it stands, with a failure.
fn give_up(failure: &Failure) -> ! {
    let words: Vec<_> = std::env::args_os().collect();
    let exit = report(failure, Asked::of(&words), &Terminal::new());
    leave(exit)
}

/// Ends the process without what else would run at its end: a token's library could hang there.
fn leave(exit: Exit) -> ! {
    signal_hook::low_level::exit(exit as i32)
}

/// Help and version are data; anything else that clap says is a failure of the caller's.
fn usage(error: &clap::Error, asked: Asked, terminal: &Terminal) -> Exit {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        return error.print().map_or(Exit::Undecided, |()| Exit::Done);
    }
    let message = one_line(&error.to_string());
    let _ = asked.tell(&Failure::usage("usage", message).hint("see `signer --help`"), terminal);
    terminal.say(&error.to_string()); // and not by clap itself: what was typed may have a PIN in it
    Exit::Usage
}

/// What clap says before it goes on about usage, in one line.
fn one_line(message: &str) -> String {
    let cause: Vec<&str> = message.lines().take_while(|line| !line.trim().is_empty()).map(str::trim).collect();
    let cause = cause.join(" ");
    cause.strip_prefix("error: ").unwrap_or(&cause).to_owned()
}
