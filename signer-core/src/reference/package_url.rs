//! Package URLs: `pkg:type/namespace/name@version?qualifiers#subpath` (ECMA-427).

use core::fmt;
use core::str::FromStr;
use std::collections::BTreeMap;

use super::cut;
use crate::digest::{Digest, DigestError};

/// A package URL, pinned by a digest or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PackageReference {
    /// With the digest of the package.
    Pinned(PinnedPackage),
    /// By version or by name only.
    Mutable(PackageUrl),
}

/// A package URL with the digest of the package: the version of `pkg:oci` and `pkg:docker` is
/// one, or the qualifier `checksum` has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinnedPackage {
    /// The whole URL.
    pub package: PackageUrl,
    /// The digest: the version's, else the first of the checksums that binds.
    pub digest: Digest,
}

/// A package URL in its canonical form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageUrl {
    kind: String,
    namespace: Vec<String>,
    name: String,
    version: Option<String>,
    qualifiers: BTreeMap<String, String>,
    subpath: Vec<String>,
}

/// Why a text is not a package URL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PackageUrlError {
    /// No `pkg:type/name`.
    #[error("expected a package URL such as `pkg:npm/name@1.0.0`, found `{found}`")]
    Form {
        /// The text as given, cut at 160 characters.
        found: String,
    },
    /// A type with other characters than letters, digits, `.` and `-`.
    #[error("expected a package type, found `{found}`")]
    Type {
        /// The type as given, cut at 160 characters.
        found: String,
    },
    /// A part that is empty, is no UTF-8 after percent-decoding, or has control characters.
    #[error("expected the {part} of a package URL, found `{found}`")]
    Part {
        /// Which part.
        part: &'static str,
        /// The part as given, cut at 160 characters.
        found: String,
    },
    /// A qualifier whose key is none, or that stands twice.
    #[error("expected each qualifier once, as `key=value`, found `{found}`")]
    Qualifier {
        /// The qualifier as given, cut at 160 characters.
        found: String,
    },
    /// A version or checksum that names a digest and is none.
    #[error(transparent)]
    Digest(#[from] DigestError),
    /// Version and checksum, or two checksums, name different digests of one algorithm.
    #[error("expected one digest, found {first} and {second}")]
    Contradiction {
        /// One of them.
        first: String,
        /// The other.
        second: String,
    },
}

pub(super) fn has_package_scheme(text: &str) -> bool {
    text.get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case("pkg:"))
}

impl PackageUrl {
    /// The type, in lower case: `npm`, `oci`, `maven` …
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The version.
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// The value of a qualifier.
    pub fn qualifier(&self, key: &str) -> Option<&str> {
        self.qualifiers.get(key).map(String::as_str)
    }

    /// `pkg:type/namespace/name`, without version, qualifiers and subpath: what policies match.
    pub fn without_version(&self) -> String {
        let mut text = format!("pkg:{}/", self.kind);
        for segment in &self.namespace {
            text.push_str(&encode(segment));
            text.push('/');
        }
        text + &encode(&self.name)
    }

    /// The digest that pins it, if there is one.
    fn digest(&self) -> Result<Option<Digest>, PackageUrlError> {
        let version = self.version.as_deref().filter(|_| matches!(self.kind.as_str(), "oci" | "docker"));
        let checksums = self.qualifier("checksum").unwrap_or_default().split(',');
        let digests = version
            .into_iter()
            .chain(checksums)
            .filter(|text| ["sha256:", "sha384:", "sha512:"].iter().any(|prefix| text.starts_with(prefix)))
            .map(str::parse)
            .collect::<Result<Vec<Digest>, _>>()?;
        let first = digests.first().copied();
        for (at, one) in digests.iter().enumerate() {
            let other = digests.iter().skip(at + 1).find(|other| other.algorithm() == one.algorithm() && *other != one);
            if let Some(other) = other {
                return Err(PackageUrlError::Contradiction { first: one.to_string(), second: other.to_string() });
            }
        }
        Ok(first)
    }
}

impl FromStr for PackageReference {
    type Err = PackageUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let package: PackageUrl = text.parse()?;
        Ok(match package.digest()? {
            Some(digest) => Self::Pinned(PinnedPackage { package, digest }),
            None => Self::Mutable(package),
        })
    }
}

impl FromStr for PackageUrl {
    type Err = PackageUrlError;

