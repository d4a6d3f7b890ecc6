//! The fields of one table: each read by its type, each error reported where it stands.

use signer_core::limits;
use signer_core::time::Timestamp;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::names::nearest;
use super::reader::{Reader, Reported, shortened};
use crate::policy::error::PolicyErrorKind as Kind;
use crate::policy::identity::Window;
use crate::policy::pattern::{Dimension, Pattern};

/// One table of the document.
#[derive(Clone, Copy)]
pub(super) struct Fields<'d> {
    pub(super) reader: &'d Reader<'d>,
    pub(super) table: &'static str,
    pub(super) at: usize,
    entries: &'d DeTable<'d>,
}

/// A text with its position.
#[derive(Clone, Copy)]
pub(super) struct Text<'d> {
    pub(super) field: &'static str,
    pub(super) value: &'d str,
    pub(super) at: usize,
}

impl Text<'_> {
    pub(super) fn shown(self) -> String {
        shortened(self.value)
    }

    pub(super) fn malformed(self, fields: &Fields<'_>, expected: &'static str) -> Reported {
        fields.reader.report(self.at, Kind::Malformed { field: self.field, expected, found: self.shown() })
    }
}

impl<'d> Fields<'d> {
    pub(super) fn new(reader: &'d Reader<'d>, table: &'static str, at: usize, entries: &'d DeTable<'d>) -> Self {
        Self { reader, table, at, entries }
    }

    /// Reports every field that the table does not have.
    pub(super) fn check_known(&self, known: &[&str]) {
        for key in self.entries.keys() {
            let field = key.get_ref().as_ref();
            if !known.contains(&field) {
                let suggestion = nearest(self.reader, field, known.iter().copied());
                let field = shortened(field);
                self.reader.report(key.span().start, Kind::UnknownField { table: self.table, field, suggestion });
            }
        }
    }

    /// The value as the parser gives it.
    pub(super) fn value(&self, field: &str) -> Option<&'d Spanned<DeValue<'d>>> {
        self.entries.get(field)
    }

    /// Where the field's value stands, or else the table.
    pub(super) fn at(&self, field: &str) -> usize {
        self.value(field).map_or(self.at, |value| value.span().start)
    }

    pub(super) fn missing(&self, field: &'static str) -> Reported {
        self.reader.report(self.at, Kind::MissingField { table: self.table, field })
    }

    fn wrong_type(&self, field: &'static str, expected: &'static str, value: &Spanned<DeValue<'_>>) -> Reported {
        let found = type_name(value.get_ref());
        self.reader.report(value.span().start, Kind::WrongType { field, expected, found })
    }

