//! Names that one table defines and others refer to.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::fields::{Fields, Text};
use super::reader::{Reader, Reported, shortened};
use crate::policy::error::PolicyErrorKind as Kind;

/// Names longer than this are not compared for similarity, which takes time in the square.
const SIMILAR_BYTES: usize = 80;
/// How many names are compared with one that is unknown.
const SIMILAR_NAMES: usize = 500;

/// The names of one sort, each with its line.
pub(super) struct Names {
    what: &'static str,
    lines: HashMap<String, usize>,
}

impl Names {
    pub(super) fn new(what: &'static str) -> Self {
        Self { what, lines: HashMap::new() }
    }

    /// The names that a list of tables defines, also where the rest of a table is wrong. The
    /// table's own reader reports what is wrong with them.
    pub(super) fn defined(top: &Fields<'_>, tables: &str, what: &'static str, field: &str) -> Self {
        let mut names = Self::new(what);
        for table in elements(top, tables) {
            if let Some(name) = table.get(field).and_then(|value| value.get_ref().as_str()) {
                names.lines.entry(name.to_owned()).or_default();
            }
        }
        names
    }

    /// Adds a built-in name.
    pub(super) fn with(mut self, name: &str) -> Self {
        self.lines.insert(name.to_owned(), 0);
        self
    }

    /// Takes a name, which must be new.
    pub(super) fn define(&mut self, reader: &Reader<'_>, name: Text<'_>) -> Result<(), Reported> {
        match self.lines.entry(name.value.to_owned()) {
            Entry::Vacant(entry) => {
                entry.insert(reader.line(name.at));
                Ok(())
            }
            Entry::Occupied(first) => {
                let kind = Kind::Duplicate { what: self.what, name: name.shown(), first_line: *first.get() };
                Err(reader.report(name.at, kind))
            }
        }
    }

    /// The name, which must be one of these.
    pub(super) fn refer(&self, reader: &Reader<'_>, name: Text<'_>) -> Result<String, Reported> {
        if self.lines.contains_key(name.value) {
            return Ok(name.value.to_owned());
        }
        let suggestion = nearest(reader, name.value, self.lines.keys().map(String::as_str));
        Err(reader.report(name.at, Kind::Undefined { what: self.what, name: name.shown(), suggestion }))
    }
}

/// The tables of a list, those that are tables.
pub(super) fn elements<'d>(
    fields: &Fields<'d>,
    list: &str,
) -> impl Iterator<Item = &'d toml::de::DeTable<'d>> + use<'d> {
    let list = fields.value(list).and_then(|value| value.get_ref().as_array());
    list.into_iter().flat_map(|list| list.iter()).filter_map(|value| value.get_ref().as_table())
}

/// The known name that an unknown one was probably meant to be.
pub(super) fn nearest<'n>(reader: &Reader<'_>, name: &str, known: impl Iterator<Item = &'n str>) -> Option<String> {
    if reader.is_full() || name.len() > SIMILAR_BYTES {
        return None;
    }
    let allowed = (name.chars().count() / 3).max(1);
    known
        .filter(|candidate| candidate.len() <= SIMILAR_BYTES)
        .take(SIMILAR_NAMES)
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, candidate)| shortened(candidate))
}
