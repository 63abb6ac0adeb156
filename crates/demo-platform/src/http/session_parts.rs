//! What hangs on a session: the resources attached to it, and its threads.

use super::Shared;
use super::errors::ApiError;
use super::paging::Asked;
use super::query::Query;
use super::sessions::find;
use axum::Json;
use axum::extract::{Path, State};
use serde_json::Value;

type Answer = Result<Json<Value>, ApiError>;

pub(super) async fn resources(
    State(platform): State<Shared>,
    Path(id): Path<String>,
    query: Query,
) -> Answer {
    query.only_list(&[])?;
    let asked = Asked::read(&query, "resources", 1_000, false)?;
    platform.read(|model| {
        let resources = find(model, &id)?.resources.iter().enumerate();
        let rows = resources.map(|(at, resource)| (format!("{at:04}"), resource));
        Ok(Json(asked.page(rows.collect()).view(Value::clone)))
    })
}

/// No seeded session has threads.
pub(super) async fn threads(
    State(platform): State<Shared>,
    Path(id): Path<String>,
    query: Query,
) -> Answer {
    query.only_list(&["statuses"])?;
    let asked = Asked::read(&query, "threads", 100, false)?;
    platform.read(|model| {
        find(model, &id)?;
        Ok(Json(
            asked.page(Vec::<(String, Value)>::new()).view(|row| row),
        ))
    })
}
