//! State of the interactions of an agent, and of one interaction with its transcript.

use crate::{
    api::{ApiClient, InteractionFilter, PageOf},
    browser::timers::Timer,
    events::Events,
    feedback::Ratings,
    listing::Listing,
};
use leptos::prelude::*;
use review_api::{AgentId, Interaction, InteractionId, InteractionSummary};
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
    summary: RwSignal<Option<InteractionSummary>>,
    ratings: Ratings,
    transcript: Events,
}

impl OpenInteraction {
    /// Loads the interaction, and its transcript up to the event `wanted`.
    pub fn open(id: InteractionId, wanted: Option<String>) -> Self {
        let api = ApiClient::use_context();
        let summary = RwSignal::new(None);
        let feedback = RwSignal::new(Vec::new());
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
            summary,
            ratings: Ratings::open(feedback),
            transcript: Events::open(ask, wanted),
        }
    }

    /// Shows an interaction that is here already; further pages of its transcript are asked for.
    pub fn loaded(interaction: Interaction) -> Self {
        let api = ApiClient::use_context();
        let id = interaction.summary.id.clone();
        let first = interaction.transcript;
        let ask = move |page: PageOf| {
            let (api, id, first) = (api.clone(), id.clone(), first.clone());
            async move {
                if page.cursor.is_some() {
                    return api.transcript(&id, page).await;
                }
                Ok(first)
            }
        };
        Self {
            summary: RwSignal::new(Some(interaction.summary)),
            ratings: Ratings::open(RwSignal::new(interaction.feedback)),
            transcript: Events::open(ask, None),
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

    /// Returns the ratings.
    pub fn ratings(self) -> Ratings {
        self.ratings
    }
}
