//! What stands on the page below one another, in order; pure.

use prompt_diff::{Fold, Layout, Line, Mode, Opened, PromptDiff, RowKind};
use std::{collections::BTreeSet, ops::Range};

/// What can be told apart on the page, measured and drawn by itself.
///
/// A slot is its own name: it stays equal when others come and go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Slot {
    /// The bar over a change: its number.
    Head(usize),
    /// A line, or a part of one that is too long to be drawn at once.
    Line {
        /// Which line.
        line: Line,
        /// The change that it belongs to.
        hunk: Option<usize>,
        /// Which part of it, from 0.
        part: usize,
    },
    /// Where one writes another text for a change: its number.
    Editor(usize),
    /// What people said on a row, and where one writes to it.
    Notes(usize),
    /// A bar in place of unchanged rows.
    Fold(Bar),
}

/// Names a bar in place of unchanged rows; it stays the same one while rows are taken from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Bar {
    /// Number of the change after it; the number of changes for the last one.
    pub(super) gap: usize,
    /// Which bar of this gap it is, from 0; notes cut a gap in several.
    pub(super) nth: usize,
}

/// What is open beside the rows themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Extras {
    /// How far each gap is open.
    pub(super) opened: Vec<Opened>,
    /// Changes whose text is being written.
    pub(super) editors: BTreeSet<usize>,
    /// Rows that people say something on; they are never folded away.
    pub(super) notes: BTreeSet<usize>,
    /// Whether only some changes are shown, and which.
    pub(super) only: Option<BTreeSet<usize>>,
}

/// Everything that stands on the page.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Slots {
    /// In order; lines are whole.
    pub(super) slots: Vec<Slot>,
    /// What is folded, in order.
    folds: Vec<(Bar, Fold)>,
}

impl Slots {
    /// Lays everything out.
    pub(super) fn new(diff: &PromptDiff, mode: Mode, extras: &Extras) -> Self {
        let keys: Vec<usize> = extras.notes.iter().copied().collect();
        let layout = Layout::new(diff, mode, &extras.opened, &keys);
        let mut laid = Self {
            slots: Vec::with_capacity(layout.len() + diff.hunks.len()),
            folds: Vec::with_capacity(layout.folds().len()),
        };
        let mut begun = None;
        for line in layout.lines(0..layout.len()) {
            if let Line::Fold(number) = line {
                laid.end(begun.take(), extras);
                if let Some(fold) = layout.folds().get(number) {
                    laid.fold(diff, fold);
                }
                continue;
            }
            let hunk = diff.hunk_of_row(first_row(line));
            if hunk != begun {
                laid.end(begun, extras);
                begun = hunk;
                laid.slots.extend(hunk.map(Slot::Head));
            }
            let is_filtered = |number: usize| {
                let only = extras.only.as_ref();
                let rows = diff.hunks.get(number).map(|hunk| hunk.rows.clone());
                // What people say on lines is never hidden.
                let has_notes = rows.is_some_and(|rows| extras.notes.range(rows).next().is_some());
                only.is_some_and(|only| !only.contains(&number)) && !has_notes
            };
            if !hunk.is_some_and(is_filtered) {
                laid.line(diff, line, hunk, extras);
            }
        }
        laid.end(begun, extras);
        laid
    }

    /// Returns what `bar` stands for.
    pub(super) fn fold_of(&self, bar: Bar) -> Option<&Fold> {
        let found = self.folds.iter().find(|(other, _)| *other == bar);
        found.map(|(_, fold)| fold)
    }

    fn fold(&mut self, diff: &PromptDiff, fold: &Fold) {
        let gap = Layout::gap_of_fold(diff, fold);
        let before = self.folds.last().map(|(bar, _)| *bar);
        let nth = before
            .filter(|bar| bar.gap == gap)
            .map_or(0, |bar| bar.nth + 1);
        let bar = Bar { gap, nth };
        self.slots.push(Slot::Fold(bar));
        self.folds.push((bar, fold.clone()));
    }

    fn line(&mut self, diff: &PromptDiff, line: Line, hunk: Option<usize>, extras: &Extras) {
        let part = 0;
        self.slots.push(Slot::Line { line, hunk, part });
        let (first, last) = (first_row(line), last_row(line));
        // Of a row that is drawn as two lines, the second one has the notes below it.
        let has_more = matches!(line, Line::Before(row) if has_both_sides(diff, row));
        let rows = [Some(first), (first != last).then_some(last)];
        for row in rows.into_iter().flatten() {
            if extras.notes.contains(&row) && !has_more {
                self.slots.push(Slot::Notes(row));
            }
        }
    }

    /// Ends a change.
    fn end(&mut self, hunk: Option<usize>, extras: &Extras) {
        if let Some(hunk) = hunk.filter(|hunk| extras.editors.contains(hunk)) {
            self.slots.push(Slot::Editor(hunk));
        }
    }
}

fn has_both_sides(diff: &PromptDiff, row: usize) -> bool {
    let lines = diff.row(row).map(|row| row.lines).unwrap_or_default();
    lines.before.is_some() && lines.after.is_some()
}

/// Returns the row that a line shows, the first one of two.
pub(super) fn first_row(line: Line) -> usize {
    match line {
        Line::Row(row) | Line::Before(row) | Line::After(row) | Line::Beside(row, _) => row,
        Line::Fold(_) => 0,
    }
}

/// Returns the row that a line shows, the last one of two.
pub(super) fn last_row(line: Line) -> usize {
    match line {
        Line::Beside(_, row) => row,
        other => first_row(other),
    }
}

/// Returns the rows between hunk `gap` and the one before it.
pub(super) fn gap_rows(diff: &PromptDiff, gap: usize) -> Range<usize> {
    let start = gap.checked_sub(1).and_then(|last| diff.hunks.get(last));
    let start = start.map_or(0, |hunk| hunk.rows.end);
    let end = diff
        .hunks
        .get(gap)
        .map_or(diff.row_count(), |hunk| hunk.rows.start);
    start..end
}

/// Returns what a line shows, the after side of two.
pub(super) fn kind(diff: &PromptDiff, line: Line) -> RowKind {
    diff.row(last_row(line))
        .map_or(RowKind::Same, |row| row.kind)
}

#[cfg(test)]
mod tests;
