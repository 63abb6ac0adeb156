//! Changes: what someone staged, and how it goes on from there.

use crate::{AgentId, ChangeSize, Policy, Prompt, SuggestionId, UserName};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Where a change stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ChangeState {
    /// Waits for approvals.
    Staged,
    /// Has its approvals; can be applied.
    Approved,
    /// On its way to the platform.
    Applying,
    /// The platform has it.
    Applied,
    /// The agent's prompt moved on; it must be staged again.
    Stale,
    /// The platform's answer was lost; the outcome is being found out.
    NeedsALook,
    /// Given up by someone.
    Withdrawn,
    /// A state that this release does not know.
    #[serde(other)]
    Unknown,
}

impl ChangeState {
    /// Says whether somebody still has to do something about it.
    pub fn is_open(self) -> bool {
        !matches!(self, Self::Applied | Self::Withdrawn)
    }
}

/// One reviewer's yes to one digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Approval {
    /// Who approved.
    pub by: UserName,
    /// When.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: Timestamp,
    /// The digest approved.
    pub digest: String,
}

/// How an application ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApplyOutcome {
    /// Who applied it.
    pub by: UserName,
    /// When.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: Timestamp,
    /// The version that the platform made of it; nothing where it was refused.
    #[serde(default)]
    pub version: Option<u32>,
    /// What happened, in a sentence.
    pub message: String,
}

/// A change as a row of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangeSummary {
    /// Which change.
    pub id: crate::ChangeId,
    /// The agent it is for.
    pub agent_id: AgentId,
    /// The agent's name.
    pub agent_name: String,
    /// What it would do, in a few words.
    pub title: String,
    /// Where it stands.
    pub state: ChangeState,
    /// How much it would change.
    pub size: ChangeSize,
    /// Version it is based on.
    pub base_version: u32,
    /// Who staged it.
    pub staged_by: UserName,
    /// When.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub staged_at: Timestamp,
    /// When it last moved on.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub updated_at: Timestamp,
    /// Approvals of its present digest.
    pub approvals: u32,
    /// Approvals it needs.
    pub approvals_needed: u32,
}

/// A change in full.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Change {
    /// What the list shows of it.
    pub summary: ChangeSummary,
    /// The prompt it is based on.
    pub base: Prompt,
    /// The prompt proposed.
    pub proposed: String,
    /// SHA-256 that names exactly what would be applied and on what base; see `review_core::digest`.
    pub digest: String,
    /// What it takes to apply it.
    pub policy: Policy,
    /// Suggestions it was made of.
    pub suggestion_ids: Vec<SuggestionId>,
    /// Approvals given, newest first, outdated ones too.
    pub approvals: Vec<Approval>,
    /// How its application ended.
    #[serde(default)]
    pub outcome: Option<ApplyOutcome>,
    /// Why it is stale or needs a look, in a sentence.
    #[serde(default)]
    pub trouble: Option<String>,
    /// Who did what to it, oldest first.
    pub history: Vec<crate::AuditEntry>,
    /// Counts up with every step; also the `ETag`.
    pub revision: u64,
}

/// Body of `POST /api/changes`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StageChange {
    /// Suggestions to stage, all of one agent; at least one.
    pub suggestion_ids: Vec<SuggestionId>,
    /// Version of the prompt that the person saw; another one now is refused as stale.
    pub base_version: u32,
    /// The prompt to propose; absent means the suggestion's own, which needs exactly one suggestion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposed: Option<String>,
    /// What it would do, in a few words; absent means the first suggestion's title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// Body of `POST /api/changes/{id}/approve` and of `…/apply`: what the person saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DigestSeen {
    /// The digest on the screen.
    pub digest: String,
}
