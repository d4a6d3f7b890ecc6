//! One file per command: typed arguments in, exit status out.

mod attest;
mod inspect;
mod key;
mod policy;
mod sign;
mod verify;

use clap::CommandFactory as _;

use crate::args::{Cli, Command};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::world::output;
use crate::world::terminal::Terminal;

/// Runs the command that was typed.
pub(crate) fn run(command: Command, terminal: &Terminal) -> Result<Exit, Failure> {
    match command {
        Command::Key(args) => key::run(&args.command, terminal),
        Command::Attest(args) => attest::run(&args, terminal),
        Command::Sign(args) => sign::run(&args, terminal),
        Command::Verify(args) => verify::run(&args, terminal),
        Command::Inspect(args) => inspect::run(&args, terminal),
        Command::Policy(args) => policy::run(&args.command, terminal),
        Command::Completions(args) => {
            let mut text = Vec::new();
            clap_complete::generate(args.shell, &mut Cli::command(), "signer", &mut text);
            terminal.data(&text)
        }
        Command::Man(args) => man(&args.dir),
    }
}

/// Writes `signer.1` and a page for each command below it; pages that are there are replaced.
fn man(folder: &std::path::Path) -> Result<Exit, Failure> {
    let mut pages = vec![Cli::command()];
    while let Some(page) = pages.pop() {
        let name = page.get_name().to_owned();
        let below = page.get_subcommands().map(|command| command.clone().name(format!("{name}-{}", command.get_name())));
        pages.extend(below);
        let mut text = Vec::new();
        clap_mangen::Man::new(page)
            .render(&mut text)
            .map_err(|error| Failure::undecided("write-failed", format!("cannot make the man page: {error}")))?;
        output::write(&folder.join(format!("{name}.1")), &text, true)?;
    }
    Ok(Exit::Done)
}
