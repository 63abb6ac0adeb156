//! What goes around every request: an id, a deadline, a line in the log, and the headers of every answer.

use super::App;
use crate::error::Error;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use futures_util::FutureExt as _;
use http::{HeaderName, HeaderValue, header};
use review_api::{ErrorCode, User};
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

/// Longest time for one request, body included.
const DEADLINE: Duration = Duration::from_secs(100);

/// Header with the request's id, for the log and for whoever reports a defect.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const SECURITY_HEADERS: [(HeaderName, &str); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

/// Answers whatever happens inside.
pub(super) async fn around(State(app): State<App>, request: Request, next: Next) -> Response {
    let id = format!("req_{}", uuid::Uuid::now_v7().simple());
    let started = Instant::now();
    let method = request.method().clone();
    // The query is left out: people search for what should not be in a log.
    let path = request.uri().path().to_owned();
    let is_asset = !(path.starts_with("/api") || path == "/healthz" || path == "/readyz");
    let inside = tokio::time::timeout(DEADLINE, next.run(request));
    let mut response = match AssertUnwindSafe(inside).catch_unwind().await {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => too_slow(),
        Err(_) => defect(&id),
    };
    let headers = response.headers_mut();
    for (name, value) in SECURITY_HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(header::CONTENT_SECURITY_POLICY, app.assets.policy().clone());
    if !is_asset {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, value);
    }
    let user = response
        .extensions()
        .get::<User>()
        .map(|user| user.name.as_str());
    tracing::info!(
        request.id = id,
        %method,
        path,
        status = response.status().as_u16(),
        duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        user,
        "answered"
    );
    response
}

fn too_slow() -> Response {
    let message = "This took too long, so the proxy stopped waiting. Reload to see what was done.";
    Error::new(ErrorCode::Unavailable, message).into_response()
}

fn defect(id: &str) -> Response {
    let message = format!("The proxy has a defect here. Report it with this id: {id}.");
    Error::new(ErrorCode::Internal, message).into_response()
}
