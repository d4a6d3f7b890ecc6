//! Every bound on hostile input, in one place, each with why that number.
//!
//! Exceeding one is an error that names the bound; nothing is truncated.

/// Bytes of one evidence file: a bundle, an envelope or a JSON Lines file of them.
///
/// A statement about 100,000 subjects is about 12 MiB; base64 makes 16 of it. The
/// parsed form stays below 64 MiB.
pub const EVIDENCE_BYTES: usize = 16 * 1024 * 1024;

/// Bytes of a DSSE payload after base64: what fits into [`EVIDENCE_BYTES`].
pub const PAYLOAD_BYTES: usize = 12 * 1024 * 1024;

/// Levels of nesting in any JSON document. Real provenance stays below 20.
pub const JSON_DEPTH: usize = 64;

/// Subjects of one statement: a large release folder has some ten thousand files.
pub const SUBJECTS: usize = 100_000;

/// Entries of one digest set. The in-toto specification names about twenty algorithms.
pub const DIGESTS_PER_SET: usize = 32;

/// Bytes of a subject's name, a URI or another single-line string that is compared.
pub const NAME_BYTES: usize = 4096;

/// Signatures of one plain DSSE envelope. Each costs up to [`CANDIDATE_KEYS`] verifications.
pub const ENVELOPE_SIGNATURES: usize = 16;

/// Log entries of one bundle; real bundles carry one or two.
pub const LOG_ENTRIES: usize = 32;

/// Signed timestamps of one bundle; real bundles carry one or two.
pub const TIMESTAMPS: usize = 32;

/// Certificates of one chain; Fulcio's have three.
pub const CHAIN_CERTIFICATES: usize = 10;

/// Keys that one signature is tried under, besides the hinted one.
pub const CANDIDATE_KEYS: usize = 64;

/// Ed25519 keys that the bare signatures of one artifact are tried under as pure Ed25519, in one pass
/// over the bytes: each costs a SHA-512 of the whole artifact.
pub const STREAMED_KEYS: usize = 32;

/// Verifications of bare signatures that claim no digest, in one request: each is tried for every
/// artifact under every key that fits. A few seconds of work.
pub const BLIND_VERIFICATIONS: usize = 1 << 16;

/// Attestations (signatures with their statement) of one request: the releases of a large
/// deployment, checked in one call.
pub const ATTESTATIONS: usize = 4096;

/// Bytes of all evidence of one request.
pub const REQUEST_BYTES: usize = 128 * 1024 * 1024;

/// Bytes of a trust policy. A register of 1,000 identities is about 1 MiB.
pub const POLICY_BYTES: usize = 4 * 1024 * 1024;

/// Bytes of a public key file, of a private key file, and of a password.
pub const KEY_FILE_BYTES: usize = 64 * 1024;

/// Memory that deriving a key from a password may take: scrypt's 128·N·r.
/// OWASP's N = 2^17 with r = 8 takes 128 MiB.
pub const KDF_BYTES: u64 = 256 * 1024 * 1024;

/// Work that scrypt may take: N·r·p. OWASP's N = 2^17, r = 8, p = 1 is 2^20.
pub const SCRYPT_WORK: u64 = 1 << 22;

/// Iterations that PBKDF2 may take; about a second. OWASP asks for 600,000 with SHA-256.
pub const PBKDF2_ITERATIONS: u32 = 10_000_000;

/// Bytes of a `pkcs11:` URI. A path of 4,096 bytes is three times that when each byte is escaped;
/// what PKCS#11 says of library, slot and token is 256 bytes, and labels are short.
pub const PKCS11_URI_BYTES: usize = 16 * 1024;

/// Segments of one pattern of a policy. Names and URIs have about ten; with this bound,
/// matching costs at most this many passes over the text.
pub const PATTERN_SEGMENTS: usize = 64;

/// Errors reported about one policy document; a reader mends the first few and asks again.
pub const POLICY_ERRORS: usize = 50;

/// Sessions that one pool opens with a token: more threads than that wait for each other. Network
/// HSMs allow a few dozen to a client.
pub const TOKEN_SESSIONS: usize = 64;

/// Objects of one kind in a token that are what a URI asks for. Release keys are few; an HSM that is
/// shared by a company holds thousands.
pub const TOKEN_OBJECTS: usize = 10_000;

/// Bytes of a build context file: a few parameters by hand.
pub const BUILD_CONTEXT_BYTES: usize = 1024 * 1024;
