//! How dreams go on: pending, running without outputs, running with outputs, ended.

use crate::http::errors::ApiError;
use crate::ids;
use crate::memory;
use crate::platform::{Change, ENVIRONMENT, Platform};
use crate::seed;
use crate::state::{
    Dream, DreamError, DreamStatus, Entry, MemoryStore, Model, Report, Session, SessionStatus,
    StoreRecord, now,
};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Longest sleep of the task that moves dreams on.
const LONGEST_SLEEP: Duration = Duration::from_hours(1);

/// What the next step of a dream is, and when it is due.
fn next_step(dream: &Dream) -> Option<Timestamp> {
    let plan = dream.plan.as_ref()?;
    match dream.status {
        DreamStatus::Pending => Some(plan.starts_at),
        DreamStatus::Running if dream.output_store_id.is_none() => Some(plan.output_at),
        DreamStatus::Running => Some(plan.ends_at),
        _ => None,
    }
}

/// Moves dreams on as their time comes, until `stop`.
pub(crate) async fn run(platform: Arc<Platform>, stop: CancellationToken) {
    loop {
        let at = now();
        let steps: Vec<(Timestamp, String)> = platform.read(|model| {
            let dreams = model.dreams.values();
            dreams
                .filter_map(|dream| Some((next_step(dream)?, dream.id.clone())))
                .collect()
        });
        let mut next = None;
        for (due, id) in steps {
            if due <= at {
                if let Err(error) = advance(&platform, &id) {
                    tracing::warn!(?error, dream.id = id, "a dream could not be moved on");
                }
                next = Some(at);
            } else if next.is_none_or(|next| due < next) {
                next = Some(due);
            }
        }
        let wait = next.map_or(LONGEST_SLEEP, |next| {
            let wait = next.duration_since(at).unsigned_abs();
            wait.clamp(Duration::from_millis(1), LONGEST_SLEEP)
        });
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = platform.dreams_changed.notified() => {}
            () = stop.cancelled() => return,
        }
    }
}

fn find(model: &Model, id: &str) -> Result<Dream, ApiError> {
    let found = model.dreams.get(id).cloned();
    found.ok_or_else(|| ApiError::no_such("dream", id))
}

/// Takes a dream one step on, whenever that was due; a dream that has ended stays.
pub(crate) fn advance(platform: &Platform, id: &str) -> Result<(), ApiError> {
    let announced = platform.change(|change| {
        let dream = find(change.model(), id)?;
        Ok(step(change, dream))
    })?;
    for (kind, id) in announced {
        platform.announce(kind, &id);
    }
    Ok(())
}

/// Takes a dream to its end.
pub(crate) fn complete(platform: &Platform, id: &str) -> Result<(), ApiError> {
    while !platform.read(|model| find(model, id))?.status.is_final() {
        advance(platform, id)?;
    }
    Ok(())
}

/// Ends a dream with an error.
pub(crate) fn fail(
    platform: &Platform,
    id: &str,
    kind: &str,
    message: &str,
) -> Result<(), ApiError> {
    platform.change(|change| {
        let dream = find(change.model(), id)?;
        if dream.status.is_final() {
            return Err(ApiError::invalid("The dream has ended."));
        }
        failed(change, dream, kind, message);
        Ok(())
    })
}

/// Adds events to the log of a dream that has begun.
pub(crate) fn take_steps(
    platform: &Platform,
    id: &str,
    events: Vec<Value>,
) -> Result<(), ApiError> {
    platform.change(|change| {
        let dream = find(change.model(), id)?;
        let session = dream.session_id;
        let session = session.ok_or_else(|| ApiError::invalid("The dream has not begun."))?;
        log(change, &session, now(), events);
        Ok(())
    })
}

/// One thing that a dream does to the memory at `path`: gives it this text, makes it, or moves it; with neither
/// text nor another path it removes it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Act {
    path: String,
    content: Option<String>,
    to: Option<String>,
}

