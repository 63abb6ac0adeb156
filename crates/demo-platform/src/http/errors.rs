//! The platform's error envelope.

use axum::Json;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

/// An error as the platform answers it; the guard adds the request's id.
#[derive(Debug, Clone)]
pub(crate) struct ApiError {
    status: StatusCode,
    kind: &'static str,
    message: String,
    /// What stands beside the message.
    extra: Map<String, Value>,
    should_retry: Option<bool>,
    retry_after_secs: Option<u64>,
}

impl ApiError {
    fn new(status: StatusCode, kind: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            kind,
            message: message.into(),
            extra: Map::new(),
            should_retry: None,
            retry_after_secs: None,
        }
    }

    /// 400: a bad argument, or an action that is not allowed in this state.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request_error", message)
    }

    /// 401.
    pub(crate) fn unauthenticated() -> Self {
        let message = "Send an API key as Authorization: Bearer or as x-api-key.";
        Self::new(StatusCode::UNAUTHORIZED, "authentication_error", message)
    }

    /// 404: no such thing, or a feature that is off.
    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found_error", message)
    }

    /// 404 for an id.
    pub(crate) fn no_such(what: &str, id: &str) -> Self {
        Self::not_found(format!("No {what} with id {id}."))
    }

    /// 405.
    pub(crate) fn method_not_allowed() -> Self {
        let message = "This path does not take that method.";
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "invalid_request_error",
            message,
        )
    }

    /// 409.
    pub(crate) fn conflict(message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict_error", message)
    }

    /// 409: the content is not what the caller expects.
    pub(crate) fn memory_precondition() -> Self {
        let message = "content_sha256 does not match the stored content.";
        Self::new(
            StatusCode::CONFLICT,
            "memory_precondition_failed_error",
            message,
        )
    }

    /// 409: another memory stands at, above or below the path.
    pub(crate) fn memory_path(path: &str, id: &str) -> Self {
        let message = "A memory already exists at this path, above it or below it.";
        let mut error = Self::new(StatusCode::CONFLICT, "memory_path_conflict_error", message);
        error
            .extra
            .insert("conflicting_path".to_owned(), json!(path));
        error
            .extra
            .insert("conflicting_memory_id".to_owned(), json!(id));
        error
    }

    /// 413.
    pub(crate) fn too_large() -> Self {
        let message = "A request body may have 32 MB.";
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "request_too_large", message)
    }

    /// 429.
    pub(crate) fn rate_limited(retry_after_secs: Option<u64>) -> Self {
        let message = "Too many requests.";
        let mut error = Self::new(StatusCode::TOO_MANY_REQUESTS, "rate_limit_error", message);
        error.retry_after_secs = retry_after_secs;
        error
    }

    /// 500.
    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "api_error", message)
    }

    /// 529.
    pub(crate) fn overloaded() -> Self {
        let status = StatusCode::from_u16(529).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
        Self::new(status, "overloaded_error", "Overloaded.")
    }

    /// Says whether a client should try again, against the rule for the status.
    pub(crate) fn should_retry(mut self, should_retry: bool) -> Self {
        self.should_retry = Some(should_retry);
        self
    }

    /// The answer, once the request's id is known.
    pub(super) fn answer(self, request_id: &str) -> Response {
        let mut error = json!({"type": self.kind, "message": self.message});
        if let Value::Object(fields) = &mut error {
            fields.extend(self.extra);
        }
        let body = json!({"type": "error", "error": error, "request_id": request_id});
        let mut response = (self.status, Json(body)).into_response();
        let headers = response.headers_mut();
        if let Some(should_retry) = self.should_retry {
            let value = if should_retry { "true" } else { "false" };
            headers.insert("x-should-retry", HeaderValue::from_static(value));
        }
        if let Some(secs) = self.retry_after_secs {
            headers.insert("retry-after", HeaderValue::from(secs));
        }
        response
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        // Only the guard knows the request's id, so it writes the body.
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
