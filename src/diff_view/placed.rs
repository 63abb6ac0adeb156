//! Where comments stand in a diff, and which lines a new one is about; pure.

use prompt_diff::{PromptDiff, Side};
use review_api::{Comment, CommentAnchor, CommentSide};
use review_core::anchors::{Place, anchor, place};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// A comment at its row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Placed {
    /// The comment.
    pub(super) comment: Arc<Comment>,
    /// Its first and its last line, from 1.
    pub(super) lines: (usize, usize),
    /// Whether these are others than when it was written.
    pub(super) is_moved: bool,
}

/// All comments on a diff.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Talk {
    /// Those whose lines are there, by the row below which they stand.
    pub(super) by_row: BTreeMap<usize, Vec<Placed>>,
    /// Those whose lines are gone.
    pub(super) gone: Vec<Arc<Comment>>,
    /// Where the one that is being written stands.
    pub(super) writing: Standing,
}

/// Where a comment that is being written stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Standing {
    /// Nothing is being written.
    #[default]
    Nowhere,
    /// Below this row.
    Row(usize),
    /// Its lines are gone.
    Gone,
}

impl Talk {
    /// Finds the rows of `comments`, and of the one that is being written on the lines of `writing`.
    pub(super) fn of(
        diff: &PromptDiff,
        comments: &[Comment],
        writing: Option<&CommentAnchor>,
    ) -> Self {
        let mut talk = Self {
            writing: match writing {
                None => Standing::Nowhere,
                Some(anchor) => match standing(diff, anchor) {
                    Some((row, ..)) => Standing::Row(row),
                    None => Standing::Gone,
                },
            },
            ..Self::default()
        };
        for comment in comments {
            let comment = Arc::new(comment.clone());
            match standing(diff, &comment.anchor) {
                Some((row, lines, is_moved)) => talk.by_row.entry(row).or_default().push(Placed {
                    comment,
                    lines,
                    is_moved,
                }),
                None => talk.gone.push(comment),
            }
        }
        talk
    }

    /// Returns the rows below which something stands.
    pub(super) fn rows(&self) -> BTreeSet<usize> {
        let mut rows: BTreeSet<usize> = self.by_row.keys().copied().collect();
        if let Standing::Row(row) = self.writing {
            rows.insert(row);
        }
        rows
    }

    /// Returns the rows with comments that are open, in order.
    pub(super) fn open_rows(&self) -> Vec<usize> {
        let rows = self.by_row.iter();
        let is_open = |placed: &Placed| placed.comment.resolved.is_none();
        rows.filter(|(_, placed)| placed.iter().any(is_open))
            .map(|(row, _)| *row)
            .collect()
    }

    /// Counts the comments that are open, those whose lines are gone too.
    pub(super) fn open(&self) -> usize {
        let there = self.by_row.values().flatten().map(|placed| &placed.comment);
        let all = there.chain(&self.gone);
        all.filter(|comment| comment.resolved.is_none()).count()
    }
}

/// Returns the row of the last line of `anchor`, its lines, and whether these are others than they were.
fn standing(diff: &PromptDiff, anchor: &CommentAnchor) -> Option<(usize, (usize, usize), bool)> {
    let side = side_of(anchor.side)?;
    let revision = diff.revisions.get(side);
    let Place::There {
        range,
        lines,
        is_moved,
    } = place(anchor, revision.text())
    else {
        return None;
    };
    let last_byte = range.end.saturating_sub(1).max(range.start);
    let line = revision
        .line_at(last_byte)
        .min(revision.line_count().checked_sub(1)?);
    Some((diff.row_of_line(side, line)?, lines, is_moved))
}

/// Makes the anchor of a comment on the lines of `side` in `rows`, both ends included; nothing where that side has
/// none there, or too many.
pub(super) fn anchor_of(
    diff: &PromptDiff,
    side: Side,
    (first, last): (usize, usize),
) -> Option<CommentAnchor> {
    let mut lines = (first..=last).filter_map(|row| *diff.row(row)?.lines.get(side));
    let first = lines.next()?;
    let last = lines.last().unwrap_or(first);
    let revision = diff.revisions.get(side);
    let start = revision.range(first).start;
    let end = revision.range(last).start + revision.body(last).len();
    anchor(side_word(side), revision.text(), start..end)
}

/// Returns the side that a row is commented on: the proposed one, where it is there.
pub(super) fn side_of_row(diff: &PromptDiff, row: usize) -> Option<Side> {
    let lines = diff.row(row)?.lines;
    match (lines.before, lines.after) {
        (_, Some(_)) => Some(Side::After),
        (Some(_), None) => Some(Side::Before),
        (None, None) => None,
    }
}

fn side_of(side: CommentSide) -> Option<Side> {
    match side {
        CommentSide::Base => Some(Side::Before),
        CommentSide::Proposed => Some(Side::After),
        CommentSide::Unknown => None,
    }
}

pub(super) fn side_word(side: Side) -> CommentSide {
    match side {
        Side::Before => CommentSide::Base,
        Side::After => CommentSide::Proposed,
    }
}

/// Says which lines a comment is about, such as `lines 3 to 5, proposed`.
pub(super) fn lines_in_words((first, last): (usize, usize), side: CommentSide) -> String {
    let lines = if first == last {
        format!("line {first}")
    } else {
        format!("lines {first} to {last}")
    };
    let side = match side {
        CommentSide::Base => ", the base",
        CommentSide::Proposed => ", proposed",
        CommentSide::Unknown => "",
    };
    format!("{lines}{side}")
}

#[cfg(test)]
mod tests;
