//! What to draw, in which order and in pieces of what size; pure.

use prompt_diff::{CONTEXT_ROWS, Fold, Part, PromptDiff, RowKind, fold};
use std::ops::Range;

/// Lines in one piece of the page, which the browser may skip as a whole while it is off screen.
const LINES_IN_A_PIECE: usize = 40;

/// How a diff is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mode {
    /// Before on the left, after on the right.
    #[default]
    SideBySide,
    /// One below the other.
    Inline,
}

impl Mode {
    /// Returns the word for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SideBySide => "split",
            Self::Inline => "inline",
        }
    }

    /// Reads the word for programs.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::SideBySide, Self::Inline]
            .into_iter()
            .find(|mode| mode.as_str() == word)
    }
}

/// One line of the page; numbers are those of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    /// A row that both sides have.
    Same(usize),
    /// The before side of a row.
    Before(usize),
    /// The after side of a row.
    After(usize),
    /// The before side of one row beside the after side of the same or another one.
    Beside(usize, usize),
}

/// A piece of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Item {
    /// Lines, all of one hunk or all unchanged.
    Lines {
        /// Which hunk they belong to.
        hunk: Option<usize>,
        /// Whether they begin it.
        is_first: bool,
        /// The lines.
        lines: Vec<Line>,
    },
    /// Folded rows.
    Fold {
        /// Number of the hunk after the fold; the number of hunks for the last fold.
        gap: usize,
        /// What is folded.
        fold: Fold,
    },
}

impl Item {
    /// Returns what tells the item from all others, also after other items have changed.
    pub(super) fn key(&self) -> (usize, usize, Option<usize>) {
        match self {
            Self::Lines { lines, hunk, .. } => {
                let row = lines.first().map_or(0, |line| line.row());
                (row, lines.len(), *hunk)
            }
            // A bar stays the same one while rows are taken from it, so that the keyboard stays on it.
            Self::Fold { gap, .. } => (usize::MAX, *gap, None),
        }
    }
}

impl Line {
    fn row(self) -> usize {
        match self {
            Self::Same(row) | Self::Before(row) | Self::After(row) | Self::Beside(row, _) => row,
        }
    }
}

/// How far the gap before a hunk was opened, in rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Opened {
    /// From its beginning on.
    pub(super) top: usize,
    /// Towards its end.
    pub(super) bottom: usize,
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

/// Returns everything to draw, in order.
pub(super) fn items(diff: &PromptDiff, mode: Mode, opened: &[Opened]) -> Vec<Item> {
    let open: Vec<Range<usize>> = opened
        .iter()
        .enumerate()
        .flat_map(|(gap, opened)| {
            let rows = gap_rows(diff, gap);
            let top = rows.start..rows.start.saturating_add(opened.top).min(rows.end);
            let bottom = rows.end.saturating_sub(opened.bottom).max(rows.start)..rows.end;
            [top, bottom]
        })
        .collect();
    let mut items = Vec::new();
    for part in fold(diff, CONTEXT_ROWS, &open) {
        match part {
            Part::Fold(fold) => {
                let gap = diff
                    .hunks
                    .partition_point(|hunk| hunk.rows.end <= fold.rows.start);
                items.push(Item::Fold { gap, fold });
            }
            Part::Rows(rows) => push_rows(&mut items, diff, mode, rows),
        }
    }
    items
}

fn push_rows(items: &mut Vec<Item>, diff: &PromptDiff, mode: Mode, rows: Range<usize>) {
    let mut place = rows.start;
    let first = diff
        .hunks
        .partition_point(|hunk| hunk.rows.start < rows.start);
    let inside = diff.hunks.iter().enumerate().skip(first);
    for (number, hunk) in inside.take_while(|(_, hunk)| hunk.rows.end <= rows.end) {
        push_lines(
            items,
            None,
            (place..hunk.rows.start).map(Line::Same).collect(),
        );
        push_lines(
            items,
            Some(number),
            hunk_lines(diff, mode, hunk.rows.clone()),
        );
        place = hunk.rows.end;
    }
    push_lines(items, None, (place..rows.end).map(Line::Same).collect());
}

fn push_lines(items: &mut Vec<Item>, hunk: Option<usize>, lines: Vec<Line>) {
    for (number, lines) in lines.chunks(LINES_IN_A_PIECE).enumerate() {
        items.push(Item::Lines {
            hunk,
            is_first: number == 0,
            lines: lines.to_vec(),
        });
    }
}

