//! DSSE envelopes (v1.0.2): a payload, its type, and signatures over both.

use serde::{Deserialize, Serialize};

use crate::base64;
use crate::json::{self, JsonError};
use crate::limits;
use crate::wire::Bounded;

/// A DSSE envelope, parsed and bounded, not trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    payload_type: String,
    payload: Vec<u8>,
    signatures: Vec<EnvelopeSignature>,
}

/// One signature of an envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvelopeSignature {
    /// The bytes of the signature over the envelope's [`Pae`].
    pub signature: Vec<u8>,
    /// An unauthenticated hint, never used for a decision; an empty one is none.
    pub key_id: Option<String>,
}

/// The bytes that an envelope's signatures are over: DSSE's pre-authentication encoding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pae(Vec<u8>);

/// Why something is not an envelope.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// Not strict JSON, or not an envelope's fields.
    #[error("not a DSSE envelope: {0}")]
    Json(#[from] JsonError),
    /// A field is not base64.
    #[error("`{field}` is not base64")]
    Base64 {
        /// The field.
        field: &'static str,
    },
    /// A payload larger than [`limits::PAYLOAD_BYTES`].
    #[error("the payload has {bytes} bytes, more than the {limit} allowed", limit = limits::PAYLOAD_BYTES)]
    PayloadTooLarge {
        /// Its size.
        bytes: usize,
    },
    /// No signature.
    #[error("the envelope has no signature")]
    Unsigned,
    /// An empty payload type, or one longer than [`limits::NAME_BYTES`].
    #[error("`payloadType` is empty or too long")]
    PayloadType,
}

impl Pae {
    /// `"DSSEv1" SP LEN(type) SP type SP LEN(body) SP body`, lengths in bytes (DSSE protocol, v1).
    pub fn new(payload_type: &str, payload: &[u8]) -> Self {
        let head = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len());
        let mut bytes = Vec::with_capacity(head.len() + payload.len());
        bytes.extend_from_slice(head.as_bytes());
        bytes.extend_from_slice(payload);
        Self(bytes)
    }

    /// The encoded bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    #[cfg(feature = "sign")]
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Wire {
    payload: String,
    payload_type: String,
    signatures: Bounded<WireSignature, { limits::ENVELOPE_SIGNATURES }>,
}

#[derive(Serialize, Deserialize)]
struct WireSignature {
    sig: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    keyid: Option<String>,
}

impl Envelope {
    /// Reads an envelope's JSON.
    ///
    /// # Errors
    /// When it is not strict JSON, a field is missing or not base64, or a bound is exceeded.
    pub fn parse(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        json::parse::<Wire>(bytes, limits::EVIDENCE_BYTES)?.try_into()
    }

    /// The envelope as JSON.
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(&Wire::from(self)).unwrap_or_default() // strings only: cannot fail
    }

    /// What kind of payload it is, as signed.
    pub fn payload_type(&self) -> &str {
        &self.payload_type
    }

    /// The payload, of which nothing is known before a signature over it is verified.
    pub fn untrusted_payload(&self) -> &[u8] {
        &self.payload
    }

    /// The signatures: one at least, at most [`limits::ENVELOPE_SIGNATURES`].
    pub fn signatures(&self) -> &[EnvelopeSignature] {
        &self.signatures
    }

    /// The bytes that the signatures are over.
    pub fn pae(&self) -> Pae {
        Pae::new(&self.payload_type, &self.payload)
    }

    #[cfg(feature = "sign")]
    pub(crate) fn signed(payload_type: &str, payload: Vec<u8>, signature: Vec<u8>) -> Self {
        let signatures = vec![EnvelopeSignature { signature, key_id: None }];
        Self { payload_type: payload_type.to_owned(), payload, signatures }
    }
}

impl TryFrom<Wire> for Envelope {
    type Error = EnvelopeError;

