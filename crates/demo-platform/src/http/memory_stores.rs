//! `/v1/memory_stores`.

use super::Shared;
use super::body::{Body, NoBody, chars, metadata};
use super::errors::ApiError;
use super::paging::{Asked, time_key};
use super::query::Query;
use crate::ids;
use crate::state::{Entry, MemoryStore, Model, StoreRecord, now, patch_metadata};
use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

type Answer = Result<Json<Value>, ApiError>;

/// What `POST /v1/memory_stores` takes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Create {
    name: String,
    description: Option<String>,
    metadata: Option<BTreeMap<String, String>>,
}

/// What `POST /v1/memory_stores/{id}` takes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Update {
    name: Option<String>,
    description: Option<String>,
    metadata: Option<BTreeMap<String, Option<String>>>,
}

fn check(store: &MemoryStore) -> Result<(), ApiError> {
    chars("name", &store.name, 1..=255)?;
    if store.name.chars().any(char::is_control) {
        return Err(ApiError::invalid("name: must not have control characters"));
    }
    chars("description", &store.description, 0..=1_024)?;
    metadata(store.metadata.iter())
}

/// Finds a store, or says that there is none.
pub(super) fn find<'a>(model: &'a Model, id: &str) -> Result<&'a StoreRecord, ApiError> {
    let found = model.stores.get(id);
    found.ok_or_else(|| ApiError::no_such("memory store", id))
}

/// Like [`find`], for something that an archived store does not allow.
pub(super) fn find_live<'a>(model: &'a Model, id: &str) -> Result<&'a StoreRecord, ApiError> {
    let record = find(model, id)?;
    if record.store.archived_at.is_some() {
        return Err(ApiError::invalid(format!("Memory store {id} is archived.")));
    }
    Ok(record)
}

pub(super) async fn list(State(platform): State<Shared>, query: Query) -> Answer {
    query.only_list(&["created_at[gte]", "created_at[lte]", "include_archived"])?;
    let asked = Asked::read(&query, "memory_stores", 100, true)?;
    let times = query.times()?;
    let archived_too = query.flag("include_archived")?;
    Ok(Json(platform.read(|model| {
        let stores = model.stores.values().map(|record| &record.store);
        let rows = stores
            .filter(|store| archived_too || store.archived_at.is_none())
            .filter(|store| times.contains(store.created_at))
            .map(|store| (time_key(store.created_at, &store.id), store))
            .collect();
        asked.page(rows).view(|store| json!(store))
    })))
}

pub(super) async fn retrieve(State(platform): State<Shared>, Path(id): Path<String>) -> Answer {
    platform.read(|model| Ok(Json(json!(find(model, &id)?.store))))
}

pub(super) async fn create(
    State(platform): State<Shared>,
    query: Query,
    Body(create): Body<Create>,
) -> Answer {
    query.only(&[])?;
    let at = now();
    let store = MemoryStore {
        kind: "memory_store".to_owned(),
        id: ids::fresh("memstore_"),
        name: create.name,
        description: create.description.unwrap_or_default(),
        metadata: create.metadata.unwrap_or_default(),
        created_at: at,
        updated_at: at,
        archived_at: None,
    };
    check(&store)?;
    platform.change(|change| {
        change.put(Entry::Store(Box::new(store.clone())));
        Ok(())
    })?;
    platform.announce("memory_store.created", &store.id);
    Ok(Json(json!(store)))
}

pub(super) async fn update(
    State(platform): State<Shared>,
    Path(id): Path<String>,
    query: Query,
    Body(update): Body<Update>,
) -> Answer {
    query.only(&[])?;
    platform.change(|change| {
        let mut store = find_live(change.model(), &id)?.store.clone();
        if let Some(name) = update.name {
            store.name = name;
        }
        if let Some(description) = update.description {
            store.description = description;
        }
        if let Some(patch) = &update.metadata {
            patch_metadata(&mut store.metadata, patch);
        }
        check(&store)?;
        store.updated_at = now();
        change.put(Entry::Store(Box::new(store.clone())));
        Ok(Json(json!(store)))
    })
}

pub(super) async fn archive(
    State(platform): State<Shared>,
    Path(id): Path<String>,
    _: NoBody,
) -> Answer {
    let (store, archived) = platform.change(|change| {
        let mut store = find(change.model(), &id)?.store.clone();
        if store.archived_at.is_some() {
            return Ok((store, false));
        }
        let at = now();
        store.archived_at = Some(at);
        store.updated_at = at;
        change.put(Entry::Store(Box::new(store.clone())));
        crate::dreaming::input_gone(change, &id);
        Ok((store, true))
    })?;
    if archived {
        platform.announce("memory_store.archived", &id);
    }
    Ok(Json(json!(store)))
}

pub(super) async fn delete(State(platform): State<Shared>, Path(id): Path<String>) -> Answer {
    platform.change(|change| {
        find(change.model(), &id)?;
        change.put(Entry::StoreGone(id.clone()));
        crate::dreaming::input_gone(change, &id);
        Ok(())
    })?;
    platform.announce("memory_store.deleted", &id);
    Ok(Json(json!({"type": "memory_store_deleted", "id": id})))
}
