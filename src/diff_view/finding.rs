//! State of the search in a diff: what is looked for, where it is, at which place the reader is.

use super::search::{Found, Marks};
use leptos::prelude::*;
use prompt_diff::{Hit, PromptDiff};
use std::sync::Arc;

/// Handle to the search; `Copy`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Search {
    open: RwSignal<bool>,
    text: RwSignal<String>,
    found: Memo<Arc<Found>>,
    current: RwSignal<Option<usize>>,
    version: StoredValue<u32>,
}

impl Search {
    /// Creates a search in `diff`.
    pub(super) fn new(diff: RwSignal<Option<Arc<PromptDiff>>>) -> Self {
        let text = RwSignal::new(String::new());
        Self {
            open: RwSignal::new(false),
            text,
            found: Memo::new(move |_| {
                let found = diff.with(|diff| {
                    let diff = diff.as_ref()?;
                    Some(text.with(|text| Found::of(diff, text)))
                });
                Arc::new(found.unwrap_or_default())
            }),
            current: RwSignal::new(None),
            version: StoredValue::new(0),
        }
    }

    pub(super) fn is_open(self) -> bool {
        self.open.get()
    }

    pub(super) fn open(self) {
        self.open.set(true);
    }

    /// Ends the search; nothing is marked any more.
    pub(super) fn close(self) {
        self.open.set(false);
        self.set_text(String::new());
    }

    pub(super) fn text(self) -> String {
        self.text.get()
    }

    /// Looks for another text.
    pub(super) fn set_text(self, text: String) {
        self.current.set(None);
        self.text.set(text);
    }

    pub(super) fn found(self) -> Memo<Arc<Found>> {
        self.found
    }

    pub(super) fn current(self) -> Option<usize> {
        self.current.get()
    }

    /// Goes on by `by` places, round the end, and returns the one that it comes to; from nowhere to the first
    /// place in row `from` or after.
    pub(super) fn step(self, by: isize, from: usize) -> Option<Hit> {
        let found = self.found.get_untracked();
        let last = found.hits.len().checked_sub(1)?;
        let next = match self.current.get_untracked() {
            None if by < 0 => last,
            None => {
                let after = found.hits.iter().position(|hit| hit.row >= from);
                after.unwrap_or_default()
            }
            Some(here) if by < 0 => here.checked_sub(1).unwrap_or(last),
            Some(here) if here >= last => 0,
            Some(here) => here + 1,
        };
        self.current.set(Some(next));
        found.hits.get(next).cloned()
    }

    /// Returns what to mark, with a number that is another one whenever the marks are.
    pub(super) fn marks(self) -> (Marks, u32) {
        let marks = Marks {
            found: self.found.get(),
            current: self.current.get(),
        };
        let version = self.version.try_update_value(|version| {
            *version = version.wrapping_add(1).max(1);
            *version
        });
        (marks, version.unwrap_or_default())
    }
}
