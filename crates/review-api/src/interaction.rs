//! Interactions, their transcripts and what people think of them.

use crate::{AgentId, FeedbackId, InteractionId, Page, UserName};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What somebody thinks of an interaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Rating {
    /// The agent did well.
    Positive,
    /// The agent did not.
    Negative,
}

impl Rating {
    /// Returns the word used on the wire and on screen.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Positive => "positive",
            Self::Negative => "negative",
        }
    }
}

/// Where feedback came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FeedbackSource {
    /// A person, in the console.
    Reviewer,
    /// A line that the agent logged by a rule in its prompt.
    Rule,
    /// A file.
    Import,
    /// Another program.
    Api,
    /// A source that this release does not know.
    #[serde(other)]
    Unknown,
}

/// How a staging test tells whether an answer is right.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Check {
    /// The answer has this text, whatever its case.
    Contains {
        /// The text.
        text: String,
    },
    /// The answer does not have this text, whatever its case.
    DoesNotContain {
        /// The text.
        text: String,
    },
    /// A part of the answer matches this regular expression (syntax of the `regex` crate).
    Matches {
        /// The expression.
        pattern: String,
    },
    /// A model says whether the answer does what the rubric asks.
    Judged {
        /// What a right answer does, in words.
        rubric: String,
    },
}

/// One rating of an interaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Feedback {
    /// Which rating.
    pub id: FeedbackId,
    /// The agent rated.
    pub agent_id: AgentId,
    /// The interaction rated.
    pub interaction_id: InteractionId,
    /// Good or bad.
    pub rating: Rating,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// What the agent should have answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// Who said so.
    pub author: UserName,
    /// Where it came from.
    pub source: FeedbackSource,
    /// When.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
}

/// Body of `POST /api/feedback`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreateFeedback {
    /// The agent rated.
    pub agent_id: AgentId,
    /// The interaction rated.
    pub interaction_id: InteractionId,
    /// Good or bad.
    pub rating: Rating,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// What the agent should have answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
}

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
