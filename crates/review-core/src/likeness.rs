//! Which of several texts is most like what a description says.
//!
//! A report names a pattern and the interactions that show it, but not the place in them. What is found here is
//! a guess by words, and whoever shows it says so.

use std::collections::{BTreeMap, BTreeSet};

/// Fewest characters of a word that tells something; shorter ones are mostly joints of the language. Scripts
/// without spaces give longer runs, which count as one word each.
const SHORTEST_WORD: usize = 4;

/// Characters of a text that are looked at: what it is about shows by then, and the cost stays bounded.
const MOST_CHARS: usize = 4_000;

/// Returns the index of the text that shares most with `about`, the first of several; nothing if none shares a word.
///
/// Each word of `about` counts once per text, the rarer among the texts the more: `ln(1 + n / m)` for a word that
/// `m` of `n` texts have (the inverse document frequency of information retrieval).
pub fn most_like<'a>(about: &str, texts: impl IntoIterator<Item = &'a str>) -> Option<usize> {
    let wanted = words(about);
    let shared: Vec<BTreeSet<String>> = texts
        .into_iter()
        .map(|text| words(text).intersection(&wanted).cloned().collect())
        .collect();
    let mut having: BTreeMap<&str, u32> = BTreeMap::new();
    for word in shared.iter().flatten() {
        *having.entry(word).or_default() += 1;
    }
    let all = f64::from(u32::try_from(shared.len()).unwrap_or(u32::MAX));
    let weight = |word: &String| {
        let some = having.get(word.as_str()).copied().unwrap_or(1);
        (1.0 + all / f64::from(some)).ln()
    };
    let mut best: Option<(usize, f64)> = None;
    for (index, words) in shared.iter().enumerate() {
        let score: f64 = words.iter().map(weight).sum();
        if score > best.map_or(0.0, |(_, best)| best) {
            best = Some((index, score));
        }
    }
    best.map(|(index, _)| index)
}

fn words(text: &str) -> BTreeSet<String> {
    let end = text
        .char_indices()
        .nth(MOST_CHARS)
        .map_or(text.len(), |(at, _)| at);
    let head = text.get(..end).unwrap_or(text);
    head.split(|char: char| !char.is_alphanumeric())
        .filter(|word| word.chars().count() >= SHORTEST_WORD)
        .map(str::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_text_that_speaks_of_it_is_found() {
        let texts = [
            "Hello, where is my order?",
            "Could you tell me the order number?",
            "I want a refund and you did not even ask for the number of the order.",
            "Your refund is on its way.",
        ];
        let about = "Refund without asking for the order number first";
        assert_eq!(most_like(about, texts), Some(2));
    }

    #[test]
    fn a_rare_word_tells_more_than_common_ones() {
        let texts = ["order order order", "order about a kettle", "order"];
        assert_eq!(most_like("order kettle", texts), Some(1));
    }

    #[test]
    fn of_equals_the_first_one_is_taken() {
        assert_eq!(most_like("refund", ["none", "refund", "Refund"]), Some(1));
    }

    #[test]
    fn where_nothing_is_shared_nothing_is_found() {
        assert_eq!(most_like("refund", ["a", "the", ""]), None);
        assert_eq!(most_like("", ["refund"]), None);
        assert_eq!(most_like("is it on", ["it is on"]), None, "joints only");
        assert_eq!(most_like("refund", []), None);
    }

    #[test]
    fn other_scripts_are_compared_too() {
        assert_eq!(most_like("возврат денег", ["заказ", "ВОЗВРАТ"]), Some(1));
    }

    proptest! {
        #[test]
        fn what_is_found_shares_a_word(about in ".{0,80}", texts in prop::collection::vec(".{0,80}", 0..8)) {
            let found = most_like(&about, texts.iter().map(String::as_str));
            match found {
                Some(index) => prop_assert!(!words(&texts[index]).is_disjoint(&words(&about))),
                None => prop_assert!(texts.iter().all(|text| words(text).is_disjoint(&words(&about)))),
            }
        }
    }
}
