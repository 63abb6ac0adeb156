//! Pages: opaque cursors over rows that have a key and an order.

use super::errors::ApiError;
use super::query::{Query, Times};
use base64::{Engine as _, engine::general_purpose::URL_SAFE};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Where a page begins. `d` is the order it belongs to, `b` says that it lies before the row.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cursor {
    list: String,
    key: String,
    desc: bool,
    before: bool,
}

impl Cursor {
    fn text(&self) -> String {
        let json = serde_json::to_vec(self).unwrap_or_default();
        format!("page_{}", URL_SAFE.encode(json))
    }

    fn parse(text: &str) -> Option<Self> {
        let json = URL_SAFE.decode(text.strip_prefix("page_")?).ok()?;
        serde_json::from_slice(&json).ok()
    }
}

/// Returns a key that sorts by time, then by id.
pub(super) fn time_key(at: Timestamp, id: &str) -> String {
    // Shifted so that every time has the same number of digits and no sign.
    let shifted = at.as_nanosecond() + (1_i128 << 70);
    format!("{shifted:022}{id}")
}

/// What a list is asked for.
#[derive(Debug)]
pub(super) struct Asked {
    list: &'static str,
    limit: usize,
    desc: bool,
    cursor: Option<Cursor>,
}

impl Asked {
    /// Reads `limit` and `page` for a list in an order; a cursor of another list or order is refused.
    pub(super) fn read(
        query: &Query,
        list: &'static str,
        max: u32,
        desc: bool,
    ) -> Result<Self, ApiError> {
        let cursor = query
            .one("page")
            .map(|text| {
                Cursor::parse(text)
                    .filter(|cursor| cursor.list == list && cursor.desc == desc)
                    .ok_or_else(|| ApiError::invalid("page: this cursor is not valid here"))
            })
            .transpose()?;
        Ok(Self {
            list,
            limit: query.limit(max)?,
            desc,
            cursor,
        })
    }

    /// Refuses a cursor whose place a time filter leaves out, for lists by time.
    pub(super) fn within(&self, times: &Times) -> Result<(), ApiError> {
        let Some(cursor) = &self.cursor else {
            return Ok(());
        };
        let at = cursor
            .key
            .get(..22)
            .and_then(|digits| digits.parse::<i128>().ok())
            .and_then(|shifted| Timestamp::from_nanosecond(shifted - (1_i128 << 70)).ok());
        if at.is_some_and(|at| times.contains(at)) {
            Ok(())
        } else {
            Err(ApiError::invalid(
                "page: this cursor lies outside created_at",
            ))
        }
    }

    fn cursor(&self, key: &str, before: bool) -> String {
        let cursor = Cursor {
            list: self.list.to_owned(),
            key: key.to_owned(),
            desc: self.desc,
            before,
        };
        cursor.text()
    }

    /// Cuts the page out of all rows, which come in any order with keys that differ.
    pub(super) fn page<T>(&self, mut rows: Vec<(String, T)>) -> Page<T> {
        if self.desc {
            rows.sort_by(|a, b| b.0.cmp(&a.0));
        } else {
            rows.sort_by(|a, b| a.0.cmp(&b.0));
        }
        let is_past = |key: &str, cursor: &Cursor| {
            if self.desc {
                key < cursor.key.as_str()
            } else {
                key > cursor.key.as_str()
            }
        };
        let total = rows.len();
        let (start, end) = match &self.cursor {
            None => (0, self.limit.min(total)),
            Some(cursor) if cursor.before => {
                let end =
                    rows.partition_point(|(key, _)| !is_past(key, cursor) && *key != cursor.key);
                (end.saturating_sub(self.limit), end)
            }
            Some(cursor) => {
                let start = rows.partition_point(|(key, _)| !is_past(key, cursor));
                (start, (start + self.limit).min(total))
            }
        };
        let rows: Vec<(String, T)> = rows.drain(start..end).collect();
        let next = rows.last().filter(|_| end < total);
        let next = next.map(|(key, _)| self.cursor(key, false));
        let prev = rows.first().filter(|_| start > 0);
        let prev = prev.map(|(key, _)| self.cursor(key, true));
        Page {
            rows: rows.into_iter().map(|(_, row)| row).collect(),
            next,
            prev,
        }
    }
}

/// One page of a list.
#[derive(Debug)]
pub(super) struct Page<T> {
    /// Its rows, in the list's order.
    pub(super) rows: Vec<T>,
    next: Option<String>,
    prev: Option<String>,
}

impl<T> Page<T> {
    /// The answer, with each row in its wire form.
    pub(super) fn view(self, row: impl FnMut(T) -> Value) -> Value {
        let data: Vec<Value> = self.rows.into_iter().map(row).collect();
        json!({"data": data, "next_page": self.next})
    }

    /// The answer of a list that can also be read backwards.
    pub(super) fn view_both_ways(self, row: impl FnMut(T) -> Value) -> Value {
        let data: Vec<Value> = self.rows.into_iter().map(row).collect();
        json!({"data": data, "next_page": self.next, "prev_page": self.prev})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(limit: usize, desc: bool, page: Option<&str>) -> Asked {
        Asked {
            list: "l",
            limit,
            desc,
            cursor: page.map(|text| Cursor::parse(text).unwrap()),
        }
    }

    fn rows() -> Vec<(String, u32)> {
        (0..7).map(|n| (format!("{n}"), n)).collect()
    }

    #[test]
    fn pages_follow_each_other_both_ways_and_lose_nothing() {
        for desc in [false, true] {
            let first = asked(3, desc, None).page(rows());
            assert!(first.prev.is_none());
            let second = asked(3, desc, first.next.as_deref()).page(rows());
            let third = asked(3, desc, second.next.as_deref()).page(rows());
            assert!(third.next.is_none());
            let mut all = first.rows.clone();
            all.extend(&second.rows);
            all.extend(&third.rows);
            let mut expected: Vec<u32> = (0..7).collect();
            if desc {
                expected.reverse();
            }
            assert_eq!(all, expected);
            let back = asked(3, desc, third.prev.as_deref()).page(rows());
            assert_eq!(back.rows, second.rows);
            let back = asked(3, desc, back.prev.as_deref()).page(rows());
            assert_eq!(back.rows, first.rows);
            assert!(back.prev.is_none());
        }
    }

    #[test]
    fn a_row_that_went_away_is_no_reason_to_lose_the_place() {
        let first = asked(3, false, None).page(rows());
        let mut fewer = rows();
        fewer.remove(2);
        let second = asked(3, false, first.next.as_deref()).page(fewer);
        assert_eq!(second.rows, [3, 4, 5]);
    }

    #[test]
    fn keys_sort_by_time() {
        let at = |text: &str| time_key(text.parse().unwrap(), "x");
        assert!(at("1969-12-31T00:00:00Z") < at("1970-01-01T00:00:00Z"));
        assert!(at("2026-11-01T00:00:00Z") < at("2026-11-01T00:00:00.001Z"));
    }
}
