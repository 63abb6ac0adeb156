//! Interactions and their transcripts.

use crate::{AgentId, Feedback, InteractionId, Page};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// An interaction as a row of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InteractionSummary {
    /// Which interaction.
    pub id: InteractionId,
    /// The agent that had it.
    pub agent_id: AgentId,
    /// The agent's name.
    pub agent_name: String,
    /// Version that the agent had then.
    pub agent_version: u32,
    /// What it was about.
    pub title: String,
    /// The platform's word for where it stands, such as `idle`.
    pub status: String,
    /// When it began.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
    /// Ratings of it.
    pub feedback: crate::FeedbackCounts,
}

/// An interaction in full; its transcript comes page by page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Interaction {
    /// What the list shows of it.
    pub summary: InteractionSummary,
    /// First page of the transcript; more at `GET /api/interactions/{id}/transcript?cursor=…`.
    pub transcript: Page<LogEvent>,
    /// Ratings, newest first.
    pub feedback: Vec<Feedback>,
}

/// What kind of thing happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum LogEventKind {
    /// The user said something.
    UserMessage,
    /// The agent said something.
    AgentMessage,
    /// The system said something.
    SystemMessage,
    /// The agent used a tool.
    ToolUse,
    /// The tool answered.
    ToolResult,
    /// The tool answered with an error.
    ToolError,
    /// The agent thought; the platform does not say what.
    Thinking,
    /// The session moved on.
    Status,
    /// The session had an error.
    Error,
    /// Anything else; `label` has the platform's word for it.
    Other,
}

/// One line of a transcript or of a dream's raw log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogEvent {
    /// The platform's id of the event.
    pub id: String,
    /// When; nothing while it is queued.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub at: Option<Timestamp>,
    /// What kind of thing happened.
    pub kind: LogEventKind,
    /// The platform's word for the kind, or the tool's name.
    pub label: String,
    /// What was said, or the tool's input as JSON; a huge text is cut and says so in `cut_chars`.
    pub text: String,
    /// Characters left out of `text`.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cut_chars: u64,
}

// On 32 bits a number is no smaller than a reference to it, and the lint is silent.
#[cfg_attr(
    target_pointer_width = "64",
    expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde asks for a reference"
    )
)]
fn is_zero(count: &u64) -> bool {
    *count == 0
}
