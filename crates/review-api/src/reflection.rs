//! Reflection: what a model makes of a dream, of feedback and of the interactions that went wrong.

use crate::{InteractionId, UserName};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Most adjustments of a prompt that one reflection may propose.
pub const MAX_ADJUSTMENTS: usize = 5;

/// Something that a reader must know of a suggestion, because it cannot be seen in its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SuggestionFinding {
    /// A place that is filled in later, such as `{name}`, stands nowhere in the proposed text.
    PlaceholderLost {
        /// The placeholder.
        text: String,
    },
    /// The proposed prompt is longer than the platform takes.
    TooLong {
        /// Its length in characters.
        chars: u64,
    },
    /// Words that would be added stand in an interaction: they may be an instruction of whoever wrote them there.
    FromTranscript {
        /// The interaction.
        interaction_id: InteractionId,
        /// The words, as they are proposed.
        quote: String,
    },
    /// Words that would be added stand in a memory that the dream wrote.
    FromMemory {
        /// The memory's path.
        path: String,
        /// The words, as they are proposed.
        quote: String,
    },
    /// A kind that this release does not know.
    #[serde(other)]
    Unknown,
}

/// What of a reflection's answer was not kept, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct ReflectionLeftOut {
    /// Interactions named that were not in the request.
    pub unknown_interactions: u32,
    /// Adjustments that name no pattern of the answer; they are kept without one.
    pub unknown_patterns: u32,
    /// Adjustments whose text to find does not stand in the prompt exactly once.
    pub without_place: u32,
    /// Adjustments that change nothing, or that another one makes already.
    pub without_effect: u32,
    /// Adjustments beyond [`MAX_ADJUSTMENTS`].
    pub too_many_adjustments: u32,
    /// Patterns beyond the 20 that are kept.
    pub too_many_patterns: u32,
    /// Parts that are not of the shape that was asked for.
    pub unreadable: u32,
}

/// What became of the reflection on a dream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReflectionState {
    /// The model will be asked soon.
    Waiting,
    /// The model is being asked.
    Asked,
    /// The model answered; patterns and suggestions stand in the report.
    Done,
    /// The model was not asked, with a reason.
    Skipped,
    /// The model gave no answer that can be used, with a reason.
    Failed,
    /// Whether the model answered is not known, and it is not asked again by itself: each answer costs.
    Lost,
    /// A state that this release does not know.
    #[serde(other)]
    Unknown,
}

/// The reflection on a dream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reflection {
    /// What became of it.
    pub state: ReflectionState,
    /// Why it was skipped or failed.
    #[serde(default)]
    pub reason: Option<String>,
    /// The model asked; nothing where none was.
    #[serde(default)]
    pub model: Option<String>,
    /// Tokens that it took; nothing until the model answered.
    #[serde(default)]
    pub usage: Option<crate::Usage>,
    /// What that cost; nothing until the model answered.
    #[serde(default)]
    pub cost: Option<crate::Cost>,
    /// Tokens that it was expected to take, by the length of what was sent.
    #[serde(default)]
    pub estimated_tokens: Option<u64>,
    /// Patterns found.
    #[serde(default)]
    pub patterns: u32,
    /// Suggestions made.
    #[serde(default)]
    pub suggestions: u32,
    /// What of the answer was not kept.
    #[serde(default)]
    pub left_out: ReflectionLeftOut,
    /// Who asked for it: a login name, or `schedule`.
    pub asked_by: UserName,
    /// When.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub asked_at: Timestamp,
    /// When its outcome was known.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub ended_at: Option<Timestamp>,
}
