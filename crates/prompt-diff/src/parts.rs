//! Cuts long lines at their sentences, so that rows stay short enough to read and to draw.

use crate::{
    Revision, Sides,
    bounded::changed_runs,
    lines::Block,
    sentences::{is_grapheme_border, sentences},
    work::Work,
};
use imara_diff::{InternedInput, NoSliderHeuristic};
use std::ops::Range;

/// A changed run that has a line longer than this, in bytes, is compared by sentences.
const LONG_CHANGED: usize = 600;

/// In such a run, lines from this length on are cut; the other side's line may have been shorter.
const CUT_FROM: usize = 150;

/// An unchanged line longer than this, in bytes, is cut too, so that it can be drawn in parts.
const LONG_UNCHANGED: usize = 2_000;

/// Longest part, in bytes; a sentence may be longer and is cut again.
const LONGEST_PART: usize = 1_600;

/// Sentences shorter than this, in bytes, go with the next one: "Yes." says nothing alone.
const SHORTEST_SENTENCE: usize = 12;

/// Shortest piece of a sentence that is cut again, in bytes.
const SHORTEST_PIECE: usize = 120;

/// Cuts the long lines of both texts; returns the changed runs of what comes out.
pub(crate) fn cut_long_lines(
    revisions: Sides<Revision>,
    blocks: Vec<Block>,
    work: &mut Work,
) -> (Sides<Revision>, Vec<Block>) {
    let longest = |revision: &Revision| {
        (0..revision.line_count())
            .map(|line| revision.range(line).len())
            .max()
            .unwrap_or_default()
    };
    if longest(&revisions.before).max(longest(&revisions.after)) <= LONG_CHANGED {
        return (revisions, blocks);
    }
    let mut cut = revisions.as_ref().map(Cut::new);
    let mut new_blocks = Vec::with_capacity(blocks.len());
    let mut next = Sides::new(0, 0);
    let end = revisions.as_ref().map(Revision::line_count);
    for block in blocks.into_iter().map(Some).chain([None]) {
        let until = block.as_ref().map_or(end, |block| {
            Sides::new(block.before.start, block.after.start)
        });
        cut.before.add(next.before..until.before, LONG_UNCHANGED);
        cut.after.add(next.after..until.after, LONG_UNCHANGED);
        let Some(block) = block else { break };
        next = Sides::new(block.before.end, block.after.end);
        let is_long = has_longer(&revisions.before, &block.before)
            || has_longer(&revisions.after, &block.after);
        let threshold = if is_long { CUT_FROM } else { usize::MAX };
        let lines = Sides::new(
            cut.before.add(block.before, threshold),
            cut.after.add(block.after, threshold),
        );
        if is_long {
            compare(&cut, &lines, work, &mut new_blocks);
        } else {
            new_blocks.push(lines);
        }
    }
    (cut.map(Cut::finished), new_blocks)
}

fn has_longer(revision: &Revision, lines: &Range<usize>) -> bool {
    lines
        .clone()
        .any(|line| revision.range(line).len() > LONG_CHANGED)
}

/// Compares the parts of a changed run.
fn compare(cut: &Sides<Cut<'_>>, lines: &Block, work: &mut Work, blocks: &mut Vec<Block>) {
    let mut input = InternedInput::default();
    input.update_before(lines.before.clone().map(|line| cut.before.line(line)));
    input.update_after(lines.after.clone().map(|line| cut.after.line(line)));
    let runs = changed_runs(
        &input.before,
        &input.after,
        input.interner.num_tokens(),
        &|diff, before, after| diff.postprocess_with(before, after, NoSliderHeuristic),
        work,
    );
    let shifted = |range: Range<usize>, by: usize| range.start + by..range.end + by;
    blocks.extend(runs.into_iter().map(|run| {
        Sides::new(
            shifted(run.before, lines.before.start),
            shifted(run.after, lines.after.start),
        )
    }));
}

/// A text while its lines are cut.
struct Cut<'a> {
    revision: &'a Revision,
    ends: Vec<u32>,
    continued: Vec<u32>,
}

impl<'a> Cut<'a> {
    fn new(revision: &'a Revision) -> Self {
        Self {
            revision,
            ends: Vec::with_capacity(revision.line_count()),
            continued: Vec::new(),
        }
    }

    /// Takes in lines, cutting those longer than `threshold`; returns their numbers among what comes out.
    fn add(&mut self, lines: Range<usize>, threshold: usize) -> Range<usize> {
        let first = self.ends.len();
        for line in lines {
            let range = self.revision.range(line);
            if range.len() > threshold {
                let text = self.revision.line(line);
                for (number, end) in part_ends(text).into_iter().enumerate() {
                    if number > 0 {
                        self.continued.push(number_of(self.ends.len()));
                    }
                    self.ends.push(number_of(range.start + end));
                }
            } else {
                self.ends.push(number_of(range.end));
            }
        }
        first..self.ends.len()
    }

    fn line(&self, line: usize) -> &'a str {
        let end = |line: usize| self.ends.get(line).map_or(0, |&end| end as usize);
        let start = line.checked_sub(1).map_or(0, end);
        self.revision
            .text()
            .get(start..end(line))
            .unwrap_or_default()
    }

    fn finished(self) -> Revision {
        self.revision.with_parts(self.ends, self.continued)
    }
}

fn number_of(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

/// Returns where the parts of a line end.
fn part_ends(line: &str) -> Vec<usize> {
    let mut ends = Vec::new();
    // What follows the last sentence may be the line feed alone, which is no part.
    let body = line.trim_end_matches(['\n', '\r']);
    for sentence in sentences(body, SHORTEST_SENTENCE) {
        if sentence.len() > LONGEST_PART {
            let pieces = pieces(body.get(sentence.clone()).unwrap_or_default());
            ends.extend(pieces.into_iter().map(|end| sentence.start + end));
        } else {
            ends.push(sentence.end);
        }
    }
    match ends.last_mut() {
        Some(last) => *last = line.len(),
        None => ends.push(line.len()),
    }
    ends
}

/// Cuts a text without sentences where its own letters say so, so that an insertion does not move all cuts
/// behind it.
fn pieces(text: &str) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut start = 0;
    let mut previous = [' '; 3];
    for (place, c) in text.char_indices() {
        let length = place - start;
        let [a, b, last] = previous;
        let at_border = last.is_whitespace() || (!last.is_ascii() && !c.is_ascii());
        let mixed = [a, b, last].into_iter().fold(0_u32, |sum, c| {
            sum.wrapping_mul(0x9E37_79B1).wrapping_add(u32::from(c))
        });
        let is_chosen = at_border && mixed.wrapping_mul(0x85EB_CA6B) >> 27 == 0;
        if (is_chosen && length >= SHORTEST_PIECE || length >= LONGEST_PART)
            && is_grapheme_border(text, place)
        {
            ends.push(place);
            start = place;
        }
        previous = [b, last, c];
    }
    ends.push(text.len());
    ends
}
