//! Attempts to apply a change: intents, written before anything is sent.

use super::{Conn, StoreResult, count, micros, time};
use jiff::Timestamp;
use review_api::{AgentId, ChangeId, UserName};

/// An intent to apply a change, and how far it came.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// Which attempt.
    pub id: String,
    /// The change.
    pub change_id: ChangeId,
    /// The agent to change.
    pub agent_id: AgentId,
    /// Version that the agent must have.
    pub expected_version: u32,
    /// SHA-256 of the prompt sent.
    pub target_sha256: String,
    /// The digest that was approved.
    pub digest: String,
    /// Who applies.
    pub started_by: UserName,
    /// When it began.
    pub started_at: Timestamp,
}

/// Writes an intent down; taken (see [`super::StoreError::is_taken`]) while another of the agent is open.
///
/// # Errors
/// If the database cannot be written.
pub async fn begin(conn: &mut Conn, attempt: &Attempt) -> StoreResult<()> {
    sqlx::query(
        "INSERT INTO apply_attempts (id, change_id, agent_id, expected_version, target_sha256,
            digest, started_by, started_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(&attempt.id)
    .bind(attempt.change_id.as_str())
    .bind(attempt.agent_id.as_str())
    .bind(i64::from(attempt.expected_version))
    .bind(&attempt.target_sha256)
    .bind(&attempt.digest)
    .bind(attempt.started_by.as_str())
    .bind(micros(attempt.started_at))
    .execute(conn)
    .await?;
    Ok(())
}

/// Closes an intent with its outcome; says `false` if someone else closed it before.
///
/// # Errors
/// If the database cannot be written.
pub async fn end(conn: &mut Conn, id: &str, outcome: &str, at: Timestamp) -> StoreResult<bool> {
    let done = sqlx::query(
        "UPDATE apply_attempts SET outcome = $2, ended_at = $3 WHERE id = $1 AND ended_at IS NULL",
    )
    .bind(id)
    .bind(outcome)
    .bind(micros(at))
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Lists intents whose outcome is not known.
///
/// # Errors
/// If the database cannot be read.
pub async fn open(conn: &mut Conn) -> StoreResult<Vec<Attempt>> {
    type Row = (String, String, String, i64, String, String, String, i64);
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT id, change_id, agent_id, expected_version, target_sha256, digest, started_by,
            started_at
         FROM apply_attempts WHERE ended_at IS NULL ORDER BY started_at, id",
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(
            |(id, change_id, agent_id, version, target_sha256, digest, by, at)| {
                Ok(Attempt {
                    id,
                    change_id: change_id.into(),
                    agent_id: agent_id.into(),
                    expected_version: count(version)?,
                    target_sha256,
                    digest,
                    started_by: by.into(),
                    started_at: time(at)?,
                })
            },
        )
        .collect()
}
