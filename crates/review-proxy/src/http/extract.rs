//! What handlers take from a request; every refusal has the one shape of errors.

use super::App;
use crate::error::{Error, Result};
use crate::hooks::strict;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderValue, StatusCode, header};
use review_api::{ErrorCode, MAX_PAGE_ITEMS, User};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Items of a page where the asker does not say.
const DEFAULT_PAGE_ITEMS: u32 = 20;

/// The person who asks.
#[derive(Debug, Clone)]
pub(super) struct Caller(pub(super) User);

impl FromRequestParts<App> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self> {
        let nobody = || Error::new(ErrorCode::Unauthenticated, "Sign in first.");
        parts
            .extensions
            .get::<User>()
            .cloned()
            .map(Self)
            .ok_or_else(nobody)
    }
}

/// The id in the path.
#[derive(Debug)]
pub(super) struct Id<T>(pub(super) T);

impl<T: From<String>> FromRequestParts<App> for Id<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        match Path::<String>::from_request_parts(parts, app).await {
            Ok(Path(id)) if !id.contains('\0') => Ok(Self(T::from(id))),
            _ => Err(Error::not_found("page", parts.uri.path())),
        }
    }
}

/// The query's parameters.
#[derive(Debug)]
pub(super) struct Params<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequestParts<App> for Params<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self> {
        if parts.uri.query().is_some_and(|query| query.contains("%00")) {
            let message = "The address's parameters hold the character NUL, which is kept nowhere.";
            return Err(Error::new(ErrorCode::BadRequest, message));
        }
        Query::<T>::try_from_uri(&parts.uri)
            .map(|Query(params)| Self(params))
            .map_err(|error| {
                let message = format!(
                    "The address's parameters cannot be read: {}.",
                    error.body_text()
                );
                Error::new(ErrorCode::BadRequest, message)
            })
    }
}

/// Checks a page's `limit`.
pub(super) fn page_limit(limit: Option<u32>) -> Result<u32> {
    match limit {
        None => Ok(DEFAULT_PAGE_ITEMS),
        Some(limit) if (1..=MAX_PAGE_ITEMS).contains(&limit) => Ok(limit),
        Some(_) => {
            let message = format!("limit must be from 1 to {MAX_PAGE_ITEMS}.");
            Err(Error::field("limit", message))
        }
    }
}

/// A JSON body.
#[derive(Debug)]
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self> {
        must_be_plain_json(request.headers())?;
        let bytes = Bytes::from_request(request, app)
            .await
            .map_err(unreadable)?;
        let text = std::str::from_utf8(&bytes)
            .map_err(|_| Error::new(ErrorCode::BadRequest, "The body is not UTF-8."))?;
        // Neither what two readers could read differently nor what only one of the databases keeps.
        strict::check(text)
            .and_then(|()| serde_json::from_str(text))
            .map(Self)
            .map_err(|error| {
                let message = format!("The body cannot be read: {error}.");
                Error::new(ErrorCode::BadRequest, message)
            })
    }
}

fn must_be_plain_json(headers: &http::HeaderMap) -> Result<()> {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let essence = kind
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default()
        .trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        let message = "Send the body as content-type: application/json.";
        return Err(Error::new(ErrorCode::UnsupportedMedia, message));
    }
    if headers.contains_key(header::CONTENT_ENCODING) {
        let message = "Send the body without content-encoding.";
        return Err(Error::new(ErrorCode::UnsupportedMedia, message));
    }
    Ok(())
}

/// Says why a body could not be taken in.
pub(super) fn unreadable(rejection: BytesRejection) -> Error {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return too_large();
    }
    let message = "The body broke off before it was complete. Send it again.";
    Error::new(ErrorCode::BadRequest, message)
}

/// The body is over its limit.
pub(super) fn too_large() -> Error {
    Error::new(
        ErrorCode::TooLarge,
        "The body is too large. Nothing was done with it.",
    )
}

/// The revision in `If-Match`: what the asker saw when they decided.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen(pub(super) u64);

impl FromRequestParts<App> for Seen {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self> {
        let mut values = parts.headers.get_all(header::IF_MATCH).iter();
        let value = match (values.next(), values.next()) {
            (None, _) => return Err(not_named()),
            (Some(value), None) => value.to_str().unwrap_or_default().trim(),
            (Some(_), Some(_)) => "",
        };
        // It would match whatever is there: just what this header is to prevent.
        if value == "*" {
            return Err(not_named());
        }
        let revision = value
            .strip_prefix('"')
            .and_then(|value| value.strip_suffix('"'))
            .and_then(|value| value.parse().ok());
        let Some(revision) = revision else {
            let message = "If-Match must be one ETag as an answer gave it, such as \"3\".";
            return Err(Error::new(ErrorCode::BadRequest, message));
        };
        Ok(Self(revision))
    }
}

fn not_named() -> Error {
    let message = "Say which revision you saw: send If-Match with the ETag of the last answer, such \
                   as \"3\". Nothing was done.";
    Error::new(ErrorCode::PreconditionRequired, message)
}

/// A JSON answer with the `ETag` of its revision.
#[derive(Debug)]
pub(super) struct Tagged<T> {
    /// The answer.
    pub(super) body: T,
    /// Its revision.
    pub(super) revision: u64,
}

impl<T: Serialize> IntoResponse for Tagged<T> {
    fn into_response(self) -> Response {
        let mut response = axum::Json(self.body).into_response();
        if let Ok(tag) = HeaderValue::from_str(&format!("\"{}\"", self.revision)) {
            response.headers_mut().insert(header::ETAG, tag);
        }
        response
    }
}

/// A JSON answer with status 201, the place of what was made, and its `ETag` where it has one.
#[derive(Debug)]
pub(super) struct Created<T> {
    /// What was made.
    pub(super) body: T,
    /// Where to read it.
    pub(super) location: String,
    /// Its revision.
    pub(super) revision: Option<u64>,
}

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        let mut response = match self.revision {
            Some(revision) => Tagged {
                body: self.body,
                revision,
            }
            .into_response(),
            None => axum::Json(self.body).into_response(),
        };
        *response.status_mut() = StatusCode::CREATED;
        if let Ok(location) = HeaderValue::from_str(&self.location) {
            response.headers_mut().insert(header::LOCATION, location);
        }
        response
    }
}
