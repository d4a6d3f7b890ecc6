//! The binary.
#[cfg(test)]
mod world {
    pub(crate) mod git;
}

fn main() {}
