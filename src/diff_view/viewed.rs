//! State of what the reader has looked at; kept in this browser.

use crate::browser::storage;
use leptos::prelude::*;
use prompt_diff::{HunkId, PromptDiff};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Texts whose marks this browser keeps; the oldest go first.
const KEPT_SUBJECTS: usize = 300;

/// Where this browser keeps of which texts it has marks, oldest first.
const SUBJECTS: &str = "dream-review:viewed";

/// What is kept of one text. Changes have names that their content decides: other content is not viewed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    /// Changes marked as viewed.
    viewed: BTreeSet<String>,
    /// All changes there were when the reader last looked; nothing before the first time.
    #[serde(default)]
    seen: Option<BTreeSet<String>>,
}

/// Handle to the marks on one text; `Copy`.
#[derive(Debug, Clone, Copy)]
pub struct Viewed {
    key: StoredValue<String>,
    kept: RwSignal<Kept>,
}

impl Viewed {
    /// Opens the marks of one person on one subject, such as `reviewer:sug_1`.
    pub fn open(subject: &str) -> Self {
        let key = format!("{SUBJECTS}:{subject}");
        let kept = storage::kept_value(&key);
        let kept = kept.and_then(|text| serde_json::from_str(&text).ok());
        Self {
            key: StoredValue::new(key),
            kept: RwSignal::new(kept.unwrap_or_default()),
        }
    }

    /// Notes what there is to see, the first time that somebody looks.
    pub(super) fn begin(self, diff: &PromptDiff) {
        let is_first = self.kept.with_untracked(|kept| kept.seen.is_none());
        if is_first && !diff.hunks.is_empty() {
            self.see_all(diff);
        }
    }

    /// Says whether change `hunk` is marked as viewed.
    pub(super) fn is_viewed(self, hunk: &HunkId) -> bool {
        self.kept.with(|kept| kept.viewed.contains(hunk.as_str()))
    }

    /// As [`Self::is_viewed`], for a handler.
    pub(super) fn is_viewed_untracked(self, hunk: &HunkId) -> bool {
        untrack(|| self.is_viewed(hunk))
    }

    /// Marks change `hunk` as viewed, or as not viewed.
    pub(super) fn mark(self, hunk: &HunkId, is_viewed: bool) {
        self.change(|kept| {
            let name = hunk.as_str().to_owned();
            if is_viewed {
                if let Some(seen) = &mut kept.seen {
                    seen.insert(name.clone());
                }
                kept.viewed.insert(name);
            } else {
                kept.viewed.remove(&name);
            }
        });
    }

    /// Counts the changes of `diff` that are marked as viewed.
    pub(super) fn count(self, diff: &PromptDiff) -> usize {
        diff.ids().iter().filter(|id| self.is_viewed(id)).count()
    }

    /// Returns the changes that were not there, or not like this, when the reader last looked.
    pub(super) fn fresh(self, diff: &PromptDiff) -> BTreeSet<usize> {
        self.kept.with(|kept| {
            let Some(seen) = &kept.seen else {
                return BTreeSet::new();
            };
            let ids = diff.ids().iter().enumerate();
            ids.filter(|(_, id)| !seen.contains(id.as_str()))
                .map(|(hunk, _)| hunk)
                .collect()
        })
    }

    /// Notes that the reader knows all changes of `diff`.
    pub(super) fn see_all(self, diff: &PromptDiff) {
        self.change(|kept| {
            kept.seen = Some(diff.ids().iter().map(|id| id.as_str().to_owned()).collect());
        });
    }

    fn change(self, change: impl FnOnce(&mut Kept)) {
        let key = self.key.get_value();
        let text = self.kept.try_update(|kept| {
            change(kept);
            serde_json::to_string(kept).unwrap_or_default()
        });
        storage::set_kept_value(&key, &text.unwrap_or_default());
        let subjects = storage::kept_value(SUBJECTS);
        let mut subjects: Vec<String> = subjects
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default();
        subjects.retain(|other| *other != key);
        subjects.push(key);
        while subjects.len() > KEPT_SUBJECTS {
            storage::forget_kept_value(&subjects.remove(0));
        }
        let subjects = serde_json::to_string(&subjects).unwrap_or_default();
        storage::set_kept_value(SUBJECTS, &subjects);
    }
}
