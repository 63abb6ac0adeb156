//! A row as one text, with what is gone and what is new marked in it.

use crate::{PromptDiff, Row, RowKind, Side, Sides, Span};
use std::ops::Range;

/// A piece of a row in reading order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// The side whose text it is: before for what is gone, after for all else.
    pub side: Side,
    /// Whether only that side has it.
    pub changed: bool,
    /// Where it lies in the whole text of that side, in bytes; line feeds are left out.
    pub range: Range<usize>,
}

impl PromptDiff {
    /// Returns the text of a row in reading order: what is gone stands before what is new in its place.
    pub fn reading_of(&self, row: &Row) -> Vec<Stretch> {
        if let RowKind::Rewrapped { group } = row.kind
            && let Some(group) = self.groups.get(group)
        {
            return group.reading_of(&self.revisions, row);
        }
        let words = self.words_of(row);
        let lines = match row.kind {
            RowKind::MovedAway { to } => Sides::new(row.lines.before, Some(to)),
            RowKind::MovedHere { from } => Sides::new(Some(from), row.lines.after),
            _ => row.lines,
        };
        let start = |side: Side| {
            let line = lines.get(side).unwrap_or_default();
            self.revisions.get(side).range(line).start
        };
        let starts = [start(Side::Before), start(Side::After)];
        merged(&words.spans.before, &words.spans.after, starts)
    }
}

/// Merges the spans of two sides, whose unchanged ones are the same.
fn merged(before: &[Span], after: &[Span], starts: [usize; 2]) -> Vec<Stretch> {
    let [before_start, after_start] = starts;
    let stretch = |side, span: &Span, start: usize| Stretch {
        side,
        changed: span.changed,
        range: start + span.range.start..start + span.range.end,
    };
    let mut merged = Vec::with_capacity(before.len() + after.len());
    let mut left = before.iter().peekable();
    let mut right = after.iter().peekable();
    while left.peek().is_some() || right.peek().is_some() {
        if let Some(gone) = left.next_if(|span| span.changed) {
            merged.push(stretch(Side::Before, gone, before_start));
        } else if let Some(new) = right.next_if(|span| span.changed) {
            merged.push(stretch(Side::After, new, after_start));
        } else {
            // Both sides have it; the text after is read.
            left.next();
            merged.extend(
                right
                    .next()
                    .map(|span| stretch(Side::After, span, after_start)),
            );
        }
    }
    merged
}
