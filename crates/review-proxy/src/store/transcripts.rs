//! Which transcripts were read, and the ratings that were found in them.

use super::{Conn, StoreResult, micros};
use jiff::Timestamp;
use review_api::{AgentId, FeedbackId, InteractionId};

/// An interaction whose transcript has something that was not read yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// Which interaction.
    pub id: InteractionId,
    /// The agent that had it.
    pub agent_id: AgentId,
    /// What it was about.
    pub title: String,
    /// When it last moved, as the store counts time: what is read now is read up to here.
    pub to: i64,
}

/// Lists interactions at rest whose transcripts are to be read, the newest first.
///
/// # Errors
/// If the database cannot be read.
pub async fn unread(conn: &mut Conn, limit: u32) -> StoreResult<Vec<Unread>> {
    let rows: Vec<(String, String, String, i64)> = sqlx::query_as(
        "SELECT id, agent_id, title, COALESCE(changed_at, created_at) FROM interactions
         WHERE status IN ('idle', 'terminated')
           AND (transcript_read_to IS NULL
                OR transcript_read_to < COALESCE(changed_at, created_at))
         ORDER BY created_at DESC, id DESC LIMIT $1",
    )
    .bind(i64::from(limit))
    .fetch_all(conn)
    .await?;
    let read = |(id, agent_id, title, to): (String, String, String, i64)| Unread {
        id: id.into(),
        agent_id: agent_id.into(),
        title,
        to,
    };
    Ok(rows.into_iter().map(read).collect())
}

/// Notes that a transcript was read, and how many errors are in it; nothing where it is gone.
///
/// # Errors
/// If the database cannot be written.
pub async fn keep_read(conn: &mut Conn, read: &Unread, errors: Option<u64>) -> StoreResult<()> {
    sqlx::query(
        "UPDATE interactions SET transcript_read_to = $2, errors = $3
         WHERE id = $1 AND (transcript_read_to IS NULL OR transcript_read_to <= $2)",
    )
    .bind(read.id.as_str())
    .bind(read.to)
    .bind(errors.map(super::signed))
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes a line for one's own; says whether nobody did before. It stays taken when its rating is withdrawn.
///
/// # Errors
/// If the database cannot be written.
pub async fn take(
    conn: &mut Conn,
    interaction_id: &InteractionId,
    line: &str,
    feedback_id: &FeedbackId,
    at: Timestamp,
) -> StoreResult<bool> {
    let taken = sqlx::query(
        "INSERT INTO logged_ratings (interaction_id, event_id, feedback_id, read_at)
         VALUES ($1, $2, $3, $4) ON CONFLICT (interaction_id, event_id) DO NOTHING",
    )
    .bind(interaction_id.as_str())
    .bind(line)
    .bind(feedback_id.as_str())
    .bind(micros(at))
    .execute(conn)
    .await?;
    Ok(taken.rows_affected() == 1)
}
