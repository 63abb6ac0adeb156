//! Which removed line became which added line.

use crate::{Sides, lines::Block, revision::Revision, tokens};
use std::{
    collections::hash_map::DefaultHasher,
    hash::{Hash as _, Hasher as _},
};

/// Two lines that share less than this are no pair.
const ALIKE_FROM: f64 = 0.4;

/// Words of a line that are looked at; what two lines have in common shows early.
const WORDS_LOOKED_AT: usize = 200;

/// Most pairs of lines that are compared in one block; above, lines pair in order.
const MOST_COMPARISONS: usize = 10_000;

/// One step through a block: a pair of lines, or a line that one side has alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Both lines stand for one another.
    Pair(Sides<usize>),
    /// A line that is gone.
    Removed(usize),
    /// A line that is new.
    Added(usize),
}

/// Walks through a changed block, in the order of both sides; each line occurs once.
pub(crate) fn steps(revisions: &Sides<Revision>, block: &Block) -> Vec<Step> {
    let pairs = pairs(revisions, block);
    let mut steps = Vec::with_capacity(block.before.len() + block.after.len());
    let mut next = Sides::new(block.before.start, block.after.start);
    let ends = Sides::new(block.before.end, block.after.end);
    for pair in pairs.into_iter().map(Some).chain([None]) {
        let until = pair.unwrap_or(ends);
        steps.extend((next.before..until.before).map(Step::Removed));
        steps.extend((next.after..until.after).map(Step::Added));
        steps.extend(pair.map(Step::Pair));
        next = Sides::new(until.before + 1, until.after + 1);
    }
    steps
}

/// Returns the pairs, ascending on both sides.
fn pairs(revisions: &Sides<Revision>, block: &Block) -> Vec<Sides<usize>> {
    let in_order = || {
        block
            .before
            .clone()
            .zip(block.after.clone())
            .map(|(before, after)| Sides::new(before, after))
    };
    // One line for one line is an edit, whatever it says; so is a blank line that lost its spaces.
    if block.before.len() == 1 && block.after.len() == 1 {
        return in_order().collect();
    }
    let bags = Sides::new(
        bags(&revisions.before, block.before.clone()),
        bags(&revisions.after, block.after.clone()),
    );
    if bags.before.len().saturating_mul(bags.after.len()) > MOST_COMPARISONS {
        return in_order()
            .zip(bags.before.iter().zip(&bags.after))
            .filter(|(_, (before, after))| likeness(before, after) >= ALIKE_FROM)
            .map(|(pair, _)| pair)
            .collect();
    }
    best_pairs(&bags)
        .into_iter()
        .map(|pair| {
            Sides::new(
                block.before.start + pair.before,
                block.after.start + pair.after,
            )
        })
        .collect()
}

/// Finds the pairs, in order, whose likenesses add up to the most.
fn best_pairs(bags: &Sides<Vec<Vec<u64>>>) -> Vec<Sides<usize>> {
    let width = bags.after.len();
    // `best[i][j]`: the most that lines from i and from j on can add up to; filled from the end.
    let mut best = vec![vec![0.0_f64; width + 1]; bags.before.len() + 1];
    let mut likenesses = vec![vec![0.0_f64; width]; bags.before.len()];
    let at = |table: &[Vec<f64>], row: usize, column: usize| {
        let row: Option<&Vec<f64>> = table.get(row);
        row.and_then(|row| row.get(column))
            .copied()
            .unwrap_or_default()
    };
    for (row, before) in bags.before.iter().enumerate().rev() {
        for (column, after) in bags.after.iter().enumerate().rev() {
            let likeness = likeness(before, after);
            let paired = if likeness >= ALIKE_FROM {
                likeness + at(&best, row + 1, column + 1)
            } else {
                0.0
            };
            let most = paired
                .max(at(&best, row + 1, column))
                .max(at(&best, row, column + 1));
            put(&mut best, row, column, most);
            put(&mut likenesses, row, column, likeness);
        }
    }
    let mut pairs = Vec::new();
    let (mut row, mut column) = (0, 0);
    while row < bags.before.len() && column < width {
        let likeness = at(&likenesses, row, column);
        let here = at(&best, row, column);
        let paired = likeness + at(&best, row + 1, column + 1);
        if likeness >= ALIKE_FROM && paired >= here {
            pairs.push(Sides::new(row, column));
            row += 1;
            column += 1;
        } else if at(&best, row + 1, column) >= here {
            row += 1;
        } else {
            column += 1;
        }
    }
    pairs
}

