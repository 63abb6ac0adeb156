//! `/api/feedback` and an agent's feedback: ratings of interactions.

use super::App;
use super::cursor::Query;
use super::extract::{Body, Caller, Created, Id, Params, page_limit};
use crate::error::Result;
use crate::store::{Position, feedback};
use axum::Json;
use axum::extract::State;
use review_api::{AgentId, CreateFeedback, Feedback, Page};
use serde::Deserialize;
use utoipa::IntoParams;

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct WantedPage {
    /// Items wanted, 1 to 100; 20 where absent.
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Rates an interaction. Needs a reviewer.
#[utoipa::path(post, path = "/api/feedback", tag = "feedback", request_body = CreateFeedback,
    responses((status = 201, body = Feedback)))]
pub(super) async fn create(
    State(app): State<App>,
    Caller(user): Caller,
    Body(body): Body<CreateFeedback>,
) -> Result<Created<Feedback>> {
    let body = app.review.rate(&user, body).await?;
    Ok(Created {
        location: format!("/api/interactions/{}", body.interaction_id),
        revision: None,
        body,
    })
}

/// Lists the ratings of an agent's interactions, newest first.
#[utoipa::path(get, path = "/api/agents/{id}/feedback", tag = "feedback",
    params(("id" = String, Path), WantedPage),
    responses((status = 200, body = Page<Feedback>)))]
pub(super) async fn list(
    State(app): State<App>,
    Id(id): Id<AgentId>,
    Params(page): Params<WantedPage>,
) -> Result<Json<Page<Feedback>>> {
    let limit = page_limit(page.limit)?;
    let query = Query::of("/api/agents/{id}/feedback", &id);
    let after: Option<Position> = query.place(page.cursor.as_deref())?;
    app.review.agent(&id).await?;
    let mut read = app.store.read().await?;
    let mut items = feedback::list(&mut read, &id, after.as_ref(), limit + 1).await?;
    let place = |last: &Feedback| Position::of(last.created_at, last.id.as_str());
    let next_cursor = query.cut(&mut items, limit, place);
    Ok(Json(Page {
        items,
        next_cursor,
        freshness: None,
    }))
}
