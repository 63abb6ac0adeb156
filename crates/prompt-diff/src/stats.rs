//! How much changed.

use crate::{
    Revision, Sides,
    lines::{Block, changed_blocks},
    work::Work,
};

/// Numbers of lines; a line with an edited word counts once on each side.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct LineCounts {
    /// Lines added.
    pub added: u32,
    /// Lines removed.
    pub removed: u32,
}

/// Counts the lines that differ between two texts.
///
/// A line feed at the end of the text counts as part of its last line.
pub fn size(before: &str, after: &str) -> LineCounts {
    let revisions = Sides::new(before, after).map(Revision::new);
    let blocks = changed_blocks(&revisions, &mut Work::unbounded());
    let sum = |lines: fn(&Block) -> usize| {
        u32::try_from(blocks.iter().map(lines).sum::<usize>()).unwrap_or(u32::MAX)
    };
    LineCounts {
        added: sum(|block| block.after.len()),
        removed: sum(|block| block.before.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(before: &str, after: &str, added: u32, removed: u32) {
        assert_eq!(size(before, after), LineCounts { added, removed });
    }

    #[test]
    fn lines_are_counted_on_their_side() {
        check("", "", 0, 0);
        check("a\nb\n", "a\nb\n", 0, 0);
        check("", "a\nb", 2, 0);
        check("a\nb", "", 0, 2);
        check("a\nb\nc\n", "a\nB\nc\nd\n", 2, 1);
        check("a", "a\n", 1, 1);
    }
}
