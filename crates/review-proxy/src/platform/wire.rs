//! The platform's objects, as far as they are used; readers here forgive what they do not know.

use jiff::Timestamp;
use review_api::{AgentTools, Usage};
use review_core::memory_uses::Mount;
use serde::de::{Deserializer, Error as _};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One page of a list.
#[derive(Debug, Clone)]
pub struct List<T> {
    /// The items that could be read.
    pub data: Vec<T>,
    /// Cursor of the next page; nothing at the end.
    pub next_page: Option<String>,
    /// Items that could not be read, and were left out.
    pub unreadable: usize,
}

impl<'de, T: serde::de::DeserializeOwned> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Raw {
            data: Vec<Value>,
            #[serde(default)]
            next_page: Option<String>,
        }
        let raw = Raw::deserialize(deserializer)?;
        let count = raw.data.len();
        let mut data = Vec::with_capacity(count);
        let mut problem = None;
        for item in raw.data {
            match serde_json::from_value(item) {
                Ok(item) => data.push(item),
                Err(error) => problem = Some(error),
            }
        }
        // One odd item must not hide the others, but a page without any readable one is another format.
        if let (true, Some(error)) = (data.is_empty(), problem) {
            return Err(D::Error::custom(error));
        }
        Ok(Self {
            unreadable: count - data.len(),
            data,
            next_page: raw.next_page,
        })
    }
}

/// A model, by id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Model {
    /// The model's id.
    pub id: String,
}

fn model_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Object(Model),
        Word(String),
    }
    Ok(match Either::deserialize(deserializer)? {
        Either::Object(model) => model.id,
        Either::Word(id) => id,
    })
}

/// An agent, or one version of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
pub struct Agent {
    /// Its id (`agent_…`).
    pub id: String,
    /// Its version, from 1.
    pub version: u32,
    /// Its name.
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub description: Option<String>,
    /// Its model's id.
    #[serde(deserialize_with = "model_id")]
    pub model: String,
    /// Its prompt.
    #[serde(default)]
    pub system: Option<String>,
    /// Its tools, servers and skills, as far as they matter here: what they are called.
    #[serde(default)]
    pub tools: Vec<Value>,
    /// See `tools`.
    #[serde(default)]
    pub mcp_servers: Vec<Value>,
    /// See `tools`.
    #[serde(default)]
    pub skills: Vec<Value>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When this version was made.
    pub updated_at: Timestamp,
    /// When it was put away.
    #[serde(default)]
    pub archived_at: Option<Timestamp>,
}

impl Agent {
    /// Returns what it can do besides answering: where there is any of it, only a session shows what it does.
    pub fn abilities(&self) -> AgentTools {
        let name = |of: &Value, fields: &[&str]| {
            let mut found = fields.iter().filter_map(|field| of[*field].as_str());
            found.next().unwrap_or("unnamed").to_owned()
        };
        let mut all = AgentTools::default();
        for tool in &self.tools {
            match tool["type"].as_str() {
                Some("custom") => all.custom.push(name(tool, &["name"])),
                Some("mcp_toolset") => all.servers.push(name(tool, &["mcp_server_name"])),
                _ => all.built_in.push(name(tool, &["name", "type"])),
            }
        }
        for server in &self.mcp_servers {
            let name = name(server, &["name", "url"]);
            if !all.servers.contains(&name) {
                all.servers.push(name);
            }
        }
        let skills = self.skills.iter();
        all.skills = skills.map(|it| name(it, &["skill_id"])).collect();
        all
    }

    /// Returns the prompt; no prompt and an empty one are the same to the platform.
    pub fn prompt(&self) -> &str {
        self.system.as_deref().unwrap_or_default()
    }
}

/// What a dream was given.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum DreamInput {
    /// A memory store.
    MemoryStore {
        /// Which store.
        memory_store_id: String,
    },
    /// Sessions.
    Sessions {
        /// Which sessions.
        session_ids: Vec<String>,
    },
    /// Something that this release does not know.
    #[serde(other)]
    Unknown,
}

/// Tokens that a dream took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct DreamUsage {
    /// Tokens read, not counting the cache.
    pub input_tokens: u64,
    /// Tokens written.
    pub output_tokens: u64,
    /// Tokens read from the cache.
    pub cache_read_input_tokens: u64,
    /// Tokens written to the cache.
    pub cache_creation_input_tokens: u64,
}

/// Why a dream failed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct DreamFailure {
    /// The platform's name for it.
    #[serde(rename = "type")]
    pub kind: String,
    /// The platform's sentence about it.
    #[serde(default)]
    pub message: String,
}

