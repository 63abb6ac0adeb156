//! Sessions, as kept; the wire form adds the agent's snapshot.

use super::Model;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Where a session stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SessionStatus {
    Idle,
    Running,
    Rescheduling,
    Terminated,
}

impl SessionStatus {
    /// The platform's word for it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Running => "running",
            Self::Rescheduling => "rescheduling",
            Self::Terminated => "terminated",
        }
    }
}

/// Tokens of a prompt, which a session reads at every turn of its user: the most of what it takes.
pub(crate) fn tokens_read(prompt: &str) -> u64 {
    u64::try_from(prompt.len() / 4).unwrap_or_default()
}

/// A session without its events.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) title: Option<String>,
    pub(crate) status: SessionStatus,
    pub(crate) environment_id: String,
    pub(crate) agent_id: String,
    pub(crate) agent_version: u32,
    /// The agent as this session has it, where it is not that version as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) snapshot: Option<Value>,
    pub(crate) resources: Vec<Value>,
    pub(crate) vault_ids: Vec<String>,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) budget: Option<Value>,
    pub(crate) active_seconds: f64,
    pub(crate) duration_seconds: f64,
    pub(crate) input_tokens: u64,
    pub(crate) output_tokens: u64,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    pub(crate) archived_at: Option<Timestamp>,
    /// The dream that runs in it; such sessions are in no list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) dream_id: Option<String>,
    /// The seeded mistake that it shows, by which reports find it; never on the wire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) mistake: Option<String>,
}

impl Session {
    /// Says whether a memory store is attached.
    pub(crate) fn has_store(&self, store_id: &str) -> bool {
        self.resources.iter().any(|resource| {
            resource.get("memory_store_id").and_then(Value::as_str) == Some(store_id)
        })
    }

    /// The agent as this session has it.
    pub(crate) fn agent(&self, model: &Model) -> Value {
        self.snapshot.clone().unwrap_or_else(|| {
            model
                .agents
                .get(&self.agent_id)
                .and_then(|record| record.version(self.agent_version))
                .map_or(Value::Null, |agent| agent.snapshot())
        })
    }

    /// The wire form.
    pub(crate) fn view(&self, model: &Model) -> Value {
        // List price of the default model, in cents.
        let cents = (self.input_tokens * 5 + self.output_tokens * 25).div_ceil(10_000);
        json!({
            "type": "session",
            "id": self.id,
            "title": self.title,
            "status": self.status.as_str(),
            "environment_id": self.environment_id,
            "agent": self.agent(model),
            "resources": self.resources,
            "vault_ids": self.vault_ids,
            "metadata": self.metadata,
            "outcome_evaluations": [],
            "budget": self.budget,
            "deployment_id": null,
            "stats": {
                "active_seconds": self.active_seconds,
                "duration_seconds": self.duration_seconds,
            },
            "usage": {
                "input_tokens": self.input_tokens,
                "output_tokens": self.output_tokens,
                "cache_read_input_tokens": self.input_tokens * 4,
                "cache_creation": {
                    "ephemeral_5m_input_tokens": self.input_tokens / 3,
                    "ephemeral_1h_input_tokens": 0,
                },
                "list_cost": {"amount": cents.to_string(), "currency": "USD"},
                "active_seconds": self.active_seconds,
                "server_tool_use": {"web_search_requests": 0, "web_fetch_requests": 0},
            },
            "created_at": self.created_at,
            "updated_at": self.updated_at,
            "archived_at": self.archived_at,
        })
    }
}