/// Writes into the store of a dream that has begun to write, as the dream.
pub(crate) fn write(platform: &Platform, id: &str, acts: &[Act]) -> Result<(), ApiError> {
    platform.change(|change| {
        let dream = find(change.model(), id)?;
        let store_id = dream.output_store_id.filter(|_| dream.ended_at.is_none());
        let store_id = store_id.ok_or_else(|| ApiError::invalid("The dream does not write."))?;
        let by = json!({"type": "session_actor", "session_id": dream.session_id});
        for act in acts {
            let store = change.model().stores.get(&store_id);
            let store = store.ok_or_else(|| ApiError::no_such("memory store", &store_id))?;
            let old = store.memories.get(&act.path).cloned();
            let to = act.to.as_ref().unwrap_or(&act.path);
            let except = old.as_ref().map(|old| old.id.as_str());
            if let Some(other) = store.in_the_way(to, except) {
                return Err(ApiError::memory_path(&other.path, &other.id));
            }
            match (old, &act.content, &act.to) {
                (Some(old), None, None) => memory::remove(change, old, now(), &by),
                (Some(old), content, _) => {
                    let content = content.as_deref().unwrap_or(&old.content);
                    memory::modified(&old, to, content, now(), &by).put(change);
                }
                (None, Some(content), None) => {
                    memory::created(&store_id, to, content, now(), &by).put(change);
                }
                (None, ..) => return Err(ApiError::no_such("memory", &act.path)),
            }
        }
        Ok(())
    })
}

/// Ends a dream by request.
pub(crate) fn cancel(change: &mut Change<'_>, mut dream: Dream) {
    dream.usage = dream.usage_at(now());
    end(change, dream, DreamStatus::Canceled);
}

fn failed(change: &mut Change<'_>, mut dream: Dream, kind: &str, message: &str) {
    dream.error = Some(DreamError {
        kind: kind.to_owned(),
        message: message.to_owned(),
    });
    dream.usage = dream.usage_at(now());
    end(change, dream, DreamStatus::Failed);
}

/// Fails the dreams that still need the store or session that has just gone.
pub(crate) fn input_gone(change: &mut Change<'_>, id: &str) {
    let hit: Vec<Dream> = change
        .model()
        .dreams
        .values()
        .filter(|dream| !dream.status.is_final())
        .filter(|dream| {
            dream.input_store_id == id || dream.session_ids.iter().any(|session| session == id)
        })
        .cloned()
        .collect();
    for dream in hit {
        if dream.input_store_id == id {
            let message =
                "The input memory store was archived or deleted after the dream was created.";
            failed(change, dream, "input_memory_store_unavailable", message);
        } else {
            let message = "An input session was deleted after the dream was created.";
            failed(change, dream, "input_session_unavailable", message);
        }
    }
}

fn end(change: &mut Change<'_>, mut dream: Dream, status: DreamStatus) {
    let at = now();
    dream.status = status;
    dream.ended_at = Some(at);
    dream.plan = None;
    let session = dream.session_id.as_ref();
    if let Some(mut session) = session.and_then(|id| change.model().sessions.get(id).cloned()) {
        let id = session.id.clone();
        session.status = SessionStatus::Terminated;
        session.archived_at = Some(at);
        session.updated_at = at;
        change.put(Entry::Session(Box::new(session)));
        let event = json!({"type": "session.status_terminated"});
        log(change, &id, at, vec![event]);
    }
    change.put(Entry::Dream(Box::new(dream)));
}

fn log(change: &mut Change<'_>, session_id: &str, at: Timestamp, events: Vec<Value>) {
    let events = events.into_iter().map(|mut event| {
        if let Value::Object(fields) = &mut event {
            fields.insert("id".to_owned(), json!(ids::fresh("sevt_")));
            fields.insert("processed_at".to_owned(), json!(at));
        }
        event
    });
    let entry = Entry::Events {
        session_id: session_id.to_owned(),
        events: events.collect(),
    };
    change.put(entry);
}

