//! Applications without approvals.

use crate::store::{Conn, StoreResult, micros};
use review_api::{ChangeId, GlassBroken, GlassReview};

/// Notes how a change is applied without its approvals; `None` takes that back where it was not applied.
///
/// # Errors
/// If the database cannot be written.
pub async fn set_glass(
    conn: &mut Conn,
    id: &ChangeId,
    glass: Option<&GlassBroken>,
) -> StoreResult<()> {
    sqlx::query("UPDATE changes SET glass_by = $2, glass_at = $3, glass_reason = $4 WHERE id = $1")
        .bind(id.as_str())
        .bind(glass.map(|glass| glass.by.as_str()))
        .bind(glass.map(|glass| micros(glass.at)))
        .bind(glass.map(|glass| glass.reason.as_str()))
        .execute(conn)
        .await?;
    Ok(())
}

/// Keeps what somebody found who looked at it afterwards.
///
/// # Errors
/// If the database cannot be written.
pub async fn review_glass(conn: &mut Conn, id: &ChangeId, review: &GlassReview) -> StoreResult<()> {
    sqlx::query(
        "UPDATE changes SET glass_reviewed_by = $2, glass_reviewed_at = $3, glass_comment = $4,
            updated_at = $3, revision = revision + 1 WHERE id = $1",
    )
    .bind(id.as_str())
    .bind(review.by.as_str())
    .bind(micros(review.at))
    .bind(&review.comment)
    .execute(conn)
    .await?;
    Ok(())
}
