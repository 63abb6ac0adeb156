//! Ids of the platform's webhook events, so that a second copy does nothing.

use super::{Conn, StoreResult, micros};
use jiff::Timestamp;

/// Keeps an event's id; says `false` if it was there.
///
/// # Errors
/// If the database cannot be written.
pub async fn insert(
    conn: &mut Conn,
    id: &str,
    event: &str,
    object_id: &str,
    at: Timestamp,
) -> StoreResult<bool> {
    let done = sqlx::query(
        "INSERT INTO platform_hints (id, event, object_id, received_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (id) DO NOTHING",
    )
    .bind(id)
    .bind(event)
    .bind(object_id)
    .bind(micros(at))
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Forgets the events that came before `before`.
///
/// # Errors
/// If the database cannot be written.
pub async fn forget(conn: &mut Conn, before: Timestamp) -> StoreResult<()> {
    sqlx::query("DELETE FROM platform_hints WHERE received_at < $1")
        .bind(micros(before))
        .execute(conn)
        .await?;
    Ok(())
}
