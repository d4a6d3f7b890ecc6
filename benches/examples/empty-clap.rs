//! An empty program with a command line: what starting any such program costs.

use clap::Parser;

/// Does nothing.
#[derive(Parser)]
#[command(version)]
struct Empty {}

fn main() {
    let Empty {} = Empty::parse();
}
