//! Cuts a line that is too long to be drawn at once, so that the page stays small whatever the text is; pure.

use prompt_diff::{Piece, Sides, Span, pieces};
use std::ops::Range;
use unicode_segmentation::GraphemeCursor;

/// What one part may weigh; see [`weight`].
const PART: usize = 64;

/// Bytes of plain text that weigh as much as one element on the page.
const BYTES_PER_ELEMENT: usize = 24;

/// Cuts the bodies of a line's two sides into parts that belong together, in order.
///
/// The parts cover both bodies. A side that has no line, or less of it, has empty ranges. With `spans` (those of
/// [`prompt_diff::Words`]) the two sides are cut where they say the same; without, each by its own length.
pub(super) fn cut(
    bodies: Sides<&str>,
    spans: Option<&Sides<Vec<Span>>>,
) -> Vec<Sides<Range<usize>>> {
    let whole = Sides::new(0..bodies.before.len(), 0..bodies.after.len());
    let marks = spans.map_or(0, |spans| spans.before.len().max(spans.after.len()));
    let heaviest = weight(bodies.before).max(weight(bodies.after)) + marks;
    if heaviest <= 2 * PART {
        return vec![whole];
    }
    let runs = spans.map_or_else(
        || {
            vec![Run {
                ranges: whole,
                is_common: false,
            }]
        },
        runs,
    );
    let mut parts = Parts::default();
    for run in runs {
        parts.push(bodies, run);
    }
    parts.finish()
}

/// Counts what a text makes the browser do, in elements: one for each stretch of plain text and each chip.
fn weight(text: &str) -> usize {
    let plain = text.len() / BYTES_PER_ELEMENT + 1;
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        plain
    } else {
        plain + pieces(text).len()
    }
}

/// A stretch of both sides that is the same, or is not.
pub(super) struct Run {
    /// Its bytes on each side.
    pub(super) ranges: Sides<Range<usize>>,
    /// Whether both sides say the same.
    pub(super) is_common: bool,
}

/// Puts the spans of both sides together again: common stretches come in the same order on both.
pub(super) fn runs(spans: &Sides<Vec<Span>>) -> Vec<Run> {
    let (mut before, mut after) = (
        spans.before.iter().peekable(),
        spans.after.iter().peekable(),
    );
    let mut place = Sides::new(0, 0);
    let mut runs = Vec::new();
    while before.peek().is_some() || after.peek().is_some() {
        for is_changed in [true, false] {
            let ends = Sides::new(
                before.next_if(|span| span.changed == is_changed),
                after.next_if(|span| span.changed == is_changed),
            );
            let end = Sides::new(
                ends.before.map_or(place.before, |span| span.range.end),
                ends.after.map_or(place.after, |span| span.range.end),
            );
            let ranges = Sides::new(place.before..end.before, place.after..end.after);
            let is_common = !is_changed && ranges.before.len() == ranges.after.len();
            if !ranges.before.is_empty() || !ranges.after.is_empty() {
                runs.push(Run { ranges, is_common });
            }
            place = end;
        }
    }
    runs
}

#[derive(Default)]
struct Parts {
    done: Vec<Sides<Range<usize>>>,
    open: Option<Sides<Range<usize>>>,
    filled: usize,
}

impl Parts {
    fn push(&mut self, bodies: Sides<&str>, mut run: Run) {
        loop {
            let texts = Sides::new(
                bodies
                    .before
                    .get(run.ranges.before.clone())
                    .unwrap_or_default(),
                bodies
                    .after
                    .get(run.ranges.after.clone())
                    .unwrap_or_default(),
            );
            let heavy = weight(texts.before).max(weight(texts.after));
            let room = PART.saturating_sub(self.filled);
            if heavy <= room {
                self.take(run.ranges, heavy);
                return;
            }
            // A new part is better than a short end of this one, unless the run must be cut anyhow.
            if heavy <= PART && room < PART / 2 {
                self.close();
                continue;
            }
            let ends = if run.is_common {
                let end = cut_at(texts.after, room);
                Sides::new(end, end)
            } else {
                Sides::new(cut_at(texts.before, room), cut_at(texts.after, room))
            };
            let (before, after) = (run.ranges.before.clone(), run.ranges.after.clone());
            let head = Sides::new(
                before.start..before.start + ends.before,
                after.start..after.start + ends.after,
            );
            run.ranges = Sides::new(head.before.end..before.end, head.after.end..after.end);
            self.take(head, room);
            self.close();
            if run.ranges.before.is_empty() && run.ranges.after.is_empty() {
                return;
            }
        }
    }

    fn take(&mut self, ranges: Sides<Range<usize>>, weight: usize) {
        self.filled += weight;
        match &mut self.open {
            Some(open) => {
                open.before.end = ranges.before.end;
                open.after.end = ranges.after.end;
            }
            None => self.open = Some(ranges),
        }
    }

