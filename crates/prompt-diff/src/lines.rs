//! Which lines of two texts differ.

use crate::{Sides, bounded::changed_runs, work::Work};
use imara_diff::{IndentHeuristic, IndentLevel, InternedInput, Token};
use std::ops::Range;

/// A run of lines of each side that stand for one another; one of the two may be empty.
pub(crate) type Block = Sides<Range<usize>>;

/// Returns the changed runs of lines, in order; between two of them lies at least one unchanged line.
pub(crate) fn changed_blocks(before: &str, after: &str, work: &mut Work) -> Vec<Block> {
    let mut input = InternedInput::default();
    input.update_before(before.split_inclusive('\n'));
    input.update_after(after.split_inclusive('\n'));
    let indent = |token: Token| {
        let line: &str = input.interner[token];
        IndentLevel::for_ascii_line(line.bytes(), 8)
    };
    changed_runs(
        &input.before,
        &input.after,
        input.interner.num_tokens(),
        &|diff, before, after| {
            diff.postprocess_with(before, after, IndentHeuristic::new(indent));
        },
        work,
    )
}
