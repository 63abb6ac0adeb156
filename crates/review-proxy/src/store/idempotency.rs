//! Answers given to writes that carried an `Idempotency-Key`.

use super::{Conn, StoreResult, count, micros};
use jiff::Timestamp;
use review_api::UserName;

/// An answer, as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedAnswer {
    /// Its status.
    pub status: u16,
    /// Its `ETag`.
    pub etag: Option<String>,
    /// Its `Location`.
    pub location: Option<String>,
    /// Its JSON body.
    pub body: String,
}

/// What is known of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KnownKey {
    /// It came with another request.
    OtherRequest,
    /// The first request with it is at work.
    AtWork,
    /// It was answered.
    Answered(SavedAnswer),
}

/// Request, status, `ETag`, `Location` and body.
type Row = (
    String,
    Option<i64>,
    Option<String>,
    Option<String>,
    Option<String>,
);

/// Takes a key for a request, or says what is known of it.
///
/// # Errors
/// If the database cannot be written.
pub async fn take(
    conn: &mut Conn,
    user: &UserName,
    key: &str,
    request_sha256: &str,
    at: Timestamp,
) -> StoreResult<Option<KnownKey>> {
    let taken = sqlx::query(
        "INSERT INTO idempotency_keys (user_name, key, request_sha256, created_at)
         VALUES ($1, $2, $3, $4) ON CONFLICT (user_name, key) DO NOTHING",
    )
    .bind(user.as_str())
    .bind(key)
    .bind(request_sha256)
    .bind(micros(at))
    .execute(&mut *conn)
    .await?;
    if taken.rows_affected() == 1 {
        return Ok(None);
    }
    let (known_sha256, status, etag, location, body): Row = sqlx::query_as(
        "SELECT request_sha256, status, etag, location, body FROM idempotency_keys
         WHERE user_name = $1 AND key = $2",
    )
    .bind(user.as_str())
    .bind(key)
    .fetch_one(conn)
    .await?;
    if known_sha256 != request_sha256 {
        return Ok(Some(KnownKey::OtherRequest));
    }
    let Some(status) = status else {
        return Ok(Some(KnownKey::AtWork));
    };
    Ok(Some(KnownKey::Answered(SavedAnswer {
        status: count(status)?,
        etag,
        location,
        body: body.unwrap_or_default(),
    })))
}

/// Keeps the answer to the request that took a key, unless it was given up meanwhile: a key has one answer.
///
/// # Errors
/// If the database cannot be written.
pub async fn answer(
    conn: &mut Conn,
    user: &UserName,
    key: &str,
    answer: &SavedAnswer,
) -> StoreResult<()> {
    sqlx::query(
        "UPDATE idempotency_keys SET status = $3, etag = $4, location = $5, body = $6
         WHERE user_name = $1 AND key = $2 AND status IS NULL",
    )
    .bind(user.as_str())
    .bind(key)
    .bind(i64::from(answer.status))
    .bind(answer.etag.as_deref())
    .bind(answer.location.as_deref())
    .bind(&answer.body)
    .execute(conn)
    .await?;
    Ok(())
}

/// Gives a key back, after a request that changed nothing and may be tried again.
///
/// # Errors
/// If the database cannot be written.
pub async fn release(conn: &mut Conn, user: &UserName, key: &str) -> StoreResult<()> {
    sqlx::query(
        "DELETE FROM idempotency_keys WHERE user_name = $1 AND key = $2 AND status IS NULL",
    )
    .bind(user.as_str())
    .bind(key)
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets keys that are older than `before`.
///
/// # Errors
/// If the database cannot be written.
pub async fn forget(conn: &mut Conn, before: Timestamp) -> StoreResult<()> {
    sqlx::query("DELETE FROM idempotency_keys WHERE created_at < $1")
        .bind(micros(before))
        .execute(conn)
        .await?;
    Ok(())
}

/// Notes that the request that took a key is at work at this time.
///
/// # Errors
/// If the database cannot be written.
pub async fn touch(conn: &mut Conn, user: &UserName, key: &str, at: Timestamp) -> StoreResult<()> {
    sqlx::query(
        "UPDATE idempotency_keys SET created_at = $3
         WHERE user_name = $1 AND key = $2 AND status IS NULL",
    )
    .bind(user.as_str())
    .bind(key)
    .bind(micros(at))
    .execute(conn)
    .await?;
    Ok(())
}

/// Gives one answer to every request that was not heard of since `before`.
///
/// # Errors
/// If the database cannot be written.
pub async fn give_up(conn: &mut Conn, before: Timestamp, answer: &SavedAnswer) -> StoreResult<()> {
    sqlx::query(
        "UPDATE idempotency_keys SET status = $1, body = $2
         WHERE status IS NULL AND created_at <= $3",
    )
    .bind(i64::from(answer.status))
    .bind(&answer.body)
    .bind(micros(before))
    .execute(conn)
    .await?;
    Ok(())
}
