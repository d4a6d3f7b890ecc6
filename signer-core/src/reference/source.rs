//! Source repositories in the one form in which they are compared.

use core::fmt;
use core::str::FromStr;

use super::cut;
use crate::limits;

/// A source repository in its normal form, `https://host/path`.
///
/// Read from `https://`, `git+https://`, `ssh://`, `git+ssh://` and `user@host:path`, which all
/// become `https://`; plain `http://` (and `git+http://`) and `git://` stay what they are. The
/// host is in lower case; user, default port, one trailing slash and `.git` are dropped. The
/// case of the path counts, and equality is of the whole: `o/r` never equals `o/r-evil`.
///
/// A port of ssh that is neither 22 nor 443 stays, so that it equals no repository of the
/// default port. Percent-encoding is normalised by RFC 3986 §6.2.2.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceRepository(String);

/// Why a text is not a source repository.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceRepositoryError {
    /// Longer than [`limits::NAME_BYTES`].
    #[error("expected a repository of at most {limit} bytes, found {bytes}")]
    TooLong {
        /// Its size.
        bytes: usize,
        /// The bound.
        limit: usize,
    },
    /// No scheme that names a repository, and not `user@host:path`.
    #[error("expected a repository such as `https://host/path` or `git@host:path`, found `{found}`")]
    Scheme {
        /// The text, without user and password, cut at 160 characters.
        found: String,
    },
    /// A host that is none, or a port that is none.
    #[error("expected a host and perhaps a port, found `{found}`")]
    Host {
        /// Host and port as given, without the user.
        found: String,
    },
    /// No path, or one with empty, `.` or `..` segments, a query, a fragment or other characters.
    #[error("expected the path of a repository, found `{found}`")]
    Path {
        /// The path as given, cut at 160 characters.
        found: String,
    },
}

impl SourceRepository {
    /// The normal form.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the two differ, but only in upper and lower case; worth a hint, never a match.
    pub fn differs_only_in_case(&self, other: &Self) -> bool {
        self != other && self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl fmt::Display for SourceRepository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for SourceRepository {
    type Err = SourceRepositoryError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > limits::NAME_BYTES {
            return Err(SourceRepositoryError::TooLong { bytes: text.len(), limit: limits::NAME_BYTES });
        }
        let parts = Parts::split(text)?;
        let host = host(parts.authority, parts.transport)?;
        let path = path(parts.path)?;
        Ok(Self(format!("{}://{host}/{path}", parts.transport.written())))
    }
}

/// How git reaches a repository.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Transport {
    Https,
    Ssh,
    Http,
    Git,
}

impl Transport {
    fn from_scheme(scheme: &str) -> Option<Self> {
        match scheme.to_ascii_lowercase().as_str() {
            "https" | "git+https" => Some(Self::Https),
            "ssh" | "git+ssh" => Some(Self::Ssh),
            "http" | "git+http" => Some(Self::Http),
            "git" | "git+git" => Some(Self::Git),
            _ => None,
        }
    }

    fn written(self) -> &'static str {
        match self {
            Self::Https | Self::Ssh => "https",
            Self::Http => "http",
            Self::Git => "git",
        }
    }

    fn is_default_port(self, port: u16) -> bool {
        match self {
            Self::Https => port == 443,
            // 443 too: what is written is https, where a reader would drop it
            Self::Ssh => port == 22 || port == 443,
            Self::Http => port == 80,
            Self::Git => port == 9418,
        }
    }
}

/// A repository's text, taken apart.
struct Parts<'t> {
    transport: Transport,
    /// Host and port, without the user.
    authority: &'t str,
    /// Without the leading slash.
    path: &'t str,
}

impl<'t> Parts<'t> {
    fn split(text: &'t str) -> Result<Self, SourceRepositoryError> {
        if let Some((scheme, rest)) = text.split_once("://") {
            let transport = Transport::from_scheme(scheme).ok_or_else(|| scheme_error(text))?;
            let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
            return Ok(Self { transport, authority: without_user(authority), path });
        }
        // git-clone(1): "an alternative scp-like syntax", only with a user here, as `host:path`
        // alone may be a scheme or a file
        let scp = text.split_once(':').and_then(|(login, path)| Some((login.split_once('@')?, path)));
        match scp {
            Some(((user, host), path)) if is_user(user) && !path.contains(':') => {
                Ok(Self { transport: Transport::Ssh, authority: host, path: path.strip_prefix('/').unwrap_or(path) })
            }
            _ => Err(scheme_error(text)),
        }
    }
}

