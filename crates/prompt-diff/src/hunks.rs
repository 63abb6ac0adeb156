//! Runs of changed lines, and texts made from some of them.

use crate::{Outline, PromptDiff, Revision, Row, Sides};
use std::{collections::BTreeSet, fmt, ops::Range};

/// Names a hunk by its content: the same edit keeps its id when the text around it changes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HunkId(String);

impl HunkId {
    /// Returns the id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for HunkId {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Display for HunkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A run of changed rows between unchanged ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hunk {
    /// Its name, unique within the diff.
    pub id: HunkId,
    /// Its rows.
    pub rows: Range<usize>,
    /// Its lines on each side; one of the two may be empty.
    pub lines: Sides<Range<usize>>,
    /// Headings that it lies under, outermost first.
    pub path: Vec<String>,
}

/// Finds the hunks among `rows`.
pub(crate) fn find(revisions: &Sides<Revision>, rows: &[Row]) -> Vec<Hunk> {
    let outlines = revisions.as_ref().map(Outline::new);
    let mut hunks: Vec<Hunk> = Vec::new();
    let mut ids = BTreeSet::new();
    let mut next = Sides::new(0, 0);
    let mut start = 0;
    for (is_same, run) in runs(rows) {
        let end = start + run.len();
        let counts = run.iter().map(Row::lines);
        let length = counts.fold(Sides::new(0, 0), |length: Sides<usize>, lines| {
            Sides::new(
                length.before + usize::from(lines.before.is_some()),
                length.after + usize::from(lines.after.is_some()),
            )
        });
        let lines = Sides::new(
            next.before..next.before + length.before,
            next.after..next.after + length.after,
        );
        next = Sides::new(lines.before.end, lines.after.end);
        if !is_same {
            let path = if lines.after.is_empty() {
                outlines.before.path(lines.before.start)
            } else {
                outlines.after.path(lines.after.start)
            };
            hunks.push(Hunk {
                id: unused_id(revisions, &lines, &mut ids),
                rows: start..end,
                lines,
                path,
            });
        }
        start = end;
    }
    hunks
}

/// Cuts rows into runs of unchanged and of changed ones.
fn runs(rows: &[Row]) -> impl Iterator<Item = (bool, &[Row])> {
    rows.chunk_by(|a, b| a.is_same() == b.is_same())
        .filter_map(|run| Some((run.first()?.is_same(), run)))
}

/// Names a hunk; the second of two equal edits gets another name than the first.
fn unused_id(
    revisions: &Sides<Revision>,
    lines: &Sides<Range<usize>>,
    ids: &mut BTreeSet<HunkId>,
) -> HunkId {
    let before = revisions.before.lines(lines.before.clone());
    let after = revisions.after.lines(lines.after.clone());
    let mut copy = 0_u64;
    loop {
        let fingerprint = fnv1a([before.as_bytes(), after.as_bytes(), &copy.to_le_bytes()]);
        let id = HunkId(format!("h{fingerprint:016x}"));
        if ids.insert(id.clone()) {
            return id;
        }
        copy += 1;
    }
}

/// Hashes fields with their lengths, the same on every machine and in every release.
fn fnv1a(fields: [&[u8]; 3]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for field in fields {
        for byte in (field.len() as u64).to_le_bytes().iter().chain(field) {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    hash
}

/// Makes the text that has the `chosen` hunks and is as before elsewhere.
///
/// All hunks give exactly the text after, none gives exactly the text before; ids of no hunk mean nothing.
pub fn apply(diff: &PromptDiff, chosen: &BTreeSet<HunkId>) -> String {
    let before = &diff.revisions.before;
    let mut text =
        String::with_capacity(before.text().len().max(diff.revisions.after.text().len()));
    let mut place = 0;
    for hunk in &diff.hunks {
        text += before.lines(place..hunk.lines.before.start);
        text += if chosen.contains(&hunk.id) {
            diff.revisions.after.lines(hunk.lines.after.clone())
        } else {
            before.lines(hunk.lines.before.clone())
        };
        place = hunk.lines.before.end;
    }
    text += before.lines(place..before.line_count());
    text
}

#[cfg(test)]
mod tests {
    use crate::{Limits, apply, diff};
    use std::collections::BTreeSet;

    const BEFORE: &str = "one\ntwo\nthree\nfour\nfive";
    const AFTER: &str = "ONE\ntwo\nthree\nfour and a half\nfive\n";

    #[test]
    fn some_of_the_hunks_make_a_text_of_their_own() {
        let diff = diff(BEFORE, AFTER, &Limits::default());
        assert_eq!(diff.hunks.len(), 2, "the last two lines are one hunk");
        let chosen = BTreeSet::from([diff.hunks[1].id.clone()]);
        assert_eq!(
            apply(&diff, &chosen),
            "one\ntwo\nthree\nfour and a half\nfive\n"
        );
    }

    #[test]
    fn an_id_does_not_depend_on_the_text_around() {
        let plain = diff(BEFORE, AFTER, &Limits::default());
        let moved = diff(
            &format!("zero\n{BEFORE}"),
            &format!("zero\n{AFTER}"),
            &Limits::default(),
        );
        let ids =
            |diff: &crate::PromptDiff| diff.hunks.iter().map(|h| h.id.clone()).collect::<Vec<_>>();
        assert_eq!(ids(&plain), ids(&moved));
    }

    #[test]
    fn equal_edits_have_names_of_their_own() {
        let diff = diff("a\nx\na\nx\n", "b\nx\nb\nx\n", &Limits::default());
        assert_eq!(diff.hunks.len(), 2);
        assert_ne!(diff.hunks[0].id, diff.hunks[1].id);
    }
}
