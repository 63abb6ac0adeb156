//! Changes that wait, and what time or the platform did to them meanwhile.

use crate::store::{Conn, StoreResult, count};
use review_api::{AgentId, ChangeId};

fn ids(rows: Vec<(String,)>) -> Vec<ChangeId> {
    rows.into_iter().map(|(id,)| ChangeId(id)).collect()
}

/// Lists every change that waits (staged or approved).
///
/// # Errors
/// If the database cannot be read.
pub async fn waiting(conn: &mut Conn) -> StoreResult<Vec<ChangeId>> {
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT id FROM changes WHERE state IN ('staged', 'approved') ORDER BY staged_at, id",
    )
    .fetch_all(conn)
    .await?;
    Ok(ids(rows))
}

/// Lists approved changes whose approvals may lapse.
///
/// # Errors
/// If the database cannot be read.
pub async fn lapsing(conn: &mut Conn) -> StoreResult<Vec<ChangeId>> {
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT id FROM changes WHERE state = 'approved' AND approvals_lapse_after_hours IS NOT NULL
         ORDER BY staged_at, id",
    )
    .fetch_all(conn)
    .await?;
    Ok(ids(rows))
}

/// Lists the waiting changes (staged or approved) of one agent.
///
/// # Errors
/// If the database cannot be read.
pub async fn waiting_of(conn: &mut Conn, agent_id: &AgentId) -> StoreResult<Vec<ChangeId>> {
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT id FROM changes WHERE agent_id = $1 AND state IN ('staged', 'approved')
         ORDER BY staged_at, id",
    )
    .bind(agent_id.as_str())
    .fetch_all(conn)
    .await?;
    Ok(ids(rows))
}

/// Lists waiting changes whose agent has another version by now, with that version.
///
/// # Errors
/// If the database cannot be read.
pub async fn outdated(conn: &mut Conn) -> StoreResult<Vec<(ChangeId, u32)>> {
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "SELECT c.id, a.version FROM changes c JOIN agents a ON a.id = c.agent_id
         WHERE c.state IN ('staged', 'approved') AND a.version > c.base_version
           AND c.target = 'prompt'
         ORDER BY c.staged_at, c.id LIMIT 100",
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|(id, version)| Ok((ChangeId(id), count(version)?)))
        .collect()
}

/// Lists the agents whose prompts changes wait on, with the version of each that is known.
///
/// # Errors
/// If the database cannot be read.
pub async fn agents_with_waiting(conn: &mut Conn) -> StoreResult<Vec<(AgentId, u32)>> {
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "SELECT a.id, a.version FROM agents a WHERE EXISTS (SELECT 1 FROM changes c
            WHERE c.agent_id = a.id AND c.target = 'prompt' AND c.state IN ('staged', 'approved'))
         ORDER BY a.id",
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|(id, version)| Ok((AgentId(id), count(version)?)))
        .collect()
}
