//! Attempts to apply a change: intents, written before anything is sent.

use super::{Conn, StoreResult, count, maybe_time, micros, time};
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
    /// The process at work on it; nothing where that is known to be over.
    pub holder: Option<String>,
    /// Until when others leave it alone.
    pub lease_until: Option<Timestamp>,
}

/// Writes an intent down; taken (see [`super::StoreError::is_taken`]) while another of the agent is open.
///
/// # Errors
/// If the database cannot be written.
pub async fn begin(conn: &mut Conn, attempt: &Attempt) -> StoreResult<()> {
    sqlx::query(
        "INSERT INTO apply_attempts (id, change_id, agent_id, expected_version, target_sha256,
            digest, started_by, started_at, holder, lease_until)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(&attempt.id)
    .bind(attempt.change_id.as_str())
    .bind(attempt.agent_id.as_str())
    .bind(i64::from(attempt.expected_version))
    .bind(&attempt.target_sha256)
    .bind(&attempt.digest)
    .bind(attempt.started_by.as_str())
    .bind(micros(attempt.started_at))
    .bind(attempt.holder.as_deref())
    .bind(attempt.lease_until.map(micros))
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

/// Lets an open intent be `holder`'s until `until`; says `false` if it is over or somebody else's.
///
/// # Errors
/// If the database cannot be written.
pub async fn renew(conn: &mut Conn, id: &str, holder: &str, until: Timestamp) -> StoreResult<bool> {
    let done = sqlx::query(
        "UPDATE apply_attempts SET lease_until = $3
         WHERE id = $1 AND holder = $2 AND ended_at IS NULL",
    )
    .bind(id)
    .bind(holder)
    .bind(micros(until))
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Takes every open intent from its holder: no other process is at work on this database.
///
/// # Errors
/// If the database cannot be written.
pub async fn release_all(conn: &mut Conn) -> StoreResult<()> {
    sqlx::query(
        "UPDATE apply_attempts SET holder = NULL, lease_until = NULL WHERE ended_at IS NULL",
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Says whether an intent of this agent is open.
///
/// # Errors
/// If the database cannot be read.
pub async fn is_open(conn: &mut Conn, agent_id: &AgentId) -> StoreResult<bool> {
    let (open,): (i64,) = sqlx::query_as(
        "SELECT COUNT(*) FROM apply_attempts WHERE agent_id = $1 AND ended_at IS NULL",
    )
    .bind(agent_id.as_str())
    .fetch_one(conn)
    .await?;
    Ok(open > 0)
}

/// Returns the attempt that was given up as not arrived and would have made just this version of an agent:
/// its request may have been delivered late.
///
/// # Errors
/// If the database cannot be read.
pub async fn that_would_have_made(
    conn: &mut Conn,
    agent_id: &AgentId,
    version: u32,
    sha256: &str,
) -> StoreResult<Option<String>> {
    let row: Option<(String,)> = sqlx::query_as(
        "SELECT id FROM apply_attempts
         WHERE agent_id = $1 AND expected_version = $2 AND target_sha256 = $3
           AND ended_at IS NOT NULL AND outcome <> 'applied'
         ORDER BY started_at DESC, id DESC LIMIT 1",
    )
    .bind(agent_id.as_str())
    .bind(i64::from(version) - 1)
    .bind(sha256)
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|(id,)| id))
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    change_id: String,
    agent_id: String,
    expected_version: i64,
    target_sha256: String,
    digest: String,
    started_by: String,
    started_at: i64,
    holder: Option<String>,
    lease_until: Option<i64>,
}

/// Lists intents whose outcome is not known.
///
/// # Errors
/// If the database cannot be read.
pub async fn open(conn: &mut Conn) -> StoreResult<Vec<Attempt>> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT id, change_id, agent_id, expected_version, target_sha256, digest, started_by,
            started_at, holder, lease_until
         FROM apply_attempts WHERE ended_at IS NULL ORDER BY started_at, id",
    )
    .fetch_all(conn)
    .await?;
    let read = |row: Row| {
        Ok(Attempt {
            id: row.id,
            change_id: row.change_id.into(),
            agent_id: row.agent_id.into(),
            expected_version: count(row.expected_version)?,
            target_sha256: row.target_sha256,
            digest: row.digest,
            started_by: row.started_by.into(),
            started_at: time(row.started_at)?,
            holder: row.holder,
            lease_until: maybe_time(row.lease_until)?,
        })
    };
    rows.into_iter().map(read).collect()
}
