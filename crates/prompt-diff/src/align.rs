//! What became of each changed line: paired, moved, rewrapped, gone or new.

use crate::{
    Revision, RowKind, Sides,
    lines::Block,
    moves, pair,
    rewrap::{self, Group},
    rows::Rows,
    work::Work,
};

/// What became of a changed line; numbers are those of lines on the other side.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Only this side has it.
    #[default]
    Alone,
    /// It became that line.
    Paired(usize),
    /// It stands elsewhere on the other side, as that line.
    Moved(usize),
    /// It belongs to a rewrapped paragraph.
    Grouped(usize),
}

/// The fates of all lines of both sides, as far as they are known.
#[derive(Debug)]
pub(crate) struct Fates {
    pub(crate) of: Sides<Vec<Fate>>,
    pub(crate) groups: Vec<Group>,
}

impl Fates {
    fn new(revisions: &Sides<Revision>) -> Self {
        Self {
            of: revisions
                .as_ref()
                .map(|revision| vec![Fate::Alone; revision.line_count()]),
            groups: Vec::new(),
        }
    }

    pub(crate) fn is_alone(&self, side: crate::Side, line: usize) -> bool {
        self.of.get(side).get(line) == Some(&Fate::Alone)
    }

    pub(crate) fn pair(&mut self, lines: Sides<usize>) {
        self.set(lines, Fate::Paired);
    }

    pub(crate) fn move_line(&mut self, lines: Sides<usize>) {
        self.set(lines, Fate::Moved);
    }

    pub(crate) fn group(&mut self, lines: &Block) {
        let fate = Fate::Grouped(self.groups.len());
        for (fates, lines) in [
            (&mut self.of.before, &lines.before),
            (&mut self.of.after, &lines.after),
        ] {
            if let Some(fates) = fates.get_mut(lines.clone()) {
                fates.fill(fate);
            }
        }
        self.groups.push(Group::new(lines.clone()));
    }

    fn set(&mut self, lines: Sides<usize>, fate: fn(usize) -> Fate) {
        if let Some(one) = self.of.before.get_mut(lines.before) {
            *one = fate(lines.after);
        }
        if let Some(one) = self.of.after.get_mut(lines.after) {
            *one = fate(lines.before);
        }
    }
}

/// Lays all lines out in rows.
///
/// Lines that moved as they are come first, since nothing else explains them better; then lines that became
/// others in their place, then lines that moved and changed.
pub(crate) fn rows(
    revisions: &Sides<Revision>,
    blocks: &[Block],
    work: &mut Work,
) -> (Rows, Vec<Group>) {
    let mut fates = Fates::new(revisions);
    moves::exact(revisions, blocks, &mut fates, moves::Within::Blocks);
    for block in blocks {
        if !rewrap::whole(revisions, block, &mut fates) {
            pair::pair(revisions, block, &mut fates, work);
        }
    }
    moves::exact(revisions, blocks, &mut fates, moves::Within::Anything);
    moves::alike(revisions, blocks, &mut fates, work);
    for block in blocks {
        pair::last_ones(block, &mut fates);
    }
    let mut rows = Rows::default();
    for block in blocks {
        let same = block.before.start - rows.next_lines().before;
        rows.push(RowKind::Same, same, same);
        lay_out(revisions, block, &fates, &mut rows);
    }
    let same = revisions.before.line_count() - rows.next_lines().before;
    rows.push(RowKind::Same, same, same);
    (rows, fates.groups)
}

/// Lays out a changed run: what stands on one side only comes before what stands for one another.
fn lay_out(revisions: &Sides<Revision>, block: &Block, fates: &Fates, rows: &mut Rows) {
    let (mut before, mut after) = (block.before.start, block.after.start);
    while before < block.before.end || after < block.after.end {
        let left = (before < block.before.end)
            .then(|| fates.of.before.get(before))
            .flatten();
        let right = (after < block.after.end)
            .then(|| fates.of.after.get(after))
            .flatten();
        match (left.copied(), right.copied()) {
            (Some(Fate::Moved(to)), _) => rows.push(RowKind::MovedAway { to }, 1, 0),
            (Some(Fate::Alone), _) => rows.push(RowKind::Removed, 1, 0),
            (_, Some(Fate::Moved(from))) => rows.push(RowKind::MovedHere { from }, 0, 1),
            (_, Some(Fate::Alone)) | (None, _) => rows.push(RowKind::Added, 0, 1),
            (Some(Fate::Paired(other)), _) if other == after => {
                let same = revisions.before.line(before) == revisions.after.line(after);
                rows.push(
                    if same {
                        RowKind::Same
                    } else {
                        RowKind::Changed
                    },
                    1,
                    1,
                );
            }
            (Some(Fate::Grouped(group)), _) => {
                let lines = fates.groups.get(group).map(|group| &group.lines);
                let lengths = lines.map_or(Sides::new(1, 1), |lines| {
                    lines.as_ref().map(ExactSizeIterator::len)
                });
                rows.push(RowKind::Rewrapped { group }, lengths.before, lengths.after);
            }
            // Not reached while pairs ascend on both sides; the lines are shown all the same.
            (Some(_), _) => rows.push(RowKind::Removed, 1, 0),
        }
        let next = rows.next_lines();
        (before, after) = (next.before, next.after);
    }
}
