//! Patterns over names, URIs and refs: anchored, segment by segment, no regular expressions.
//!
//! - `*` is any run of characters within a segment; a segment that is only `*` is not empty.
//! - `**` is a whole segment and stands for any number of segments, at the end at least one.
//! - `?`, `[` and `{` are errors, and so is a pattern that could not match anything.
//!
//! Matching takes time linear in the text for each of at most
//! [`limits::PATTERN_SEGMENTS`] segments, whatever pattern and text are.

mod possible;

use core::fmt;

use signer_core::limits;

/// A valid pattern, or a literal text that is compared as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    text: String,
    groups: Groups,
}

/// What a pattern is matched against; decides what could never match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dimension {
    /// The requester's name for an artifact.
    Artifact,
    /// A package URL without version, qualifiers and subpath.
    Package,
    /// A source repository in its normal form; the pattern is brought into it, too.
    Source,
    /// A source ref.
    Ref,
    /// A builder id, or another URI.
    Uri,
    /// Any other text of printable characters.
    Text,
}

/// Why a text is not a pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// Longer than [`limits::NAME_BYTES`], as nothing that it is matched against can be.
    #[error("the pattern has {bytes} bytes, more than the {limit} allowed")]
    TooLong {
        /// Its length.
        bytes: usize,
        /// The bound.
        limit: usize,
    },
    /// More segments than [`limits::PATTERN_SEGMENTS`].
    #[error("the pattern has {segments} segments, more than the {limit} allowed")]
    TooManySegments {
        /// Their number.
        segments: usize,
        /// The bound.
        limit: usize,
    },
    /// A character that other pattern languages give a meaning.
    #[error("`{character}` is not allowed in a pattern; only `*` and `**` have a meaning")]
    Forbidden {
        /// The character.
        character: char,
    },
    /// `**` together with other characters in one segment.
    #[error("`**` stands for whole segments; found it inside segment `{segment}`")]
    InsideSegment {
        /// The segment, cut at 160 characters.
        segment: String,
    },
    /// Nothing could match.
    #[error("the pattern could not match anything: {why}")]
    Impossible {
        /// What about it.
        why: &'static str,
    },
}

/// The segments between one `**` and the next; `None` for a literal.
type Groups = Option<Vec<Vec<Segment>>>;

/// The literal pieces between one `*` and the next.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Segment {
    pieces: Vec<String>,
}

impl Pattern {
    /// Parses a pattern that is matched against values of that dimension.
    ///
    /// # Errors
    /// When it holds `?`, `[` or `{`, exceeds a bound, or could not match anything.
    pub fn parse(dimension: Dimension, text: &str) -> Result<Self, PatternError> {
        let text = possible::checked(dimension, text)?;
        let groups = Some(groups(&text)?);
        Ok(Self { text, groups })
    }

    /// A pattern that matches exactly this text: `*` has no meaning in it.
    pub fn literal(text: &str) -> Self {
        Self { text: text.to_owned(), groups: None }
    }

    /// The pattern as text; of a source, in its normal form.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it holds a `*` with a meaning.
    pub fn has_wildcard(&self) -> bool {
        self.groups.is_some() && self.text.contains('*')
    }

    /// Whether the whole text matches. A text longer than [`limits::NAME_BYTES`] matches no
    /// wildcard.
    pub fn matches(&self, text: &str) -> bool {
        let Some(groups) = &self.groups else { return self.text == text };
        if text.len() > limits::NAME_BYTES {
            return false;
        }
        let segments: Vec<&str> = text.split('/').collect();
        matches_groups(groups, &segments)
    }

