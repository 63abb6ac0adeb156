//! State of the form for a new agent.

use super::settings::wrong_webhook;
use crate::{
    api::{ApiClient, ApiError},
    browser::storage::Draft,
    toasts::Toasts,
};
use leptos::{prelude::*, task::spawn_local};
use review_api::{
    AgentId, CreateAgent, CreateDreaming, DreamingFrequency, MAX_PROMPT_CHARS, UserName,
};

/// The new agent as it is typed; kept as a draft until it is created.
#[derive(Clone, Copy)]
pub(in crate::agents) struct CreateForm {
    api: StoredValue<ApiClient>,
    toasts: Toasts,
    pub(in crate::agents) name: Draft,
    pub(in crate::agents) model: Draft,
    pub(in crate::agents) description: Draft,
    pub(in crate::agents) prompt: Draft,
    pub(in crate::agents) webhook: Draft,
    pub(in crate::agents) enabled: RwSignal<bool>,
    pub(in crate::agents) frequency: RwSignal<DreamingFrequency>,
    /// Whether a first attempt was made, so that what is wrong may show.
    pub(in crate::agents) tried: RwSignal<bool>,
    pub(in crate::agents) busy: RwSignal<bool>,
    pub(in crate::agents) failure: RwSignal<Option<ApiError>>,
    on_created: Callback<AgentId>,
}

impl CreateForm {
    pub(in crate::agents) fn new(
        api: ApiClient,
        user: &UserName,
        on_created: Callback<AgentId>,
    ) -> Self {
        let draft = |field: &str| Draft::open(format!("new-agent:{user}:{field}"));
        Self {
            api: StoredValue::new(api),
            toasts: Toasts::use_context(),
            name: draft("name"),
            model: draft("model"),
            description: draft("description"),
            prompt: draft("prompt"),
            webhook: draft("webhook"),
            enabled: RwSignal::new(true),
            frequency: RwSignal::new(DreamingFrequency::Daily),
            tried: RwSignal::new(false),
            busy: RwSignal::new(false),
            failure: RwSignal::new(None),
            on_created,
        }
    }

    pub(in crate::agents) fn name_error(self) -> Option<String> {
        let length = self.name.get().trim().chars().count();
        match length {
            0 => Some("Give it a name.".to_owned()),
            1..=256 => None,
            _ => Some(format!("At most 256 characters; this has {length}.")),
        }
    }

    pub(in crate::agents) fn model_error(self) -> Option<String> {
        let empty = self.model.get().trim().is_empty();
        empty.then(|| "Give the model's id.".to_owned())
    }

    pub(in crate::agents) fn prompt_error(self) -> Option<String> {
        let length = self.prompt.get().chars().count();
        (length > MAX_PROMPT_CHARS)
            .then(|| format!("At most {MAX_PROMPT_CHARS} characters; this has {length}."))
    }

    pub(in crate::agents) fn description_error(self) -> Option<String> {
        let length = self.description.get().chars().count();
        (length > 2_048).then(|| format!("At most 2048 characters; this has {length}."))
    }

    pub(in crate::agents) fn webhook_error(self) -> Option<String> {
        wrong_webhook(&self.webhook.get())
    }

    /// Says whether everything typed can be sent.
    pub(in crate::agents) fn is_right(self) -> bool {
        self.name_error().is_none()
            && self.model_error().is_none()
            && self.prompt_error().is_none()
            && self.description_error().is_none()
            && self.webhook_error().is_none()
    }

    /// Sends what is typed, if it can be sent.
    pub(in crate::agents) fn create(self) {
        self.tried.set(true);
        if !untrack(move || self.is_right()) || self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.failure.set(None);
        let body = CreateAgent {
            name: self.name.get_untracked().trim().to_owned(),
            model: self.model.get_untracked().trim().to_owned(),
            system_prompt: self.prompt.get_untracked(),
            description: given(&self.description.get_untracked()),
            dreaming: CreateDreaming {
                dreaming_enabled: Some(self.enabled.get_untracked()),
                dreaming_frequency: Some(self.frequency.get_untracked()),
                feedback_webhook: given(&self.webhook.get_untracked()),
                plan: None,
            },
        };
        let api = self.api.get_value();
        spawn_local(async move {
            let answer = api.create_agent(&body).await;
            self.busy.try_set(false);
            match answer {
                Ok(agent) => {
                    for draft in [
                        self.name,
                        self.model,
                        self.description,
                        self.prompt,
                        self.webhook,
                    ] {
                        draft.clear();
                    }
                    self.toasts.say(format!("Created {}", agent.summary.name));
                    self.on_created.try_run(agent.summary.id);
                }
                Err(error) => {
                    self.failure.try_set(Some(error));
                }
            }
        });
    }
}

fn given(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}
