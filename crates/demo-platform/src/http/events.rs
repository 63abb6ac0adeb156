//! `/v1/sessions/{id}/events`: a session's log, and what is sent into it.

use super::Shared;
use super::body::Body;
use super::errors::ApiError;
use super::paging::Asked;
use super::query::{ALL_TIMES, Query};
use super::sessions::find;
use crate::answer::answer;
use crate::ids;
use crate::platform::Change;
use crate::state::{Entry, Model, SessionStatus, now, tokens_read};
use axum::Json;
use axum::extract::{Path, State};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

/// What `POST …/events` takes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Send {
    events: Vec<Value>,
}

/// The type of an event.
pub(super) fn kind(event: &Value) -> &str {
    event
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn processed_at(event: &Value) -> Option<Timestamp> {
    event.get("processed_at")?.as_str()?.parse().ok()
}

/// The text blocks of an event or message, one after the other.
pub(crate) fn text_of(event: &Value) -> String {
    match event.get("content") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(blocks)) => {
            let texts = blocks.iter().filter_map(|block| block.get("text"));
            let texts: Vec<&str> = texts.filter_map(Value::as_str).collect();
            texts.join("\n")
        }
        _ => String::new(),
    }
}

pub(super) async fn list(
    State(platform): State<Shared>,
    Path(id): Path<String>,
    query: Query,
) -> Result<Json<Value>, ApiError> {
    let mut names = vec!["types", "order"];
    names.extend(ALL_TIMES);
    query.only_list(&names)?;
    let asked = Asked::read(&query, "events", 1_000, query.is_desc(false)?)?;
    let times = query.times()?;
    let types = query.many("types");
    platform.read(|model| {
        find(model, &id)?;
        let events = model.events.get(&id).into_iter().flatten().enumerate();
        // The place in the log is the key: several events share one time.
        let rows = events
            .filter(|(_, event)| types.is_empty() || types.contains(&kind(event)))
            .filter(|(_, event)| processed_at(event).is_none_or(|at| times.contains(at)))
            .map(|(at, event)| (format!("{at:010}"), event))
            .collect();
        Ok(Json(asked.page(rows).view(Value::clone)))
    })
}

/// The texts of all memories in the attached stores, by path.
fn remembered(model: &Model, resources: &[Value]) -> String {
    let ids = resources
        .iter()
        .filter_map(|it| it.get("memory_store_id")?.as_str());
    let stores = ids.filter_map(|id| model.stores.get(id));
    let texts: Vec<&str> = stores
        .flat_map(|record| record.memories.values())
        .map(|memory| &*memory.content)
        .collect();
    texts.join("\n")
}

/// Takes events into a session, and has its agent answer what users say.
pub(super) fn receive(
    change: &mut Change<'_>,
    id: &str,
    sent: Vec<Value>,
) -> Result<Vec<Value>, ApiError> {
    let mut session = find(change.model(), id)?.clone();
    if session.archived_at.is_some() {
        return Err(ApiError::invalid("An archived session takes no events."));
    }
    let known = [
        "user.message",
        "user.interrupt",
        "user.define_outcome",
        "user.tool_confirmation",
        "user.custom_tool_result",
        "system.message",
    ];
    for event in &sent {
        if !known.contains(&kind(event)) {
            let message = format!("events: unknown type {:?}", kind(event));
            return Err(ApiError::invalid(message));
        }
    }
    let at = now();
    let mut queued = Vec::new();
    let mut log = Vec::new();
    for mut event in sent {
        if let Value::Object(fields) = &mut event {
            fields.insert("id".to_owned(), json!(ids::fresh("sevt_")));
            fields.insert("processed_at".to_owned(), Value::Null);
        }
        queued.push(event.clone());
        if let Value::Object(fields) = &mut event {
            fields.insert("processed_at".to_owned(), json!(at));
        }
        log.push(event);
    }
    if log.iter().any(|event| kind(event) == "user.message") {
        let event = |mut event: Value| {
            if let Value::Object(fields) = &mut event {
                fields.insert("id".to_owned(), json!(ids::fresh("sevt_")));
                fields.insert("processed_at".to_owned(), json!(at));
            }
            event
        };
        let agent = session.agent(change.model());
        let system = agent
            .get("system")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let earlier = change.model().events.get(id).into_iter().flatten();
        let said: Vec<(bool, String)> = earlier
            .chain(&log)
            .filter_map(|event| match kind(event) {
                "user.message" => Some((true, text_of(event))),
                "agent.message" => Some((false, text_of(event))),
                _ => None,
            })
            .collect();
        // What lies in its memory it follows as well, after what its prompt says.
        let remembered = remembered(change.model(), &session.resources);
        let text = answer(&format!("{system}\n{remembered}"), &said);
        log.insert(0, event(json!({"type": "session.status_running"})));
        log.push(event(json!({
            "type": "agent.message",
            "content": [{"type": "text", "text": text}],
        })));
        log.push(event(json!({
            "type": "session.status_idle",
            "stop_reason": {"type": "end_turn"},
            "stop_details": null,
        })));
        session.input_tokens += tokens_read(system);
        session.output_tokens += u64::try_from(text.len() / 4).unwrap_or_default();
        session.status = SessionStatus::Idle;
    }
    session.updated_at = at;
    change.put(Entry::Session(Box::new(session)));
    change.put(Entry::Events {
        session_id: id.to_owned(),
        events: log,
    });
    Ok(queued)
}

pub(super) async fn send(
    State(platform): State<Shared>,
    Path(id): Path<String>,
    query: Query,
    Body(send): Body<Send>,
) -> Result<Json<Value>, ApiError> {
    query.only(&[])?;
    if send.events.is_empty() {
        return Err(ApiError::invalid("events: must not be empty"));
    }
    let queued = platform.change(|change| receive(change, &id, send.events))?;
    Ok(Json(json!({"data": queued})))
}
