//! State of the agents' pages; each handle lives as long as its page.

mod create;
mod drifting;
mod keeping;
mod one;
mod plan;
mod policy;
mod ruling;
mod settings;
mod sleeping;
mod trending;
mod webhook;

pub(super) use create::CreateForm;
pub(super) use drifting::Drifting;
pub(super) use keeping::Keeping;
pub(super) use one::OneAgent;
pub(super) use plan::PlanForm;
pub(super) use policy::PolicyForm;
pub(super) use ruling::Ruling;
pub(super) use settings::SettingsForm;
pub(super) use sleeping::{Asking, Sleeping};
pub(super) use trending::{Trending, outcomes};
pub(super) use webhook::{Webhook, WebhookAct};

use crate::{api::ApiClient, browser::timers::Timer, listing::Listing, routes::QueryParam};
use leptos::prelude::*;
use review_api::AgentSummary;
use std::time::Duration;

/// How long typing must rest before the list is asked for.
const REST: Duration = Duration::from_millis(160);

/// The list of agents and what is looked for in it.
#[derive(Clone, Copy)]
pub(super) struct AgentsList {
    typed: RwSignal<String>,
    looked_for: QueryParam,
    rest: StoredValue<Option<Timer>>,
    /// The agents found.
    pub(super) found: Listing<AgentSummary>,
}

impl AgentsList {
    pub(super) fn new(api: ApiClient) -> Self {
        let looked_for = QueryParam::new("q");
        let found = Listing::new(move |page| {
            let (api, q) = (api.clone(), looked_for.get());
            async move { api.agents(&q, page).await }
        });
        Self {
            typed: RwSignal::new(untrack(move || looked_for.get())),
            looked_for,
            rest: StoredValue::new(None),
            found,
        }
    }

    /// Returns what is typed into the search field.
    pub(super) fn typed(self) -> Signal<String> {
        self.typed.into()
    }

    /// Says whether anything is looked for.
    pub(super) fn is_filtered(self) -> bool {
        !self.looked_for.get().trim().is_empty()
    }

    /// Looks for `text`, once typing rests.
    pub(super) fn look_for(self, text: String) {
        self.typed.set(text.clone());
        let timer = Timer::once(REST, move || self.looked_for.set(text));
        self.rest.set_value(Some(timer));
    }
}
