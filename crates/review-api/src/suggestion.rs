//! Suggestions: what a dream proposes, and what became of it.

use crate::{
    AgentId, ChangeId, ChangeTarget, DreamId, MemoryBefore, MemoryManifest, Metric, Pattern,
    Prompt, SuggestionId, UserName,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What became of a suggestion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SuggestionStatus {
    /// Nobody has decided.
    Open,
    /// Part of a change that is not applied yet.
    Staged,
    /// Part of a change that was applied.
    Applied,
    /// Turned down, with a reason.
    Rejected,
    /// A status that this release does not know.
    #[serde(other)]
    Unknown,
}

/// How much a text would change, in whole lines; a line with an edited word counts once on each side.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangeSize {
    /// Lines added.
    pub lines_added: u32,
    /// Lines removed.
    pub lines_removed: u32,
}

/// A refusal of a suggestion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Rejection {
    /// Who refused.
    pub by: UserName,
    /// When.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

/// A like suggestion for the same agent, which was refused before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EarlierRejection {
    /// The earlier suggestion.
    pub suggestion_id: SuggestionId,
    /// What it would have done, in a few words.
    #[serde(default)]
    pub title: String,
    /// How much of what both take away and add is the same, in percent. 100 means the very same bytes, and
    /// only those.
    #[serde(default = "the_same")]
    pub alike_percent: u8,
    /// Who refused it, when and why.
    pub rejection: Rejection,
}

fn the_same() -> u8 {
    100
}

/// What a dream did to a copy of a memory store, as operations on the store itself.
///
/// The platform does not report it; it is derived by comparing both stores.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MemoryProposal {
    /// The operations, each on one memory.
    pub manifest: MemoryManifest,
    /// The store's name.
    pub store_name: String,
    /// The memories that they touch, as they were when this was derived.
    pub before: Vec<MemoryBefore>,
}

/// A suggestion in full.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Suggestion {
    /// Which suggestion.
    pub id: SuggestionId,
    /// The dream that made it.
    pub dream_id: DreamId,
    /// The agent it is for.
    pub agent_id: AgentId,
    /// The agent's name.
    pub agent_name: String,
    /// What it would do, in a few words.
    pub title: String,
    /// Why, in the dream's words.
    #[serde(default)]
    pub rationale: String,
    /// What became of it.
    pub status: SuggestionStatus,
    /// What it would change.
    #[serde(default)]
    pub target: ChangeTarget,
    /// What it would do to a memory store; nothing for a prompt.
    #[serde(default)]
    pub memory: Option<MemoryProposal>,
    /// The agent's prompt now: what a change would be staged on.
    pub current: Prompt,
    /// Version that the agent had when the suggestion came; other than `current.version` means it moved.
    pub made_on_version: u32,
    /// The prompt proposed; empty for memories.
    pub proposed: String,
    /// How much it would change; for memories, in memories.
    pub size: ChangeSize,
    /// The model that proposed it in a reflection; nothing for others.
    #[serde(default)]
    pub proposed_by: Option<String>,
    /// Whether it takes back what its dream wrote into the store by itself, and proposes nothing new.
    #[serde(default)]
    pub takes_back: bool,
    /// What a reader must know of it beside its text.
    #[serde(default)]
    pub findings: Vec<crate::SuggestionFinding>,
    /// The interactions that used the memories that it touches, as far as their transcripts show it; by path.
    #[serde(default)]
    pub memory_uses: Vec<crate::MemoryUses>,
    /// The patterns behind it.
    #[serde(default)]
    pub patterns: Vec<Pattern>,
    /// Metrics of its report.
    #[serde(default)]
    pub metrics: Vec<Metric>,
    /// Why it was turned down.
    #[serde(default)]
    pub rejection: Option<Rejection>,
    /// Refusals of like proposals before: of the very same bytes first, then of what is near, the nearest first.
    #[serde(default)]
    pub earlier_rejections: Vec<EarlierRejection>,
    /// The change it is part of.
    #[serde(default)]
    pub change_id: Option<ChangeId>,
    /// Place in its report, from 1, and how many there are.
    pub position: (u32, u32),
    /// When it came.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
    /// Counts up with every decision; also the `ETag`.
    pub revision: u64,
}

/// Body of `POST /api/suggestions/{id}/reject`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RejectSuggestion {
    /// Why; shown when a like suggestion returns. Not empty.
    pub reason: String,
}
