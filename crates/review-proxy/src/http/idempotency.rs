//! `Idempotency-Key`: the same write sent again gets the same answer and has no second effect.

use super::{App, BODY_LIMIT_BYTES, extract};
use crate::error::{Error, Result};
use crate::store::idempotency::{self as keys, KnownKey, SavedAnswer};
use crate::store::{Kind, Store, now};
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use futures_util::FutureExt as _;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use jiff::SignedDuration;
use review_api::{ErrorCode, MAX_IMPORT_BYTES, User, UserName};
use sha2::{Digest as _, Sha256};
use std::panic::AssertUnwindSafe;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// The header that carries the key.
pub(super) const HEADER: &str = "idempotency-key";
/// Longest key accepted, in bytes.
const LONGEST_KEY: usize = 255;
/// How long an answer is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(48);
/// Largest answer kept: more than any write gives.
const LARGEST_ANSWER: usize = 8 * 1024 * 1024;

/// What a key stands for whose answer must not be kept: goes with the answer, which is shown this once.
#[derive(Debug, Clone)]
pub(super) struct ShownOnce(pub(super) Error);

/// Answers a write whose key is known with what was answered before.
pub(super) async fn once_per_key(State(app): State<App>, request: Request, next: Next) -> Response {
    let is_write = matches!(
        *request.method(),
        Method::POST | Method::PATCH | Method::DELETE
    );
    if !is_write || !request.headers().contains_key(HEADER) {
        return next.run(request).await;
    }
    match with_key(&app, request, next).await {
        Ok(response) => response,
        Err(error) => error.into_response(),
    }
}

async fn with_key(app: &App, request: Request, next: Next) -> Result<Response> {
    let user = request
        .extensions()
        .get::<User>()
        .map(|user| user.name.clone());
    let user = user.ok_or_else(|| Error::new(ErrorCode::Unauthenticated, "Sign in first."))?;
    let key = key(request.headers())?;
    let (parts, body) = request.into_parts();
    let most = if parts.uri.path().ends_with("/feedback/import") {
        MAX_IMPORT_BYTES
    } else {
        BODY_LIMIT_BYTES
    };
    let body = to_bytes(body, most)
        .await
        .map_err(|_| extract::too_large())?;
    // With its query: a trial is another request than the act.
    let asked = parts.uri.path_and_query();
    let asked = asked.map_or(parts.uri.path(), http::uri::PathAndQuery::as_str);
    let request_sha256 = fingerprint(&parts.method, asked, &body);
    let mut write = app.store.write().await?;
    let known = keys::take(&mut write, &user, &key, &request_sha256, now()).await?;
    write.commit().await?;
    match known {
        None => {}
        Some(KnownKey::Answered(answer)) => return Ok(replay(answer)),
        Some(KnownKey::OtherRequest) => {
            let message = "This Idempotency-Key came with another request before. Nothing was done; \
                           use a new key for a new request.";
            return Err(Error::new(ErrorCode::KeyReused, message));
        }
        Some(KnownKey::AtWork) => {
            let message = "The first request with this Idempotency-Key is still at work. Ask again \
                           in a moment.";
            return Err(Error {
                retry_after_secs: Some(1),
                ..Error::new(ErrorCode::Conflict, message)
            });
        }
    }
    let request = Request::from_parts(parts, Body::from(body));
    let (store, patience) = (app.store.clone(), app.pace.keys);
    // To its end, even if the asker hangs up: the key must not stay taken without an answer.
    let work = app.tasks.spawn(async move {
        let mut response = std::pin::pin!(AssertUnwindSafe(next.run(request)).catch_unwind());
        let answered = loop {
            tokio::select! {
                response = &mut response => break response,
                () = tokio::time::sleep(patience / 4) => still_at_work(&store, &user, &key).await,
            }
        };
        match answered {
            Ok(response) => Ok(keep(&store, &user, &key, response).await),
            Err(panic) => {
                // The same write again would end in the same defect, or do half of it twice.
                keep(&store, &user, &key, defect().into_response()).await;
                Err(panic)
            }
        }
    });
    match work.await {
        Ok(Ok(response)) => Ok(response),
        // Told and counted where every defect is.
        Ok(Err(panic)) => std::panic::resume_unwind(panic),
        Err(_) => Err(Error::new(
            ErrorCode::Unavailable,
            "The proxy is shutting down.",
        )),
    }
}

fn defect() -> Error {
    let message = "The proxy failed on this request. Look whether it was done; to do it again, use a new \
                   Idempotency-Key.";
    Error::new(ErrorCode::Internal, message)
}

fn key(headers: &HeaderMap) -> Result<String> {
    let mut values = headers.get_all(HEADER).iter();
    let key = match (values.next(), values.next()) {
        (Some(key), None) => key.to_str().unwrap_or_default(),
        _ => "",
    };
    let is_sound =
        (1..=LONGEST_KEY).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
    if !is_sound {
        let message =
            format!("Idempotency-Key must be one text of 1 to {LONGEST_KEY} visible characters.");
        return Err(Error::new(ErrorCode::BadRequest, message));
    }
    Ok(key.to_owned())
}