    /// A text of any form, also over several lines.
    pub(super) fn optional_text(&self, field: &'static str) -> Result<Option<Text<'d>>, Reported> {
        self.value(field).map(|value| self.as_text(field, value)).transpose()
    }

    fn as_text(&self, field: &'static str, value: &'d Spanned<DeValue<'d>>) -> Result<Text<'d>, Reported> {
        let at = value.span().start;
        match value.get_ref() {
            DeValue::String(text) if text.trim().is_empty() => Err(self.reader.report(at, Kind::Empty { field })),
            DeValue::String(text) => Ok(Text { field, value: text.as_ref(), at }),
            _ => Err(self.wrong_type(field, "a text", value)),
        }
    }

    fn as_line(&self, field: &'static str, value: &'d Spanned<DeValue<'d>>) -> Result<Text<'d>, Reported> {
        let text = self.as_text(field, value)?;
        if text.value.len() > limits::NAME_BYTES || text.value.chars().any(char::is_control) {
            return Err(self.reader.report(text.at, Kind::NotALine { field, limit: limits::NAME_BYTES }));
        }
        Ok(text)
    }

    pub(super) fn optional_line(&self, field: &'static str) -> Result<Option<Text<'d>>, Reported> {
        self.value(field).map(|value| self.as_line(field, value)).transpose()
    }

    pub(super) fn line(&self, field: &'static str) -> Result<Text<'d>, Reported> {
        self.optional_line(field)?.ok_or_else(|| self.missing(field))
    }

    /// A sentence for people: a text that may have several lines.
    pub(super) fn prose(&self, field: &'static str) -> Result<String, Reported> {
        self.optional_prose(field)?.ok_or_else(|| self.missing(field))
    }

    pub(super) fn optional_prose(&self, field: &'static str) -> Result<Option<String>, Reported> {
        let Some(text) = self.optional_text(field)? else { return Ok(None) };
        let strange = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
        if text.value.len() > limits::NAME_BYTES || text.value.contains(strange) {
            return Err(self.reader.report(text.at, Kind::NotALine { field, limit: limits::NAME_BYTES }));
        }
        Ok(Some(text.value.to_owned()))
    }

    pub(super) fn owned_line(&self, field: &'static str) -> Result<Option<String>, Reported> {
        Ok(self.optional_line(field)?.map(|text| text.value.to_owned()))
    }

    /// A list of single lines; none, if the field is absent.
    pub(super) fn lines(&self, field: &'static str) -> Result<Vec<Text<'d>>, Reported> {
        all(self.list(field, "a list of texts")?.iter().map(|value| self.as_line(field, value)))
    }

    fn list(&self, field: &'static str, expected: &'static str) -> Result<&'d [Spanned<DeValue<'d>>], Reported> {
        match self.value(field) {
            None => Ok(&[]),
            Some(value) => match value.get_ref() {
                DeValue::Array(list) => Ok(list),
                _ => Err(self.wrong_type(field, expected, value)),
            },
        }
    }

    /// A list of lines in which none stands twice.
    pub(super) fn distinct_lines(&self, field: &'static str) -> Result<Vec<Text<'d>>, Reported> {
        let lines = self.lines(field)?;
        let mut seen = std::collections::HashMap::new();
        all(lines.into_iter().map(|line| match seen.insert(line.value, line.at) {
            None => Ok(line),
            Some(first) => {
                let first_line = self.reader.line(first);
                Err(self.reader.report(line.at, Kind::Duplicate { what: field, name: line.shown(), first_line }))
            }
        }))
    }

    pub(super) fn integer(&self, field: &'static str, least: u64) -> Result<u64, Reported> {
        self.optional_integer(field, least)?.ok_or_else(|| self.missing(field))
    }

    /// A whole number from `least`.
    pub(super) fn optional_integer(&self, field: &'static str, least: u64) -> Result<Option<u64>, Reported> {
        let Some(value) = self.value(field) else { return Ok(None) };
        let DeValue::Integer(number) = value.get_ref() else {
            return Err(self.wrong_type(field, "a whole number", value));
        };
        // TOML v1.0.0, Integer: 64-bit signed; nothing larger is read
        match i64::from_str_radix(number.as_str(), number.radix()).ok().and_then(|n| u64::try_from(n).ok()) {
            Some(number) if number >= least => Ok(Some(number)),
            _ => {
                let found = shortened(&number.to_string());
                Err(self.reader.report(value.span().start, Kind::OutOfRange { field, least, found }))
            }
        }
    }

    pub(super) fn optional_boolean(&self, field: &'static str) -> Result<Option<bool>, Reported> {
        match self.value(field) {
            None => Ok(None),
            Some(value) => match value.get_ref() {
                DeValue::Boolean(yes) => Ok(Some(*yes)),
                _ => Err(self.wrong_type(field, "true or false", value)),
            },
        }
    }

    pub(super) fn optional_time(&self, field: &'static str) -> Result<Option<Timestamp>, Reported> {
        self.datetime(field, "a time with offset, such as 2026-11-21T09:00:00Z", instant)
    }

    /// The start (UTC) of a day.
    pub(super) fn date(&self, field: &'static str) -> Result<Timestamp, Reported> {
        self.datetime(field, "a date, such as 2026-11-21", day)?.ok_or_else(|| self.missing(field))
    }

    fn datetime(
        &self,
        field: &'static str,
        expected: &'static str,
        read: fn(&str) -> Option<Timestamp>,
    ) -> Result<Option<Timestamp>, Reported> {
        let Some(value) = self.value(field) else { return Ok(None) };
        let DeValue::Datetime(datetime) = value.get_ref() else { return Err(self.wrong_type(field, expected, value)) };
        let written = datetime.to_string();
        read(&written)
            .map(Some)
            .ok_or_else(|| self.reader.report(value.span().start, Kind::Malformed { field, expected, found: written }))
    }

    /// A length of time in seconds: `30d`, `12h` or `90m`.
    pub(super) fn optional_duration(&self, field: &'static str) -> Result<Option<u64>, Reported> {
        let Some(text) = self.optional_line(field)? else { return Ok(None) };
        duration(text.value).map(Some).ok_or_else(|| text.malformed(self, "a length such as `30d`, `12h` or `90m`"))
    }

    /// A window `{ from, until }`; open, if the field is absent.
    pub(super) fn window(&self, field: &'static str, table: &'static str) -> Result<Window, Reported> {
        let Some(fields) = self.optional_table(field, table)? else { return Ok(Window::default()) };
        fields.check_known(&["from", "until"]);
        let (from, until) = (fields.optional_time("from"), fields.optional_time("until"));
        let window = Window { from: from?, until: until? };
        if window.is_empty() {
            return Err(self.reader.report(fields.at, Kind::EmptyWindow));
        }
        Ok(window)
    }

    pub(super) fn optional_table(
        &self,
        field: &'static str,
        table: &'static str,
    ) -> Result<Option<Fields<'d>>, Reported> {
        self.value(field).map(|value| self.as_table(field, table, value)).transpose()
    }

    fn as_table(
        &self,
        field: &'static str,
        table: &'static str,
        value: &'d Spanned<DeValue<'d>>,
    ) -> Result<Fields<'d>, Reported> {
        match value.get_ref() {
            DeValue::Table(entries) => Ok(Fields::new(self.reader, table, value.span().start, entries)),
            _ => Err(self.wrong_type(field, "a table", value)),
        }
    }

    /// A list of tables; none, if the field is absent. Each is well typed or an error.
    pub(super) fn tables(
        &self,
        field: &'static str,
        table: &'static str,
    ) -> Result<Vec<Result<Fields<'d>, Reported>>, Reported> {
        let list = self.list(field, "a list of tables")?;
        Ok(list.iter().map(|value| self.as_table(field, table, value)).collect())
    }

    /// One of several words.
    pub(super) fn optional_choice<T: Copy>(
        &self,
        field: &'static str,
        words: &[(&'static str, T)],
    ) -> Result<Option<T>, Reported> {
        self.optional_line(field)?.map(|text| self.choose(text, words)).transpose()
    }

    pub(super) fn choice<T: Copy>(&self, field: &'static str, words: &[(&'static str, T)]) -> Result<T, Reported> {
        self.optional_choice(field, words)?.ok_or_else(|| self.missing(field))
    }

    /// A list of words in which none stands twice.
    pub(super) fn choices<T: Copy>(
        &self,
        field: &'static str,
        words: &[(&'static str, T)],
    ) -> Result<Vec<(T, Text<'d>)>, Reported> {
        all(self.distinct_lines(field)?.into_iter().map(|text| Ok((self.choose(text, words)?, text))))
    }

    fn choose<T: Copy>(&self, text: Text<'_>, words: &[(&'static str, T)]) -> Result<T, Reported> {
        words.iter().find(|(word, _)| *word == text.value).map(|(_, value)| *value).ok_or_else(|| {
            let known = words.iter().map(|(word, _)| *word);
            let suggestion = nearest(self.reader, text.value, known.clone());
            let expected = known.map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
            let expected = if words.len() > 1 { format!("one of {expected}") } else { expected };
            let kind = Kind::UnknownValue { field: text.field, expected, found: text.shown(), suggestion };
            self.reader.report(text.at, kind)
        })
    }

    pub(super) fn optional_pattern(
        &self,
        field: &'static str,
        dimension: Dimension,
    ) -> Result<Option<Pattern>, Reported> {
        self.optional_text(field)?.map(|text| self.pattern(text, dimension)).transpose()
    }

    /// A list of patterns; none, if the field is absent.
    pub(super) fn patterns(&self, field: &'static str, dimension: Dimension) -> Result<Vec<Pattern>, Reported> {
        let list = self.list(field, "a list of patterns")?;
        all(list.iter().map(|value| self.pattern(self.as_text(field, value)?, dimension)))
    }

    fn pattern(&self, text: Text<'_>, dimension: Dimension) -> Result<Pattern, Reported> {
        Pattern::parse(dimension, text.value).map_err(|error| {
            let (field, found) = (text.field, text.shown());
            self.reader.report(text.at, Kind::Pattern { field, found, error })
        })
    }

    /// A text that parses as something, such as a digest.
    pub(super) fn parsed<T: core::str::FromStr>(&self, text: Text<'_>, expected: &'static str) -> Result<T, Reported> {
        text.value.parse().map_err(|_| text.malformed(self, expected))
    }
}

/// Every value, or that one was wrong; unlike `collect`, it goes on to the last, so that every
/// error is reported.
pub(super) fn all<T>(values: impl IntoIterator<Item = Result<T, Reported>>) -> Result<Vec<T>, Reported> {
    let mut good = Ok(Vec::new());
    for value in values {
        match (&mut good, value) {
            (Ok(list), Ok(value)) => list.push(value),
            (Ok(_), Err(reported)) => good = Err(reported),
            (Err(_), _) => {}
        }
    }
    good
}

/// TOML's times are wider than RFC 3339: without offset, or without seconds, is refused here.
fn instant(written: &str) -> Option<Timestamp> {
    written.parse().ok()
}

fn day(written: &str) -> Option<Timestamp> {
    // a time of day makes this no RFC 3339 time
    format!("{written}T00:00:00Z").parse().ok()
}

fn duration(text: &str) -> Option<u64> {
    let (number, seconds) = [("d", 86_400), ("h", 3_600), ("m", 60)]
        .into_iter()
        .find_map(|(unit, seconds)| Some((text.strip_suffix(unit)?, seconds)))?;
    let digits_only = number.bytes().all(|b| b.is_ascii_digit());
    let length = number.parse::<u32>().ok().filter(|_| digits_only)?;
    (length > 0).then(|| u64::from(length) * seconds)
}

pub(super) fn type_name(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a time or date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
