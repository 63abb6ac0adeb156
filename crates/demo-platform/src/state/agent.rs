//! Agents and their versions, as the platform shows them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// One version of an agent; the wire form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Agent {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) id: String,
    pub(crate) version: u32,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) model: AgentModel,
    pub(crate) system: Option<String>,
    pub(crate) tools: Vec<Value>,
    pub(crate) mcp_servers: Vec<Value>,
    pub(crate) skills: Vec<Value>,
    pub(crate) multiagent: Option<Value>,
    pub(crate) execution_identity: Value,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    pub(crate) archived_at: Option<Timestamp>,
}

/// A model with its settings; `effort` is always there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct AgentModel {
    pub(crate) id: String,
    pub(crate) speed: String,
    pub(crate) effort: Value,
    pub(crate) inference_geo: Option<String>,
}

impl AgentModel {
    /// A model with the settings that it has when none are given.
    pub(crate) fn plain(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            speed: "standard".to_owned(),
            effort: json!({"type": "high"}),
            inference_geo: None,
        }
    }
}

/// The identity that an agent has when none is given.
pub(crate) fn default_identity() -> Value {
    json!({"type": "service_account"})
}

impl Agent {
    /// What a session keeps of its agent.
    pub(crate) fn snapshot(&self) -> Value {
        json!({
            "type": "agent",
            "id": self.id,
            "version": self.version,
            "name": self.name,
            "description": self.description,
            "model": self.model,
            "system": self.system,
            "tools": self.tools,
            "mcp_servers": self.mcp_servers,
            "skills": self.skills,
            "multiagent": self.multiagent,
            "execution_identity": self.execution_identity,
        })
    }

    /// Says whether an update would change nothing: all but version and time is equal.
    pub(crate) fn same_as(&self, other: &Self) -> bool {
        let mut other = other.clone();
        other.version = self.version;
        other.updated_at = self.updated_at;
        *self == other
    }
}

/// All versions of one agent, oldest first; never empty once stored.
#[derive(Debug, Clone, Default)]
pub(crate) struct AgentRecord {
    versions: Vec<Agent>,
}

impl AgentRecord {
    /// Adds a version, or replaces the one of the same number.
    pub(crate) fn put(&mut self, agent: Agent) {
        match self
            .versions
            .iter_mut()
            .find(|known| known.version == agent.version)
        {
            Some(known) => *known = agent,
            None => self.versions.push(agent),
        }
    }

    /// All versions, oldest first.
    pub(crate) fn versions(&self) -> &[Agent] {
        &self.versions
    }

    /// The version that new sessions get.
    pub(crate) fn current(&self) -> Option<&Agent> {
        self.versions.last()
    }

    /// One version as the platform shows it: archived once the agent is.
    pub(crate) fn version(&self, version: u32) -> Option<Agent> {
        let archived_at = self.current()?.archived_at;
        let found = self
            .versions
            .iter()
            .find(|known| known.version == version)?;
        Some(Agent {
            archived_at,
            ..found.clone()
        })
    }
}

/// Patches metadata: a text sets a key, `null` removes it, other keys stay.
pub(crate) fn patch_metadata(
    metadata: &mut BTreeMap<String, String>,
    patch: &BTreeMap<String, Option<String>>,
) {
    for (key, value) in patch {
        match value {
            Some(value) => drop(metadata.insert(key.clone(), value.clone())),
            None => drop(metadata.remove(key)),
        }
    }
}

/// Puts session-local overrides over a snapshot; `null` clears.
pub(crate) fn override_snapshot(snapshot: &mut Value, overrides: Map<String, Value>) {
    if let Value::Object(fields) = snapshot {
        for (key, value) in overrides {
            let value = match (key.as_str(), value) {
                ("tools" | "mcp_servers" | "skills", Value::Null) => json!([]),
                (_, value) => value,
            };
            fields.insert(key, value);
        }
    }
}
