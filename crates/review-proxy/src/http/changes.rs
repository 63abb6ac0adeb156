//! `/api/changes`: staged, approved, applied or given up.

use super::App;
use super::cursor::Query;
use super::extract::{Body, Caller, Created, Id, Params, Seen, Tagged, page_limit};
use crate::error::{Error, Result};
use crate::store::Position;
use crate::store::changes::{self, Filter};
use axum::Json;
use axum::extract::State;
use review_api::{
    AgentId, ApplyChange, ApproveChange, Change, ChangeId, ChangeSummary, EditChange, Page,
    RestageChange, ReviewGlass, StageChange,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which changes by state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Which {
    /// Those that somebody still has to do something about.
    Open,
    /// Every one.
    #[default]
    All,
}

/// Which changes, and which page of them.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// `open` or `all`; `all` where absent.
    #[serde(default)]
    #[param(inline)]
    state: Which,
    /// Only those of this agent.
    #[param(value_type = Option<String>)]
    agent_id: Option<AgentId>,
    /// Items wanted, 1 to 100; 20 where absent.
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// An empty object.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct Empty {}

/// Lists changes, newest first.
#[utoipa::path(get, path = "/api/changes", tag = "changes", params(Wanted),
    responses((status = 200, body = Page<ChangeSummary>)))]
pub(super) async fn list(
    State(app): State<App>,
    Params(wanted): Params<Wanted>,
) -> Result<Json<Page<ChangeSummary>>> {
    let limit = page_limit(wanted.limit)?;
    let query = Query::of("/api/changes", (wanted.state, &wanted.agent_id));
    let filter = Filter {
        open_only: wanted.state == Which::Open,
        agent_id: wanted.agent_id,
        after: query.place(wanted.cursor.as_deref())?,
    };
    let mut read = app.store.read().await?;
    let mut items = changes::list(&mut read, &filter, limit + 1, crate::store::now()).await?;
    let place = |last: &ChangeSummary| Position::of(last.staged_at, last.id.as_str());
    let next_cursor = query.cut(&mut items, limit, place);
    Ok(Json(Page {
        items,
        next_cursor,
        freshness: None,
    }))
}

/// Makes a change of suggestions, or of a person's own text, on the prompt that the platform has now.
/// Needs a reviewer. Other changes that wait for the same prompt are in the answer's `overlaps`.
#[utoipa::path(post, path = "/api/changes", tag = "changes", request_body = StageChange,
    responses((status = 201, body = Change)))]
pub(super) async fn stage(
    State(app): State<App>,
    Caller(user): Caller,
    Body(body): Body<StageChange>,
) -> Result<Created<Change>> {
    let change = app.review.stage(&user, body).await?;
    Ok(Created {
        location: format!("/api/changes/{}", change.summary.id),
        revision: Some(change.revision),
        body: change,
    })
}

/// Shows a change with its approvals and its history.
#[utoipa::path(get, path = "/api/changes/{id}", tag = "changes", params(("id" = String, Path)),
    responses((status = 200, body = Change)))]
pub(super) async fn show(State(app): State<App>, Id(id): Id<ChangeId>) -> Result<Tagged<Change>> {
    let mut read = app.store.read().await?;
    let found = changes::get(&mut read, &id).await?;
    Ok(tagged(
        found.ok_or_else(|| Error::not_found("change", id.as_str()))?,
    ))
}

/// Gives a waiting change another text to propose. Needs a reviewer; takes `If-Match`.
///
/// The same bytes change nothing and keep approvals; other bytes drop them, and the ledger says whose.
/// Whoever edits a change has a hand in it and does not approve it.
#[utoipa::path(post, path = "/api/changes/{id}/edit", tag = "changes",
    params(("id" = String, Path)), request_body = EditChange,
    responses((status = 200, body = Change)))]
pub(super) async fn edit(
    State(app): State<App>,
    Caller(user): Caller,
    Id(id): Id<ChangeId>,
    Seen(seen): Seen,
    Body(body): Body<EditChange>,
) -> Result<Tagged<Change>> {
    Ok(tagged(app.review.edit(&user, &id, body, seen).await?))
}

/// Says yes to exactly the bytes that the digest names, and to the findings that were read in them.
/// Needs an approver who had no hand in it; takes `If-Match`.
#[utoipa::path(post, path = "/api/changes/{id}/approve", tag = "changes",
    params(("id" = String, Path)), request_body = ApproveChange,
    responses((status = 200, body = Change)))]
