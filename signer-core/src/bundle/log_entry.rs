/// An entry of a transparency log, as a bundle claims it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// The index in the whole log; 0 when the field is left out.
    pub log_index: u64,
    /// Which log: the identifier of its key.
    pub log_id: Vec<u8>,
    /// The kind of entry, such as `hashedrekord`.
    pub kind: String,
    /// The version of that kind, such as `0.0.1`.
    pub kind_version: String,
    /// Seconds since the epoch at which the log says that it took the entry in.
    pub integrated_time: Option<u64>,
    /// The log's signed promise (SET).
    pub inclusion_promise: Option<Vec<u8>>,
    /// The proof that the entry is in the log.
    pub inclusion_proof: Option<InclusionProof>,
    /// The entry itself.
    pub canonicalized_body: Vec<u8>,
}

/// A Merkle inclusion proof (RFC 6962 §2.1.1), as a bundle claims it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InclusionProof {
    /// The index in this tree; 0 when the field is left out.
    pub log_index: u64,
    /// The root that the proof leads to.
    pub root_hash: Vec<u8>,
    /// The number of entries in the tree.
    pub tree_size: u64,
    /// The hashes of the path, leaf to root.
    pub hashes: Vec<Vec<u8>>,
    /// The signed tree head, as a signed note.
    pub checkpoint: Option<String>,
}
