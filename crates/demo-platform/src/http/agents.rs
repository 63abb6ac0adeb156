//! `/v1/agents`.

use super::Shared;
use super::body::{Body, NoBody, Patch, chars, metadata};
use super::errors::ApiError;
use super::paging::{Asked, time_key};
use super::query::Query;
use crate::ids;
use crate::state::{Agent, AgentModel, Entry, default_identity, now, patch_metadata};
use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Longest prompt, in characters.
pub(super) const MAX_SYSTEM_CHARS: usize = 100_000;

type Answer = Result<Json<Value>, ApiError>;

/// A model as a request names it: its id, or its settings too.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum AskedModel {
    Id(String),
    Config(ModelConfig),
}

/// A model's settings as a request gives them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ModelConfig {
    id: String,
    speed: Option<String>,
    effort: Option<Value>,
    inference_geo: Option<String>,
}

const EFFORTS: [&str; 5] = ["low", "medium", "high", "xhigh", "max"];

impl AskedModel {
    /// The model meant, where `old` is the one before.
    pub(super) fn resolve(self, old: Option<&AgentModel>) -> Result<AgentModel, ApiError> {
        let config = match self {
            Self::Id(id) => ModelConfig {
                id,
                speed: None,
                effort: None,
                inference_geo: None,
            },
            Self::Config(config) => config,
        };
        chars("model.id", &config.id, 1..=256)?;
        let mut model = AgentModel::plain(&config.id);
        if let Some(speed) = config.speed {
            if !["standard", "fast"].contains(&speed.as_str()) {
                return Err(ApiError::invalid("model.speed: must be standard or fast"));
            }
            model.speed = speed;
        }
        if let Some(effort) = config.effort {
            let word = effort
                .as_str()
                .or_else(|| effort.get("type").and_then(Value::as_str))
                .filter(|word| EFFORTS.contains(word))
                .ok_or_else(|| ApiError::invalid("model.effort: unknown effort"))?;
            model.effort = json!({"type": word});
        } else if let Some(old) = old.filter(|old| old.id == model.id) {
            model.effort = old.effort.clone();
        }
        model.inference_geo = config.inference_geo;
        Ok(model)
    }
}

/// What `POST /v1/agents` takes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Create {
    name: String,
    model: AskedModel,
    description: Option<String>,
    system: Option<String>,
    tools: Option<Vec<Value>>,
    mcp_servers: Option<Vec<Value>>,
    skills: Option<Vec<Value>>,
    multiagent: Option<Value>,
    execution_identity: Option<Value>,
    metadata: Option<BTreeMap<String, String>>,
}

/// What `POST /v1/agents/{id}` takes; what is absent stays as it is.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Update {
    version: Option<u32>,
    name: Option<String>,
    model: Option<AskedModel>,
    description: Patch<String>,
    system: Patch<String>,
    tools: Patch<Vec<Value>>,
    mcp_servers: Patch<Vec<Value>>,
    skills: Patch<Vec<Value>>,
    multiagent: Patch<Value>,
    execution_identity: Patch<Value>,
    metadata: Option<BTreeMap<String, Option<String>>>,
}

impl Update {
    /// An update of the prompt alone, whatever the version.
    pub(super) fn of_system(system: String) -> Self {
        Self {
            system: Patch::Value(system),
            ..Self::default()
        }
    }
}

