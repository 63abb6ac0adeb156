//! Paragraphs whose words were broken into lines anew.

use crate::{
    Edit, Revision, Row, Side, Sides, Span, Words,
    align::Fates,
    bags,
    bounded::changed_runs,
    lines::Block,
    reading::Stretch,
    structure::list_item,
    words::{self, Run},
    work::Work,
};
use imara_diff::InternedInput;
use std::{ops::Range, sync::OnceLock};

/// Lines of a rewrapped paragraph, before and after.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) lines: Block,
    /// What changed in it, in bytes from the beginning of each side's first line; computed when it is read.
    runs: OnceLock<Vec<Run>>,
}

/// Words that wrapping must explain beyond what pairs of lines do.
const WORDS_EXPLAINED: usize = 2;

impl Group {
    pub(crate) fn new(lines: Block) -> Self {
        Self {
            lines,
            runs: OnceLock::new(),
        }
    }

    fn texts<'a>(&self, revisions: &'a Sides<Revision>) -> Sides<&'a str> {
        Sides::new(
            revisions.before.lines(self.lines.before.clone()),
            revisions.after.lines(self.lines.after.clone()),
        )
    }

    fn runs(&self, revisions: &Sides<Revision>) -> &[Run] {
        self.runs.get_or_init(|| {
            let texts = self.texts(revisions);
            words::across_lines(texts.before, texts.after)
        })
    }

    /// Returns where the group's text begins on each side.
    fn starts(&self, revisions: &Sides<Revision>) -> Sides<usize> {
        Sides::new(
            revisions.before.range(self.lines.before.start).start,
            revisions.after.range(self.lines.after.start).start,
        )
    }

    /// Says which words changed in a row of the group.
    pub(crate) fn words_of(&self, revisions: &Sides<Revision>, row: &Row) -> Words {
        let runs = self.runs(revisions);
        let starts = self.starts(revisions);
        let spans = |side: Side, ranges: fn(&Run) -> &Range<usize>| -> Vec<Span> {
            let Some(line) = *row.lines.get(side) else {
                return Vec::new();
            };
            let revision = revisions.get(side);
            let start = revision.range(line).start;
            let body = start..start + revision.body(line).len();
            let shift = *starts.get(side);
            let inside = runs.iter().filter_map(|run| {
                let range = ranges(run);
                let cut = (range.start + shift).max(body.start)..(range.end + shift).min(body.end);
                (cut.start < cut.end).then(|| Span {
                    range: cut.start - body.start..cut.end - body.start,
                    changed: run.changed,
                })
            });
            inside.collect()
        };
        let spans = Sides::new(
            spans(Side::Before, |run| &run.before),
            spans(Side::After, |run| &run.after),
        );
        let any = runs.iter().any(|run| run.changed);
        Words {
            edit: if any { Edit::Words } else { Edit::Wrapped },
            spans,
        }
    }

    /// Returns the text of a row of the group in reading order: its line after, with what is gone before it.
    pub(crate) fn reading_of(&self, revisions: &Sides<Revision>, row: &Row) -> Vec<Stretch> {
        let Some(line) = row.lines.after else {
            return Vec::new();
        };
        let starts = self.starts(revisions);
        let start = revisions.after.range(line).start;
        let body = start..start + revisions.after.body(line).len();
        let is_last = line + 1 == self.lines.after.end;
        let mut stretches = Vec::new();
        for run in self.runs(revisions) {
            let after = run.after.start + starts.after..run.after.end + starts.after;
            // What is gone stands in the line in which its place is.
            let is_here = body.contains(&after.start) || (is_last && after.start >= body.end);
            if run.changed && is_here && !run.before.is_empty() {
                stretches.push(Stretch {
                    side: Side::Before,
                    changed: true,
                    range: run.before.start + starts.before..run.before.end + starts.before,
                });
            }
            let cut = after.start.max(body.start)..after.end.min(body.end);
            if cut.start < cut.end {
                stretches.push(Stretch {
                    side: Side::After,
                    changed: run.changed,
                    range: cut,
                });
            }
        }
        stretches
    }
}

/// Groups a whole block if nothing in it changed but where lines end; says whether it did.
///
/// Where each line only lost or gained spaces, they are pairs and no group.
pub(crate) fn whole(revisions: &Sides<Revision>, block: &Block, fates: &mut Fates) -> bool {
    let texts = Sides::new(
        revisions.before.lines(block.before.clone()),
        revisions.after.lines(block.after.clone()),
    );
    if block.before.is_empty()
        || block.after.is_empty()
        || !same_but_spaces(texts.before, texts.after)
    {
        return false;
    }
    let is_free = block
        .before
        .clone()
        .all(|line| fates.is_alone(Side::Before, line))
        && block
            .after
            .clone()
            .all(|line| fates.is_alone(Side::After, line));
    if !is_free {
        return false;
    }
    let lines = block.before.clone().zip(block.after.clone());
    let line_by_line = block.before.len() == block.after.len()
        && lines.clone().all(|(before, after)| {
            same_but_spaces(revisions.before.line(before), revisions.after.line(after))
        });
    if line_by_line {
        for (before, after) in lines {
            fates.pair(Sides::new(before, after));
        }
    } else {
        fates.group(block);
    }
    true
}

/// Says whether two texts are the same but for their spaces and line feeds.
pub(crate) fn same_but_spaces(before: &str, after: &str) -> bool {
    let is_shown = |c: &char| !c.is_whitespace();
    before
        .chars()
        .filter(is_shown)
        .eq(after.chars().filter(is_shown))
}

/// Says whether wrapping explains a change better than lines that became others: `together` words are common to
/// both paragraphs of at most `words`, and `by_line` of them stand in lines that are pairs.
pub(crate) fn explains_more(together: usize, by_line: usize, words: usize) -> bool {
    let missed = together.saturating_sub(by_line);
    missed >= WORDS_EXPLAINED && missed * 12 >= words && together * 10 >= words * 6
}

/// Counts the words that two paragraphs have in common in their order.
pub(crate) fn common(revisions: &Sides<Revision>, lines: &Block, work: &mut Work) -> usize {
    let words = Sides::new(
        bags::words(revisions.before.lines(lines.before.clone())),
        bags::words(revisions.after.lines(lines.after.clone())),
    );
    let mut input = InternedInput::default();
    input.update_before(words.before.iter().copied());
    input.update_after(words.after.iter().copied());
    let distinct = input.interner.num_tokens();
    let runs = changed_runs(&input.before, &input.after, distinct, &|_, _, _| (), work);
    words.before.len() - runs.iter().map(|run| run.before.len()).sum::<usize>()
}

/// Says whether a line can be a further line of the paragraph or item above it.
pub(crate) fn goes_on(revision: &Revision, line: usize) -> bool {
    let body = revision.body(line);
    let trimmed = body.trim();
    let begins_something = trimmed.starts_with(['#', '<', '|', '{', '}', '`', '~'])
        || list_item(body).is_some()
        || trimmed.is_empty();
    !begins_something && !revision.is_continued(line)
}

/// Says whether a paragraph can go on below a line: no heading, tag or code, and no line that ends a block.
pub(crate) fn can_be_gone_on_with(above: &str) -> bool {
    let above = above.trim();
    !above.is_empty()
        && !above.starts_with(['#', '<', '|', '{', '}', '`', '~'])
        && !above.ends_with(['{', '}', ';'])
}
