use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

use super::Format;

/// Work with keys in PKCS#11 tokens: HSMs, smart cards, TPMs.
///
/// The PIN comes from the file that `pin-source` in the URI names, else from SIGNER_PKCS11_PIN, else
/// it is asked for on the terminal or typed at the token.
#[derive(Debug, Args)]
pub(crate) struct Hsm {
    #[command(subcommand)]
    pub(crate) command: HsmCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum HsmCommand {
    List(HsmList),
    Generate(HsmGenerate),
    ImportCertificate(HsmImport),
    Check(HsmCheck),
}

/// What the help calls the options that only tokens need.
pub(super) const TOKENS: &str = "Tokens";

/// How tokens are reached.
#[derive(Debug, Args)]
pub(crate) struct TokenAccess {
    /// The PKCS#11 module, an absolute path, ./PATH or a name, unless the URI names it; without both what
    /// SIGNER_PKCS11_MODULE names
    #[arg(long, value_name = "PATH", help_heading = TOKENS)]
    pub(crate) pkcs11_module: Option<PathBuf>,
    /// Give up when a token does not answer for so long, such as 30s or 2m
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration, help_heading = TOKENS)]
    pub(crate) hsm_timeout: Duration,
}

/// List the slots, tokens, keys and certificates of a module, each with its URI.
///
/// Private keys are shown after a login only, and there is one only if the URI leaves one token: if a
/// PIN is at hand (pin-source, SIGNER_PKCS11_PIN), or with --login. Without a module, the modules that
/// are installed on this machine are listed, and none is loaded.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  signer hsm list
  signer hsm list --pkcs11-module /usr/lib/softhsm/libsofthsm2.so
  signer hsm list 'pkcs11:token=release' --login")]
pub(crate) struct HsmList {
    /// Which tokens and objects: a pkcs11: URI [default: all]
    #[arg(value_name = "URI")]
    pub(crate) uri: Option<String>,
    /// Log in, and ask for the PIN if it is not at hand
    #[arg(long)]
    pub(crate) login: bool,
    /// How to print the list
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) token: TokenAccess,
}

/// Make a key pair in a token: the private key never leaves it.
///
/// The private key is sensitive, not extractable and private; the token has to confirm that, and a
/// probe that it signs has to verify, else the key is destroyed. It is good for signing only, where the
/// token can make such keys. Nothing is made if the label or the id is there already. Prints the key's
/// URI.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  signer hsm generate 'pkcs11:token=release' --algorithm p256 --label app-2027
  signer hsm generate 'pkcs11:token=release;object=app-2027;id=%01' --algorithm ed25519 --out app-2027.pub")]
pub(crate) struct HsmGenerate {
    /// The token: a pkcs11: URI; it may also give label (object) and id
    #[arg(value_name = "URI")]
    pub(crate) uri: String,
    /// The kind of key
    #[arg(long, value_enum, value_name = "ALGORITHM")]
    pub(crate) algorithm: HsmKeyAlgorithm,
    /// The key's label, unless the URI gives it
    #[arg(long, value_name = "TEXT")]
    pub(crate) label: Option<String>,
    /// The key's id in hexadecimal, unless the URI gives it [default: 16 random bytes]
    #[arg(long, value_name = "HEX", value_parser = hexadecimal)]
    pub(crate) id: Option<Id>,
    /// The key asks for the PIN at each use (CKA_ALWAYS_AUTHENTICATE)
    #[arg(long)]
    pub(crate) always_authenticate: bool,
    /// Write the public key to this file as well, as PEM
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// How to print the result
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) token: TokenAccess,
}

/// The algorithms that keys are made for in tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum HsmKeyAlgorithm {
    /// ECDSA on P-256 with SHA-256: what most tokens and tools know
    P256,
    /// ECDSA on P-384 with SHA-384
    P384,
    /// Ed25519 (RFC 8032), where the token has it
    Ed25519,
    /// RSA with 2048 bits, PKCS#1 v1.5 with SHA-256
    Rsa2048,
    /// RSA with 3072 bits
    Rsa3072,
    /// RSA with 4096 bits
    Rsa4096,
}

