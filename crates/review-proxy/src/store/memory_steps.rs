//! The steps of memory changes, and which of them the platform has taken.

use super::{Conn, StoreResult, from_json, json, maybe_time, micros};
use jiff::Timestamp;
use review_api::{Change, ChangeId, MemoryId, MemoryStep, MemoryStoreId};

/// Keeps the steps of a change that was just staged, or staged anew.
///
/// # Errors
/// If the database cannot be written.
pub async fn insert(conn: &mut Conn, id: &ChangeId, steps: &[MemoryStep]) -> StoreResult<()> {
    for (step, position) in steps.iter().zip(1_i64..) {
        sqlx::query(
            "INSERT INTO memory_steps (change_id, position, operation, memory_id, done_at)
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(id.as_str())
        .bind(position)
        .bind(json(&step.operation))
        .bind(step.memory_id.as_ref().map(MemoryId::as_str))
        .bind(step.done_at.map(micros))
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// Lists the steps of a change, in the order in which they are taken.
///
/// # Errors
/// If the database cannot be read.
pub async fn list(conn: &mut Conn, id: &ChangeId) -> StoreResult<Vec<MemoryStep>> {
    let rows: Vec<(String, Option<String>, Option<i64>)> = sqlx::query_as(
        "SELECT operation, memory_id, done_at FROM memory_steps WHERE change_id = $1
         ORDER BY position",
    )
    .bind(id.as_str())
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|(operation, memory_id, done_at)| {
            Ok(MemoryStep {
                operation: from_json(&operation)?,
                done_at: maybe_time(done_at)?,
                memory_id: memory_id.map(MemoryId),
            })
        })
        .collect()
}

/// Notes that a step, counted from 0, is done; says `false` if that was noted before.
///
/// The change counts up, so that whoever looks at it sees how far it came.
///
/// # Errors
/// If the database cannot be written.
pub async fn take(
    conn: &mut Conn,
    id: &ChangeId,
    step: usize,
    memory_id: &MemoryId,
    at: Timestamp,
) -> StoreResult<bool> {
    let position = i64::try_from(step).map_or(i64::MAX, |step| step.saturating_add(1));
    let done = sqlx::query(
        "UPDATE memory_steps SET memory_id = $3, done_at = $4
         WHERE change_id = $1 AND position = $2 AND done_at IS NULL",
    )
    .bind(id.as_str())
    .bind(position)
    .bind(memory_id.as_str())
    .bind(micros(at))
    .execute(&mut *conn)
    .await?;
    sqlx::query("UPDATE changes SET updated_at = $2, revision = revision + 1 WHERE id = $1")
        .bind(id.as_str())
        .bind(micros(at))
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Gives a change another manifest with its texts and steps; what follows from them is written by
/// [`super::changes::rewrite`].
///
/// # Errors
/// If the database cannot be written.
pub async fn replace(conn: &mut Conn, change: &Change) -> StoreResult<()> {
    let Some(memory) = &change.memory else {
        return Ok(());
    };
    let id = &change.summary.id;
    sqlx::query(
        "UPDATE changes SET memory_manifest = $2, memory_store_name = $3, memory_before = $4
         WHERE id = $1",
    )
    .bind(id.as_str())
    .bind(json(&memory.manifest))
    .bind(&memory.store_name)
    .bind(json(&memory.before))
    .execute(&mut *conn)
    .await?;
    sqlx::query("DELETE FROM memory_steps WHERE change_id = $1")
        .bind(id.as_str())
        .execute(&mut *conn)
        .await?;
    insert(conn, id, &memory.steps).await
}

/// A memory change that waits, and the store that it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Which change.
    pub change_id: ChangeId,
    /// Its memory store.
    pub store_id: MemoryStoreId,
}

/// Lists memory changes that wait (staged or approved), at most 500, oldest first.
///
/// # Errors
/// If the database cannot be read.
pub async fn waiting(conn: &mut Conn) -> StoreResult<Vec<Waiting>> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "SELECT id, memory_manifest FROM changes
         WHERE target = 'memory' AND state IN ('staged', 'approved') AND memory_manifest IS NOT NULL
         ORDER BY staged_at, id LIMIT 500",
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|(id, manifest)| {
            /// What is needed of a manifest.
            #[derive(serde::Deserialize)]
            struct Store {
                store_id: MemoryStoreId,
            }
            let Store { store_id } = from_json(&manifest)?;
            Ok(Waiting {
                change_id: ChangeId(id),
                store_id,
            })
        })
        .collect()
}

/// Outcome of an attempt that was given up though something of it could still have been on its way.
pub const STOPPED: &str = "stopped";

/// Says whether an attempt to apply exactly this was [`STOPPED`]: a manifest with this digest, under whatever
/// policy.
///
/// # Errors
/// If the database cannot be read.
pub async fn was_stopped(conn: &mut Conn, id: &ChangeId, memory_digest: &str) -> StoreResult<bool> {
    let row: Option<(i64,)> = sqlx::query_as(
        "SELECT 1 FROM apply_attempts WHERE change_id = $1 AND target_sha256 = $2 AND outcome = $3 LIMIT 1",
    )
    .bind(id.as_str())
    .bind(memory_digest)
    .bind(STOPPED)
    .fetch_optional(conn)
    .await?;
    Ok(row.is_some())
}

/// Says whether an attempt is still open: whoever finds it closed sends nothing more.
///
/// # Errors
/// If the database cannot be read.
pub async fn is_open(conn: &mut Conn, attempt_id: &str) -> StoreResult<bool> {
    let row: Option<(i64,)> =
        sqlx::query_as("SELECT 1 FROM apply_attempts WHERE id = $1 AND ended_at IS NULL")
            .bind(attempt_id)
            .fetch_optional(conn)
            .await?;
    Ok(row.is_some())
}

#[cfg(test)]
mod tests;
