//! Page cursors: opaque, and good for the query that they came from only.

use crate::error::{Error, Result};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use review_api::ErrorCode;
use review_core::digest::sha256_hex;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Longest cursor accepted, in bytes.
const LONGEST: usize = 4_096;
/// Digits of the query's hash that a cursor carries: it guards against mistakes, not against malice.
const HASH_DIGITS: usize = 16;

#[derive(Serialize, Deserialize)]
struct Content<P> {
    /// The place.
    p: P,
    /// Hash of the query.
    q: String,
}

/// What a list is a list of: its path and whatever filters it, but not its page.
#[derive(Debug, Clone)]
pub(super) struct Query(String);

impl Query {
    /// Names a list by its path and filters.
    pub(super) fn of(path: &str, filters: impl Serialize) -> Self {
        // Filters are plain structs, which always have a JSON form.
        let filters = serde_json::to_string(&filters).unwrap_or_default();
        let mut hash = sha256_hex(&format!("{path}\n{filters}"));
        hash.truncate(HASH_DIGITS);
        Self(hash)
    }

    /// Returns the cursor of a place in this list.
    pub(super) fn cursor(&self, place: impl Serialize) -> String {
        let content = Content {
            p: place,
            q: self.0.clone(),
        };
        URL_SAFE_NO_PAD.encode(serde_json::to_string(&content).unwrap_or_default())
    }

    /// Returns the place that a cursor stands for.
    pub(super) fn place<P: DeserializeOwned>(&self, cursor: Option<&str>) -> Result<Option<P>> {
        cursor
            .map(|cursor| self.read(cursor).ok_or_else(bad))
            .transpose()
    }

    fn read<P: DeserializeOwned>(&self, cursor: &str) -> Option<P> {
        if cursor.len() > LONGEST {
            return None;
        }
        let text = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let content: Content<P> = serde_json::from_slice(&text).ok()?;
        (content.q == self.0).then_some(content.p)
    }

    /// Cuts what was read with a limit of one more to a page, and returns the next page's cursor.
    pub(super) fn cut<T, P: Serialize>(
        &self,
        items: &mut Vec<T>,
        limit: u32,
        place: impl FnOnce(&T) -> P,
    ) -> Option<String> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        if items.len() <= limit {
            return None;
        }
        items.truncate(limit);
        items.last().map(|last| self.cursor(place(last)))
    }
}

fn bad() -> Error {
    let message = "This page can no longer be found: its cursor belongs to another list or release. \
                   Start again from the first page.";
    Error::new(ErrorCode::BadCursor, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_back_to_its_place() {
        let query = Query::of("/api/agents", ("q", Some("support")));
        let cursor = query.cursor((3, "x"));
        assert_eq!(
            query.place(Some(&cursor)).unwrap(),
            Some((3, "x".to_owned()))
        );
        assert_eq!(query.place::<u8>(None).unwrap(), None);
    }

    #[test]
    fn a_cursor_of_another_query_is_refused_with_what_to_do() {
        let cursor = Query::of("/api/agents", "a").cursor(1);
        for other in [Query::of("/api/agents", "b"), Query::of("/api/audit", "a")] {
            let error = other.place::<u8>(Some(&cursor)).unwrap_err();
            assert_eq!(error.code, ErrorCode::BadCursor);
            assert!(error.message.ends_with("Start again from the first page."));
        }
    }

    #[test]
    fn junk_is_no_cursor() {
        let query = Query::of("/api/agents", "a");
        let of_another_shape = query.cursor("text");
        let flipped = query.cursor(7).replace('e', "f");
        for junk in [
            "",
            "x",
            "%%%",
            "====",
            &"A".repeat(5_000),
            &of_another_shape,
            &flipped,
        ] {
            assert!(query.place::<u8>(Some(junk)).is_err(), "{junk}");
        }
    }

    #[test]
    fn only_a_full_page_has_a_next_one() {
        let query = Query::of("/api/agents", "a");
        let mut items = vec![1, 2, 3];
        assert_eq!(query.cut(&mut items, 3, |item| *item), None);
        let cursor = query.cut(&mut items, 2, |item| *item);
        assert_eq!(items, [1, 2]);
        assert_eq!(query.place::<i32>(cursor.as_deref()).unwrap(), Some(2));
    }
}
