//! `/api/agents/{id}/trends` and `/outcomes`: how an agent did over time, and with each version of its prompt.

use super::App;
use super::extract::{Body, Caller, Id, Params, Seen};
use crate::error::{Error, Result};
use crate::store::{now, outcomes, prompts, trends};
use axum::Json;
use axum::extract::State;
use review_api::{AgentId, KeepVersion, KeptVersion, MAX_TREND_POINTS, Outcomes, Trends};
use serde::Deserialize;
use utoipa::IntoParams;

/// Days shown where the asker does not say.
const DEFAULT_DAYS: u32 = 90;

/// How much of the past.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// Days of feedback, 1 to 400; 90 where absent.
    days: Option<u32>,
    /// Dreams, 1 to 400; 400 where absent.
    dreams: Option<u32>,
}

/// Shows how an agent did over time: ratings by day, and what its dreams came to.
#[utoipa::path(get, path = "/api/agents/{id}/trends", tag = "agents",
    params(("id" = String, Path), Wanted), responses((status = 200, body = Trends)))]
pub(super) async fn show(
    State(app): State<App>,
    Id(id): Id<AgentId>,
    Params(wanted): Params<Wanted>,
) -> Result<Json<Trends>> {
    let days = within("days", wanted.days, DEFAULT_DAYS)?;
    let most = within("dreams", wanted.dreams, MAX_TREND_POINTS)?;
    app.review.agent(&id).await?;
    let mut read = app.store.read().await?;
    let feedback = trends::feedback(&mut read, &id, days, now()).await?;
    let mut dreams = trends::dreams(&mut read, &id, &app.prices, most + 1).await?;
    let has_older_dreams = u32::try_from(dreams.len()).unwrap_or(u32::MAX) > most;
    if has_older_dreams {
        dreams.pop();
    }
    dreams.reverse();
    Ok(Json(Trends {
        feedback,
        dreams,
        has_older_dreams,
        currency: Some(app.prices.currency.clone()).filter(|currency| !currency.is_empty()),
    }))
}

/// Versions shown where the asker does not say.
const DEFAULT_VERSIONS: u32 = 50;

/// How many versions.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct WantedVersions {
    /// Versions, newest, 1 to 400; 50 where absent.
    versions: Option<u32>,
}

/// Shows how each version of an agent's prompt did: how its interactions were rated, what staging tests measured,
/// and which change made it.
#[utoipa::path(get, path = "/api/agents/{id}/outcomes", tag = "agents",
    params(("id" = String, Path), WantedVersions), responses((status = 200, body = Outcomes)))]
pub(super) async fn by_version(
    State(app): State<App>,
    Id(id): Id<AgentId>,
    Params(wanted): Params<WantedVersions>,
) -> Result<Json<Outcomes>> {
    let most = within("versions", wanted.versions, DEFAULT_VERSIONS)?;
    let now = app.review.agent(&id).await?.summary.version;
    let mut read = app.store.read().await?;
    if !prompts::has_all(&mut read, &id, now).await? {
        drop(read);
        // What is known is worth showing without the platform.
        if let Err(error) = app.syncer.fill_versions(&id).await {
            tracing::warn!(%error, agent = %id, "versions could not be read");
        }
        read = app.store.read().await?;
    }
    Ok(Json(outcomes::of(&mut read, &id, now, most).await?))
}

/// Keeps the version that an agent has although it does worse than the one before. Needs an approver whose approvals
/// count for the agent; takes `If-Match` of the agent.
///
/// The finding is gone from the inbox until another version does worse, or this one does worse than it does now.
#[utoipa::path(post, path = "/api/agents/{id}/regression/keep", tag = "agents",
    params(("id" = String, Path)), request_body = KeepVersion,
    responses((status = 200, body = KeptVersion)))]
pub(super) async fn keep(
    State(app): State<App>,
    Caller(user): Caller,
    Id(id): Id<AgentId>,
    Seen(seen): Seen,
    Body(body): Body<KeepVersion>,
) -> Result<Json<KeptVersion>> {
    Ok(Json(app.review.keep_version(&user, &id, body, seen).await?))
}

fn within(name: &str, wanted: Option<u32>, otherwise: u32) -> Result<u32> {
    let wanted = wanted.unwrap_or(otherwise);
    if (1..=MAX_TREND_POINTS).contains(&wanted) {
        return Ok(wanted);
    }
    let message = format!("{name} must be from 1 to {MAX_TREND_POINTS}.");
    Err(Error::field(name, message))
}
