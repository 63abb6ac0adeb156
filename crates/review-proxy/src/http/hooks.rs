//! `POST /api/hooks/…`: reports from a dream's pipeline, and hints from the platform.

use super::{App, extract};
use crate::error::{Error, Result};
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use review_api::{DreamingReport, ReportAccepted};

/// Takes a report, signed by the Standard Webhooks scheme; it is stored before it is answered.
#[utoipa::path(post, path = "/api/hooks/dreaming-report", tag = "hooks",
    request_body = DreamingReport,
    params(
        ("webhook-id" = String, Header, description = "The delivery's id, the same on every attempt"),
        ("webhook-timestamp" = String, Header, description = "Seconds since 1970"),
        ("webhook-signature" = String, Header, description = "`v1,` and the base64 of the HMAC"),
    ),
    responses((status = 202, body = ReportAccepted)))]
pub(super) async fn receive(
    State(app): State<App>,
    headers: HeaderMap,
    body: std::result::Result<Bytes, BytesRejection>,
) -> Result<(StatusCode, Json<ReportAccepted>)> {
    let body = body.map_err(extract::unreadable)?;
    // The machine's own clock: it is the one that the sender's signature was made by.
    let taken = app
        .receiver
        .receive(&headers, &body, Timestamp::now())
        .await;
    let accepted = taken.map_err(|error| {
        tracing::warn!(%error, "a delivery was refused");
        Error::new(error.code(), error.to_string())
    })?;
    Ok((StatusCode::ACCEPTED, Json(accepted)))
}

/// Takes an event of the platform, signed by the Standard Webhooks scheme, as a hint to read what it names.
#[utoipa::path(post, path = "/api/hooks/platform", tag = "hooks",
    request_body(content = String, description = "The platform's envelope", content_type = "application/json"),
    params(
        ("webhook-id" = String, Header, description = "The event's id"),
        ("webhook-timestamp" = String, Header, description = "Seconds since 1970"),
        ("webhook-signature" = String, Header, description = "`v1,` and the base64 of the HMAC"),
    ),
    responses((status = 204, description = "Taken, now or before")))]
pub(super) async fn hint(
    State(app): State<App>,
    headers: HeaderMap,
    body: std::result::Result<Bytes, BytesRejection>,
) -> Result<StatusCode> {
    let body = body.map_err(extract::unreadable)?;
    let taken = app.hints.receive(&headers, &body, Timestamp::now()).await;
    taken.inspect_err(|error| tracing::warn!(%error, "an event of the platform was refused"))?;
    Ok(StatusCode::NO_CONTENT)
}
