//! What is shown: one row for each line, in the order in which people read.

use crate::{
    Edit, Hunk, Revision, Sides, Words, hunks,
    lines::changed_blocks,
    pair::{Step, steps},
    words::{self, marked_whole},
};

/// One row of the presentation; line numbers count from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// A line that both sides have.
    Same {
        /// Its number on each side.
        lines: Sides<usize>,
    },
    /// A line that became another one.
    Changed {
        /// Its number on each side.
        lines: Sides<usize>,
        /// What changed in it.
        words: Words,
    },
    /// A line that is gone.
    Removed {
        /// Its number.
        before: usize,
    },
    /// A line that is new.
    Added {
        /// Its number.
        after: usize,
    },
}

impl Row {
    /// Says whether both sides have this very line.
    pub fn is_same(&self) -> bool {
        matches!(self, Self::Same { .. })
    }

    /// Returns the row's line on each side, where the side has one.
    pub fn lines(&self) -> Sides<Option<usize>> {
        match self {
            Self::Same { lines } | Self::Changed { lines, .. } => {
                Sides::new(Some(lines.before), Some(lines.after))
            }
            Self::Removed { before } => Sides::new(Some(*before), None),
            Self::Added { after } => Sides::new(None, Some(*after)),
        }
    }
}

/// How much work a diff may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest line that is compared by words, in bytes.
    pub word_line_bytes: usize,
    /// Bytes of both sides that are compared by words in all.
    pub word_bytes: usize,
}

impl Default for Limits {
    /// Enough for any two prompts that the platform takes, and below a tenth of a second.
    fn default() -> Self {
        Self {
            word_line_bytes: 400_000,
            word_bytes: 1_200_000,
        }
    }
}

/// What was left out because the texts are too large.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fallback {
    /// So many changed lines are shown without word marks.
    WordsLeftOut {
        /// Rows concerned.
        rows: usize,
    },
}

/// A diff of two texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromptDiff {
    /// Both texts.
    pub revisions: Sides<Revision>,
    /// All rows; folding is up to [`crate::fold()`].
    pub rows: Vec<Row>,
    /// The runs of changed rows.
    pub hunks: Vec<Hunk>,
    /// What was left out, if anything.
    pub fallback: Option<Fallback>,
}

/// Compares two texts by lines and, in lines that changed, by words.
pub fn diff(before: &str, after: &str, limits: &Limits) -> PromptDiff {
    let revisions = Sides::new(before, after).map(Revision::new);
    let mut budget = Budget {
        limits,
        spent_bytes: 0,
        left_out: 0,
    };
    let mut rows = Vec::with_capacity(revisions.after.line_count());
    let mut next = Sides::new(0, 0);
    for block in changed_blocks(before, after) {
        rows.extend(same(next, block.before.start));
        for step in steps(&revisions, &block) {
            rows.push(match step {
                Step::Removed(before) => Row::Removed { before },
                Step::Added(after) => Row::Added { after },
                Step::Pair(lines) => Row::Changed {
                    lines,
                    words: budget.words(&revisions, lines),
                },
            });
        }
        next = Sides::new(block.before.end, block.after.end);
    }
    rows.extend(same(next, revisions.before.line_count()));
    PromptDiff {
        hunks: hunks::find(&revisions, &rows),
        fallback: (budget.left_out > 0).then_some(Fallback::WordsLeftOut {
            rows: budget.left_out,
        }),
        rows,
        revisions,
    }
}

/// Returns the rows of unchanged lines up to line `end` of the side before.
fn same(start: Sides<usize>, end: usize) -> impl Iterator<Item = Row> {
    (start.before..end)
        .zip(start.after..)
        .map(|(before, after)| Row::Same {
            lines: Sides::new(before, after),
        })
}

struct Budget<'a> {
    limits: &'a Limits,
    spent_bytes: usize,
    left_out: usize,
}

impl Budget<'_> {
    fn words(&mut self, revisions: &Sides<Revision>, lines: Sides<usize>) -> Words {
        let before = revisions.before.body(lines.before);
        let after = revisions.after.body(lines.after);
        let bytes = before.len() + after.len();
        let too_long = before.len().max(after.len()) > self.limits.word_line_bytes;
        // Equal lines meet here only in a run that was too long to be compared line by line.
        let uncompared = revisions.before.line(lines.before) == revisions.after.line(lines.after);
        if uncompared || too_long || self.spent_bytes + bytes > self.limits.word_bytes {
            self.left_out += 1;
            return marked_whole(before, after, Edit::TooLong);
        }
        self.spent_bytes += bytes;
        words::words(before, after)
    }
}
