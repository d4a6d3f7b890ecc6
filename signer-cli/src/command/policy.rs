//! `signer policy`: is a policy usable?

use serde_json::json;

use super::trust;
use crate::args::{Format, PolicyCommand};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::world::terminal::Terminal;

pub(super) fn run(command: &PolicyCommand, terminal: &Terminal) -> Result<Exit, Failure> {
    let PolicyCommand::Check { file, format } = command;
    let policy = trust::read(file)?;
    let Some(id) = policy.id() else { return Ok(Exit::Done) };
    let gates: Vec<&str> = policy.gates().iter().map(|gate| gate.name.as_str()).collect();
    let identities = policy.identities().len();
    let told = if *format == Format::Json {
        terminal.json(&json!({
            "schema": "signer/policy-check/v1", "name": id.name, "version": id.version,
            "digest": id.digest.to_string(), "identities": identities, "gates": gates,
        }))
    } else {
        Exit::Done
    };
    terminal.say(&format!(
        "policy `{}` version {} can be used: {identities} {}, gates {}\n  {}\n",
        id.name,
        id.version,
        if identities == 1 { "identity" } else { "identities" },
        gates.join(", "),
        id.digest
    ));
    Ok(told)
}
