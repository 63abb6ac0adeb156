//! `/api/agents/{id}/trends`: how an agent did over time.

use super::App;
use super::extract::{Id, Params};
use crate::error::{Error, Result};
use crate::store::trends;
use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use review_api::{AgentId, MAX_TREND_POINTS, Trends};
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
    let feedback = trends::feedback(&mut read, &id, days, Timestamp::now()).await?;
    let mut dreams = trends::dreams(&mut read, &id, most + 1).await?;
    let has_older_dreams = u32::try_from(dreams.len()).unwrap_or(u32::MAX) > most;
    if has_older_dreams {
        dreams.pop();
    }
    dreams.reverse();
    Ok(Json(Trends {
        feedback,
        dreams,
        has_older_dreams,
    }))
}

fn within(name: &str, wanted: Option<u32>, otherwise: u32) -> Result<u32> {
    let wanted = wanted.unwrap_or(otherwise);
    if (1..=MAX_TREND_POINTS).contains(&wanted) {
        return Ok(wanted);
    }
    let message = format!("{name} must be from 1 to {MAX_TREND_POINTS}.");
    Err(Error::field(name, message))
}
