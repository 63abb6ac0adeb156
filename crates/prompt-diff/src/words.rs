//! Which words of two lines differ, in edits that a person would make.

use crate::{Sides, bounded::changed_runs, sentences::is_grapheme_border, tokens, work::Work};
use imara_diff::{InternedInput, NoSliderHeuristic};
use std::ops::Range;

/// From this length on, in bytes, a line is compared sentence by sentence before word by word.
const LONG_LINE_BYTES: usize = 600;

/// Below this share of common text, two lines count as rewritten and are shown without word marks.
const REWRITTEN_BELOW: f64 = 0.25;

/// A common run of this weight is worth showing, however little else the lines share.
const TELLING_RUN: usize = 24;

/// Common text of more characters than this is never swallowed by the edits around it.
const LONGEST_JOINED: usize = 8;

/// Part of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Where it lies in the line's body, in bytes; both ends are grapheme boundaries.
    pub range: Range<usize>,
    /// Whether the other side lacks it.
    pub changed: bool,
}

/// What kind of edit made one line into the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edit {
    /// Words were changed; the spans say which.
    Words,
    /// Only spaces were changed.
    Spaces,
    /// Only the line feed at the end was added or removed.
    LineEnd,
    /// Nothing but where lines end, in a paragraph that was wrapped anew.
    Wrapped,
    /// The lines have too little in common for word marks to help.
    Rewritten,
}

/// How two lines that stand for one another differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// The kind of edit.
    pub edit: Edit,
    /// All of each line's body, cut into spans.
    pub spans: Sides<Vec<Span>>,
}

/// Compares the bodies of two lines.
pub fn words(before: &str, after: &str) -> Words {
    if before == after {
        return Words {
            edit: Edit::LineEnd,
            spans: Sides::new(before, after).map(|body| whole(body, false)),
        };
    }
    let runs = if before.len().max(after.len()) > LONG_LINE_BYTES {
        by_sentence(before, after)
    } else {
        by_word(before, after)
    };
    let runs = tidy(runs, before, after);
    let edit = kind(&runs, before, after);
    if edit == Edit::Rewritten {
        return marked_whole(before, after);
    }
    Words {
        edit,
        spans: Sides::new(
            spans(runs.iter().map(|run| (run.before.clone(), run.changed))),
            spans(runs.iter().map(|run| (run.after.clone(), run.changed))),
        ),
    }
}

/// Compares two texts of several lines, to which any spaces and line feeds are the same.
pub(crate) fn across_lines(before: &str, after: &str) -> Vec<Run> {
    let tokens = Sides::new(joined_spaces(before), joined_spaces(after));
    let runs = runs(&tokens, before, after, |token| {
        if token.starts_with(char::is_whitespace) {
            " "
        } else {
            token
        }
    });
    joined(runs, before, after)
}

/// Returns words and runs of spaces.
fn joined_spaces(text: &str) -> Vec<&str> {
    let mut tokens: Vec<&str> = Vec::new();
    let mut start = 0;
    let mut end = 0;
    let mut in_spaces = false;
    for word in tokens::words_and_references(text) {
        let is_space = word.starts_with(char::is_whitespace);
        if !(is_space && in_spaces) && end > start {
            tokens.extend(text.get(start..end));
            start = end;
        }
        end += word.len();
        in_spaces = is_space;
    }
    tokens.extend(text.get(start..end).filter(|last| !last.is_empty()));
    tokens
}

/// Marks what only one side has as changed from end to end.
pub(crate) fn one_sided(before: &str, after: &str) -> Words {
    marked_whole(before, after)
}

/// Marks both bodies as changed from end to end.
fn marked_whole(before: &str, after: &str) -> Words {
    Words {
        edit: Edit::Rewritten,
        spans: Sides::new(before, after).map(|body| whole(body, true)),
    }
}

fn whole(body: &str, changed: bool) -> Vec<Span> {
    spans([(0..body.len(), changed)].into_iter())
}

fn spans(runs: impl Iterator<Item = (Range<usize>, bool)>) -> Vec<Span> {
    runs.filter(|(range, _)| !range.is_empty())
        .map(|(range, changed)| Span { range, changed })
        .collect()
}

