//! Lines that stand elsewhere afterwards.

use crate::{
    Revision, Side, Sides,
    align::{Fate, Fates},
    bags::Bag,
    bounded::Once,
    lines::Block,
    work::Work,
};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap, hash_map::DefaultHasher},
    hash::{Hash as _, Hasher as _},
};

/// Lines with fewer characters than this, spaces aside, say too little to be told from others.
const SHORTEST: usize = 8;

/// Lines with fewer words than this do not move and change at once.
const FEWEST_WORDS: usize = 5;

/// A line that moved and changed shares at least so much with what it was.
const ALIKE_FROM: f32 = 0.6;

/// A word in more lines than this tells none of them.
const MOST_LINES_A_WORD: usize = 16;

/// Lines that share the most rare words with a line are compared with it, this many.
const MOST_CANDIDATES: usize = 4;

/// Most lines of either side among which changed ones are looked for.
const MOST_LINES: usize = 4_000;

/// Where to look for lines that moved as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Within {
    /// From one block to another.
    Blocks,
    /// Also within a block.
    Anything,
}

/// Finds lines that moved as they are, spaces at their ends aside, each with its equal neighbours.
pub(crate) fn exact(
    revisions: &Sides<Revision>,
    blocks: &[Block],
    fates: &mut Fates,
    within: Within,
) {
    let has_both = blocks.iter().any(|block| !block.before.is_empty())
        && blocks.iter().any(|block| !block.after.is_empty());
    if !has_both || (within == Within::Blocks && blocks.len() < 2) {
        return;
    }
    let mut seen: HashMap<u64, Sides<Once>> = HashMap::new();
    for line in lines(blocks, fates, Side::Before) {
        if let Some(key) = key(revisions.before.body(line)) {
            seen.entry(key).or_default().before.see(line);
        }
    }
    for line in lines(blocks, fates, Side::After) {
        let key = key(revisions.after.body(line));
        if let Some(seen) = key.and_then(|key| seen.get_mut(&key)) {
            seen.after.see(line);
        }
    }
    let stays_in_its_block = |lines: &Sides<usize>| {
        let before = blocks.partition_point(|block| block.before.end <= lines.before);
        let after = blocks.partition_point(|block| block.after.end <= lines.after);
        before == after
    };
    let mut found: Vec<Sides<usize>> = seen
        .into_values()
        .filter_map(|seen| Some(Sides::new(seen.before.place()?, seen.after.place()?)))
        .filter(|lines| within == Within::Anything || !stays_in_its_block(lines))
        .collect();
    found.sort_unstable_by_key(|lines| lines.before);
    for lines in found {
        if fates.is_alone(Side::Before, lines.before) && fates.is_alone(Side::After, lines.after) {
            fates.move_line(lines);
            take_neighbours(revisions, blocks, lines, fates);
        }
    }
}

/// Returns what tells a line from others; nothing for one that says too little.
fn key(body: &str) -> Option<u64> {
    let trimmed = body.trim();
    let weight = trimmed
        .chars()
        .filter(|c| !c.is_whitespace())
        .take(SHORTEST)
        .count();
    (weight >= SHORTEST).then(|| {
        let mut hasher = DefaultHasher::new();
        trimmed.hash(&mut hasher);
        hasher.finish()
    })
}

/// Moves the lines around a moved one that are the same on both sides, also those that say little.
fn take_neighbours(
    revisions: &Sides<Revision>,
    blocks: &[Block],
    lines: Sides<usize>,
    fates: &mut Fates,
) {
    let within = |side: fn(&Block) -> &std::ops::Range<usize>, line: usize| {
        let block = blocks.partition_point(|block| side(block).end <= line);
        blocks
            .get(block)
            .map(|block| side(block).clone())
            .unwrap_or_default()
    };
    let around = Sides::new(
        within(|block| &block.before, lines.before),
        within(|block| &block.after, lines.after),
    );
    let mut take = |before: usize, after: usize| {
        let is_equal = around.before.contains(&before)
            && around.after.contains(&after)
            && fates.is_alone(Side::Before, before)
            && fates.is_alone(Side::After, after)
            && revisions.before.body(before).trim() == revisions.after.body(after).trim();
        if is_equal {
            fates.move_line(Sides::new(before, after));
        }
        is_equal
    };
    let mut by = 1;
    while take(lines.before + by, lines.after + by) {
        by += 1;
    }
    let mut by = 1;
    while by <= lines.before.min(lines.after) && take(lines.before - by, lines.after - by) {
        by += 1;
    }
}

