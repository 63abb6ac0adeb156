//! A platform for tests that shows exactly what a test puts in; contract tests use the demo platform.

use super::{Platform, Timing};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

/// What it holds and what it was asked.
#[derive(Debug, Default)]
pub(crate) struct Held {
    pub(crate) agents: Vec<Value>,
    /// Earlier versions, by agent and version.
    pub(crate) versions: HashMap<(String, u32), Value>,
    pub(crate) sessions: Vec<Value>,
    pub(crate) dreams: Vec<Value>,
    pub(crate) events: Vec<Value>,
    /// Paths that begin like this answer with this status, the given number of times.
    pub(crate) failing: Vec<(&'static str, u16, usize)>,
    pub(crate) asked: Vec<String>,
    /// Items per page.
    pub(crate) page: usize,
}

type Shared = Arc<Mutex<Held>>;

/// The fake, serving until it is dropped.
pub(crate) struct Fake {
    held: Shared,
    url: String,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Fake {
    pub(crate) async fn start() -> Self {
        let held = Shared::default();
        held.lock().unwrap().page = 2;
        let routes = Router::new()
            .route(
                "/v1/agents",
                get(async |state, query| list(state, query, "agents")),
            )
            .route(
                "/v1/dreams",
                get(async |state, query| list(state, query, "dreams")),
            )
            .route(
                "/v1/sessions",
                get(async |state, query| list(state, query, "sessions")),
            )
            .route("/v1/{kind}/{id}", get(one))
            .route(
                "/v1/sessions/{id}/events",
                get(async |state, query| list(state, query, "events")),
            )
            .route("/v1/agents/{id}/versions", get(versions))
            .with_state(Arc::clone(&held));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let task = tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { held, url, task }
    }

    pub(crate) fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap()
    }

    pub(crate) fn platform(&self) -> Platform {
        let timing = Timing {
            retry_pause: Duration::from_millis(1),
            ..Timing::default()
        };
        Platform::with_timing(&self.url, "key".into(), timing).unwrap()
    }

    /// Sets an agent's prompt, keeping the version before.
    pub(crate) fn set_agent(&self, id: &str, version: u32, prompt: &str) {
        let mut held = self.held();
        held.agents.retain(|agent| agent["id"] != id);
        let agent = agent(id, version, prompt);
        held.versions
            .insert((id.to_owned(), version), agent.clone());
        held.agents.push(agent);
    }
}

pub(crate) fn agent(id: &str, version: u32, prompt: &str) -> Value {
    json!({
        "type":"agent", "id":id, "version":version, "name":format!("Agent {id}"),
        "description":null, "model":{"id":"claude-opus-5-5","effort":{"type":"high"}},
        "system":prompt, "tools":[], "metadata":{}, "created_at":"2026-10-02T09:15:00Z",
        "updated_at":format!("2026-11-{:02}T04:02:11Z", version.min(30)), "archived_at":null,
    })
}

pub(crate) fn session(id: &str, agent_id: &str, created_at: &str) -> Value {
    json!({
        "type":"session", "id":id, "title":format!("About {id}"), "status":"idle",
        "agent":{"type":"agent","id":agent_id,"version":1,"name":"Support"},
        "created_at":created_at, "updated_at":created_at, "archived_at":null,
    })
}

pub(crate) fn dream(id: &str, status: &str, session_ids: &[&str], created_at: &str) -> Value {
    json!({
        "type":"dream", "id":id, "status":status, "outputs":[],
        "inputs":[{"type":"memory_store","memory_store_id":"memstore_1"},
            {"type":"sessions","session_ids":session_ids}],
        "output_behavior":{"type":"create_new"}, "model":{"id":"claude-opus-5-5"},
        "instructions":null, "session_id":"sesn_dreaming",
        "usage":{"input_tokens":1,"output_tokens":2,"cache_read_input_tokens":3,"cache_creation_input_tokens":4},
        "error":null, "created_at":created_at, "ended_at":null, "archived_at":null,
    })
}

fn trouble(status: u16) -> Response {
    let status = StatusCode::from_u16(status).unwrap();
    let body =
        json!({"type":"error","error":{"type":"some_error","message":"no"},"request_id":null});
    (status, Json(body)).into_response()
}

fn asked(held: &mut Held, path: String) -> Option<Response> {
    let failing = held
        .failing
        .iter_mut()
        .find(|(prefix, _, times)| *times > 0 && path.starts_with(prefix));
    let status = failing.map(|(_, status, times)| {
        *times -= 1;
        *status
    });
    held.asked.push(path);
    status.map(trouble)
}

fn list(
    State(held): State<Shared>,
    Query(query): Query<HashMap<String, String>>,
    kind: &'static str,
) -> Response {
    let mut held = held.lock().unwrap();
    let page = query.get("page").cloned().unwrap_or_default();
    if let Some(trouble) = asked(&mut held, format!("/v1/{kind}?page={page}")) {
        return trouble;
    }
    let start: usize = if page.is_empty() {
        0
    } else {
        match page
            .strip_prefix("page_")
            .and_then(|start| start.parse().ok())
        {
            Some(start) => start,
            None => return trouble(400),
        }
    };
    let from = query
        .get("created_at[gte]")
        .or(query.get("created_at[gt]"))
        .cloned();
    let mut items = match kind {
        "agents" => held.agents.clone(),
        "dreams" => held.dreams.clone(),
        "sessions" => held.sessions.clone(),
        _ => held.events.clone(),
    };
    if matches!(kind, "dreams" | "sessions") {
        items.sort_by_key(|item| std::cmp::Reverse(item["created_at"].to_string()));
        items.retain(|item| {
            from.as_ref()
                .is_none_or(|from| item["created_at"].as_str() >= Some(from))
        });
    }
    let end = (start + held.page).min(items.len());
    let next = (end < items.len()).then(|| format!("page_{end}"));
    Json(json!({"data": items[start.min(end)..end], "next_page": next})).into_response()
}

async fn one(
    State(held): State<Shared>,
    Path((kind, id)): Path<(String, String)>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let mut held = held.lock().unwrap();
    if let Some(trouble) = asked(&mut held, format!("/v1/{kind}/{id}")) {
        return trouble;
    }
    if let Some(version) = query.get("version") {
        let version = held.versions.get(&(id, version.parse().unwrap()));
        return version.map_or_else(|| trouble(404), |agent| Json(agent).into_response());
    }
    let items = match kind.as_str() {
        "agents" => &held.agents,
        "dreams" => &held.dreams,
        _ => &held.sessions,
    };
    let item = items.iter().find(|item| item["id"] == id.as_str());
    item.map_or_else(|| trouble(404), |item| Json(item).into_response())
}

async fn versions(State(held): State<Shared>, Path(id): Path<String>) -> Response {
    let held = held.lock().unwrap();
    let versions = held.versions.iter().filter(|((agent, _), _)| *agent == id);
    let mut data: Vec<&Value> = versions.map(|(_, agent)| agent).collect();
    data.sort_by_key(|agent| std::cmp::Reverse(agent["version"].as_u64()));
    Json(json!({"data": data, "next_page": null})).into_response()
}
