//! Which removed line became which added line, and which paragraphs were only wrapped anew.

use crate::{Revision, Side, Sides, align::Fates, bags::Bag, lines::Block, rewrap, work::Work};
use std::ops::Range;

/// Two lines that share less than this are no pair.
const ALIKE_FROM: f32 = 0.4;

/// Most pairs of units that are compared in one block; above, units pair in order.
const MOST_COMPARISONS: usize = 10_000;

/// In a block of more lines than this, each is a unit of its own.
const MOST_LINES: usize = 1_000;

/// Most lines of one unit.
const LONGEST_UNIT: usize = 60;

/// Fewer words than this in common join no units.
const FEWEST_JOINED: usize = 3;

/// Lines that are compared as one: a paragraph, a list item with its further lines, or a single line.
struct Unit {
    lines: Range<usize>,
    bag: Bag,
}

/// Pairs the lines of a block that are still alone.
pub(crate) fn pair(revisions: &Sides<Revision>, block: &Block, fates: &mut Fates, work: &mut Work) {
    if block.before.is_empty() || block.after.is_empty() {
        return;
    }
    if block.before.len() == 1 && block.after.len() == 1 {
        // Whether they are alike is asked when it is known what moved.
        let bags = Sides::new(
            Bag::new(revisions.before.body(block.before.start)),
            Bag::new(revisions.after.body(block.after.start)),
        );
        let lines = Sides::new(block.before.start, block.after.start);
        let alone =
            fates.is_alone(Side::Before, lines.before) && fates.is_alone(Side::After, lines.after);
        if alone && bags.before.likeness(&bags.after) >= ALIKE_FROM {
            fates.pair(lines);
        }
        return;
    }
    let units = Sides::new(
        units(&revisions.before, &block.before, fates, Side::Before),
        units(&revisions.after, &block.after, fates, Side::After),
    );
    if one_from_many(revisions, &units, fates, work) {
        return;
    }
    let pairs = if fits(units.before.len(), units.after.len(), work) {
        let likeness = |before: usize, after: usize| match (
            units.before.get(before),
            units.after.get(after),
        ) {
            (Some(before), Some(after)) => before.bag.kinship(&after.bag),
            _ => 0.0,
        };
        best_pairs(units.before.len(), units.after.len(), &likeness)
    } else {
        (0..units.before.len().min(units.after.len()))
            .map(|place| (place, place))
            .collect()
    };
    let joined = join_neighbours(revisions, &units, &pairs, fates, work);
    for (before, after) in pairs.into_iter().filter(|pair| !joined.contains(pair)) {
        let (Some(before), Some(after)) = (units.before.get(before), units.after.get(after)) else {
            continue;
        };
        if before.bag.kinship(&after.bag) < ALIKE_FROM {
            continue;
        }
        if before.lines.len() == 1 && after.lines.len() == 1 {
            fates.pair(Sides::new(before.lines.start, after.lines.start));
        } else {
            pair_units(revisions, before, after, fates, work);
        }
    }
}

/// Groups a block in which one paragraph or item became several, or several became one, word for word or nearly.
fn one_from_many(
    revisions: &Sides<Revision>,
    units: &Sides<Vec<Unit>>,
    fates: &mut Fates,
    work: &mut Work,
) -> bool {
    let told = |units: &Vec<Unit>| units.iter().filter(|unit| unit.bag.len() > 0).count();
    let counts = units.as_ref().map(told);
    if counts.before.min(counts.after) != 1 || counts.before.max(counts.after) < 2 {
        return false;
    }
    let (Some(before), Some(after)) = (spanned(&units.before), spanned(&units.after)) else {
        return false;
    };
    group_if_alike(revisions, &Sides::new(before, after), fates, work)
}

/// Returns the lines from the first unit to the last, if nothing else lies between.
fn spanned(units: &[Unit]) -> Option<Range<usize>> {
    let lines = units.first()?.lines.start..units.last()?.lines.end;
    let covered: usize = units.iter().map(|unit| unit.lines.len()).sum();
    (covered == lines.len() && lines.len() <= LONGEST_UNIT).then_some(lines)
}

