//! `/api/dreams` and an agent's dreams: reports and raw logs.

use super::App;
use super::changes::Empty;
use super::cursor::Query;
use super::extract::{Body, Caller, Created, Id, Params, page_limit};
use crate::dreaming::transcript;
use crate::error::{Error, Result};
use crate::store::{Position, dream_runs, dreams, sync};
use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use review_api::{AgentId, DreamId, DreamReport, DreamRun, LogEvent, Page};
use review_core::prices::price_report;
use review_core::rules;
use serde::Deserialize;
use utoipa::IntoParams;

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct WantedPage {
    /// Items wanted, 1 to 100; 20 where absent.
    pub(super) limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub(super) cursor: Option<String>,
}

/// Lists an agent's dreams with their reports, newest first.
#[utoipa::path(get, path = "/api/agents/{id}/dreams", tag = "dreams",
    params(("id" = String, Path), WantedPage),
    responses((status = 200, body = Page<DreamReport>)))]
pub(super) async fn list(
    State(app): State<App>,
    Id(id): Id<AgentId>,
    Params(page): Params<WantedPage>,
) -> Result<Json<Page<DreamReport>>> {
    let limit = page_limit(page.limit)?;
    let query = Query::of("/api/agents/{id}/dreams", &id);
    let after: Option<Position> = query.place(page.cursor.as_deref())?;
    app.review.agent(&id).await?;
    let mut read = app.store.read().await?;
    let mut items = dreams::list(&mut read, &id, after.as_ref(), limit + 1).await?;
    for report in &mut items {
        price_report(&app.prices, report);
    }
    let place = |last: &DreamReport| Position::of(last.created_at, last.id.as_str());
    let next_cursor = query.cut(&mut items, limit, place);
    let freshness = Some(sync::freshness(&mut read).await?);
    Ok(Json(Page {
        items,
        next_cursor,
        freshness,
    }))
}

/// Shows a dream with its report.
#[utoipa::path(get, path = "/api/dreams/{id}", tag = "dreams", params(("id" = String, Path)),
    responses((status = 200, body = DreamReport)))]
pub(super) async fn show(State(app): State<App>, Id(id): Id<DreamId>) -> Result<Json<DreamReport>> {
    let mut read = app.store.read().await?;
    let dream = dreams::get(&mut read, &id).await?;
    let mut dream = dream.ok_or_else(|| Error::not_found("dream", id.as_str()))?;
    price_report(&app.prices, &mut dream);
    Ok(Json(dream))
}

/// Which part of a log.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct WantedLog {
    /// Items wanted, 1 to 100; 20 where absent.
    limit: Option<u32>,
    /// `next_cursor` of the page before, which asked for the same `since`.
    cursor: Option<String>,
    /// Only events from this moment on, and those that are queued.
    #[param(value_type = Option<String>, format = DateTime)]
    since: Option<Timestamp>,
}

/// Shows a dream's raw log, oldest first, read through from the platform.
#[utoipa::path(get, path = "/api/dreams/{id}/log", tag = "dreams",
    params(("id" = String, Path), WantedLog),
    responses((status = 200, body = Page<LogEvent>)))]
pub(super) async fn log(
    State(app): State<App>,
    Id(id): Id<DreamId>,
    Params(page): Params<WantedLog>,
) -> Result<Json<Page<LogEvent>>> {
    let limit = page_limit(page.limit)?;
    let mut read = app.store.read().await?;
    let session = dreams::session_of(&mut read, &id).await?;
    drop(read);
    let session = session.ok_or_else(|| Error::not_found("dream", id.as_str()))?;
    let Some(session) = session else {
        return Ok(Json(Page::default()));
    };
    let cursor = page.cursor.as_deref();
    Ok(Json(
        transcript::page(&app.platform, &session, limit, cursor, page.since).await?,
    ))
}

/// Has an agent dream now, whatever its schedule says. Needs a reviewer.
#[utoipa::path(post, path = "/api/agents/{id}/dreams", tag = "dreams",
    params(("id" = String, Path)), request_body = Empty,
    responses((status = 201, body = DreamRun)))]
pub(super) async fn dream_now(
    State(app): State<App>,
    Caller(user): Caller,
    Id(id): Id<AgentId>,
    Body(Empty {}): Body<Empty>,
) -> Result<Created<DreamRun>> {
    rules::may_dream(&user)?;
    app.review.agent(&id).await?;
    let run = app.scheduler.dream_now(&user, &id).await?;
    Ok(Created {
        location: format!("/api/agents/{id}/dream-runs"),
        revision: None,
        body: run,
    })
}

/// Lists what became of an agent's slots and of dreams asked for by hand, newest first.
#[utoipa::path(get, path = "/api/agents/{id}/dream-runs", tag = "dreams",
    params(("id" = String, Path), WantedPage),
    responses((status = 200, body = Page<DreamRun>)))]
pub(super) async fn runs(
    State(app): State<App>,
    Id(id): Id<AgentId>,
    Params(page): Params<WantedPage>,
) -> Result<Json<Page<DreamRun>>> {
    let limit = page_limit(page.limit)?;
    let query = Query::of("/api/agents/{id}/dream-runs", &id);
    let after: Option<Position> = query.place(page.cursor.as_deref())?;
    app.review.agent(&id).await?;
    let mut read = app.store.read().await?;
    let mut items = dream_runs::list(&mut read, &id, after.as_ref(), limit + 1).await?;
    let place = |last: &DreamRun| Position::of(last.asked_at, &last.id);
    let next_cursor = query.cut(&mut items, limit, place);
    Ok(Json(Page {
        items,
        next_cursor,
        freshness: None,
    }))
}

/// Calls a dream off. Needs a reviewer.
#[utoipa::path(post, path = "/api/dreams/{id}/cancel", tag = "dreams",
    params(("id" = String, Path)), request_body = Empty,
    responses((status = 200, body = DreamReport)))]
pub(super) async fn cancel(
    State(app): State<App>,
    Caller(user): Caller,
    Id(id): Id<DreamId>,
    Body(Empty {}): Body<Empty>,
) -> Result<Json<DreamReport>> {
    app.scheduler.cancel(&user, &id).await?;
    show(State(app), Id(id)).await
}

/// Has a dream reflected on, also where that was passed over, failed or lost. Needs a reviewer.
#[utoipa::path(post, path = "/api/dreams/{id}/reflect", tag = "dreams",
    params(("id" = String, Path)), request_body = Empty,
    responses((status = 200, body = DreamReport)))]
pub(super) async fn reflect(
    State(app): State<App>,
    Caller(user): Caller,
    Id(id): Id<DreamId>,
    Body(Empty {}): Body<Empty>,
) -> Result<Json<DreamReport>> {
    app.reflector.ask_again(&user, &id).await?;
    show(State(app), Id(id)).await
}