    /// The same pattern in lower case; for hints, never for a decision.
    #[must_use]
    pub fn to_lowercase(&self) -> Self {
        let text = self.text.to_lowercase();
        let groups = self.groups.as_ref().and_then(|_| groups(&text).ok());
        Self { text, groups }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The first group is anchored at the start and the last at the end; those between are taken
/// as far left as they go, which leaves the most to the next, so no choice is ever undone.
fn matches_groups(groups: &[Vec<Segment>], segments: &[&str]) -> bool {
    let Some((first, others)) = groups.split_first() else { return false };
    let Some(mut rest) = strip_front(first, segments) else { return false };
    let Some((last, between)) = others.split_last() else { return rest.is_empty() };
    for group in between {
        match (0..rest.len()).find_map(|start| strip_front(group, rest.get(start..)?)) {
            Some(after) => rest = after,
            None => return false,
        }
    }
    if last.is_empty() {
        return rest.iter().any(|segment| !segment.is_empty());
    }
    let Some(start) = rest.len().checked_sub(last.len()) else { return false };
    rest.get(start..).and_then(|tail| strip_front(last, tail)).is_some()
}

fn strip_front<'s, 't>(group: &[Segment], segments: &'s [&'t str]) -> Option<&'s [&'t str]> {
    let (front, rest) = segments.split_at_checked(group.len())?;
    group.iter().zip(front).all(|(segment, text)| segment.matches(text)).then_some(rest)
}

impl Segment {
    fn new(text: &str) -> Self {
        Self { pieces: text.split('*').map(str::to_owned).collect() }
    }

    fn matches(&self, text: &str) -> bool {
        let Some((first, others)) = self.pieces.split_first() else { return false };
        let Some((last, between)) = others.split_last() else { return first == text };
        if between.is_empty() && first.is_empty() && last.is_empty() {
            return !text.is_empty();
        }
        let Some(mut rest) = text.strip_prefix(first.as_str()).and_then(|rest| rest.strip_suffix(last.as_str())) else {
            return false;
        };
        for piece in between {
            match rest.split_once(piece.as_str()) {
                Some((_, after)) => rest = after,
                None => return false,
            }
        }
        true
    }
}

