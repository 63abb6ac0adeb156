//! Diffs of token lists that take linear time whatever the tokens are.
//!
//! Where few tokens repeat without end, the algorithms of `imara-diff` become quadratic. So long lists are
//! first cut at places that both sides surely share, and a piece that stays too long is one edit.

use crate::{Sides, work::Work};
use imara_diff::{Algorithm, Diff, Token};
use std::{collections::HashMap, ops::Range};

/// Longest piece, in tokens of either side, that is compared token by token.
const LONGEST_PIECE: usize = 3_000;

/// Lengths of the token runs that are looked for on both sides, the most telling first.
const ANCHOR_LENGTHS: [usize; 2] = [1, 4];

/// What to do to a raw diff of two token lists so that people like it better.
pub(crate) type Polish<'a> = &'a dyn Fn(&mut Diff, &[Token], &[Token]);

/// Returns the changed runs, in order, with unchanged tokens between any two of them.
pub(crate) fn changed_runs(
    before: &[Token],
    after: &[Token],
    distinct: u32,
    polish: Polish<'_>,
    work: &mut Work,
) -> Vec<Sides<Range<usize>>> {
    let common_start = zip_len(before.iter(), after.iter());
    let rest = Sides::new(
        before.get(common_start..).unwrap_or_default(),
        after.get(common_start..).unwrap_or_default(),
    );
    let common_end = zip_len(rest.before.iter().rev(), rest.after.iter().rev());
    let inner = Sides::new(
        common_start..before.len() - common_end,
        common_start..after.len() - common_end,
    );
    if is_short(&inner) && work.take(cost(&inner)) {
        // All of it, so that the polish can move edits at the borders.
        let all = Sides::new(0..before.len(), 0..after.len());
        return compare(before, after, &all, distinct, polish);
    }
    let mut runs: Vec<Sides<Range<usize>>> = Vec::new();
    for piece in cut(before, after, &inner, &ANCHOR_LENGTHS) {
        let found = if is_short(&piece) && work.take(cost(&piece)) {
            compare(before, after, &piece, distinct, polish)
        } else {
            work.leave_lines(piece.before.len() + piece.after.len());
            vec![piece]
        };
        for run in found {
            match runs.last_mut() {
                // Two edits that meet where a cut was are one.
                Some(last)
                    if last.before.end == run.before.start && last.after.end == run.after.start =>
                {
                    last.before.end = run.before.end;
                    last.after.end = run.after.end;
                }
                _ => runs.push(run),
            }
        }
    }
    runs
}

fn zip_len<'a>(
    before: impl Iterator<Item = &'a Token>,
    after: impl Iterator<Item = &'a Token>,
) -> usize {
    before.zip(after).take_while(|(a, b)| a == b).count()
}

/// Returns the most units that comparing a piece can take.
///
/// Tokens that repeat up to 64 times are compared with each copy of theirs; seen in the worst of texts is
/// a small share of the product of both lengths.
fn cost(piece: &Sides<Range<usize>>) -> usize {
    let (before, after) = (piece.before.len(), piece.after.len());
    (before + after)
        .saturating_mul(32)
        .saturating_add(before.saturating_mul(after) / 16)
}

fn is_short(piece: &Sides<Range<usize>>) -> bool {
    let lengths = Sides::new(piece.before.len(), piece.after.len());
    lengths.before.max(lengths.after) <= LONGEST_PIECE || lengths.before.min(lengths.after) == 0
}

fn compare(
    before: &[Token],
    after: &[Token],
    piece: &Sides<Range<usize>>,
    distinct: u32,
    polish: Polish<'_>,
) -> Vec<Sides<Range<usize>>> {
    let parts = Sides::new(
        before.get(piece.before.clone()).unwrap_or_default(),
        after.get(piece.after.clone()).unwrap_or_default(),
    );
    let mut diff = Diff::default();
    diff.compute_with(Algorithm::Histogram, parts.before, parts.after, distinct);
    polish(&mut diff, parts.before, parts.after);
    let place =
        |range: Range<u32>, start: usize| start + range.start as usize..start + range.end as usize;
    diff.hunks()
        .map(|hunk| {
            Sides::new(
                place(hunk.before, piece.before.start),
                place(hunk.after, piece.after.start),
            )
        })
        .collect()
}

/// Cuts a piece where both sides have the same run of `lengths` tokens, once each and in the same order.
fn cut(
    before: &[Token],
    after: &[Token],
    piece: &Sides<Range<usize>>,
    lengths: &[usize],
) -> Vec<Sides<Range<usize>>> {
    let Some((&length, longer)) = lengths.split_first() else {
        return vec![piece.clone()];
    };
    let mut pieces = Vec::new();
    let mut start = Sides::new(piece.before.start, piece.after.start);
    let mut last = start;
    let end = Sides::new(piece.before.end, piece.after.end);
    let mut push = |from: Sides<usize>, to: Sides<usize>| {
        let part = Sides::new(from.before..to.before, from.after..to.after);
        if is_short(&part) {
            pieces.push(part);
        } else {
            pieces.extend(cut(before, after, &part, longer));
        }
    };
    for anchor in anchors(before, after, piece, length)
        .into_iter()
        .chain([end])
    {
        let grown = (anchor.before - start.before).max(anchor.after - start.after);
        if grown > LONGEST_PIECE && last != start {
            push(start, last);
            start = last;
        }
        last = anchor;
    }
    push(start, end);
    pieces
}

