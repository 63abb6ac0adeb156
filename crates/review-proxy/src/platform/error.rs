//! What can go wrong with the platform, in words that say what to do next.

use super::wire::ErrorEnvelope;
use review_api::ErrorCode;
use std::fmt;
use std::time::Duration;

/// Longest piece of the platform's own message that is passed on, in characters.
const LONGEST_QUOTE: usize = 300;

/// What kind of trouble it is, by what one can do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Trouble {
    /// 401: the key is wrong or was withdrawn.
    KeyRefused,
    /// 403: the key lacks a right.
    Forbidden,
    /// 402, or 429 with a spending limit: waiting does not help.
    Spending,
    /// 404 on an object, or an id that no object can have.
    NotFound,
    /// 404 on a whole list, or an organisation that is not enrolled: the feature is off.
    FeatureOff,
    /// 400, 405, 413, 415, 422, 431: the platform does not take what was asked.
    Refused,
    /// 409, 412: the object changed since it was read.
    Conflict,
    /// 429: too many requests.
    RateLimited,
    /// 529, 503: too much to do.
    Overloaded,
    /// Other 5xx, 408 and 499: the platform failed.
    Failed,
    /// No connection; nothing was sent.
    Unreachable,
    /// No answer in time.
    TimedOut,
    /// The connection broke before the answer was complete.
    Lost,
    /// The answer is not what the platform sends: cut, HTML, a redirect.
    Garbled,
    /// The answer is larger than what is read.
    Oversized,
}

/// What went wrong with one request; never carries the key, headers or bodies.
#[derive(Debug, Clone)]
pub struct PlatformError {
    /// What kind of trouble it is.
    pub trouble: Trouble,
    /// What was being done, such as `read the agents`.
    pub doing: &'static str,
    /// The answer's status, where one came.
    pub status: Option<u16>,
    /// The platform's name for the error, such as `conflict_error`.
    pub kind: Option<String>,
    /// The platform's sentence about it, shortened and without control characters.
    pub message: Option<String>,
    /// The platform's id of the request, for its support.
    pub request_id: Option<String>,
    /// How long the platform asked to wait.
    pub retry_after: Option<Duration>,
    /// Whether the platform named a memory whose path is in the way.
    pub is_path_taken: bool,
}

impl PlatformError {
    /// Makes an error without an answer.
    pub(crate) fn bare(trouble: Trouble, doing: &'static str) -> Self {
        Self {
            trouble,
            doing,
            status: None,
            kind: None,
            message: None,
            request_id: None,
            retry_after: None,
            is_path_taken: false,
        }
    }

    /// Makes the error of an answer with an error status.
    pub(super) fn answer(
        doing: &'static str,
        on_list: bool,
        status: u16,
        envelope: Option<&ErrorEnvelope>,
    ) -> Self {
        let kind = envelope.map(|envelope| envelope.error.kind.clone());
        let code = envelope.and_then(ErrorEnvelope::error_code);
        let trouble = match (status, code) {
            (_, Some("organization_not_enrolled_in_beta")) => Trouble::FeatureOff,
            (402, _) => Trouble::Spending,
            (_, Some(code)) if code.ends_with("spend_limit_reached") => Trouble::Spending,
            (401, _) => Trouble::KeyRefused,
            (403, _) => Trouble::Forbidden,
            (404, _) if on_list => Trouble::FeatureOff,
            (404, _) => Trouble::NotFound,
            (409 | 412, _) => Trouble::Conflict,
            (429, _) => Trouble::RateLimited,
            (503 | 529, _) => Trouble::Overloaded,
            (408 | 499 | 500..=599, _) => Trouble::Failed,
            (400..=499, _) => Trouble::Refused,
            _ => Trouble::Garbled,
        };
        Self {
            status: Some(status),
            kind: kind.map(|kind| quote(&kind)),
            message: envelope.map(|envelope| quote(&envelope.error.message)),
            is_path_taken: envelope.is_some_and(|envelope| {
                envelope.error.kind == "memory_path_conflict_error"
                    || envelope.error.conflicting_path.is_some()
            }),
            ..Self::bare(trouble, doing)
        }
    }

    /// Says whether the request, had it been a write, may have had an effect.
    pub fn may_have_had_an_effect(&self) -> bool {
        matches!(
            self.trouble,
            Trouble::Failed
                | Trouble::Overloaded
                | Trouble::TimedOut
                | Trouble::Lost
                | Trouble::Garbled
                | Trouble::Oversized
        )
    }

    /// Says whether the same read may well succeed a moment later.
    pub(super) fn is_passing(&self) -> bool {
        matches!(
            self.trouble,
            Trouble::RateLimited
                | Trouble::Overloaded
                | Trouble::Failed
                | Trouble::Unreachable
                | Trouble::Lost
        )
    }

    /// Returns the code that the console API answers with, for a read or a write without effect.
    pub fn code(&self) -> ErrorCode {
        match self.trouble {
            Trouble::NotFound => ErrorCode::NotFound,
            Trouble::KeyRefused
            | Trouble::Forbidden
            | Trouble::Spending
            | Trouble::FeatureOff
            | Trouble::Refused
            | Trouble::Conflict
            | Trouble::Garbled
            | Trouble::Oversized => ErrorCode::PlatformRefused,
            Trouble::RateLimited
            | Trouble::Overloaded
            | Trouble::Failed
            | Trouble::Unreachable
            | Trouble::TimedOut
            | Trouble::Lost => ErrorCode::PlatformUnavailable,
        }
    }

