//! Webhooks that come in: checked, stored, answered, and only then worked on.

mod platform;
mod prepare;
pub(crate) mod strict;
mod worker;

#[cfg(test)]
mod tests;

pub use platform::{EVENT_LIMIT_BYTES, Hints};
pub use worker::Worker;

use crate::store::{Store, StoreError, deliveries};
use http::header::CONTENT_ENCODING;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use review_api::{DREAMING_REPORT, DreamingReport, ErrorCode, ReportAccepted};
use review_core::webhook::{
    self, BadDelivery, ID_HEADER, SIGNATURE_HEADER, Secret, TIMESTAMP_HEADER,
};
use std::sync::Arc;
use tokio::sync::Notify;

/// Largest report taken, in bytes: several prompts of the longest length, escaped.
pub const REPORT_LIMIT_BYTES: usize = 4 * 1024 * 1024;

/// Why a delivery is not taken; nothing was stored.
#[derive(Debug, thiserror::Error)]
pub enum HookError {
    /// The proxy has no secret to check signatures with.
    #[error(
        "This proxy has no webhook secret, so it takes no reports. Start it with --webhook-secret."
    )]
    NoSecret,
    /// The proxy has no secret to check the platform's signatures with.
    #[error(
        "This proxy has no secret of the platform's webhooks, so it takes none. Start it with \
         --platform-webhook-secret."
    )]
    NoPlatformSecret,
    /// It is rightly signed and is no event of the platform.
    #[error("The body is not an event of the platform: {0}. Nothing was stored.")]
    NoEvent(String),
    /// A header is missing, stands twice or is no text.
    #[error("The header {0} must stand exactly once.")]
    Header(&'static str),
    /// Id, timestamp or signature do not hold.
    #[error("The delivery is refused: {0}.")]
    Refused(BadDelivery),
    /// It is compressed, and what was signed is not what would be read.
    #[error("Send the report without content-encoding.")]
    Encoded,
    /// It is too large.
    #[error("A report has at most {} MB.", REPORT_LIMIT_BYTES / 1024 / 1024)]
    TooLarge,
    /// It is rightly signed and is not a report.
    #[error("The body is not a dreaming report: {0}. Nothing was stored.")]
    Malformed(String),
    /// It cannot be stored now.
    #[error("The report cannot be stored now. Send it again later.")]
    Store(#[from] StoreError),
}

impl HookError {
    /// Returns what a program may branch on.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::NoSecret
            | Self::NoPlatformSecret
            | Self::Refused(BadDelivery::Expired | BadDelivery::Signature) => {
                ErrorCode::Unauthenticated
            }
            Self::Header(_)
            | Self::Refused(BadDelivery::Id | BadDelivery::Timestamp)
            | Self::NoEvent(_)
            | Self::Malformed(_) => ErrorCode::BadRequest,
            Self::Encoded => ErrorCode::UnsupportedMedia,
            Self::TooLarge => ErrorCode::TooLarge,
            Self::Store(_) => ErrorCode::Unavailable,
        }
    }

    /// Returns the status of the answer.
    pub fn status(&self) -> StatusCode {
        match self.code() {
            ErrorCode::Unauthenticated => StatusCode::UNAUTHORIZED,
            ErrorCode::UnsupportedMedia => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            ErrorCode::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            ErrorCode::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

/// Takes deliveries; clones share the work.
#[derive(Debug, Clone)]
pub struct Receiver {
    store: Store,
    secrets: Arc<[Secret]>,
    arrived: Arc<Notify>,
}

impl Receiver {
    /// Makes a receiver that accepts what is signed with any of `secrets`.
    pub fn new(store: Store, secrets: Vec<Secret>) -> Self {
        Self {
            store,
            secrets: secrets.into(),
            arrived: Arc::new(Notify::new()),
        }
    }

    /// Takes a report: when this returns without an error, it is stored and will be worked on.
    ///
    /// # Errors
    /// As [`HookError`] says.
    pub async fn receive(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: Timestamp,
    ) -> Result<ReportAccepted, HookError> {
        if self.secrets.is_empty() {
            return Err(HookError::NoSecret);
        }
        if headers.contains_key(CONTENT_ENCODING) {
            return Err(HookError::Encoded);
        }
        if body.len() > REPORT_LIMIT_BYTES {
            return Err(HookError::TooLarge);
        }
        let id = once(headers, ID_HEADER)?;
        let timestamp = once(headers, TIMESTAMP_HEADER)?;
        let signatures = once(headers, SIGNATURE_HEADER)?;
        let secrets = &self.secrets;
        webhook::verify(secrets, id, timestamp, signatures, body, now.as_second())
            .map_err(HookError::Refused)?;
        let text = std::str::from_utf8(body)
            .map_err(|_| HookError::Malformed("it is not UTF-8".to_owned()))?;
        parse(text)?;
        let mut write = self.store.write().await?;
        let is_new = deliveries::insert(&mut write, id, text, now).await?;
        write.commit().await?;
        self.arrived.notify_one();
        Ok(ReportAccepted {
            delivery_id: id.to_owned(),
            duplicate: !is_new,
        })
    }
}

fn once<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<&'a str, HookError> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().map_err(|_| HookError::Header(name)),
        _ => Err(HookError::Header(name)),
    }
}

fn parse(text: &str) -> Result<DreamingReport, HookError> {
    let malformed = |error: serde_json::Error| HookError::Malformed(error.to_string());
    strict::check(text).map_err(malformed)?;
    let report: DreamingReport = serde_json::from_str(text).map_err(malformed)?;
    if report.kind != DREAMING_REPORT {
        let message = format!("its type must be {DREAMING_REPORT:?}");
        return Err(HookError::Malformed(message));
    }
    Ok(report)
}
