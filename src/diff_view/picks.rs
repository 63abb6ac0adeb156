//! State of what is taken of each change; kept in this browser until it is sent.

use crate::browser::storage::Draft;
use leptos::prelude::*;
use prompt_diff::{HunkId, PromptDiff, apply};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// What becomes of a change.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "pick", content = "text", rename_all = "snake_case")]
pub enum Pick {
    /// It is taken as proposed.
    #[default]
    Taken,
    /// The text stays as it was.
    LeftOut,
    /// This text stands in its place.
    Edited(String),
}

/// How many changes there are, and what becomes of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// All of them.
    pub all: usize,
    /// Those taken, edited ones too.
    pub taken: usize,
    /// Those taken with another text.
    pub edited: usize,
}

impl Tally {
    /// Says whether the text proposed is taken as it is.
    pub fn is_everything(self) -> bool {
        self.taken == self.all && self.edited == 0
    }

    /// Counts all changes in words, such as `9 hunks`.
    pub fn hunks(self) -> String {
        match self.all {
            1 => "1 hunk".to_owned(),
            all => format!("{all} hunks"),
        }
    }

    /// Says it in words, such as `7 of 9 hunks, 1 edited`.
    pub fn words(self) -> String {
        let edited = match self.edited {
            0 => String::new(),
            edited => format!(", {edited} edited"),
        };
        format!("{} of {}{edited}", self.taken, self.hunks())
    }
}

/// Handle to the decisions on the changes of one text; `Copy`.
#[derive(Debug, Clone, Copy)]
pub struct Picks {
    diff: Memo<Arc<PromptDiff>>,
    kept: Draft,
    chosen: Memo<BTreeMap<String, Pick>>,
    result: Memo<Arc<str>>,
}

impl Picks {
    /// Opens the decisions kept under `key`, such as `picks:reviewer:sug_1`, on the changes of `diff`.
    pub fn open(key: impl Into<String>, diff: Memo<Arc<PromptDiff>>) -> Self {
        let kept = Draft::open(key);
        let chosen = Memo::new(move |_| {
            kept.signal()
                .with(|text| serde_json::from_str(text).unwrap_or_default())
        });
        let result =
            Memo::new(move |_| diff.with(|diff| chosen.with(|chosen| result(diff, chosen)).into()));
        Self {
            diff,
            kept,
            chosen,
            result,
        }
    }

    /// Returns what becomes of change `hunk`.
    pub fn of(self, hunk: &HunkId) -> Pick {
        self.chosen
            .with(|chosen| chosen.get(hunk.as_str()).cloned().unwrap_or_default())
    }

    /// Decides what becomes of change `hunk`.
    pub fn pick(self, hunk: &HunkId, pick: Pick) {
        let mut chosen = self.chosen.get_untracked();
        if pick == Pick::Taken {
            chosen.remove(hunk.as_str());
        } else {
            chosen.insert(hunk.as_str().to_owned(), pick);
        }
        let text = if chosen.is_empty() {
            String::new()
        } else {
            // A map of strings always has a JSON text.
            serde_json::to_string(&chosen).unwrap_or_default()
        };
        self.kept.set(text);
    }

    /// Says whether nothing was decided on any change; costs nothing, however long the text is.
    pub fn is_untouched(self) -> bool {
        self.chosen.with(BTreeMap::is_empty)
    }

    /// Takes everything as proposed again.
    pub fn clear(self) {
        self.kept.clear();
    }

    /// Returns what forgets the decisions once they are sent, if they are still the same.
    pub fn forget(self) -> impl FnOnce() + 'static {
        self.kept.forget_if_still(self.kept.get_untracked())
    }

    /// Counts what is taken.
    pub fn tally(self) -> Tally {
        self.diff.with(|diff| {
            let ids = diff.ids();
            self.chosen.with(|chosen| {
                let count = |is: fn(&Pick) -> bool| {
                    let picks = ids.iter().filter_map(|id| chosen.get(id.as_str()));
                    picks.filter(|pick| is(pick)).count()
                };
                Tally {
                    all: ids.len(),
                    taken: ids.len() - count(|pick| *pick == Pick::LeftOut),
                    edited: count(|pick| matches!(pick, Pick::Edited(_))),
                }
            })
        })
    }

    /// Returns the text that comes of it.
    pub fn result(self) -> Memo<Arc<str>> {
        self.result
    }

    /// Returns what was decided on changes that are there no longer: the text has moved on.
    pub fn lost(self) -> Vec<Pick> {
        self.diff.with(|diff| {
            let ids: BTreeSet<_> = diff.ids().iter().cloned().collect();
            self.chosen.with(|chosen| {
                let gone = chosen
                    .iter()
                    .filter(|(id, _)| !ids.contains(&HunkId::from(id.as_str())));
                gone.map(|(_, pick)| pick.clone()).collect()
            })
        })
    }

    /// Forgets what was decided on changes that are there no longer.
    pub fn forget_lost(self) {
        let ids: BTreeSet<_> = self
            .diff
            .with_untracked(|diff| diff.ids().iter().cloned().collect());
        let gone: Vec<HunkId> = self.chosen.with_untracked(|chosen| {
            let names = chosen.keys().map(|id| HunkId::from(id.as_str()));
            names.filter(|id| !ids.contains(id)).collect()
        });
        for id in gone {
            self.pick(&id, Pick::Taken);
        }
    }

    /// Returns the text proposed for change `hunk`.
    pub(super) fn proposed(self, hunk: usize) -> String {
        self.diff.with_untracked(|diff| proposed(diff, hunk))
    }
}

