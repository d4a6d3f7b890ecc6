//! Strict JSON (RFC 8259): one document, no duplicate names, bounded depth and size.
//!
//! serde's derives ignore duplicate names in objects that they skip, and RFC 8259 §4 leaves
//! their meaning open: two readers may see two documents in one text. Here that is an error,
//! at every level. They also read a list as the fields of a struct in their order, which nobody
//! means; here a struct is an object.

mod objects;

use core::cell::Cell;
use core::fmt;
use std::borrow::Cow;
use std::collections::HashSet;

use serde::Deserialize;
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::limits;
use crate::wire::Text;
use objects::Objects;

/// Why a text is not the JSON that was expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// Larger than the bound for this document.
    #[error("{bytes} bytes, more than the {limit} allowed")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The bound.
        limit: usize,
    },
    /// Nested deeper than [`limits::JSON_DEPTH`].
    #[error("more than {limit} levels of nesting")]
    TooDeep {
        /// The bound.
        limit: usize,
    },
    /// Not JSON, a duplicate name, or not the fields and types that were expected.
    #[error("{0}")]
    Malformed(String),
}

/// Parses one document of at most `limit` bytes into a wire type.
///
/// # Errors
/// When the text is larger, nested deeper than [`limits::JSON_DEPTH`], names a member twice in
/// one object, has data after the document, or does not fit the type.
pub fn parse<'a, T: Deserialize<'a>>(bytes: &'a [u8], limit: usize) -> Result<T, JsonError> {
    check(bytes, limit)?;
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    T::deserialize(Objects(&mut reader)).map_err(|error| JsonError::Malformed(error.to_string()))
}

/// Checks one document of at most `limit` bytes without building it.
///
/// # Errors
/// As [`parse`], without the types.
pub fn check(bytes: &[u8], limit: usize) -> Result<(), JsonError> {
    if bytes.len() > limit {
        return Err(JsonError::TooLarge { bytes: bytes.len(), limit });
    }
    let too_deep = Cell::new(false);
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let strict = Strict { depth: 0, too_deep: &too_deep };
    strict.deserialize(&mut reader).and_then(|()| reader.end()).map_err(|error| {
        if too_deep.get() {
            JsonError::TooDeep { limit: limits::JSON_DEPTH }
        } else {
            JsonError::Malformed(error.to_string())
        }
    })
}

/// Walks a value of any type and refuses duplicate names and excessive depth.
#[derive(Clone, Copy)]
struct Strict<'c> {
    depth: usize,
    too_deep: &'c Cell<bool>,
}

impl Strict<'_> {
    fn deeper<E: de::Error>(self) -> Result<Self, E> {
        if self.depth >= limits::JSON_DEPTH {
            self.too_deep.set(true);
            return Err(E::custom("nested too deep"));
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let inner = self.deeper()?;
        while items.next_element_seed(inner)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let inner = self.deeper()?;
        let mut names = Names::default();
        while let Some(Text(name)) = members.next_key()? {
            if let Some(name) = names.insert(name) {
                return Err(de::Error::custom(format_args!("duplicate name `{name}`")));
            }
            members.next_value_seed(inner)?;
        }
        Ok(())
    }
}

/// The names of one object: compared one by one while they are few, hashed when they are many.
#[derive(Default)]
struct Names<'a> {
    few: Vec<Cow<'a, str>>,
    many: HashSet<Cow<'a, str>>,
}

impl<'a> Names<'a> {
    const FEW: usize = 16;

    /// Gives the name back if it is there already.
    fn insert(&mut self, name: Cow<'a, str>) -> Option<Cow<'a, str>> {
        if self.few.contains(&name) || self.many.contains(&name) {
            return Some(name);
        }
        if self.few.len() < Self::FEW {
            self.few.push(name);
        } else {
            self.many.insert(name);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(text: &str) -> Result<(), JsonError> {
        check(text.as_bytes(), 1 << 20)
    }

    #[test]
    fn duplicate_names_are_refused_at_every_level() {
        for text in [r#"{"a":1,"a":1}"#, r#"{"x":[{"a":1,"\u0061":2}]}"#] {
            assert!(
                matches!(checked(text), Err(JsonError::Malformed(m)) if m.contains("duplicate name `a`")),
                "{text}"
            );
        }
        let many: Vec<String> = (0..100).map(|i| format!("\"n{i}\":0")).collect();
        assert_eq!(checked(&format!("{{{}}}", many.join(","))), Ok(()));
        assert!(checked(&format!("{{{},\"n99\":1}}", many.join(","))).is_err());
        assert!(checked(&format!("{{{},\"n3\":1}}", many.join(","))).is_err());
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert_eq!(checked(&nested(limits::JSON_DEPTH)), Ok(()));
        for n in [limits::JSON_DEPTH + 1, 127, 128, 200_000] {
            assert_eq!(checked(&nested(n)), Err(JsonError::TooDeep { limit: limits::JSON_DEPTH }), "{n}");
        }
    }

    #[test]
    fn one_document_and_nothing_after_it() {
        assert_eq!(checked(" {} \n"), Ok(()));
        for text in ["", "{} {}", "{}x", "{\"a\":1,}", "\u{feff}{}", "NaN", "\"\\ud800\"", "'a'"] {
            assert!(matches!(checked(text), Err(JsonError::Malformed(_))), "{text}");
        }
        assert!(matches!(check(b"\"\xff\"", 9), Err(JsonError::Malformed(_))));
        assert_eq!(check(b"[1,2]", 4), Err(JsonError::TooLarge { bytes: 5, limit: 4 }));
    }

    #[test]
    fn a_struct_is_an_object_at_every_level() {
        #[derive(Debug, Deserialize)]
        struct Outer<'a> {
            #[serde(borrow)]
            raw: Option<&'a serde_json::value::RawValue>,
            inner: Option<Vec<Inner>>,
            any: Option<serde_json::Value>,
        }
        #[derive(Debug, PartialEq, Deserialize)]
        struct Inner {
            number: u8,
        }
        let parsed = |text: &'static str| parse::<Outer<'_>>(text.as_bytes(), 1 << 20);
        let read = parsed(r#"{"raw":[{}, 1],"inner":[{"number":1}],"any":[[1]]}"#).unwrap();
        assert_eq!(read.raw.map(serde_json::value::RawValue::get), Some("[{}, 1]"));
        assert_eq!(read.inner, Some(vec![Inner { number: 1 }]));
        assert_eq!(read.any, Some(serde_json::json!([[1]])));
        for text in ["[null,null,null]", r#"{"inner":[[1]]}"#] {
            assert!(
                matches!(parsed(text), Err(JsonError::Malformed(message)) if message.contains("invalid type: sequence")),
                "{text}"
            );
        }
    }
}
