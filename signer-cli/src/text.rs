//! Text that is safe to show: on a terminal, and to whoever reads a log.

use std::borrow::Cow;

/// Whether a character is a control or would change how the text around it is shown: such a one is
/// in no name that we attest, and is escaped wherever text from outside is shown.
pub(crate) fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Text from outside, with unprintable characters escaped.
pub(crate) fn escape(text: &str) -> String {
    if !text.contains(is_unprintable) {
        return text.to_owned();
    }
    text.chars().fold(String::with_capacity(text.len()), |mut safe, c| {
        if is_unprintable(c) {
            safe.extend(c.escape_unicode());
        } else {
            safe.push(c);
        }
        safe
    })
}

/// Text with the PIN cut out behind each `pin-value=`, in any case and with `%3D` too: whatever was typed
/// may stand in a message, also a `pkcs11:` URI where none belongs, or one that was not recognized.
pub(crate) fn hide_pins(text: &str) -> Cow<'_, str> {
    let lower = text.to_ascii_lowercase(); // as long as the text
    let (mut safe, mut done) = (String::new(), 0);
    for (at, _) in lower.match_indices("pin") {
        let Some(name) = lower.get(at..).and_then(pin_name).filter(|_| at >= done) else { continue };
        let (Some(before), Some(value)) = (text.get(..at), text.get(at + name..)) else { continue };
        let length = pin_length(value, open_quote(before));
        if length > 0 {
            safe.push_str(text.get(done..at + name).unwrap_or_default());
            safe.push('…');
            done = at + name + length;
        }
    }
    if done == 0 {
        return Cow::Borrowed(text);
    }
    safe.push_str(text.get(done..).unwrap_or_default());
    Cow::Owned(safe)
}

/// The length of `pin-value=`, if that is how the text begins.
fn pin_name(lower: &str) -> Option<usize> {
    let rest = lower.strip_prefix("pin")?;
    let rest = rest.strip_prefix('-').or_else(|| rest.strip_prefix("%2d"))?.strip_prefix("value")?;
    let rest = rest.strip_prefix('=').or_else(|| rest.strip_prefix("%3d"))?;
    Some(lower.len() - rest.len())
}

/// The quote that is open at the end of the text's last line.
fn open_quote(before: &str) -> Option<char> {
    let line = before.rsplit('\n').next()?;
    let open = ['`', '\'', '"'].into_iter().filter(|quote| line.matches(*quote).count() % 2 == 1);
    open.max_by_key(|quote| line.rfind(*quote))
}

/// How far the PIN goes: to the quote that ends the URI, else to the end of the line; rather too far than
/// not far enough. A blank or a `'` may be part of what was typed.
fn pin_length(value: &str, quote: Option<char>) -> usize {
    let mut chars = value.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let in_word = chars.peek().is_some_and(|(_, next)| next.is_alphanumeric() || *next == '%');
        if matches!(c, '&' | '\n') || (quote == Some(c) && !in_word) {
            return at;
        }
    }
    value.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pins_are_cut_out() {
        for (text, shown) in [
            ("`pcks11:a?pin-value=1234` is none", "`pcks11:a?pin-value=…` is none"),
            ("`a?pin-value=1234&x=y`", "`a?pin-value=…&x=y`"),
            ("a?pin-value=12 34\nb", "a?pin-value=…\nb"),
            ("a?pin-value=1234", "a?pin-value=…"),
            ("a?Pin-Value%3d1234", "a?Pin-Value%3d…"),
            ("a?pin%2Dvalue%3D1234\nb", "a?pin%2Dvalue%3D…\nb"),
            ("'a?pin-value=12 34' found", "'a?pin-value=…' found"),
            ("'a b?pin-value=12 34' found", "'a b?pin-value=…' found"),
            ("`a?pin-value=it's12` b", "`a?pin-value=…` b"),
            ("`a`: 'b?pin-value=12'", "`a`: 'b?pin-value=…'"),
            ("`a?pin-value=12` `b?PIN-VALUE=34` c", "`a?pin-value=…` `b?PIN-VALUE=…` c"),
            ("a?pin-value=pin-value=12", "a?pin-value=…"),
            ("a?pin-value=é&pin-value=ü", "a?pin-value=…&pin-value=…"),
        ] {
            assert_eq!(hide_pins(text), shown);
            assert_eq!(hide_pins(shown), shown);
        }
        for text in ["", "pin", "`pin-value=`", "pin-source=/run/pin", "pin-value in the URI", "a\u{130}pin-é"] {
            assert!(matches!(hide_pins(text), Cow::Borrowed(_)), "{text}");
        }
    }

    #[test]
    fn what_would_steer_a_terminal_is_escaped() {
        assert_eq!(escape("plain \u{e9}\u{1f4e6}"), "plain \u{e9}\u{1f4e6}");
        assert_eq!(escape("a\u{1b}[2Jb\nc\u{202e}d"), "a\\u{1b}[2Jb\\u{a}c\\u{202e}d");
    }
}
