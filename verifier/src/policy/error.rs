//! What is wrong with a policy document, and where.

use core::fmt;

use signer_core::identity::Role;

use super::pattern::PatternError;

/// Everything that is wrong with a policy document, in the order of the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyErrors {
    pub(crate) source_name: String,
    pub(crate) errors: Vec<PolicyError>,
    pub(crate) omitted: usize,
}

/// One thing that is wrong with a policy document.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PolicyError {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub kind: PolicyErrorKind,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyErrorKind {
    /// The document exceeds [`POLICY_BYTES`](signer_core::limits::POLICY_BYTES).
    #[error("the policy has {bytes} bytes, more than the {limit} allowed")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The bound.
        limit: usize,
    },
    /// The document is not UTF-8, which TOML is.
    #[error("the policy is not UTF-8")]
    NotUtf8,
    /// Not TOML; a name given twice in one table is among these.
    #[error("not TOML: {message}")]
    Syntax {
        /// What the TOML parser says.
        message: String,
    },
    /// Another schema.
    #[error("expected schema `{expected}`, found `{found}`")]
    UnknownSchema {
        /// The schema that this version reads.
        expected: &'static str,
        /// The schema as given.
        found: String,
    },
    /// A field that the table does not have.
    #[error("unknown field `{field}` in `{table}`{}", did_you_mean(.suggestion.as_deref()))]
    UnknownField {
        /// The table.
        table: &'static str,
        /// The field as given.
        field: String,
        /// The known field that is nearest to it, if one is near.
        suggestion: Option<String>,
    },
    /// A required field is absent.
    #[error("`{table}` needs the field `{field}`")]
    MissingField {
        /// The table.
        table: &'static str,
        /// The field.
        field: &'static str,
    },
    /// A value of another type.
    #[error("expected {expected} for `{field}`, found {found}")]
    WrongType {
        /// The field.
        field: &'static str,
        /// The type expected.
        expected: &'static str,
        /// The type found.
        found: &'static str,
    },
    /// An empty text or list, where something must stand.
    #[error("`{field}` is empty")]
    Empty {
        /// The field.
        field: &'static str,
    },
    /// A text with control characters, or one that is too long.
    #[error("`{field}` is not a single line of at most {limit} bytes")]
    NotALine {
        /// The field.
        field: &'static str,
        /// The bound.
        limit: usize,
    },
    /// None of the values that the field may have.
    #[error("expected {expected} for `{field}`, found `{found}`{}", did_you_mean(.suggestion.as_deref()))]
    UnknownValue {
        /// The field.
        field: &'static str,
        /// The values that it may have.
        expected: String,
        /// The value as given.
        found: String,
        /// The known value that is nearest to it, if one is near.
        suggestion: Option<String>,
    },
    /// A number below the least that has a meaning, or beyond what fits.
    #[error("expected {field} to be a whole number from {least}, found `{found}`")]
    OutOfRange {
        /// The field.
        field: &'static str,
        /// The least number allowed.
        least: u64,
        /// The number as given.
        found: String,
    },
    /// A value of the right type in a wrong form.
    #[error("expected {expected} for `{field}`, found `{found}`")]
    Malformed {
        /// The field.
        field: &'static str,
        /// The form expected.
        expected: &'static str,
        /// The value as given, shortened.
        found: String,
    },
    /// A pattern that is none, or could not match.
    #[error("`{found}` in `{field}`: {error}")]
    Pattern {
        /// The field.
        field: &'static str,
        /// The pattern as given, shortened.
        found: String,
        /// What is wrong with it.
        error: PatternError,
    },
    /// A window in which no time lies.
    #[error("no time lies in this window: `until` is not after `from`")]
    EmptyWindow,
    /// A name given twice.
    #[error("duplicate {what} `{name}`, first on line {first_line}")]
    Duplicate {
        /// What has the name.
        what: &'static str,
        /// The name.
        name: String,
        /// The line of the first; 0 for what is built in.
        first_line: usize,
    },
    /// A name that the policy does not define.
    #[error("the policy defines no {what} `{name}`{}", did_you_mean(.suggestion.as_deref()))]
    Undefined {
        /// What the name should be of.
        what: &'static str,
        /// The name as given.
        name: String,
        /// The defined name that is nearest to it, if one is near.
        suggestion: Option<String>,
    },
    /// A path that leaves the policy's folder.
    #[error("the path `{path}` leaves the policy's folder")]
    PathLeavesFolder {
        /// The path as given, shortened.
        path: String,
    },
    /// A file that the policy names and that cannot be read.
    #[error("the file `{path}` cannot be read: {reason}")]
    UnreadableFile {
        /// The path as given.
        path: String,
        /// Why.
        reason: String,
    },
    /// A public key that cannot be used.
    #[error("not a usable public key: {reason}")]
    BadKey {
        /// Why.
        reason: String,
    },
    /// A key with another fingerprint.
    #[error("the key's fingerprint is `{found}`, expected `{expected}`")]
    FingerprintMismatch {
        /// The fingerprint in the document.
        expected: String,
        /// The key's own.
        found: String,
    },
    /// A file with another digest.
    #[error("the digest of `{path}` is `{found}`, expected `{expected}`")]
    DigestMismatch {
        /// The file.
        path: String,
        /// The digest in the document.
        expected: String,
        /// The file's own.
        found: String,
    },
    /// One key in two identities, or twice among the policy's owners or in one identity.
    #[error("the key `{fingerprint}` is listed twice, first on line {first_line}")]
    KeyTwice {
        /// The key.
        fingerprint: String,
        /// The line of the first.
        first_line: usize,
    },
    /// A policy without identity.
    #[error("the policy has no identity, so nobody could ever pass a gate")]
    NoIdentity,
    /// A policy without gate.
    #[error("the policy has no gate, so it decides nothing")]
    NoGate,
    /// A gate without requirements.
    #[error("gate `{gate}` has no requirement, so anything would pass it")]
    NoRequirement {
        /// The gate.
        gate: String,
    },
    /// An identity with neither key nor certificate.
    #[error("identity `{identity}` has neither a key nor a certificate")]
    NoKey {
        /// The identity.
        identity: String,
    },
    /// A certificate without issuer, under an authority whose certificates have one.
    #[error("a certificate of `{authority}` needs an issuer")]
    NoIssuer {
        /// The authority.
        authority: String,
    },
    /// A key file without fingerprint.
    #[error("a key in a file needs its fingerprint")]
    NoFingerprint,
    /// A predicate that a requirement of that role cannot ask for.
    #[error("role `{role}` cannot ask for predicate `{found}`")]
    PredicateOfRole {
        /// The role.
        role: Role,
        /// The predicate as given.
        found: String,
    },
    /// A field that has no meaning for the requirement's role.
    #[error("`{field}` has a meaning only for role `{role}`")]
    OnlyForRole {
        /// The field.
        field: &'static str,
        /// The role.
        role: Role,
    },
    /// A requirement of role promote that names no gate.
    #[error("a requirement with role `promote` needs the field `gate`")]
    PromoteWithoutGate,
    /// A gate that needs an environment and has none.
    #[error("gate `{gate}` needs an environment, since {because}")]
    NoEnvironment {
        /// The gate.
        gate: String,
        /// Why it needs one.
        because: String,
    },
    /// A role to be distinct from that the gate does not require.
    #[error("`distinct_from` names role `{role}`, which this gate does not require")]
    RoleNotRequired {
        /// The role.
        role: Role,
    },
    /// A revocation of nothing, or of several things.
    #[error(
        "a revocation names exactly one of `key`, `identity`, `artifact`, `attestation` and `builder`, found {found}"
    )]
    RevocationTarget {
        /// How many it names.
        found: usize,
    },
    /// A revocation that needs a date.
    #[error("a revocation with reason `{reason}` needs `since`")]
    NoSince {
        /// The reason.
        reason: &'static str,
    },
    /// Well-formed, and not evaluated by this version.
    #[error("this version cannot evaluate {what} yet")]
    NotYetSupported {
        /// What.
        what: &'static str,
    },
}

