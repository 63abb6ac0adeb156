//! Changes: what someone staged, and how it goes on from there.

use crate::{
    AgentId, ChangeId, ChangeSize, MemoryId, MemoryManifest, MemoryOperation, Policy, Prompt,
    SuggestionId, UserName,
};
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

/// What a change is made to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ChangeTarget {
    /// The agent's prompt.
    #[default]
    Prompt,
    /// One of its memory stores.
    Memory,
    /// Something that this release does not know.
    #[serde(other)]
    Unknown,
}

/// How someone had a hand in a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Wrote what it proposes, before it was staged.
    Wrote,
    /// Staged it.
    Staged,
    /// Edited what it proposes.
    Edited,
    /// Put it on a newer base.
    Restaged,
    /// A part that this release does not know.
    #[serde(other)]
    Unknown,
}

/// Someone who had a hand in a change, and so does not decide on it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Hand {
    /// Who.
    pub who: UserName,
    /// How.
    pub part: Part,
}

/// Another change that waits for the same agent and target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Overlap {
    /// Which change.
    pub id: ChangeId,
    /// What it would do.
    pub title: String,
    /// Where it stands.
    pub state: ChangeState,
}

/// An application without its approvals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GlassBroken {
    /// Who applied it.
    pub by: UserName,
    /// When.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: Timestamp,
    /// Why it could not wait.
    pub reason: String,
    /// Who looked at it afterwards, when, and what they found; nothing while nobody has.
    #[serde(default)]
    pub review: Option<GlassReview>,
}

/// What somebody found who looked at an application without approvals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GlassReview {
    /// Who looked.
    pub by: UserName,
    /// When.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: Timestamp,
    /// What they found.
    pub comment: String,
}

/// A memory as it was when a change was staged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MemoryBefore {
    /// Which memory.
    pub memory_id: MemoryId,
    /// Where it was.
    pub path: String,
    /// SHA-256 of its text.
    pub sha256: String,
    /// Its text.
    pub content: String,
}

/// One step of a memory change, in the order in which they are taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MemoryStep {
    /// What is done.
    pub operation: MemoryOperation,
    /// When the platform took it; nothing while it has not.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub done_at: Option<Timestamp>,
    /// The memory that it was done to, once it is done.
    #[serde(default)]
    pub memory_id: Option<MemoryId>,
}

/// What a change does to a memory store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MemoryChange {
    /// Everything that it would do.
    pub manifest: MemoryManifest,
    /// The store's name when it was staged.
    pub store_name: String,
    /// The memories that it touches, as they were when it was staged.
    pub before: Vec<MemoryBefore>,
    /// The steps of its application; in the order of a plan, done ones first.
    pub steps: Vec<MemoryStep>,
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
    /// The version that the platform made of it; nothing where it was refused, and for memories.
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
    pub id: ChangeId,
    /// The agent it is for.
    pub agent_id: AgentId,
    /// The agent's name.
    pub agent_name: String,
    /// What it would do, in a few words.
    pub title: String,
    /// Where it stands.
    pub state: ChangeState,
    /// What it is made to.
    #[serde(default)]
    pub target: ChangeTarget,
    /// The applied change that it takes back.
    #[serde(default)]
    pub rolls_back: Option<ChangeId>,
    /// How much it would change; for memories, in memories.
    pub size: ChangeSize,
    /// Version of the prompt it is based on; 0 for a change of memories, whose base is in its operations.
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
    /// The prompt it is based on; version 0 and empty for a change of memories.
    pub base: Prompt,
    /// The prompt proposed; empty for a change of memories.
    pub proposed: String,
    /// What it does to a memory store; nothing for a change of the prompt.
    #[serde(default)]
    pub memory: Option<MemoryChange>,
    /// SHA-256 that names the findings which must be read before one approves; nothing where there are none.
    /// See `prompt_diff::findings_fingerprint`; it is part of the digest.
    #[serde(default)]
    pub findings_sha256: Option<String>,
    /// SHA-256 that names exactly what would be applied and on what base; see `review_core::digest`.
    pub digest: String,
    /// What it takes to apply it.
    pub policy: Policy,
    /// Suggestions it was made of.
    pub suggestion_ids: Vec<SuggestionId>,
    /// Everyone who had a hand in it, and how. A dream, which is the author of its suggestions, is not here.
    #[serde(default)]
    pub hands: Vec<Hand>,
    /// Approvals given, newest first, outdated ones too.
    pub approvals: Vec<Approval>,
    /// Other changes that wait for the same agent and target.
    #[serde(default)]
    pub overlaps: Vec<Overlap>,
    /// The version that the agent was seen to have, where it is not the base any more.
    #[serde(default)]
    pub moved_to: Option<u32>,
    /// The change that takes this one back, the newest where there are several.
    #[serde(default)]
    pub rolled_back_by: Option<ChangeId>,
    /// How it was applied without its approvals.
    #[serde(default)]
    pub glass: Option<GlassBroken>,
    /// The staging test of its present digest that counts: the newest that came to its end, else the newest.
    #[serde(default)]
    pub test: Option<crate::TestStanding>,
    /// What is known of it where the policy staged it by itself; nothing where a person did.
    #[serde(default)]
    pub automatic: Option<crate::AutomaticChange>,
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
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StageChange {
    /// Suggestions to stage, all of one agent; at least one unless `agent_id` is given.
    #[serde(default)]
    pub suggestion_ids: Vec<SuggestionId>,
    /// The agent to change; needed where there is no suggestion: then the person is the author.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// Version of the prompt that the person saw; another one now is refused as stale. 0 for memories.
    #[serde(default)]
    pub base_version: u32,
    /// The prompt to propose; absent means the suggestion's own, which needs exactly one suggestion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposed: Option<String>,
    /// What to do to a memory store, in place of a prompt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<MemoryManifest>,
    /// What it would do, in a few words; absent means the first suggestion's title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// Body of `POST /api/changes/{id}/edit`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EditChange {
    /// The prompt to propose from now on; needed for a change of the prompt, and only there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposed: Option<String>,
    /// What to do to the memory store from now on; needed for a change of memories, and only there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<MemoryManifest>,
}

/// Body of `POST /api/changes/{id}/restage`: the change on the prompt, or the memory store, as it is now.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RestageChange {
    /// Version of the prompt that it was merged with; another one now is refused as stale. 0 for memories.
    #[serde(default)]
    pub base_version: u32,
    /// The prompt to propose: the merge, with every conflict resolved. Needed for a change of the prompt, and
    /// only there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposed: Option<String>,
    /// What to do to the memory store as it is now; needed for a change of memories, and only there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<MemoryManifest>,
}

/// Body of `POST /api/changes/{id}/approve`: what the person saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApproveChange {
    /// The digest on the screen.
    pub digest: String,
    /// [`Change::findings_sha256`] of the findings that the person has read; needed where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub findings_read: Option<String>,
}

/// Body of `POST /api/changes/{id}/apply`: what the person saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApplyChange {
    /// The digest on the screen.
    pub digest: String,
    /// Why a rollback cannot wait for its approvals; only rollbacks can be applied in this way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub break_glass: Option<String>,
}

/// Body of `POST /api/changes/{id}/review-glass`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReviewGlass {
    /// What the person found. Not empty.
    pub comment: String,
}
