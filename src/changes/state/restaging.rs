//! State of the merge with the prompt as it is now: what was chosen, kept until the proxy has it.

use super::{Act, OpenChange, View};
use crate::{
    browser::storage::Draft,
    changes::merging::{Choices, Conflict, Taken, conflicts, result},
    diff_view::compared,
};
use leptos::prelude::*;
use prompt_diff::{Merge, PromptDiff, Sides, merge};
use review_api::{MAX_PROMPT_CHARS, Prompt, RestageChange};
use review_core::words::grouped;
use std::sync::Arc;

/// Handle to the merge; `Copy`, lives as long as it is open.
#[derive(Debug, Clone, Copy)]
pub(in crate::changes) struct Restaging {
    open: OpenChange,
    kept: Draft,
    choices: RwSignal<Choices>,
    now: Memo<Arc<Prompt>>,
    conflicts: Memo<Arc<Vec<Conflict>>>,
    result: Memo<Option<Arc<str>>>,
    diff: Memo<Arc<PromptDiff>>,
    /// Key of the conflict that the reader is at.
    pub(in crate::changes) at: RwSignal<Option<String>>,
}

impl Restaging {
    /// Merges the change with `now`, with what was chosen before where it still fits.
    pub(in crate::changes) fn begin(open: OpenChange, now: Memo<Arc<Prompt>>) -> Self {
        let kept = Draft::open(open.draft_key("restage-change"));
        let choices = RwSignal::new(Choices::from_storage(&kept.get_untracked()));
        let merged = Memo::new(move |_| {
            let change = open.query().value();
            let merged =
                change.map(|it| now.with(|now| merge(&it.base.text, &now.text, &it.proposed)));
            Arc::new(merged.unwrap_or_else(|| merge("", "", "")))
        });
        let found =
            Memo::new(move |_| merged.with(|merged: &Arc<Merge>| Arc::new(conflicts(merged))));
        let result = Memo::new(move |_| {
            let text = merged.with(|merged| {
                found.with(|found| choices.with(|choices| result(merged, found, choices)))
            });
            text.map(Arc::<str>::from)
        });
        let texts = Memo::new(move |_| {
            let current: Arc<str> = now.with(|now| Arc::from(&*now.text));
            let after = result.get().unwrap_or_else(|| Arc::clone(&current));
            Sides::new(current, after)
        });
        Self {
            open,
            kept,
            choices,
            now,
            conflicts: found,
            result,
            diff: compared(texts),
            at: RwSignal::new(None),
        }
    }

    /// Returns the version that it is merged with.
    pub(in crate::changes) fn version(self) -> u32 {
        self.now.with(|now| now.version)
    }

    /// Returns where the two sides disagree.
    pub(in crate::changes) fn conflicts(self) -> Memo<Arc<Vec<Conflict>>> {
        self.conflicts
    }

    /// Returns what is taken in place of the conflict of that key.
    pub(in crate::changes) fn taken(self, key: &str) -> Option<Taken> {
        self.choices.with(|choices| choices.of(key).cloned())
    }

    /// Returns how many conflicts are resolved, and how many there are.
    pub(in crate::changes) fn progress(self) -> (usize, usize) {
        self.conflicts.with(|conflicts| {
            let resolved = self.choices.with(|choices| choices.resolved(conflicts));
            (resolved, conflicts.len())
        })
    }

    /// Takes `taken` in place of the conflict of that key; nothing puts it into dispute again.
    pub(in crate::changes) fn take(self, key: &str, taken: Option<Taken>) {
        self.choices.update(|choices| choices.take(key, taken));
        self.kept
            .set(self.choices.with_untracked(Choices::to_storage));
    }

    /// Takes `taken` where the reader is, or at the first conflict that is not resolved.
    pub(in crate::changes) fn take_here(self, taken: Taken) {
        let conflicts = self.conflicts.get_untracked();
        let here = self.at.get_untracked();
        let is_open = |it: &&Conflict| self.choices.with_untracked(|all| all.of(&it.key).is_none());
        let chosen = conflicts
            .iter()
            .find(|it| here.as_ref() == Some(&it.key))
            .or_else(|| conflicts.iter().find(is_open));
        if let Some(conflict) = chosen {
            self.at.set(Some(conflict.key.clone()));
            self.take(&conflict.key, Some(taken));
        }
    }

    /// Says whether there is a result to read.
    pub(in crate::changes) fn has_result(self) -> bool {
        self.result.with(Option::is_some)
    }

    /// Returns the prompt as it is now against the result.
    pub(in crate::changes) fn diff(self) -> Memo<Arc<PromptDiff>> {
        self.diff
    }

    /// Says why it cannot be restaged yet.
    pub(in crate::changes) fn problem(self) -> Option<String> {
        let (resolved, all) = self.progress();
        if resolved < all {
            return Some(format!(
                "{resolved} of {all} conflicts resolved. Resolve the rest first."
            ));
        }
        let chars = self
            .result
            .with(|text| text.as_ref().map_or(0, |text| text.chars().count()));
        if chars > MAX_PROMPT_CHARS {
            let most = grouped(MAX_PROMPT_CHARS as u64);
            let chars = grouped(chars as u64);
            return Some(format!(
                "The result has {chars} characters; a prompt has at most {most}."
            ));
        }
        self.diff.with(|diff| diff.hunks.is_empty()).then(|| {
            "The result is the prompt as it is now, so there is nothing left to change. Withdraw the change instead."
                .to_owned()
        })
    }

    /// Sends the result.
    pub(in crate::changes) fn send(self) {
        if untrack(|| self.problem()).is_some() {
            return;
        }
        let Some(proposed) = self.result.get_untracked() else {
            return;
        };
        let body = RestageChange {
            base_version: self.now.with_untracked(|now| now.version),
            proposed: Some(proposed.to_string()),
            ..RestageChange::default()
        };
        self.open.restage(body, self.kept);
    }

    /// Says whether it is on its way.
    pub(in crate::changes) fn is_busy(self) -> bool {
        self.open.busy() == Some(Act::Restage)
    }

    /// Shows the proposal again; what was chosen is kept.
    pub(in crate::changes) fn leave(self) {
        self.open.show(View::Proposal);
    }
}
