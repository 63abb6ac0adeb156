//! `/api/changes/{id}/test`: staging tests.

use super::App;
use super::changes::Empty;
use super::cursor::Query;
use super::extract::{Body, Caller, Created, Id, Params, Seen, page_limit};
use crate::error::{Error, Result};
use crate::store::{changes, staging_tests};
use axum::Json;
use axum::extract::State;
use review_api::{ChangeId, Page, StagingTest, StartTest, TestCase, TestReport};
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

/// Shows what a staging test of a change would take, and how far its newest one is.
#[utoipa::path(get, path = "/api/changes/{id}/test", tag = "changes", params(("id" = String, Path)),
    responses((status = 200, body = TestReport)))]
pub(super) async fn show(State(app): State<App>, Id(id): Id<ChangeId>) -> Result<Json<TestReport>> {
    Ok(Json(app.tester.report(&id).await?))
}

/// Runs the agent's labelled cases with the base of a change and with its proposal. Needs a reviewer; takes
/// `If-Match`.
///
/// The result is of the digest that the change has now. For agents with tools each case is a session of the
/// agent, and its tools really run.
#[utoipa::path(post, path = "/api/changes/{id}/test", tag = "changes",
    params(("id" = String, Path)), request_body = StartTest,
    responses((status = 201, body = StagingTest)))]
pub(super) async fn begin(
    State(app): State<App>,
    Caller(user): Caller,
    Id(id): Id<ChangeId>,
    Seen(seen): Seen,
    Body(body): Body<StartTest>,
) -> Result<Created<StagingTest>> {
    let test = app.tester.begin(&user, &id, &body, seen).await?;
    Ok(Created {
        location: format!("/api/changes/{id}/test"),
        revision: None,
        body: test,
    })
}

/// Calls the staging test of a change off; what is done is kept. Needs a reviewer.
#[utoipa::path(post, path = "/api/changes/{id}/test/cancel", tag = "changes",
    params(("id" = String, Path)), request_body = Empty,
    responses((status = 200, body = StagingTest)))]
pub(super) async fn cancel(
    State(app): State<App>,
    Caller(user): Caller,
    Id(id): Id<ChangeId>,
    Body(Empty {}): Body<Empty>,
) -> Result<Json<StagingTest>> {
    Ok(Json(app.tester.cancel(&user, &id).await?))
}

/// Lists the cases of a change's newest staging test with their answers; those that got worse come first.
#[utoipa::path(get, path = "/api/changes/{id}/test/cases", tag = "changes",
    params(("id" = String, Path), WantedPage),
    responses((status = 200, body = Page<TestCase>)))]
pub(super) async fn cases(
    State(app): State<App>,
    Id(id): Id<ChangeId>,
    Params(page): Params<WantedPage>,
) -> Result<Json<Page<TestCase>>> {
    let limit = page_limit(page.limit)?;
    let mut read = app.store.read().await?;
    if changes::revision(&mut read, &id).await? == 0 {
        return Err(Error::not_found("change", id.as_str()));
    }
    let Some(test) = staging_tests::newest(&mut read, &id).await? else {
        return Ok(Json(Page::default()));
    };
    // Another test has another list: its cursors lead nowhere in this one.
    let query = Query::of("/api/changes/{id}/test/cases", (&id, &test.id));
    let after: Option<(i64, u32)> = query.place(page.cursor.as_deref())?;
    let mut items = staging_tests::list_cases(&mut read, &test.id, after, limit + 1).await?;
    let next_cursor = query.cut(&mut items, limit, |(severity, case)| {
        (*severity, case.place)
    });
    Ok(Json(Page {
        items: items.into_iter().map(|(_, case)| case).collect(),
        next_cursor,
        freshness: None,
    }))
}
