//! Mechanisms and signatures.

use aws_lc_rs::digest as aws_digest;
use aws_lc_rs::rsa;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RsaEncoding};
use cryptoki_sys::{CK_KEY_TYPE, CK_MECHANISM_INFO, CK_MECHANISM_TYPE, CKK_EC, CKK_EC_EDWARDS, CKK_RSA};
use cryptoki_sys::{CKF_EC_F_P, CKF_EC_NAMEDCURVE, CKF_EC_UNCOMPRESS, CKF_GENERATE_KEY_PAIR, CKF_HW, CKF_SIGN};
use cryptoki_sys::{CKM_EC_EDWARDS_KEY_PAIR_GEN, CKM_EC_KEY_PAIR_GEN, CKM_ECDSA, CKM_ECDSA_SHA256};
use cryptoki_sys::{CKM_ECDSA_SHA384, CKM_ECDSA_SHA512, CKM_EDDSA, CKM_RSA_PKCS, CKM_SHA256_RSA_PKCS};
use cryptoki_sys::{CKM_SHA384_RSA_PKCS, CKM_SHA512_RSA_PKCS, CKR_DATA_INVALID, CKR_DATA_LEN_RANGE};
use cryptoki_sys::{
    CKR_FUNCTION_FAILED, CKR_KEY_TYPE_INCONSISTENT, CKR_MECHANISM_INVALID, CKR_MECHANISM_PARAM_INVALID,
};
use ed25519_dalek::Signer as _;
use sha2::digest::{FixedOutput, HashMarker, Output, OutputSizeUser, Update, consts::U64};
use sha2::{Digest as _, Sha256, Sha384, Sha512};
use signature::hazmat::PrehashSigner as _;

use crate::call::Result;
use crate::keys::PrivateKey;
use crate::memory::MechanismInput;
use crate::script::Prehash;

/// All that the module can do.
pub(crate) const MECHANISMS: [CK_MECHANISM_TYPE; 11] = [
    CKM_ECDSA,
    CKM_ECDSA_SHA256,
    CKM_ECDSA_SHA384,
    CKM_ECDSA_SHA512,
    CKM_EDDSA,
    CKM_RSA_PKCS,
    CKM_SHA256_RSA_PKCS,
    CKM_SHA384_RSA_PKCS,
    CKM_SHA512_RSA_PKCS,
    CKM_EC_KEY_PAIR_GEN,
    CKM_EC_EDWARDS_KEY_PAIR_GEN,
];

/// What is told of a mechanism.
pub(crate) fn info(mechanism: CK_MECHANISM_TYPE) -> CK_MECHANISM_INFO {
    let curve = CKF_EC_F_P | CKF_EC_NAMEDCURVE | CKF_EC_UNCOMPRESS;
    let (least, most, flags) = match mechanism {
        CKM_EC_KEY_PAIR_GEN => (256, 384, CKF_GENERATE_KEY_PAIR | curve),
        CKM_EC_EDWARDS_KEY_PAIR_GEN => (255, 255, CKF_GENERATE_KEY_PAIR | CKF_EC_NAMEDCURVE),
        CKM_EDDSA => (255, 255, CKF_SIGN | CKF_EC_NAMEDCURVE),
        CKM_ECDSA | CKM_ECDSA_SHA256 | CKM_ECDSA_SHA384 | CKM_ECDSA_SHA512 => (256, 384, CKF_SIGN | curve),
        _ => (2048, 2048, CKF_SIGN),
    };
    CK_MECHANISM_INFO { ulMinKeySize: least, ulMaxKeySize: most, flags: flags | CKF_HW }
}

/// How data is signed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mechanism {
    /// The data is the digest.
    Ecdsa(Option<Hash>),
    Ed25519,
    Ed25519ph {
        data_is_digest: bool,
    },
    /// Without a hash, the data is a DigestInfo.
    RsaPkcs1(Option<Hash>),
}

/// A hash that the token computes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

impl Mechanism {
    /// The mechanism that is asked for, with its parameter (PKCS#11 v3.0, 2.3.14 for Ed25519).
    pub(crate) fn new(input: &MechanismInput, prehash: Prehash) -> Result<Self> {
        Ok(match input.kind {
            CKM_ECDSA => Self::Ecdsa(None),
            CKM_ECDSA_SHA256 => Self::Ecdsa(Some(Hash::Sha256)),
            CKM_ECDSA_SHA384 => Self::Ecdsa(Some(Hash::Sha384)),
            CKM_ECDSA_SHA512 => Self::Ecdsa(Some(Hash::Sha512)),
            CKM_RSA_PKCS => Self::RsaPkcs1(None),
            CKM_SHA256_RSA_PKCS => Self::RsaPkcs1(Some(Hash::Sha256)),
            CKM_SHA384_RSA_PKCS => Self::RsaPkcs1(Some(Hash::Sha384)),
            CKM_SHA512_RSA_PKCS => Self::RsaPkcs1(Some(Hash::Sha512)),
            CKM_EDDSA => match (&input.eddsa, prehash) {
                (None, _) | (Some(_), Prehash::Ignored) => Self::Ed25519,
                // A context, or Ed25519ctx (the parameter without its flag), is beyond this token.
                (Some(params), _) if !params.prehash || !params.context.is_empty() => {
                    return Err(CKR_MECHANISM_PARAM_INVALID);
                }
                (Some(_), Prehash::Digest) => Self::Ed25519ph { data_is_digest: true },
                (Some(_), Prehash::Message) => Self::Ed25519ph { data_is_digest: false },
                (Some(_), Prehash::Refused) => return Err(CKR_MECHANISM_PARAM_INVALID),
            },
            _ => return Err(CKR_MECHANISM_INVALID),
        })
    }