fn put(table: &mut [Vec<f64>], row: usize, column: usize, value: f64) {
    if let Some(cell) = table.get_mut(row).and_then(|row| row.get_mut(column)) {
        *cell = value;
    }
}

/// Returns the words of each line as sorted hashes; marks are no words, since all lines share them.
fn bags(revision: &Revision, lines: std::ops::Range<usize>) -> Vec<Vec<u64>> {
    lines
        .map(|number| {
            let mut bag: Vec<u64> = tokens::words(head(revision.body(number)))
                .into_iter()
                .filter(|word| word.contains(char::is_alphanumeric))
                .take(WORDS_LOOKED_AT)
                .map(|word| {
                    let mut hasher = DefaultHasher::new();
                    word.hash(&mut hasher);
                    hasher.finish()
                })
                .collect();
            bag.sort_unstable();
            bag
        })
        .collect()
}

/// Returns the beginning of a line that is long enough to hold the words looked at.
fn head(line: &str) -> &str {
    let most = WORDS_LOOKED_AT * 16;
    let end = (0..=most.min(line.len()))
        .rev()
        .find(|&place| line.is_char_boundary(place));
    end.and_then(|end| line.get(..end)).unwrap_or(line)
}

/// Returns the share of words that two lines have in common, from 0 to 1; blank lines are alike.
fn likeness(before: &[u64], after: &[u64]) -> f64 {
    if before.is_empty() && after.is_empty() {
        return 1.0;
    }
    let mut common = 0_u32;
    let (mut left, mut right) = (before.iter().peekable(), after.iter().peekable());
    while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
        match a.cmp(b) {
            std::cmp::Ordering::Less => drop(left.next()),
            std::cmp::Ordering::Greater => drop(right.next()),
            std::cmp::Ordering::Equal => {
                common += 1;
                left.next();
                right.next();
            }
        }
    }
    let all = u32::try_from(before.len() + after.len()).unwrap_or(u32::MAX);
    2.0 * f64::from(common) / f64::from(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(before: &str, after: &str, expected: &str) {
        let revisions = Sides::new(before, after).map(Revision::new);
        let block = Sides::new(
            0..revisions.before.line_count(),
            0..revisions.after.line_count(),
        );
        let drawn: Vec<_> = steps(&revisions, &block)
            .into_iter()
            .map(|step| match step {
                Step::Pair(lines) => format!("{}={}", lines.before, lines.after),
                Step::Removed(line) => format!("-{line}"),
                Step::Added(line) => format!("+{line}"),
            })
            .collect();
        assert_eq!(drawn.join(" "), expected);
    }

    #[test]
    fn a_line_pairs_with_the_line_it_became() {
        check(
            "Ask for the order number.\nNever promise a date.\n",
            "Greet them.\nAsk for the order number first.\nNever ever promise a date.\n",
            "+0 0=1 1=2",
        );
    }

    #[test]
    fn one_line_for_one_line_is_a_pair_whatever_it_says() {
        check("a b c\n", "x y z\n", "0=0");
    }

    #[test]
    fn strangers_are_no_pair() {
        check(
            "Refund at once.\nSmile.\n",
            "Escalate disputes.\nCite the policy.\n",
            "-0 -1 +0 +1",
        );
    }

    #[test]
    fn a_block_beyond_the_limit_pairs_in_order() {
        let rules = |verb| {
            (0..200).fold(String::new(), |text, n| {
                text + &format!("rule {n} says {verb}\n")
            })
        };
        let (before, after) = (rules("ask"), rules("wait"));
        let expected: Vec<_> = (0..200).map(|n| format!("{n}={n}")).collect();
        check(&before, &after, &expected.join(" "));
    }
}
