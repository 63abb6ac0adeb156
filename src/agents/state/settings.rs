//! State of the form for an agent's settings.

use super::PlanForm;
use crate::{
    api::{ApiClient, ApiError},
    query::Query,
    toasts::Toasts,
};
use leptos::{prelude::*, task::spawn_local};
use review_api::{Agent, AgentId, CreateDreaming, DreamingFrequency, ErrorCode, PatchAgent};

/// The settings as they are being edited; nothing typed is lost when saving fails.
#[derive(Clone, Copy)]
pub(in crate::agents) struct SettingsForm {
    api: StoredValue<ApiClient>,
    id: StoredValue<AgentId>,
    agent: Query<Agent>,
    toasts: Toasts,
    /// Whether the form is open.
    pub(in crate::agents) open: RwSignal<bool>,
    /// Whether the agent shall dream.
    pub(in crate::agents) enabled: RwSignal<bool>,
    /// How often.
    pub(in crate::agents) frequency: RwSignal<DreamingFrequency>,
    /// Who shall be told.
    pub(in crate::agents) webhook: RwSignal<String>,
    /// When, over how much and at what cost.
    pub(in crate::agents) plan: PlanForm,
    revision: RwSignal<u64>,
    /// Whether it is being saved.
    pub(in crate::agents) busy: RwSignal<bool>,
    /// Why it was not saved.
    pub(in crate::agents) failure: RwSignal<Option<ApiError>>,
}

impl SettingsForm {
    pub(in crate::agents) fn new(api: &ApiClient, id: &AgentId, agent: Query<Agent>) -> Self {
        Self {
            api: StoredValue::new(api.clone()),
            id: StoredValue::new(id.clone()),
            agent,
            toasts: Toasts::use_context(),
            open: RwSignal::new(false),
            enabled: RwSignal::new(false),
            frequency: RwSignal::new(DreamingFrequency::Daily),
            webhook: RwSignal::new(String::new()),
            plan: PlanForm::new(),
            revision: RwSignal::new(0),
            busy: RwSignal::new(false),
            failure: RwSignal::new(None),
        }
    }

    /// Opens the form with the settings as they are.
    pub(in crate::agents) fn edit(self) {
        if let Some(agent) = self.agent.value_untracked() {
            self.fill(&agent);
            self.failure.set(None);
            self.open.set(true);
        }
    }

    fn fill(self, agent: &Agent) {
        let dreaming = &agent.summary.dreaming;
        self.enabled.set(dreaming.dreaming_enabled);
        self.frequency.set(dreaming.dreaming_frequency);
        self.webhook
            .set(dreaming.feedback_webhook.clone().unwrap_or_default());
        self.plan.fill(&dreaming.plan);
        self.revision.set(agent.revision);
    }

    /// Says what is wrong with the address typed.
    pub(in crate::agents) fn webhook_error(self) -> Option<String> {
        wrong_webhook(&self.webhook.get())
    }

    /// Says whether somebody else saved other settings since the form was opened.
    pub(in crate::agents) fn is_outdated(self) -> bool {
        self.failure
            .with(|failure| failure.as_ref().and_then(ApiError::code) == Some(ErrorCode::Changed))
    }

    /// Goes on with what is typed over the settings as they are now.
    pub(in crate::agents) fn save_over(self) {
        let api = self.api.get_value();
        let id = self.id.get_value();
        self.busy.set(true);
        spawn_local(async move {
            let answer = api.agent(&id).await;
            self.busy.try_set(false);
            match answer {
                Ok(agent) => {
                    self.revision.try_set(agent.revision);
                    self.agent.set(agent);
                    self.save();
                }
                Err(error) => {
                    self.failure.try_set(Some(error));
                }
            }
        });
    }

    /// Sends what is typed.
    pub(in crate::agents) fn save(self) {
        let Some(body) = self.body() else {
            return;
        };
        if self.busy.try_get_untracked() != Some(false) {
            return;
        }
        self.busy.set(true);
        self.failure.set(None);
        let (api, id) = (self.api.get_value(), self.id.get_value());
        let revision = self.revision.get_untracked();
        spawn_local(async move {
            let answer = api.patch_agent(&id, &body, revision).await;
            self.busy.try_set(false);
            match answer {
                Ok(agent) => {
                    self.toasts
                        .say(format!("Saved the settings of {}", agent.summary.name));
                    self.agent.set(agent);
                    self.open.try_set(false);
                }
                Err(error) => {
                    self.failure.try_set(Some(error));
                }
            }
        });
    }

    /// Returns what to send, or nothing while something typed is wrong or the page is gone.
    fn body(self) -> Option<PatchAgent> {
        let webhook = self.webhook.try_get_untracked()?;
        if wrong_webhook(&webhook).is_some() {
            return None;
        }
        let plan = self.plan.plan()?;
        Some(PatchAgent {
            dreaming: CreateDreaming {
                dreaming_enabled: Some(self.enabled.get_untracked()),
                dreaming_frequency: Some(self.frequency.get_untracked()),
                feedback_webhook: Some(webhook.trim().to_owned()),
                plan: Some(plan),
            },
            ..PatchAgent::default()
        })
    }
}

/// Says what is wrong with the address of a webhook; the proxy looks closer.
pub(in crate::agents) fn wrong_webhook(typed: &str) -> Option<String> {
    let typed = typed.trim();
    let host = typed.strip_prefix("https://");
    let is_address = typed.is_empty()
        || host.is_some_and(|host| !host.is_empty() && !host.contains(char::is_whitespace));
    (!is_address).then(|| {
        "Give a whole address that begins with https://, or leave it empty for none.".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_https_address_or_nothing_may_be_saved() {
        for (typed, fits) in [
            ("", true),
            (" https://hooks.example/x ", true),
            ("http://hooks.example", false),
            ("https://", false),
            ("https://a b", false),
            ("hooks.example", false),
        ] {
            assert_eq!(wrong_webhook(typed).is_none(), fits, "{typed}");
        }
    }
}
