//! State of the feedback on one interaction: what was given, what is being written, what is on its way.

use super::{FeedbackDraft, Typed};
use crate::{
    api::{ApiClient, ApiError},
    browser::storage::Draft,
    toasts::Toasts,
};
use leptos::{prelude::*, task::spawn_local};
use review_api::{AgentId, ErrorCode, Feedback, FeedbackId, InteractionId, UserName};

/// What did not go through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// The rating that it was about.
    pub of: FeedbackId,
    /// Why.
    pub error: ApiError,
}

/// Handle to the ratings that were given to one interaction; `Copy`, lives as long as its page.
#[derive(Debug, Clone, Copy)]
pub struct Ratings {
    api: StoredValue<ApiClient>,
    all: RwSignal<Vec<Feedback>>,
    busy: RwSignal<bool>,
    failed: RwSignal<Option<Failed>>,
    toasts: Toasts,
}

impl Ratings {
    /// Shows `all`, newest first, and what becomes of them.
    pub fn open(all: RwSignal<Vec<Feedback>>) -> Self {
        Self {
            api: StoredValue::new(ApiClient::use_context()),
            all,
            busy: RwSignal::new(false),
            failed: RwSignal::new(None),
            toasts: Toasts::use_context(),
        }
    }

    /// Returns the ratings, newest first.
    pub fn all(self) -> Signal<Vec<Feedback>> {
        self.all.into()
    }

    /// Says whether an edit or a withdrawal is on its way.
    pub fn is_busy(self) -> Signal<bool> {
        self.busy.into()
    }

    /// Returns why what was asked for `id` last did not go through.
    pub fn failed(self, id: &FeedbackId) -> Option<ApiError> {
        self.failed.with(|failed| {
            let failed = failed.as_ref()?;
            (failed.of == *id).then(|| failed.error.clone())
        })
    }

    /// Forgets why something did not go through.
    pub fn forget_failure(self) {
        self.failed.set(None);
    }

    /// Withdraws a rating; it counts no more.
    pub fn withdraw(self, feedback: &Feedback) {
        if !self.set_out() {
            return;
        }
        let (api, id, revision) = (self.api.get_value(), feedback.id.clone(), feedback.revision);
        spawn_local(async move {
            let answer = api.withdraw_feedback(&id, revision).await;
            self.busy.try_set(false);
            match answer {
                Ok(gone) => {
                    self.toasts.say("Withdrew the rating. It counts no more.");
                    self.remove(&gone.id);
                }
                Err(error) => self.say_failed(&api, id, error).await,
            }
        });
    }

    /// Shows a rating as the proxy has it now.
    fn show(self, given: Feedback) {
        self.all.try_update(
            |all| match all.iter_mut().find(|known| known.id == given.id) {
                Some(known) => *known = given,
                None => all.insert(0, given),
            },
        );
    }

    fn remove(self, id: &FeedbackId) {
        self.all
            .try_update(|all| all.retain(|known| known.id != *id));
    }

    /// Marks something as on its way; not where something is already.
    fn set_out(self) -> bool {
        if self.busy.get_untracked() {
            return false;
        }
        self.failed.set(None);
        self.busy.set(true);
        true
    }

    /// Says what did not go through, and shows the rating as it is by now where it is another one.
    async fn say_failed(self, api: &ApiClient, of: FeedbackId, error: ApiError) {
        let code = error.code();
        self.failed.try_set(Some(Failed {
            of: of.clone(),
            error,
        }));
        match code {
            Some(ErrorCode::NotFound) => self.remove(&of),
            Some(ErrorCode::Changed | ErrorCode::Conflict) => {
                if let Ok(now) = api.feedback(&of).await {
                    self.show(now);
                }
            }
            _ => {}
        }
    }
}

/// Handle to a new rating: what is typed, and what became of sending it.
#[derive(Debug, Clone, Copy)]
pub struct FeedbackForm {
    ratings: Ratings,
    of: StoredValue<(AgentId, InteractionId)>,
    kept: Draft,
    sending: RwSignal<bool>,
    failure: RwSignal<Option<ApiError>>,
}

impl FeedbackForm {
    /// Opens the form with what `user` had typed before.
    pub fn open(
        ratings: Ratings,
        agent: AgentId,
        interaction: InteractionId,
        user: &UserName,
    ) -> Self {
        let key = FeedbackDraft::storage_key(user, &interaction);
        Self {
            ratings,
            of: StoredValue::new((agent, interaction)),
            kept: Draft::open(key),
            sending: RwSignal::new(false),
            failure: RwSignal::new(None),
        }
    }

