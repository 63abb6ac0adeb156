//! What a screen reader says before a line.

use crate::{PromptDiff, Row, RowKind, Side};

/// Returns the words that stand before one side of a row for those who hear it, such as `removed, line 12: `.
///
/// Nothing for an unchanged row, which is read as it is, and for a side that the row does not have.
pub fn spoken(diff: &PromptDiff, row: &Row, side: Side) -> Option<String> {
    let label = |side: Side, line: usize| {
        let label = diff.revisions.get(side).label(line);
        match label.part {
            Some(part) => format!("line {}, part {part}", label.number),
            None => format!("line {}", label.number),
        }
    };
    let here = label(side, (*row.lines.get(side))?);
    let other = |line: usize| match side {
        Side::Before => label(Side::After, line),
        Side::After => label(Side::Before, line),
    };
    Some(match row.kind {
        RowKind::Same => return None,
        RowKind::Changed => match side {
            Side::Before => format!("removed, {here}: "),
            Side::After => format!("added, {here}: "),
        },
        RowKind::Removed => format!("removed, {here}: "),
        RowKind::Added => format!("added, {here}: "),
        RowKind::MovedAway { to } => format!("moved from {here} to {}: ", other(to)),
        RowKind::MovedHere { from } => format!("moved here, {here}, from {}: ", other(from)),
        RowKind::Rewrapped { .. } => match side {
            Side::Before => format!("wrapped otherwise, was {here}: "),
            Side::After => format!("wrapped anew, {here}: "),
        },
    })
}