fn scheme_error(text: &str) -> SourceRepositoryError {
    SourceRepositoryError::Scheme { found: cut(&without_credentials(text)) }
}

fn is_user(user: &str) -> bool {
    !user.is_empty() && user.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

/// What follows the user information (RFC 3986 §3.2.1); it may hold a password.
fn without_user(authority: &str) -> &str {
    authority.rsplit_once('@').map_or(authority, |(_, host)| host)
}

/// A URL without its user and password; other texts as they are.
///
/// For messages and for values that are not repositories. Everything before the last `@` of the
/// authority goes.
pub fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    format!("{scheme}://{}{path}", without_user(authority))
}

/// Host in lower case and port, if it is not the default.
fn host(authority: &str, transport: Transport) -> Result<String, SourceRepositoryError> {
    let error = || SourceRepositoryError::Host { found: cut(authority) };
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    if !is_host(host) {
        return Err(error());
    }
    let host = host.to_ascii_lowercase();
    let Some(port) = port else { return Ok(host) };
    let number = port.bytes().all(|b| b.is_ascii_digit()).then(|| port.parse::<u16>().ok()).flatten();
    match number {
        Some(0) | None => Err(error()),
        Some(number) if transport.is_default_port(number) => Ok(host),
        Some(number) => Ok(format!("{host}:{number}")),
    }
}

/// Whether it is a host's name of ASCII letters, or an IPv6 address in brackets.
pub(super) fn is_host(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return address.parse::<core::net::Ipv6Addr>().is_ok();
    }
    host.len() <= 253
        && host.split('.').all(|label| {
            !label.is_empty()
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
                && !label.starts_with('-')
                && !label.ends_with('-')
        })
}

/// The path without trailing slash and `.git`, percent-encoding normalised.
fn path(path: &str) -> Result<String, SourceRepositoryError> {
    let error = || SourceRepositoryError::Path { found: cut(path) };
    let normal = normal_percent(path).ok_or_else(error)?;
    let mut rest = normal.strip_suffix('/').unwrap_or(&normal);
    while let Some(shorter) = rest.strip_suffix(".git").filter(|shorter| !shorter.is_empty() && !shorter.ends_with('/'))
    {
        rest = shorter;
    }
    let is_name = |segment: &str| !matches!(segment, "" | "." | "..");
    if rest.split('/').all(is_name) { Ok(rest.to_owned()) } else { Err(error()) }
}

/// Decodes `%XX` of unreserved characters and writes the others in upper case (RFC 3986 §6.2.2).
///
/// `None` for a broken `%XX` and for characters that no path has (RFC 3986 §3.3).
fn normal_percent(path: &str) -> Option<String> {
    let mut normal = String::with_capacity(path.len());
    let mut letters = path.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '%' => {
                let (high, low) = (letters.next()?, letters.next()?);
                match char::from_u32(high.to_digit(16)? * 16 + low.to_digit(16)?)? {
                    decoded if is_unreserved(decoded) => normal.push(decoded),
                    _ => normal.extend(['%', high.to_ascii_uppercase(), low.to_ascii_uppercase()]),
                }
            }
            '/' | ':' | '@' | '!' | '$' | '&' | '\'' | '(' | ')' | '*' | '+' | ',' | ';' | '=' => normal.push(letter),
            _ if is_unreserved(letter) => normal.push(letter),
            _ => return None,
        }
    }
    Some(normal)
}

