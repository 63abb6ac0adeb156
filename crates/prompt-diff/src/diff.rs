//! A diff of two texts: computed once by lines, read row by row.

use crate::{
    Hunk, HunkId, Revision, Row, RowKind, Side, Sides, Structure, Words, align, hunks,
    lines::changed_blocks,
    parts::cut_long_lines,
    rewrap::{Group, same_but_spaces},
    rows::Rows,
    words,
    work::Work,
};
use std::{fmt, ops::Range, sync::OnceLock};

/// How much work a diff may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Units of work; one is about the cost of looking at one byte.
    pub work: u64,
}

impl Default for Limits {
    /// Enough for any two prompts that the platform takes.
    fn default() -> Self {
        Self { work: 100_000_000 }
    }
}

/// What was left out because the texts are too large or too much alike with themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fallback {
    /// So many lines were not compared one by one: they are shown as removed and added.
    LinesNotCompared {
        /// Lines of both sides.
        lines: usize,
    },
    /// Among so many changed lines, moved ones were not looked for.
    MovesNotSought {
        /// Lines of both sides.
        lines: usize,
    },
}

impl fmt::Display for Fallback {
    /// Says to readers what was left out. The text itself is always complete.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LinesNotCompared { lines } => write!(
                f,
                "{lines} lines are too many or too much alike to be compared one by one. They are shown as removed and added."
            ),
            Self::MovesNotSought { lines } => write!(
                f,
                "{lines} changed lines are too many to tell which of them only moved. They are shown as removed and added."
            ),
        }
    }
}

/// A diff of two texts.
///
/// Rows are numbered from 0 and are fetched by number or range; nothing is kept for each of them.
#[derive(Debug)]
pub struct PromptDiff {
    /// Both texts.
    pub revisions: Sides<Revision>,
    /// The runs of changed rows, in order.
    pub hunks: Vec<Hunk>,
    /// What was left out; usually nothing.
    pub fallbacks: Vec<Fallback>,
    pub(crate) rows: Rows,
    pub(crate) groups: Vec<Group>,
    work: u64,
    ids: OnceLock<Vec<HunkId>>,
    structures: OnceLock<Sides<Structure>>,
}

impl PartialEq for PromptDiff {
    /// The same texts have the same diff.
    fn eq(&self, other: &Self) -> bool {
        self.revisions == other.revisions && self.rows == other.rows
    }
}

impl Eq for PromptDiff {}

impl PromptDiff {
    /// Returns the units of work that the diff took; never more than its [`Limits`] allow.
    pub fn work(&self) -> u64 {
        self.work
    }

    /// Returns how many rows there are.
    pub fn row_count(&self) -> usize {
        self.rows.len()
    }

    /// Returns row `row`, if there is one.
    pub fn row(&self, row: usize) -> Option<Row> {
        self.rows.get(row)
    }

    /// Returns rows in order, as far as there are any.
    pub fn rows(&self, rows: Range<usize>) -> impl Iterator<Item = Row> {
        self.rows.range(rows)
    }

    /// Returns the row in which line `line` of `side` stands.
    pub fn row_of_line(&self, side: Side, line: usize) -> Option<usize> {
        match side {
            Side::Before => self.rows.of_line(|run| &run.lines.before, line),
            Side::After => self.rows.of_line(|run| &run.lines.after, line),
        }
    }

    /// Returns the number of the hunk that row `row` belongs to.
    pub fn hunk_of_row(&self, row: usize) -> Option<usize> {
        let hunk = self.hunks.partition_point(|hunk| hunk.rows.end <= row);
        let found = self.hunks.get(hunk)?;
        found.rows.contains(&row).then_some(hunk)
    }

    /// Returns the hunks in which the other ends of a hunk's moved lines are, in order, without itself.
    ///
    /// To take one of them and leave out the other doubles lines, or loses them.
    pub fn moved_with(&self, hunk: usize) -> Vec<usize> {
        let Some(found) = self.hunks.get(hunk) else {
            return Vec::new();
        };
        let other_end = |row: Row| match row.kind {
            RowKind::MovedAway { to } => self.row_of_line(Side::After, to),
            RowKind::MovedHere { from } => self.row_of_line(Side::Before, from),
            _ => None,
        };
        let ends = self.rows(found.rows.clone()).filter_map(other_end);
        let mut hunks: Vec<usize> = ends.filter_map(|row| self.hunk_of_row(row)).collect();
        hunks.sort_unstable();
        hunks.dedup();
        hunks.retain(|&other| other != hunk);
        hunks
    }

