//! Which lines of two texts differ.

use crate::{Revision, Sides, bounded::changed_runs, work::Work};
use imara_diff::{IndentHeuristic, IndentLevel, InternedInput, Token};
use std::ops::Range;

/// A run of lines of each side that stand for one another; one of the two may be empty.
pub(crate) type Block = Sides<Range<usize>>;

/// Unchanged lines that are compared with the changed ones at both ends, so that an edit can be moved over them to
/// where people would make it.
const LINES_AROUND: usize = 32;

/// Returns the changed runs of lines, in order; between two of them lies at least one unchanged line.
pub(crate) fn changed_blocks(revisions: &Sides<Revision>, work: &mut Work) -> Vec<Block> {
    let counts = revisions.as_ref().map(Revision::line_count);
    let least = counts.before.min(counts.after);
    let start = common(revisions, 0..least, |line| Sides::new(line, line));
    let end = common(revisions, 0..least - start, |line| {
        Sides::new(counts.before - 1 - line, counts.after - 1 - line)
    });
    if start == counts.before && start == counts.after {
        return Vec::new();
    }
    let start = start.saturating_sub(LINES_AROUND);
    let end = end.saturating_sub(LINES_AROUND);
    let mut input = InternedInput::default();
    let lines = counts.map(|count| start..count - end);
    let reserved = |lines: &Range<usize>| u32::try_from(lines.len()).unwrap_or(u32::MAX);
    input.reserve(reserved(&lines.before), reserved(&lines.after));
    input.update_before(revisions.before.line_bytes(lines.before));
    input.update_after(revisions.after.line_bytes(lines.after));
    let indent = |token: Token| {
        let line: &[u8] = input.interner[token];
        IndentLevel::for_ascii_line(line.iter().copied(), 8)
    };
    let runs = changed_runs(
        &input.before,
        &input.after,
        input.interner.num_tokens(),
        &|diff, before, after| {
            diff.postprocess_with(before, after, IndentHeuristic::new(indent));
        },
        work,
    );
    let placed = |lines: Range<usize>| start + lines.start..start + lines.end;
    runs.into_iter().map(|run| run.map(placed)).collect()
}

/// Counts the lines that both sides have at their beginning or end, where `at` places line after line.
fn common(
    revisions: &Sides<Revision>,
    lines: Range<usize>,
    at: impl Fn(usize) -> Sides<usize>,
) -> usize {
    let is_same = |line: &usize| {
        let Sides { before, after } = at(*line);
        revisions.before.line(before) == revisions.after.line(after)
    };
    lines.take_while(is_same).count()
}
