//! Runs of changed lines, and texts made from some of them.

use crate::{PromptDiff, Revision, Sides, findings::hex, rows::Rows};
use sha2::{Digest as _, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    ops::Range,
};

/// Bytes of a hunk's name, before they are written in hex.
const ID_BYTES: usize = 16;

/// How far to look for a line that is not blank.
const BLANKS_SKIPPED: usize = 50;

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

/// A run of changed rows between unchanged ones; [`PromptDiff::ids`] has its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hunk {
    /// Its rows.
    pub rows: Range<usize>,
    /// Its lines on each side; one of the two may be empty.
    pub lines: Sides<Range<usize>>,
}

/// Finds the hunks among `rows`.
pub(crate) fn find(rows: &Rows) -> Vec<Hunk> {
    let mut hunks: Vec<Hunk> = Vec::new();
    for run in rows.runs().iter().filter(|run| !run.is_same()) {
        match hunks.last_mut() {
            Some(last) if last.rows.end == run.rows.start => {
                last.rows.end = run.rows.end;
                last.lines.before.end = run.lines.before.end;
                last.lines.after.end = run.lines.after.end;
            }
            _ => hunks.push(Hunk {
                rows: run.rows.clone(),
                lines: run.lines.clone(),
            }),
        }
    }
    hunks
}

/// Names hunks by what they change and by the lines of the base around them.
///
/// Those lines are the nearest ones that are not blank; they tell equal edits apart and stay the same in
/// another proposal for the same base. Names are cut from a SHA-256, so that nobody can write an edit that has
/// the name of another one.
pub(crate) fn ids(revisions: &Sides<Revision>, hunks: &[Hunk]) -> Vec<HunkId> {
    let mut taken = BTreeSet::new();
    let mut ids = Vec::with_capacity(hunks.len());
    for hunk in hunks {
        let base = &revisions.before;
        let around = [
            (0..hunk.lines.before.start)
                .rev()
                .take(BLANKS_SKIPPED)
                .find_map(|line| telling(base, line)),
            (hunk.lines.before.end..base.line_count())
                .take(BLANKS_SKIPPED)
                .find_map(|line| telling(base, line)),
        ];
        let mut copy = 0_u64;
        ids.push(loop {
            let mut hasher = Sha256::new();
            for field in [
                base.lines(hunk.lines.before.clone()),
                revisions.after.lines(hunk.lines.after.clone()),
                around[0].unwrap_or_default(),
                around[1].unwrap_or_default(),
            ] {
                hasher.update((field.len() as u64).to_le_bytes());
                hasher.update(field);
            }
            hasher.update(copy.to_le_bytes());
            let digest = hasher.finalize();
            let id = HunkId(format!(
                "h{}",
                hex(digest.get(..ID_BYTES).unwrap_or_default())
            ));
            if taken.insert(id.clone()) {
                break id;
            }
            copy += 1;
        });
    }
    ids
}

fn telling(revision: &Revision, line: usize) -> Option<&str> {
    Some(revision.body(line)).filter(|body| !body.trim().is_empty())
}

/// Makes the text that has the `chosen` hunks, or the text of `edits` in their place, and is as before elsewhere.
///
/// All hunks give exactly the text after, none gives exactly the text before; ids of no hunk mean nothing.
/// An edit is taken byte by byte in place of the hunk's lines, and only if the hunk is chosen.
pub fn apply(
    diff: &PromptDiff,
    chosen: &BTreeSet<HunkId>,
    edits: &BTreeMap<HunkId, String>,
) -> String {
    let before = &diff.revisions.before;
    let mut text =
        String::with_capacity(before.text().len().max(diff.revisions.after.text().len()));
    let mut place = 0;
    for (hunk, id) in diff.hunks.iter().zip(diff.ids()) {
        text += before.lines(place..hunk.lines.before.start);
        text += match (chosen.contains(id), edits.get(id)) {
            (true, Some(edit)) => edit,
            (true, None) => diff.revisions.after.lines(hunk.lines.after.clone()),
            (false, _) => before.lines(hunk.lines.before.clone()),
        };
        place = hunk.lines.before.end;
    }
    text += before.lines(place..before.line_count());
    text
}

#[cfg(test)]
mod tests {
    use crate::{Limits, apply, diff};
    use std::collections::{BTreeMap, BTreeSet};

    const BEFORE: &str = "one\ntwo\nthree\nfour\nfive";
    const AFTER: &str = "ONE\ntwo\nthree\nfour and a half\nfive\n";

    #[test]
    fn some_of_the_hunks_make_a_text_of_their_own() {
        let diff = diff(BEFORE, AFTER, &Limits::default());
        assert_eq!(diff.hunks.len(), 2, "the last two lines are one hunk");
        let chosen = BTreeSet::from([diff.ids()[1].clone()]);
        assert_eq!(
            apply(&diff, &chosen, &BTreeMap::new()),
            "one\ntwo\nthree\nfour and a half\nfive\n"
        );
    }

    #[test]
    fn an_edit_takes_the_place_of_its_hunk_where_that_is_chosen() {
        let diff = diff(BEFORE, AFTER, &Limits::default());
        let mine = BTreeMap::from([(diff.ids()[1].clone(), "four and more\r\n5".to_owned())]);
        let all = diff.ids().iter().cloned().collect();
        assert_eq!(
            apply(&diff, &all, &mine),
            "ONE\ntwo\nthree\nfour and more\r\n5"
        );
        assert_eq!(apply(&diff, &BTreeSet::new(), &mine), BEFORE);
    }

    #[test]
    fn another_proposal_for_the_same_base_keeps_the_ids_of_equal_edits() {
        let base = "a\nx\nb\n\nc\nx\nd\n";
        let one = diff(base, "a\nY\nb\n\nc\nY\nd\n", &Limits::default());
        let other = diff(base, "a\nx\nb\n\nc\nY\nd\nmore\n", &Limits::default());
        assert_eq!(
            one.ids()[1],
            other.ids()[0],
            "though the first of the two is not made now"
        );
        assert_ne!(one.ids()[0], one.ids()[1]);
    }

    #[test]
    fn an_id_does_not_depend_on_text_far_away() {
        let plain = diff(BEFORE, AFTER, &Limits::default());
        let (before, after) = (format!("0\n\n1\n{BEFORE}"), format!("zero\n\n1\n{AFTER}"));
        let longer = diff(&before, &after, &Limits::default());
        assert_eq!(longer.ids().len(), 3);
        assert_eq!(plain.ids()[1..], longer.ids()[2..]);
    }

    #[test]
    fn equal_edits_have_names_of_their_own() {
        let diff = diff("a\nx\na\nx\n", "b\nx\nb\nx\n", &Limits::default());
        assert_eq!(diff.hunks.len(), 2);
        assert_ne!(diff.ids()[0], diff.ids()[1]);
    }
}
