//! The rows of a diff: one for each line, kept as runs so that there may be any number of them.

use crate::Sides;
use std::ops::Range;

/// What a row shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RowKind {
    /// A line that both sides have.
    Same,
    /// A line that became another one.
    Changed,
    /// A line that is gone.
    Removed,
    /// A line that is new.
    Added,
    /// A line that stands elsewhere afterwards, perhaps with other words.
    MovedAway {
        /// Its number after the change.
        to: usize,
    },
    /// A line that stood elsewhere before, perhaps with other words.
    MovedHere {
        /// Its number before the change.
        from: usize,
    },
    /// A line of a paragraph whose words were broken into lines anew; the row's two lines stand beside one
    /// another by their place in the paragraph only.
    Rewrapped {
        /// Number of the paragraph among the rewrapped ones.
        group: usize,
    },
}

/// One row; line numbers count from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Row {
    /// What it shows.
    pub kind: RowKind,
    /// Its line on each side, where the side has one.
    pub lines: Sides<Option<usize>>,
}

impl Row {
    /// Says whether both sides have this very line.
    pub fn is_same(&self) -> bool {
        self.kind == RowKind::Same
    }
}

/// Rows of one kind that follow one another on both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) kind: RowKind,
    pub(crate) rows: Range<usize>,
    pub(crate) lines: Sides<Range<usize>>,
}

impl Run {
    /// Returns the run's row number `row` of the diff.
    fn row(&self, row: usize) -> Row {
        let offset = row - self.rows.start;
        let line = |lines: &Range<usize>| {
            let line = lines.start + offset;
            lines.contains(&line).then_some(line)
        };
        let kind = match self.kind {
            RowKind::MovedAway { to } => RowKind::MovedAway { to: to + offset },
            RowKind::MovedHere { from } => RowKind::MovedHere {
                from: from + offset,
            },
            kind => kind,
        };
        Row {
            kind,
            lines: self.lines.as_ref().map(line),
        }
    }

    pub(crate) fn is_same(&self) -> bool {
        self.kind == RowKind::Same
    }
}

/// All rows of a diff.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Rows {
    runs: Vec<Run>,
}

impl Rows {
    /// Adds rows at the end; `before` and `after` say how many lines of each side they take.
    pub(crate) fn push(&mut self, kind: RowKind, before: usize, after: usize) {
        if before == 0 && after == 0 {
            return;
        }
        let start = self.next_lines();
        let row = self.len();
        if let Some(last) = self.runs.last_mut()
            && goes_on(last, kind)
        {
            last.rows.end += before.max(after);
            last.lines.before.end += before;
            last.lines.after.end += after;
            return;
        }
        self.runs.push(Run {
            kind,
            rows: row..row + before.max(after),
            lines: Sides::new(
                start.before..start.before + before,
                start.after..start.after + after,
            ),
        });
    }

    /// Returns the first line of each side that no row has yet.
    pub(crate) fn next_lines(&self) -> Sides<usize> {
        let last = self.runs.last().map(|run| &run.lines);
        last.map_or_else(Sides::default, |lines| {
            lines.as_ref().map(|lines| lines.end)
        })
    }

    pub(crate) fn runs(&self) -> &[Run] {
        &self.runs
    }

    pub(crate) fn len(&self) -> usize {
        self.runs.last().map_or(0, |run| run.rows.end)
    }

    pub(crate) fn get(&self, row: usize) -> Option<Row> {
        let run = self.runs.partition_point(|run| run.rows.end <= row);
        self.runs.get(run).map(|run| run.row(row))
    }

    /// Returns rows in order, as far as there are any.
    pub(crate) fn range(&self, rows: Range<usize>) -> impl Iterator<Item = Row> {
        let first = self.runs.partition_point(|run| run.rows.end <= rows.start);
        let runs = self.runs.get(first..).unwrap_or_default();
        runs.iter().flat_map(move |run| {
            let inside = run.rows.start.max(rows.start)..run.rows.end.min(rows.end);
            inside.map(|row| run.row(row))
        })
    }

    /// Returns the row in which line `line` of a side stands.
    pub(crate) fn of_line(&self, lines: fn(&Run) -> &Range<usize>, line: usize) -> Option<usize> {
        let run = self.runs.partition_point(|run| lines(run).end <= line);
        let run = self.runs.get(run)?;
        let offset = line.checked_sub(lines(run).start)?;
        Some(run.rows.start + offset)
    }
}

/// Says whether rows of `kind` that follow `run` belong to it.
fn goes_on(run: &Run, kind: RowKind) -> bool {
    match (run.kind, kind) {
        (RowKind::MovedAway { to }, RowKind::MovedAway { to: next }) => to + run.rows.len() == next,
        (RowKind::MovedHere { from }, RowKind::MovedHere { from: next }) => {
            from + run.rows.len() == next
        }
        // Two paragraphs never share a group, and the rows of one come in one piece.
        (RowKind::Rewrapped { .. }, _) => false,
        (last, next) => last == next,
    }
}
