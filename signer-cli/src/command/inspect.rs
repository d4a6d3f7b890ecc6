//! `signer inspect`: what evidence claims.

use signer_core::bundle::Bundle;
use signer_core::envelope::Envelope;
use signer_core::limits;
use verifier::{Document, DocumentKind};

use crate::args::{Format, Inspect};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::{self, Found, Inspected};
use crate::world::input;
use crate::world::terminal::Terminal;

pub(super) fn run(args: &Inspect, terminal: &Terminal) -> Result<Exit, Failure> {
    let bytes = input::read(&args.bundle, limits::EVIDENCE_BYTES)?;
    let source = args.bundle.display().to_string();
    let all: Vec<Inspected> = Document::split(&source, &bytes).iter().map(inspect).collect();
    let told = match args.format {
        Format::Json => terminal.json(&render::inspect_json(&all)),
        Format::Human => terminal.data(render::inspect_human(&all).as_bytes())?,
    };
    let usable = all.iter().any(|inspected| inspected.content.is_ok());
    Ok(told.and(if usable { Exit::Done } else { Exit::Rejected }))
}

fn inspect(document: &Document<'_>) -> Inspected {
    let content = match document.kind() {
        DocumentKind::Envelope => {
            Envelope::parse(document.bytes()).map(Found::Envelope).map_err(|error| error.to_string())
        }
        DocumentKind::Bundle => Bundle::parse(document.bytes())
            .map(|bundle| Found::Bundle(Box::new(bundle)))
            .map_err(|error| error.to_string()),
    };
    Inspected { source: document.source().to_owned(), content }
}