fn groups(text: &str) -> Result<Vec<Vec<Segment>>, PatternError> {
    let mut groups = Vec::new();
    let mut group = Vec::new();
    let mut after_any = false;
    let mut count = 0;
    for segment in text.split('/') {
        count += 1;
        if segment == "**" {
            if !after_any {
                groups.push(core::mem::take(&mut group));
            }
            after_any = true;
        } else if segment.contains("**") {
            return Err(PatternError::InsideSegment { segment: segment.chars().take(160).collect() });
        } else {
            group.push(Segment::new(segment));
            after_any = false;
        }
    }
    groups.push(group);
    if count > limits::PATTERN_SEGMENTS {
        return Err(PatternError::TooManySegments { segments: count, limit: limits::PATTERN_SEGMENTS });
    }
    Ok(groups)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(pattern: &str) -> Pattern {
        Pattern::parse(Dimension::Text, pattern).unwrap()
    }

    #[test]
    fn patterns_are_anchored_and_match_whole_segments() {
        for (pattern, yes, no) in [
            ("acme/app", vec!["acme/app"], vec!["acme/app-evil", "acme", "acme/app/x", "x/acme/app", "acme/App", ""]),
            (
                "app-*.tar.gz",
                vec!["app-1.tar.gz", "app-.tar.gz"],
                vec!["app-1.tar.gz.sh", "app-a/b.tar.gz", "app-tar.gz"],
            ),
            ("a/*", vec!["a/b"], vec!["a", "a/", "a/b/c"]),
            ("*", vec!["a"], vec!["", "a/b"]),
            ("a*", vec!["a", "ab"], vec!["b", "a/b"]),
            ("*a*a*", vec!["aa", "xaxax"], vec!["a", "xax"]),
            ("ab*ba", vec!["abba", "abxba"], vec!["aba"]),
            ("a/**", vec!["a/b", "a/b/c"], vec!["a", "a/", "ab", "b/a"]),
            ("**", vec!["a", "a/b"], vec![""]),
            ("**/a", vec!["a", "b/a", "b/c/a"], vec!["a/b", "ba"]),
            ("a/**/b", vec!["a/b", "a/x/b", "a/x/y/b", "a/b/b"], vec!["ab", "a/b/c", "a"]),
            ("a/**/b/**/c", vec!["a/b/c", "a/x/b/b/y/c"], vec!["a/c/b", "a/c"]),
            ("a/**/**/b", vec!["a/b", "a/x/b"], vec!["a"]),
            (
                "https://h/o/*@refs/tags/*",
                vec!["https://h/o/w.yml@refs/tags/v1"],
                vec!["https://h/o/w.yml@refs/tags/v1/x"],
            ),
        ] {
            let parsed = text(pattern);
            for name in yes {
                assert!(parsed.matches(name), "{pattern} {name}");
            }
            for name in no {
                assert!(!parsed.matches(name), "{pattern} {name}");
            }
        }
    }

    #[test]
    fn a_literal_has_no_wildcards() {
        let literal = Pattern::literal("app-*");
        assert!(literal.matches("app-*") && !literal.matches("app-1") && !literal.has_wildcard());
        assert!(text("app-*").has_wildcard());
    }

    #[test]
    fn lengths_are_bounded() {
        let long = "a".repeat(limits::NAME_BYTES + 1);
        assert!(matches!(Pattern::parse(Dimension::Text, &long), Err(PatternError::TooLong { .. })));
        let deep = ["a"; limits::PATTERN_SEGMENTS + 1].join("/");
        assert!(matches!(Pattern::parse(Dimension::Text, &deep), Err(PatternError::TooManySegments { .. })));
        assert!(!text("**").matches(&long));
    }

    /// Patterns on which backtracking takes longer than anyone waits.
    #[test]
    fn hostile_patterns_cost_little() {
        let name = "a".repeat(limits::NAME_BYTES);
        assert!(!text(&format!("{}b", "*a".repeat(2000))).matches(&name));
        let path = "a/".repeat(limits::NAME_BYTES / 2 - 1) + "a";
        assert!(!text(&format!("{}**/b", "**/a/".repeat(30))).matches(&path));
        assert!(!text(&format!("**/{}b", "a/".repeat(60))).matches(&path));
    }

    /// The definition, taken literally and slowly.
    fn slow(pattern: &[&str], name: &[&str]) -> bool {
        match pattern.split_first() {
            None => name.is_empty(),
            Some((&"**", [])) => name.iter().any(|segment| !segment.is_empty()),
            Some((&"**", rest)) => (0..=name.len()).any(|skip| slow(rest, &name[skip..])),
            Some((segment, rest)) => {
                name.split_first().is_some_and(|(first, others)| slow_segment(segment, first) && slow(rest, others))
            }
        }
    }

    fn slow_segment(pattern: &str, segment: &str) -> bool {
        fn run(pattern: &[u8], segment: &[u8]) -> bool {
            match pattern.split_first() {
                None => segment.is_empty(),
                Some((b'*', rest)) => (0..=segment.len()).any(|skip| run(rest, &segment[skip..])),
                Some((letter, rest)) => segment.split_first().is_some_and(|(first, s)| first == letter && run(rest, s)),
            }
        }
        (pattern != "*" || !segment.is_empty()) && run(pattern.as_bytes(), segment.as_bytes())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        #[test]
        fn matching_agrees_with_the_definition(
            pattern in prop::collection::vec(prop_oneof![Just("**".to_owned()), "[ab*]{0,5}"], 1..6),
            name in prop::collection::vec("[ab]{0,4}", 0..7),
        ) {
            let pattern: Vec<&str> = pattern.iter().map(String::as_str).collect();
            let name = name.join("/");
            if let Ok(parsed) = Pattern::parse(Dimension::Text, &pattern.join("/")) {
                let segments: Vec<&str> = name.split('/').collect();
                prop_assert_eq!(parsed.matches(&name), slow(&pattern, &segments), "{} {}", parsed, name);
            }
        }

        #[test]
        fn nothing_panics(pattern in any::<String>(), name in any::<String>()) {
            for dimension in [
                Dimension::Artifact, Dimension::Package, Dimension::Source, Dimension::Ref, Dimension::Uri, Dimension::Text,
            ] {
                if let Ok(pattern) = Pattern::parse(dimension, &pattern) {
                    let _ = pattern.matches(&name);
                    let _ = pattern.to_lowercase().matches(&name);
                }
            }
        }
    }
}