/// Something to announce: its kind and the id it is about.
type Announced = Vec<(&'static str, String)>;

fn step(change: &mut Change<'_>, dream: Dream) -> Announced {
    match dream.status {
        DreamStatus::Pending => start(change, dream),
        DreamStatus::Running if dream.output_store_id.is_none() => {
            return open_output(change, dream);
        }
        DreamStatus::Running => finish(change, dream),
        _ => {}
    }
    Vec::new()
}

fn start(change: &mut Change<'_>, mut dream: Dream) {
    let at = now();
    let session = Session {
        id: ids::fresh("sesn_"),
        title: Some("Dream".to_owned()),
        status: SessionStatus::Running,
        environment_id: ENVIRONMENT.to_owned(),
        agent_id: ids::derived("agent_", "dreamer"),
        agent_version: 1,
        snapshot: Some(seed::dreamer(&dream.model_id)),
        resources: Vec::new(),
        vault_ids: Vec::new(),
        metadata: BTreeMap::new(),
        budget: None,
        active_seconds: 0.0,
        duration_seconds: 0.0,
        input_tokens: 0,
        output_tokens: 0,
        created_at: at,
        updated_at: at,
        archived_at: None,
        dream_id: Some(dream.id.clone()),
        mistake: None,
    };
    let id = session.id.clone();
    dream.session_id = Some(id.clone());
    dream.status = DreamStatus::Running;
    // A dream that was hurried on has run from now, so that its usage grows from zero.
    if let Some(plan) = &mut dream.plan {
        plan.starts_at = plan.starts_at.min(at);
    }
    change.put(Entry::Session(Box::new(session)));
    let opening = seed::dream_opening(change.model(), &dream);
    log(change, &id, at, opening);
    change.put(Entry::Dream(Box::new(dream)));
}

fn open_output(change: &mut Change<'_>, mut dream: Dream) -> Announced {
    let input = change.model().stores.get(&dream.input_store_id);
    let Some(input) = input.cloned().filter(|_| !dream.update_existing) else {
        dream.output_store_id = Some(dream.input_store_id.clone());
        change.put(Entry::Dream(Box::new(dream)));
        return Vec::new();
    };
    let by = json!({"type": "session_actor", "session_id": dream.session_id});
    let id = ids::fresh("memstore_");
    for entry in cloned(&input, &id, now(), &by) {
        change.put(entry);
    }
    dream.output_store_id = Some(id.clone());
    change.put(Entry::Dream(Box::new(dream)));
    vec![("memory_store.created", id)]
}

/// The entries that make a copy of a store, with ids of its own.
pub(crate) fn cloned(input: &StoreRecord, id: &str, at: Timestamp, by: &Value) -> Vec<Entry> {
    let mut entries = vec![Entry::Store(Box::new(MemoryStore {
        id: id.to_owned(),
        created_at: at,
        updated_at: at,
        archived_at: None,
        ..input.store.clone()
    }))];
    for memory in input.memories.values() {
        let copy = memory::copied(memory, id, at, by);
        entries.extend(copy.entries());
    }
    entries
}

fn finish(change: &mut Change<'_>, mut dream: Dream) {
    let Some(plan) = dream.plan.clone() else {
        return;
    };
    if let Some(error) = plan.fails_with {
        failed(change, dream, &error.kind, &error.message);
        return;
    }
    let at = now();
    let outcome = seed::outcome(change.model(), &dream, plan.theme.as_deref());
    let by = json!({"type": "session_actor", "session_id": dream.session_id});
    let store_id = dream.output_store_id.clone().unwrap_or_default();
    for write in &outcome.writes {
        let store = change.model().stores.get(&store_id);
        let old = store.and_then(|record| record.memories.get(&write.path));
        let written = match old {
            Some(old) => memory::modified(old, &write.path, &write.content(Some(old)), at, &by),
            None => memory::created(&store_id, &write.path, &write.content(None), at, &by),
        };
        written.put(change);
    }
    if let Some(session_id) = dream.session_id.clone() {
        log(change, &session_id, at, outcome.log);
    }
    dream.usage = plan.usage;
    dream.report = outcome.report.map(|mut body| {
        if let Value::Object(fields) = &mut body {
            fields.insert("completed_at".to_owned(), json!(at));
        }
        Report {
            delivery_id: ids::fresh("whe_"),
            body,
            delivered_at: None,
        }
    });
    end(change, dream, DreamStatus::Completed);
}
