//! What every request passes: request id, recorder, faults, credentials and the beta header of its path.

use super::Shared;
use super::errors::ApiError;
use crate::faults::{Fault, FaultKind};
use crate::ids;
use crate::platform::{ORGANIZATION, WORKSPACE, lock};
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use std::time::Duration;
use tokio::sync::watch;

/// Largest request body, in bytes.
const MAX_BODY_BYTES: usize = 32 * 1024 * 1024;
/// Time that half an answer gets to leave before the connection ends.
const HALF_ANSWER: Duration = Duration::from_millis(50);

const MANAGED_AGENTS: &str = "managed-agents-2026-04-01";
const DREAMING: &str = "dreaming-2026-04-21";
const AGENT_MEMORY: &str = "agent-memory-2026-07-22";

/// Marks an answer whose connection ends before anything of it is sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct NoAnswer;

/// Passes a request on, or answers it as the platform would.
pub(super) async fn guard(
    State(platform): State<Shared>,
    request: Request,
    next: Next,
) -> Response {
    let request_id = ids::fresh("req_");
    let is_control = request.uri().path().starts_with("/__control");
    let mut response = if is_control {
        next.run(request).await
    } else {
        admit(&platform, &request_id, request, next).await
    };
    if let Some(error) = response.extensions_mut().remove::<ApiError>() {
        response = error.answer(&request_id);
    }
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        headers.insert("request-id", value);
    }
    response
}

async fn admit(platform: &Shared, request_id: &str, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, MAX_BODY_BYTES).await else {
        return ApiError::too_large().into_response();
    };
    lock(&platform.recorder).record(
        request_id,
        &parts.method,
        &parts.uri,
        &parts.headers,
        &bytes,
    );
    let (fault, cleared) = {
        let mut faults = lock(&platform.faults);
        let fault = faults.take(&parts.method, parts.uri.path());
        (fault, faults.cleared())
    };
    if let Some(refused) = before(fault.as_ref(), cleared).await {
        return refused;
    }
    if let Err(error) = allowed(parts.uri.path(), &parts.headers) {
        let authenticated = has_credentials(&parts.headers);
        return identified(error.into_response(), authenticated);
    }
    let request = Request::from_parts(parts, Body::from(bytes));
    let mut response = match fault.as_ref() {
        Some(fault) if fault.kind == FaultKind::LandsLate => {
            // A task of its own: a client that goes away ends only what runs in its connection.
            let wait = Duration::from_millis(fault.latency_ms);
            let landing = tokio::spawn(async move {
                tokio::time::sleep(wait).await;
                next.run(request).await
            });
            match landing.await {
                Ok(response) => response,
                Err(_) => ApiError::internal("Internal server error").into_response(),
            }
        }
        _ => next.run(request).await,
    };
    // The envelope has to be there before half of it can be cut off.
    if let Some(error) = response.extensions_mut().remove::<ApiError>() {
        response = error.answer(request_id);
    }
    identified(after(fault.as_ref(), response).await, true)
}

fn identified(mut response: Response, authenticated: bool) -> Response {
    if authenticated {
        let headers = response.headers_mut();
        headers.insert(
            "anthropic-organization-id",
            HeaderValue::from_static(ORGANIZATION),
        );
        headers.insert(
            "anthropic-workspace-id",
            HeaderValue::from_static(WORKSPACE),
        );
    }
    response
}

fn has_credentials(headers: &HeaderMap) -> bool {
    let bearer = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .is_some_and(|(scheme, key)| {
            scheme.eq_ignore_ascii_case("bearer") && !key.trim().is_empty()
        });
    bearer || headers.get("x-api-key").is_some_and(|key| !key.is_empty())
}

