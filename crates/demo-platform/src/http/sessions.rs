//! `/v1/sessions`.

use super::Shared;
use super::agents::{AskedModel, MAX_SYSTEM_CHARS};
use super::body::{Body, NoBody, Patch, chars, metadata};
use super::errors::ApiError;
use super::events::receive;
use super::paging::{Asked, time_key};
use super::query::{ALL_TIMES, Query};
use crate::ids;
use crate::state::{Entry, Model, Session, SessionStatus, now, override_snapshot, patch_metadata};
use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

type Answer = Result<Json<Value>, ApiError>;

/// What `POST /v1/sessions` takes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Create {
    agent: AskedAgent,
    environment_id: String,
    title: Option<String>,
    metadata: Option<BTreeMap<String, String>>,
    resources: Option<Vec<Resource>>,
    vault_ids: Option<Vec<String>>,
    initial_events: Option<Vec<Value>>,
    budget: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum AskedAgent {
    Id(String),
    Reference(AgentReference),
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum AgentReference {
    Agent(PlainAgent),
    AgentWithOverrides(Box<OverriddenAgent>),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlainAgent {
    id: String,
    version: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OverriddenAgent {
    id: String,
    version: Option<u32>,
    #[serde(default)]
    system: Patch<String>,
    model: Option<AskedModel>,
    #[serde(default)]
    tools: Patch<Value>,
    #[serde(default)]
    mcp_servers: Patch<Value>,
    #[serde(default)]
    skills: Patch<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Resource {
    MemoryStore(StoreResource),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoreResource {
    memory_store_id: String,
    access: Option<String>,
    instructions: Option<String>,
}

/// What `POST /v1/sessions/{id}` takes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Update {
    #[serde(default)]
    title: Patch<String>,
    metadata: Option<BTreeMap<String, Option<String>>>,
    agent: Option<AgentPatch>,
    #[serde(default)]
    budget: Patch<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AgentPatch {
    tools: Option<Value>,
    mcp_servers: Option<Value>,
}

/// Finds a session, or says that there is none.
pub(super) fn find<'a>(model: &'a Model, id: &str) -> Result<&'a Session, ApiError> {
    let found = model.sessions.get(id);
    found.ok_or_else(|| ApiError::no_such("session", id))
}

pub(super) async fn list(State(platform): State<Shared>, query: Query) -> Answer {
    let mut names = vec![
        "agent_id",
        "agent_version",
        "deployment_id",
        "memory_store_id",
        "statuses",
        "order",
        "include_archived",
    ];
    names.extend(ALL_TIMES);
    query.only_list(&names)?;
    let asked = Asked::read(&query, "sessions", 100, query.is_desc(true)?)?;
    let times = query.times()?;
    asked.within(&times)?;
    let statuses = query.words(
        "statuses",
        &["idle", "running", "rescheduling", "terminated"],
    )?;
    let archived_too = query.flag("include_archived")?;
    let agent_id = query.one("agent_id");
    let agent_version = query.number("agent_version")?;
    if agent_version.is_some() && agent_id.is_none() {
        return Err(ApiError::invalid(
            "agent_version: only together with agent_id",
        ));
    }
    let has_deployment = query.one("deployment_id").is_some();
    let store_id = query.one("memory_store_id");
    Ok(Json(platform.read(|model| {
        let keys = match agent_id {
            Some(id) => model.sessions_by_agent.get(id),
            None => Some(&model.sessions_by_time),
        };
        let sessions = keys
            .into_iter()
            .flatten()
            .filter_map(|(_, id)| model.sessions.get(id));
        let rows = sessions
            .filter(|session| archived_too || session.archived_at.is_none())
            .filter(|session| times.contains(session.created_at))
            .filter(|session| agent_version.is_none_or(|wanted| session.agent_version == wanted))
            .filter(|session| store_id.is_none_or(|store| session.has_store(store)))
            .filter(|session| statuses.is_empty() || statuses.contains(&session.status.as_str()))
            .filter(|_| !has_deployment)
            .map(|session| (time_key(session.created_at, &session.id), session))
            .collect();
        asked
            .page(rows)
            .view_both_ways(|session| session.view(model))
    })))
}

pub(super) async fn retrieve(State(platform): State<Shared>, Path(id): Path<String>) -> Answer {
    platform.read(|model| Ok(Json(find(model, &id)?.view(model))))
}

fn attach(model: &Model, resources: Vec<Resource>) -> Result<Vec<Value>, ApiError> {
    if resources.len() > 8 {
        return Err(ApiError::invalid("resources: may have 8 memory stores"));
    }
    let mut attached = Vec::new();
    for Resource::MemoryStore(wanted) in resources {
        let id = &wanted.memory_store_id;
        let store = model.stores.get(id).map(|record| &record.store);
        let store = store.ok_or_else(|| ApiError::no_such("memory store", id))?;
        if store.archived_at.is_some() {
            let message = format!("Memory store {id} is archived and cannot be attached.");
            return Err(ApiError::invalid(message));
        }
        let access = wanted.access.as_deref().unwrap_or("read_write");
        if !["read_write", "read_only"].contains(&access) {
            return Err(ApiError::invalid("access: must be read_write or read_only"));
        }
        chars(
            "instructions",
            wanted.instructions.as_deref().unwrap_or(""),
            0..=4_096,
        )?;
        attached.push(json!({
            "type": "memory_store",
            "memory_store_id": id,
            "name": store.name,
            "description": store.description,
            "access": access,
            "instructions": wanted.instructions,
            "mount_path": mount_path(&store.name),
        }));
    }
    Ok(attached)
}

/// Where a store of this name is mounted.
pub(crate) fn mount_path(name: &str) -> String {
    let slug: String = name
        .to_lowercase()
        .chars()
        .map(|char| if char.is_alphanumeric() { char } else { '-' })
        .collect();
    format!("/mnt/memory/{slug}")
}

/// The agent meant: its id, its version, and its snapshot where something is overridden.
fn resolve(model: &Model, asked: AskedAgent) -> Result<(String, u32, Option<Value>), ApiError> {
    let (id, version, overrides) = match asked {
        AskedAgent::Id(id) => (id, None, None),
        AskedAgent::Reference(AgentReference::Agent(agent)) => (agent.id, agent.version, None),
        AskedAgent::Reference(AgentReference::AgentWithOverrides(agent)) => {
            let mut overrides = Map::new();
            if let Patch::Value(system) = &agent.system {
                chars("system", system, 0..=MAX_SYSTEM_CHARS)?;
            }
            agent.system.then(|text| {
                let text = text.filter(|text| !text.is_empty());
                overrides.insert("system".to_owned(), json!(text));
            });
            if let Some(wanted) = agent.model {
                overrides.insert("model".to_owned(), json!(wanted.resolve(None)?));
            }
            for (key, value) in [
                ("tools", agent.tools),
                ("mcp_servers", agent.mcp_servers),
                ("skills", agent.skills),
            ] {
                value.then(|value| {
                    overrides.insert(key.to_owned(), value.unwrap_or_default());
                });
            }
            (agent.id, agent.version, Some(overrides))
        }
    };
    let record = model
        .agents
        .get(&id)
        .ok_or_else(|| ApiError::no_such("agent", &id))?;
    let agent = match version {
        None => record.current().cloned(),
        Some(version) => record.version(version),
    };
    let agent = agent.ok_or_else(|| ApiError::not_found("No such version of this agent."))?;
    if agent.archived_at.is_some() {
        return Err(ApiError::invalid(
            "An archived agent takes no new sessions.",
        ));
    }
    let snapshot = overrides.map(|overrides| {
        let mut snapshot = agent.snapshot();
        override_snapshot(&mut snapshot, overrides);
        snapshot
    });
    Ok((id, agent.version, snapshot))
}

pub(super) async fn create(
    State(platform): State<Shared>,
    query: Query,
    Body(create): Body<Create>,
) -> Answer {
    query.only(&[])?;
    chars("environment_id", &create.environment_id, 1..=256)?;
    let given = create.metadata.unwrap_or_default();
    metadata(given.iter())?;
    let initial = create.initial_events.unwrap_or_default();
    if initial.len() > 50 {
        return Err(ApiError::invalid("initial_events: may have 50 events"));
    }
    let view = platform.change(|change| {
        let (agent_id, agent_version, snapshot) = resolve(change.model(), create.agent)?;
        let resources = attach(change.model(), create.resources.unwrap_or_default())?;
        let at = now();
        let session = Session {
            id: ids::fresh("sesn_"),
            title: create.title,
            status: SessionStatus::Idle,
            environment_id: create.environment_id,
            agent_id,
            agent_version,
            snapshot,
            resources,
            vault_ids: create.vault_ids.unwrap_or_default(),
            metadata: given,
            budget: create.budget,
            active_seconds: 0.0,
            duration_seconds: 0.0,
            input_tokens: 0,
            output_tokens: 0,
            created_at: at,
            updated_at: at,
            archived_at: None,
            dream_id: None,
            mistake: None,
        };
        let id = session.id.clone();
        change.put(Entry::Session(Box::new(session)));
        if !initial.is_empty() {
            receive(change, &id, initial)?;
        }
        Ok(find(change.model(), &id)?.view(change.model()))
    })?;
    let id = view.get("id").and_then(Value::as_str).unwrap_or_default();
    platform.announce("session.created", id);
    Ok(Json(view))
}

pub(super) async fn update(
    State(platform): State<Shared>,
    Path(id): Path<String>,
    query: Query,
    Body(update): Body<Update>,
) -> Answer {
    query.only(&[])?;
    platform.change(|change| {
        let mut session = find(change.model(), &id)?.clone();
        if session.archived_at.is_some() {
            return Err(ApiError::invalid("An archived session cannot be updated."));
        }
        update.title.then(|title| session.title = title);
        if let Some(patch) = &update.metadata {
            patch_metadata(&mut session.metadata, patch);
            metadata(session.metadata.iter())?;
        }
        if let Some(patch) = update.agent {
            let mut snapshot = session.agent(change.model());
            let fields = [("tools", patch.tools), ("mcp_servers", patch.mcp_servers)];
            let overrides = fields
                .into_iter()
                .filter_map(|(key, value)| Some((key.to_owned(), value?)))
                .collect();
            override_snapshot(&mut snapshot, overrides);
            session.snapshot = Some(snapshot);
        }
        if session.budget.is_none() && matches!(update.budget, Patch::Value(_)) {
            return Err(ApiError::invalid("budget: can be added only at creation"));
        }
        update.budget.then(|budget| session.budget = budget);
        session.updated_at = now();
        change.put(Entry::Session(Box::new(session)));
        Ok(Json(find(change.model(), &id)?.view(change.model())))
    })
}

pub(super) async fn archive(
    State(platform): State<Shared>,
    Path(id): Path<String>,
    _: NoBody,
) -> Answer {
    platform.change(|change| {
        let mut session = find(change.model(), &id)?.clone();
        if session.status == SessionStatus::Running {
            return Err(ApiError::invalid("A running session cannot be archived."));
        }
        if session.archived_at.is_none() {
            session.archived_at = Some(now());
            session.status = SessionStatus::Terminated;
            change.put(Entry::Session(Box::new(session)));
        }
        Ok(Json(find(change.model(), &id)?.view(change.model())))
    })
}

pub(super) async fn delete(State(platform): State<Shared>, Path(id): Path<String>) -> Answer {
    platform.change(|change| {
        if find(change.model(), &id)?.status == SessionStatus::Running {
            return Err(ApiError::invalid("A running session cannot be deleted."));
        }
        change.put(Entry::SessionGone(id.clone()));
        crate::dreaming::input_gone(change, &id);
        Ok(())
    })?;
    platform.announce("session.deleted", &id);
    Ok(Json(json!({"type": "session_deleted", "id": id})))
}