/// A dream.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Dream {
    /// Its id (`drm_…`).
    pub id: String,
    /// The platform's word for how far it is.
    pub status: String,
    /// What it was given.
    #[serde(default)]
    pub inputs: Vec<DreamInput>,
    /// The model that dreams.
    #[serde(deserialize_with = "model_id")]
    pub model: String,
    /// What it was told to look for.
    #[serde(default)]
    pub instructions: Option<String>,
    /// The session that carries it out; nothing before it starts.
    #[serde(default)]
    pub session_id: Option<String>,
    /// What it wrote; nothing before it has begun to.
    #[serde(default)]
    pub outputs: Vec<DreamInput>,
    /// Where it was asked to write.
    #[serde(default)]
    pub output_behavior: Option<super::OutputBehavior>,
    /// Tokens it took so far.
    #[serde(default)]
    pub usage: Option<DreamUsage>,
    /// Why it failed.
    #[serde(default)]
    pub error: Option<DreamFailure>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it ended.
    #[serde(default)]
    pub ended_at: Option<Timestamp>,
    /// When it was put away.
    #[serde(default)]
    pub archived_at: Option<Timestamp>,
}

impl Dream {
    /// Returns the memory store that it reads.
    pub fn input_store(&self) -> Option<&str> {
        first_store(&self.inputs)
    }

    /// Returns the sessions that it reads.
    pub fn session_ids(&self) -> impl Iterator<Item = &str> {
        self.inputs
            .iter()
            .filter_map(|input| match input {
                DreamInput::Sessions { session_ids } => Some(session_ids.iter()),
                DreamInput::MemoryStore { .. } | DreamInput::Unknown => None,
            })
            .flatten()
            .map(String::as_str)
    }
}

pub(super) fn first_store(of: &[DreamInput]) -> Option<&str> {
    of.iter().find_map(|one| match one {
        DreamInput::MemoryStore { memory_store_id } => Some(memory_store_id.as_str()),
        DreamInput::Sessions { .. } | DreamInput::Unknown => None,
    })
}

/// The agent of a session, as it was when the session began.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SessionAgent {
    /// Its id.
    pub id: String,
    /// Its version then.
    pub version: u32,
    /// Its name then.
    #[serde(default)]
    pub name: String,
}

/// A session.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Session {
    /// Its id (`sesn_…`).
    pub id: String,
    /// What it is about.
    #[serde(default)]
    pub title: Option<String>,
    /// The platform's word for where it stands.
    pub status: String,
    /// The agent that has it.
    pub agent: SessionAgent,
    /// Where it runs.
    #[serde(default)]
    pub environment_id: Option<String>,
    /// What its maker noted on it.
    #[serde(default)]
    pub metadata: Map<String, Value>,
    /// Tokens that it took so far, in fields that may each be absent or null.
    #[serde(default)]
    pub usage: Option<Value>,
    /// What it has attached.
    #[serde(default)]
    pub resources: Vec<Value>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it last moved.
    pub updated_at: Timestamp,
    /// When it was put away.
    #[serde(default)]
    pub archived_at: Option<Timestamp>,
}

impl Session {
    /// Says whether it was begun by a staging test, and so is no interaction.
    pub fn is_test(&self) -> bool {
        self.metadata.contains_key(TEST_MARK)
    }

    /// Returns the tokens that it took so far; nothing where the platform does not say.
    pub fn tokens(&self) -> Option<Usage> {
        let usage = self.usage.as_ref()?;
        let number = |name: &str| usage.get(name).and_then(Value::as_u64);
        let written = usage.get("cache_creation").and_then(Value::as_object);
        let written = written
            .into_iter()
            .flat_map(Map::values)
            .filter_map(Value::as_u64);
        // Each may be absent. Where both of these are, nothing was counted.
        let (read, wrote) = (number("input_tokens"), number("output_tokens"));
        if read.is_none() && wrote.is_none() {
            return None;
        }
        Some(Usage {
            input_tokens: read.unwrap_or_default(),
            output_tokens: wrote.unwrap_or_default(),
            cache_read_input_tokens: number("cache_read_input_tokens").unwrap_or_default(),
            cache_creation_input_tokens: written.fold(0, u64::saturating_add),
        })
    }

    /// Returns the memory stores that it has attached, with the folders where they lie.
    pub fn mounts(&self) -> Vec<Mount> {
        let mount = |resource: &Value| {
            let path = resource["mount_path"].as_str()?.trim_end_matches('/');
            Some(Mount {
                store_id: resource["memory_store_id"].as_str()?.into(),
                path: path.to_owned(),
            })
        };
        self.resources.iter().filter_map(mount).collect()
    }

    /// Returns the first memory store that it has attached.
    pub fn memory_store(&self) -> Option<&str> {
        self.resources
            .iter()
            .filter(|resource| resource["type"] == "memory_store")
            .find_map(|resource| resource["memory_store_id"].as_str())
    }
}

/// Metadata key of sessions that a staging test began; its value is the test's id.
pub(super) const TEST_MARK: &str = "dream_review_test";

/// One event of a session; what differs from type to type stays as it came.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct SessionEvent {
    /// Its id (`sevt_…`).
    pub id: String,
    /// The platform's word for its type.
    #[serde(rename = "type")]
    pub kind: String,
    /// When; nothing while it is queued.
    #[serde(default)]
    pub processed_at: Option<Timestamp>,
    /// All other fields.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// Body of an answer that is not a success.
