//! Which unchanged rows are folded away.

use crate::{Hunk, LineKind, PromptDiff, Side};
use std::ops::Range;

/// Unchanged rows that stay around each change.
pub const CONTEXT_ROWS: usize = 3;

/// Lines of a paragraph that are shown around a change in it.
const LONGEST_PASSAGE: usize = 8;

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

/// Decides what to draw: all changes with `context` rows around them and what explains them, the `open` rows, and
/// bars between.
///
/// A change is explained by the heading it lies under, by the first and last line of the tagged block or code
/// around it, and by the rest of its paragraph or list item.
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
        .chain(diff.hunks.iter().flat_map(|hunk| explaining(diff, hunk)))
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

/// Returns the rows that explain a change.
fn explaining(diff: &PromptDiff, hunk: &Hunk) -> Vec<Range<usize>> {
    let side = if hunk.lines.after.is_empty() {
        Side::Before
    } else {
        Side::After
    };
    let structure = diff.structures().get(side);
    let lines = hunk.lines.get(side);
    let last = lines.end.saturating_sub(1).max(lines.start);
    let row = |line: usize| diff.row_of_line(side, line);
    let mut rows: Vec<Range<usize>> = Vec::new();
    let block = structure.block(lines.start);
    let borders = block.map(|block| [block.start, block.end.saturating_sub(1)]);
    let single = structure
        .heading_line(lines.start)
        .into_iter()
        .chain(borders.into_iter().flatten());
    rows.extend(single.filter_map(row).map(|row| row..row + 1));
    let first = (lines.start.saturating_sub(LONGEST_PASSAGE)..lines.start)
        .rev()
        .take_while(|&line| {
            structure.kind(line + 1) == LineKind::Text && goes_on(structure.kind(line))
        })
        .last();
    let end = (last + 1..last + 1 + LONGEST_PASSAGE)
        .take_while(|&line| {
            structure.kind(line) == LineKind::Text && goes_on(structure.kind(line - 1))
        })
        .last();
    rows.extend(first.and_then(row).map(|row| row..hunk.rows.start));
    rows.extend(end.and_then(row).map(|row| hunk.rows.end..row + 1));
    rows
}

fn goes_on(kind: LineKind) -> bool {
    matches!(kind, LineKind::Text | LineKind::Item { .. })
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

    /// Lines that are items, so that none of them explains another one.
    fn numbered(lines: Range<usize>) -> String {
        lines.fold(String::new(), |text, line| text + &format!("- {line}\n"))
    }

    #[test]
    fn the_heading_far_above_a_change_is_shown() {
        let list = numbered(0..20);
        check(
            &format!("Intro.\n# Tone\n{list}old\n"),
            &format!("Intro.\n# Tone\n{list}new\n"),
            &[],
            "0..2 (2..19 Tone) 19..23",
        );
    }

    #[test]
    fn the_tags_around_a_change_and_the_rest_of_its_paragraph_are_shown() {
        let list = numbered(0..9);
        let text = |word: &str| {
            format!(
                "{list}<example>\n{list}one\ntwo\nthree\nfour\n{word}\nsix\n{list}</example>\n{list}"
            )
        };
        check(
            &text("old"),
            &text("new"),
            &[],
            "(0..9 <example>) 9..10 (10..18 <example>) 18..27 (27..34 ) 34..35 (35..44 )",
        );
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
