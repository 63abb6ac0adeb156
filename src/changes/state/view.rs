//! What a page of a change shows, and what it asks.

use leptos::prelude::*;

/// What fills the page's main column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::changes) enum View {
    /// The base against the proposal.
    Proposal,
    /// The base against the prompt as it is now.
    Moved,
    /// The editor.
    Edit,
    /// The merge with the prompt as it is now.
    Restage,
}

impl View {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Proposal => "",
            Self::Moved => "moved",
            Self::Edit => "edit",
            Self::Restage => "restage",
        }
    }

    pub(super) fn of(word: &str) -> Self {
        let all = [Self::Moved, Self::Edit, Self::Restage];
        let known = all.into_iter().find(|view| view.word() == word);
        known.unwrap_or(Self::Proposal)
    }
}

/// The questions that a page can ask before something happens, each with whether it is open.
#[derive(Debug, Clone, Copy)]
pub(in crate::changes) struct Questions {
    /// Whether to apply it.
    pub(in crate::changes) apply: RwSignal<bool>,
    /// Whether to give it up.
    pub(in crate::changes) withdraw: RwSignal<bool>,
    /// Whether to stage the way back.
    pub(in crate::changes) roll_back: RwSignal<bool>,
    /// Why it cannot wait for its approvals.
    pub(in crate::changes) break_glass: RwSignal<bool>,
    /// What was found in it.
    pub(in crate::changes) review_glass: RwSignal<bool>,
}

impl Questions {
    pub(super) fn new() -> Self {
        Self {
            apply: RwSignal::new(false),
            withdraw: RwSignal::new(false),
            roll_back: RwSignal::new(false),
            break_glass: RwSignal::new(false),
            review_glass: RwSignal::new(false),
        }
    }

    pub(super) fn close(self) {
        for open in [
            self.apply,
            self.withdraw,
            self.roll_back,
            self.break_glass,
            self.review_glass,
        ] {
            open.try_set(false);
        }
    }
}