/// Write a certificate into a token, beside the key that it is for.
///
/// The certificate must be the key's; it gets the key's label and id, by which tools find it.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  signer hsm import-certificate 'pkcs11:token=release;object=app-2027' --certificate app-2027.crt")]
pub(crate) struct HsmImport {
    /// The private key: a pkcs11: URI
    #[arg(value_name = "URI")]
    pub(crate) uri: String,
    /// The certificate: a PEM or DER file with one certificate
    #[arg(long, value_name = "FILE")]
    pub(crate) certificate: PathBuf,
    /// Put it in the place of certificates that the key has
    #[arg(long)]
    pub(crate) replace: bool,
    /// How to print the result
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) token: TokenAccess,
}

/// Try out whether a key in a token does what signing needs.
///
/// Signs probes, statements of type urn:signer:probe:v1 over random bytes that no policy can ask for,
/// and verifies them. Prints the token, its mechanisms, and the time that a signature takes.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  signer hsm check 'pkcs11:token=release;object=app-2027' --pkcs11-module /usr/lib/softhsm/libsofthsm2.so")]
pub(crate) struct HsmCheck {
    /// The private key: a pkcs11: URI
    #[arg(value_name = "URI")]
    pub(crate) uri: String,
    /// The public key of a key in a token that does not show it: a PEM file
    #[arg(long, value_name = "FILE", help_heading = TOKENS)]
    pub(crate) hsm_public_key: Option<PathBuf>,
    /// How to print the result
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) token: TokenAccess,
}

/// An object's id. (A `Vec` would be a repeated option to clap.)
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Id(pub(crate) Vec<u8>);

fn hexadecimal(text: &str) -> Result<Id, String> {
    let bytes = text.as_bytes().chunks(2).map(|pair| {
        let digits = str::from_utf8(pair).ok().filter(|_| pair.len() == 2 && pair.iter().all(u8::is_ascii_hexdigit));
        digits.and_then(|digits| u8::from_str_radix(digits, 16).ok())
    });
    let id: Option<Vec<u8>> = bytes.collect();
    id.filter(|id| !id.is_empty())
        .map(Id)
        .ok_or_else(|| "expected pairs of hexadecimal digits, such as 01a0".to_owned())
}

/// A number of seconds, or with a unit: 500ms, 30s, 2m.
fn duration(text: &str) -> Result<Duration, String> {
    let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let number: u64 = number.parse().map_err(|_| EXPECTED_TIME.to_owned())?;
    let duration = match unit {
        "ms" => Duration::from_millis(number),
        "" | "s" => Duration::from_secs(number),
        "m" => Duration::from_secs(number.saturating_mul(60)),
        _ => return Err(EXPECTED_TIME.to_owned()),
    };
    let sane = Duration::from_millis(1)..=Duration::from_secs(24 * 60 * 60);
    if sane.contains(&duration) { Ok(duration) } else { Err(EXPECTED_TIME.to_owned()) }
}

const EXPECTED_TIME: &str = "expected a time of up to a day, such as 500ms, 30s or 2m";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units() {
        for (text, millis) in [("500ms", 500), ("30s", 30_000), ("30", 30_000), ("2m", 120_000), ("1440m", 86_400_000)]
        {
            assert_eq!(duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for text in ["", "0", "0ms", "s", "-1", "1h", "1.5s", "30 s", "1441m", "99999999999999999999m"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn ids_are_whole_bytes() {
        assert_eq!(hexadecimal("00aF"), Ok(Id(vec![0, 0xaf])));
        for text in ["", "0", "0x01", "zz", "+1", "aé"] {
            assert!(hexadecimal(text).is_err(), "{text}");
        }
    }
}
