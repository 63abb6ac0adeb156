//! Which dreams still have to be looked at for what they did to their memory store.

use super::{Conn, StoreResult, from_word, json, maybe_time, micros, time};
use crate::dreaming::derive::Ended;
use jiff::Timestamp;
use review_api::{AgentId, DreamId, DreamStatus, InPlace};

/// Lists dreams that ended and whose memory changes were not derived yet, newest first: those that completed, and
/// those that may have written into the store that they read, however they ended.
///
/// Of proposals only the newest over a store counts: what an older one proposed, the next one has read. What was
/// written in place stands there until it is taken back.
///
/// # Errors
/// If the database cannot be read.
pub async fn underived(conn: &mut Conn, limit: u32) -> StoreResult<Vec<Ended>> {
    #[derive(sqlx::FromRow)]
    struct Row {
        id: String,
        agent_id: String,
        input_store_id: String,
        output_store_id: String,
        session_id: Option<String>,
        status: String,
        created_at: i64,
        ended_at: Option<i64>,
    }
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT id, agent_id, input_store_id, output_store_id, session_id, status, created_at,
            ended_at
         FROM dreams d
         WHERE derived_at IS NULL AND agent_id IS NOT NULL
           AND input_store_id IS NOT NULL AND output_store_id IS NOT NULL
           AND ((output_store_id = input_store_id
                 AND status IN ('completed', 'failed', 'canceled'))
              OR (status = 'completed' AND NOT EXISTS (SELECT 1 FROM dreams later
                 WHERE later.input_store_id = d.input_store_id AND later.status = 'completed'
                   AND later.created_at > d.created_at)))
         ORDER BY created_at DESC, id LIMIT $1",
    )
    .bind(i64::from(limit))
    .fetch_all(conn)
    .await?;
    let read = |row: Row| {
        Ok(Ended {
            id: DreamId(row.id),
            agent_id: AgentId(row.agent_id),
            input_store: row.input_store_id,
            output_store: row.output_store_id,
            session_id: row.session_id,
            is_completed: from_word::<DreamStatus>(&row.status)? == DreamStatus::Completed,
            created_at: time(row.created_at)?,
            ended_at: maybe_time(row.ended_at)?,
        })
    };
    rows.into_iter().map(read).collect()
}

/// Lists dreams that ended without completing and that nobody has looked at, newest first; not those of
/// [`underived`].
///
/// # Errors
/// If the database cannot be read.
pub async fn failed(conn: &mut Conn, limit: u32) -> StoreResult<Vec<(DreamId, AgentId)>> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "SELECT id, agent_id FROM dreams
         WHERE status IN ('failed', 'canceled') AND derived_at IS NULL AND agent_id IS NOT NULL
           AND (input_store_id IS NULL OR output_store_id IS NULL
              OR output_store_id <> input_store_id)
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

/// Notes what a dream wrote into the store that it read.
///
/// # Errors
/// If the database cannot be written.
pub async fn set_in_place(conn: &mut Conn, id: &DreamId, in_place: &InPlace) -> StoreResult<()> {
    sqlx::query("UPDATE dreams SET in_place = $2 WHERE id = $1")
        .bind(id.as_str())
        .bind(json(in_place))
        .execute(conn)
        .await?;
    Ok(())
}