    /// The specification's order: subpath and qualifiers from the right, scheme and type from
    /// the left, version from the right, then namespace and name.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let form = || PackageUrlError::Form { found: cut(text) };
        if !has_package_scheme(text) {
            return Err(form());
        }
        let rest = text.get(4..).unwrap_or_default();
        let (rest, subpath) = rest.rsplit_once('#').map_or((rest, ""), |(rest, subpath)| (rest, subpath));
        let (rest, qualifiers) = rest.rsplit_once('?').map_or((rest, ""), |(rest, qualifiers)| (rest, qualifiers));
        let (kind, rest) = rest.trim_start_matches('/').split_once('/').ok_or_else(form)?;
        let kind = package_type(kind)?;
        let rest = rest.trim_matches('/');
        // an npm scope may be written `@scope/name`: a version's `@` stands within the last segment
        let (path, version) = match rest.rsplit_once('@') {
            Some((path, version)) if !version.contains('/') && !path.is_empty() && !path.ends_with('/') => {
                (path, Some(decode("version", version)?))
            }
            _ => (rest, None),
        };
        let mut namespace = segments("namespace", path)?;
        let name = namespace.pop().ok_or_else(form)?;
        let (namespace, name) = normal_names(&kind, namespace, name);
        Ok(Self {
            kind,
            namespace,
            name,
            version,
            qualifiers: qualifier_map(qualifiers)?,
            subpath: subpath_of(subpath)?,
        })
    }
}

fn package_type(kind: &str) -> Result<String, PackageUrlError> {
    let starts = kind.bytes().next().is_some_and(|b| b.is_ascii_alphabetic());
    if starts && kind.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-')) {
        Ok(kind.to_ascii_lowercase())
    } else {
        Err(PackageUrlError::Type { found: cut(kind) })
    }
}

/// The decoded segments between slashes; empty ones are dropped, as the specification says.
fn segments(part: &'static str, path: &str) -> Result<Vec<String>, PackageUrlError> {
    path.split('/').filter(|segment| !segment.is_empty()).map(|segment| path_segment(part, segment)).collect()
}

/// A decoded segment, which must not hold a slash, lest it be read as two.
fn path_segment(part: &'static str, segment: &str) -> Result<String, PackageUrlError> {
    let decoded = decode(part, segment)?;
    if decoded.contains('/') { Err(PackageUrlError::Part { part, found: cut(segment) }) } else { Ok(decoded) }
}

fn subpath_of(subpath: &str) -> Result<Vec<String>, PackageUrlError> {
    let segments = segments("subpath", subpath)?;
    match segments.iter().find(|segment| matches!(segment.as_str(), "." | "..")) {
        Some(_) => Err(PackageUrlError::Part { part: "subpath", found: cut(subpath) }),
        None => Ok(segments),
    }
}

fn qualifier_map(qualifiers: &str) -> Result<BTreeMap<String, String>, PackageUrlError> {
    let mut map = BTreeMap::new();
    for pair in qualifiers.split('&').filter(|pair| !pair.is_empty()) {
        let error = || PackageUrlError::Qualifier { found: cut(pair) };
        let (key, value) = pair.split_once('=').ok_or_else(error)?;
        let key = key.to_ascii_lowercase();
        let starts = key.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
        if !starts || !key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-')) {
            return Err(error());
        }
        if value.is_empty() {
            continue; // the same as absent, says the specification
        }
        if map.insert(key, decode("qualifier", value)?).is_some() {
            return Err(error());
        }
    }
    Ok(map)
}

/// The case rules of the types that have them, so that one package has one name.
fn normal_names(kind: &str, namespace: Vec<String>, name: String) -> (Vec<String>, String) {
    match kind {
        "pypi" => (namespace, name.to_lowercase().replace('_', "-")),
        "bitbucket" | "composer" | "deb" | "github" | "golang" | "hex" | "npm" | "oci" | "alpm" | "apk" => {
            (namespace.iter().map(|segment| segment.to_lowercase()).collect(), name.to_lowercase())
        }
        _ => (namespace, name),
    }
}

/// Percent-decodes one part; `+` is a plus.
fn decode(part: &'static str, text: &str) -> Result<String, PackageUrlError> {
    let error = || PackageUrlError::Part { part, found: cut(text) };
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|b| char::from(b).to_digit(16));
        let (high, low) = (digit().ok_or_else(error)?, digit().ok_or_else(error)?);
        bytes.push(u8::try_from(high * 16 + low).map_err(|_| error())?);
    }
    let decoded = String::from_utf8(bytes).map_err(|_| error())?;
    if decoded.is_empty() || decoded.chars().any(char::is_control) { Err(error()) } else { Ok(decoded) }
}

/// Percent-encodes one part as the specification's canonical form: all but unreserved characters.
fn encode(text: &str) -> String {
    encode_but(text, b"")
}

