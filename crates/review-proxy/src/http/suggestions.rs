//! `/api/suggestions`: what a dream proposes, shown and turned down.

use super::App;
use super::extract::{Body, Caller, Id, Seen, Tagged};
use crate::error::{Error, Result};
use crate::store::suggestions;
use axum::extract::State;
use review_api::{RejectSuggestion, Suggestion, SuggestionId};

/// Shows a suggestion with the prompt that its agent has now and earlier refusals of the same bytes.
#[utoipa::path(get, path = "/api/suggestions/{id}", tag = "suggestions",
    params(("id" = String, Path)), responses((status = 200, body = Suggestion)))]
pub(super) async fn show(
    State(app): State<App>,
    Id(id): Id<SuggestionId>,
) -> Result<Tagged<Suggestion>> {
    let mut read = app.store.read().await?;
    let found = suggestions::get(&mut read, &id).await?;
    let body = found.ok_or_else(|| Error::not_found("suggestion", id.as_str()))?;
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
