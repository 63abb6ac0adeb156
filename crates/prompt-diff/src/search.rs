//! Finds text in all rows, also in those that are folded or off screen.

use crate::{PromptDiff, RowKind, Side};
use std::ops::Range;

/// A place where the text stands that was looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The row.
    pub row: usize,
    /// The side; unchanged rows are searched once, after the change.
    pub side: Side,
    /// Where it lies in the line's body, in bytes.
    pub range: Range<usize>,
}

/// Finds `needle` in every row, in order, whatever the case of its letters, and at most `most` times.
///
/// Places do not overlap, and none reaches over the end of a line. Nothing is found for the empty text.
pub fn search(diff: &PromptDiff, needle: &str, most: usize) -> Vec<Hit> {
    let needle: Vec<char> = needle.chars().flat_map(char::to_lowercase).collect();
    let mut hits = Vec::new();
    if needle.is_empty() {
        return hits;
    }
    for (number, row) in diff.rows(0..diff.row_count()).enumerate() {
        for side in [Side::Before, Side::After] {
            let Some(line) = *row.lines.get(side) else {
                continue;
            };
            if row.kind == RowKind::Same && side == Side::Before {
                continue;
            }
            let found = places(diff.revisions.get(side).body(line), &needle);
            hits.extend(found.into_iter().map(|range| Hit {
                row: number,
                side,
                range,
            }));
            if hits.len() >= most {
                hits.truncate(most);
                return hits;
            }
        }
    }
    hits
}

fn places(body: &str, needle: &[char]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let Some(&first) = needle.first() else {
        return found;
    };
    let mut from = 0;
    for (start, c) in body.char_indices() {
        if start < from || c.to_lowercase().next() != Some(first) {
            continue;
        }
        if let Some(length) = begins(body.get(start..).unwrap_or_default(), needle) {
            from = start + length;
            found.push(start..from);
        }
    }
    found
}

/// Returns the length of the text at the beginning of `body` that reads as `needle`, in bytes.
fn begins(body: &str, needle: &[char]) -> Option<usize> {
    let mut wanted = needle.iter().copied().peekable();
    for (place, c) in body.char_indices() {
        if wanted.peek().is_none() {
            return Some(place);
        }
        for lower in c.to_lowercase() {
            wanted.next_if_eq(&lower)?;
        }
    }
    wanted.peek().is_none().then_some(body.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Limits, diff};

    #[test]
    fn text_is_found_on_both_sides_whatever_its_case() {
        let diff = diff(
            "Refund now\nsame REFUND\n",
            "Credit now\nsame REFUND\n",
            &Limits::default(),
        );
        let drawn: Vec<_> = search(&diff, "refund", 9)
            .into_iter()
            .map(|hit| format!("{} {:?} {:?}", hit.row, hit.side, hit.range))
            .collect();
        assert_eq!(drawn, ["0 Before 0..6", "1 After 5..11"]);
        assert_eq!(search(&diff, "refund", 1).len(), 1);
        assert_eq!(search(&diff, "", 9), []);
    }

    fn drawn(body: &str, needle: &str) -> String {
        let needle: Vec<char> = needle.chars().collect();
        let mut text = body.to_owned();
        for range in places(body, &needle).into_iter().rev() {
            text.insert(range.end, ']');
            text.insert(range.start, '[');
        }
        text
    }

    #[test]
    fn letters_that_change_their_length_are_found_where_they_are() {
        assert_eq!(drawn("İstanbul STRASSE", "i\u{307}s"), "[İs]tanbul STRASSE");
        assert_eq!(drawn("ÄÖ äö", "äö"), "[ÄÖ] [äö]");
        assert_eq!(drawn("aaa", "aa"), "[aa]a");
    }
}
