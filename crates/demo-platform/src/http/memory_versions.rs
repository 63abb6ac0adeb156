//! `/v1/memory_stores/{store}/memory_versions`.

use super::Shared;
use super::body::NoBody;
use super::errors::ApiError;
use super::memories::api_actor;
use super::memory_stores::find;
use super::paging::{Asked, time_key};
use super::query::Query;
use crate::state::{Entry, MemoryVersion, StoreRecord, now};
use axum::Json;
use axum::extract::{Path, State};
use serde_json::Value;

type Answer = Result<Json<Value>, ApiError>;

fn version<'a>(record: &'a StoreRecord, id: &str) -> Result<&'a MemoryVersion, ApiError> {
    let found = record.versions.iter().find(|version| version.id == id);
    found.ok_or_else(|| ApiError::no_such("memory version", id))
}

fn actor_is(version: &MemoryVersion, key: &str, wanted: Option<&str>) -> bool {
    let actual = version.created_by.get(key).and_then(Value::as_str);
    wanted.is_none() || actual == wanted
}

pub(super) async fn list(
    State(platform): State<Shared>,
    Path(store): Path<String>,
    query: Query,
) -> Answer {
    query.only_list(&[
        "memory_id",
        "operation",
        "session_id",
        "api_key_id",
        "service_account_id",
        "created_at[gte]",
        "created_at[lte]",
        "view",
    ])?;
    let is_full = query.is_full(false)?;
    let asked = Asked::read(
        &query,
        "memory_versions",
        if is_full { 20 } else { 100 },
        true,
    )?;
    let times = query.times()?;
    let operations = query.words("operation", &["created", "modified", "deleted"])?;
    let memory_id = query.one("memory_id");
    platform.read(|model| {
        let versions = find(model, &store)?.versions.iter();
        let rows = versions
            .filter(|version| memory_id.is_none_or(|id| version.memory_id == id))
            .filter(|version| {
                operations.is_empty() || operations.contains(&version.operation.as_str())
            })
            .filter(|version| {
                ["session_id", "api_key_id", "service_account_id"]
                    .into_iter()
                    .all(|key| actor_is(version, key, query.one(key)))
            })
            .filter(|version| times.contains(version.created_at))
            .map(|version| (time_key(version.created_at, &version.id), version))
            .collect();
        Ok(Json(asked.page(rows).view(|version| version.view(is_full))))
    })
}

pub(super) async fn retrieve(
    State(platform): State<Shared>,
    Path((store, id)): Path<(String, String)>,
    query: Query,
) -> Answer {
    query.only(&["view"])?;
    let is_full = query.is_full(true)?;
    platform.read(|model| {
        let found = version(find(model, &store)?, &id)?;
        Ok(Json(found.view(is_full)))
    })
}

pub(super) async fn redact(
    State(platform): State<Shared>,
    Path((store, id)): Path<(String, String)>,
    _: NoBody,
) -> Answer {
    platform.change(|change| {
        let record = find(change.model(), &store)?;
        let mut redacted = version(record, &id)?.clone();
        if record
            .memory(&redacted.memory_id)
            .is_some_and(|memory| memory.version_id == id)
        {
            let message = "The current version of a memory cannot be redacted.";
            return Err(ApiError::invalid(message));
        }
        if redacted.redacted_at.is_none() {
            redacted.path = None;
            redacted.content = None;
            redacted.sha256 = None;
            redacted.redacted_at = Some(now());
            redacted.redacted_by = Some(api_actor());
            change.put(Entry::Version(Box::new(redacted.clone())));
        }
        Ok(Json(redacted.view(true)))
    })
}
