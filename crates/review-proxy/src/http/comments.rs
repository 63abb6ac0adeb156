//! `/api/comments`: what people say on lines of a suggestion or of a change.

use super::App;
use super::changes::Empty;
use super::cursor::Query;
use super::extract::{Body, Caller, Created, Id, Params, Seen, Tagged, page_limit};
use crate::error::{Error, Result};
use crate::store::{Position, changes, comments, suggestions};
use axum::Json;
use axum::extract::State;
use review_api::{
    ChangeId, Comment, CommentDeleted, CommentId, CreateComment, EditComment, Page, SuggestionId,
};
use serde::Deserialize;
use utoipa::IntoParams;

/// Whose comments, and which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// Those on this suggestion; either this or a change.
    suggestion_id: Option<String>,
    /// Those on this change, and on the suggestions that it was made of.
    change_id: Option<String>,
    /// Items wanted, 1 to 100; 20 where absent.
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Lists the comments on a suggestion, or on a change and its suggestions, oldest first.
#[utoipa::path(get, path = "/api/comments", tag = "comments", params(Wanted),
    responses((status = 200, body = Page<Comment>)))]
pub(super) async fn list(
    State(app): State<App>,
    Params(wanted): Params<Wanted>,
) -> Result<Json<Page<Comment>>> {
    let limit = page_limit(wanted.limit)?;
    let query = Query::of("/api/comments", (&wanted.suggestion_id, &wanted.change_id));
    let after: Option<Position> = query.place(wanted.cursor.as_deref())?;
    let mut read = app.store.read().await?;
    let mut items = match (wanted.suggestion_id, wanted.change_id) {
        (Some(id), None) => {
            let id = SuggestionId(id);
            if suggestions::get(&mut read, &id).await?.is_none() {
                return Err(Error::not_found("suggestion", id.as_str()));
            }
            comments::of_suggestion(&mut read, &id, after.as_ref(), limit + 1).await?
        }
        (None, Some(id)) => {
            let id = ChangeId(id);
            if changes::get(&mut read, &id).await?.is_none() {
                return Err(Error::not_found("change", id.as_str()));
            }
            comments::of_change(&mut read, &id, after.as_ref(), limit + 1).await?
        }
        _ => {
            let message = "Name either suggestion_id or change_id.";
            return Err(Error::field("change_id", message));
        }
    };
    let place = |last: &Comment| Position::of(last.created_at, last.id.as_str());
    let next_cursor = query.cut(&mut items, limit, place);
    Ok(Json(Page {
        items,
        next_cursor,
        freshness: None,
    }))
}

/// Comments on lines of a suggestion or of a change. Needs a reviewer; 412 where the text is another one by now.
#[utoipa::path(post, path = "/api/comments", tag = "comments", request_body = CreateComment,
    responses((status = 201, body = Comment)))]
pub(super) async fn create(
    State(app): State<App>,
    Caller(user): Caller,
    Body(body): Body<CreateComment>,
) -> Result<Created<Comment>> {
    let body = app.review.comment(&user, body).await?;
    Ok(Created {
        location: format!("/api/comments/{}", body.id),
        revision: Some(body.revision),
        body,
    })
}

fn tagged(body: Comment) -> Tagged<Comment> {
    Tagged {
        revision: body.revision,
        body,
    }
}

/// Shows a comment.
#[utoipa::path(get, path = "/api/comments/{id}", tag = "comments",
    params(("id" = String, Path)), responses((status = 200, body = Comment)))]
pub(super) async fn show(State(app): State<App>, Id(id): Id<CommentId>) -> Result<Tagged<Comment>> {
    let mut read = app.store.read().await?;
    let found = comments::get(&mut read, &id).await?;
    Ok(tagged(
        found.ok_or_else(|| Error::not_found("comment", id.as_str()))?,
    ))
}

/// Gives a comment another text. Needs its author; takes `If-Match`.
#[utoipa::path(post, path = "/api/comments/{id}/edit", tag = "comments",
    params(("id" = String, Path)), request_body = EditComment,
    responses((status = 200, body = Comment)))]
pub(super) async fn edit(
    State(app): State<App>,
    Caller(user): Caller,
    Id(id): Id<CommentId>,
    Seen(seen): Seen,
    Body(body): Body<EditComment>,
) -> Result<Tagged<Comment>> {
    let edited = app.review.edit_comment(&user, &id, body, seen).await?;
    Ok(tagged(edited))
}

/// Removes a comment for good. Needs its author or an admin; takes `If-Match`.
#[utoipa::path(post, path = "/api/comments/{id}/delete", tag = "comments",
    params(("id" = String, Path)), request_body = Empty,
    responses((status = 200, body = CommentDeleted)))]
pub(super) async fn delete(
    State(app): State<App>,
    Caller(user): Caller,
    Id(id): Id<CommentId>,
    Seen(seen): Seen,
    Body(Empty {}): Body<Empty>,
) -> Result<Json<CommentDeleted>> {
    Ok(Json(app.review.delete_comment(&user, &id, seen).await?))
}

/// Calls a comment settled. Needs a reviewer; takes `If-Match`.
#[utoipa::path(post, path = "/api/comments/{id}/resolve", tag = "comments",
    params(("id" = String, Path)), request_body = Empty,
    responses((status = 200, body = Comment)))]
pub(super) async fn resolve(
    State(app): State<App>,
    Caller(user): Caller,
    Id(id): Id<CommentId>,
    Seen(seen): Seen,
    Body(Empty {}): Body<Empty>,
) -> Result<Tagged<Comment>> {
    let resolved = app.review.settle_comment(&user, &id, true, seen).await?;
    Ok(tagged(resolved))
}

/// Opens a comment that was called settled again. Needs a reviewer; takes `If-Match`.
#[utoipa::path(post, path = "/api/comments/{id}/reopen", tag = "comments",
    params(("id" = String, Path)), request_body = Empty,
    responses((status = 200, body = Comment)))]
pub(super) async fn reopen(
    State(app): State<App>,
    Caller(user): Caller,
    Id(id): Id<CommentId>,
    Seen(seen): Seen,
    Body(Empty {}): Body<Empty>,
) -> Result<Tagged<Comment>> {
    let reopened = app.review.settle_comment(&user, &id, false, seen).await?;
    Ok(tagged(reopened))
}
