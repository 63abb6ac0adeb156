//! `/v1/memory_stores/{store}/memories`.

use super::Shared;
use super::body::Body;
use super::errors::ApiError;
use super::memory_stores::{find, find_live};
use super::paging::Asked;
use super::query::Query;
use crate::memory;
use crate::state::{Memory, StoreRecord, now};
use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Value, json};

type Answer = Result<Json<Value>, ApiError>;

/// Most memories in one store.
const MAX_MEMORIES: usize = 10_000;

/// What `POST …/memories` takes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Create {
    path: String,
    content: String,
}

/// What `POST …/memories/{id}` takes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Update {
    path: Option<String>,
    content: Option<String>,
    precondition: Option<Precondition>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
enum Precondition {
    ContentSha256 { content_sha256: String },
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64
        && text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// The actor of a write that came over the API.
pub(super) fn api_actor() -> Value {
    json!({"type": "api_actor", "api_key_id": "apikey_01DemoKey000000000000000"})
}

fn memory<'a>(record: &'a StoreRecord, id: &str) -> Result<&'a Memory, ApiError> {
    let found = record.memory(id);
    found.ok_or_else(|| ApiError::no_such("memory", id))
}

pub(super) async fn list(
    State(platform): State<Shared>,
    Path(store): Path<String>,
    query: Query,
) -> Answer {
    query.only_list(&["path_prefix", "depth", "view"])?;
    let is_full = query.is_full(false)?;
    let asked = Asked::read(&query, "memories", if is_full { 20 } else { 100 }, false)?;
    let prefix = query.one("path_prefix").unwrap_or("/");
    if !prefix.starts_with('/') || !prefix.ends_with('/') {
        return Err(ApiError::invalid("path_prefix: must begin and end with /"));
    }
    let is_folded = match query.number("depth")? {
        None | Some(0) => false,
        Some(1) => true,
        Some(_) => return Err(ApiError::invalid("depth: must be 0 or 1")),
    };
    platform.read(|model| {
        let record = find(model, &store)?;
        let mut rows: Vec<(String, Option<&Memory>)> = Vec::new();
        let below = record.memories.range(prefix.to_owned()..);
        for (path, memory) in below.take_while(|(path, _)| path.starts_with(prefix)) {
            let rest = path.strip_prefix(prefix).unwrap_or_default();
            match rest.split_once('/').filter(|_| is_folded) {
                Some((folder, _)) => {
                    let row = format!("{prefix}{folder}/");
                    if rows.last().is_none_or(|(last, _)| *last != row) {
                        rows.push((row, None));
                    }
                }
                None => rows.push((path.clone(), Some(memory))),
            }
        }
        // A folder's row needs its path, which is its key.
        let rows = rows
            .into_iter()
            .map(|(path, memory)| (path.clone(), (path, memory)))
            .collect();
        let page = asked.page(rows).view(|(path, memory)| match memory {
            Some(memory) => memory.view(is_full),
            None => json!({"type": "memory_prefix", "path": path}),
        });
        Ok(Json(page))
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
        let found = memory(find(model, &store)?, &id)?;
        Ok(Json(found.view(is_full)))
    })
}

pub(super) async fn create(
    State(platform): State<Shared>,
    Path(store): Path<String>,
    query: Query,
    Body(create): Body<Create>,
) -> Answer {
    query.only(&["view"])?;
    let is_full = query.is_full(false)?;
    memory::check_path(&create.path).map_err(ApiError::invalid)?;
    memory::check_content(&create.content).map_err(ApiError::invalid)?;
    platform.change(|change| {
        let record = find_live(change.model(), &store)?;
        if let Some(other) = record.in_the_way(&create.path, None) {
            return Err(ApiError::memory_path(&other.path, &other.id));
        }
        if record.memories.len() >= MAX_MEMORIES {
            return Err(ApiError::invalid(
                "A memory store may have 10,000 memories.",
            ));
        }
        let made = memory::created(&store, &create.path, &create.content, now(), &api_actor());
        let view = made.memory.view(is_full);
        made.put(change);
        Ok(Json(view))
    })
}

pub(super) async fn update(
    State(platform): State<Shared>,
    Path((store, id)): Path<(String, String)>,
    query: Query,
    Body(update): Body<Update>,
) -> Answer {
    query.only(&["view"])?;
    let is_full = query.is_full(false)?;
    if update.path.is_none() && update.content.is_none() {
        return Err(ApiError::invalid("An update needs content or path."));
    }
    if let Some(path) = &update.path {
        memory::check_path(path).map_err(ApiError::invalid)?;
    }
    if let Some(content) = &update.content {
        memory::check_content(content).map_err(ApiError::invalid)?;
    }
    platform.change(|change| {
        let record = find_live(change.model(), &store)?;
        let old = memory(record, &id)?.clone();
        let path = update.path.unwrap_or_else(|| old.path.clone());
        let content = update.content.unwrap_or_else(|| old.content.to_string());
        // What is wanted holds already: a repeated write is safe, whatever its precondition.
        if path == old.path && content == *old.content {
            return Ok(Json(old.view(is_full)));
        }
        if let Some(Precondition::ContentSha256 { content_sha256 }) = &update.precondition {
            if !is_sha256(content_sha256) {
                let message = "content_sha256: must be 64 lower-case hex digits";
                return Err(ApiError::invalid(message));
            }
            if *content_sha256 != old.sha256 {
                return Err(ApiError::memory_precondition());
            }
        }
        if let Some(other) = record.in_the_way(&path, Some(&id)) {
            return Err(ApiError::memory_path(&other.path, &other.id));
        }
        let made = memory::modified(&old, &path, &content, now(), &api_actor());
        let view = made.memory.view(is_full);
        made.put(change);
        Ok(Json(view))
    })
}

pub(super) async fn delete(
    State(platform): State<Shared>,
    Path((store, id)): Path<(String, String)>,
    query: Query,
) -> Answer {
    query.only(&["expected_content_sha256"])?;
    platform.change(|change| {
        let old = memory(find(change.model(), &store)?, &id)?.clone();
        if let Some(expected) = query.one("expected_content_sha256")
            && expected != old.sha256
        {
            return Err(ApiError::memory_precondition());
        }
        memory::remove(change, old, now(), &api_actor());
        Ok(Json(json!({"type": "memory_deleted", "id": id})))
    })
}
