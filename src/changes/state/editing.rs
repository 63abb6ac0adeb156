//! State of the editor: what was typed, kept until the proxy has it.

use super::{Act, OpenChange, View};
use crate::{
    browser::{storage::Draft, timers::Timer},
    changes::line_ends::{in_field, restored},
    diff_view::compared,
};
use leptos::prelude::*;
use prompt_diff::{PromptDiff, Sides};
use review_api::{Change, EditChange, MAX_PROMPT_CHARS};
use review_core::words::grouped;
use serde::{Deserialize, Serialize};
use std::{sync::Arc, time::Duration};

/// How long typing must rest before the edit is compared with the proposal.
const REST: Duration = Duration::from_millis(200);

/// What was typed, and for which proposal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Typed {
    /// Digest of the change that it began from.
    digest: String,
    /// The text, as the field holds it.
    text: String,
}

/// Handle to the editor; `Copy`, lives as long as it is open.
#[derive(Debug, Clone, Copy)]
pub(in crate::changes) struct Editing {
    open: OpenChange,
    kept: Draft,
    typed: RwSignal<Typed>,
    /// What was typed, with its line ends, once typing rests.
    rested: RwSignal<Arc<str>>,
    diff: Memo<Arc<PromptDiff>>,
    rest: StoredValue<Option<Timer>, LocalStorage>,
}

impl Editing {
    /// Opens the editor on `change`, with what was typed before where the proxy does not have it yet.
    pub(in crate::changes) fn begin(open: OpenChange, change: &Change) -> Self {
        let kept = Draft::open(open.draft_key("edit-change"));
        let typed =
            serde_json::from_str::<Typed>(&kept.get_untracked()).unwrap_or_else(|_| Typed {
                digest: change.digest.clone(),
                text: in_field(&change.proposed),
            });
        let rested: Arc<str> = restored(&change.proposed, &typed.text).into();
        let rested = RwSignal::new(rested);
        let texts = Memo::new(move |_| {
            let proposed = open.query().value();
            let before = proposed.map_or_else(|| Arc::from(""), |it| Arc::from(&*it.proposed));
            Sides::new(before, rested.get())
        });
        Self {
            open,
            kept,
            typed: RwSignal::new(typed),
            rested,
            diff: compared(texts),
            rest: StoredValue::new_local(None),
        }
    }

    /// Returns the text, as the field holds it.
    pub(in crate::changes) fn text(self) -> String {
        self.typed.with(|typed| typed.text.clone())
    }

    /// Returns the proposal against what was typed.
    pub(in crate::changes) fn diff(self) -> Memo<Arc<PromptDiff>> {
        self.diff
    }

    /// Says whether somebody else changed the proposal since the edit was begun.
    pub(in crate::changes) fn is_of_another(self) -> bool {
        let now = self.open.query().value();
        now.is_some_and(|now| self.typed.with(|typed| typed.digest != now.digest))
    }

    /// Keeps what was typed, and compares it once typing rests.
    pub(in crate::changes) fn set(self, text: String) {
        self.typed.update(|typed| typed.text = text);
        self.keep();
        let later = Timer::once(REST, move || self.compare());
        self.rest.set_value(Some(later));
    }

    /// Goes on with what was typed, on the proposal as it is now.
    pub(in crate::changes) fn take_over(self) {
        if let Some(now) = self.open.query().value_untracked() {
            self.typed
                .update(|typed| typed.digest.clone_from(&now.digest));
            self.keep();
            self.open.take_as_seen();
        }
    }

    /// Forgets what was typed and shows the proposal again.
    pub(in crate::changes) fn give_up(self) {
        self.kept.clear();
        self.open.show(View::Proposal);
    }

    /// Says why what was typed cannot be saved.
    pub(in crate::changes) fn problem(self) -> Option<String> {
        if self.is_of_another() {
            return Some(
                "The proposal was changed since you began. Read what changed, then go on with your text."
                    .to_owned(),
            );
        }
        let chars = self.typed.with(|typed| typed.text.chars().count());
        if chars > MAX_PROMPT_CHARS {
            let most = grouped(MAX_PROMPT_CHARS as u64);
            let chars = grouped(chars as u64);
            return Some(format!(
                "It has {chars} characters; a prompt has at most {most}."
            ));
        }
        let is_same = self.diff.with(|diff| diff.hunks.is_empty());
        is_same.then(|| "Nothing is changed yet.".to_owned())
    }

    /// Saves what was typed.
    pub(in crate::changes) fn save(self) {
        self.compare();
        if untrack(|| self.problem()).is_some() {
            return;
        }
        let proposed = self.rested.get_untracked().to_string();
        let body = EditChange {
            proposed: Some(proposed),
            ..EditChange::default()
        };
        self.open.edit(body, self.kept);
    }

    /// Says whether it is on its way.
    pub(in crate::changes) fn is_busy(self) -> bool {
        self.open.busy() == Some(Act::Edit)
    }

    fn keep(self) {
        let kept = self.typed.with_untracked(serde_json::to_string);
        self.kept.set(kept.unwrap_or_default());
    }

    fn compare(self) {
        let Some(now) = self.open.query().value_untracked() else {
            return;
        };
        let text = self
            .typed
            .try_with_untracked(|typed| restored(&now.proposed, &typed.text));
        if let Some(text) = text {
            self.rested.try_set(text.into());
        }
    }
}
