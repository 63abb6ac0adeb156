//! The outline of a change: which sections it touches, and how.

use crate::{LineCounts, LineKind, PromptDiff, Row, RowKind, Side};

/// What became of a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SectionChange {
    /// Its heading is new.
    Added,
    /// Its heading is gone.
    Removed,
    /// Its heading stands on both sides, as it was or in other words.
    Edited,
}

/// A section that a change touches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Headings from the outermost to its own; empty for text before the first heading.
    pub path: Vec<String>,
    /// What became of it.
    pub change: SectionChange,
    /// The first changed row in it.
    pub row: usize,
    /// The hunk of that row.
    pub hunk: usize,
    /// Lines added and removed in it, not in the sections below it; moved lines count on neither side.
    pub lines: LineCounts,
    /// Lines that came here from elsewhere.
    pub moved: u32,
}

/// Returns the sections that a diff touches, in the order of its rows.
pub fn sections(diff: &PromptDiff) -> Vec<Section> {
    let structures = diff.structures();
    let mut sections: Vec<Section> = Vec::new();
    // The heading of the last row's section, by side, so that paths are made once a section.
    let mut last: Option<(Side, Option<usize>, usize)> = None;
    for (number, hunk) in diff.hunks.iter().enumerate() {
        // Blank lines around what changed touch no section; alone, they touch theirs.
        let is_blank = |row: &Row| {
            [Side::Before, Side::After].into_iter().all(|side| {
                let line = *row.lines.get(side);
                line.is_none_or(|line| structures.get(side).kind(line) == LineKind::Blank)
            })
        };
        let all_blank = diff.rows(hunk.rows.clone()).all(|row| is_blank(&row));
        for (place, row) in hunk.rows.clone().zip(diff.rows(hunk.rows.clone())) {
            if !all_blank && is_blank(&row) {
                continue;
            }
            let (side, line) = match (row.lines.after, row.lines.before) {
                (Some(line), _) => (Side::After, line),
                (None, Some(line)) => (Side::Before, line),
                (None, None) => continue,
            };
            let structure = structures.get(side);
            let heading = structure.heading_line(line);
            let known = last
                .filter(|(a, b, _)| *a == side && *b == heading)
                .map(|(_, _, at)| at);
            let at = known.unwrap_or_else(|| {
                let path = structure.path(line);
                let same = sections.iter().rposition(|section| section.path == path);
                same.unwrap_or_else(|| {
                    sections.push(Section {
                        path,
                        change: SectionChange::Edited,
                        row: place,
                        hunk: number,
                        lines: LineCounts::default(),
                        moved: 0,
                    });
                    sections.len() - 1
                })
            });
            last = Some((side, heading, at));
            let Some(section) = sections.get_mut(at) else {
                continue;
            };
            match row.kind {
                RowKind::MovedAway { .. } => {}
                RowKind::MovedHere { .. } => section.moved += 1,
                _ => {
                    section.lines.removed += u32::from(row.lines.before.is_some());
                    section.lines.added += u32::from(row.lines.after.is_some());
                }
            }
            if heading == Some(line) {
                section.change = match row.kind {
                    RowKind::Added => SectionChange::Added,
                    RowKind::Removed => SectionChange::Removed,
                    _ => section.change,
                };
            }
        }
    }
    sections
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Limits, diff};

    #[test]
    fn each_section_is_named_once_with_what_became_of_it() {
        let before =
            "Intro.\n# Refunds\nAsk first.\n## Limits\n$200\n# Tone\nBe kind to everyone.\n";
        let after = "Intro.\n# Refunds\nAsk twice.\n## Limits\n$50\n# Escalation\nCall the lead.\n";
        let drawn: Vec<_> = sections(&diff(before, after, &Limits::default()))
            .into_iter()
            .map(|one| {
                format!(
                    "{:?} {} +{} -{}",
                    one.change,
                    one.path.join(" › "),
                    one.lines.added,
                    one.lines.removed
                )
            })
            .collect();
        assert_eq!(
            drawn,
            [
                "Edited Refunds +1 -1",
                "Edited Refunds › Limits +1 -1",
                "Removed Tone +0 -2",
                "Added Escalation +2 -0",
            ]
        );
    }
}
