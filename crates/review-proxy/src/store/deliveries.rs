//! Webhook deliveries: stored before they are answered, worked on after.

use super::{Conn, StoreResult, micros, time};
use jiff::Timestamp;
use review_api::DreamId;

/// A delivery that waits to be worked on.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The sender's `webhook-id`.
    pub id: String,
    /// What was sent.
    pub body: String,
    /// When it came.
    pub received_at: Timestamp,
}

/// Stores a delivery; says `false` if one with this id was stored before, and leaves that as it is.
///
/// # Errors
/// If the database cannot be written.
pub async fn insert(conn: &mut Conn, id: &str, body: &str, at: Timestamp) -> StoreResult<bool> {
    let done = sqlx::query(
        "INSERT INTO deliveries (id, body, body_sha256, status, attempts, received_at)
         VALUES ($1, $2, $3, 'stored', 0, $4) ON CONFLICT (id) DO NOTHING",
    )
    .bind(id)
    .bind(body)
    .bind(review_core::digest::sha256_hex(body))
    .bind(micros(at))
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Lists what waits, oldest first.
///
/// # Errors
/// If the database cannot be read.
pub async fn waiting(conn: &mut Conn, limit: u32) -> StoreResult<Vec<Delivery>> {
    let rows: Vec<(String, String, i64)> = sqlx::query_as(
        "SELECT id, body, received_at FROM deliveries WHERE status = 'stored'
         ORDER BY received_at, id LIMIT $1",
    )
    .bind(i64::from(limit))
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|(id, body, at)| {
            Ok(Delivery {
                id,
                body,
                received_at: time(at)?,
            })
        })
        .collect()
}

/// Notes that a delivery was worked on and what report it made.
///
/// # Errors
/// If the database cannot be written.
pub async fn done(conn: &mut Conn, id: &str, dream_id: &DreamId, at: Timestamp) -> StoreResult<()> {
    sqlx::query(
        "UPDATE deliveries SET status = 'done', attempts = attempts + 1, problem = NULL,
            dream_id = $2, processed_at = $3 WHERE id = $1",
    )
    .bind(id)
    .bind(dream_id.as_str())
    .bind(micros(at))
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that a delivery could not be worked on: `for_good`, or to be tried again.
///
/// # Errors
/// If the database cannot be written.
pub async fn failed(
    conn: &mut Conn,
    id: &str,
    problem: &str,
    for_good: bool,
    at: Timestamp,
) -> StoreResult<()> {
    sqlx::query(
        "UPDATE deliveries SET status = $2, attempts = attempts + 1, problem = $3,
            processed_at = $4 WHERE id = $1",
    )
    .bind(id)
    .bind(if for_good { "failed" } else { "stored" })
    .bind(problem)
    .bind(micros(at))
    .execute(conn)
    .await?;
    Ok(())
}
