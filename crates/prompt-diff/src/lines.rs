//! Which lines of two texts differ.

use crate::{Sides, bounded::changed_runs};
use imara_diff::{IndentHeuristic, IndentLevel, InternedInput, Token};
use std::{ops::Range, sync::Arc};

/// One side's text, cut into lines; cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    text: Arc<str>,
    /// Where each line ends, its line feed included.
    ends: Arc<[usize]>,
}

impl Revision {
    /// Cuts `text` into lines. The empty text has none.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        let ends = text
            .split_inclusive('\n')
            .scan(0, |end, line| {
                *end += line.len();
                Some(*end)
            })
            .collect();
        Self { text, ends }
    }

    /// Returns the whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns how many lines there are.
    pub fn line_count(&self) -> usize {
        self.ends.len()
    }

    /// Returns line `number`, counted from 0, with its line feed; the empty text if there is no such line.
    pub fn line(&self, number: usize) -> &str {
        self.lines(number..number.saturating_add(1))
    }

    /// Returns line `number` without its line feed.
    pub fn body(&self, number: usize) -> &str {
        let line = self.line(number);
        line.strip_suffix('\n').unwrap_or(line)
    }

    /// Says whether line `number` ends in a line feed, as all but the last one do.
    pub fn ends_in_line_feed(&self, number: usize) -> bool {
        self.line(number).ends_with('\n')
    }

    /// Returns the text of a run of lines, as far as it lies in the text.
    pub fn lines(&self, numbers: Range<usize>) -> &str {
        let place = |number: usize| match number.checked_sub(1) {
            None => 0,
            Some(last) => self.ends.get(last).copied().unwrap_or(self.text.len()),
        };
        self.text
            .get(place(numbers.start)..place(numbers.end))
            .unwrap_or_default()
    }
}

/// A run of lines of each side that stand for one another; one of the two may be empty.
pub(crate) type Block = Sides<Range<usize>>;

/// Returns the changed runs of lines, in order; between two of them lies at least one unchanged line.
pub(crate) fn changed_blocks(before: &str, after: &str) -> Vec<Block> {
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
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_by_number_and_none_is_made_up() {
        let revision = Revision::new("a\n\nlast");
        let lines: Vec<_> = (0..5).map(|number| revision.line(number)).collect();
        assert_eq!(lines, ["a\n", "\n", "last", "", ""]);
        assert_eq!(revision.body(0), "a");
        assert_eq!(revision.line_count(), 3);
        assert!(!revision.ends_in_line_feed(2));
        assert_eq!(Revision::new("").line_count(), 0);
    }
}
