//! State of the audit's page; lives as long as the page.

mod chain;

pub(super) use chain::{Chain, Loss, Verdict};

use crate::{
    api::{ApiClient, ApiError, AuditFilter, ExportFormat, PageOf},
    browser::files,
    listing::Listing,
    query::Query,
    routes::QueryParam,
    ui::Toasts,
};
use leptos::{prelude::*, task::spawn_local};
use review_api::{AgentId, AgentSummary, AuditAction, AuditEntry, MAX_PAGE_ITEMS, Page, Timestamp};

/// The acts that one may look for, in the order of a change's life.
pub(super) const ACTIONS: [AuditAction; 52] = [
    AuditAction::ReportReceived,
    AuditAction::FeedbackGiven,
    AuditAction::SuggestionRejected,
    AuditAction::ChangeStaged,
    AuditAction::ChangeEdited,
    AuditAction::ChangeRestaged,
    AuditAction::ChangeApproved,
    AuditAction::ApprovalsVoid,
    AuditAction::ApplyStarted,
    AuditAction::MemoryStepTaken,
    AuditAction::ChangeApplied,
    AuditAction::ApplyRefused,
    AuditAction::ApplyUnknown,
    AuditAction::ApplyInterrupted,
    AuditAction::GlassBroken,
    AuditAction::GlassReviewed,
    AuditAction::ChangeStale,
    AuditAction::ChangeWithdrawn,
    AuditAction::PromptDrifted,
    AuditAction::DriftSeen,
    AuditAction::VersionKept,
    AuditAction::AgentCreated,
    AuditAction::AgentSettingsChanged,
    AuditAction::PolicyChanged,
    AuditAction::CommentAdded,
    AuditAction::CommentEdited,
    AuditAction::CommentDeleted,
    AuditAction::CommentResolved,
    AuditAction::CommentReopened,
    AuditAction::DreamAsked,
    AuditAction::DreamStarted,
    AuditAction::DreamSkipped,
    AuditAction::DreamFailed,
    AuditAction::DreamCancelAsked,
    AuditAction::MemoriesDerived,
    AuditAction::ReflectionWanted,
    AuditAction::ReflectionAsked,
    AuditAction::ReflectionEnded,
    AuditAction::WebhookSecretShown,
    AuditAction::WebhookTested,
    AuditAction::DeliveryReplayed,
    AuditAction::ReportDelivered,
    AuditAction::ReportUndelivered,
    AuditAction::WebhookSwitchedOff,
    AuditAction::WebhookSwitchedOn,
    AuditAction::FeedbackEdited,
    AuditAction::FeedbackWithdrawn,
    AuditAction::FeedbackLogged,
    AuditAction::FeedbackImported,
    AuditAction::TestStarted,
    AuditAction::TestCanceled,
    AuditAction::TestEnded,
];

/// The ledger and what is looked for in it.
#[derive(Clone, Copy)]
pub(super) struct Audit {
    api: StoredValue<ApiClient>,
    /// Id of the agent looked for; empty for all.
    pub(super) agent: QueryParam,
    /// Name of who is looked for; empty for all.
    pub(super) actor: QueryParam,
    /// Word of the act looked for; empty for all.
    pub(super) action: QueryParam,
    /// First time looked for, as RFC 3339; empty for the beginning.
    pub(super) from: QueryParam,
    /// End of the time looked for, as RFC 3339; empty for now.
    pub(super) to: QueryParam,
    /// The lines found.
    pub(super) found: Listing<AuditEntry>,
    /// The agents to choose from.
    pub(super) agents: Query<Page<AgentSummary>>,
    /// Whether the ledger is what was written.
    pub(super) chain: Chain,
    exporting: RwSignal<Option<ExportFormat>>,
    export_failure: RwSignal<Option<ApiError>>,
    toasts: Toasts,
}

impl Audit {
    pub(super) fn new(api: &ApiClient) -> Self {
        let params = [
            QueryParam::new("agent"),
            QueryParam::new("actor"),
            QueryParam::new("action"),
            QueryParam::new("from"),
            QueryParam::new("to"),
        ];
        let [agent, actor, action, from, to] = params;
        let found = {
            let api = api.clone();
            Listing::new(move |page| {
                let api = api.clone();
                let filter = filter(params);
                async move { api.audit(&filter, page).await }
            })
        };
        let agents = {
            let api = api.clone();
            Query::new(move || {
                let api = api.clone();
                async move { api.agents("", PageOf::first(MAX_PAGE_ITEMS)).await }
            })
        };
        Self {
            api: StoredValue::new(api.clone()),
            agent,
            actor,
            action,
            from,
            to,
            found,
            agents,
            chain: Chain::open(api),
            exporting: RwSignal::new(None),
            export_failure: RwSignal::new(None),
            toasts: Toasts::use_context(),
        }
    }

    fn params(self) -> [QueryParam; 5] {
        [self.agent, self.actor, self.action, self.from, self.to]
    }

    /// Says whether anything is looked for.
    pub(super) fn is_filtered(self) -> bool {
        self.params().iter().any(|param| !param.get().is_empty())
    }

    /// Looks for nothing in particular.
    pub(super) fn show_all(self) {
        for param in self.params() {
            param.set(String::new());
        }
    }

    /// Says whether a file of that format is on its way.
    pub(super) fn is_exporting(self, format: ExportFormat) -> bool {
        self.exporting.get() == Some(format)
    }

    /// Returns why the last file did not come.
    pub(super) fn export_failure(self) -> Option<ApiError> {
        self.export_failure.get()
    }

    /// Takes the lines that are looked for away as a file.
    pub(super) fn export(self, format: ExportFormat) {
        if self.exporting.get_untracked().is_some() {
            return;
        }
        self.exporting.set(Some(format));
        self.export_failure.set(None);
        let (api, filter) = (self.api.get_value(), untrack(|| filter(self.params())));
        spawn_local(async move {
            let answer = api.export_audit(&filter, format).await;
            self.exporting.try_set(None);
            let name = format!("audit.{}", format.as_str());
            match answer {
                Ok(text) if files::save(&name, format.media_type(), &text) => {
                    self.toasts.say(format!("Saved {name}."));
                }
                Ok(_) => self
                    .toasts
                    .say("The browser does not let the console save files."),
                Err(error) => {
                    self.export_failure.try_set(Some(error));
                }
            }
        });
    }
}

fn filter([agent, actor, action, from, to]: [QueryParam; 5]) -> AuditFilter {
    AuditFilter {
        agent_id: given(agent.get()).map(AgentId::from),
        actor: given(actor.get()),
        action: action_of(&action.get()),
        from: time_of(&from.get()),
        to: time_of(&to.get()),
    }
}

/// Reads a time of the address; what is none counts as nothing.
pub(super) fn time_of(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

/// Returns an act's word for the address.
pub(super) fn word(action: AuditAction) -> String {
    let word = serde_json::to_value(action).ok();
    word.and_then(|word| Some(word.as_str()?.to_owned()))
        .unwrap_or_default()
}

fn action_of(wanted: &str) -> Option<AuditAction> {
    ACTIONS.into_iter().find(|action| word(*action) == wanted)
}

fn given(text: String) -> Option<String> {
    let text = text.trim().to_owned();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_act_has_a_word_that_leads_back_to_it() {
        for action in ACTIONS {
            assert_eq!(action_of(&word(action)), Some(action));
        }
        assert_eq!(action_of("nonsense"), None);
    }

    #[test]
    fn no_act_stands_twice() {
        let mut words: Vec<_> = ACTIONS.into_iter().map(word).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), ACTIONS.len());
    }
}
