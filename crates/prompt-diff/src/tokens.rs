//! Cuts text into words and sentences, never inside a grapheme.

use unicode_segmentation::UnicodeSegmentation as _;

/// Returns the words, spaces and marks of `text`, in order and without gaps.
pub(crate) fn words(text: &str) -> Vec<&str> {
    at_graphemes(text, text.split_word_bounds())
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

    proptest! {
        #[test]
        fn parts_have_no_gaps_and_end_at_graphemes(text in any::<String>()) {
            let mut borders: BTreeSet<usize> = text.grapheme_indices(true).map(|(at, _)| at).collect();
            borders.insert(text.len());
            for parts in [words(&text), sentences(&text)] {
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
