//! Reads JSON from outside with limits, and refuses what two readers could read differently.

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use std::collections::HashSet;
use std::fmt;

/// Deepest nesting accepted.
const DEEPEST: usize = 64;
/// Longest array accepted.
const LONGEST_ARRAY: usize = 1_000;
/// Most fields of one object.
const MOST_FIELDS: usize = 1_000;

/// Checks that `text` is JSON without duplicate keys, NUL characters, deep nesting or endless lists.
///
/// Maps of `serde_json` take the last of two equal keys silently, so what was checked and what is used
/// could differ.
///
/// # Errors
/// With the reason and its place.
pub(crate) fn check(text: &str) -> Result<(), serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_str(text);
    Strict { depth: 0 }.deserialize(&mut reader)?;
    reader.end()
}

#[derive(Clone, Copy)]
struct Strict {
    depth: usize,
}

impl Strict {
    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth >= DEEPEST {
            return Err(E::custom(format!("nested deeper than {DEEPEST} levels")));
        }
        Ok(Self {
            depth: self.depth + 1,
        })
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

fn without_nul<E: serde::de::Error>(text: &str) -> Result<(), E> {
    if text.contains('\0') {
        return Err(E::custom("a text holds the character NUL"));
    }
    Ok(())
}

impl<'de> Visitor<'de> for Strict {
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

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        without_nul(text)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let inner = self.deeper()?;
        let mut count = 0;
        while items.next_element_seed(inner)?.is_some() {
            count += 1;
            if count > LONGEST_ARRAY {
                let message = format!("a list has more than {LONGEST_ARRAY} items");
                return Err(A::Error::custom(message));
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let inner = self.deeper()?;
        let mut seen = HashSet::new();
        while let Some(name) = fields.next_key::<String>()? {
            without_nul(&name)?;
            fields.next_value_seed(inner)?;
            if seen.len() >= MOST_FIELDS {
                let message = format!("an object has more than {MOST_FIELDS} fields");
                return Err(A::Error::custom(message));
            }
            if let Some(twice) = seen.replace(name) {
                let twice: String = twice.chars().take(60).collect();
                return Err(A::Error::custom(format!(
                    "the field {twice:?} stands twice"
                )));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(text: &str, reason: &str) {
        let error = check(text).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    }

    #[test]
    fn ordinary_json_passes() {
        check(r#"{"a":[1,-2,3.5,true,null,"x",{"a":{}}],"b":""}"#).unwrap();
    }

    #[test]
    fn p39_what_could_be_read_in_two_ways_is_refused() {
        refused(r#"{"a":1,"a":2}"#, "\"a\" stands twice");
        refused(r#"{"x":{"a":1,"\u0061":2}}"#, "stands twice");
        refused(r#"{"a":"b\u0000c"}"#, "NUL");
        refused(r#"{"a":1} {"b":2}"#, "trailing");
        refused("", "EOF");
    }

    #[test]
    fn p39_what_would_never_end_is_refused() {
        refused(
            &format!("{}{}", "[".repeat(65), "]".repeat(65)),
            "deeper than 64",
        );
        check(&format!("{}{}", "[".repeat(64), "]".repeat(64))).unwrap();
        refused(
            &format!("[{}0]", "0,".repeat(1_000)),
            "more than 1000 items",
        );
        let fields: Vec<String> = (0..1_001).map(|n| format!("\"f{n}\":0")).collect();
        refused(
            &format!("{{{}}}", fields.join(",")),
            "more than 1000 fields",
        );
    }
}