    fn close(&mut self) {
        self.done.extend(self.open.take());
        self.filled = 0;
    }

    fn finish(mut self) -> Vec<Sides<Range<usize>>> {
        self.close();
        self.done
    }
}

/// Finds where to cut `text` so that its beginning weighs about `room`: after a sentence, else after a word, else
/// between two characters that stand alone. Never 0 for a text, so that cutting ends.
fn cut_at(text: &str, room: usize) -> usize {
    let limit = limit(text, room.max(1));
    if limit >= text.len() {
        return text.len();
    }
    let (mut sentence, mut word, mut last) = (None, None, ' ');
    for (place, c) in text.get(..limit).unwrap_or_default().char_indices() {
        let end = place + c.len_utf8();
        if c == ' ' {
            word = Some(end);
        }
        if matches!(c, '。' | '！' | '？') || (c == ' ' && matches!(last, '.' | '!' | '?' | ';'))
        {
            sentence = Some(end);
        }
        last = c;
    }
    let is_far = |end: &usize| *end > limit / 3;
    let found = sentence.filter(is_far).or(word.filter(is_far));
    found.unwrap_or_else(|| boundary(text, limit))
}

/// Returns how many bytes of `text` weigh `room`, at a character's beginning.
fn limit(text: &str, room: usize) -> usize {
    let mut end = 0;
    let mut spent = 0;
    for piece in pieces(text) {
        let range = match piece {
            Piece::Text(range) => range,
            Piece::Hidden(hidden) => hidden.range,
        };
        let own = 1 + range.len() / BYTES_PER_ELEMENT;
        if spent + own > room {
            let left = (room - spent).saturating_sub(1) * BYTES_PER_ELEMENT;
            end = (range.start + left).min(range.end).max(end);
            break;
        }
        spent += own;
        end = range.end;
    }
    while !text.is_char_boundary(end) {
        end += 1;
    }
    if end == 0 {
        text.chars().next().map_or(0, char::len_utf8)
    } else {
        end
    }
}

/// Moves `place` on to where a character stands alone, so that no letter loses its accent.
fn boundary(text: &str, place: usize) -> usize {
    let mut cursor = GraphemeCursor::new(place, text.len(), true);
    if cursor.is_boundary(text, 0) != Ok(false) {
        return place;
    }
    let next = cursor.next_boundary(text, 0);
    next.unwrap_or_default().unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use prompt_diff::words;

    /// Draws each part as `before|after`.
    fn drawn(before: &str, after: &str) -> Vec<String> {
        let words = words(before, after);
        let parts = cut(Sides::new(before, after), Some(&words.spans));
        let text = |part: &Sides<Range<usize>>| {
            format!(
                "{}|{}",
                &before[part.before.clone()],
                &after[part.after.clone()]
            )
        };
        parts.iter().map(text).collect()
    }

    #[test]
    fn a_line_of_ordinary_length_stays_whole() {
        let line = "Ask for the order number first. ".repeat(40);
        assert_eq!(drawn(&line, &line.replacen("Ask", "Beg", 1)).len(), 1);
    }

    #[test]
    fn both_sides_are_cut_after_the_same_sentence() {
        let before = (0..200).fold(String::new(), |text, n| {
            text + &format!("This is sentence number {n}. ")
        });
        let after = before.replace("number 7.", "number seven, which was changed.");
        let parts = drawn(&before, &after);
        assert!(parts.len() > 3);
        for part in &parts {
            let (before, after) = part.split_once('|').unwrap();
            assert!(part.contains("seven") || before == after, "{part}");
            assert!(before.ends_with(". "), "{part}");
        }
    }

    #[test]
    fn chips_weigh_more_than_letters() {
        let line = "\u{200B}".repeat(2_000);
        let parts = cut(Sides::new("", &line), None);
        assert!(parts.len() >= 30, "{}", parts.len());
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod properties {
    use super::*;
    use prompt_diff::words;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]

        #[test]
        fn parts_cover_both_sides_in_order(
            before in "([a-e .]{1,30}|[\u{200B}\u{0301}漢。é]{0,9}){0,90}",
            after in "([a-e .]{1,30}|[\u{200B}\u{0301}漢。é]{0,9}){0,90}",
            is_marked in any::<bool>(),
        ) {
            let words = words(&before, &after);
            let parts = cut(Sides::new(&before, &after), is_marked.then_some(&words.spans));
            let mut end = Sides::new(0, 0);
            for part in &parts {
                prop_assert_eq!(part.before.start, end.before);
                prop_assert_eq!(part.after.start, end.after);
                prop_assert!(before.get(part.before.clone()).is_some());
                prop_assert!(after.get(part.after.clone()).is_some());
                prop_assert!(parts.len() == 1 || !part.before.is_empty() || !part.after.is_empty());
                end = Sides::new(part.before.end, part.after.end);
            }
            prop_assert_eq!(end, Sides::new(before.len(), after.len()));
        }
    }
}
