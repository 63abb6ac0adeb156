//! `/api/memory-stores`: the platform's memory stores, read through.

use super::App;
use super::cursor::Query;
use super::extract::{Id, Params, page_limit};
use crate::error::{Error, Result};
use crate::platform::PageQuery;
use axum::Json;
use axum::extract::{Path, State};
use review_api::{Memory, MemoryStoreId, MemoryStoreSummary, MemorySummary, Page};
use serde::Deserialize;
use utoipa::IntoParams;

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// Items wanted, 1 to 100; 20 where absent.
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Lists the memory stores by name, read from the platform; those put away too.
#[utoipa::path(get, path = "/api/memory-stores", tag = "memories", params(Wanted),
    responses((status = 200, body = Page<MemoryStoreSummary>)))]
pub(super) async fn list(
    State(app): State<App>,
    Params(wanted): Params<Wanted>,
) -> Result<Json<Page<MemoryStoreSummary>>> {
    let limit = page_limit(wanted.limit)?;
    let query = Query::of("/api/memory-stores", ());
    let after: Option<(String, MemoryStoreId)> = query.place(wanted.cursor.as_deref())?;
    let mut items = app.review.memory_stores().await?;
    let place = |store: &MemoryStoreSummary| (store.name.clone(), store.id.clone());
    items.retain(|store| after.as_ref().is_none_or(|after| place(store) > *after));
    let next_cursor = query.cut(&mut items, limit, place);
    Ok(Json(Page {
        items,
        next_cursor,
        freshness: None,
    }))
}

/// Lists a store's memories without their texts, read from the platform and in its order.
#[utoipa::path(get, path = "/api/memory-stores/{id}/memories", tag = "memories",
    params(("id" = String, Path), Wanted),
    responses((status = 200, body = Page<MemorySummary>)))]
pub(super) async fn memories(
    State(app): State<App>,
    Id(id): Id<MemoryStoreId>,
    Params(wanted): Params<Wanted>,
) -> Result<Json<Page<MemorySummary>>> {
    let limit = page_limit(wanted.limit)?;
    let query = Query::of("/api/memory-stores/{id}/memories", &id);
    let page = PageQuery::after(limit, query.place(wanted.cursor.as_deref())?);
    let (items, next) = app.review.memories(&id, &page).await?;
    Ok(Json(Page {
        items,
        next_cursor: next.map(|next| query.cursor(next)),
        freshness: None,
    }))
}

/// Shows a memory with its text, read from the platform.
#[utoipa::path(get, path = "/api/memory-stores/{id}/memories/{memory}", tag = "memories",
    params(("id" = String, Path), ("memory" = String, Path)),
    responses((status = 200, body = Memory)))]
pub(super) async fn memory(
    State(app): State<App>,
    path: Result<Path<(String, String)>, axum::extract::rejection::PathRejection>,
) -> Result<Json<Memory>> {
    let Path((store_id, id)) = path.map_err(|_| Error::not_found("memory", ""))?;
    let memory = app.review.memory(&store_id.into(), &id.into()).await?;
    Ok(Json(memory))
}
