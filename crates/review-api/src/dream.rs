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
    /// Whether it takes back what the dream wrote by itself, and proposes nothing new.
    #[serde(default)]
    pub takes_back: bool,
}

/// What a dream did to the memories of the store that it read, by memories.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MemoryCounts {
    /// Made.
    pub created: u32,
    /// Given another text.
    pub edited: u32,
    /// Given another path, with the same text.
    pub renamed: u32,
    /// Removed.
    pub deleted: u32,
}

impl MemoryCounts {
    /// Returns how many memories it touched in all.
    pub fn total(self) -> u32 {
        [self.created, self.edited, self.renamed, self.deleted]
            .into_iter()
            .fold(0, u32::saturating_add)
    }
}

/// Memories of a dream that wrote in place which cannot be taken back with the others, by why not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NotTakenBack {
    /// Somebody else wrote to them since the dream first did.
    pub changed_since: u32,
    /// What they were before cannot be had: blanked out, not kept any more, or not the text that it is said to be.
    pub text_gone: u32,
    /// Another memory is in the way of where they were.
    pub path_taken: u32,
    /// One suggestion holds no more.
    pub beyond_limits: u32,
}

/// What is known of a dream that wrote into the store that it read, which nobody decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum InPlace {
    /// It has not ended, or was not looked at since.
    Waiting,
    /// What it wrote cannot be known: the store is gone, or it was not looked at when it ended.
    Unknown,
    /// What it wrote; the suggestion that takes it back is among those of its report.
    Known {
        /// What it did.
        did: MemoryCounts,
        /// What of that cannot be taken back.
        left_out: NotTakenBack,
    },
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
    /// What it wrote into the store that it read, which is applied already and nobody decided; nothing where it
    /// wrote another store or none.
    #[serde(default)]
    pub in_place: Option<InPlace>,
    /// The reflection on it; nothing where none was asked for.
    #[serde(default)]
    pub reflection: Option<crate::Reflection>,
    /// Whether `GET /api/dreams/{id}/log` has anything to show.
    pub has_log: bool,
}

impl DreamReport {
    /// Lists what it proposes, which taking back what it wrote by itself is not.
    pub fn proposals(&self) -> impl Iterator<Item = &SuggestionRow> {
        self.suggestions.iter().filter(|row| !row.takes_back)
    }
}
