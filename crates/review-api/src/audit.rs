//! The ledger of who did what to what, and when.

use crate::AgentId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AuditAction {
    /// An agent was created.
    AgentCreated,
    /// An agent's settings or policy were edited.
    AgentSettingsChanged,
    /// A report came in.
    ReportReceived,
    /// An interaction was rated.
    FeedbackGiven,
    /// A suggestion was turned down.
    SuggestionRejected,
    /// A change was staged.
    ChangeStaged,
    /// A change was approved.
    ChangeApproved,
    /// A change was sent to the platform.
    ApplyStarted,
    /// The platform took a change.
    ChangeApplied,
    /// The platform refused a change.
    ApplyRefused,
    /// The platform's answer to a change was lost.
    ApplyUnknown,
    /// A change was found out of date.
    ChangeStale,
    /// A change was given up.
    ChangeWithdrawn,
    /// The policy of an agent was edited.
    PolicyChanged,
    /// What a waiting change proposes was edited.
    ChangeEdited,
    /// Approvals of a waiting change stopped counting: by time, or because its digest has another format.
    ApprovalsVoid,
    /// A change was put on the prompt as it is now.
    ChangeRestaged,
    /// A change was applied without its approvals, with a reason.
    GlassBroken,
    /// Somebody looked at what was applied without approvals.
    GlassReviewed,
    /// A step of a memory change was taken.
    MemoryStepTaken,
    /// A memory change stopped before all its steps were taken.
    ApplyInterrupted,
    /// A prompt was changed on the platform, past this console.
    PromptDrifted,
    /// Somebody looked at a prompt that was changed past this console.
    DriftSeen,
    /// Lines of a suggestion or of a change were commented on.
    CommentAdded,
    /// A comment's text was edited by its author.
    CommentEdited,
    /// A comment was deleted.
    CommentDeleted,
    /// A comment was called settled.
    CommentResolved,
    /// A comment that was called settled is open again.
    CommentReopened,
    /// The platform was asked to dream.
    DreamAsked,
    /// A slot for a dream was passed over.
    DreamSkipped,
    /// The platform did not take a dream that it was asked for.
    DreamFailed,
    /// The platform took a dream that it was asked for.
    DreamStarted,
    /// The platform was asked to call a dream off.
    DreamCancelAsked,
    /// What a dream did to the memories was derived, and became a suggestion.
    MemoriesDerived,
    /// A secret was made for an agent's webhook, or shown for the first time.
    WebhookSecretShown,
    /// Something was sent to an agent's webhook to try it.
    WebhookTested,
    /// A delivery was asked for again.
    DeliveryReplayed,
    /// A receiver took a delivery.
    ReportDelivered,
    /// A delivery was given up.
    ReportUndelivered,
    /// An agent's webhook said that it wants nothing more.
    WebhookSwitchedOff,
    /// An agent's webhook that was off took something again.
    WebhookSwitchedOn,
    /// A rating was edited by who gave it.
    FeedbackEdited,
    /// A rating was withdrawn and counts no more.
    FeedbackWithdrawn,
    /// A rating that the agent logged by a rule in its prompt was read.
    FeedbackLogged,
    /// Ratings came in with a file.
    FeedbackImported,
    /// A staging test was begun.
    TestStarted,
    /// A staging test was called off.
    TestCanceled,
    /// A staging test came to its end, or stopped before it.
    TestEnded,
    /// A model was to be asked to reflect on a dream.
    ReflectionWanted,
    /// A model was asked to reflect on a dream.
    ReflectionAsked,
    /// What came of the reflection on a dream was noted.
    ReflectionEnded,
    /// The policy left a suggestion to people, and staged nothing.
    AutomationLeft,
    /// The policy did not apply a change by itself, or began no staging test of it.
    AutomationRefused,
    /// The automation of all agents was paused.
    AutomationPaused,
    /// The automation of all agents goes on.
    AutomationResumed,
    /// A version was kept although it did worse than the one before it.
    VersionKept,
    /// An action that this release does not know.
    #[serde(other)]
    Unknown,
}

/// What something was done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SubjectKind {
    /// An agent.
    Agent,
    /// A dream or its report.
    Dream,
    /// An interaction.
    Interaction,
    /// A suggestion.
    Suggestion,
    /// A change.
    Change,
    /// The automation of all agents.
    Automation,
    /// Something that this release does not know.
    #[serde(other)]
    Unknown,
}

/// One line of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditEntry {
    /// Place in the ledger, from 1, without gaps.
    pub seq: u64,
    /// When.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: Timestamp,
    /// Who: a login name, or `system`, `webhook` and the like for what no person did.
    pub actor: String,
    /// What was done.
    pub action: AuditAction,
    /// Kind of the thing it was done to.
    pub subject_kind: SubjectKind,
    /// Its id.
    pub subject_id: String,
    /// Its title when it was done.
    pub subject_title: String,
    /// The agent concerned.
    #[serde(default)]
    pub agent_id: Option<AgentId>,
    /// Facts of the case: reason, versions, digest.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub detail: serde_json::Value,
    /// Hash of the line before, 64 hex digits; zeros before the first.
    #[serde(default)]
    pub prev_hash: String,
    /// Hash that seals this line and all before it, 64 hex digits.
    #[serde(default)]
    pub hash: String,
}

/// The ledger's last line, to be kept elsewhere: what is verified later must still lead there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditHead {
    /// Its number; 0 while nothing was done yet.
    pub seq: u64,
    /// Its hash, 64 hex digits.
    pub hash: String,
    /// When it was read.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub read_at: Timestamp,
    /// The key that this proxy's checkpoints are signed with, 64 hex digits.
    pub public_key: String,
}

/// What came of verifying the ledger, or a part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditVerification {
    /// Number of the last line found good; 0 for none.
    pub good_to: u64,
    /// The first bad line, if there is one.
    #[serde(default)]
    pub bad: Option<BadLine>,
    /// Signed checkpoints that the ledger was held against.
    pub checkpoints: u64,
    /// Where verifying goes on; nothing once it came to the end or to a bad line.
    #[serde(default)]
    pub next_cursor: Option<String>,
}

/// A line of the ledger that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BadLine {
    /// Its number.
    pub seq: u64,
    /// What is wrong with it, in a sentence.
    pub sentence: String,
}