#[derive(Debug, Clone, Deserialize)]
pub struct ErrorEnvelope {
    /// What went wrong.
    pub error: EnvelopeError,
    /// The request's id; the header has it too.
    #[serde(default)]
    pub request_id: Option<String>,
}

/// What went wrong, in the platform's words.
#[derive(Debug, Clone, Deserialize)]
pub struct EnvelopeError {
    /// The platform's name for it.
    #[serde(rename = "type", default)]
    pub kind: String,
    /// The platform's sentence about it.
    #[serde(default)]
    pub message: String,
    /// More about it.
    #[serde(default)]
    pub details: Option<Value>,
    /// The path of the memory that is in the way, where one is.
    #[serde(default)]
    pub conflicting_path: Option<String>,
}

impl ErrorEnvelope {
    /// Returns `error.details.error_code`.
    pub fn error_code(&self) -> Option<&str> {
        self.error.details.as_ref()?.get("error_code")?.as_str()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_odd_item_does_not_hide_the_others() {
        let page: List<Model> = serde_json::from_str(
            r#"{"data":[{"id":"a","new":1},{"odd":true},{"id":"b"}],"next_page":null,"total":3}"#,
        )
        .unwrap();
        assert_eq!(page.data.len(), 2);
        assert_eq!(page.unreadable, 1);
        let none_readable: Result<List<Model>, _> = serde_json::from_str(r#"{"data":[{"x":1}]}"#);
        assert!(none_readable.is_err());
        let empty: List<Model> = serde_json::from_str(r#"{"data":[]}"#).unwrap();
        assert!(empty.data.is_empty() && empty.next_page.is_none());
    }

    #[test]
    fn what_an_agent_can_do_is_told_apart_by_who_runs_it() {
        let agent: Agent = serde_json::from_str(
            r#"{"id":"agent_1","version":1,"name":"A","model":"m","created_at":"2026-11-20T03:00:04+00:00",
                "updated_at":"2026-11-20T03:00:04+00:00","mcp_servers":[{"type":"url","name":"crm","url":"https://x"}],
                "tools":[{"type":"agent_toolset_20260401"},{"type":"mcp_toolset","mcp_server_name":"crm"},
                         {"type":"custom","name":"refund"},{"type":"novel"},{}],
                "skills":[{"type":"anthropic","skill_id":"xlsx"}]}"#,
        )
        .unwrap();
        let all = agent.abilities();
        assert_eq!(all.built_in, ["agent_toolset_20260401", "novel", "unnamed"]);
        assert_eq!(
            (&all.servers[..], &all.custom[..]),
            (&["crm".to_owned()][..], &["refund".to_owned()][..])
        );
        assert_eq!(all.skills, ["xlsx"]);
        assert!(!all.is_empty() && AgentTools::default().is_empty());
    }

    #[test]
    fn tokens_of_a_session_are_known_or_not_and_never_made_up() {
        let session = |usage: &str| -> Session {
            serde_json::from_str(&format!(
                r#"{{"id":"sesn_1","status":"idle","agent":{{"id":"agent_1","version":1}},"usage":{usage},
                    "created_at":"2026-11-20T03:00:04+00:00","updated_at":"2026-11-20T03:00:04+00:00"}}"#,
            ))
            .unwrap()
        };
        for usage in [
            "null",
            "{}",
            r#"{"input_tokens":null,"active_seconds":4.1}"#,
        ] {
            assert_eq!(session(usage).tokens(), None, "{usage}");
        }
        let whole = r#"{"input_tokens":5021,"output_tokens":911,"cache_read_input_tokens":20310,
            "cache_creation":{"ephemeral_5m_input_tokens":2044,"ephemeral_1h_input_tokens":6}}"#;
        let expected = Usage {
            input_tokens: 5_021,
            output_tokens: 911,
            cache_read_input_tokens: 20_310,
            cache_creation_input_tokens: 2_050,
        };
        assert_eq!(session(whole).tokens(), Some(expected));
        assert_eq!(expected.total(), 28_292);
        let part = session(r#"{"output_tokens":7}"#).tokens();
        assert_eq!(part.map(Usage::total), Some(7));
    }

    #[test]
    fn unknown_inputs_and_a_bare_model_are_taken() {
        let dream: Dream = serde_json::from_str(
            r#"{"id":"drm_1","status":"dozing","model":"m","created_at":"2026-11-20T03:00:04+00:00",
                "inputs":[{"type":"novel","x":1},{"type":"sessions","session_ids":["sesn_1"]}]}"#,
        )
        .unwrap();
        assert_eq!(dream.session_ids().collect::<Vec<_>>(), ["sesn_1"]);
        assert_eq!(dream.status, "dozing");
        assert_eq!(dream.model, "m");
    }
}