/// A run of bytes of each side that are the same or stand for one another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) before: Range<usize>,
    pub(crate) after: Range<usize>,
    pub(crate) changed: bool,
}

impl Run {
    fn weight(&self, before: &str, after: &str) -> usize {
        weight(before, &self.before).max(weight(after, &self.after))
    }
}

/// Counts the characters that are not spaces.
fn weight(text: &str, range: &Range<usize>) -> usize {
    let part = text.get(range.clone()).unwrap_or_default();
    part.chars().filter(|c| !c.is_whitespace()).count()
}

fn by_word(before: &str, after: &str) -> Vec<Run> {
    let tokens = Sides::new(before, after).map(tokens::words_and_references);
    runs(&tokens, before, after, |token| token)
}

/// Finds the sentences that changed, then the words in them: quick, and edits stay in their sentence.
fn by_sentence(before: &str, after: &str) -> Vec<Run> {
    let sentences = Sides::new(tokens::sentences(before), tokens::sentences(after));
    let mut all = Vec::new();
    for run in runs(&sentences, before, after, |token| token) {
        if !run.changed || run.before.is_empty() || run.after.is_empty() {
            all.push(run);
            continue;
        }
        let parts = Sides::new(before.get(run.before.clone()), after.get(run.after.clone()));
        let inner = by_word(
            parts.before.unwrap_or_default(),
            parts.after.unwrap_or_default(),
        );
        all.extend(inner.into_iter().map(|part| Run {
            before: shifted(&part.before, run.before.start),
            after: shifted(&part.after, run.after.start),
            changed: part.changed,
        }));
    }
    all
}

fn shifted(range: &Range<usize>, by: usize) -> Range<usize> {
    range.start + by..range.end + by
}

/// Compares two lists of tokens; the runs cover both texts from end to end.
///
/// `meaning` says what of a token is compared.
fn runs<'a>(
    tokens: &Sides<Vec<&'a str>>,
    before: &str,
    after: &str,
    meaning: fn(&'a str) -> &'a str,
) -> Vec<Run> {
    let mut input = InternedInput::default();
    input.update_before(tokens.before.iter().copied().map(meaning));
    input.update_after(tokens.after.iter().copied().map(meaning));
    let edits = changed_runs(
        &input.before,
        &input.after,
        input.interner.num_tokens(),
        &|diff, before, after| diff.postprocess_with(before, after, NoSliderHeuristic),
        &mut Work::unbounded(),
    );
    let places = Sides::new(offsets(&tokens.before), offsets(&tokens.after));
    let place = |places: &[usize], numbers: Range<usize>| {
        let at = |number: usize| places.get(number).copied().unwrap_or_default();
        at(numbers.start)..at(numbers.end)
    };
    let mut runs = Vec::new();
    let (mut seen_before, mut seen_after) = (0, 0);
    for edit in edits {
        let changed = Run {
            before: place(&places.before, edit.before),
            after: place(&places.after, edit.after),
            changed: true,
        };
        runs.push(Run {
            before: seen_before..changed.before.start,
            after: seen_after..changed.after.start,
            changed: false,
        });
        (seen_before, seen_after) = (changed.before.end, changed.after.end);
        runs.push(changed);
    }
    runs.push(Run {
        before: seen_before..before.len(),
        after: seen_after..after.len(),
        changed: false,
    });
    runs.retain(|run| !run.before.is_empty() || !run.after.is_empty());
    runs
}

/// Returns where each token begins, and where the last one ends.
fn offsets(tokens: &[&str]) -> Vec<usize> {
    let mut places = Vec::with_capacity(tokens.len() + 1);
    let mut place = 0;
    places.push(place);
    for token in tokens {
        place += token.len();
        places.push(place);
    }
    places
}

/// Makes edits out of soup: joins edits with next to nothing between them, then moves each to a word's start.
fn tidy(runs: Vec<Run>, before: &str, after: &str) -> Vec<Run> {
    let mut runs = joined(runs, before, after);
    slide(&mut runs, before, after);
    runs
}