fn text_or_none(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

fn check(agent: &Agent) -> Result<(), ApiError> {
    chars("name", &agent.name, 1..=256)?;
    chars(
        "description",
        agent.description.as_deref().unwrap_or(""),
        0..=2_048,
    )?;
    chars(
        "system",
        agent.system.as_deref().unwrap_or(""),
        0..=MAX_SYSTEM_CHARS,
    )?;
    metadata(agent.metadata.iter())?;
    if agent.mcp_servers.len() > 20 {
        return Err(ApiError::invalid("mcp_servers: may have 20 entries"));
    }
    Ok(())
}

pub(super) async fn list(State(platform): State<Shared>, query: Query) -> Answer {
    query.only_list(&["created_at[gte]", "created_at[lte]", "include_archived"])?;
    let asked = Asked::read(&query, "agents", 100, true)?;
    let times = query.times()?;
    let archived_too = query.flag("include_archived")?;
    Ok(Json(platform.read(|model| {
        let agents = model.agents.values().filter_map(|record| record.current());
        let rows = agents
            .filter(|agent| archived_too || agent.archived_at.is_none())
            .filter(|agent| times.contains(agent.created_at))
            .map(|agent| (time_key(agent.created_at, &agent.id), agent))
            .collect();
        asked.page(rows).view(|agent| json!(agent))
    })))
}

pub(super) async fn retrieve(
    State(platform): State<Shared>,
    Path(id): Path<String>,
    query: Query,
) -> Answer {
    query.only(&["version"])?;
    let version = query.number("version")?;
    if version == Some(0) {
        return Err(ApiError::invalid("version: must be at least 1"));
    }
    platform.read(|model| {
        let record = model
            .agents
            .get(&id)
            .ok_or_else(|| ApiError::no_such("agent", &id))?;
        let agent = match version {
            None => record.current().cloned(),
            Some(version) => record.version(version),
        };
        let agent = agent.ok_or_else(|| ApiError::not_found("No such version of this agent."))?;
        Ok(Json(json!(agent)))
    })
}

pub(super) async fn versions(
    State(platform): State<Shared>,
    Path(id): Path<String>,
    query: Query,
) -> Answer {
    query.only_list(&[])?;
    let asked = Asked::read(&query, "agent_versions", 100, true)?;
    platform.read(|model| {
        let record = model
            .agents
            .get(&id)
            .ok_or_else(|| ApiError::no_such("agent", &id))?;
        let versions = record.versions().iter();
        let rows = versions.filter_map(|agent| {
            let shown = record.version(agent.version)?;
            Some((format!("{:010}", agent.version), shown))
        });
        Ok(Json(asked.page(rows.collect()).view(|agent| json!(agent))))
    })
}

pub(super) async fn create(
    State(platform): State<Shared>,
    query: Query,
    Body(create): Body<Create>,
) -> Answer {
    query.only(&[])?;
    let at = now();
    let agent = Agent {
        kind: "agent".to_owned(),
        id: ids::fresh("agent_"),
        version: 1,
        name: create.name,
        description: text_or_none(create.description),
        model: create.model.resolve(None)?,
        system: text_or_none(create.system),
        tools: create.tools.unwrap_or_default(),
        mcp_servers: create.mcp_servers.unwrap_or_default(),
        skills: create.skills.unwrap_or_default(),
        multiagent: create.multiagent,
        execution_identity: create.execution_identity.unwrap_or_else(default_identity),
        metadata: create.metadata.unwrap_or_default(),
        created_at: at,
        updated_at: at,
        archived_at: None,
    };
    check(&agent)?;
    platform.change(|change| {
        change.put(Entry::Agent(Box::new(agent.clone())));
        Ok(())
    })?;
    platform.announce("agent.created", &agent.id);
    Ok(Json(json!(agent)))
}

/// Updates an agent by the platform's rules and returns it, with whether a version was made.
pub(super) fn update_agent(platform: &Shared, id: &str, update: Update) -> Result<Agent, ApiError> {
    let (agent, made) = platform.change(|change| {
        let old = change
            .model()
            .agent(id)
            .cloned()
            .ok_or_else(|| ApiError::no_such("agent", id))?;
        // Before anything else, even if nothing would change.
        if let Some(expected) = update.version
            && expected != old.version
        {
            let found = old.version;
            let message = format!("Agent version mismatch: expected {expected}, found {found}.");
            return Err(ApiError::conflict(message));
        }
        if old.archived_at.is_some() {
            return Err(ApiError::invalid("An archived agent cannot be updated."));
        }
        let mut new = old.clone();
        if let Some(name) = update.name {
            new.name = name;
        }
        if let Some(model) = update.model {
            new.model = model.resolve(Some(&old.model))?;
        }
        let Update {
            tools,
            mcp_servers,
            skills,
            ..
        } = update;
        update
            .description
            .then(|text| new.description = text_or_none(text));
        update.system.then(|text| new.system = text_or_none(text));
        tools.then(|all| new.tools = all.unwrap_or_default());
        mcp_servers.then(|all| new.mcp_servers = all.unwrap_or_default());
        skills.then(|all| new.skills = all.unwrap_or_default());
        update.multiagent.then(|value| new.multiagent = value);
        update.execution_identity.then(|value| {
            new.execution_identity = value.unwrap_or_else(default_identity);
        });
        if let Some(patch) = &update.metadata {
            patch_metadata(&mut new.metadata, patch);
        }
        check(&new)?;
        if new.same_as(&old) {
            return Ok((old, false));
        }
        new.version += 1;
        new.updated_at = now();
        change.put(Entry::Agent(Box::new(new.clone())));
        Ok((new, true))
    })?;
    if made {
        platform.announce("agent.updated", id);
    }
    Ok(agent)
}

pub(super) async fn update(
    State(platform): State<Shared>,
    Path(id): Path<String>,
    query: Query,
    Body(update): Body<Update>,
) -> Answer {
    query.only(&[])?;
    if update.version == Some(0) {
        return Err(ApiError::invalid("version: must be at least 1"));
    }
    Ok(Json(json!(update_agent(&platform, &id, update)?)))
}

pub(super) async fn archive(
    State(platform): State<Shared>,
    Path(id): Path<String>,
    _: NoBody,
) -> Answer {
    let agent = platform.change(|change| {
        let mut agent = change
            .model()
            .agent(&id)
            .cloned()
            .ok_or_else(|| ApiError::no_such("agent", &id))?;
        if agent.archived_at.is_none() {
            agent.archived_at = Some(now());
            change.put(Entry::Agent(Box::new(agent.clone())));
        }
        Ok(agent)
    })?;
    platform.announce("agent.archived", &id);
    Ok(Json(json!(agent)))
}
