//! Only the dependencies matter: see `Cargo.toml`.
