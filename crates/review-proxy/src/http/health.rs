//! `/healthz` and `/readyz`: for whoever keeps the proxy running.

use super::App;
use crate::store::sync;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

/// Whether the proxy is ready for work.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Readiness {
    /// Whether it is.
    ready: bool,
    /// What stands against it; empty if it is ready.
    reasons: Vec<String>,
}

/// Says that the process is there.
#[utoipa::path(get, path = "/healthz", tag = "health",
    responses((status = 200, body = String, content_type = "text/plain")))]
pub(super) async fn healthz() -> &'static str {
    "ok\n"
}

/// Says whether the database answers and the platform has been read once.
#[utoipa::path(get, path = "/readyz", tag = "health",
    responses((status = 200, body = Readiness), (status = 503, body = Readiness)))]
pub(super) async fn readyz(State(app): State<App>) -> Response {
    let mut reasons = Vec::new();
    match first_sync(&app).await {
        Ok(None) => {}
        Ok(Some(reason)) => reasons.push(reason),
        Err(error) => reasons.push(error.to_string()),
    }
    let readiness = Readiness {
        ready: reasons.is_empty(),
        reasons,
    };
    let status = if readiness.ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(readiness)).into_response()
}

async fn first_sync(app: &App) -> crate::error::Result<Option<String>> {
    let mut read = app.store.read().await?;
    let freshness = sync::freshness(&mut read).await?;
    if freshness.read_at.is_some() {
        return Ok(None);
    }
    let reason = "The platform has not been read completely yet.";
    Ok(Some(
        freshness
            .problem
            .map_or(reason.to_owned(), |problem| format!("{reason} {problem}")),
    ))
}
