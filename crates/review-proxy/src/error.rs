//! The one error of the proxy: what a program may branch on and what a person reads.

use crate::dreaming::{LogError, SyncError};
use crate::platform::PlatformError;
use crate::store::StoreError;
use http::StatusCode;
use review_api::{ErrorBody, ErrorCode, ErrorDetail};
use review_core::rules::Refusal;
use serde_json::Value;

/// Result of what the proxy does for someone.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something was not done. Carries what the asker may see; the cause went to the log where it arose.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// What a program may branch on.
    pub code: ErrorCode,
    /// What happened and what to do, for people.
    pub message: String,
    /// Facts about this case.
    pub details: Option<Value>,
    /// Seconds to wait before trying again.
    pub retry_after_secs: Option<u64>,
}

impl Error {
    /// Makes an error without details.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            details: None,
            retry_after_secs: None,
        }
    }

    /// Adds facts about this case.
    #[must_use]
    pub fn with(mut self, details: Value) -> Self {
        self.details = Some(details);
        self
    }

    /// A field is wrong.
    pub fn field(field: &str, message: impl Into<String>) -> Self {
        Self::new(ErrorCode::BadRequest, message).with(serde_json::json!({ "field": field }))
    }

    /// There is no such thing.
    pub fn not_found(what: &str, id: &str) -> Self {
        let id: String = id.chars().take(80).collect();
        let message =
            format!("There is no {what} {id:?}. It may have been removed, or the link is wrong.");
        Self::new(ErrorCode::NotFound, message)
    }

    /// Returns the status that goes with the code.
    pub fn status(&self) -> StatusCode {
        match self.code {
            ErrorCode::BadRequest | ErrorCode::BadCursor => StatusCode::BAD_REQUEST,
            ErrorCode::Unauthenticated => StatusCode::UNAUTHORIZED,
            ErrorCode::Forbidden => StatusCode::FORBIDDEN,
            ErrorCode::NotFound => StatusCode::NOT_FOUND,
            ErrorCode::Conflict | ErrorCode::StaleBase | ErrorCode::DigestMismatch => {
                StatusCode::CONFLICT
            }
            ErrorCode::Changed => StatusCode::PRECONDITION_FAILED,
            ErrorCode::PreconditionRequired => StatusCode::PRECONDITION_REQUIRED,
            ErrorCode::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            ErrorCode::UnsupportedMedia => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            ErrorCode::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            ErrorCode::RateLimited => StatusCode::TOO_MANY_REQUESTS,
            ErrorCode::PlatformRefused | ErrorCode::OutcomeUnknown => StatusCode::BAD_GATEWAY,
            ErrorCode::PlatformUnavailable | ErrorCode::Unavailable => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            ErrorCode::Internal | ErrorCode::Unknown => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Returns the body that goes on the wire.
    pub fn body(&self) -> ErrorBody {
        ErrorBody {
            error: ErrorDetail {
                code: self.code,
                message: self.message.clone(),
                details: self.details.clone(),
            },
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::new(refusal.code, refusal.sentence)
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the database failed");
        match error {
            StoreError::Unreadable(_) => Self::new(
                ErrorCode::Internal,
                "The proxy's database holds something that this release cannot read. Nothing was \
                 changed; the proxy's log says what it is.",
            ),
            StoreError::Database(_)
            | StoreError::Migrate(_)
            | StoreError::Later { .. }
            | StoreError::OtherStep { .. }
            | StoreError::NoHead
            | StoreError::Older { .. }
            | StoreError::BadAddress => Self {
                retry_after_secs: Some(5),
                ..Self::new(
                    ErrorCode::Unavailable,
                    "The proxy cannot use its database now, so nothing was changed. Try again in a \
                     moment; if it stays so, see the proxy's log.",
                )
            },
        }
    }
}

impl From<PlatformError> for Error {
    fn from(error: PlatformError) -> Self {
        Self {
            code: error.code(),
            message: error.sentence(),
            details: error
                .request_id
                .as_ref()
                .map(|id| serde_json::json!({ "platform_request_id": id })),
            retry_after_secs: error.retry_after.map(|wait| wait.as_secs().max(1)),
        }
    }
}

impl From<SyncError> for Error {
    fn from(error: SyncError) -> Self {
        match error {
            SyncError::Platform(error) => error.into(),
            SyncError::Store(error) => error.into(),
        }
    }
}

impl From<LogError> for Error {
    fn from(error: LogError) -> Self {
        match error {
            LogError::BadCursor => Self::new(ErrorCode::BadCursor, error.to_string()),
            LogError::Platform(error) => error.into(),
        }
    }
}
