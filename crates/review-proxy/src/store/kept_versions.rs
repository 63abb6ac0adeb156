//! Versions that somebody keeps although they do worse than the one before: of each agent the last one.

use super::{Conn, StoreResult, count, from_json, json, micros, time};
use review_api::{AgentId, KeptVersion};

#[derive(sqlx::FromRow)]
struct Row {
    version: i64,
    kept_by: String,
    kept_at: i64,
    reason: String,
    ratings: Option<String>,
    accuracy: Option<String>,
}

/// Returns the version of an agent that somebody kept last.
///
/// # Errors
/// If the database cannot be read.
pub async fn get(conn: &mut Conn, id: &AgentId) -> StoreResult<Option<KeptVersion>> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT version, kept_by, kept_at, reason, ratings, accuracy FROM kept_versions
         WHERE agent_id = $1",
    )
    .bind(id.as_str())
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        Ok(KeptVersion {
            version: count(row.version)?,
            by: row.kept_by.into(),
            at: time(row.kept_at)?,
            reason: row.reason,
            ratings: row.ratings.as_deref().map(from_json).transpose()?,
            accuracy: row.accuracy.as_deref().map(from_json).transpose()?,
        })
    })
    .transpose()
}

/// Keeps a version, in place of the one that was kept before.
///
/// # Errors
/// If the database cannot be written.
pub async fn set(conn: &mut Conn, id: &AgentId, kept: &KeptVersion) -> StoreResult<()> {
    sqlx::query(
        "INSERT INTO kept_versions (agent_id, version, kept_by, kept_at, reason, ratings, accuracy)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (agent_id) DO UPDATE SET version = excluded.version,
            kept_by = excluded.kept_by, kept_at = excluded.kept_at, reason = excluded.reason,
            ratings = excluded.ratings, accuracy = excluded.accuracy",
    )
    .bind(id.as_str())
    .bind(i64::from(kept.version))
    .bind(kept.by.as_str())
    .bind(micros(kept.at))
    .bind(kept.reason.as_str())
    .bind(kept.ratings.as_ref().map(json))
    .bind(kept.accuracy.as_ref().map(json))
    .execute(conn)
    .await?;
    Ok(())
}