/// Groups lines whose words are mostly the same in the same order; says whether it did.
fn group_if_alike(
    revisions: &Sides<Revision>,
    lines: &Block,
    fates: &mut Fates,
    work: &mut Work,
) -> bool {
    let bags = Sides::new(
        Bag::new(revisions.before.lines(lines.before.clone())),
        Bag::new(revisions.after.lines(lines.after.clone())),
    );
    let words = bags.before.len().max(bags.after.len());
    let is_alike = |common: usize| common * 10 >= words * 7;
    if words == 0
        || !is_alike(bags.before.common(&bags.after))
        || !is_alike(rewrap::common(revisions, lines, work))
    {
        return false;
    }
    fates.group(lines);
    true
}

/// Groups pairs with units beside them that have no pair and whose words went into the other side's unit; returns
/// the pairs that are grouped.
fn join_neighbours(
    revisions: &Sides<Revision>,
    units: &Sides<Vec<Unit>>,
    pairs: &[(usize, usize)],
    fates: &mut Fates,
    work: &mut Work,
) -> Vec<(usize, usize)> {
    let mut joined = Vec::new();
    for (number, &(before, after)) in pairs.iter().enumerate() {
        let end = pairs
            .get(number + 1)
            .copied()
            .unwrap_or((units.before.len(), units.after.len()));
        let (Some(left), Some(right)) = (units.before.get(before), units.after.get(after)) else {
            continue;
        };
        let mut lines = Sides::new(left.lines.clone(), right.lines.clone());
        let more_before = units.before.get(before + 1..end.0).unwrap_or_default();
        let more_after = units.after.get(after + 1..end.1).unwrap_or_default();
        // Words of each unit that its pair does not explain.
        let spare =
            |unit: &Unit, other: &Unit| unit.bag.len().saturating_sub(unit.bag.common(&other.bag));
        let goes_into = |unit: &Unit, other: &Unit| {
            let common = unit.bag.common(&other.bag);
            common >= FEWEST_JOINED && common * 10 >= unit.bag.len() * 7
        };
        if spare(right, left) > spare(left, right) {
            for unit in more_before
                .iter()
                .take_while(|unit| unit.bag.len() == 0 || goes_into(unit, right))
            {
                if unit.bag.len() > 0 {
                    lines.before.end = unit.lines.end;
                }
            }
        } else {
            for unit in more_after
                .iter()
                .take_while(|unit| unit.bag.len() == 0 || goes_into(unit, left))
            {
                if unit.bag.len() > 0 {
                    lines.after.end = unit.lines.end;
                }
            }
        }
        let grew = lines.before.len() > left.lines.len() || lines.after.len() > right.lines.len();
        let is_alone = lines
            .before
            .clone()
            .all(|line| fates.is_alone(Side::Before, line))
            && lines
                .after
                .clone()
                .all(|line| fates.is_alone(Side::After, line));
        if grew && is_alone && group_if_alike(revisions, &lines, fates, work) {
            joined.push((before, after));
        }
    }
    joined
}

/// Pairs what is left of a block that is one line for one line: that is an edit, whatever it says.
pub(crate) fn last_ones(block: &Block, fates: &mut Fates) {
    let lines = Sides::new(block.before.start, block.after.start);
    let is_one = block.before.len() == 1 && block.after.len() == 1;
    if is_one
        && fates.is_alone(Side::Before, lines.before)
        && fates.is_alone(Side::After, lines.after)
    {
        fates.pair(lines);
    }
}

fn fits(before: usize, after: usize, work: &mut Work) -> bool {
    let comparisons = before.saturating_mul(after);
    comparisons <= MOST_COMPARISONS && work.take(comparisons.saturating_mul(32))
}

