//! What may be done with the changes of a diff beside reading it.

use super::{Pick, Picks, Viewed, state::DiffNav};
use crate::{
    comments::Comments,
    keyboard::{Command, Keyboard},
};
use leptos::prelude::*;
use prompt_diff::PromptDiff;

/// What the page that shows a diff lets people do with its changes; `Copy`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tools {
    /// Where they mark what they have looked at.
    pub viewed: Option<Viewed>,
    /// Where they decide what to take.
    pub picks: Option<Picks>,
    /// What they say on its lines.
    pub comments: Option<Comments>,
}

impl Tools {
    /// Says whether change `hunk` is left out; nothing where there is nothing to decide.
    pub(super) fn is_left_out(self, diff: &PromptDiff, hunk: usize) -> Option<Signal<bool>> {
        let (picks, id) = (self.picks?, diff.ids().get(hunk)?.clone());
        Some(Signal::derive(move || picks.of(&id) == Pick::LeftOut))
    }

    /// Offers the keys for it, as long as the diff is shown.
    pub(super) fn offer(self, nav: DiffNav) {
        let keyboard = Keyboard::use_context();
        if self.viewed.is_some() {
            keyboard.add(Command::new(
                "Mark this change as viewed",
                Some("v"),
                move || {
                    if let Some(hunk) = nav.meant() {
                        self.toggle_viewed(nav, hunk);
                    }
                },
            ));
        }
        if self.picks.is_none() {
            return;
        }
        let choose = move |pick: fn() -> Pick| {
            move || {
                if let Some(hunk) = nav.meant() {
                    nav.stand_at(hunk);
                    self.pick(nav, hunk, pick());
                    // Whoever decides by key goes through the changes one after the other.
                    nav.step(1);
                }
            }
        };
        keyboard.add(Command::new(
            "Accept this change",
            Some("a"),
            choose(|| Pick::Taken),
        ));
        keyboard.add(Command::new(
            "Leave this change out",
            Some("x"),
            choose(|| Pick::LeftOut),
        ));
        keyboard.add(Command::new("Edit this change", Some("i"), move || {
            if let Some(hunk) = nav.meant() {
                nav.edit(hunk);
            }
        }));
    }

    /// Decides what becomes of change `hunk`; whoever decided has looked at it.
    pub(super) fn pick(self, nav: DiffNav, hunk: usize, pick: Pick) {
        let Some(id) = nav
            .diff_untracked()
            .and_then(|diff| diff.ids().get(hunk).cloned())
        else {
            return;
        };
        if let Some(picks) = self.picks {
            picks.pick(&id, pick);
        }
        if let Some(viewed) = self.viewed {
            viewed.mark(&id, true);
        }
    }

    /// Marks change `hunk` as viewed, or takes the mark back.
    pub(super) fn toggle_viewed(self, nav: DiffNav, hunk: usize) {
        let id = nav
            .diff_untracked()
            .and_then(|diff| diff.ids().get(hunk).cloned());
        if let (Some(viewed), Some(id)) = (self.viewed, id) {
            viewed.mark(&id, !viewed.is_viewed_untracked(&id));
        }
    }
}
