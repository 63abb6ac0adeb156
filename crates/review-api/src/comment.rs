//! Comments on lines of a suggestion and of a change.

use crate::{AgentId, ChangeId, CommentId, SuggestionId, UserName};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Most bytes of a text that one comment may be about.
pub const MAX_QUOTE_BYTES: usize = 8 * 1024;

/// Most bytes kept of what stands on either side of them.
pub const MAX_CONTEXT_BYTES: usize = 80;

/// Most comments on one suggestion, and on one change.
pub const MAX_COMMENTS: u32 = 1_000;

/// Which of the two texts a comment is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CommentSide {
    /// The text as it is, or as it was when the change was staged.
    Base,
    /// The text proposed.
    Proposed,
    /// A side that this release does not know.
    #[serde(other)]
    Unknown,
}

/// What a comment is on.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CommentSubject {
    /// A suggestion; its comments go with it into the change that is staged of it.
    Suggestion {
        /// Which suggestion.
        id: SuggestionId,
    },
    /// A change.
    Change {
        /// Which change.
        id: ChangeId,
    },
}

/// Where a comment stands: the lines as they were when it was written, and what they are found by in another text.
///
/// `review_core::anchors` makes it and finds it again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CommentAnchor {
    /// The memory, by the path that it has afterwards, or had where it is removed; nothing for a prompt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Which of the two texts.
    pub side: CommentSide,
    /// The first line, from 1.
    pub first_line: u32,
    /// The last line, from 1.
    pub last_line: u32,
    /// Where the quotation begins in the text, in bytes.
    pub start: u32,
    /// Length of the text that it was taken from, in bytes.
    pub text_bytes: u32,
    /// The lines, without the line feed at their end; or a part of one very long line.
    pub quote: String,
    /// What stood before them, at most [`MAX_CONTEXT_BYTES`].
    #[serde(default)]
    pub before: String,
    /// What stood after them, at most [`MAX_CONTEXT_BYTES`].
    #[serde(default)]
    pub after: String,
}

/// Who called a comment settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CommentResolution {
    /// Who.
    pub by: UserName,
    /// When.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: Timestamp,
}

/// A comment on lines of a suggestion or of a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Comment {
    /// Which comment.
    pub id: CommentId,
    /// Where it was written. A change also lists the comments of its suggestions.
    pub subject: CommentSubject,
    /// The agent concerned.
    pub agent_id: AgentId,
    /// The lines that it is about.
    pub anchor: CommentAnchor,
    /// What it says.
    pub text: String,
    /// Who wrote it.
    pub author: UserName,
    /// When.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
    /// When its author last changed the text.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub edited_at: Option<Timestamp>,
    /// Who called it settled, and when; nothing while it is open.
    #[serde(default)]
    pub resolved: Option<CommentResolution>,
    /// Counts up with every edit; also the `ETag`.
    pub revision: u64,
}

/// Body of `POST /api/comments`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreateComment {
    /// What it is on.
    pub subject: CommentSubject,
    /// Which memory, as in [`CommentAnchor::path`]; nothing for a prompt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Which of the two texts.
    pub side: CommentSide,
    /// Where the lines begin in that text, in bytes of UTF-8.
    pub start: u32,
    /// Where they end, without the line feed at their end; at most [`MAX_QUOTE_BYTES`] after the beginning.
    pub end: u32,
    /// SHA-256 of the text that the person saw, in hex; another text now is refused as changed.
    pub text_sha256: String,
    /// What it says. Not empty.
    pub text: String,
}

/// Body of `POST /api/comments/{id}/edit`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EditComment {
    /// What it says from now on. Not empty.
    pub text: String,
}

/// Answer of `POST /api/comments/{id}/delete`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CommentDeleted {
    /// The comment that is gone.
    pub id: CommentId,
}