/// Pairs the lines of two paragraphs, or groups them if their words were wrapped anew.
fn pair_units(
    revisions: &Sides<Revision>,
    before: &Unit,
    after: &Unit,
    fates: &mut Fates,
    work: &mut Work,
) {
    let bags = |revision: &Revision, lines: &Range<usize>| -> Vec<Bag> {
        lines
            .clone()
            .map(|line| Bag::new(revision.body(line)))
            .collect()
    };
    let bags = Sides::new(
        bags(&revisions.before, &before.lines),
        bags(&revisions.after, &after.lines),
    );
    let likeness = |i: usize, j: usize| match (bags.before.get(i), bags.after.get(j)) {
        (Some(before), Some(after)) => before.kinship(after),
        _ => 0.0,
    };
    let pairs = if fits(bags.before.len(), bags.after.len(), work) {
        best_pairs(bags.before.len(), bags.after.len(), &likeness)
    } else {
        Vec::new()
    };
    let common_in = |&(i, j): &(usize, usize)| match (bags.before.get(i), bags.after.get(j)) {
        (Some(before), Some(after)) => before.common(after),
        _ => 0,
    };
    let by_line: usize = pairs.iter().map(common_in).sum();
    let words = before.bag.len().max(after.bag.len());
    // First the words in any order, which is quick, then in their order.
    let may_explain = rewrap::explains_more(before.bag.common(&after.bag), by_line, words);
    let lines = Sides::new(before.lines.clone(), after.lines.clone());
    if may_explain && rewrap::explains_more(rewrap::common(revisions, &lines, work), by_line, words)
    {
        fates.group(&lines);
        return;
    }
    for (i, j) in pairs {
        fates.pair(Sides::new(before.lines.start + i, after.lines.start + j));
    }
}

/// Cuts the lines of a block that are still alone into units.
fn units(revision: &Revision, lines: &Range<usize>, fates: &Fates, side: Side) -> Vec<Unit> {
    let mut units: Vec<Range<usize>> = Vec::new();
    let longest = if lines.len() > MOST_LINES {
        1
    } else {
        LONGEST_UNIT
    };
    for line in lines.clone().filter(|&line| fates.is_alone(side, line)) {
        match units.last_mut() {
            Some(last)
                if last.end == line
                    && last.len() < longest
                    && rewrap::goes_on(revision, line)
                    && rewrap::can_be_gone_on_with(revision.body(line - 1)) =>
            {
                last.end = line + 1;
            }
            _ => units.push(line..line + 1),
        }
    }
    let with_bag = |lines: Range<usize>| Unit {
        bag: Bag::new(revision.lines(lines.clone())),
        lines,
    };
    units.into_iter().map(with_bag).collect()
}

/// Finds the pairs, ascending on both sides, whose likenesses add up to the most.
fn best_pairs(
    rows: usize,
    columns: usize,
    likeness: &dyn Fn(usize, usize) -> f32,
) -> Vec<(usize, usize)> {
    let width = columns + 1;
    // The most that units from each row and column on can add up to, filled from the end; and the likenesses.
    let mut best = vec![0.0_f32; (rows + 1) * width];
    let mut alike = vec![0.0_f32; (rows + 1) * width];
    let at = |table: &[f32], row: usize, column: usize| {
        table.get(row * width + column).copied().unwrap_or_default()
    };
    let put = |table: &mut [f32], row: usize, column: usize, value: f32| {
        if let Some(cell) = table.get_mut(row * width + column) {
            *cell = value;
        }
    };
    for row in (0..rows).rev() {
        for column in (0..columns).rev() {
            let here = likeness(row, column);
            let paired = if here >= ALIKE_FROM {
                here + at(&best, row + 1, column + 1)
            } else {
                0.0
            };
            let most = paired
                .max(at(&best, row + 1, column))
                .max(at(&best, row, column + 1));
            put(&mut best, row, column, most);
            put(&mut alike, row, column, here);
        }
    }
    let mut pairs = Vec::new();
    let (mut row, mut column) = (0, 0);
    while row < rows && column < columns {
        let here = at(&alike, row, column);
        let most = at(&best, row, column);
        if here >= ALIKE_FROM && here + at(&best, row + 1, column + 1) >= most {
            pairs.push((row, column));
            row += 1;
            column += 1;
        } else if at(&best, row + 1, column) >= most {
            row += 1;
        } else {
            column += 1;
        }
    }
    pairs
}
