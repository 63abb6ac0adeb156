//! Which unchanged rows are folded away.

use crate::PromptDiff;
use std::ops::Range;

/// Unchanged rows that stay around each change.
pub const CONTEXT_ROWS: usize = 3;

/// Fewer rows than this are not worth a bar in their place.
const FEWEST_FOLDED: usize = 4;

/// A part of what is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Rows to draw.
    Rows(Range<usize>),
    /// Unchanged rows that one bar stands for.
    Fold(Fold),
}

/// Unchanged rows that one bar stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fold {
    /// The rows; none of them is changed or a key location.
    pub rows: Range<usize>,
    /// Headings of the hunk after the fold, outermost first; empty after the last hunk.
    pub path: Vec<String>,
}

/// Decides what to draw: all changes with `context` rows around them, the `open` rows, and bars between.
///
/// `open` holds the rows that people opened or that are key locations, in any order. The parts cover every
/// row once, in order.
pub fn fold(diff: &PromptDiff, context: usize, open: &[Range<usize>]) -> Vec<Part> {
    let total = diff.row_count();
    let mut shown: Vec<Range<usize>> = diff
        .hunks
        .iter()
        .map(|hunk| hunk.rows.start.saturating_sub(context)..hunk.rows.end.saturating_add(context))
        .chain(open.iter().cloned())
        .map(|rows| rows.start.min(total)..rows.end.min(total))
        .filter(|rows| !rows.is_empty())
        .collect();
    shown.sort_unstable_by_key(|rows| rows.start);

    let mut parts = Vec::new();
    let mut drawn = 0..0;
    for rows in shown.into_iter().chain(std::iter::once(total..total)) {
        let gap = drawn.end..rows.start;
        if gap.len() >= FEWEST_FOLDED {
            if !drawn.is_empty() {
                parts.push(Part::Rows(drawn));
            }
            let next = diff.hunks.partition_point(|hunk| hunk.rows.start < gap.end);
            let path = diff.hunk_path(next);
            parts.push(Part::Fold(Fold { rows: gap, path }));
            drawn = rows;
        } else {
            drawn.end = drawn.end.max(rows.end);
        }
    }
    if !drawn.is_empty() {
        parts.push(Part::Rows(drawn));
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Limits, diff};

    #[track_caller]
    fn check(before: &str, after: &str, open: &[Range<usize>], expected: &str) {
        let diff = diff(before, after, &Limits::default());
        let drawn: Vec<_> = fold(&diff, 3, open)
            .into_iter()
            .map(|part| match part {
                Part::Rows(rows) => format!("{rows:?}"),
                Part::Fold(fold) => format!("({:?} {})", fold.rows, fold.path.join(" › ")),
            })
            .collect();
        assert_eq!(drawn.join(" "), expected);
    }

    fn numbered(lines: Range<usize>) -> String {
        lines.fold(String::new(), |text, line| text + &format!("line {line}\n"))
    }

    #[test]
    fn long_runs_are_folded_and_the_bar_names_the_heading_to_come() {
        let head = numbered(0..20);
        let tail = numbered(30..50);
        check(
            &format!("{head}# Tone\nold\n{tail}"),
            &format!("{head}# Tone\nnew\n{tail}"),
            &[],
            "(0..18 Tone) 18..25 (25..42 )",
        );
    }

    #[test]
    #[expect(clippy::single_range_in_vec_init, reason = "one range is meant")]
    fn opened_rows_stay_open() {
        let head = numbered(0..20);
        check(
            &format!("{head}old\n"),
            &format!("{head}new\n"),
            &[10..17],
            "(0..10 ) 10..21",
        );
    }

    #[test]
    fn a_short_run_is_not_worth_a_bar() {
        let head = numbered(0..6);
        check(
            &format!("{head}old\n"),
            &format!("{head}new\n"),
            &[],
            "0..7",
        );
    }

    #[test]
    fn equal_texts_fold_into_one_bar() {
        check(&numbered(0..9), &numbered(0..9), &[], "(0..9 )");
        check("", "", &[], "");
    }
}