/// Finds runs of `length` tokens that occur once on each side, as many as keep their order.
fn anchors(
    before: &[Token],
    after: &[Token],
    piece: &Sides<Range<usize>>,
    length: usize,
) -> Vec<Sides<usize>> {
    /// Where a run was seen; nothing once it was seen twice.
    #[derive(Default)]
    struct Seen {
        before: Once,
        after: Once,
    }
    let mut seen: HashMap<&[Token], Seen> = HashMap::new();
    let windows = |tokens, range: &Range<usize>| {
        let tokens: &[Token] = tokens;
        let part = tokens.get(range.clone()).unwrap_or_default();
        part.windows(length).zip(range.start..)
    };
    for (run, place) in windows(before, &piece.before) {
        seen.entry(run).or_default().before.see(place);
    }
    for (run, place) in windows(after, &piece.after) {
        if let Some(seen) = seen.get_mut(run) {
            seen.after.see(place);
        }
    }
    let mut pairs: Vec<Sides<usize>> = seen
        .values()
        .filter_map(|seen| Some(Sides::new(seen.before.place()?, seen.after.place()?)))
        .collect();
    pairs.sort_unstable_by_key(|pair| pair.before);
    longest_ascending(&pairs)
}

/// How often something was seen, and where.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) enum Once {
    #[default]
    Never,
    At(usize),
    Often,
}

impl Once {
    pub(crate) fn see(&mut self, place: usize) {
        *self = match self {
            Self::Never => Self::At(place),
            Self::At(_) | Self::Often => Self::Often,
        };
    }

    pub(crate) fn place(self) -> Option<usize> {
        match self {
            Self::At(place) => Some(place),
            Self::Never | Self::Often => None,
        }
    }
}

/// Returns the most pairs, which ascend before, that ascend after too (patience sorting).
fn longest_ascending(pairs: &[Sides<usize>]) -> Vec<Sides<usize>> {
    // The last pair of the best row of each length, and the pair before each pair in its row.
    let mut ends: Vec<usize> = Vec::new();
    let mut previous: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    let after = |number: usize| pairs.get(number).map(|pair| pair.after);
    for (number, pair) in pairs.iter().enumerate() {
        let length = ends.partition_point(|&end| after(end) < Some(pair.after));
        previous.push(
            length
                .checked_sub(1)
                .and_then(|last| ends.get(last).copied()),
        );
        match ends.get_mut(length) {
            Some(end) => *end = number,
            None => ends.push(number),
        }
    }
    let mut row = Vec::with_capacity(ends.len());
    let mut next = ends.last().copied();
    while let Some(number) = next {
        row.extend(pairs.get(number).copied());
        next = previous.get(number).copied().flatten();
    }
    row.reverse();
    row
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn runs(before: &[u32], after: &[u32]) -> Vec<Sides<Range<usize>>> {
        let tokens = |numbers: &[u32]| numbers.iter().copied().map(Token).collect::<Vec<_>>();
        changed_runs(
            &tokens(before),
            &tokens(after),
            10_000,
            &|_, _, _| (),
            &mut Work::unbounded(),
        )
    }

    #[track_caller]
    fn check(before: &[u32], after: &[u32]) -> usize {
        let runs = runs(before, after);
        let mut place = Sides::new(0, 0);
        for (number, run) in runs.iter().enumerate() {
            assert_eq!(
                before[place.before..run.before.start],
                after[place.after..run.after.start],
                "what lies between edits is equal"
            );
            assert!(
                number == 0 || run.before.start > place.before,
                "edits do not touch"
            );
            assert!(run.before.len() + run.after.len() > 0);
            place = Sides::new(run.before.end, run.after.end);
        }
        assert_eq!(before[place.before..], after[place.after..]);
        runs.len()
    }

    #[test]
    fn a_long_list_is_cut_at_what_both_sides_share() {
        let before: Vec<u32> = (0..9_000).collect();
        let after: Vec<u32> = before
            .iter()
            .map(|&n| if n % 100 == 0 { 9_999 } else { n })
            .collect();
        assert_eq!(check(&before, &after), 90);
    }

    #[test]
    fn two_tokens_over_and_over_are_one_edit() {
        let before = vec![1; 20_000];
        let after = [2, 1].repeat(10_000);
        assert_eq!(check(&before, &after), 1);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn what_is_left_between_edits_is_equal(
            before in prop::collection::vec(0_u32..5_000, 0..9_000),
            edits in prop::collection::vec((0_usize..9_000, 0_u32..5_000), 0..400),
            repeats in 0_usize..5_000,
        ) {
            let mut after = before.clone();
            for (place, token) in edits {
                if place < after.len() {
                    if token % 3 == 0 { after.insert(place, token); } else { after[place] = token; }
                }
            }
            after.extend(vec![7; repeats]);
            check(&before, &after);
        }
    }
}
