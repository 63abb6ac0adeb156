//! State of a prompt that somebody changed past this console.

use crate::{
    api::{ApiClient, ApiError},
    diff_view::compared,
    query::Query,
    toasts::Toasts,
};
use leptos::{prelude::*, task::spawn_local};
use prompt_diff::{PromptDiff, Sides};
use review_api::{Agent, AgentId, DriftSeen, ErrorCode, Prompt};
use std::sync::Arc;

/// The last version that was in order, and the one found.
pub(in crate::agents) type Versions = Option<(Prompt, Prompt)>;

/// Handle to the drift of one agent; `Copy`, lives as long as its page.
#[derive(Clone, Copy)]
pub(in crate::agents) struct Drifting {
    api: StoredValue<ApiClient>,
    id: StoredValue<AgentId>,
    agent: Query<Agent>,
    /// Whether the difference is shown.
    pub(in crate::agents) shown: RwSignal<bool>,
    /// Both versions, once the difference is shown.
    pub(in crate::agents) versions: Query<Versions>,
    /// Whether it is being marked as looked at.
    pub(in crate::agents) busy: RwSignal<bool>,
    /// Why it was not marked.
    pub(in crate::agents) failure: RwSignal<Option<ApiError>>,
    toasts: Toasts,
}

impl Drifting {
    pub(in crate::agents) fn new(api: &ApiClient, id: &AgentId, agent: Query<Agent>) -> Self {
        let shown = RwSignal::new(false);
        let wanted = Memo::new(move |_| {
            let drift = agent.value()?.drift.clone()?;
            shown
                .get()
                .then_some((drift.from_version, drift.to_version))
        });
        let versions = {
            let (api, id) = (api.clone(), id.clone());
            Query::new(move || {
                let (api, id, wanted) = (api.clone(), id.clone(), wanted.get());
                async move {
                    let Some((from, to)) = wanted else {
                        return Ok(None);
                    };
                    let before = api.prompt(&id, Some(from)).await?;
                    let after = api.prompt(&id, Some(to)).await?;
                    Ok(Some((before, after)))
                }
            })
        };
        Self {
            api: StoredValue::new(api.clone()),
            id: StoredValue::new(id.clone()),
            agent,
            shown,
            versions,
            busy: RwSignal::new(false),
            failure: RwSignal::new(None),
            toasts: Toasts::use_context(),
        }
    }

    /// Returns the one version against the other.
    pub(in crate::agents) fn diff(versions: Signal<Arc<Versions>>) -> Memo<Arc<PromptDiff>> {
        compared(Memo::new(move |_| {
            versions.with(|versions| match &**versions {
                Some((before, after)) => {
                    Sides::new(Arc::from(&*before.text), Arc::from(&*after.text))
                }
                None => Sides::new(Arc::from(""), Arc::from("")),
            })
        }))
    }

    /// Says that the person has looked at the version on screen.
    pub(in crate::agents) fn looked_at(self) {
        let Some(agent) = self.agent.value_untracked() else {
            return;
        };
        let Some(drift) = &agent.drift else { return };
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.failure.set(None);
        let body = DriftSeen {
            version: drift.to_version,
        };
        let (api, id) = (self.api.get_value(), self.id.get_value());
        let revision = agent.revision;
        spawn_local(async move {
            let answer = api.drift_seen(&id, &body, revision).await;
            self.busy.try_set(false);
            match answer {
                Ok(agent) => {
                    self.toasts.say("Marked as looked at.");
                    self.agent.set(agent);
                    self.shown.try_set(false);
                }
                Err(error) => {
                    match error.present::<Agent>() {
                        Some(present) => self.agent.set(present),
                        None if error.code() == Some(ErrorCode::Changed) => self.agent.reload(),
                        None => {}
                    }
                    self.failure.try_set(Some(error));
                }
            }
        });
    }
}
