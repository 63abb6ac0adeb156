//! What stands where on screen: the lines of a view, with what is folded, fetched by number.
//!
//! A view asks for [`Layout::len`] and draws the lines of its window. Nothing is kept for each line, so that a
//! layout costs as much as there are hunks and folds.

use crate::{CONTEXT_ROWS, Fold, Part, PromptDiff, RowKind, fold};
use std::ops::Range;

/// How a diff is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Before on the left, after on the right.
    #[default]
    SideBySide,
    /// One below the other.
    Inline,
    /// The text after, with what is gone and what is new marked in it: one line for each row.
    Reading,
}

impl Mode {
    /// Returns the word for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SideBySide => "split",
            Self::Inline => "inline",
            Self::Reading => "reading",
        }
    }

    /// Reads the word for programs.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::SideBySide, Self::Inline, Self::Reading]
            .into_iter()
            .find(|mode| mode.as_str() == word)
    }
}

/// How far the gap before a hunk was opened, in rows. The last gap is behind the last hunk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Opened {
    /// From its beginning on.
    pub top: usize,
    /// Towards its end.
    pub bottom: usize,
}

impl Opened {
    /// All of the gap.
    pub const ALL: Self = Self {
        top: usize::MAX,
        bottom: 0,
    };
}

/// One line of a view; numbers are those of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Line {
    /// An unchanged row; in the reading view any row.
    Row(usize),
    /// The before side of a row.
    Before(usize),
    /// The after side of a row.
    After(usize),
    /// The before side of one row beside the after side of the same or another one.
    Beside(usize, usize),
    /// A bar in place of folded rows: the number of the fold.
    Fold(usize),
}

/// A changed stretch of a view, for a strip beside it that shows all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Its lines in the view.
    pub lines: Range<usize>,
    /// What it shows; of a hunk of several kinds, each is a mark.
    pub kind: RowKind,
    /// The hunk.
    pub hunk: usize,
}

/// Lines that are laid out alike.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Segment {
    /// Number of its first line in the view.
    start: usize,
    layout: Piece,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    /// One line a row.
    Rows(Range<usize>),
    Before(Range<usize>),
    After(Range<usize>),
    /// Each row's before side, then its after side.
    Alternating(Range<usize>),
    /// Rows beside rows, equally many.
    Beside(Range<usize>, Range<usize>),
    Fold(usize),
}

impl Piece {
    fn len(&self) -> usize {
        match self {
            Self::Rows(rows) | Self::Before(rows) | Self::After(rows) | Self::Beside(rows, _) => {
                rows.len()
            }
            Self::Alternating(rows) => rows.len() * 2,
            Self::Fold(_) => 1,
        }
    }

    fn line(&self, offset: usize) -> Line {
        match self {
            Self::Rows(rows) => Line::Row(rows.start + offset),
            Self::Before(rows) => Line::Before(rows.start + offset),
            Self::After(rows) => Line::After(rows.start + offset),
            Self::Alternating(rows) if offset.is_multiple_of(2) => {
                Line::Before(rows.start + offset / 2)
            }
            Self::Alternating(rows) => Line::After(rows.start + offset / 2),
            Self::Beside(left, right) => Line::Beside(left.start + offset, right.start + offset),
            Self::Fold(fold) => Line::Fold(*fold),
        }
    }

    /// Returns the offset of the line that shows `row`.
    fn offset(&self, row: usize) -> Option<usize> {
        let within = |rows: &Range<usize>| rows.contains(&row).then(|| row - rows.start);
        match self {
            Self::Rows(rows) | Self::Before(rows) | Self::After(rows) => within(rows),
            Self::Alternating(rows) => within(rows).map(|offset| offset * 2),
            Self::Beside(left, right) => within(left).or_else(|| within(right)),
            Self::Fold(_) => None,
        }
    }
}

/// The lines of a view.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layout {
    segments: Vec<Segment>,
    folds: Vec<Fold>,
    len: usize,
}

impl Layout {
    /// Lays out a diff: all changes with [`CONTEXT_ROWS`] around them and what explains them, what was opened,
    /// and bars between.
    ///
    /// `opened` has one entry for the gap before each hunk and one for the gap behind the last; missing ones are
    /// closed. `keys` are rows that something points at, such as a comment: they are never folded away.
    pub fn new(diff: &PromptDiff, mode: Mode, opened: &[Opened], keys: &[usize]) -> Self {
        let open: Vec<Range<usize>> = opened
            .iter()
            .enumerate()
            .flat_map(|(gap, opened)| {
                let rows = gap_rows(diff, gap);
                let top = rows.start..rows.start.saturating_add(opened.top).min(rows.end);
                let bottom = rows.end.saturating_sub(opened.bottom).max(rows.start)..rows.end;
                [top, bottom]
            })
            .chain(keys.iter().map(|&key| key..key.saturating_add(1)))
            .collect();
        let mut layout = Self::default();
        for part in fold(diff, CONTEXT_ROWS, &open) {
            match part {
                Part::Fold(fold) => {
                    layout.push(Piece::Fold(layout.folds.len()));
                    layout.folds.push(fold);
                }
                Part::Rows(rows) => layout.push_rows(diff, mode, &rows),
            }
        }
        layout
    }

    /// Returns how many lines there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Says whether there are no lines, as in the diff of two empty texts.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns line `number` of the view.
    pub fn line(&self, number: usize) -> Option<Line> {
        if number >= self.len {
            return None;
        }
        let after = self
            .segments
            .partition_point(|segment| segment.start <= number);
        let segment = self.segments.get(after.checked_sub(1)?)?;
        Some(segment.layout.line(number - segment.start))
    }

