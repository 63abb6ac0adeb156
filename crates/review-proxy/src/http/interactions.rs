//! `/api/interactions` and an agent's interactions: past sessions and their transcripts.

use super::App;
use super::agents::search;
use super::cursor::Query;
use super::extract::{Id, Params, page_limit};
use crate::dreaming::transcript;
use crate::error::Result;
use crate::store::interactions::{self, Filter};
use crate::store::{Position, feedback, sync};
use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use review_api::{
    AgentId, Interaction, InteractionId, InteractionSummary, LabellingProgress, LogEvent, Page,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Events of a transcript that come with the interaction itself.
const FIRST_EVENTS: u32 = 50;

/// Whether an interaction was rated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Rated {
    /// Rated or not.
    #[default]
    Any,
    /// Rated at least once.
    Yes,
    /// Not rated.
    No,
}

/// Which interactions, and which page of them.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// `any`, `yes` or `no`; `any` where absent.
    #[serde(default)]
    #[param(inline)]
    rated: Rated,
    /// Only interactions whose title or id holds this, in any case.
    q: Option<String>,
    /// Only those with an error in their transcript, or only those without; those not read yet are neither.
    has_error: Option<bool>,
    /// Only those that began at this time or later.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Only those that began before this time.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
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

/// Lists an agent's interactions, newest first.
#[utoipa::path(get, path = "/api/agents/{id}/interactions", tag = "interactions",
    params(("id" = String, Path), Wanted),
    responses((status = 200, body = Page<InteractionSummary>)))]
pub(super) async fn list(
    State(app): State<App>,
    Id(id): Id<AgentId>,
    Params(wanted): Params<Wanted>,
) -> Result<Json<Page<InteractionSummary>>> {
    let limit = page_limit(wanted.limit)?;
    let search = search(wanted.q.as_deref())?.map(str::to_owned);
    let query = Query::of(
        "/api/agents/{id}/interactions",
        (
            &id,
            wanted.rated,
            &search,
            wanted.has_error,
            wanted.from,
            wanted.to,
        ),
    );
    let filter = Filter {
        rated: match wanted.rated {
            Rated::Any => None,
            Rated::Yes => Some(true),
            Rated::No => Some(false),
        },
        search,
        has_error: wanted.has_error,
        from: wanted.from,
        to: wanted.to,
        after: query.place(wanted.cursor.as_deref())?,
    };
    app.review.agent(&id).await?;
    let mut read = app.store.read().await?;
    let mut items = interactions::list(&mut read, &id, &filter, limit + 1).await?;
    let place = |last: &InteractionSummary| Position::of(last.created_at, last.id.as_str());
    let next_cursor = query.cut(&mut items, limit, place);
    let freshness = Some(sync::freshness(&mut read).await?);
    Ok(Json(Page {
        items,
        next_cursor,
        freshness,
    }))
}

/// Which interactions wait for a rating.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct Queued {
    /// Only interactions whose title or id holds this, in any case.
    q: Option<String>,
    /// Only those with an error in their transcript, or only those without; those not read yet are neither.
    has_error: Option<bool>,
    /// Only those that began at this time or later.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Only those that began before this time.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
}

/// Counts how many of an agent's interactions are rated, and how many of those wanted wait for a rating.
#[utoipa::path(get, path = "/api/agents/{id}/labelling", tag = "interactions",
    params(("id" = String, Path), Queued),
    responses((status = 200, body = LabellingProgress)))]
pub(super) async fn labelling(
    State(app): State<App>,
    Id(id): Id<AgentId>,
    Params(wanted): Params<Queued>,
) -> Result<Json<LabellingProgress>> {
    let filter = Filter {
        rated: Some(false),
        search: search(wanted.q.as_deref())?.map(str::to_owned),
        has_error: wanted.has_error,
        from: wanted.from,
        to: wanted.to,
        after: None,
    };
    let agent = app.review.agent(&id).await?;
    let mut read = app.store.read().await?;
    let tally = interactions::tally(&mut read, &id).await?;
    let waiting = interactions::fitting(&mut read, &id, &filter).await?;
    Ok(Json(LabellingProgress {
        agent_name: agent.summary.name,
        interactions: tally.interactions,
        labelled: tally.labelled,
        feedback: agent.summary.feedback,
        waiting,
        unread: tally.unread,
    }))
}

/// Shows an interaction with the first page of its transcript and its ratings.
#[utoipa::path(get, path = "/api/interactions/{id}", tag = "interactions",
    params(("id" = String, Path)), responses((status = 200, body = Interaction)))]
pub(super) async fn show(
    State(app): State<App>,
    Id(id): Id<InteractionId>,
) -> Result<Json<Interaction>> {
    let summary = app.review.interaction(&id).await?;
    let transcript = transcript::page(&app.platform, id.as_str(), FIRST_EVENTS, None, None).await?;
    let mut read = app.store.read().await?;
    let feedback = feedback::of_interaction(&mut read, &id).await?;
    Ok(Json(Interaction {
        summary,
        transcript,
        feedback,
    }))
}

/// Shows a transcript, oldest first, read through from the platform.
#[utoipa::path(get, path = "/api/interactions/{id}/transcript", tag = "interactions",
    params(("id" = String, Path), WantedPage),
    responses((status = 200, body = Page<LogEvent>)))]
pub(super) async fn transcript(
    State(app): State<App>,
    Id(id): Id<InteractionId>,
    Params(page): Params<WantedPage>,
) -> Result<Json<Page<LogEvent>>> {
    let limit = page_limit(page.limit)?;
    app.review.interaction(&id).await?;
    let cursor = page.cursor.as_deref();
    Ok(Json(
        transcript::page(&app.platform, id.as_str(), limit, cursor, None).await?,
    ))
}