    /// Whether the data is signed as it comes, which many tokens do in one part only.
    pub(crate) fn is_raw(self) -> bool {
        !matches!(self, Self::Ecdsa(Some(_)) | Self::RsaPkcs1(Some(_)))
    }

    /// Whether it goes with keys of this type.
    pub(crate) fn fits(self, key_type: CK_KEY_TYPE) -> bool {
        match self {
            Self::Ecdsa(_) => key_type == CKK_EC,
            Self::Ed25519 | Self::Ed25519ph { .. } => key_type == CKK_EC_EDWARDS,
            Self::RsaPkcs1(_) => key_type == CKK_RSA,
        }
    }

    /// Data that it signs, whatever it is.
    pub(crate) fn some_data(self) -> Vec<u8> {
        match self {
            Self::RsaPkcs1(None) => [Hash::Sha256.digest_info_prefix(), &[0x5a; 32]].concat(),
            _ => vec![0x5a; 64],
        }
    }
}

impl Hash {
    fn of(self, data: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha256 => Sha256::digest(data).to_vec(),
            Self::Sha384 => Sha384::digest(data).to_vec(),
            Self::Sha512 => Sha512::digest(data).to_vec(),
        }
    }

    fn algorithm(self) -> (&'static aws_digest::Algorithm, &'static dyn RsaEncoding) {
        match self {
            Self::Sha256 => (&aws_digest::SHA256, &RSA_PKCS1_SHA256),
            Self::Sha384 => (&aws_digest::SHA384, &RSA_PKCS1_SHA384),
            Self::Sha512 => (&aws_digest::SHA512, &RSA_PKCS1_SHA512),
        }
    }

    /// What stands before the digest in a DigestInfo (RFC 8017, 9.2, note 1).
    fn digest_info_prefix(self) -> &'static [u8] {
        match self {
            Self::Sha256 => &[0x30, 0x31, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0, 4, 0x20],
            Self::Sha384 => &[0x30, 0x41, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2, 5, 0, 4, 0x30],
            Self::Sha512 => &[0x30, 0x51, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3, 5, 0, 4, 0x40],
        }
    }
}

impl PrivateKey {
    /// Signs as the mechanism says; ECDSA signatures are r and s, each as long as the field.
    pub(crate) fn sign(&self, mechanism: Mechanism, data: &[u8]) -> Result<Vec<u8>> {
        match (self, mechanism) {
            (Self::P256(key), Mechanism::Ecdsa(hash)) => {
                let digest = hash.map_or_else(|| data.to_vec(), |hash| hash.of(data));
                let signature: p256::ecdsa::Signature = key.sign_prehash(&digest).map_err(|_| CKR_DATA_LEN_RANGE)?;
                Ok(signature.to_bytes().to_vec())
            }
            (Self::P384(key), Mechanism::Ecdsa(hash)) => {
                let digest = hash.map_or_else(|| data.to_vec(), |hash| hash.of(data));
                let signature: p384::ecdsa::Signature = key.sign_prehash(&digest).map_err(|_| CKR_DATA_LEN_RANGE)?;
                Ok(signature.to_bytes().to_vec())
            }
            (Self::Ed25519(key), Mechanism::Ed25519) => Ok(key.sign(data).to_bytes().to_vec()),
            (Self::Ed25519(key), Mechanism::Ed25519ph { data_is_digest }) => {
                let digest: [u8; 64] = if data_is_digest {
                    data.try_into().map_err(|_| CKR_DATA_LEN_RANGE)?
                } else {
                    Sha512::digest(data).into()
                };
                let signature = key.sign_prehashed(Given(digest), None).map_err(|_| CKR_FUNCTION_FAILED)?;
                Ok(signature.to_bytes().to_vec())
            }
            (Self::Rsa2048(key), Mechanism::RsaPkcs1(hash)) => sign_rsa(key, hash, data),
            _ => Err(CKR_KEY_TYPE_INCONSISTENT),
        }
    }
}

fn sign_rsa(key: &rsa::KeyPair, hash: Option<Hash>, data: &[u8]) -> Result<Vec<u8>> {
    let (hash, digest) = match hash {
        Some(hash) => (hash, hash.of(data)),
        None => [Hash::Sha256, Hash::Sha384, Hash::Sha512]
            .into_iter()
            .find_map(|hash| Some((hash, data.strip_prefix(hash.digest_info_prefix())?.to_vec())))
            .ok_or(CKR_DATA_INVALID)?,
    };
    let (algorithm, encoding) = hash.algorithm();
    let digest = aws_digest::Digest::import_less_safe(&digest, algorithm).map_err(|_| CKR_DATA_LEN_RANGE)?;
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign_digest(encoding, &digest, &mut signature).map_err(|_| CKR_FUNCTION_FAILED)?;
    Ok(signature)
}

/// A digest that was computed elsewhere.
struct Given([u8; 64]);

impl Default for Given {
    fn default() -> Self {
        Self([0; 64])
    }
}

impl Update for Given {
    fn update(&mut self, _: &[u8]) {}
}

impl OutputSizeUser for Given {
    type OutputSize = U64;
}

impl FixedOutput for Given {
    fn finalize_into(self, out: &mut Output<Self>) {
        out.copy_from_slice(&self.0);
    }
}

impl HashMarker for Given {}