    /// Says whether a hunk changes nothing but spaces and where lines end.
    pub fn is_only_spaces(&self, hunk: usize) -> bool {
        self.hunks.get(hunk).is_some_and(|hunk| {
            let before = self.revisions.before.lines(hunk.lines.before.clone());
            let after = self.revisions.after.lines(hunk.lines.after.clone());
            same_but_spaces(before, after)
        })
    }

    /// Returns the name of each hunk, in order; computed at the first call.
    pub fn ids(&self) -> &[HunkId] {
        self.ids
            .get_or_init(|| hunks::ids(&self.revisions, &self.hunks))
    }

    /// Returns the structure of both texts; computed at the first call.
    pub fn structures(&self) -> &Sides<Structure> {
        self.structures
            .get_or_init(|| self.revisions.as_ref().map(Structure::new))
    }

    /// Returns the headings that a row lies under, outermost first: those after the change, or before it
    /// where the row is gone.
    pub fn path(&self, row: usize) -> Vec<String> {
        let structures = self.structures();
        match self.row(row).map(|row| row.lines) {
            Some(Sides {
                after: Some(line), ..
            }) => structures.after.path(line),
            Some(Sides {
                before: Some(line), ..
            }) => structures.before.path(line),
            _ => Vec::new(),
        }
    }

    /// Returns the headings that hunk `hunk` lies under, outermost first.
    pub fn hunk_path(&self, hunk: usize) -> Vec<String> {
        let Some(hunk) = self.hunks.get(hunk) else {
            return Vec::new();
        };
        let structures = self.structures();
        if hunk.lines.after.is_empty() {
            structures.before.path(hunk.lines.before.start)
        } else {
            structures.after.path(hunk.lines.after.start)
        }
    }

    /// Compares the words of a row: of a changed line with what it became, of a moved one with what it was.
    ///
    /// A line that only one side has is one span. Takes time in proportion to the lines, so views call it
    /// for the rows that they draw.
    pub fn words_of(&self, row: &Row) -> Words {
        if let RowKind::Rewrapped { group } = row.kind
            && let Some(group) = self.groups.get(group)
        {
            return group.words_of(&self.revisions, row);
        }
        let lines = match row.kind {
            RowKind::MovedAway { to } => Sides::new(row.lines.before, Some(to)),
            RowKind::MovedHere { from } => Sides::new(Some(from), row.lines.after),
            _ => row.lines,
        };
        let body = |side: Side| {
            let line = *lines.get(side);
            line.map(|line| self.revisions.get(side).body(line))
        };
        match (body(Side::Before), body(Side::After)) {
            (Some(before), Some(after)) => words::words(before, after),
            (before, after) => {
                words::one_sided(before.unwrap_or_default(), after.unwrap_or_default())
            }
        }
    }
}

/// Compares two texts by lines; words are compared when a row is read.
pub fn diff(before: &str, after: &str, limits: &Limits) -> PromptDiff {
    let mut work = Work::new(limits.work);
    let revisions = Sides::new(before, after).map(Revision::new);
    let blocks = changed_blocks(&revisions, &mut work);
    let (revisions, blocks) = cut_long_lines(revisions, blocks, &mut work);
    let (rows, groups) = align::rows(&revisions, &blocks, &mut work);
    let mut fallbacks = Vec::new();
    if work.uncompared > 0 {
        fallbacks.push(Fallback::LinesNotCompared {
            lines: work.uncompared,
        });
    }
    if work.unsought > 0 {
        fallbacks.push(Fallback::MovesNotSought {
            lines: work.unsought,
        });
    }
    PromptDiff {
        hunks: hunks::find(&rows),
        fallbacks,
        rows,
        groups,
        revisions,
        work: work.spent(),
        ids: OnceLock::new(),
        structures: OnceLock::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hunks_know_where_their_lines_went_and_what_only_changed_in_spaces() {
        let before = "Always cite the order.\nfirst line\nsecond  line\nthird line\n";
        let after = "first line\nsecond line\nthird line\nAlways cite the order.\n";
        let diff = diff(before, after, &Limits::default());
        assert_eq!(diff.hunks.len(), 3);
        let moved: Vec<_> = (0..4).map(|hunk| diff.moved_with(hunk)).collect();
        assert_eq!(moved, [vec![2], vec![], vec![0], vec![]]);
        let spaces: Vec<_> = (0..4).map(|hunk| diff.is_only_spaces(hunk)).collect();
        assert_eq!(spaces, [false, true, false, false]);
    }
}
