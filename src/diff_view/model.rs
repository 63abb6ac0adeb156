//! What the views ask of a diff, for one line of the page.

use super::{
    layout::{first_row, last_row},
    parts::cut,
};
use prompt_diff::{Edit, Line, PromptDiff, Row, RowKind, Side, Sides, Words};
use std::ops::Range;

/// Returns the row whose `side` a line of the page shows.
pub(super) fn row(diff: &PromptDiff, line: Line, side: Side) -> Option<Row> {
    let number = match side {
        Side::Before => first_row(line),
        Side::After => last_row(line),
    };
    diff.row(number)
}

/// Returns the numbers of the lines that a line of the page shows.
pub(super) fn numbers(diff: &PromptDiff, line: Line) -> Sides<Option<usize>> {
    let of = |side: Side| row(diff, line, side).and_then(|row| *row.lines.get(side));
    match line {
        Line::Row(_) | Line::Beside(..) => Sides::new(of(Side::Before), of(Side::After)),
        Line::Before(_) => Sides::new(of(Side::Before), None),
        Line::After(_) => Sides::new(None, of(Side::After)),
        Line::Fold(_) => Sides::default(),
    }
}

/// Returns the text of a line of the page on each side, without its line feed; empty where the side has none.
pub(super) fn bodies(diff: &PromptDiff, line: Line) -> Sides<&str> {
    let numbers = numbers(diff, line);
    let body = |side: Side| {
        let number = *numbers.get(side);
        number.map_or("", |number| diff.revisions.get(side).body(number))
    };
    Sides::new(body(Side::Before), body(Side::After))
}

/// Says whether the words of a row are marked one by one.
pub(super) fn is_marked(words: &Words) -> bool {
    matches!(words.edit, Edit::Words | Edit::Spaces)
}

/// Returns how the two sides of a row differ; nothing where it has nothing to compare.
pub(super) fn words(diff: &PromptDiff, row: &Row) -> Option<Words> {
    match row.kind {
        RowKind::Changed
        | RowKind::MovedAway { .. }
        | RowKind::MovedHere { .. }
        | RowKind::Rewrapped { .. } => Some(diff.words_of(row)),
        RowKind::Same | RowKind::Removed | RowKind::Added => None,
    }
}

/// Returns the bytes of the longer side.
pub(super) fn longest(diff: &PromptDiff, line: Line) -> usize {
    let bodies = bodies(diff, line);
    bodies.before.len().max(bodies.after.len())
}

/// Cuts a line of the page into parts that are small enough to be drawn at once.
pub(super) fn parts(diff: &PromptDiff, line: Line) -> Vec<Sides<Range<usize>>> {
    let bodies = bodies(diff, line);
    let row = row(diff, line, Side::After);
    let kind = row.map_or(RowKind::Same, |row| row.kind);
    if kind == RowKind::Same {
        let cut = cut(Sides::new("", bodies.after), None);
        return cut
            .into_iter()
            .map(|part| Sides::new(part.after.clone(), part.after))
            .collect();
    }
    let is_one_row = first_row(line) == last_row(line);
    let has_both = !bodies.before.is_empty() && !bodies.after.is_empty();
    let words = row
        .filter(|_| is_one_row && has_both && kind == RowKind::Changed)
        .map(|row| diff.words_of(&row));
    let spans = words.filter(is_marked).map(|words| words.spans);
    cut(bodies, spans.as_ref())
}
