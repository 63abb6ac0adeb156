//! State of the yes to a version that does worse.

use crate::{
    api::{ApiClient, ApiError},
    browser::storage::Draft,
    query::Query,
    toasts::Toasts,
};
use leptos::{prelude::*, task::spawn_local};
use review_api::{Agent, AgentId, ErrorCode, KeepVersion, Outcomes, UserName};

/// Handle to the question why a version stays although it does worse; `Copy`, lives as long as its page.
#[derive(Clone, Copy)]
pub(in crate::agents) struct Keeping {
    api: StoredValue<ApiClient>,
    id: StoredValue<AgentId>,
    /// Whose version.
    pub(in crate::agents) agent: Query<Agent>,
    /// How its versions did.
    pub(in crate::agents) outcomes: Query<Outcomes>,
    /// Whether it is asked.
    pub(in crate::agents) asked: RwSignal<bool>,
    /// What is typed; kept until it is saved.
    pub(in crate::agents) reason: Draft,
    /// Whether it is being saved.
    pub(in crate::agents) busy: RwSignal<bool>,
    /// Why it was not saved.
    pub(in crate::agents) failure: RwSignal<Option<ApiError>>,
    toasts: Toasts,
}

impl Keeping {
    pub(in crate::agents) fn new(
        api: &ApiClient,
        id: &AgentId,
        user: &UserName,
        agent: Query<Agent>,
        outcomes: Query<Outcomes>,
    ) -> Self {
        Self {
            api: StoredValue::new(api.clone()),
            id: StoredValue::new(id.clone()),
            agent,
            outcomes,
            asked: RwSignal::new(false),
            reason: Draft::open(format!("keep-version:{user}:{id}")),
            busy: RwSignal::new(false),
            failure: RwSignal::new(None),
            toasts: Toasts::use_context(),
        }
    }

    /// Says what is missing before it can be saved.
    pub(in crate::agents) fn missing(self) -> Option<String> {
        let is_empty = self.reason.get().trim().is_empty();
        is_empty.then(|| "Say why it stays.".to_owned())
    }

    /// Keeps the version on the screen.
    pub(in crate::agents) fn keep(self) {
        let shown = (
            self.agent.value_untracked(),
            self.outcomes.value_untracked(),
        );
        let (Some(agent), Some(outcomes)) = shown else {
            return;
        };
        let reason = self.reason.get_untracked();
        if reason.trim().is_empty() || self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.failure.set(None);
        let body = KeepVersion {
            version: outcomes.now,
            reason: reason.clone(),
        };
        let (api, id) = (self.api.get_value(), self.id.get_value());
        let sent = self.reason.forget_if_still(reason);
        spawn_local(async move {
            let answer = api.keep_version(&id, &body, agent.revision).await;
            self.busy.try_set(false);
            match answer {
                Ok(kept) => {
                    sent();
                    self.toasts
                        .say(format!("Version {} is kept.", kept.version));
                    self.asked.try_set(false);
                    self.outcomes.reload();
                }
                Err(error) => {
                    if error.code() == Some(ErrorCode::Changed) {
                        self.agent.reload();
                        self.outcomes.reload();
                    }
                    self.failure.try_set(Some(error));
                }
            }
        });
    }
}
