//! Interactions that were still going on when they were last read.

use super::{Conn, StoreResult};
use review_api::InteractionId;

/// Lists interactions that may have moved on since, the newest first.
///
/// # Errors
/// If the database cannot be read.
pub async fn list(conn: &mut Conn, limit: u32) -> StoreResult<Vec<InteractionId>> {
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT id FROM interactions WHERE status IN ('running', 'rescheduling')
         ORDER BY created_at DESC, id DESC LIMIT $1",
    )
    .bind(i64::from(limit))
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|(id,)| InteractionId(id)).collect())
}
