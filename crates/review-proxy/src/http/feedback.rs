//! `/api/feedback` and an agent's feedback: ratings of interactions.

use super::App;
use super::cursor::Query;
use super::extract::{Body, Caller, Created, Id, Params, Seen, Tagged, page_limit};
use crate::error::{Error, Result};
use crate::store::{Position, feedback};
use axum::Json;
use axum::extract::State;
use review_api::{
    AgentId, CreateFeedback, Feedback, FeedbackId, FeedbackWithdrawn, Page, PatchFeedback,
};
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
        location: format!("/api/feedback/{}", body.id),
        revision: Some(body.revision),
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

fn tagged(body: Feedback) -> Tagged<Feedback> {
    Tagged {
        revision: body.revision,
        body,
    }
}

/// Shows a rating.
#[utoipa::path(get, path = "/api/feedback/{id}", tag = "feedback",
    params(("id" = String, Path)), responses((status = 200, body = Feedback)))]
pub(super) async fn show(
    State(app): State<App>,
    Id(id): Id<FeedbackId>,
) -> Result<Tagged<Feedback>> {
    let mut read = app.store.read().await?;
    let found = feedback::get(&mut read, &id).await?;
    Ok(tagged(
        found.ok_or_else(|| Error::not_found("rating", id.as_str()))?,
    ))
}

/// Changes a rating; what is absent stays, and null removes. Needs who gave it; takes `If-Match`.
#[utoipa::path(patch, path = "/api/feedback/{id}", tag = "feedback",
    params(("id" = String, Path)), request_body = PatchFeedback,
    responses((status = 200, body = Feedback)))]
pub(super) async fn edit(
    State(app): State<App>,
    Caller(user): Caller,
    Id(id): Id<FeedbackId>,
    Seen(seen): Seen,
    Body(body): Body<PatchFeedback>,
) -> Result<Tagged<Feedback>> {
    Ok(tagged(
        app.review.edit_feedback(&user, &id, body, seen).await?,
    ))
}

/// Withdraws a rating, which is gone then and counts nowhere. Needs who gave it or an admin, and a reviewer for
/// what an agent logged; takes `If-Match`.
#[utoipa::path(delete, path = "/api/feedback/{id}", tag = "feedback",
    params(("id" = String, Path)), responses((status = 200, body = FeedbackWithdrawn)))]
pub(super) async fn withdraw(
    State(app): State<App>,
    Caller(user): Caller,
    Id(id): Id<FeedbackId>,
    Seen(seen): Seen,
) -> Result<Json<FeedbackWithdrawn>> {
    Ok(Json(app.review.withdraw_feedback(&user, &id, seen).await?))
}
