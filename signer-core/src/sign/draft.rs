//! Drafts: what becomes an envelope or a bare signature once a signer has signed it.

use super::{SignError, Signer, SigningInput, checked};
use crate::bundle::MessageSignature;
use crate::digest::ArtifactDigests;
use crate::envelope::{Envelope, Pae};
use crate::key::KeyAlgorithm;
use crate::limits;
use crate::statement::{PAYLOAD_TYPE, Statement};

/// A statement about to be signed.
#[derive(Clone, Debug)]
pub struct Draft {
    payload: Vec<u8>,
}

/// The statement is larger than [`limits::PAYLOAD_BYTES`], so that no verifier would read it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the statement has {bytes} bytes, more than the {limit} that verifiers read", limit = limits::PAYLOAD_BYTES)]
pub struct DraftTooLarge {
    /// Its size.
    pub bytes: usize,
}

impl Draft {
    /// A draft of this statement.
    ///
    /// # Errors
    /// When the statement is too large to be read again.
    pub fn new(statement: &Statement) -> Result<Self, DraftTooLarge> {
        let payload = statement.to_json();
        if payload.len() > limits::PAYLOAD_BYTES {
            return Err(DraftTooLarge { bytes: payload.len() });
        }
        Ok(Self { payload })
    }

    /// Signs the statement; the envelope has one signature, without `keyid`.
    ///
    /// # Errors
    /// When the signer fails, or makes a signature that does not verify under its public key.
    pub fn sign(self, signer: &(impl Signer + ?Sized)) -> Result<Envelope, SignError> {
        let pae = Pae::new(PAYLOAD_TYPE, &self.payload);
        let signature = checked(signer, &SigningInput::pae(pae.into_bytes()))?;
        Ok(Envelope::signed(PAYLOAD_TYPE, self.payload, signature.into_bytes()))
    }
}

/// Signs an artifact as it is.
///
/// The digests are those of [`Signer::artifact_digests`] at least; the one that is signed is named
/// in the result.
///
/// # Errors
/// When the digest that the key signs is not known, the signer fails, or makes a signature that does
/// not verify under its public key; when the bytes begin as a statement's PAE; and with an ECDSA key
/// also when they were not hashed by a [`Hasher`](crate::digest::Hasher): the signature could pass for
/// one over a statement that somebody else chose.
pub fn sign_artifact(
    digests: &ArtifactDigests,
    signer: &(impl Signer + ?Sized),
) -> Result<MessageSignature, SignError> {
    // Ed25519ph is separated from Ed25519 by the algorithm itself (RFC 8032 §5.1); for the others a
    // signature over a digest is one over whatever has that digest, a statement's PAE included
    if digests.is_like_statement() {
        return Err(SignError::LikeStatement); // whatever the key: nobody accepts it as an artifact
    }
    if signer.public_key().algorithm() != KeyAlgorithm::Ed25519 && !digests.is_of_seen_bytes() {
        return Err(SignError::UnseenBytes);
    }
    let signature = checked(signer, &SigningInput::artifact(digests.clone()))?;
    let digest = signature.algorithm().digest().and_then(|algorithm| digests.by(algorithm)).copied();
    Ok(MessageSignature { digest, signature: signature.into_bytes() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::{Bundle, Content};
    use crate::digest::{DigestAlgorithm, digest};
    use crate::key::Message;
    use crate::sign::FileKey;
    use crate::statement::{DigestSet, Subject};

    #[test]
    fn a_signed_statement_is_a_bundle_that_verifies() {
        for algorithm in [KeyAlgorithm::Ed25519, KeyAlgorithm::EcdsaP256, KeyAlgorithm::EcdsaP384] {
            let key = FileKey::generate(algorithm).unwrap();
            let abc = digest(DigestAlgorithm::Sha256, b"abc").into();
            let subject = Subject::new(None, DigestSet::from(&abc)).unwrap();
            let statement = Statement::new(vec![subject], "urn:x:y".to_owned(), "{}").unwrap();
            let envelope = Draft::new(&statement).unwrap().sign(&key).unwrap();
            let hint = key.public_key().id().hint();
            let bundle = Bundle::for_key(hint, Content::Envelope(envelope)).unwrap();
            let Content::Envelope(read) = Bundle::parse(&bundle.to_json().unwrap()).unwrap().content().clone() else {
                panic!("an envelope was written")
            };
            let pae = read.pae();
            let signature = &read.signatures()[0].signature;
            assert!(key.public_key().verify(&Message::whole(pae.as_bytes()), signature).is_ok(), "{algorithm}");
        }
    }

    #[test]
    fn a_bare_signature_names_the_digest_that_it_is_over() {
        for (algorithm, over) in [
            (KeyAlgorithm::Ed25519, DigestAlgorithm::Sha512),
            (KeyAlgorithm::EcdsaP256, DigestAlgorithm::Sha256),
            (KeyAlgorithm::EcdsaP384, DigestAlgorithm::Sha384),
        ] {
            let key = FileKey::generate(algorithm).unwrap();
            assert!(key.artifact_digests().contains(over), "{algorithm}");
            let hash = |bytes| {
                let mut hasher = crate::digest::Hasher::new([over].into_iter().collect());
                hasher.update(bytes);
                hasher.finish()
            };
            let signed = sign_artifact(&hash(b"abc"), &key).unwrap();
            if algorithm == KeyAlgorithm::Ed25519 {
                assert!(sign_artifact(&digest(over, b"abc").into(), &key).is_ok());
            } else {
                let named = sign_artifact(&digest(over, b"abc").into(), &key);
                assert_eq!(named, Err(SignError::UnseenBytes), "{algorithm}");
            }
            let like = sign_artifact(&hash(b"DSSEv1 1 t 1 x"), &key);
            assert_eq!(like, Err(SignError::LikeStatement), "{algorithm}");
            assert_eq!(signed.digest, Some(digest(over, b"abc")), "{algorithm}");
        }
    }
}
