//! Prompts that were changed on the platform by someone else, until somebody has looked.

use super::{Conn, StoreResult, count, micros, time};
use review_api::{AgentId, Drift};

/// Returns what nobody has looked at yet, of one agent.
///
/// # Errors
/// If the database cannot be read.
pub async fn get(conn: &mut Conn, id: &AgentId) -> StoreResult<Option<Drift>> {
    let row: Option<(i64, i64, i64, Option<String>)> = sqlx::query_as(
        "SELECT from_version, to_version, found_at, attempt_id FROM drifts WHERE agent_id = $1",
    )
    .bind(id.as_str())
    .fetch_optional(conn)
    .await?;
    row.map(|(from, to, at, attempt_id)| {
        Ok(Drift {
            from_version: count(from)?,
            to_version: count(to)?,
            found_at: time(at)?,
            attempt_id,
        })
    })
    .transpose()
}

/// Keeps a drift; one that nobody has looked at yet grows to the newer version.
///
/// # Errors
/// If the database cannot be written.
pub async fn keep(conn: &mut Conn, id: &AgentId, drift: &Drift) -> StoreResult<()> {
    sqlx::query(
        "INSERT INTO drifts (agent_id, from_version, to_version, found_at, attempt_id)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (agent_id) DO UPDATE SET to_version = excluded.to_version,
            attempt_id = COALESCE(excluded.attempt_id, drifts.attempt_id)",
    )
    .bind(id.as_str())
    .bind(i64::from(drift.from_version))
    .bind(i64::from(drift.to_version))
    .bind(micros(drift.found_at))
    .bind(drift.attempt_id.as_deref())
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets a drift that somebody has looked at.
///
/// # Errors
/// If the database cannot be written.
pub async fn forget(conn: &mut Conn, id: &AgentId) -> StoreResult<()> {
    sqlx::query("DELETE FROM drifts WHERE agent_id = $1")
        .bind(id.as_str())
        .execute(conn)
        .await?;
    Ok(())
}