/// Finds lines that moved and changed.
pub(crate) fn alike(
    revisions: &Sides<Revision>,
    blocks: &[Block],
    fates: &mut Fates,
    work: &mut Work,
) {
    let lines = Sides::new(
        alone(revisions, blocks, fates, Side::Before),
        alone(revisions, blocks, fates, Side::After),
    );
    let count = lines.before.len() + lines.after.len();
    if lines.before.is_empty() || lines.after.is_empty() {
        return;
    }
    let words: usize = lines
        .before
        .iter()
        .chain(&lines.after)
        .map(|(_, bag)| bag.len())
        .sum();
    let most = lines.before.len().max(lines.after.len());
    if most > MOST_LINES || !work.take(words.saturating_mul(MOST_LINES_A_WORD)) {
        work.leave_moves(count);
        return;
    }
    let mut holders: HashMap<u32, Vec<usize>> = HashMap::new();
    for (place, (_, bag)) in lines.after.iter().enumerate() {
        for word in bag.distinct() {
            holders.entry(word).or_default().push(place);
        }
    }
    holders.retain(|_, places| places.len() <= MOST_LINES_A_WORD);
    let mut found: Vec<(f32, Sides<usize>)> = Vec::new();
    for (before, bag) in &lines.before {
        // A map that is walked in the order of its keys, so that the same texts give the same diff.
        let mut votes: BTreeMap<usize, usize> = BTreeMap::new();
        for place in bag
            .distinct()
            .filter_map(|word| holders.get(&word))
            .flatten()
        {
            *votes.entry(*place).or_default() += 1;
        }
        let mut candidates: Vec<(usize, usize)> = votes.into_iter().collect();
        candidates.sort_by_key(|(_, votes)| Reverse(*votes));
        let best = candidates
            .into_iter()
            .take(MOST_CANDIDATES)
            .filter_map(|(place, _)| lines.after.get(place))
            .map(|(after, other)| (bag.likeness(other), *after))
            .max_by(|(a, one), (b, other)| a.total_cmp(b).then(other.cmp(one)));
        if let Some((likeness, after)) = best
            && likeness >= ALIKE_FROM
        {
            found.push((likeness, Sides::new(*before, after)));
        }
    }
    found.sort_by(|(a, one), (b, other)| b.total_cmp(a).then(one.before.cmp(&other.before)));
    for (_, lines) in found {
        if fates.is_alone(Side::Before, lines.before) && fates.is_alone(Side::After, lines.after) {
            fates.move_line(lines);
            take_neighbours(revisions, blocks, lines, fates);
        }
    }
}

/// Returns the changed lines of a side that are still alone.
fn lines(blocks: &[Block], fates: &Fates, side: Side) -> impl Iterator<Item = usize> {
    let fates = fates.of.get(side);
    blocks
        .iter()
        .flat_map(move |block| block.get(side).clone())
        .filter(|&line| fates.get(line) == Some(&Fate::Alone))
}

/// Returns the lines of a side that are still alone and say enough, with their words.
fn alone(
    revisions: &Sides<Revision>,
    blocks: &[Block],
    fates: &Fates,
    side: Side,
) -> Vec<(usize, Bag)> {
    lines(blocks, fates, side)
        .map(|line| (line, Bag::new(revisions.get(side).body(line))))
        .filter(|(_, bag)| bag.len() >= FEWEST_WORDS)
        .collect()
}