pub(super) async fn approve(
    State(app): State<App>,
    Caller(user): Caller,
    Id(id): Id<ChangeId>,
    Seen(seen): Seen,
    Body(body): Body<ApproveChange>,
) -> Result<Tagged<Change>> {
    Ok(tagged(app.review.approve(&user, &id, &body, seen).await?))
}

/// Sends a change to the platform, at most once. Needs an approver and the policy's approvals;
/// takes `If-Match`.
///
/// A rollback may go without its approvals where `break_glass` says why it cannot wait; the ledger and the
/// inbox of others ask for a review until one is given.
#[utoipa::path(post, path = "/api/changes/{id}/apply", tag = "changes",
    params(("id" = String, Path)), request_body = ApplyChange,
    responses((status = 200, body = Change)))]
pub(super) async fn apply(
    State(app): State<App>,
    Caller(user): Caller,
    Id(id): Id<ChangeId>,
    Seen(seen): Seen,
    Body(body): Body<ApplyChange>,
) -> Result<Tagged<Change>> {
    Ok(tagged(app.review.apply(&user, &id, &body, seen).await?))
}

/// Puts a change that is out of date on the prompt as it is now, with the text merged. Needs a reviewer;
/// takes `If-Match`.
///
/// Its suggestions stay with it. Approvals of the earlier digest stay listed, as void; whoever restages a
/// change has a hand in it.
#[utoipa::path(post, path = "/api/changes/{id}/restage", tag = "changes",
    params(("id" = String, Path)), request_body = RestageChange,
    responses((status = 200, body = Change)))]
pub(super) async fn restage(
    State(app): State<App>,
    Caller(user): Caller,
    Id(id): Id<ChangeId>,
    Seen(seen): Seen,
    Body(body): Body<RestageChange>,
) -> Result<Tagged<Change>> {
    Ok(tagged(app.review.restage(&user, &id, body, seen).await?))
}

/// Stages the way back from an applied change: a new change with exactly the bytes that it replaced.
/// Needs a reviewer; takes `If-Match`.
///
/// It is approved and applied as any other, and cannot be edited. Refused where the agent has another
/// version than the one to undo, or where the way back is staged already.
#[utoipa::path(post, path = "/api/changes/{id}/rollback", tag = "changes",
    params(("id" = String, Path)), request_body = Empty,
    responses((status = 201, body = Change)))]
pub(super) async fn rollback(
    State(app): State<App>,
    Caller(user): Caller,
    Id(id): Id<ChangeId>,
    Seen(seen): Seen,
    Body(Empty {}): Body<Empty>,
) -> Result<Created<Change>> {
    let change = app.review.roll_back(&user, &id, seen).await?;
    Ok(Created {
        location: format!("/api/changes/{}", change.summary.id),
        revision: Some(change.revision),
        body: change,
    })
}

/// Keeps what somebody found who looked at a rollback that was applied without its approvals. Needs an
/// approver who did not apply it; takes `If-Match`.
#[utoipa::path(post, path = "/api/changes/{id}/review-glass", tag = "changes",
    params(("id" = String, Path)), request_body = ReviewGlass,
    responses((status = 200, body = Change)))]
pub(super) async fn review_glass(
    State(app): State<App>,
    Caller(user): Caller,
    Id(id): Id<ChangeId>,
    Seen(seen): Seen,
    Body(body): Body<ReviewGlass>,
) -> Result<Tagged<Change>> {
    Ok(tagged(
        app.review.review_glass(&user, &id, body, seen).await?,
    ))
}

/// Gives a change up; its suggestions wait again. Needs a reviewer; takes `If-Match`.
#[utoipa::path(post, path = "/api/changes/{id}/withdraw", tag = "changes",
    params(("id" = String, Path)), request_body = Empty,
    responses((status = 200, body = Change)))]
pub(super) async fn withdraw(
    State(app): State<App>,
    Caller(user): Caller,
    Id(id): Id<ChangeId>,
    Seen(seen): Seen,
    Body(Empty {}): Body<Empty>,
) -> Result<Tagged<Change>> {
    Ok(tagged(app.review.withdraw(&user, &id, seen).await?))
}

fn tagged(change: Change) -> Tagged<Change> {
    Tagged {
        revision: change.revision,
        body: change,
    }
}
