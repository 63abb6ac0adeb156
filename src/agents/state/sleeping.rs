//! State of an agent's dreams by hand, and of what became of the slots of its schedule.

use super::OneAgent;
use crate::{
    api::{ApiClient, ApiError},
    listing::Listing,
    toasts::Toasts,
};
use leptos::{prelude::*, task::spawn_local};
use review_api::{AgentId, DreamId, DreamRun};

/// What is on its way to the proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::agents) enum Asking {
    /// A dream is asked for.
    Dream,
    /// A dream is called off.
    Cancel,
}

/// Handle to an agent's dreaming; `Copy`, lives as long as its page.
#[derive(Clone, Copy)]
pub(in crate::agents) struct Sleeping {
    api: StoredValue<ApiClient>,
    id: StoredValue<AgentId>,
    one: OneAgent,
    /// What became of each slot, newest first.
    pub(in crate::agents) runs: Listing<DreamRun>,
    /// What is on its way.
    pub(in crate::agents) busy: RwSignal<Option<Asking>>,
    /// Why it did not go through.
    pub(in crate::agents) failure: RwSignal<Option<ApiError>>,
    toasts: Toasts,
}

impl Sleeping {
    pub(in crate::agents) fn new(api: &ApiClient, id: &AgentId, one: OneAgent) -> Self {
        let runs = {
            let (api, id) = (api.clone(), id.clone());
            Listing::new(move |page| {
                let (api, id) = (api.clone(), id.clone());
                async move { api.dream_runs(&id, page).await }
            })
        };
        Self {
            api: StoredValue::new(api.clone()),
            id: StoredValue::new(id.clone()),
            one,
            runs,
            busy: RwSignal::new(None),
            failure: RwSignal::new(None),
            toasts: Toasts::use_context(),
        }
    }

    /// Returns the dream that has not ended, if there is one.
    pub(in crate::agents) fn running(self) -> Option<DreamId> {
        let dreams = self.one.dreams.items();
        let running = dreams.into_iter().find(|dream| !dream.status.is_final());
        running.map(|dream| dream.id)
    }

    /// Asks for a dream now.
    pub(in crate::agents) fn dream_now(self) {
        if !self.begin(Asking::Dream) {
            return;
        }
        let (api, id) = (self.api.get_value(), self.id.get_value());
        spawn_local(async move {
            let answer = api.dream_now(&id).await;
            self.end(answer.map(|_| "It dreams now. The dream shows in the list below."));
        });
    }

    /// Calls a dream off.
    pub(in crate::agents) fn cancel(self, dream: DreamId) {
        if !self.begin(Asking::Cancel) {
            return;
        }
        let api = self.api.get_value();
        spawn_local(async move {
            let answer = api.cancel_dream(&dream).await;
            self.end(answer.map(|_| "The dream is called off. Nothing was changed."));
        });
    }

    fn begin(self, what: Asking) -> bool {
        if self.busy.get_untracked().is_some() {
            return false;
        }
        self.failure.set(None);
        self.busy.set(Some(what));
        true
    }

    fn end(self, answer: Result<&str, ApiError>) {
        self.busy.try_set(None);
        match answer {
            Ok(said) => self.toasts.say(said),
            Err(error) => {
                self.failure.try_set(Some(error));
            }
        }
        // Whatever came of it stands in both lists.
        self.runs.reload();
        self.one.dreams.reload();
        self.one.agent.reload();
    }
}
