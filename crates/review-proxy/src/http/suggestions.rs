//! `/api/suggestions`: what a dream proposes, shown and turned down.

use super::App;
use super::extract::{Body, Caller, Id, Seen, Tagged};
use crate::error::Result;
use axum::extract::State;
use review_api::{RejectSuggestion, Suggestion, SuggestionId};

/// Shows a suggestion with the prompt that its agent has now and earlier refusals of like ones.
#[utoipa::path(get, path = "/api/suggestions/{id}", tag = "suggestions",
    params(("id" = String, Path)), responses((status = 200, body = Suggestion)))]
pub(super) async fn show(
    State(app): State<App>,
    Id(id): Id<SuggestionId>,
) -> Result<Tagged<Suggestion>> {
    let body = app.review.suggestion(&id).await?;
    Ok(Tagged {
        revision: body.revision,
        body,
    })
}

/// Turns a suggestion down, with a reason. Needs a reviewer; takes `If-Match`.
#[utoipa::path(post, path = "/api/suggestions/{id}/reject", tag = "suggestions",
    params(("id" = String, Path)), request_body = RejectSuggestion,
    responses((status = 200, body = Suggestion)))]
pub(super) async fn reject(
    State(app): State<App>,
    Caller(user): Caller,
    Id(id): Id<SuggestionId>,
    Seen(seen): Seen,
    Body(body): Body<RejectSuggestion>,
) -> Result<Tagged<Suggestion>> {
    let body = app.review.reject(&user, &id, body, seen).await?;
    Ok(Tagged {
        revision: body.revision,
        body,
    })
}
