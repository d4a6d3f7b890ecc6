//! `signer`: attest, sign and verify software releases.

#![allow(rustdoc::invalid_html_tags, reason = "the doc comments are help texts: `<hex>` is what a person types")]

mod args;
mod command;
mod exit;
mod failure;
mod render;
mod text;
mod world;

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
        Err(error) => return usage(&error, &terminal).into(),
    };
    match command::run(cli.command, &terminal) {
        Ok(exit) => exit,
        Err(failure) => report(&failure, &terminal),
    }
    .into()
}

fn report(failure: &Failure, terminal: &Terminal) -> Exit {
    let told = if wants_json() { terminal.json(&render::failure_json(failure)) } else { Exit::Done };
    terminal.say(&render::failure_human(failure));
    failure.exit.and(told)
}

/// Help and version are data; anything else that clap says is a failure of the caller's.
fn usage(error: &clap::Error, terminal: &Terminal) -> Exit {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        return error.print().map_or(Exit::Undecided, |()| Exit::Done);
    }
    if wants_json() {
        let message = one_line(&error.to_string());
        let _ = terminal.json(&render::failure_json(&Failure::usage("usage", message).hint("see `signer --help`")));
    }
    let _ = error.print();
    Exit::Usage
}

/// What clap says before it goes on about usage, in one line.
fn one_line(message: &str) -> String {
    let cause: Vec<&str> = message.lines().take_while(|line| !line.trim().is_empty()).map(str::trim).collect();
    let cause = cause.join(" ");
    cause.strip_prefix("error: ").unwrap_or(&cause).to_owned()
}

/// Whether JSON was asked for, also where the arguments as a whole cannot be parsed.
fn wants_json() -> bool {
    let args: Vec<_> = std::env::args_os().collect();
    args.iter().any(|arg| arg == "--format=json")
        || args.windows(2).any(|pair| matches!(pair, [name, value] if name == "--format" && value == "json"))
}
