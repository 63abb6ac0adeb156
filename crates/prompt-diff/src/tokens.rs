//! Cuts text into words and sentences, never inside a grapheme.

use crate::references::{ReferenceKind, references};
use unicode_segmentation::UnicodeSegmentation as _;

/// Returns the words, spaces and marks of `text`, in order and without gaps.
pub(crate) fn words(text: &str) -> Vec<&str> {
    at_graphemes(text, text.split_word_bounds())
}

/// Returns the same for one line, with placeholders, e-mail addresses and dates whole.
///
/// They have a meaning as a whole only: half of a placeholder is none.
pub(crate) fn words_and_references(line: &str) -> Vec<&str> {
    let words = words(line);
    let is_whole = |kind: ReferenceKind| {
        matches!(
            kind,
            ReferenceKind::Placeholder | ReferenceKind::Email | ReferenceKind::Date
        )
    };
    let mut whole = references(line)
        .into_iter()
        .filter_map(|(kind, range)| is_whole(kind).then_some(range))
        .peekable();
    if whole.peek().is_none() {
        return words;
    }
    let mut joined = Vec::with_capacity(words.len());
    let (mut start, mut end) = (0, 0);
    for word in words {
        end += word.len();
        while whole.next_if(|range| range.end <= start).is_some() {}
        // A word goes on as long as it ends within a reference that is not over.
        if whole
            .peek()
            .is_some_and(|range| range.start < end && end < range.end)
        {
            continue;
        }
        joined.extend(line.get(start..end));
        start = end;
    }
    joined.extend(line.get(start..).filter(|rest| !rest.is_empty()));
    joined
}

/// Returns the sentences of `text`, in order and without gaps.
pub(crate) fn sentences(text: &str) -> Vec<&str> {
    at_graphemes(text, text.split_sentence_bounds())
}

/// Counts the characters of `text` as people do, without line feeds.
pub(crate) fn graphemes(text: &str) -> usize {
    if text.is_ascii() {
        return text
            .bytes()
            .filter(|byte| !matches!(byte, b'\n' | b'\r'))
            .count();
    }
    text.graphemes(true)
        .filter(|one| !one.starts_with(['\n', '\r']))
        .count()
}

/// Joins parts whose border lies inside a grapheme.
///
/// The rules for words and for graphemes are not one: Thai vowels are words of their own that no grapheme
/// may lose.
fn at_graphemes<'a>(text: &'a str, parts: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    if text.is_ascii() {
        return parts.collect();
    }
    let mut graphemes = text
        .grapheme_indices(true)
        .map(|(start, grapheme)| start + grapheme.len());
    let mut joined = Vec::new();
    let (mut start, mut end, mut grapheme_end) = (0, 0, 0);
    for part in parts {
        end += part.len();
        while grapheme_end < end {
            grapheme_end = graphemes.next().unwrap_or(text.len());
        }
        if grapheme_end == end {
            joined.extend(text.get(start..end));
            start = end;
        }
    }
    joined.extend(text.get(start..).filter(|rest| !rest.is_empty()));
    joined
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_thai_vowel_stays_with_its_letter() {
        assert_eq!(words("กำ ok"), ["กำ", " ", "ok"]);
    }

    #[test]
    fn what_means_something_as_a_whole_only_is_one_word() {
        assert_eq!(
            words_and_references("To {first_name}: 2026-12-31, a.b@example.com"),
            [
                "To",
                " ",
                "{first_name}",
                ":",
                " ",
                "2026-12-31",
                ",",
                " ",
                "a.b@example.com"
            ]
        );
    }

    proptest! {
        #[test]
        fn parts_have_no_gaps_and_end_at_graphemes(text in any::<String>()) {
            let mut borders: BTreeSet<usize> = text.grapheme_indices(true).map(|(at, _)| at).collect();
            borders.insert(text.len());
            for parts in [words(&text), words_and_references(&text), sentences(&text)] {
                prop_assert_eq!(parts.concat(), &*text);
                let mut place = 0;
                for part in parts {
                    place += part.len();
                    prop_assert!(borders.contains(&place));
                }
            }
        }
    }
}
