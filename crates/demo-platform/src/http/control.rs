//! `/__control`: what exists only here, for demos and tests. No credentials, never faulty, never recorded.

use super::Shared;
use super::agents::{Update, update_agent};
use super::body::{Body, NoBody};
use super::errors::ApiError;
use crate::dreaming;
use crate::faults::Fault;
use crate::platform::lock;
use crate::state::now;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

type Answer = Result<Json<Value>, ApiError>;

/// What `POST /__control/agents/{id}/edit` takes: the whole prompt, or a line to add to it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Edit {
    system: Option<String>,
    append: Option<String>,
}

/// What `POST /__control/answers` takes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Scripted {
    tool: String,
    input: Value,
}

/// What `POST /__control/dreams/{id}/fail` takes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Failure {
    #[serde(rename = "type")]
    kind: String,
    message: Option<String>,
}

/// What `POST /__control/dreams/{id}/log` takes: events to add, without id and time.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Steps {
    events: Vec<Value>,
}

/// What `POST /__control/dreams/{id}/writes` takes: what the dream writes into its store, in this order.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Writes {
    writes: Vec<dreaming::Act>,
}

/// Returns the routes of `/__control`.
pub(super) fn router() -> Router<Shared> {
    Router::new()
        .route("/faults", get(faults).post(add_fault).delete(clear_faults))
        .route("/requests", get(requests).delete(clear_requests))
        .route("/events", get(events).delete(clear_events))
        .route("/reports", get(reports))
        .route("/dreams/{id}/advance", post(advance))
        .route("/dreams/{id}/complete", post(complete))
        .route("/dreams/{id}/fail", post(fail))
        .route("/dreams/{id}/log", post(steps))
        .route("/dreams/{id}/writes", post(writes))
        .route("/agents/{id}/edit", post(edit))
        .route("/answers", post(script))
}

async fn faults(State(platform): State<Shared>) -> Json<Value> {
    Json(json!({"data": lock(&platform.faults).pending()}))
}

async fn add_fault(State(platform): State<Shared>, Body(fault): Body<Fault>) -> StatusCode {
    lock(&platform.faults).add(fault);
    StatusCode::NO_CONTENT
}

async fn clear_faults(State(platform): State<Shared>) -> StatusCode {
    lock(&platform.faults).clear();
    StatusCode::NO_CONTENT
}

async fn requests(State(platform): State<Shared>) -> Json<Value> {
    Json(lock(&platform.recorder).view())
}

async fn clear_requests(State(platform): State<Shared>) -> StatusCode {
    lock(&platform.recorder).clear();
    StatusCode::NO_CONTENT
}

async fn events(State(platform): State<Shared>) -> Json<Value> {
    Json(json!({"data": *lock(&platform.events)}))
}

async fn clear_events(State(platform): State<Shared>) -> StatusCode {
    lock(&platform.events).clear();
    StatusCode::NO_CONTENT
}

async fn reports(State(platform): State<Shared>) -> Json<Value> {
    let mut reports: Vec<Value> = platform.read(|model| {
        let reports = model.dreams.values().filter_map(|dream| {
            let report = dream.report.as_ref()?;
            Some(json!({
                "dream_id": dream.id,
                "ended_at": dream.ended_at,
                "delivery_id": report.delivery_id,
                "delivered_at": report.delivered_at,
                "body": report.body,
            }))
        });
        reports.collect()
    });
    reports.sort_by_key(|report| report.get("ended_at").map(Value::to_string));
    Json(json!({"data": reports}))
}

async fn advance(State(platform): State<Shared>, Path(id): Path<String>, _: NoBody) -> Answer {
    dreaming::advance(&platform, &id)?;
    dream(&platform, &id)
}

async fn complete(State(platform): State<Shared>, Path(id): Path<String>, _: NoBody) -> Answer {
    dreaming::complete(&platform, &id)?;
    dream(&platform, &id)
}

async fn fail(
    State(platform): State<Shared>,
    Path(id): Path<String>,
    Body(failure): Body<Failure>,
) -> Answer {
    let message = failure
        .message
        .unwrap_or_else(|| "Failed on demand.".to_owned());
    dreaming::fail(&platform, &id, &failure.kind, &message)?;
    dream(&platform, &id)
}

async fn steps(
    State(platform): State<Shared>,
    Path(id): Path<String>,
    Body(steps): Body<Steps>,
) -> Answer {
    dreaming::take_steps(&platform, &id, steps.events)?;
    dream(&platform, &id)
}

async fn writes(
    State(platform): State<Shared>,
    Path(id): Path<String>,
    Body(body): Body<Writes>,
) -> Answer {
    dreaming::write(&platform, &id, &body.writes)?;
    dream(&platform, &id)
}

fn dream(platform: &Shared, id: &str) -> Answer {
    platform.read(|model| Ok(Json(super::dreams::find(model, id)?.view(now()))))
}

async fn edit(
    State(platform): State<Shared>,
    Path(id): Path<String>,
    Body(edit): Body<Edit>,
) -> Answer {
    let system = match (edit.system, edit.append) {
        (Some(system), None) => system,
        (None, Some(line)) => platform.read(|model| {
            let agent = model
                .agent(&id)
                .ok_or_else(|| ApiError::no_such("agent", &id))?;
            let old = agent.system.as_deref().unwrap_or_default();
            Ok(format!("{}\n{line}\n", old.trim_end_matches('\n')))
        })?,
        _ => return Err(ApiError::invalid("Give either system or append.")),
    };
    let agent = update_agent(&platform, &id, Update::of_system(system))?;
    Ok(Json(json!(agent)))
}

async fn script(State(platform): State<Shared>, Body(scripted): Body<Scripted>) -> StatusCode {
    lock(&platform.answers).push((scripted.tool, scripted.input));
    StatusCode::NO_CONTENT
}
