use core::fmt;

use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

use super::BundleError;
use crate::time::Timestamp;

/// What names the key that signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Material {
    /// A key that the verifier knows; the hint says which, and decides nothing.
    PublicKey {
        /// Base64 of SHA-256 of the key's SPKI, by convention.
        hint: Option<String>,
    },
    /// A certificate (v0.3).
    Certificate(Certificate),
    /// A chain, leaf first (v0.1, v0.2): one certificate at least.
    Chain(Vec<Certificate>),
}

/// An X.509 certificate as a bundle carries it: readable, not verified.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    /// The issuer's distinguished name.
    pub issuer: String,
    /// The subject's distinguished name; often empty.
    pub subject: String,
    /// The subject alternative names of type URI, email and DNS.
    pub names: Vec<String>,
    /// The first second of validity, if it is a time that we can hold.
    pub not_before: Option<Timestamp>,
    /// The last second of validity, if it is a time that we can hold.
    pub not_after: Option<Timestamp>,
}

impl Certificate {
    /// Reads one DER certificate, and nothing after it.
    ///
    /// # Errors
    /// When the bytes are not exactly one X.509 v3 certificate.
    pub fn parse(der: Vec<u8>) -> Result<Self, BundleError> {
        let (rest, parsed) =
            X509Certificate::from_der(&der).map_err(|error| BundleError::Certificate(error.to_string()))?;
        if !rest.is_empty() {
            return Err(BundleError::Certificate(format!("{} bytes after it", rest.len())));
        }
        let names = parsed
            .subject_alternative_name()
            .map_err(|error| BundleError::Certificate(error.to_string()))?
            .map(|extension| extension.value.general_names.iter().filter_map(name).collect());
        let (issuer, subject) = (parsed.issuer().to_string(), parsed.subject().to_string());
        let not_before = Timestamp::from_unix(parsed.validity().not_before.timestamp());
        let not_after = Timestamp::from_unix(parsed.validity().not_after.timestamp());
        Ok(Self { issuer, subject, names: names.unwrap_or_default(), not_before, not_after, der })
    }

    /// The certificate's bytes.
    pub fn der(&self) -> &[u8] {
        &self.der
    }
}

fn name(general_name: &GeneralName<'_>) -> Option<String> {
    match general_name {
        GeneralName::URI(text) | GeneralName::RFC822Name(text) | GeneralName::DNSName(text) => Some((*text).to_owned()),
        _ => None,
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({:?} by {:?})", self.names, self.issuer)
    }
}
