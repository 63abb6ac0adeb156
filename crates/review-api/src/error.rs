//! The one shape of every error.

use serde::{Deserialize, Serialize};

/// Body of every answer that is not a success.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErrorBody {
    /// What went wrong.
    pub error: ErrorDetail,
}

/// What went wrong, for the program and for the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErrorDetail {
    /// What a program may branch on.
    pub code: ErrorCode,
    /// One or two sentences that say what happened, what was kept and what to do.
    pub message: String,
    /// Facts about this case, such as the field that was wrong or the version found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub details: Option<serde_json::Value>,
}

/// What a program may branch on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// 400: the request cannot be read, or a field is wrong.
    BadRequest,
    /// 400: the page cursor is unknown or too old; start again from the first page.
    BadCursor,
    /// 401: nobody is logged in, or a signature does not match.
    Unauthenticated,
    /// 403: this user may not do this; the message names the rule.
    Forbidden,
    /// 404: there is no such thing, or this user may not see it.
    NotFound,
    /// 409: the thing is in a state that does not allow this.
    Conflict,
    /// 409: the agent's prompt moved on since the change was made.
    StaleBase,
    /// 409: what was approved or seen is not what would be applied.
    DigestMismatch,
    /// 412: the thing changed since it was read (`If-Match`).
    Changed,
    /// 428: the write does not say which revision it was decided on (`If-Match`).
    PreconditionRequired,
    /// 413: the body or a field is too long.
    TooLarge,
    /// 415: the body is not JSON.
    UnsupportedMedia,
    /// 422: the same `Idempotency-Key` came with another body.
    KeyReused,
    /// 429: too many requests; wait as `Retry-After` says.
    RateLimited,
    /// 502: the platform refused what the proxy asked.
    PlatformRefused,
    /// 503: the platform cannot be reached or is overloaded; nothing was changed.
    PlatformUnavailable,
    /// 502: the platform was asked to change something and its answer was lost; it is being found out.
    OutcomeUnknown,
    /// 503: the proxy cannot write now; nothing was changed.
    Unavailable,
    /// 500: a defect; the message carries the request's id.
    Internal,
    /// A code that this release does not know.
    #[serde(other)]
    Unknown,
}