    fn try_from(wire: Wire) -> Result<Self, Self::Error> {
        if wire.payload_type.is_empty() || wire.payload_type.len() > limits::NAME_BYTES {
            return Err(EnvelopeError::PayloadType);
        }
        let payload = base64::decode(&wire.payload).ok_or(EnvelopeError::Base64 { field: "payload" })?;
        if payload.len() > limits::PAYLOAD_BYTES {
            return Err(EnvelopeError::PayloadTooLarge { bytes: payload.len() });
        }
        let signatures: Vec<_> =
            wire.signatures.0.into_iter().map(EnvelopeSignature::try_from).collect::<Result<_, _>>()?;
        if signatures.is_empty() {
            return Err(EnvelopeError::Unsigned);
        }
        Ok(Self { payload_type: wire.payload_type, payload, signatures })
    }
}

impl TryFrom<WireSignature> for EnvelopeSignature {
    type Error = EnvelopeError;

    fn try_from(wire: WireSignature) -> Result<Self, Self::Error> {
        let signature = base64::decode(&wire.sig).ok_or(EnvelopeError::Base64 { field: "sig" })?;
        Ok(Self { signature, key_id: wire.keyid.filter(|id| !id.is_empty()) })
    }
}

impl From<&Envelope> for Wire {
    fn from(envelope: &Envelope) -> Self {
        let signature =
            |of: &EnvelopeSignature| WireSignature { sig: base64::encode(&of.signature), keyid: of.key_id.clone() };
        Self {
            payload: base64::encode(&envelope.payload),
            payload_type: envelope.payload_type.clone(),
            signatures: Bounded(envelope.signatures.iter().map(signature).collect()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pae_is_the_specifications_vector() {
        let pae = Pae::new("http://example.com/HelloWorld", b"hello world");
        assert_eq!(pae.as_bytes(), b"DSSEv1 29 http://example.com/HelloWorld 11 hello world");
        assert_eq!(Pae::new("t\u{e9}", b"").as_bytes(), "DSSEv1 3 t\u{e9} 0 ".as_bytes());
    }

    #[test]
    fn reads_both_alphabets_and_writes_what_it_read() {
        for payload in ["+/8=", "-_8="] {
            let text =
                format!(r#"{{"payload":"{payload}","payloadType":"t","signatures":[{{"sig":"AA==","keyid":""}}]}}"#);
            let envelope = Envelope::parse(text.as_bytes()).unwrap();
            assert_eq!(envelope.untrusted_payload(), [0xfb, 0xff]);
            assert_eq!(envelope.signatures(), [EnvelopeSignature { signature: vec![0], key_id: None }]);
            assert_eq!(Envelope::parse(&envelope.to_json()), Ok(envelope));
        }
    }

    #[test]
    fn refuses_what_is_no_envelope() {
        type Case = (&'static str, fn(&EnvelopeError) -> bool);
        let cases: [Case; 6] = [
            (r#"{"payload":"","payloadType":"t","signatures":[]}"#, |e| *e == EnvelopeError::Unsigned),
            (r#"{"payload":"","payloadType":"","signatures":[{"sig":""}]}"#, |e| *e == EnvelopeError::PayloadType),
            (r#"{"payload":"*","payloadType":"t","signatures":[{"sig":""}]}"#, |e| {
                *e == EnvelopeError::Base64 { field: "payload" }
            }),
            (r#"{"payload":"","payloadType":"t","signatures":[{"sig":"A"}]}"#, |e| {
                *e == EnvelopeError::Base64 { field: "sig" }
            }),
            (r#"{"payload":"","signatures":[{"sig":""}]}"#, |e| matches!(e, EnvelopeError::Json(_))),
            (r#"{"payload":"","payload":"","payloadType":"t","signatures":[{"sig":""}]}"#, |e| {
                matches!(e, EnvelopeError::Json(_))
            }),
        ];
        for (text, expected) in cases {
            let error = Envelope::parse(text.as_bytes()).unwrap_err();
            assert!(expected(&error), "{text}: {error:?}");
        }
        let many = vec![r#"{"sig":""}"#; limits::ENVELOPE_SIGNATURES + 1].join(",");
        let text = format!(r#"{{"payload":"","payloadType":"t","signatures":[{many}]}}"#);
        assert!(matches!(Envelope::parse(text.as_bytes()), Err(EnvelopeError::Json(_))));
    }
}
