//! State of the interactions of an agent, and of one interaction with its transcript and feedback.

use super::draft::FeedbackDraft;
use crate::{
    api::{ApiClient, ApiError, InteractionFilter, PageOf},
    browser::{storage::Draft, timers::Timer},
    events::Events,
    listing::Listing,
    toasts::Toasts,
};
use leptos::{prelude::*, task::spawn_local};
use review_api::{AgentId, Feedback, InteractionId, InteractionSummary, Rating, UserName};
use std::time::Duration;

/// How long typing has to pause before the search is asked.
const TYPING_PAUSE: Duration = Duration::from_millis(200);

/// Handle to the interactions of one agent; `Copy`, lives as long as its page.
#[derive(Clone, Copy)]
pub struct AgentInteractions {
    filter: RwSignal<InteractionFilter>,
    listing: Listing<InteractionSummary>,
    typing: StoredValue<Option<Timer>, LocalStorage>,
}

impl AgentInteractions {
    /// Loads the first page of those that pass `filter`.
    pub fn open(agent: AgentId, filter: InteractionFilter) -> Self {
        let api = ApiClient::use_context();
        let filter = RwSignal::new(filter);
        let listing = Listing::new(move |page: PageOf| {
            let (api, agent, filter) = (api.clone(), agent.clone(), filter.get());
            async move { api.agent_interactions(&agent, &filter, page).await }
        });
        Self {
            filter,
            listing,
            typing: StoredValue::new_local(None),
        }
    }

    /// Returns the pages, for the four faces.
    pub fn listing(self) -> Listing<InteractionSummary> {
        self.listing
    }

    /// Returns which interactions are shown.
    pub fn filter(self) -> Signal<InteractionFilter> {
        self.filter.into()
    }

    /// Shows only rated ones, only unrated ones, or any.
    pub fn show_rated(self, rated: Option<bool>) {
        self.filter.update(|filter| filter.rated = rated);
    }

    /// Looks for `text`, once typing pauses.
    pub fn search(self, text: String) {
        let pause = Timer::once(TYPING_PAUSE, move || {
            self.filter.try_update(|filter| filter.q = text);
        });
        self.typing.set_value(Some(pause));
    }
}

/// Handle to one interaction; `Copy`, lives as long as its page.
#[derive(Debug, Clone, Copy)]
pub struct OpenInteraction {
    api: StoredValue<ApiClient>,
    id: StoredValue<InteractionId>,
    summary: RwSignal<Option<InteractionSummary>>,
    feedback: RwSignal<Vec<Feedback>>,
    transcript: Events,
}

impl OpenInteraction {
    /// Loads the interaction, and its transcript up to the event `wanted`.
    pub fn open(id: InteractionId, wanted: Option<String>) -> Self {
        let api = ApiClient::use_context();
        let summary = RwSignal::new(None);
        let feedback = RwSignal::new(Vec::new());
        let (stored_api, stored_id) = (api.clone(), id.clone());
        let ask = move |page: PageOf| {
            let (api, id) = (api.clone(), id.clone());
            async move {
                if page.cursor.is_some() {
                    return api.transcript(&id, page).await;
                }
                // The first page comes with the interaction itself.
                let interaction = api.interaction(&id).await?;
                summary.try_set(Some(interaction.summary));
                feedback.try_set(interaction.feedback);
                Ok(interaction.transcript)
            }
        };
        Self {
            api: StoredValue::new(stored_api),
            id: StoredValue::new(stored_id),
            summary,
            feedback,
            transcript: Events::open(ask, wanted),
        }
    }

    /// Returns what it is about; nothing before the first answer.
    pub fn summary(self) -> Signal<Option<InteractionSummary>> {
        self.summary.into()
    }

    /// Returns what was said and done.
    pub fn transcript(self) -> Events {
        self.transcript
    }

    /// Returns the ratings, newest first.
    pub fn feedback(self) -> Signal<Vec<Feedback>> {
        self.feedback.into()
    }

    fn add_feedback(self, given: Feedback) {
        let rating = given.rating;
        let known = self.feedback.try_update(|all| {
            let known = all.iter().any(|old| old.id == given.id);
            if !known {
                all.insert(0, given);
            }
            known
        });
        if known == Some(false) {
            self.summary.try_update(|summary| {
                if let Some(summary) = summary {
                    match rating {
                        Rating::Positive => summary.feedback.positive += 1,
                        Rating::Negative => summary.feedback.negative += 1,
                    }
                }
            });
        }
    }
}

/// Handle to the form: what is typed, and what became of sending it.
#[derive(Debug, Clone, Copy)]
pub struct FeedbackForm {
    interaction: OpenInteraction,
    kept: Draft,
    sending: RwSignal<bool>,
    failure: RwSignal<Option<ApiError>>,
    toasts: Toasts,
}

impl FeedbackForm {
    /// Opens the form with what `user` had typed before.
    pub fn open(interaction: OpenInteraction, user: &UserName) -> Self {
        let key = interaction
            .id
            .with_value(|id| FeedbackDraft::storage_key(user, id));
        Self {
            interaction,
            kept: Draft::open(key),
            sending: RwSignal::new(false),
            failure: RwSignal::new(None),
            toasts: Toasts::use_context(),
        }
    }

    /// Returns what is typed.
    pub fn draft(self) -> FeedbackDraft {
        FeedbackDraft::from_storage(&self.kept.get())
    }

    /// Changes what is typed, and keeps it.
    pub fn edit(self, edit: impl FnOnce(&mut FeedbackDraft)) {
        let mut draft = FeedbackDraft::from_storage(&self.kept.get_untracked());
        edit(&mut draft);
        self.kept.set(draft.to_storage());
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

    /// Sends what is typed; it stays until the server has it.
    pub fn submit(self) {
        let Some(summary) = self.interaction.summary.get_untracked() else {
            return;
        };
        let typed = self.kept.get_untracked();
        let body = FeedbackDraft::from_storage(&typed).body(&summary.agent_id, &summary.id);
        let Some(body) = body.filter(|_| !self.sending.get_untracked()) else {
            return;
        };
        self.sending.set(true);
        self.failure.set(None);
        let api = self.interaction.api.get_value();
        let toasts = self.toasts;
        let forget = self.kept.forget_if_still(typed);
        spawn_local(async move {
            let answer = api.create_feedback(&body).await;
            self.sending.try_set(false);
            match answer {
                Ok(given) => {
                    forget();
                    toasts.say(format!("Saved your {} rating.", given.rating.as_str()));
                    self.interaction.add_feedback(given);
                }
                Err(error) => {
                    self.failure.try_set(Some(error));
                }
            }
        });
    }
}
