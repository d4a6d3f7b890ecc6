//! The policy as a TOML document.

/// Reads the files that a policy names; implemented by whoever may touch the world.
pub trait PolicyFiles {
    /// The bytes of the file at this path below the policy's folder.
    ///
    /// The path is relative, with `/`, without `..`. An implementation bounds what it reads
    /// and follows no link out of the folder.
    ///
    /// # Errors
    /// A sentence for people, when the file cannot be read.
    fn read(&self, path: &str) -> Result<Vec<u8>, String>;
}
