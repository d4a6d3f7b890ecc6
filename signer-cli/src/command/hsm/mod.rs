//! `signer hsm`: what tokens hold, new keys in them, and whether they work.

mod check;
mod generate;
mod list;

use signer_core::limits;
use signer_core::sign::pkcs11::{Access, TokenError};

use crate::args::{Format, HsmCommand, HsmImport};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render;
use crate::world::hsm::{self, Hsm};
use crate::world::input;
use crate::world::terminal::Terminal;

pub(super) fn run(command: &HsmCommand, terminal: &Terminal) -> Result<Exit, Failure> {
    match command {
        HsmCommand::List(args) => list::run(args, terminal),
        HsmCommand::Generate(args) => generate::run(args, terminal),
        HsmCommand::ImportCertificate(args) => import(args, terminal),
        HsmCommand::Check(args) => check::run(args, terminal),
    }
}

fn import(args: &HsmImport, terminal: &Terminal) -> Result<Exit, Failure> {
    let file = input::read(&args.certificate, limits::KEY_FILE_BYTES)
        .map_err(|error| error.as_usage("certificate-unreadable", "the certificate"))?;
    let hsm = Hsm::load(hsm::uri(&args.uri, terminal)?, &args.token)?;
    let token = hsm.token(Access::Write)?;
    let written = hsm.during("importing the certificate", || token.import_certificate(hsm.uri(), &file, args.replace));
    hsm.close(token);
    let uri = written.map_err(|error| match error {
        TokenError::ObjectExists { .. } => hsm.told(&error).hint("put the new one in its place with `--replace`"),
        _ => hsm.told(&error),
    });
    let uri = hsm.to_paste(&uri?);
    match args.format {
        Format::Json => Ok(terminal.json(&render::imported_json(&uri))),
        Format::Human => {
            terminal.say("wrote the certificate into the token\n");
            terminal.data(format!("{uri}\n").as_bytes())
        }
    }
}
