//! State of the page on one agent's webhook.

use crate::{
    api::{ApiClient, ApiError},
    browser::{clipboard, timers},
    listing::Listing,
    query::Query,
    toasts::Toasts,
};
use leptos::{prelude::*, task::spawn_local};
use review_api::{
    Agent, AgentId, AgentWebhook, Delivery, DeliveryDetail, DeliveryId, DeliveryState,
    WebhookSecret,
};
use std::time::Duration;

/// How often deliveries that wait are looked at.
const PERIOD: Duration = Duration::from_secs(4);

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::agents) enum WebhookAct {
    /// The secret.
    Secret,
    /// A test.
    Test,
    /// A delivery, once more.
    Again(DeliveryId),
}

/// Handle to the webhook of one agent; `Copy`, lives as long as its page.
#[derive(Clone, Copy)]
pub(in crate::agents) struct Webhook {
    api: StoredValue<ApiClient>,
    id: StoredValue<AgentId>,
    /// Whose webhook it is.
    pub(in crate::agents) agent: Query<Agent>,
    /// The webhook as it is now.
    pub(in crate::agents) now: Query<AgentWebhook>,
    /// What was posted, newest first.
    pub(in crate::agents) deliveries: Listing<Delivery>,
    /// The delivery whose attempts are shown.
    pub(in crate::agents) opened: RwSignal<Option<DeliveryId>>,
    /// Its attempts.
    pub(in crate::agents) detail: Query<Option<DeliveryDetail>>,
    /// The secret, until the person has taken it away.
    pub(in crate::agents) secret: RwSignal<Option<WebhookSecret>>,
    /// What is on its way.
    pub(in crate::agents) busy: RwSignal<Option<WebhookAct>>,
    /// Why it did not go through.
    pub(in crate::agents) failure: RwSignal<Option<ApiError>>,
    toasts: Toasts,
}

impl Webhook {
    pub(in crate::agents) fn new(api: &ApiClient, id: &AgentId) -> Self {
        let asking = |api: &ApiClient| (api.clone(), id.clone());
        let agent = {
            let (api, id) = asking(api);
            Query::new(move || {
                let (api, id) = (api.clone(), id.clone());
                async move { api.agent(&id).await }
            })
        };
        let webhook = {
            let (api, id) = asking(api);
            Query::new(move || {
                let (api, id) = (api.clone(), id.clone());
                async move { api.webhook(&id).await }
            })
        };
        let deliveries = {
            let (api, id) = asking(api);
            Listing::new(move |page| {
                let (api, id) = (api.clone(), id.clone());
                async move { api.deliveries(&id, page).await }
            })
        };
        let opened = RwSignal::new(None::<DeliveryId>);
        let detail = {
            let api = api.clone();
            Query::new(move || {
                let (api, opened) = (api.clone(), opened.get());
                async move {
                    match opened {
                        Some(id) => api.delivery(&id).await.map(Some),
                        None => Ok(None),
                    }
                }
            })
        };
        let this = Self {
            api: StoredValue::new(api.clone()),
            id: StoredValue::new(id.clone()),
            agent,
            now: webhook,
            deliveries,
            opened,
            detail,
            secret: RwSignal::new(None),
            busy: RwSignal::new(None),
            failure: RwSignal::new(None),
            toasts: Toasts::use_context(),
        };
        timers::every_while_visible(PERIOD, move || this.look_again());
        this
    }

    /// Asks again while something waits, as long as only the first page is open.
    fn look_again(self) {
        let first = self.deliveries.first().value_untracked();
        let waits = |delivery: &Delivery| delivery.state == DeliveryState::Waiting;
        if first.is_some_and(|page| page.items.iter().any(waits)) {
            self.reload();
        }
    }

    fn reload(self) {
        self.deliveries.reload();
        self.now.reload();
        if self.opened.try_get_untracked().flatten().is_some() {
            self.detail.reload();
        }
    }

    /// Asks for the secret: the one there is, if nobody saw it, or a new one.
    pub(in crate::agents) fn show_secret(self) {
        let Some(revision) = self.begin(WebhookAct::Secret) else {
            return;
        };
        let (api, id) = (self.api.get_value(), self.id.get_value());
        spawn_local(async move {
            let answer = api.webhook_secret(&id, revision).await;
            self.end(answer, move |secret| {
                self.secret.try_set(Some(secret));
            });
        });
    }

    /// Puts the secret into the clipboard.
    pub(in crate::agents) fn copy_secret(self) {
        let Some(secret) = self.secret.get_untracked() else {
            return;
        };
        spawn_local(async move {
            let said = if clipboard::copy(&secret.secret).await {
                "The secret is in the clipboard."
            } else {
                "The browser did not let it be copied; select it instead."
            };
            self.toasts.say(said);
        });
    }

    /// Sends something to try the webhook.
    pub(in crate::agents) fn test(self) {
        let Some(revision) = self.begin(WebhookAct::Test) else {
            return;
        };
        let (api, id) = (self.api.get_value(), self.id.get_value());
        spawn_local(async move {
            let answer = api.test_webhook(&id, revision).await;
            self.end(answer, move |delivery| {
                self.opened.try_set(Some(delivery.id));
            });
        });
    }

    /// Has something delivered again.
    pub(in crate::agents) fn deliver_again(self, id: DeliveryId, revision: u64) {
        if self.begin(WebhookAct::Again(id.clone())).is_none() {
            return;
        }
        let api = self.api.get_value();
        spawn_local(async move {
            let answer = api.deliver_again(&id, revision).await;
            self.end(answer, move |_| {
                self.toasts.say("It is delivered again, under the same id.");
            });
        });
    }

    /// Begins an act, unless one is on its way; returns the revision of the agent that is on screen.
    fn begin(self, act: WebhookAct) -> Option<u64> {
        if self.busy.get_untracked().is_some() {
            return None;
        }
        let revision = self.agent.value_untracked()?.revision;
        self.failure.set(None);
        self.busy.set(Some(act));
        Some(revision)
    }

    fn end<T>(self, answer: Result<T, ApiError>, done: impl FnOnce(T)) {
        self.busy.try_set(None);
        match answer {
            Ok(answer) => done(answer),
            Err(error) => {
                self.failure.try_set(Some(error));
                self.agent.reload();
            }
        }
        self.reload();
    }
}
