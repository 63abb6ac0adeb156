//! `GET /api/inbox`: what waits for the person who asks.

use super::App;
use super::cursor::Query;
use super::extract::{Caller, Params, page_limit};
use crate::error::Result;
use crate::store::Position;
use axum::Json;
use axum::extract::State;
use review_api::Inbox;
use serde::Deserialize;
use utoipa::IntoParams;

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct Page {
    /// Items wanted, 1 to 100; 20 where absent.
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Lists what waits for the person who asks, longest first, and how dreaming goes for each agent.
#[utoipa::path(get, path = "/api/inbox", tag = "inbox", params(Page),
    responses((status = 200, body = Inbox)))]
pub(super) async fn show(
    State(app): State<App>,
    Caller(user): Caller,
    Params(page): Params<Page>,
) -> Result<Json<Inbox>> {
    let limit = page_limit(page.limit)?;
    let query = Query::of("/api/inbox", &user.name);
    let after: Option<Position> = query.place(page.cursor.as_deref())?;
    let (mut inbox, next) = app.review.inbox(&user, after.as_ref(), limit).await?;
    inbox.next_cursor = next.map(|place| query.cursor(place));
    Ok(Json(inbox))
}
