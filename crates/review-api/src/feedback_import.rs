//! Ratings that come in with a file.

use crate::{Check, FeedbackCounts, InteractionId, Rating};
use serde::{Deserialize, Serialize};

/// Largest file of ratings, in bytes.
pub const MAX_IMPORT_BYTES: usize = 4 * 1024 * 1024;

/// Most ratings of one file.
pub const MAX_IMPORT_ROWS: usize = 5_000;

/// Most errors, and most ratings left out, that an answer lists; the totals count all of them.
pub const MAX_IMPORT_NOTES: usize = 200;

/// What a file of ratings is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum FeedbackFormat {
    /// One JSON object a line.
    Jsonl,
    /// A table with a first line of column names.
    Csv,
}

/// Which column, or which field of each object, holds what; nothing where the file does not have it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportColumns {
    /// The interaction rated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interaction_id: Option<String>,
    /// `positive` or `negative`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// What the agent should have answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// The kind of check: `contains`, `does_not_contain`, `matches` or `judged`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check_kind: Option<String>,
    /// What the check looks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check_text: Option<String>,
}

/// One rating as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportRow {
    /// Line of the file on which it begins, from 1.
    pub line: u64,
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
    /// How a staging test tells whether an answer is right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<Check>,
}

/// Something to know about one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportNote {
    /// Line of the file, from 1.
    pub line: u64,
    /// The field that it is about; nothing where it is about the whole line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What is wrong and what to do.
    pub message: String,
}

/// Answer of `POST /api/agents/{id}/feedback/import`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FeedbackImport {
    /// Whether this was a trial: then nothing was kept.
    pub dry_run: bool,
    /// SHA-256 of the file, in hex.
    pub sha256: String,
    /// Columns, or fields, that the file has.
    pub columns: Vec<String>,
    /// Which of them were read as what.
    pub mapping: ImportColumns,
    /// Ratings in the file, right or wrong.
    pub rows: u64,
    /// Ratings that are new: those that were kept, or would be.
    pub new: FeedbackCounts,
    /// The first of them.
    pub sample: Vec<ImportRow>,
    /// Ratings left out because they are there already.
    pub duplicates_total: u64,
    /// The first of those.
    pub duplicates: Vec<ImportNote>,
    /// What is wrong; nothing is kept while there is something.
    pub errors_total: u64,
    /// The first of those.
    pub errors: Vec<ImportNote>,
}
