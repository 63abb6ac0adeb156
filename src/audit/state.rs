//! State of the audit's page; lives as long as the page.

use crate::{
    api::{ApiClient, AuditFilter, PageOf},
    listing::Listing,
    query::Query,
    routes::QueryParam,
};
use review_api::{AgentId, AgentSummary, AuditAction, AuditEntry, MAX_PAGE_ITEMS, Page};

/// The acts that one may look for, in the order of a change's life.
pub(super) const ACTIONS: [AuditAction; 13] = [
    AuditAction::ReportReceived,
    AuditAction::FeedbackGiven,
    AuditAction::SuggestionRejected,
    AuditAction::ChangeStaged,
    AuditAction::ChangeApproved,
    AuditAction::ApplyStarted,
    AuditAction::ChangeApplied,
    AuditAction::ApplyRefused,
    AuditAction::ApplyUnknown,
    AuditAction::ChangeStale,
    AuditAction::ChangeWithdrawn,
    AuditAction::AgentCreated,
    AuditAction::AgentSettingsChanged,
];

/// The ledger and what is looked for in it.
#[derive(Clone, Copy)]
pub(super) struct Audit {
    /// Id of the agent looked for; empty for all.
    pub(super) agent: QueryParam,
    /// Name of who is looked for; empty for all.
    pub(super) actor: QueryParam,
    /// Word of the act looked for; empty for all.
    pub(super) action: QueryParam,
    /// The lines found.
    pub(super) found: Listing<AuditEntry>,
    /// The agents to choose from.
    pub(super) agents: Query<Page<AgentSummary>>,
}

impl Audit {
    pub(super) fn new(api: &ApiClient) -> Self {
        let (agent, actor, action) = (
            QueryParam::new("agent"),
            QueryParam::new("actor"),
            QueryParam::new("action"),
        );
        let found = {
            let api = api.clone();
            Listing::new(move |page| {
                let api = api.clone();
                let filter = AuditFilter {
                    agent_id: given(agent.get()).map(AgentId::from),
                    actor: given(actor.get()),
                    action: action_of(&action.get()),
                };
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
            agent,
            actor,
            action,
            found,
            agents,
        }
    }

    /// Says whether anything is looked for.
    pub(super) fn is_filtered(self) -> bool {
        [self.agent, self.actor, self.action]
            .iter()
            .any(|param| !param.get().is_empty())
    }

    /// Looks for nothing in particular.
    pub(super) fn show_all(self) {
        for param in [self.agent, self.actor, self.action] {
            param.set(String::new());
        }
    }
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
}
