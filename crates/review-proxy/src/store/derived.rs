//! Which dreams still have to be looked at for what they did to their memory store.

use super::{Conn, StoreResult, maybe_time, micros, time};
use crate::dreaming::derive::Ended;
use jiff::Timestamp;
use review_api::{AgentId, DreamId};

/// Lists dreams that completed and whose memory changes were not derived yet, newest first.
///
/// Only the newest over a store counts: what an older one proposed, the next one has read.
///
/// # Errors
/// If the database cannot be read.
pub async fn underived(conn: &mut Conn, limit: u32) -> StoreResult<Vec<Ended>> {
    type Row = (String, String, String, String, i64, Option<i64>);
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT id, agent_id, input_store_id, output_store_id, created_at, ended_at FROM dreams d
         WHERE status = 'completed' AND derived_at IS NULL AND agent_id IS NOT NULL
           AND input_store_id IS NOT NULL AND output_store_id IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM dreams later
              WHERE later.input_store_id = d.input_store_id AND later.status = 'completed'
                AND later.created_at > d.created_at)
         ORDER BY created_at DESC, id LIMIT $1",
    )
    .bind(i64::from(limit))
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(
            |(id, agent_id, input_store, output_store, created_at, ended_at)| {
                Ok(Ended {
                    id: DreamId(id),
                    agent_id: AgentId(agent_id),
                    input_store,
                    output_store,
                    created_at: time(created_at)?,
                    ended_at: maybe_time(ended_at)?,
                })
            },
        )
        .collect()
}

/// Lists dreams that ended without completing and that nobody has looked at, newest first.
///
/// # Errors
/// If the database cannot be read.
pub async fn failed(conn: &mut Conn, limit: u32) -> StoreResult<Vec<(DreamId, AgentId)>> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "SELECT id, agent_id FROM dreams
         WHERE status IN ('failed', 'canceled') AND derived_at IS NULL AND agent_id IS NOT NULL
         ORDER BY created_at DESC, id LIMIT $1",
    )
    .bind(i64::from(limit))
    .fetch_all(conn)
    .await?;
    let read = |(id, agent_id)| (DreamId(id), AgentId(agent_id));
    Ok(rows.into_iter().map(read).collect())
}

/// Leaves the dreams that have ended by now as history, from which nothing is derived: they are older than this
/// database, and nobody knows here what became of the stores that they wrote.
///
/// # Errors
/// If the database cannot be written.
pub async fn set_history(conn: &mut Conn, at: Timestamp) -> StoreResult<()> {
    sqlx::query(
        "UPDATE dreams SET derived_at = $1 WHERE derived_at IS NULL AND ended_at IS NOT NULL",
    )
    .bind(micros(at))
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that a dream's memory changes were derived; says `false` if that was done before.
///
/// # Errors
/// If the database cannot be written.
pub async fn set_derived(conn: &mut Conn, id: &DreamId, at: Timestamp) -> StoreResult<bool> {
    let done =
        sqlx::query("UPDATE dreams SET derived_at = $2 WHERE id = $1 AND derived_at IS NULL")
            .bind(id.as_str())
            .bind(micros(at))
            .execute(conn)
            .await?;
    Ok(done.rows_affected() == 1)
}
