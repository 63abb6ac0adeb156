//! `GET /api/audit/verify` and `/head`: is the ledger what was written?

use crate::error::{Error, Result};
use crate::http::App;
use crate::http::cursor::Query;
use crate::http::extract::{Caller, Params};
use crate::store::{ledger, now};
use axum::Json;
use axum::extract::State;
use review_api::{AuditHead, AuditVerification, BadLine, ErrorCode, Timestamp};
use review_core::chain::{Checkpoint, Link};
use serde::Deserialize;
use utoipa::IntoParams;

/// Lines verified by one request, about; then the answer has a cursor.
const MOST: u64 = 50_000;

/// Shows the ledger's last line, to be kept elsewhere.
#[utoipa::path(get, path = "/api/audit/head", tag = "audit",
    responses((status = 200, body = AuditHead)))]
pub(in crate::http) async fn head(State(app): State<App>) -> Result<Json<AuditHead>> {
    let mut read = app.store.read().await?;
    let head = ledger::head(&mut read).await?;
    Ok(Json(AuditHead {
        seq: head.seq,
        hash: head.hash.to_string(),
        read_at: now(),
        public_key: app.checkpointer.public_key().to_string(),
    }))
}

/// Where to begin, and what else to hold the ledger against.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct Wanted {
    /// `next_cursor` of the part before.
    cursor: Option<String>,
    /// Number of a line that was seen as the last one, from `/api/audit/head`.
    seen_seq: Option<u64>,
    /// Its hash.
    seen_hash: Option<String>,
    /// When it was read.
    #[param(value_type = Option<String>, format = DateTime)]
    seen_at: Option<Timestamp>,
}

/// Verifies the ledger, or as much of it as one request may take.
///
/// It is held against its own chain, against the signed checkpoints beside the database, and against a
/// head that was seen before, if the asker names one.
#[utoipa::path(get, path = "/api/audit/verify", tag = "audit", params(Wanted),
    responses((status = 200, body = AuditVerification)))]
pub(in crate::http) async fn verify(
    State(app): State<App>,
    Caller(user): Caller,
    Params(wanted): Params<Wanted>,
) -> Result<Json<AuditVerification>> {
    review_core::rules::may_verify_audit(&user)?;
    let seen = seen(&wanted)?;
    let query = Query::of("/api/audit/verify", (wanted.seen_seq, &wanted.seen_hash));
    let from = match query.place::<(u64, String)>(wanted.cursor.as_deref())? {
        None => Link::START,
        Some((seq, hash)) => Link {
            seq,
            hash: hash.parse().map_err(|_| bad_cursor())?,
        },
    };
    let (checkpoints, verified) = app.checkpointer.verify(from, seen, MOST).await?;
    let last = verified.last;
    if let Some(finding) = &verified.finding {
        tracing::error!(%finding, "the ledger is not as it was written");
    }
    Ok(Json(AuditVerification {
        good_to: last.seq,
        bad: verified.finding.map(|finding| BadLine {
            seq: finding.seq(),
            sentence: finding.to_string(),
        }),
        checkpoints,
        next_cursor: verified
            .goes_on
            .then(|| query.cursor((last.seq, last.hash.to_string()))),
    }))
}

fn seen(wanted: &Wanted) -> Result<Option<Checkpoint>> {
    match (wanted.seen_seq, &wanted.seen_hash, wanted.seen_at) {
        (None, None, None) => Ok(None),
        (Some(seq), Some(hash), Some(at)) => {
            let hash = hash
                .parse()
                .map_err(|_| Error::field("seen_hash", "A hash is 64 lower-case hex digits."))?;
            Ok(Some(Checkpoint { seq, hash, at }))
        }
        _ => Err(Error::field(
            "seen_seq",
            "seen_seq, seen_hash and seen_at go together.",
        )),
    }
}

fn bad_cursor() -> Error {
    Error::new(
        ErrorCode::BadCursor,
        "This place of the ledger cannot be found. Verify it again from the first line.",
    )
}