    /// Returns what is typed.
    pub fn draft(self) -> FeedbackDraft {
        FeedbackDraft::from_storage(&self.kept.get())
    }

    /// Takes in what was typed, and keeps it.
    pub fn take(self, typed: Typed) {
        take(self.kept, typed);
        self.failure.set(None);
    }

    /// Says whether it is being sent.
    pub fn sending(self) -> Signal<bool> {
        self.sending.into()
    }

    /// Returns why the last attempt to send failed.
    pub fn failure(self) -> Signal<Option<ApiError>> {
        self.failure.into()
    }

    /// Sends what is typed; it stays until the server has it. `done` is told what the server made of it.
    pub fn submit(self, done: Option<Callback<Feedback>>) {
        let typed = self.kept.get_untracked();
        let draft = FeedbackDraft::from_storage(&typed);
        let body = self
            .of
            .with_value(|(agent, interaction)| draft.body(agent, interaction));
        let Some(body) = body.filter(|_| !self.sending.get_untracked()) else {
            return;
        };
        self.sending.set(true);
        self.failure.set(None);
        let (api, ratings) = (self.ratings.api.get_value(), self.ratings);
        let forget = self.kept.forget_if_still(typed);
        spawn_local(async move {
            let answer = api.create_feedback(&body).await;
            self.sending.try_set(false);
            match answer {
                Ok(given) => {
                    forget();
                    let word = given.rating.as_str();
                    ratings.toasts.say(format!("Saved your {word} rating."));
                    ratings.show(given.clone());
                    if let Some(done) = done {
                        done.try_run(given);
                    }
                }
                Err(error) => {
                    self.failure.try_set(Some(error));
                }
            }
        });
    }
}

/// Handle to the edit of a rating.
#[derive(Debug, Clone, Copy)]
pub struct EditForm {
    ratings: Ratings,
    of: StoredValue<Feedback>,
    kept: Draft,
    open: RwSignal<bool>,
}

impl EditForm {
    /// Opens the edit of `feedback` with what `user` had typed before, if anything.
    pub fn open(ratings: Ratings, feedback: Feedback, user: &UserName) -> Self {
        let kept = Draft::open(FeedbackDraft::edit_key(user, &feedback));
        Self {
            ratings,
            of: StoredValue::new(feedback),
            kept,
            open: RwSignal::new(!kept.get_untracked().is_empty()),
        }
    }

    /// Says whether it is being edited.
    pub fn is_open(self) -> bool {
        self.open.get()
    }

    /// Begins to edit.
    pub fn begin(self) {
        let draft = self.of.with_value(FeedbackDraft::of);
        self.kept.set(draft.to_storage());
        self.open.set(true);
    }

    /// Lets the edit go.
    pub fn discard(self) {
        self.ratings.forget_failure();
        self.kept.clear();
        self.open.set(false);
    }

    /// Returns what is typed.
    pub fn draft(self) -> FeedbackDraft {
        FeedbackDraft::from_storage(&self.kept.get())
    }

    /// Takes in what was typed, and keeps it.
    pub fn take(self, typed: Typed) {
        take(self.kept, typed);
        self.ratings.forget_failure();
    }

    /// Sends what is another; it stays until the server has it.
    pub fn submit(self) {
        let typed = self.kept.get_untracked();
        let draft = FeedbackDraft::from_storage(&typed);
        let before = self.of.get_value();
        let Some(edit) = draft.edit_of(&before) else {
            return;
        };
        if edit == review_api::PatchFeedback::default() {
            return self.discard();
        }
        let ratings = self.ratings;
        if !ratings.set_out() {
            return;
        }
        let api = ratings.api.get_value();
        let forget = self.kept.forget_if_still(typed);
        spawn_local(async move {
            let answer = api.edit_feedback(&before.id, &edit, before.revision).await;
            ratings.busy.try_set(false);
            match answer {
                Ok(edited) => {
                    forget();
                    ratings.toasts.say("Saved your rating.");
                    ratings.show(edited);
                }
                Err(error) => ratings.say_failed(&api, before.id, error).await,
            }
        });
    }
}

fn take(kept: Draft, typed: Typed) {
    let mut draft = FeedbackDraft::from_storage(&kept.get_untracked());
    draft.take(typed);
    kept.set(draft.to_storage());
}