fn proposed(diff: &PromptDiff, hunk: usize) -> String {
    let lines = diff.hunks.get(hunk).map(|hunk| hunk.lines.after.clone());
    lines.map_or_else(String::new, |lines| {
        diff.revisions.after.lines(lines).to_owned()
    })
}

/// Makes the text that has what was chosen of each change.
fn result(diff: &PromptDiff, chosen: &BTreeMap<String, Pick>) -> String {
    let mut taken = BTreeSet::new();
    let mut edits = BTreeMap::new();
    for id in diff.ids() {
        match chosen.get(id.as_str()) {
            Some(Pick::LeftOut) => continue,
            Some(Pick::Edited(text)) => {
                edits.insert(id.clone(), text.clone());
            }
            Some(Pick::Taken) | None => {}
        }
        taken.insert(id.clone());
    }
    apply(diff, &taken, &edits)
}

/// Makes what was typed in a field into what stands in the text in place of `proposed`.
///
/// A field knows line feeds only: a text whose lines end in CR LF gets them back. A line feed at the end stays
/// where there was one, so that the next line stays one of its own.
pub(super) fn typed(text: &str, proposed: &str) -> String {
    let mut text = text.to_owned();
    let is_crlf = proposed.contains('\r') && !has_lone_return(proposed);
    if is_crlf {
        text = text.replace('\n', "\r\n");
    }
    if proposed.ends_with('\n') && !text.is_empty() && !text.ends_with('\n') {
        text.push_str(if is_crlf { "\r\n" } else { "\n" });
    }
    text
}

/// Says whether a text has carriage returns that a field would change.
pub(super) fn has_lone_return(text: &str) -> bool {
    let feeds = text.matches('\n').count();
    let pairs = text.matches("\r\n").count();
    let returns = text.matches('\r').count();
    returns != pairs || (pairs > 0 && pairs != feeds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use prompt_diff::{Limits, diff};

    fn made(before: &str, after: &str, picks: &[(usize, Pick)]) -> String {
        let diff = diff(before, after, &Limits::default());
        let ids = diff.ids();
        let chosen = picks
            .iter()
            .map(|(hunk, pick)| (ids[*hunk].as_str().to_owned(), pick.clone()))
            .collect();
        result(&diff, &chosen)
    }

    #[test]
    fn a_result_has_of_each_change_what_was_chosen() {
        let (before, after) = (
            "one\nsame\ntwo\nsame2\nthree\n",
            "ONE\nsame\nTWO\nsame2\nTHREE\n",
        );
        assert_eq!(made(before, after, &[]), after);
        let all_out = [0, 1, 2].map(|hunk| (hunk, Pick::LeftOut));
        assert_eq!(made(before, after, &all_out), before);
        let mixed = [
            (0, Pick::LeftOut),
            (1, Pick::Edited("two and a half\n".to_owned())),
        ];
        assert_eq!(
            made(before, after, &mixed),
            "one\nsame\ntwo and a half\nsame2\nTHREE\n"
        );
    }

    #[test]
    fn what_is_typed_keeps_the_ends_of_lines() {
        let table = [
            ("a\nb", "x\ny\n", "a\nb\n"),
            ("a\nb\n", "x\n", "a\nb\n"),
            ("a\nb", "x\r\ny\r\n", "a\r\nb\r\n"),
            ("a", "x", "a"),
            ("", "x\n", ""),
        ];
        for (text, proposed, expected) in table {
            assert_eq!(typed(text, proposed), expected, "{text:?} for {proposed:?}");
        }
        for (text, expected) in [
            ("a\rb", true),
            ("a\r\nb\n", true),
            ("a\r\n", false),
            ("a\n", false),
        ] {
            assert_eq!(has_lone_return(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_tally_says_how_many() {
        let words = |all, taken, edited| Tally { all, taken, edited }.words();
        assert_eq!(words(9, 7, 1), "7 of 9 hunks, 1 edited");
        assert_eq!(words(1, 1, 0), "1 of 1 hunk");
        assert!(
            Tally {
                all: 2,
                taken: 2,
                edited: 0
            }
            .is_everything()
        );
        assert!(
            !Tally {
                all: 2,
                taken: 2,
                edited: 1
            }
            .is_everything()
        );
    }
}