impl PolicyErrors {
    /// Where the document was read from.
    pub fn source_name(&self) -> &str {
        &self.source_name
    }

    /// The errors, in the order of the document; at least one.
    pub fn errors(&self) -> &[PolicyError] {
        &self.errors
    }

    /// How many more there were beyond [`POLICY_ERRORS`](signer_core::limits::POLICY_ERRORS).
    pub fn omitted(&self) -> usize {
        self.omitted
    }
}

impl fmt::Display for PolicyErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.errors.iter().enumerate() {
            let line_break = if index == 0 { "" } else { "\n" };
            write!(f, "{line_break}{}:{}:{}: {}", self.source_name, error.line, error.column, error.kind)?;
        }
        if self.omitted > 0 {
            write!(f, "\n{}: and {} more", self.source_name, self.omitted)?;
        }
        Ok(())
    }
}

impl core::error::Error for PolicyErrors {}

impl PolicyError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        self.kind.hint()
    }
}

impl PolicyErrorKind {
    /// What to do about it; never how to trust more.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "keep keys in files beside the policy instead of in place",
            Self::NotUtf8 | Self::Syntax { .. } => "mend the TOML; every name may stand once in a table",
            Self::UnknownSchema { .. } => "use a version of signer that reads this schema",
            Self::UnknownField { .. } => "correct the spelling, or remove the field",
            Self::MissingField { .. } | Self::Empty { .. } | Self::PromoteWithoutGate => "write the field",
            Self::WrongType { .. } | Self::Malformed { .. } | Self::UnknownValue { .. } | Self::NotALine { .. } => {
                "write the value in the expected form; times, dates and numbers stand without quotes"
            }
            Self::OutOfRange { .. } => "write a whole number from the least on, up to what 63 bits hold",
            Self::Pattern { .. } => "patterns match whole segments: `*` within one, `**` for any number of them",
            Self::EmptyWindow => "let `until` be later than `from`",
            Self::Duplicate { .. } => "give each its own name, or remove one",
            Self::Undefined { .. } => "define it, or correct the spelling",
            Self::PathLeavesFolder { .. } => {
                "put the file below the policy's folder and name it by a relative path with `/`"
            }
            Self::UnreadableFile { .. } => "put the file beside the policy",
            Self::BadKey { .. } => "expected a PEM `PUBLIC KEY`, as `signer key public KEY` prints",
            Self::FingerprintMismatch { .. } | Self::DigestMismatch { .. } => {
                "find out who changed the file, and review it before its new value goes into the policy"
            }
            Self::NoFingerprint => "write the fingerprint that `signer key inspect KEY` prints",
            Self::KeyTwice { .. } => "give each identity a key of its own",
            Self::NoIdentity => "add an `[[identity]]` with its owner, roles, validity and key",
            Self::NoGate => "add a `[[gate]]` with its name, artifacts and requirements",
            Self::NoRequirement { .. } => "add a `[[gate.require]]` with a role",
            Self::NoKey { .. } => "add an `[[identity.key]]`",
            Self::NoIssuer { .. } => "name the issuer of the tokens behind the certificates",
            Self::PredicateOfRole { .. } => "leave `predicate` out to ask for the role's own",
            Self::OnlyForRole { .. } => "remove the field, or correct the role",
            Self::NoEnvironment { .. } => "write the gate's `environment`",
            Self::RoleNotRequired { .. } => "add a requirement with that role to the gate, or correct the name",
            Self::RevocationTarget { .. } => "write one `[[revocation]]` for each thing that is revoked",
            Self::NoSince { .. } => "write since when; without a date only `compromised` has a meaning",
            Self::NotYetSupported { .. } => "use a version of signer that evaluates it; it is never ignored",
        }
    }
}

fn did_you_mean(suggestion: Option<&str>) -> String {
    suggestion.map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}
