//! `/api/agents`: agents, their versions and their settings.

use super::App;
use super::cursor::Query;
use super::extract::{Body, Caller, Created, Id, Params, Seen, Tagged, page_limit};
use crate::error::{Error, Result};
use crate::store::agents::AfterAgent;
use crate::store::{agents, now, prompts, sync};
use axum::Json;
use axum::extract::State;
use review_api::{
    Agent, AgentId, AgentSummary, AgentVersion, CreateAgent, DriftSeen, ErrorCode, Page,
    PatchAgent, Prompt,
};
use serde::Deserialize;
use utoipa::IntoParams;

/// Longest text searched for, in bytes.
const LONGEST_SEARCH: usize = 200;

/// Which agents, and which page of them.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// Only agents whose name or id holds this, in any case.
    q: Option<String>,
    /// Items wanted, 1 to 100; 20 where absent.
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct WantedPage {
    /// Items wanted, 1 to 100; 20 where absent.
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Which version.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct WantedVersion {
    /// The version's number; the present one where absent.
    version: Option<u32>,
}

/// Trims what is searched for; blanks search for nothing.
pub(super) fn search(text: Option<&str>) -> Result<Option<&str>> {
    let text = text.map(str::trim).filter(|text| !text.is_empty());
    if text.is_some_and(|text| text.len() > LONGEST_SEARCH || text.contains('\0')) {
        let message = format!("Search for at most {LONGEST_SEARCH} bytes of ordinary text.");
        return Err(Error::field("q", message));
    }
    Ok(text)
}

/// Lists agents by name.
#[utoipa::path(get, path = "/api/agents", tag = "agents", params(Wanted),
    responses((status = 200, body = Page<AgentSummary>)))]
pub(super) async fn list(
    State(app): State<App>,
    Params(wanted): Params<Wanted>,
) -> Result<Json<Page<AgentSummary>>> {
    let limit = page_limit(wanted.limit)?;
    let search = search(wanted.q.as_deref())?;
    let query = Query::of("/api/agents", search);
    let after: Option<AfterAgent> = query.place(wanted.cursor.as_deref())?;
    let mut read = app.store.read().await?;
    let now = now();
    let mut items = agents::list(&mut read, search, after.as_ref(), limit + 1, now).await?;
    let next_cursor = query.cut(&mut items, limit, AfterAgent::of);
    let freshness = Some(sync::freshness(&mut read).await?);
    Ok(Json(Page {
        items,
        next_cursor,
        freshness,
    }))
}

/// Creates an agent on the platform, with its dreaming settings. Needs an admin.
#[utoipa::path(post, path = "/api/agents", tag = "agents", request_body = CreateAgent,
    responses((status = 201, body = Agent)))]
pub(super) async fn create(
    State(app): State<App>,
    Caller(user): Caller,
    Body(body): Body<CreateAgent>,
) -> Result<Created<Agent>> {
    let agent = app.review.create_agent(&user, body).await?;
    Ok(Created {
        location: format!("/api/agents/{}", agent.summary.id),
        revision: Some(agent.revision),
        body: agent,
    })
}

/// Shows an agent with its present prompt.
#[utoipa::path(get, path = "/api/agents/{id}", tag = "agents", params(("id" = String, Path)),
    responses((status = 200, body = Agent)))]
pub(super) async fn show(State(app): State<App>, Id(id): Id<AgentId>) -> Result<Tagged<Agent>> {
    let body = app.review.agent(&id).await?;
    Ok(Tagged {
        revision: body.revision,
        body,
    })
}

/// Edits an agent's dreaming settings and policy. Needs an admin; takes `If-Match`.
///
/// Another policy is handed on to the changes that wait: their digest is another one, so their approvals
/// are void. With `staging_test_required` a change of the prompt
/// is approved and applied only after a staging test of exactly its bytes has passed.
#[utoipa::path(patch, path = "/api/agents/{id}", tag = "agents", params(("id" = String, Path)),
    request_body = PatchAgent, responses((status = 200, body = Agent)))]
pub(super) async fn edit(
    State(app): State<App>,
    Caller(user): Caller,
    Id(id): Id<AgentId>,
    Seen(seen): Seen,
    Body(body): Body<PatchAgent>,
) -> Result<Tagged<Agent>> {
    let body = app
        .review
        .edit_agent(&user, &id, body, app.users.switchable(), seen)
        .await?;
    Ok(Tagged {
        revision: body.revision,
        body,
    })
}

/// Notes that somebody looked at a prompt which was changed past this console. Needs a reviewer; takes
/// `If-Match`.
#[utoipa::path(post, path = "/api/agents/{id}/drift/seen", tag = "agents",
    params(("id" = String, Path)), request_body = DriftSeen,
    responses((status = 200, body = Agent)))]
pub(super) async fn drift_seen(
    State(app): State<App>,
    Caller(user): Caller,
    Id(id): Id<AgentId>,
    Seen(seen): Seen,
    Body(body): Body<DriftSeen>,
) -> Result<Tagged<Agent>> {
    let body = app.review.drift_seen(&user, &id, body, seen).await?;
    Ok(Tagged {
        revision: body.revision,
        body,
    })
}

/// Lists an agent's versions, newest first.
#[utoipa::path(get, path = "/api/agents/{id}/versions", tag = "agents",
    params(("id" = String, Path), WantedPage),
    responses((status = 200, body = Page<AgentVersion>)))]
pub(super) async fn versions(
    State(app): State<App>,
    Id(id): Id<AgentId>,
    Params(page): Params<WantedPage>,
) -> Result<Json<Page<AgentVersion>>> {
    let limit = page_limit(page.limit)?;
    let query = Query::of("/api/agents/{id}/versions", &id);
    let before: Option<u32> = query.place(page.cursor.as_deref())?;
    let agent = app.review.agent(&id).await?;
    let mut read = app.store.read().await?;
    if !prompts::has_all(&mut read, &id, agent.summary.version).await? {
        drop(read);
        app.syncer.fill_versions(&id).await?;
        read = app.store.read().await?;
    }
    let mut items = prompts::versions(&mut read, &id, before, limit + 1).await?;
    let next_cursor = query.cut(&mut items, limit, |last| last.version);
    Ok(Json(Page {
        items,
        next_cursor,
        freshness: Some(agent.freshness),
    }))
}

/// Shows one version of an agent's prompt.
#[utoipa::path(get, path = "/api/agents/{id}/prompt", tag = "agents",
    params(("id" = String, Path), WantedVersion), responses((status = 200, body = Prompt)))]
pub(super) async fn prompt(
    State(app): State<App>,
    Id(id): Id<AgentId>,
    Params(wanted): Params<WantedVersion>,
) -> Result<Json<Prompt>> {
    let agent = app.review.agent(&id).await?;
    let version = wanted.version.unwrap_or(agent.summary.version);
    if version == agent.summary.version {
        return Ok(Json(agent.prompt));
    }
    let missing = || {
        let message = format!(
            "The agent has no version {version}; the newest is {}.",
            agent.summary.version
        );
        Error::new(ErrorCode::NotFound, message)
    };
    if version == 0 || version > agent.summary.version {
        return Err(missing());
    }
    app.syncer
        .prompt(&id, version)
        .await?
        .map(Json)
        .ok_or_else(missing)
}
