//! State of the rule by which an agent logs ratings: staging it as a change of the prompt.

use crate::api::{ApiClient, ApiError};
use leptos::{prelude::*, task::spawn_local};
use review_api::{Agent, ChangeId, StageChange};
use review_core::rule_log;

/// Handle to the rule of one agent; `Copy`, lives as long as its page.
#[derive(Clone, Copy)]
pub(in crate::agents) struct Ruling {
    api: StoredValue<ApiClient>,
    /// Whether it is being staged.
    pub(in crate::agents) busy: RwSignal<bool>,
    /// Why it was not staged.
    pub(in crate::agents) failure: RwSignal<Option<ApiError>>,
    /// The change that it was staged as.
    pub(in crate::agents) staged: RwSignal<Option<ChangeId>>,
}

impl Ruling {
    pub(in crate::agents) fn new(api: &ApiClient) -> Self {
        Self {
            api: StoredValue::new(api.clone()),
            busy: RwSignal::new(false),
            failure: RwSignal::new(None),
            staged: RwSignal::new(None),
        }
    }

    /// Stages the rule at the end of the prompt that the person saw.
    pub(in crate::agents) fn stage(self, agent: &Agent) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.failure.set(None);
        let body = StageChange {
            agent_id: Some(agent.summary.id.clone()),
            base_version: agent.prompt.version,
            proposed: Some(rule_log::with_rule(&agent.prompt.text)),
            title: Some("Log ratings by a rule".to_owned()),
            ..StageChange::default()
        };
        let api = self.api.get_value();
        spawn_local(async move {
            let answer = api.stage_change(&body).await;
            self.busy.try_set(false);
            match answer {
                Ok(change) => {
                    self.staged.try_set(Some(change.summary.id));
                }
                Err(error) => {
                    self.failure.try_set(Some(error));
                }
            }
        });
    }
}
