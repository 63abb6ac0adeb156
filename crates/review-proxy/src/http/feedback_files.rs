//! Files of an agent's ratings: taken in, and taken away.

use super::App;
use super::extract::{Caller, Id, Params, unreadable};
use crate::error::{Error, Result};
use crate::feedback_file::{csv_head, csv_lines, jsonl_lines};
use crate::store::{Position, feedback};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, header};
use review_api::{AgentId, ErrorCode, Feedback, FeedbackFormat, FeedbackImport, ImportColumns};
use serde::Deserialize;
use utoipa::IntoParams;

/// Ratings read and sent at once.
const BATCH: u32 = 500;

/// How a file is to be read.
///
/// A column that is not named is found by its usual names; one that is named as an empty text is not read.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// Whether nothing is to be kept: the answer says what the file would come to.
    #[serde(default)]
    dry_run: bool,
    /// `jsonl` or `csv`; the content type says it where this is absent.
    #[param(inline)]
    format: Option<FeedbackFormat>,
    /// Column of the interaction's id.
    interaction_id: Option<String>,
    /// Column of the rating.
    rating: Option<String>,
    /// Column of the comment.
    comment: Option<String>,
    /// Column of the expected answer.
    expected: Option<String>,
    /// Column of the kind of check.
    check_kind: Option<String>,
    /// Column of what the check looks for.
    check_text: Option<String>,
}

/// Takes in a file of ratings: all of it, or none where a line is wrong. Needs a reviewer.
#[utoipa::path(post, path = "/api/agents/{id}/feedback/import", tag = "feedback",
    params(("id" = String, Path), Wanted),
    request_body(content((String = "text/csv"), (String = "application/x-ndjson"))),
    responses((status = 200, body = FeedbackImport)))]
pub(super) async fn import(
    State(app): State<App>,
    Caller(user): Caller,
    Id(id): Id<AgentId>,
    Params(wanted): Params<Wanted>,
    headers: HeaderMap,
    body: std::result::Result<Bytes, BytesRejection>,
) -> Result<Json<FeedbackImport>> {
    review_core::rules::may_rate(&user)?;
    let bytes = body.map_err(unreadable)?;
    let format = format(&wanted, &headers)?;
    let columns = ImportColumns {
        interaction_id: wanted.interaction_id,
        rating: wanted.rating,
        comment: wanted.comment,
        expected: wanted.expected,
        check_kind: wanted.check_kind,
        check_text: wanted.check_text,
    };
    let file = (bytes.as_ref(), format);
    let review = &app.review;
    Ok(Json(
        review
            .import_feedback(&user, &id, file, &columns, wanted.dry_run)
            .await?,
    ))
}

fn format(wanted: &Wanted, headers: &HeaderMap) -> Result<FeedbackFormat> {
    if headers.contains_key(header::CONTENT_ENCODING) {
        let message = "Send the file without content-encoding.";
        return Err(Error::new(ErrorCode::UnsupportedMedia, message));
    }
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    match (wanted.format, essence.to_ascii_lowercase().as_str()) {
        (Some(format), _) => Ok(format),
        (None, "text/csv") => Ok(FeedbackFormat::Csv),
        (None, "application/x-ndjson" | "application/jsonl") => Ok(FeedbackFormat::Jsonl),
        (None, _) => Err(Error::field(
            "format",
            "Say what the file is: format=csv or format=jsonl.",
        )),
    }
}

/// How the file is written.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct ExportWanted {
    /// `jsonl` or `csv`.
    #[param(inline)]
    format: FeedbackFormat,
}

/// Sends the ratings of an agent's interactions as a file, newest first, which can be taken in again.
///
/// A connection that breaks off before its end means that the file is not complete.
#[utoipa::path(get, path = "/api/agents/{id}/feedback/export", tag = "feedback",
    params(("id" = String, Path), ExportWanted),
    responses((status = 200, description = "The ratings", content(
        (String = "application/x-ndjson"), (String = "text/csv")))))]
pub(super) async fn export(
    State(app): State<App>,
    Id(id): Id<AgentId>,
    Params(wanted): Params<ExportWanted>,
) -> Result<Response> {
    app.review.agent(&id).await?;
    let format = wanted.format;
    // The first batch before the answer begins, so that a database that fails is an answer too.
    let (first, place) = batch(&app, &id, None, format).await?;
    let head = match format {
        FeedbackFormat::Jsonl => Vec::new(),
        FeedbackFormat::Csv => csv_head().map_err(|error| unwritable(&error))?,
    };
    let start = (Some(Bytes::from([head, first].concat())), place);
    let body = stream::try_unfold(start, move |(ready, place)| {
        let (app, id) = (app.clone(), id.clone());
        async move {
            if let Some(ready) = ready {
                return Ok(Some((ready, (None, place))));
            }
            let Some(place) = place else {
                return Ok(None);
            };
            let (lines, place) = batch(&app, &id, Some(place), format).await?;
            Ok::<_, Error>(Some((Bytes::from(lines), (None, place))))
        }
    });
    let (kind, name) = match format {
        FeedbackFormat::Jsonl => ("application/x-ndjson", "feedback.jsonl"),
        FeedbackFormat::Csv => ("text/csv; charset=utf-8", "feedback.csv"),
    };
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
    ];
    Ok((headers, Body::from_stream(body)).into_response())
}

/// Returns the ratings after a place as they are sent, and where to go on if there may be more.
async fn batch(
    app: &App,
    id: &AgentId,
    after: Option<Position>,
    format: FeedbackFormat,
) -> Result<(Vec<u8>, Option<Position>)> {
    let mut read = app.store.read().await?;
    let ratings = feedback::list(&mut read, id, after.as_ref(), BATCH).await?;
    drop(read);
    let is_full = u32::try_from(ratings.len()) == Ok(BATCH);
    let place = |last: &Feedback| Position::of(last.created_at, last.id.as_str());
    let place = ratings.last().filter(|_| is_full).map(place);
    let lines = match format {
        FeedbackFormat::Jsonl => jsonl_lines(&ratings).map_err(|error| unwritable(&error))?,
        FeedbackFormat::Csv => csv_lines(&ratings).map_err(|error| unwritable(&error))?,
    };
    Ok((lines, place))
}

/// Writing into memory does not fail; if it does all the same, it is said.
fn unwritable(error: &dyn std::error::Error) -> Error {
    tracing::error!(%error, "a rating could not be written out");
    Error::new(
        ErrorCode::Internal,
        "A rating could not be written out; the proxy's log says why.",
    )
}
