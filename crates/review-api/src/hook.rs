//! The report that a dream's pipeline posts to `POST /api/hooks/dreaming-report`.
//!
//! Only `type`, `agent_id` and `suggestions` are needed, as in the tutorial; everything else makes the
//! report better. Fields that are not named here are kept with the report.

use crate::{AgentId, DreamId, InteractionId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The value of `type` in a [`DreamingReport`].
pub const DREAMING_REPORT: &str = "dreaming_report";

/// A dream's findings, as its pipeline posts them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DreamingReport {
    /// Always [`DREAMING_REPORT`].
    #[serde(rename = "type")]
    pub kind: String,
    /// The agent it is about.
    pub agent_id: AgentId,
    /// The dream on the platform that it reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dream_id: Option<DreamId>,
    /// Version that the agent had when the dream began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_version: Option<u32>,
    /// When the dream ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub completed_at: Option<Timestamp>,
    /// What was found, in sentences.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// What keeps happening.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub patterns: Vec<ReportPattern>,
    /// What is proposed; may be empty.
    pub suggestions: Vec<ReportSuggestion>,
    /// Metrics before and after.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<ReportMetric>,
    /// Whatever else the sender wrote.
    #[serde(flatten)]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub extra: serde_json::Map<String, serde_json::Value>,
}

/// A pattern, as a pipeline posts it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReportPattern {
    /// Name of the pattern within the report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// What happens, in a few words.
    pub title: String,
    /// What happens, in sentences.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// How often it was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occurrences: Option<u32>,
    /// Interactions that show it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub interaction_ids: Vec<InteractionId>,
}

/// A suggestion, as a pipeline posts it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReportSuggestion {
    /// What to do; `update_system_prompt` is the only action known.
    pub action: String,
    /// The prompt proposed, in full; actions that are not known may leave it out.
    #[serde(default)]
    pub new_prompt: String,
    /// What it would do, in a few words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rationale: Option<String>,
    /// Keys of the patterns behind it; empty means all of the report's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub patterns: Vec<String>,
}

/// The action of a [`ReportSuggestion`] that proposes a new prompt.
pub const UPDATE_SYSTEM_PROMPT: &str = "update_system_prompt";

/// A metric, as a pipeline posts it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReportMetric {
    /// What is measured, such as `accuracy`.
    pub name: String,
    /// Share from 0 to 1 with the prompt as it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<f64>,
    /// Share from 0 to 1 with the suggestions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<f64>,
    /// Cases measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cases: Option<u32>,
}

/// Answer of `POST /api/hooks/dreaming-report`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReportAccepted {
    /// The delivery's id, from `webhook-id`.
    pub delivery_id: String,
    /// Whether this delivery had come before.
    pub duplicate: bool,
}
