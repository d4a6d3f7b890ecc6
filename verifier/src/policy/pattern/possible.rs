//! What a pattern could match, dimension by dimension: a pattern that could match nothing is
//! a typing mistake, and a source pattern takes the form in which repositories are compared.

use signer_core::limits;
use signer_core::reference::git::is_ref_name;
use signer_core::reference::source::{SourceRepository, SourceRepositoryError};

use super::{Dimension, PatternError};

/// The text of a pattern that could match something, a source's in its normal form.
pub(super) fn checked(dimension: Dimension, text: &str) -> Result<String, PatternError> {
    check_text(text)?;
    let text = match dimension {
        Dimension::Source => normal_source(text)?,
        _ => text.to_owned(),
    };
    check_possible(dimension, &text)?;
    Ok(text)
}

fn check_text(text: &str) -> Result<(), PatternError> {
    if text.is_empty() {
        return impossible("it is empty");
    }
    if text.len() > limits::NAME_BYTES {
        return Err(PatternError::TooLong { bytes: text.len(), limit: limits::NAME_BYTES });
    }
    if let Some(character) = text.chars().find(|c| matches!(c, '?' | '[' | '{')) {
        return Err(PatternError::Forbidden { character });
    }
    if text.chars().any(char::is_control) {
        return impossible("it holds a control character");
    }
    Ok(())
}

fn check_possible(dimension: Dimension, text: &str) -> Result<(), PatternError> {
    match dimension {
        Dimension::Artifact => check_path(text),
        Dimension::Ref => check_ref(text),
        Dimension::Source => check_ascii(text),
        Dimension::Package => check_ascii(text).and_then(|()| check_package(text)),
        Dimension::Uri => check_ascii(text).and_then(|()| check_uri(text)),
        Dimension::Text => Ok(()),
    }
}

fn check_path(text: &str) -> Result<(), PatternError> {
    if text.split('/').any(str::is_empty) {
        return impossible("names have no empty segments and no `/` at either end");
    }
    if text.split('/').any(|segment| matches!(segment, "." | "..")) {
        return impossible("no name has a segment `.` or `..`");
    }
    Ok(())
}

// git check-ref-format
fn check_ref(text: &str) -> Result<(), PatternError> {
    check_path(text)?;
    // a `*` stands for letters, of which any one will do
    if is_ref_name(&text.replace('*', "x")) {
        Ok(())
    } else {
        impossible("it holds what no ref can, such as a space, `..`, `~`, `^` or `:`")
    }
}

fn check_ascii(text: &str) -> Result<(), PatternError> {
    if text.bytes().all(|b| b.is_ascii_graphic()) {
        Ok(())
    } else {
        impossible("a URI holds printable ASCII without spaces only")
    }
}

// RFC 3986 §3.1: what stands before the first colon is a scheme.
fn check_uri(text: &str) -> Result<(), PatternError> {
    let fixed = text.split('*').next().unwrap_or_default();
    let scheme = fixed.split(':').next().unwrap_or_default();
    let ends_open = fixed.len() < text.len() && !fixed.contains(':');
    let mut letters = scheme.bytes();
    let starts_well = letters.next().is_none_or(|b| b.is_ascii_alphabetic());
    let well_formed = starts_well && letters.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    if !well_formed || (!ends_open && (scheme.is_empty() || !fixed.contains(':'))) {
        return impossible("a URI begins with a scheme, such as `https:`");
    }
    Ok(())
}

// The package URL specification: `pkg:type/namespace/name`, an `@` in a name is `%40`.
fn check_package(text: &str) -> Result<(), PatternError> {
    let fixed = text.split('*').next().unwrap_or_default();
    let begins =
        if fixed.len() < text.len() && fixed.len() < 4 { "pkg:".starts_with(fixed) } else { fixed.starts_with("pkg:") };
    if !begins {
        return impossible("a package URL begins with `pkg:`");
    }
    if text.split('/').next().is_some_and(|kind| kind.bytes().any(|b| b.is_ascii_uppercase())) {
        return impossible("the type of a package URL is written in lower case");
    }
    if text.contains(['@', '#']) {
        return impossible("packages are compared without version and subpath, and an `@` in a name is written `%40`");
    }
    if text.split('/').any(str::is_empty) || (!text.contains('/') && !text.contains("**")) {
        return impossible("a package URL has a type, a `/` and a name, and no empty segment");
    }
    Ok(())
}

/// Brings a source pattern into the form in which repositories are compared, by the very code
/// that brings a repository into it: a `*` is a legal character of its path, and in its host a
/// name that the text does not hold stands in for it.
fn normal_source(text: &str) -> Result<String, PatternError> {
    if text.starts_with("**") {
        return Ok(text.trim_end_matches('/').to_owned());
    }
    let begin = text.find("://").map_or(0, |at| at + 3);
    let end = text.get(begin..).and_then(|rest| rest.find(if begin > 0 { '/' } else { ':' }));
    let (head, path) = end.and_then(|end| text.split_at_checked(begin + end)).unwrap_or((text, ""));
    if let Some(scheme) = head.strip_suffix("**").filter(|scheme| scheme.len() == begin && begin > 0) {
        let any = parse_source(&format!("{scheme}h/p"))?;
        let scheme = any.as_str().trim_end_matches("h/p");
        return Ok(format!("{scheme}**{}", path.trim_end_matches('/')));
    }
    let lower = head.to_ascii_lowercase();
    let stand_in = (0..limits::NAME_BYTES).map(|n| format!("w{n}w")).find(|name| !lower.contains(name));
    let Some(stand_in) = stand_in else { return impossible("a source repository has a host") };
    let source = parse_source(&format!("{}{path}", head.replace('*', &stand_in)))?;
    let (scheme, rest) = source.as_str().split_once("://").unwrap_or_default();
    let (host, path) = rest.split_once('/').unwrap_or_default();
    Ok(format!("{scheme}://{}/{path}", host.replace(&stand_in, "*")))
}