    /// Returns lines of the view in order, as far as there are any.
    pub fn lines(&self, numbers: Range<usize>) -> impl Iterator<Item = Line> {
        (numbers.start..numbers.end.min(self.len)).filter_map(|number| self.line(number))
    }

    /// Returns the line that shows row `row`, or the bar under which it is folded.
    pub fn line_of_row(&self, row: usize) -> Option<usize> {
        let shows = |segment: &Segment| match &segment.layout {
            Piece::Fold(fold) => {
                let fold = self.folds.get(*fold)?;
                fold.rows.contains(&row).then_some(segment.start)
            }
            piece => Some(segment.start + piece.offset(row)?),
        };
        self.segments.iter().find_map(shows)
    }

    /// Returns the folds, in order.
    pub fn folds(&self) -> &[Fold] {
        &self.folds
    }

    /// Returns the number of the gap that a fold lies in: that of the hunk behind it.
    pub fn gap_of_fold(diff: &PromptDiff, fold: &Fold) -> usize {
        diff.hunks
            .partition_point(|hunk| hunk.rows.end <= fold.rows.start)
    }

    /// Returns the changed stretches of the view, in order.
    pub fn marks(&self, diff: &PromptDiff) -> Vec<Mark> {
        let mut marks: Vec<Mark> = Vec::new();
        for segment in &self.segments {
            let row = match segment.layout.line(0) {
                Line::Row(row) | Line::Before(row) | Line::After(row) | Line::Beside(row, _) => row,
                Line::Fold(_) => continue,
            };
            let Some((hunk, row)) = diff.hunk_of_row(row).zip(diff.row(row)) else {
                continue;
            };
            let kind = match segment.layout {
                Piece::Beside(..) => RowKind::Changed,
                _ => row.kind,
            };
            marks.push(Mark {
                lines: segment.start..segment.start + segment.layout.len(),
                kind,
                hunk,
            });
        }
        marks
    }

    fn push(&mut self, piece: Piece) {
        if piece.len() > 0 {
            let start = self.len;
            self.len += piece.len();
            self.segments.push(Segment {
                start,
                layout: piece,
            });
        }
    }

    fn push_rows(&mut self, diff: &PromptDiff, mode: Mode, rows: &Range<usize>) {
        let runs = diff.rows.runs();
        let first = runs.partition_point(|run| run.rows.end <= rows.start);
        let inside = runs
            .get(first..)
            .unwrap_or_default()
            .iter()
            .take_while(|run| run.rows.start < rows.end);
        // Rows that only one side has, until it is known what stands beside them.
        let mut left: Vec<Range<usize>> = Vec::new();
        let mut right: Vec<Range<usize>> = Vec::new();
        for run in inside {
            let part = run.rows.start.max(rows.start)..run.rows.end.min(rows.end);
            match (mode, run.kind) {
                (Mode::SideBySide, RowKind::Removed | RowKind::MovedAway { .. }) => {
                    if !right.is_empty() {
                        self.push_beside(&mut left, &mut right);
                    }
                    left.push(part);
                }
                (Mode::SideBySide, RowKind::Added | RowKind::MovedHere { .. }) => right.push(part),
                (Mode::SideBySide, kind) => {
                    self.push_beside(&mut left, &mut right);
                    let piece = if kind == RowKind::Same {
                        Piece::Rows(part)
                    } else {
                        Piece::Beside(part.clone(), part)
                    };
                    self.push(piece);
                }
                (Mode::Reading, RowKind::Rewrapped { .. }) => {
                    let after = run.lines.after.len();
                    self.push(Piece::Rows(
                        part.start..part.end.min(run.rows.start + after),
                    ));
                }
                (Mode::Reading, _) | (Mode::Inline, RowKind::Same) => self.push(Piece::Rows(part)),
                (Mode::Inline, RowKind::Removed | RowKind::MovedAway { .. }) => {
                    self.push(Piece::Before(part));
                }
                (Mode::Inline, RowKind::Added | RowKind::MovedHere { .. }) => {
                    self.push(Piece::After(part));
                }
                (Mode::Inline, RowKind::Changed) => self.push(Piece::Alternating(part)),
                (Mode::Inline, RowKind::Rewrapped { .. }) => {
                    let start = run.rows.start;
                    self.push(Piece::Before(start..start + run.lines.before.len()));
                    self.push(Piece::After(start..start + run.lines.after.len()));
                }
            }
        }
        self.push_beside(&mut left, &mut right);
    }

    /// Sets rows of the left beside rows of the right as long as there are both, then what is left alone.
    fn push_beside(&mut self, left: &mut Vec<Range<usize>>, right: &mut Vec<Range<usize>>) {
        let (mut lefts, mut rights) = (left.drain(..), right.drain(..));
        let (mut one, mut other) = (lefts.next(), rights.next());
        while let (Some(a), Some(b)) = (&mut one, &mut other) {
            let both = a.len().min(b.len());
            self.push(Piece::Beside(
                a.start..a.start + both,
                b.start..b.start + both,
            ));
            a.start += both;
            b.start += both;
            if a.start >= a.end {
                one = lefts.next();
            }
            if b.start >= b.end {
                other = rights.next();
            }
        }
        one.into_iter()
            .chain(lefts)
            .for_each(|rows| self.push(Piece::Before(rows)));
        other
            .into_iter()
            .chain(rights)
            .for_each(|rows| self.push(Piece::After(rows)));
    }
}

/// Returns the rows between hunk `gap` and the one before it.
fn gap_rows(diff: &PromptDiff, gap: usize) -> Range<usize> {
    let start = gap.checked_sub(1).and_then(|last| diff.hunks.get(last));
    let start = start.map_or(0, |hunk| hunk.rows.end);
    let end = diff
        .hunks
        .get(gap)
        .map_or(diff.row_count(), |hunk| hunk.rows.start);
    start..end
}