/// Joins edits with next to nothing between them.
fn joined(runs: Vec<Run>, before: &str, after: &str) -> Vec<Run> {
    let mut kept: Vec<(Run, usize)> = Vec::with_capacity(runs.len());
    for run in runs {
        let weight = run.weight(before, after);
        match kept.last_mut() {
            Some((last, heavy)) if last.changed == run.changed => {
                last.before.end = run.before.end;
                last.after.end = run.after.end;
                *heavy += weight;
            }
            _ => kept.push((run, weight)),
        }
        join_edits(&mut kept);
    }
    kept.into_iter().map(|(run, _)| run).collect()
}

/// While the last three runs are edit, common, edit and the common one is lighter than both, makes them one.
fn join_edits(kept: &mut Vec<(Run, usize)>) {
    while let [.., (first, heavy), (_, between), (last, weight)] = kept.as_mut_slice() {
        let is_light = *between <= LONGEST_JOINED && *between <= *heavy && *between <= *weight;
        if !last.changed || !is_light {
            return;
        }
        first.before.end = last.before.end;
        first.after.end = last.after.end;
        *heavy += *between + *weight;
        kept.truncate(kept.len() - 2);
    }
}

/// Moves pure insertions and removals so that they begin where a word begins and take the space after it.
///
/// `a b c` without `b` may have lost `b ` or ` b`; people read the first.
fn slide(runs: &mut [Run], before: &str, after: &str) {
    for place in 1..runs.len() {
        let Some([previous, edit, rest @ ..]) = runs.get_mut(place - 1..) else {
            return;
        };
        let (text, other, other_place) = match (edit.before.is_empty(), edit.after.is_empty()) {
            (true, false) => (after, before, edit.before.start),
            (false, true) => (before, after, edit.after.start),
            _ => continue,
        };
        let Some(next) = rest.first_mut() else {
            continue;
        };
        if !edit.changed || previous.changed || next.changed {
            continue;
        }
        let own = if edit.before.is_empty() {
            edit.after.clone()
        } else {
            edit.before.clone()
        };
        let lead = text.get(own.clone()).unwrap_or_default();
        let follows = text.get(own.end..).unwrap_or_default();
        let spaces = lead.len() - lead.trim_start_matches(' ').len();
        let room = next.before.len().min(next.after.len());
        // Moving right by the leading spaces is the same edit only if the same spaces follow it.
        let same = lead.get(..spaces).is_some_and(|s| follows.starts_with(s));
        let starts_word = !follows.get(spaces..).unwrap_or_default().starts_with(' ');
        // A space may carry a mark that belongs to it.
        let at_graphemes = is_grapheme_border(text, own.start + spaces)
            && is_grapheme_border(text, own.end + spaces)
            && is_grapheme_border(other, other_place + spaces);
        if !at_graphemes
            || spaces == 0
            || spaces == lead.len()
            || spaces >= room
            || !same
            || !starts_word
        {
            continue;
        }
        for side in [Side::Before, Side::After] {
            shift_right(previous, edit, next, side, spaces);
        }
    }
}

#[derive(Clone, Copy)]
enum Side {
    Before,
    After,
}

fn shift_right(previous: &mut Run, edit: &mut Run, next: &mut Run, side: Side, by: usize) {
    let [previous, edit, next] = match side {
        Side::Before => [&mut previous.before, &mut edit.before, &mut next.before],
        Side::After => [&mut previous.after, &mut edit.after, &mut next.after],
    };
    previous.end += by;
    edit.start += by;
    edit.end += by;
    next.start += by;
}

