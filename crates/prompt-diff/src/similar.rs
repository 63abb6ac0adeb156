//! How much two edits are alike.

use crate::bags::words;
use std::{
    collections::{HashMap, hash_map::DefaultHasher},
    hash::{Hash, Hasher as _},
};

/// Words in a shingle: enough that common words alone make nothing alike.
const SHINGLE_WORDS: usize = 3;

/// Says how much two edits are alike, from 0 to 1: what they take away and what they add.
///
/// It is the share of runs of three words that both have among all that either has (Jaccard's index over
/// multisets), on what the edits take away and add and not on what they leave, and whatever the case of
/// letters. Equal edits give 1, also where they change nothing.
pub fn similar(a_base: &str, a_proposed: &str, b_base: &str, b_proposed: &str) -> f64 {
    if a_base == b_base && a_proposed == b_proposed {
        return 1.0;
    }
    let (a, b) = (changes(a_base, a_proposed), changes(b_base, b_proposed));
    let (mut common, mut all) = (0_u32, 0_u32);
    for (shingle, &count) in &a {
        let other = b.get(shingle).copied().unwrap_or_default();
        common += count.min(other);
        all += count.max(other);
    }
    all += b
        .iter()
        .filter(|(shingle, _)| !a.contains_key(*shingle))
        .map(|(_, count)| count)
        .sum::<u32>();
    if all == 0 {
        1.0
    } else {
        f64::from(common) / f64::from(all)
    }
}

/// Counts the shingles that one side has more often than the other, apart for what goes and what comes.
fn changes(base: &str, proposed: &str) -> HashMap<(bool, u64), u32> {
    let (gone, new) = (shingles(base), shingles(proposed));
    let more = |one: &HashMap<u64, u32>, other: &HashMap<u64, u32>, is_new: bool| {
        let surplus = one.iter().filter_map(|(shingle, count)| {
            let left = count.saturating_sub(other.get(shingle).copied().unwrap_or_default());
            (left > 0).then_some(((is_new, *shingle), left))
        });
        surplus.collect::<Vec<_>>()
    };
    let mut changes: HashMap<_, _> = more(&gone, &new, false).into_iter().collect();
    changes.extend(more(&new, &gone, true));
    changes
}

fn shingles(text: &str) -> HashMap<u64, u32> {
    let words = words(text);
    let mut counts = HashMap::with_capacity(words.len());
    let runs = words.windows(SHINGLE_WORDS.min(words.len()).max(1));
    for run in runs {
        *counts.entry(hashed(&run)).or_insert(0) += 1;
    }
    counts
}

fn hashed(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str =
        "You help customers.\nRefund up to $200 without asking a manager.\nBe kind.\n";

    #[test]
    fn the_same_edit_is_alike_whatever_stands_around_it() {
        let edit = |base: &str| base.replace("$200", "$50");
        let longer = format!("{BASE}\nAnother section with words of its own.\n");
        assert!(similar(BASE, &edit(BASE), &longer, &edit(&longer)) > 0.99);
    }

    #[test]
    fn a_reworded_edit_is_near_and_another_one_is_far() {
        let one =
            format!("{BASE}Never promise a delivery date that the warehouse has not confirmed.\n");
        let near =
            format!("{BASE}Never promise a delivery date that the warehouse did not confirm.\n");
        let far = format!("{BASE}Answer in the language of the customer and cite the policy.\n");
        assert!(similar(BASE, &one, BASE, &near) > 0.5);
        assert!(similar(BASE, &one, BASE, &far) < 0.1);
        assert!(
            similar(BASE, &one, &one, BASE) < 0.1,
            "to add is not to take away"
        );
    }

    #[test]
    #[expect(clippy::float_cmp, reason = "equal edits give 1 exactly")]
    fn equal_edits_are_wholly_alike() {
        assert_eq!(similar("", "", "a", "a"), 1.0);
        assert_eq!(similar("a", "b", "a", "b"), 1.0);
    }
}