/// Lays out changed rows: removed ones beside or before added ones.
fn hunk_lines(diff: &PromptDiff, mode: Mode, rows: Range<usize>) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut removed: Vec<usize> = Vec::new();
    let mut added: Vec<usize> = Vec::new();
    for (number, row) in rows.clone().zip(diff.rows(rows)) {
        match row.kind {
            RowKind::Removed | RowKind::MovedAway { .. } => {
                if !added.is_empty() {
                    flush(&mut lines, mode, &mut removed, &mut added);
                }
                removed.push(number);
            }
            RowKind::Added | RowKind::MovedHere { .. } => added.push(number),
            RowKind::Changed | RowKind::Same | RowKind::Rewrapped { .. } => {
                flush(&mut lines, mode, &mut removed, &mut added);
                match mode {
                    Mode::SideBySide => lines.push(Line::Beside(number, number)),
                    Mode::Inline => lines.extend([Line::Before(number), Line::After(number)]),
                }
            }
        }
    }
    flush(&mut lines, mode, &mut removed, &mut added);
    lines
}

fn flush(lines: &mut Vec<Line>, mode: Mode, removed: &mut Vec<usize>, added: &mut Vec<usize>) {
    let both = match mode {
        Mode::SideBySide => removed.len().min(added.len()),
        Mode::Inline => 0,
    };
    lines.extend(
        removed
            .drain(..both)
            .zip(added.drain(..both))
            .map(|(a, b)| Line::Beside(a, b)),
    );
    lines.extend(removed.drain(..).map(Line::Before));
    lines.extend(added.drain(..).map(Line::After));
}

#[cfg(test)]
mod tests {
    use super::*;
    use prompt_diff::{Limits, diff};

    /// Draws items: lines by row number, `=` same, `-` before, `+` after, `|` both; folds in brackets.
    fn drawn(items: &[Item]) -> String {
        let line = |line: &Line| match line {
            Line::Same(row) => format!("={row}"),
            Line::Before(row) => format!("-{row}"),
            Line::After(row) => format!("+{row}"),
            Line::Beside(a, b) => format!("{a}|{b}"),
        };
        let item = |item: &Item| match item {
            Item::Lines { lines, hunk, .. } => {
                let lines: Vec<_> = lines.iter().map(line).collect();
                let hunk = hunk.map(|hunk| format!("#{hunk} ")).unwrap_or_default();
                format!("{hunk}{}", lines.join(" "))
            }
            Item::Fold { gap, fold } => format!("[{gap}: {:?}]", fold.rows),
        };
        items.iter().map(item).collect::<Vec<_>>().join(" / ")
    }

    #[track_caller]
    fn check(before: &str, after: &str, mode: Mode, opened: &[Opened], expected: &str) {
        let diff = diff(before, after, &Limits::default());
        assert_eq!(drawn(&items(&diff, mode, opened)), expected);
    }

    fn lines(count: usize) -> String {
        (0..count).fold(String::new(), |text, line| text + &format!("line {line}\n"))
    }

    #[test]
    fn a_changed_line_is_one_line_beside_and_two_inline() {
        check(
            "a b c\nx\n",
            "a B c\nx\n",
            Mode::SideBySide,
            &[],
            "#0 0|0 / =1",
        );
        check(
            "a b c\nx\n",
            "a B c\nx\n",
            Mode::Inline,
            &[],
            "#0 -0 +0 / =1",
        );
    }

    #[test]
    fn strangers_stand_beside_one_another_and_what_is_left_stands_alone() {
        let (before, after) = ("one\ntwo\n", "alpha\nbeta\ngamma\n");
        check(before, after, Mode::SideBySide, &[], "#0 0|2 1|3 +4");
        check(before, after, Mode::Inline, &[], "#0 -0 -1 +2 +3 +4");
    }

    #[test]
    fn a_fold_opens_from_both_ends() {
        let common = lines(50);
        let (before, after) = (format!("old\n{common}old\n"), format!("new\n{common}new\n"));
        let none = [Opened::default(); 3];
        check(
            &before,
            &after,
            Mode::SideBySide,
            &none,
            "#0 0|0 / =1 =2 =3 / [1: 4..48] / =48 =49 =50 / #1 51|51",
        );
        let mut some = none;
        some[1] = Opened { top: 5, bottom: 4 };
        check(
            &before,
            &after,
            Mode::SideBySide,
            &some,
            "#0 0|0 / =1 =2 =3 =4 =5 / [1: 6..47] / =47 =48 =49 =50 / #1 51|51",
        );
        some[1] = Opened {
            top: usize::MAX,
            bottom: 0,
        };
        let diff = diff(&before, &after, &Limits::default());
        assert!(
            items(&diff, Mode::Inline, &some)
                .iter()
                .all(|item| matches!(item, Item::Lines { .. }))
        );
    }

    #[test]
    fn long_runs_come_in_pieces_and_each_item_has_its_own_key() {
        let diff = diff("", &lines(100), &Limits::default());
        let items = items(&diff, Mode::Inline, &[]);
        assert_eq!(items.len(), 3);
        let mut keys: Vec<_> = items.iter().map(Item::key).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), 3);
    }
}
