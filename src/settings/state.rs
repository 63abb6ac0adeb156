//! State of the one switch for what policies do by themselves.

use crate::{
    api::{ApiClient, ApiError},
    browser::storage::Draft,
    query::Query,
    session::Session,
    toasts::Toasts,
};
use leptos::{prelude::*, task::spawn_local};
use review_api::{AutomationSwitch, ErrorCode};
use review_core::automation;

/// Handle to the switch; `Copy`, lives as long as the page.
#[derive(Clone, Copy)]
pub(super) struct Switch {
    api: StoredValue<ApiClient>,
    session: Session,
    toasts: Toasts,
    /// The switch as the proxy has it.
    pub(super) query: Query<AutomationSwitch>,
    /// Whether the question for the reason is open.
    pub(super) asked: RwSignal<bool>,
    /// The reason, which outlives errors and reloads.
    pub(super) reason: Draft,
    /// Whether it is being used.
    pub(super) busy: RwSignal<bool>,
    /// Why it was not used.
    pub(super) failure: RwSignal<Option<ApiError>>,
}

impl Switch {
    pub(super) fn new() -> Self {
        let api = ApiClient::use_context();
        let session = Session::use_context();
        let name = session.user_untracked().name;
        let client = api.clone();
        Self {
            api: StoredValue::new(api),
            session,
            toasts: Toasts::use_context(),
            query: Query::new(move || {
                let client = client.clone();
                async move { client.automation().await }
            }),
            asked: RwSignal::new(false),
            reason: Draft::open(format!("{name}:automation")),
            busy: RwSignal::new(false),
            failure: RwSignal::new(None),
        }
    }

    /// Says whether automation is paused, as far as is known.
    pub(super) fn is_paused(self) -> bool {
        self.query.value().is_some_and(|it| it.paused.is_some())
    }

    /// Says why the switch may not be used by whoever asks.
    pub(super) fn refusal(self) -> Option<String> {
        let paused = self.query.value()?.paused.clone();
        let user = self.session.user();
        let verdict = match &paused {
            Some(paused) => automation::may_resume(&user, Some(paused)),
            None => automation::may_pause(&user, None),
        };
        verdict.err().map(|refusal| refusal.sentence)
    }

    /// Uses the switch: the other way than it stands on the screen.
    pub(super) fn use_it(self) {
        let Some(seen) = self.query.value_untracked() else {
            return;
        };
        let reason = self.reason.get_untracked();
        if self.busy.try_get_untracked() != Some(false) || reason.trim().is_empty() {
            return;
        }
        self.busy.set(true);
        self.failure.set(None);
        let is_pause = seen.paused.is_none();
        let forget = self.reason.forget_if_still(reason.clone());
        let api = self.api.get_value();
        spawn_local(async move {
            let answer = api.switch_automation(is_pause, reason, seen.revision).await;
            self.busy.try_set(false);
            match answer {
                Ok(switch) => {
                    forget();
                    self.toasts.say(if is_pause {
                        "Automation is paused for all agents."
                    } else {
                        "Automation goes on."
                    });
                    self.query.set(switch);
                    self.asked.try_set(false);
                }
                Err(error) => {
                    // Somebody used it meanwhile: what stands there now decides what the button does.
                    if error.code() == Some(ErrorCode::Changed)
                        || error.code() == Some(ErrorCode::Conflict)
                    {
                        self.query.reload();
                    }
                    self.failure.try_set(Some(error));
                }
            }
        });
    }
}