fn fingerprint(method: &Method, path: &str, body: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(format!("{method}\n{path}\n"));
    hash.update(body);
    STANDARD.encode(hash.finalize())
}

fn replay(answer: SavedAnswer) -> Response {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    headers.insert(
        HeaderName::from_static("idempotency-replayed"),
        HeaderValue::from_static("true"),
    );
    for (name, value) in [
        (header::ETAG, answer.etag),
        (header::LOCATION, answer.location),
    ] {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
            headers.insert(name, value);
        }
    }
    response
}

/// Says whether an answer stands for its key: whatever came of a write that was begun, defects too.
///
/// What was refused before anything was begun (a field, a right, a revision, a state that does not allow it)
/// and what could not be done for the moment gives the key back: trying again is the way to go on.
fn stands(status: StatusCode, code: Option<ErrorCode>) -> bool {
    match code {
        Some(code) => matches!(
            code,
            ErrorCode::StaleBase
                | ErrorCode::PlatformRefused
                | ErrorCode::OutcomeUnknown
                | ErrorCode::Internal
        ),
        None => status.is_success() || status.is_server_error(),
    }
}

/// Keeps an answer that stands; gives the key back otherwise.
async fn keep(store: &Store, user: &UserName, key: &str, response: Response) -> Response {
    let status = response.status();
    let is_final = stands(status, response.extensions().get::<ErrorCode>().copied());
    let instead = response.extensions().get::<ShownOnce>().cloned();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, LARGEST_ANSWER)
        .await
        .unwrap_or_else(|_| Bytes::new());
    let text = |name| {
        let value: Option<&HeaderValue> = parts.headers.get(name);
        value
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned)
    };
    let answer = match instead {
        Some(ShownOnce(error)) => Some(saved(&error)),
        None => is_final.then(|| SavedAnswer {
            status: status.as_u16(),
            etag: text(header::ETAG),
            location: text(header::LOCATION),
            body: String::from_utf8_lossy(&body).into_owned(),
        }),
    };
    if let Err(error) = write_down(store, user, key, answer).await {
        tracing::error!(%error, "the answer to a write could not be kept for its key");
    }
    Response::from_parts(parts, Body::from(body))
}

/// Returns an error as it is kept for a key.
fn saved(error: &Error) -> SavedAnswer {
    SavedAnswer {
        status: error.status().as_u16(),
        etag: None,
        location: None,
        body: serde_json::to_string(&error.body()).unwrap_or_default(),
    }
}

async fn write_down(
    store: &Store,
    user: &UserName,
    key: &str,
    answer: Option<SavedAnswer>,
) -> Result<()> {
    let mut write = store.write().await?;
    match answer {
        Some(answer) => keys::answer(&mut write, user, key, &answer).await?,
        None => keys::release(&mut write, user, key).await?,
    }
    write.commit().await?;
    Ok(())
}

/// Lets the other proxies know that a request is at work still.
async fn still_at_work(store: &Store, user: &UserName, key: &str) {
    let said = async {
        let mut write = store.write().await?;
        keys::touch(&mut write, user, key, now()).await?;
        write.commit().await
    };
    if let Err(error) = said.await {
        tracing::warn!(%error, "that a write is at work still could not be written down");
    }
}

/// Answers for requests whose process is gone, and forgets old answers, again and again until `stop`.
///
/// A file has one proxy, so whatever is at work when it starts was left behind by an earlier process. On a
/// server it may be at work at another proxy: only what was not heard of for `patience` is given up there.
///
/// # Errors
/// If the database cannot be written at the start.
pub async fn keep_keys_tidy(
    store: Store,
    patience: Duration,
    stop: CancellationToken,
) -> Result<impl Future<Output = ()> + Send> {
    let at_first = match store.kind() {
        Kind::Sqlite => Duration::ZERO,
        Kind::Postgres => patience,
    };
    tidy(&store, at_first).await?;
    Ok(async move {
        loop {
            tokio::select! {
                () = tokio::time::sleep(patience / 2) => {}
                () = stop.cancelled() => return,
            }
            if let Err(error) = tidy(&store, patience).await {
                tracing::warn!(%error, "keys could not be tidied");
            }
        }
    })
}

async fn tidy(store: &Store, patience: Duration) -> Result<()> {
    let message = "The proxy ended while it was at work on this request. Look whether it was done; to \
                   do it again, use a new Idempotency-Key.";
    let left = Error::new(ErrorCode::OutcomeUnknown, message);
    let answer = saved(&left);
    let now = now();
    let mut write = store.write().await?;
    keys::give_up(&mut write, now - patience, &answer).await?;
    keys::forget(&mut write, now - KEPT).await?;
    write.commit().await?;
    Ok(())
}
