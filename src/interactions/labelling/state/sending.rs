//! Ratings on their way, those that did not get there, and those that are taken back.

use super::Labelling;
use crate::{
    feedback::{FeedbackDraft, Typed},
    interactions::labelling::{
        outbox::{self, Kept, Sent, Standing, Unsaved},
        queue::{Fate, Place},
    },
};
use leptos::{prelude::*, task::spawn_local};
use review_api::{CreateFeedback, ErrorCode, Feedback, InteractionId, Rating};

impl Labelling {
    /// Returns the ratings that need a decision: not saved, and not on their way.
    pub(in crate::interactions::labelling) fn stuck(self) -> Vec<Unsaved> {
        let stuck = |entry: &&Unsaved| entry.standing != Standing::Sending;
        self.unsaved
            .with(|unsaved| unsaved.iter().filter(stuck).cloned().collect())
    }

    /// Sends a rating once more; `as_well` where somebody else rated the interaction meanwhile.
    pub(in crate::interactions::labelling) fn send_again(self, mut kept: Kept, as_well: bool) {
        kept.body.unrated &= !as_well;
        self.send(kept);
    }

    /// Gives up a rating that is not saved; what was typed goes back into the fields.
    pub(in crate::interactions::labelling) fn give_up(self, body: &CreateFeedback) {
        let id = &body.interaction_id;
        self.user.with_value(|user| outbox::forget(user, body));
        self.unsaved
            .update(|unsaved| unsaved.retain(|entry| entry.id() != id));
        self.keep(id, FeedbackDraft::of_body(body));
        self.visit.update(|visit| visit.forget(id));
    }

    pub(super) fn send(self, kept: Kept) {
        let user = self.user.get_value();
        outbox::keep(&user, &kept);
        let body = kept.body.clone();
        let id = body.interaction_id.clone();
        self.visit
            .update(|visit| visit.rate(id.clone(), body.rating));
        let sending = Unsaved {
            kept,
            standing: Standing::Sending,
        };
        self.unsaved.update(|unsaved| {
            unsaved.retain(|entry| *entry.id() != id);
            unsaved.push(sending);
        });
        let api = self.api.get_value();
        spawn_local(async move {
            let answer = api.create_feedback(&body).await;
            match outbox::outcome(&user, &body, answer) {
                Sent::Saved(given) => {
                    outbox::forget(&user, &body);
                    self.is_saved(*given, body.unrated);
                }
                Sent::Not(standing) => {
                    self.unsaved.try_update(|unsaved| {
                        let entry = unsaved.iter_mut().find(|entry| *entry.id() == id);
                        if let Some(entry) = entry {
                            entry.standing = standing;
                        }
                    });
                }
            }
        });
    }

    fn is_saved(self, given: Feedback, is_first: bool) {
        let id = given.interaction_id.clone();
        self.unsaved
            .try_update(|unsaved| unsaved.retain(|entry| *entry.id() != id));
        self.count(given.rating, is_first);
        self.saved.try_update(|saved| {
            saved.insert(id.clone(), given.clone());
        });
        let is_unwanted = self.unwanted.try_update(|unwanted| {
            let before = unwanted.len();
            unwanted.retain(|other| *other != id);
            unwanted.len() < before
        });
        if is_unwanted == Some(true) {
            self.withdraw(given);
        }
    }

    /// Moves the numbers by one rating, until they are read again.
    fn count(self, rating: Rating, is_first: bool) {
        let Some(progress) = self.progress.value_untracked() else {
            return;
        };
        let mut progress = progress.as_ref().clone();
        match rating {
            Rating::Positive => progress.feedback.positive += 1,
            Rating::Negative => progress.feedback.negative += 1,
        }
        if is_first {
            progress.labelled += 1;
            progress.waiting = progress.waiting.saturating_sub(1);
        }
        self.progress.set(progress);
    }

    /// Returns the rating that undo would take back: that of what shows, else the last one.
    fn undoable(self) -> Option<InteractionId> {
        let shown = self.current().map(|item| item.id);
        self.visit.with(|visit| {
            let rated = |id: &InteractionId| matches!(visit.fate(id), Some(Fate::Rated(_)));
            shown.filter(rated).or_else(|| visit.last_rated().cloned())
        })
    }

    /// Says why there is nothing to undo.
    pub(in crate::interactions::labelling) fn cannot_undo(self) -> Option<String> {
        let nothing = || "You rated nothing since you opened this page.".to_owned();
        self.undoable().is_none().then(nothing)
    }

    /// Takes back the rating of what shows, else the last one, and goes to its interaction.
    pub(in crate::interactions::labelling) fn undo(self) {
        let Some(id) = untrack(|| self.undoable()) else {
            return;
        };
        self.undo_failure.set(None);
        if let Some(given) = self.saved.with_untracked(|saved| saved.get(&id).cloned()) {
            return self.withdraw(given);
        }
        let entry = self.unsaved.with_untracked(|unsaved| {
            let found = unsaved.iter().find(|entry| *entry.id() == id);
            found.cloned()
        });
        match entry {
            // It may get there all the same: it is withdrawn when it has.
            Some(entry) if entry.standing == Standing::Sending => {
                self.unwanted.update(|unwanted| unwanted.push(id));
            }
            Some(entry) => {
                self.give_up(&entry.kept.body);
                self.go_to(&id);
            }
            None => self.visit.update(|visit| visit.forget(&id)),
        }
    }

    fn withdraw(self, given: Feedback) {
        let api = self.api.get_value();
        spawn_local(async move {
            match api.withdraw_feedback(&given.id, given.revision).await {
                Err(error) if error.code() != Some(ErrorCode::NotFound) => {
                    self.undo_failure.try_set(Some(error));
                }
                _ => self.is_withdrawn(&given),
            }
        });
    }

    fn is_withdrawn(self, given: &Feedback) {
        let id = &given.interaction_id;
        self.saved.try_update(|saved| saved.remove(id));
        if self.visit.try_update(|visit| visit.forget(id)).is_none() {
            // The page is gone.
            return;
        }
        self.progress.reload();
        let mut words = FeedbackDraft::of(given);
        words.take(Typed::Rating(given.rating));
        self.keep(id, words);
        self.toasts
            .say("Withdrew your rating. What you wrote with it is in the fields again.");
        self.go_to(id);
    }

    fn go_to(self, id: &InteractionId) {
        let index = self
            .items
            .with_untracked(|items| items.iter().position(|item| item.id == *id));
        if let Some(index) = index {
            self.place.set(Place::back_to(index));
        }
    }
}