fn kind(runs: &[Run], before: &str, after: &str) -> Edit {
    let bare = |text: &str| {
        text.chars()
            .filter(|c| !c.is_whitespace())
            .collect::<String>()
    };
    if bare(before) == bare(after) {
        return Edit::Spaces;
    }
    let common = runs
        .iter()
        .filter(|run| !run.changed)
        .map(|run| weight(before, &run.before));
    let longest = common.clone().max().unwrap_or_default();
    let common: usize = common.sum();
    let all = weight(before, &(0..before.len())) + weight(after, &(0..after.len()));
    #[expect(
        clippy::cast_precision_loss,
        reason = "a share of two lengths, not a sum of money"
    )]
    let share = 2.0 * common as f64 / all.max(1) as f64;
    // A line that only grew or shrank is no rewrite, however much.
    let one_sided = |range: fn(&Run) -> &Range<usize>| {
        runs.iter()
            .filter(|run| run.changed)
            .all(|run| range(run).is_empty())
    };
    let grew = common > 0 && (one_sided(|run| &run.before) || one_sided(|run| &run.after));
    if share < REWRITTEN_BELOW && longest < TELLING_RUN && !grew {
        Edit::Rewritten
    } else {
        Edit::Words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes a side with its changed spans in brackets.
    fn drawn(body: &str, spans: &[Span]) -> String {
        let mut text = String::new();
        for span in spans {
            let part = &body[span.range.clone()];
            let (open, close) = if span.changed { ("[", "]") } else { ("", "") };
            text.extend([open, part, close]);
        }
        text
    }

    #[track_caller]
    fn check(before: &str, after: &str, edit: Edit, expected: [&str; 2]) {
        let words = words(before, after);
        let got = [
            drawn(before, &words.spans.before),
            drawn(after, &words.spans.after),
        ];
        assert_eq!((words.edit, got), (edit, expected.map(str::to_owned)));
    }

    #[test]
    fn one_word_is_one_edit() {
        check(
            "You may refund up to $200 without asking.",
            "You may refund up to $50 without asking.",
            Edit::Words,
            [
                "You may refund up to $[200] without asking.",
                "You may refund up to $[50] without asking.",
            ],
        );
    }

    #[test]
    fn an_inserted_word_takes_the_space_after_it() {
        check(
            "Be kind to customers.",
            "Be very kind to customers.",
            Edit::Words,
            ["Be kind to customers.", "Be [very ]kind to customers."],
        );
    }

    #[test]
    fn edits_with_a_little_word_between_them_are_one() {
        check(
            "Always issue the refund before you answer the next customer.",
            "Always grant the credit before you answer the next customer.",
            Edit::Words,
            [
                "Always [issue the refund] before you answer the next customer.",
                "Always [grant the credit] before you answer the next customer.",
            ],
        );
    }

    #[test]
    fn lines_with_nothing_in_common_carry_no_word_marks() {
        check(
            "Refund at once.",
            "Escalate billing disputes to a colleague",
            Edit::Rewritten,
            [
                "[Refund at once.]",
                "[Escalate billing disputes to a colleague]",
            ],
        );
    }

    #[test]
    fn only_spaces_is_said_so() {
        check(
            "Ask  first. ",
            "Ask first.",
            Edit::Spaces,
            ["Ask[  ]first.[ ]", "Ask[ ]first."],
        );
        check(
            "Ask first.",
            "Ask first.",
            Edit::LineEnd,
            ["Ask first.", "Ask first."],
        );
    }

    #[test]
    fn a_sentence_added_to_a_long_paragraph_is_one_edit() {
        let first = "Answer in the customer's language and keep to the point. ".repeat(8);
        let last = "Never promise a date that the warehouse has not confirmed.".repeat(4);
        let before = format!("{first}{last}");
        let new = "Ask for the order number before any refund. ";
        let after = format!("{first}{new}{last}");
        check(
            &before,
            &after,
            Edit::Words,
            [&before, &format!("{first}[{new}]{last}")],
        );
    }

    #[test]
    fn scripts_without_spaces_are_cut_at_graphemes() {
        check(
            "返金の前に注文番号を確認する",
            "返金の前に注文番号を必ず確認する",
            Edit::Words,
            [
                "返金の前に注文番号を確認する",
                "返金の前に注文番号を[必ず]確認する",
            ],
        );
        check(
            "be 👩‍👩‍👧 ok then",
            "be 👩‍👩‍👦 ok then",
            Edit::Words,
            ["be [👩‍👩‍👧] ok then", "be [👩‍👩‍👦] ok then"],
        );
    }

    #[test]
    fn an_edit_does_not_begin_within_a_grapheme() {
        // A vowel sign stands on the space before it, so that space cannot be moved to the other end.
        check(
            "one \u{D46} end",
            "one two \u{D46} end",
            Edit::Words,
            ["one \u{D46} end", "one[ two] \u{D46} end"],
        );
    }
}