fn is_unreserved(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.' | '_' | '~')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn normal(text: &str) -> String {
        text.parse::<SourceRepository>().unwrap().to_string()
    }

    #[test]
    fn one_repository_has_one_form() {
        for text in [
            "https://host.example/o/r",
            "https://HOST.example/o/r.git",
            "https://host.example:443/o/r/",
            "https://user:secret@host.example/o/r.git/",
            "HTTPS://host.example/o/r",
            "git+https://host.example/o/r",
            "ssh://git@host.example/o/r.git",
            "ssh://git@host.example:22/o/r",
            "git+ssh://git@host.example/o/r",
            "git@host.example:o/r.git",
            "git@Host.example:/o/r",
            "https://host.example/o/%72",
        ] {
            assert_eq!(normal(text), "https://host.example/o/r", "{text}");
        }
    }

    #[test]
    fn what_differs_stays_different() {
        for (text, expected) in [
            ("http://host.example/o/r", "http://host.example/o/r"),
            ("git+http://host.example:80/o/r", "http://host.example/o/r"),
            ("git://host.example:9418/o/r", "git://host.example/o/r"),
            ("https://host.example:8443/o/r", "https://host.example:8443/o/r"),
            ("ssh://git@host.example:2222/o/r", "https://host.example:2222/o/r"),
            ("https://host.example/O/R", "https://host.example/O/R"),
            ("https://host.example/o/r-evil", "https://host.example/o/r-evil"),
            ("https://host.example/o/.git", "https://host.example/o/.git"),
            ("https://host.example/o/a%2fb", "https://host.example/o/a%2Fb"),
            ("https://[2001:DB8::1]/o/r", "https://[2001:db8::1]/o/r"),
            ("https://github.com/acme@evil.example/r", "https://github.com/acme@evil.example/r"),
        ] {
            assert_eq!(normal(text), expected, "{text}");
        }
    }

    #[test]
    fn refuses_what_names_no_repository() {
        let error = |text: &str| text.parse::<SourceRepository>().unwrap_err();
        for text in ["", "github.com/o/r", "/srv/git/r", "file:///srv/git/r", "host.example:o/r", "a b@h:o/r", "ext::x"]
        {
            assert!(matches!(error(text), SourceRepositoryError::Scheme { .. }), "{text}");
        }
        for text in [
            "https:///o/r",
            "https://host.example./o/r",
            "https://host.example:0/o/r",
            "https://host.example:+1/o/r",
            "https://host.example:/o/r",
            "https://a\\@host.example\\x/o/r",
            "https://höst.example/o/r",
            "https://github.com#@evil.example#/o/r",
            "https://-h/o/r",
        ] {
            assert!(matches!(error(text), SourceRepositoryError::Host { .. }), "{text}");
        }
        for text in [
            "https://host.example",
            "https://host.example/",
            "https://host.example/o//r",
            "https://host.example/o/../r",
            "https://host.example/o/%2e%2E/r",
            "https://host.example/o/r?x",
            "https://host.example/o/r#x",
            "https://host.example/o/r//",
            "https://host.example/o\\r",
            "https://host.example/o/%zz",
            "https://host.example/o/r\n",
            "https://host.example/o/é",
        ] {
            assert!(matches!(error(text), SourceRepositoryError::Path { .. }), "{text}");
        }
    }

    #[test]
    fn errors_and_forms_keep_no_password() {
        assert!(!normal("https://ci:s3cret@host.example/o/r").contains("s3cret"));
        for text in ["ftp://ci:s3cret@host.example/o/r", "https://ci:s3cret@/o/r", "https://ci:s3@cret@h.example/"] {
            let error = text.parse::<SourceRepository>().unwrap_err();
            assert!(!error.to_string().contains("cret"), "{error}");
        }
        assert_eq!(without_credentials("https://u:p@h/x@y"), "https://h/x@y");
        assert_eq!(without_credentials("https://u:p@h?x"), "https://h?x");
        assert_eq!(without_credentials("plain@text"), "plain@text");
    }

    #[test]
    fn a_difference_in_case_is_told() {
        let source = |text: &str| text.parse::<SourceRepository>().unwrap();
        assert!(source("https://h/Acme/App").differs_only_in_case(&source("https://h/acme/app")));
        assert!(!source("https://h/acme/app").differs_only_in_case(&source("https://h/acme/app")));
        assert!(!source("https://h/acme/app").differs_only_in_case(&source("https://h/acme/apps")));
    }

    proptest! {
        #[test]
        fn the_normal_form_is_its_own(text in "(https|ssh|http|git|git\\+ssh)://(u@)?[A-Za-z.]{1,8}(:[0-9]{1,5})?/[!-~]{1,24}") {
            if let Ok(source) = text.parse::<SourceRepository>() {
                prop_assert_eq!(source.to_string().parse::<SourceRepository>(), Ok(source));
            }
        }

        #[test]
        fn a_longer_path_is_another_repository(path in "[a-z]{1,8}/[a-z]{1,8}", more in "(-[a-z]{1,4}|/[a-z]{1,4}|\\.[a-f]{1,3})") {
            let short: SourceRepository = format!("https://h.example/{path}").parse().unwrap();
            let long: SourceRepository = format!("https://h.example/{path}{more}").parse().unwrap();
            prop_assert_ne!(short, long);
        }

        #[test]
        fn nothing_panics(text in any::<String>()) {
            let _ = text.parse::<SourceRepository>();
            let _ = without_credentials(&text);
        }
    }
}