fn encode_but(text: &str, keep: &[u8]) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') || keep.contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push_str(&hex::encode_upper([byte]));
        }
    }
    encoded
}

impl fmt::Display for PackageUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.without_version())?;
        if let Some(version) = &self.version {
            write!(f, "@{}", encode(version))?;
        }
        for (at, (key, value)) in self.qualifiers.iter().enumerate() {
            write!(f, "{}{key}={}", if at == 0 { '?' } else { '&' }, encode_but(value, b":/,"))?;
        }
        for (at, segment) in self.subpath.iter().enumerate() {
            write!(f, "{}{}", if at == 0 { '#' } else { '/' }, encode(segment))?;
        }
        Ok(())
    }
}

impl fmt::Display for PinnedPackage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.package.fmt(f)
    }
}

impl fmt::Display for PackageReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pinned(pinned) => pinned.fmt(f),
            Self::Mutable(package) => package.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn canonical_forms() {
        for (text, canonical) in [
            ("pkg:npm/%40angular/animation@12.3.1", "pkg:npm/%40angular/animation@12.3.1"),
            ("pkg:npm/@angular/animation@12.3.1", "pkg:npm/%40angular/animation@12.3.1"),
            ("pkg:npm/@angular/animation", "pkg:npm/%40angular/animation"),
            ("PKG://NPM//foo", "pkg:npm/foo"),
            ("pkg:pypi/Django_Package@1.11.1.dev1", "pkg:pypi/django-package@1.11.1.dev1"),
            ("pkg:github/Acme/App@V1", "pkg:github/acme/app@V1"),
            ("pkg:maven/org.Acme/App@1", "pkg:maven/org.Acme/App@1"),
            (
                "pkg:deb/debian/curl@7.50.3-1?distro=jessie&arch=i386",
                "pkg:deb/debian/curl@7.50.3-1?arch=i386&distro=jessie",
            ),
            ("pkg:golang/example.org/api#pkg/v1", "pkg:golang/example.org/api#pkg/v1"),
            ("pkg:generic/a@1?empty=&x=1", "pkg:generic/a@1?x=1"),
            ("pkg:generic/a@1+b", "pkg:generic/a@1%2Bb"),
        ] {
            assert_eq!(text.parse::<PackageUrl>().unwrap().to_string(), canonical, "{text}");
        }
    }

    #[test]
    fn only_a_digest_pins() {
        let pinned = [
            format!("pkg:oci/app@sha256:{HEX}?repository_url=registry.example/app"),
            format!("pkg:docker/acme/app@sha256%3A{HEX}"),
            format!("pkg:npm/app@1.0.0?checksum=sha1:00,sha256:{HEX}"),
        ];
        for text in pinned {
            let Ok(PackageReference::Pinned(found)) = text.parse() else { panic!("{text}") };
            assert_eq!(found.digest.to_hex(), HEX);
        }
        for text in [
            "pkg:oci/app@v1".to_owned(),
            "pkg:oci/app".to_owned(),
            format!("pkg:npm/app@sha256:{HEX}"),
            "pkg:npm/app@1.0.0?checksum=sha1:00".to_owned(),
        ] {
            assert!(matches!(text.parse(), Ok(PackageReference::Mutable(_))), "{text}");
        }
    }

    #[test]
    fn refuses_bad_parts() {
        let error = |text: &str| text.parse::<PackageReference>().unwrap_err();
        for text in ["npm/a", "pkg:npm", "pkg:npm/", "pkg:"] {
            assert!(matches!(error(text), PackageUrlError::Form { .. }), "{text}");
        }
        assert!(matches!(error("pkg:n_m/a"), PackageUrlError::Type { .. }));
        for text in ["pkg:npm/a%", "pkg:npm/a%ff", "pkg:npm/a%00", "pkg:npm/a%2Fb", "pkg:npm/a@", "pkg:npm/a#../b"] {
            assert!(matches!(error(text), PackageUrlError::Part { .. }), "{text}");
        }
        for text in ["pkg:npm/a?x", "pkg:npm/a?1x=y", "pkg:npm/a?x=1&X=2"] {
            assert!(matches!(error(text), PackageUrlError::Qualifier { .. }), "{text}");
        }
        assert!(matches!(error("pkg:oci/a@sha256:00"), PackageUrlError::Digest(_)));
        let twice = format!("pkg:oci/a@sha256:{HEX}?checksum=sha256:{}", HEX.replace('b', "c"));
        assert!(matches!(error(&twice), PackageUrlError::Contradiction { .. }));
    }
}
