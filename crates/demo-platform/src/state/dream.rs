//! Dreams, as kept: what the platform shows, what will become of it, and the report it leaves.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// How far a dream is, or how it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DreamStatus {
    Pending,
    Running,
    Completed,
    Failed,
    Canceled,
}

impl DreamStatus {
    /// All of them, as the platform writes them.
    pub(crate) const WORDS: [&'static str; 5] =
        ["pending", "running", "completed", "failed", "canceled"];

    /// The platform's word for it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
        }
    }

    /// Says whether nothing more will come.
    pub(crate) fn is_final(self) -> bool {
        !matches!(self, Self::Pending | Self::Running)
    }
}

/// Tokens that a dream took.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[expect(clippy::struct_field_names, reason = "these are the platform's names")]
pub(crate) struct Usage {
    pub(crate) input_tokens: u64,
    pub(crate) output_tokens: u64,
    pub(crate) cache_read_input_tokens: u64,
    pub(crate) cache_creation_input_tokens: u64,
}

impl Usage {
    /// The part of it that is used up when `part` of `whole` seconds are over.
    pub(crate) fn part(self, part: i64, whole: i64) -> Self {
        let whole = u64::try_from(whole).unwrap_or(1).max(1);
        let part = u64::try_from(part).unwrap_or(0).min(whole);
        let of = |tokens: u64| tokens * part / whole;
        Self {
            input_tokens: of(self.input_tokens),
            output_tokens: of(self.output_tokens),
            cache_read_input_tokens: of(self.cache_read_input_tokens),
            cache_creation_input_tokens: of(self.cache_creation_input_tokens),
        }
    }
}

/// Why a dream failed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct DreamError {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) message: String,
}

/// What will become of a dream that has not ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Plan {
    pub(crate) starts_at: Timestamp,
    /// When the output store is there; until then a running dream shows no outputs.
    pub(crate) output_at: Timestamp,
    pub(crate) ends_at: Timestamp,
    /// What it will have used at the end.
    pub(crate) usage: Usage,
    /// What it fails with; otherwise it completes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) fails_with: Option<DreamError>,
    /// The seeded theme that it reports; otherwise the agent's next one that still applies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) theme: Option<String>,
}

/// The `dreaming_report` that a dream leaves, and whether the receiver has it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Report {
    /// The `webhook-id` of every attempt.
    pub(crate) delivery_id: String,
    pub(crate) body: Value,
    pub(crate) delivered_at: Option<Timestamp>,
}

/// A dream.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Dream {
    pub(crate) id: String,
    pub(crate) status: DreamStatus,
    pub(crate) input_store_id: String,
    /// Sorted.
    pub(crate) session_ids: Vec<String>,
    pub(crate) output_store_id: Option<String>,
    pub(crate) update_existing: bool,
    pub(crate) model_id: String,
    pub(crate) instructions: Option<String>,
    pub(crate) session_id: Option<String>,
    pub(crate) usage: Usage,
    pub(crate) error: Option<DreamError>,
    pub(crate) created_at: Timestamp,
    pub(crate) ended_at: Option<Timestamp>,
    pub(crate) archived_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) plan: Option<Plan>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) report: Option<Report>,
}

impl Dream {
    /// What it has used up by `now`.
    pub(crate) fn usage_at(&self, now: Timestamp) -> Usage {
        match (&self.plan, self.status) {
            (Some(plan), DreamStatus::Running) => {
                let whole = plan.ends_at.as_second() - plan.starts_at.as_second();
                plan.usage
                    .part(now.as_second() - plan.starts_at.as_second(), whole)
            }
            _ => self.usage,
        }
    }

    /// The wire form: always all 14 fields.
    pub(crate) fn view(&self, now: Timestamp) -> Value {
        let outputs: Vec<Value> = self
            .output_store_id
            .iter()
            .map(|id| json!({"type": "memory_store", "memory_store_id": id}))
            .collect();
        let output_behavior = if self.update_existing {
            json!({"type": "update_existing", "memory_store_id": self.input_store_id})
        } else {
            json!({"type": "create_new"})
        };
        json!({
            "type": "dream",
            "id": self.id,
            "status": self.status.as_str(),
            "inputs": [
                {"type": "memory_store", "memory_store_id": self.input_store_id},
                {"type": "sessions", "session_ids": self.session_ids},
            ],
            "outputs": outputs,
            "output_behavior": output_behavior,
            "model": {"id": self.model_id, "speed": "standard"},
            "instructions": self.instructions,
            "session_id": self.session_id,
            "usage": self.usage_at(now),
            "error": self.error,
            "created_at": self.created_at,
            "ended_at": self.ended_at,
            "archived_at": self.archived_at,
        })
    }
}
