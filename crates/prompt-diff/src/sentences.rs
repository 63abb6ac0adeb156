//! Where sentences end, quickly enough to be asked of whole texts.
//!
//! The rules of UAX #29 for sentences look up a property of every character, which takes longer than all the rest
//! of a diff. These here look at the marks that end sentences only, know a few abbreviations, and never end a
//! sentence within a grapheme.

use std::ops::Range;
use unicode_segmentation::GraphemeCursor;

/// Words that end in a full stop and no sentence.
const ABBREVIATIONS: [&str; 12] = [
    "e.g", "i.e", "vs", "cf", "mr", "mrs", "ms", "dr", "st", "no", "approx", "incl",
];

/// Returns the sentences of `text` with the spaces behind them, in order and without gaps.
///
/// Those shorter than `shortest`, in bytes, go with the next one.
pub(crate) fn sentences(text: &str, shortest: usize) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    std::iter::from_fn(move || {
        if start >= text.len() {
            return None;
        }
        let end = end(text, start, shortest);
        let range = start..end;
        start = end;
        Some(range)
    })
}

/// Returns where the sentence that begins at `start` ends.
fn end(text: &str, start: usize, shortest: usize) -> usize {
    let bytes = text.as_bytes();
    let mut place = start;
    while let Some(&byte) = bytes.get(place) {
        let behind_mark = match byte {
            b'.' | b'!' | b'?' => Some(place + 1),
            // Marks beyond ASCII that end sentences begin with one of these bytes.
            0xD8 | 0xDB | 0xE0 | 0xE2 | 0xE3 | 0xEF => wide_mark(text, place),
            _ => None,
        };
        if let Some(behind) = behind_mark {
            let needs_space = !matches!(byte, 0xE3 | 0xEF);
            if let Some(end) = after_closers(text, behind, needs_space)
                && end - start >= shortest
                && !(byte == b'.' && goes_on(text, start, place, end))
                && is_grapheme_border(text, end)
            {
                return end;
            }
        }
        place += 1;
    }
    text.len()
}

/// Returns the place behind a mark beyond ASCII that ends sentences.
fn wide_mark(text: &str, place: usize) -> Option<usize> {
    let c = text.get(place..)?.chars().next()?;
    let ends = matches!(
        c,
        '。' | '｡'
            | '．'
            | '！'
            | '？'
            | '؟'
            | '۔'
            | '।'
            | '॥'
            | '…'
            | '‼'
            | '⁇'
            | '⁈'
            | '⁉'
    );
    ends.then(|| place + c.len_utf8())
}

/// Passes closing quotes and brackets, then spaces; nothing if there should be a space and is none.
fn after_closers(text: &str, from: usize, needs_space: bool) -> Option<usize> {
    let rest = text.get(from..)?;
    let closers = rest.trim_start_matches(|c: char| {
        matches!(
            c,
            '"' | '\''
                | ')'
                | ']'
                | '*'
                | '_'
                | '`'
                | '”'
                | '’'
                | '»'
                | '」'
                | '』'
                | '）'
                | '】'
                | '.'
                | '!'
                | '?'
                | '。'
                | '！'
                | '？'
        )
    });
    let spaces = closers.trim_start();
    let has_space = spaces.len() < closers.len();
    (has_space || spaces.is_empty() || !needs_space).then(|| text.len() - spaces.len())
}

/// Says whether the full stop at `stop` ends no sentence: an abbreviation, a number before an item, or a small
/// letter behind it.
fn goes_on(text: &str, start: usize, stop: usize, next: usize) -> bool {
    let behind = text.get(next..).and_then(|rest| rest.chars().next());
    let is_same_line = !text.get(stop..next).unwrap_or_default().contains('\n');
    if is_same_line && behind.is_some_and(char::is_lowercase) {
        return true;
    }
    let before = text.get(start..stop).unwrap_or_default();
    let word = before.rsplit([' ', '(', '\n']).next().unwrap_or_default();
    let is_initial = word.len() == 1 && word.bytes().all(|byte| byte.is_ascii_uppercase());
    let is_number = before.bytes().all(|byte| byte.is_ascii_digit());
    is_initial
        || is_number
        || ABBREVIATIONS
            .iter()
            .any(|one| word.eq_ignore_ascii_case(one))
}

/// Says whether a text may be cut at `place`.
pub(crate) fn is_grapheme_border(text: &str, place: usize) -> bool {
    let bytes = text.as_bytes();
    let before = place.checked_sub(1).and_then(|before| bytes.get(before));
    match (before, bytes.get(place)) {
        (None, _) | (_, None) => true,
        (Some(b'\r'), Some(b'\n')) => false,
        (Some(a), Some(b)) if a.is_ascii() && b.is_ascii() => true,
        _ => {
            text.is_char_boundary(place)
                && GraphemeCursor::new(place, text.len(), true)
                    .is_boundary(text, 0)
                    .unwrap_or(false)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;
    use unicode_segmentation::UnicodeSegmentation as _;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let got: Vec<_> = sentences(text, 12).map(|range| &text[range]).collect();
        assert_eq!(got, expected);
    }

    #[test]
    fn sentences_end_at_their_marks() {
        check(
            "You help customers. Never promise a date! Who has asked? Nobody.",
            &[
                "You help customers. ",
                "Never promise a date! ",
                "Who has asked? ",
                "Nobody.",
            ],
        );
        check(
            "Say \"Hello there.\" Then stop talking (really). End it now",
            &[
                "Say \"Hello there.\" ",
                "Then stop talking (really). ",
                "End it now",
            ],
        );
        check(
            "返金の前に確認する。「はい。」と答える！次へ",
            &["返金の前に確認する。", "「はい。」", "と答える！", "次へ"],
        );
    }

    #[test]
    fn a_full_stop_within_a_sentence_ends_none() {
        check(
            "Use sources, e.g. Reuters, for facts.",
            &["Use sources, e.g. Reuters, for facts."],
        );
        check(
            "Version 2.5 is at example.com now.",
            &["Version 2.5 is at example.com now."],
        );
        check(
            "1. Ask for the number. Then wait.",
            &["1. Ask for the number. ", "Then wait."],
        );
        check(
            "Yes. Then go on with the work.",
            &["Yes. Then go on with the work."],
        );
    }

    proptest! {
        #[test]
        fn sentences_have_no_gaps_and_end_at_graphemes(text in "[a-zA-Z .!?。」\u{301}\u{200D}\r\n]{0,60}|\\PC{0,40}") {
            let mut borders: BTreeSet<usize> = text.grapheme_indices(true).map(|(at, _)| at).collect();
            borders.insert(text.len());
            let mut place = 0;
            for range in sentences(&text, 1) {
                prop_assert_eq!(range.start, place);
                prop_assert!(range.end > place);
                prop_assert!(borders.contains(&range.end));
                place = range.end;
            }
            prop_assert_eq!(place, text.len());
        }
    }
}
