//! What waits for the person who asks.

use crate::{
    AgentId, ChangeId, ChangeSize, Freshness, LastDream, Metric, SetupWarning, SuggestionId,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What waits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum InboxSubject {
    /// A suggestion to decide.
    Suggestion {
        /// Which suggestion.
        id: SuggestionId,
    },
    /// A change to approve, apply or mend.
    Change {
        /// Which change.
        id: ChangeId,
    },
    /// An agent with something to look at.
    Agent {
        /// Which agent.
        id: AgentId,
    },
}

/// Why it waits for this person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum InboxReason {
    /// A suggestion that nobody has decided.
    Decide,
    /// A dream wrote into a memory store by itself, and nobody has decided whether that stays.
    TakeBack,
    /// A change that this person may approve.
    Approve,
    /// An approved change that this person may apply.
    Apply,
    /// A change of this person's that moved out of date.
    Restage,
    /// A change whose outcome is unknown.
    Look,
    /// A rollback that was applied without its approvals, which this person may review.
    Review,
    /// An agent whose version does worse than the one before it.
    Regressed,
    /// A reason that this release does not know.
    #[serde(other)]
    Unknown,
}

/// One thing that waits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InboxItem {
    /// What waits.
    pub subject: InboxSubject,
    /// Why it waits for this person.
    pub reason: InboxReason,
    /// What it would do, in a few words.
    pub title: String,
    /// The agent it is for.
    pub agent_id: AgentId,
    /// The agent's name.
    pub agent_name: String,
    /// How much it would change.
    pub size: ChangeSize,
    /// The report's first metric, or what got worse.
    #[serde(default)]
    pub metric: Option<Metric>,
    /// Whether the same proposal was refused before.
    #[serde(default)]
    pub rejected_before: bool,
    /// Since when it waits.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub since: Timestamp,
}

/// How dreaming goes for one agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentHealth {
    /// Which agent.
    pub agent_id: AgentId,
    /// Its name.
    pub agent_name: String,
    /// Whether it dreams.
    pub dreaming_enabled: bool,
    /// Its newest dream.
    #[serde(default)]
    pub last_dream: Option<LastDream>,
    /// When the next one is due.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub next_due_at: Option<Timestamp>,
    /// What is wrong with its set-up, most pressing first.
    #[serde(default)]
    pub warnings: Vec<SetupWarning>,
}

/// Answer of `GET /api/inbox`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Inbox {
    /// What waits: outcomes that are unknown and versions that do worse first, then the longest waiting.
    pub items: Vec<InboxItem>,
    /// Cursor of the next page of items.
    #[serde(default)]
    pub next_cursor: Option<String>,
    /// Things that wait in all.
    pub total: u64,
    /// How dreaming goes, agent by agent, at most 100.
    pub health: Vec<AgentHealth>,
    /// What policies did by themselves in the last 7 days, one line for each suggestion, newest first, at most 20.
    #[serde(default)]
    pub automatic: Vec<crate::AutomaticAct>,
    /// How the automation of all agents is paused; nothing while it is not.
    #[serde(default)]
    pub paused: Option<crate::Paused>,
    /// How old this is.
    pub freshness: Freshness,
}