fn is_under(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn allowed(path: &str, headers: &HeaderMap) -> Result<(), ApiError> {
    if !has_credentials(headers) {
        return Err(ApiError::unauthenticated());
    }
    if !headers.contains_key("anthropic-version") {
        return Err(ApiError::invalid("anthropic-version: header is required"));
    }
    let betas: Vec<&str> = headers
        .get_all("anthropic-beta")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    let has = |beta: &str| betas.contains(&beta);
    let open = if is_under(path, "/v1/memory_stores") {
        if has(AGENT_MEMORY) && has(MANAGED_AGENTS) {
            return Err(ApiError::invalid(format!(
                "anthropic-beta: {AGENT_MEMORY} and {MANAGED_AGENTS} cannot be used together."
            )));
        }
        has(AGENT_MEMORY) || has(MANAGED_AGENTS)
    } else if is_under(path, "/v1/dreams") {
        has(DREAMING)
    } else if is_under(path, "/v1/messages") {
        true
    } else {
        has(MANAGED_AGENTS)
    };
    if open {
        Ok(())
    } else {
        Err(ApiError::not_found("There is nothing at this path."))
    }
}

/// The answer of a fault that comes before any effect.
async fn before(fault: Option<&Fault>, mut cleared: watch::Receiver<()>) -> Option<Response> {
    let fault = fault?;
    if fault.kind == FaultKind::Held {
        // An error would say that the platform ends, which lets go as well.
        cleared.changed().await.ok();
    }
    if !matches!(fault.kind, FaultKind::LateAnswer | FaultKind::LandsLate) {
        tokio::time::sleep(Duration::from_millis(fault.latency_ms)).await;
    }
    match fault.kind {
        FaultKind::RateLimited => Some(ApiError::rate_limited(fault.retry_after).into_response()),
        FaultKind::InternalError => {
            Some(ApiError::internal("Internal server error").into_response())
        }
        FaultKind::Overloaded => Some(ApiError::overloaded().into_response()),
        FaultKind::KeyRefused => Some(ApiError::unauthenticated().into_response()),
        FaultKind::HtmlBadGateway => {
            let page = "<html><head><title>502 Bad Gateway</title></head>\
                        <body><center><h1>502 Bad Gateway</h1></center></body></html>";
            let kind = [(header::CONTENT_TYPE, "text/html")];
            Some((StatusCode::BAD_GATEWAY, kind, page).into_response())
        }
        FaultKind::Hang => std::future::pending().await,
        FaultKind::Latency
        | FaultKind::Truncated
        | FaultKind::DroppedAfterEffect
        | FaultKind::ErrorAfterEffect
        | FaultKind::LateAnswer
        | FaultKind::LandsLate
        | FaultKind::Held => None,
    }
}

/// The answer of a fault that comes after the effect.
async fn after(fault: Option<&Fault>, mut response: Response) -> Response {
    match fault.map(|fault| fault.kind) {
        Some(FaultKind::DroppedAfterEffect) => {
            response.extensions_mut().insert(NoAnswer);
            response
        }
        Some(FaultKind::ErrorAfterEffect) => {
            ApiError::internal("Internal server error").into_response()
        }
        Some(FaultKind::Truncated) => cut(response).await,
        Some(FaultKind::LateAnswer) => {
            let wait = fault.map_or(0, |fault| fault.latency_ms);
            tokio::time::sleep(Duration::from_millis(wait)).await;
            response
        }
        _ => response,
    }
}

async fn cut(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let whole = to_bytes(body, usize::MAX).await.unwrap_or_default();
    parts
        .headers
        .insert(header::CONTENT_LENGTH, HeaderValue::from(whole.len()));
    let half = whole.slice(..whole.len() / 2);
    let steps = stream::unfold(Some(half), |half| async move {
        if half.is_some() {
            return half.map(|half| (Ok(half), None));
        }
        tokio::time::sleep(HALF_ANSWER).await;
        let cut = std::io::Error::other("cut off on demand");
        Some((Err::<Bytes, _>(cut), None))
    });
    Response::from_parts(parts, Body::from_stream(steps))
}
