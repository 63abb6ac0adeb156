//! Dreams and the reports we show of them.

use crate::{AgentId, ChangeSize, Cost, DreamId, InteractionId, SuggestionId, SuggestionStatus};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How far a dream is, or how it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DreamStatus {
    /// Asked for, not begun.
    Pending,
    /// At work.
    Running,
    /// Ended well.
    Completed,
    /// Ended with an error.
    Failed,
    /// Stopped by someone.
    Canceled,
    /// A status that this release does not know.
    #[serde(other)]
    Unknown,
}

impl DreamStatus {
    /// Says whether nothing more will come.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Canceled)
    }
}

/// Something that keeps happening, with the interactions that show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Pattern {
    /// Name of the pattern within its report, referred to by suggestions.
    pub key: String,
    /// What happens, in a few words.
    pub title: String,
    /// What happens, in sentences.
    #[serde(default)]
    pub description: String,
    /// How often it was seen, as the sender counted; at least the number of interactions named.
    #[serde(default)]
    pub occurrences: Option<u32>,
    /// Interactions that show it.
    #[serde(default)]
    pub interaction_ids: Vec<InteractionId>,
    /// The model that found it; nothing where a pipeline did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found_by: Option<String>,
}

/// One measured share, with the number of cases behind it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Measurement {
    /// The share, from 0 to 1.
    pub value: f64,
    /// Cases measured; nothing where the sender did not say.
    #[serde(default)]
    pub cases: Option<u32>,
}

/// One metric before and after a dream's suggestions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Metric {
    /// What is measured, such as `accuracy`.
    pub name: String,
    /// With the prompt as it was; nothing where not measured.
    #[serde(default)]
    pub before: Option<Measurement>,
    /// With the suggestions; nothing where not measured.
    #[serde(default)]
    pub after: Option<Measurement>,
    /// Who measured it.
    pub measured_by: String,
}

/// Tokens that a dream took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Usage {
    /// Tokens read, not counting the cache.
    pub input_tokens: u64,
    /// Tokens written.
    pub output_tokens: u64,
    /// Tokens read from the cache.
    pub cache_read_input_tokens: u64,
    /// Tokens written to the cache.
    pub cache_creation_input_tokens: u64,
}

impl Usage {
    /// Returns all tokens, read and written.
    pub fn total(self) -> u64 {
        [
            self.input_tokens,
            self.output_tokens,
            self.cache_read_input_tokens,
            self.cache_creation_input_tokens,
        ]
        .into_iter()
        .fold(0, u64::saturating_add)
    }

    /// Returns both together, each kind for itself.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            input_tokens: self.input_tokens.saturating_add(other.input_tokens),
            output_tokens: self.output_tokens.saturating_add(other.output_tokens),
            cache_read_input_tokens: self
                .cache_read_input_tokens
                .saturating_add(other.cache_read_input_tokens),
            cache_creation_input_tokens: self
                .cache_creation_input_tokens
                .saturating_add(other.cache_creation_input_tokens),
        }
    }
}

/// Why a dream failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DreamError {
    /// The platform's name for it.
    pub kind: String,
    /// The platform's sentence about it.
    pub message: String,
}

/// A suggestion as a row of its report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SuggestionRow {
    /// Which suggestion.
    pub id: SuggestionId,
    /// What it would do, in a few words.
    pub title: String,
    /// What became of it.
    pub status: SuggestionStatus,
    /// How much it would change.
    pub size: ChangeSize,
    /// The model that proposed it in a reflection; nothing for others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposed_by: Option<String>,
}

/// What we show of a dream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DreamReport {
    /// Which dream.
    pub id: DreamId,
    /// Whose dream.
    pub agent_id: AgentId,
    /// Its name.
    pub agent_name: String,
    /// How far it is, or how it ended.
    pub status: DreamStatus,
    /// When it was asked for.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
    /// When it ended.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub ended_at: Option<Timestamp>,
    /// When its report came; nothing while none has come.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub reported_at: Option<Timestamp>,
    /// Who sent the report, such as `webhook`.
    #[serde(default)]
    pub reported_by: Option<String>,
    /// The report's summary.
    #[serde(default)]
    pub summary: Option<String>,
    /// What keeps happening.
    #[serde(default)]
    pub patterns: Vec<Pattern>,
    /// What the dream proposes.
    #[serde(default)]
    pub suggestions: Vec<SuggestionRow>,
    /// Metrics before and after; empty where nothing was measured.
    #[serde(default)]
    pub metrics: Vec<Metric>,
    /// Tokens it took; nothing for a report without a dream on the platform.
    #[serde(default)]
    pub usage: Option<Usage>,
    /// What that cost; nothing before anything is known of its tokens.
    #[serde(default)]
    pub cost: Option<Cost>,
    /// The model that dreamt.
    #[serde(default)]
    pub model: Option<String>,
    /// What the dream was told to look for.
    #[serde(default)]
    pub instructions: Option<String>,
    /// Interactions it read.
    pub interactions_read: u32,
    /// Why it failed.
    #[serde(default)]
    pub error: Option<DreamError>,
    /// Whether it changed the memories in place, which nobody can decide on any more: that is applied already.
    #[serde(default)]
    pub wrote_in_place: bool,
    /// The reflection on it; nothing where none was asked for.
    #[serde(default)]
    pub reflection: Option<crate::Reflection>,
    /// Whether `GET /api/dreams/{id}/log` has anything to show.
    pub has_log: bool,
}