fn parse_source(text: &str) -> Result<SourceRepository, PatternError> {
    text.parse().or_else(|error| match error {
        SourceRepositoryError::TooLong { bytes, limit } => Err(PatternError::TooLong { bytes, limit }),
        SourceRepositoryError::Scheme { .. } => {
            impossible("a source repository begins with scheme https, ssh, http or git, or is `git@host:path`")
        }
        SourceRepositoryError::Host { .. } => impossible("a source repository has a host and perhaps a port"),
        SourceRepositoryError::Path { .. } => {
            impossible("a source repository has a path, without empty segments, `.` and `..`")
        }
    })
}

fn impossible<T>(why: &'static str) -> Result<T, PatternError> {
    Err(PatternError::Impossible { why })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Pattern;
    use super::*;

    #[test]
    fn what_could_not_match_is_an_error() {
        let error = |dimension, pattern: &str| Pattern::parse(dimension, pattern).unwrap_err();
        for character in ['?', '[', '{'] {
            assert_eq!(error(Dimension::Text, &format!("a{character}")), PatternError::Forbidden { character });
        }
        for pattern in ["a**", "**a", "a/***", "x/a**b"] {
            assert!(matches!(error(Dimension::Text, pattern), PatternError::InsideSegment { .. }), "{pattern}");
        }
        for (dimension, pattern) in [
            (Dimension::Text, ""),
            (Dimension::Text, "a\nb"),
            (Dimension::Artifact, "/a"),
            (Dimension::Artifact, "a/"),
            (Dimension::Artifact, "a//b"),
            (Dimension::Artifact, "./a"),
            (Dimension::Ref, "refs/tags/a b"),
            (Dimension::Ref, "refs//x"),
            (Dimension::Uri, "ci"),
            (Dimension::Uri, "ci/x:y"),
            (Dimension::Uri, "1:x"),
            (Dimension::Uri, "https://a b"),
            (Dimension::Package, "npm/app"),
            (Dimension::Package, "pkg:npm"),
            (Dimension::Package, "pkg:NPM/app"),
            (Dimension::Package, "pkg:npm/app@1"),
            (Dimension::Package, "pkg:npm/@acme/app"),
            (Dimension::Source, "acme/app"),
            (Dimension::Source, "github.com/acme/app"),
            (Dimension::Source, "https://github.com"),
            (Dimension::Source, "https://*/"),
            (Dimension::Source, "https://h/a/../b"),
        ] {
            assert!(matches!(error(dimension, pattern), PatternError::Impossible { .. }), "{pattern}");
        }
    }

    #[test]
    fn what_could_match_is_a_pattern() {
        for (dimension, pattern) in [
            (Dimension::Artifact, "registry.example:5000/app"),
            (Dimension::Artifact, "release notes.txt"),
            (Dimension::Ref, "refs/tags/v*"),
            (Dimension::Ref, "**"),
            (Dimension::Ref, "main"),
            (Dimension::Uri, "https://ci.example/**"),
            (Dimension::Uri, "*"),
            (Dimension::Uri, "h*"),
            (Dimension::Uri, "urn:x:*"),
            (Dimension::Package, "pkg:npm/%40acme/*"),
            (Dimension::Package, "pkg:*/app"),
            (Dimension::Package, "**"),
        ] {
            assert_eq!(Pattern::parse(dimension, pattern).unwrap().as_str(), pattern);
        }
    }

    #[test]
    fn a_source_pattern_takes_the_form_of_repositories() {
        for (pattern, expected) in [
            ("git@Host.example:o/r.git", "https://host.example/o/r"),
            ("ssh://git@host.example:22/o/*.git", "https://host.example/o/*"),
            ("git+https://host.example/o/**/", "https://host.example/o/**"),
            ("https://*.Example/o/r", "https://*.example/o/r"),
            ("git@*:o/r", "https://*/o/r"),
            ("https://w0w.*.example/w1w/r", "https://w0w.*.example/w1w/r"),
            ("https://*/o/%771w", "https://*/o/w1w"),
            ("https://*/o/%770w", "https://*/o/w0w"),
            ("git+ssh://**/r", "https://**/r"),
            ("http://host.example/o/r", "http://host.example/o/r"),
            ("**/acme/*", "**/acme/*"),
        ] {
            assert_eq!(Pattern::parse(Dimension::Source, pattern).unwrap().as_str(), expected, "{pattern}");
        }
    }

    proptest! {
        #[test]
        fn a_repository_matches_itself_as_a_pattern(
            text in "(https|ssh|http|git|git\\+ssh)://(u@)?[A-Za-z.]{1,8}(:[0-9]{1,5})?/[!-)+->@-Z^-z|~]{1,24}",
        ) {
            use signer_core::reference::source::SourceRepository;
            let source = text.parse::<SourceRepository>();
            let pattern = Pattern::parse(Dimension::Source, &text);
            if let (Ok(source), Ok(pattern)) = (&source, &pattern) {
                prop_assert_eq!(pattern.as_str(), source.as_str());
                prop_assert!(pattern.matches(source.as_str()));
            }
            prop_assert_eq!(source.is_ok(), pattern.is_ok());
        }
    }
}
