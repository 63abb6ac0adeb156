//! Why a call failed, by what the reader can do about it.

use super::HttpResponse;
use review_api::{ErrorBody, ErrorCode};
use serde::de::DeserializeOwned;
use std::fmt;

/// Why a call failed; `Display` is a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApiError {
    /// No answer: offline, refused, cut off. Try again.
    Unreachable(String),
    /// No answer within the time a request may take. Try again.
    TimedOut,
    /// The proxy said no; `message` is fit to show.
    Refused {
        /// The HTTP status.
        status: u16,
        /// What a program may branch on.
        code: ErrorCode,
        /// What happened, what was kept and what to do.
        message: String,
        /// Facts about this case.
        details: Option<serde_json::Value>,
    },
    /// Something between console and proxy answered in the proxy's place. Try again.
    NotTheProxy {
        /// The HTTP status.
        status: u16,
    },
    /// The two sides disagree about the shape. Reload, then report it.
    Undecodable {
        /// Which path was asked.
        path: String,
        /// What did not fit.
        reason: String,
    },
}

impl ApiError {
    /// Reads an answer that is not a success.
    pub(super) fn from_answer(answer: &HttpResponse) -> Self {
        match serde_json::from_str::<ErrorBody>(&answer.body) {
            Ok(ErrorBody { error }) => Self::Refused {
                status: answer.status,
                code: error.code,
                message: error.message,
                details: error.details,
            },
            Err(_) => Self::NotTheProxy {
                status: answer.status,
            },
        }
    }

    /// Returns what a program may branch on, where the proxy said it.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Refused { code, .. } => Some(*code),
            _ => None,
        }
    }

    /// Returns the thing as it is now, where a write was refused because it moved on.
    pub fn present<T: DeserializeOwned>(&self) -> Option<T> {
        match self {
            Self::Refused {
                code: ErrorCode::Changed,
                details: Some(details),
                ..
            } => serde_json::from_value(details.clone()).ok(),
            _ => None,
        }
    }

    /// Says whether there is no such thing.
    pub fn is_not_found(&self) -> bool {
        self.code() == Some(ErrorCode::NotFound)
    }

    /// Says whether what was written may have happened or not.
    pub fn outcome_unknown(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::TimedOut | Self::NotTheProxy { .. } => true,
            Self::Refused { code, .. } => *code == ErrorCode::OutcomeUnknown,
            Self::Undecodable { .. } => false,
        }
    }

    /// Says whether the same request may go well later.
    pub fn is_worth_a_retry(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::TimedOut | Self::NotTheProxy { .. } => true,
            Self::Undecodable { .. } => false,
            Self::Refused { code, .. } => !matches!(
                code,
                ErrorCode::NotFound
                    | ErrorCode::Forbidden
                    | ErrorCode::BadRequest
                    | ErrorCode::TooLarge
            ),
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(_) => f.write_str(
                "The review server cannot be reached. Check that it runs and that you are online, then try again.",
            ),
            Self::TimedOut => {
                f.write_str("The review server took too long to answer. Try again.")
            }
            Self::Refused { message, .. } => f.write_str(message),
            Self::NotTheProxy { status } => write!(
                f,
                "Something other than the review server answered (status {status}). Try again in a moment.",
            ),
            Self::Undecodable { path, .. } => write!(
                f,
                "The answer from {path} is not what this console expects. Reload the page to get the newest console.",
            ),
        }
    }
}

impl std::error::Error for ApiError {}