    /// Returns what happened and what to do about it, for people.
    pub fn sentence(&self) -> String {
        let doing = self.doing;
        let said = |lead: String| match &self.message {
            Some(message) if !message.is_empty() => {
                format!("{lead} It said: \u{201c}{message}\u{201d}")
            }
            _ => lead,
        };
        match self.trouble {
            Trouble::KeyRefused => "The platform refused the proxy's key. Check ANTHROPIC_API_KEY \
                (or the key file) and start the proxy again."
                .to_owned(),
            Trouble::Forbidden => said(format!(
                "The proxy's key may not {doing}. Give it the right, or use another key."
            )),
            Trouble::Spending => said(
                "The platform's spending limit is reached. Raise it in the platform's console."
                    .to_owned(),
            ),
            Trouble::NotFound => {
                format!("The platform has nothing of this id (tried to {doing}).")
            }
            Trouble::FeatureOff => format!(
                "The platform does not offer this to the key's organisation (tried to {doing}). \
                 Ask for access to the feature there."
            ),
            Trouble::Refused => said(format!("The platform refused to {doing}.")),
            Trouble::Conflict => said(format!(
                "The platform refused to {doing}: it changed meanwhile."
            )),
            Trouble::RateLimited => {
                let wait = self.retry_after.map_or("a minute".to_owned(), |wait| {
                    format!("{} s", wait.as_secs().max(1))
                });
                format!("The platform takes no more requests just now. Try again in {wait}.")
            }
            Trouble::Overloaded => {
                "The platform is overloaded. Try again in a few minutes.".to_owned()
            }
            Trouble::Failed => {
                let status = self
                    .status
                    .map_or(String::new(), |status| format!(" (status {status})"));
                format!("The platform failed{status} while asked to {doing}. Try again later.")
            }
            Trouble::Unreachable => {
                "The platform cannot be reached. Check the proxy's network and \
                the platform's address."
                    .to_owned()
            }
            Trouble::TimedOut => {
                format!("The platform did not answer in time (tried to {doing}). Try again later.")
            }
            Trouble::Lost => format!(
                "The connection to the platform broke while it was asked to {doing}. Try again."
            ),
            Trouble::Garbled => format!(
                "What answered is not the platform, or its answer was damaged (tried to {doing}). \
                 Check the platform's address."
            ),
            Trouble::Oversized => {
                format!("The platform's answer is larger than the proxy takes (tried to {doing}).")
            }
        }
    }
}

impl fmt::Display for PlatformError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence())
    }
}

impl std::error::Error for PlatformError {}

/// Shortens the platform's text and drops what could reorder or break a line of a log.
pub(super) fn quote(text: &str) -> String {
    text.chars()
        .map(|char| if char.is_control() { ' ' } else { char })
        .filter(|char| !matches!(char, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
        .take(LONGEST_QUOTE)
        .collect::<String>()
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope(text: &str) -> ErrorEnvelope {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn each_status_has_its_trouble() {
        for (status, on_list, trouble) in [
            (400, false, Trouble::Refused),
            (401, false, Trouble::KeyRefused),
            (402, false, Trouble::Spending),
            (403, false, Trouble::Forbidden),
            (404, false, Trouble::NotFound),
            (404, true, Trouble::FeatureOff),
            (408, false, Trouble::Failed),
            (409, false, Trouble::Conflict),
            (412, false, Trouble::Conflict),
            (413, false, Trouble::Refused),
            (422, false, Trouble::Refused),
            (429, false, Trouble::RateLimited),
            (499, false, Trouble::Failed),
            (500, false, Trouble::Failed),
            (502, false, Trouble::Failed),
            (503, false, Trouble::Overloaded),
            (504, false, Trouble::Failed),
            (529, false, Trouble::Overloaded),
            (302, false, Trouble::Garbled),
        ] {
            let error = PlatformError::answer("read it", on_list, status, None);
            assert_eq!(error.trouble, trouble, "{status}");
            assert!(!error.sentence().is_empty());
        }
    }

    #[test]
    fn a_spending_limit_is_not_a_rate_limit() {
        let envelope = envelope(
            r#"{"type":"error","error":{"type":"rate_limit_error","message":"m","details":{"error_code":"enforced_spend_limit_reached"}}}"#,
        );
        let error = PlatformError::answer("read it", false, 429, Some(&envelope));
        assert_eq!(error.trouble, Trouble::Spending);
        assert!(!error.is_passing());
    }

    #[test]
    fn an_organisation_that_is_not_enrolled_has_the_feature_off() {
        let envelope = envelope(
            r#"{"type":"error","error":{"type":"invalid_request_error","message":"m","details":{"error_code":"organization_not_enrolled_in_beta"}}}"#,
        );
        let error = PlatformError::answer("read the dreams", true, 400, Some(&envelope));
        assert_eq!(error.trouble, Trouble::FeatureOff);
    }

    #[test]
    fn the_platforms_text_is_tamed() {
        assert_eq!(quote("a\nb\u{202e}c\u{7}  "), "a bc");
        assert_eq!(quote(&"x".repeat(1_000)).chars().count(), LONGEST_QUOTE);
    }
}
