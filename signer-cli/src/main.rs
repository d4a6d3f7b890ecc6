//! The binary.
fn main() {}

#[cfg(test)]
mod world {
    pub(crate) mod git;
}
