//! Deliveries that go out: kept before they are tried, taken by one process at a time, and kept after.

mod lists;
mod reported;

pub use lists::{get, list, tried, waiting};
pub use reported::{Proposed, Reported, reported};

use super::{Conn, StoreResult, count, micros, time, word};
use jiff::{SignedDuration, Timestamp};
use review_api::{AgentId, DeliveryAttempt, DeliveryId, DeliveryState, DreamId};

/// Why nothing is known of an attempt: what its row says until somebody knows better.
const UNHEARD: &str = "Nothing was heard of this attempt: the proxy ended while it was at work.";

/// A delivery to keep.
#[derive(Debug, Clone, Copy)]
pub struct NewDelivery<'a> {
    /// Its `webhook-id`.
    pub id: &'a DeliveryId,
    /// The agent whose webhook it goes to.
    pub agent_id: &'a AgentId,
    /// The `type` of the body.
    pub event: &'a str,
    /// The dream that is reported.
    pub dream_id: Option<&'a DreamId>,
    /// The body.
    pub body: &'a str,
    /// When there was something to post.
    pub at: Timestamp,
}

/// Keeps a delivery, to be tried at once.
///
/// # Errors
/// If the database cannot be written.
pub async fn insert(conn: &mut Conn, new: NewDelivery<'_>) -> StoreResult<()> {
    sqlx::query(
        "INSERT INTO outgoing (id, agent_id, event, dream_id, body, state, attempts, tries,
            created_at, next_attempt_at, revision)
         VALUES ($1, $2, $3, $4, $5, $6, 0, 0, $7, $7, 1)",
    )
    .bind(new.id.as_str())
    .bind(new.agent_id.as_str())
    .bind(new.event)
    .bind(new.dream_id.map(DreamId::as_str))
    .bind(new.body)
    .bind(word(DeliveryState::Waiting))
    .bind(micros(new.at))
    .execute(conn)
    .await?;
    Ok(())
}

/// A delivery that is due, with the address that its agent has now.
#[derive(Debug, Clone)]
pub struct Due {
    /// Which delivery.
    pub id: DeliveryId,
    /// Whose.
    pub agent_id: AgentId,
    /// The `type` of the body.
    pub event: String,
    /// The dream that is reported.
    pub dream_id: Option<DreamId>,
    /// The body.
    pub body: String,
    /// Where the agent wants it; nothing where it wants nothing any more.
    pub url: Option<String>,
    /// Attempts before this one.
    pub attempts: u32,
    /// Those of them since somebody asked for it last.
    pub tries: u32,
}

#[derive(sqlx::FromRow)]
struct DueRow {
    id: String,
    agent_id: String,
    event: String,
    dream_id: Option<String>,
    body: String,
    feedback_webhook: Option<String>,
    attempts: i64,
    tries: i64,
}

/// Lists what is due as of `now` and nobody is at work on, oldest first: what this key can sign, and what has no
/// secret yet.
///
/// # Errors
/// If the database cannot be read.
pub async fn due(
    conn: &mut Conn,
    key_id: &str,
    now: Timestamp,
    limit: u32,
) -> StoreResult<Vec<Due>> {
    let rows: Vec<DueRow> = sqlx::query_as(
        "SELECT o.id, o.agent_id, o.event, o.dream_id, o.body, s.feedback_webhook, o.attempts, o.tries
         FROM outgoing o LEFT JOIN agent_settings s ON s.agent_id = o.agent_id
         LEFT JOIN webhook_endpoints e ON e.agent_id = o.agent_id
         WHERE o.state = 'waiting' AND o.next_attempt_at <= $1
           AND (o.lease_until IS NULL OR o.lease_until <= $1)
           AND (e.key_id IS NULL OR e.key_id = $2)
         ORDER BY o.next_attempt_at, o.id LIMIT $3",
    )
    .bind(micros(now))
    .bind(key_id)
    .bind(i64::from(limit))
    .fetch_all(conn)
    .await?;
    let read = |row: DueRow| {
        Ok(Due {
            id: row.id.into(),
            agent_id: row.agent_id.into(),
            event: row.event,
            dream_id: row.dream_id.map(DreamId),
            body: row.body,
            url: row.feedback_webhook,
            attempts: count(row.attempts)?,
            tries: count(row.tries)?,
        })
    };
    rows.into_iter().map(read).collect()
}

/// Takes a delivery until `lease_until` and notes the attempt that begins; returns its number.
///
/// # Errors
/// If the database cannot be written.
pub async fn take(
    conn: &mut Conn,
    due: &Due,
    url: &str,
    now: Timestamp,
    lease: SignedDuration,
) -> StoreResult<u32> {
    let number = due.attempts.saturating_add(1);
    sqlx::query(
        "UPDATE outgoing SET attempts = $2, tries = tries + 1, lease_until = $3 WHERE id = $1",
    )
    .bind(due.id.as_str())
    .bind(i64::from(number))
    .bind(micros(now.checked_add(lease).unwrap_or(now)))
    .execute(&mut *conn)
    .await?;
    sqlx::query(
        "INSERT INTO outgoing_attempts (outgoing_id, number, at, url, problem, answer)
         VALUES ($1, $2, $3, $4, $5, '')",
    )
    .bind(due.id.as_str())
    .bind(i64::from(number))
    .bind(micros(now))
    .bind(url)
    .bind(UNHEARD)
    .execute(conn)
    .await?;
    Ok(number)
}

/// What becomes of a delivery after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// How far it is.
    pub state: DeliveryState,
    /// When it is tried next.
    pub next_attempt_at: Option<Timestamp>,
}

/// Notes what came of an attempt; says `false`, and changes nothing but the attempt's own row, where another one
/// was begun meanwhile.
///
/// # Errors
/// If the database cannot be written.
pub async fn settle(
    conn: &mut Conn,
    id: &DeliveryId,
    attempt: &DeliveryAttempt,
    outcome: Outcome,
) -> StoreResult<bool> {
    sqlx::query(
        "UPDATE outgoing_attempts SET took_ms = $3, status = $4, problem = $5, answer = $6
         WHERE outgoing_id = $1 AND number = $2",
    )
    .bind(id.as_str())
    .bind(i64::from(attempt.number))
    .bind(attempt.took_ms.map(super::signed))
    .bind(attempt.status.map(i64::from))
    .bind(attempt.problem.as_deref())
    .bind(&attempt.answer)
    .execute(&mut *conn)
    .await?;
    let done = sqlx::query(
        "UPDATE outgoing SET state = $3, next_attempt_at = $4, lease_until = NULL, problem = NULL
         WHERE id = $1 AND attempts = $2 AND state = 'waiting'",
    )
    .bind(id.as_str())
    .bind(i64::from(attempt.number))
    .bind(word(outcome.state))
    .bind(outcome.next_attempt_at.map(micros))
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Gives a delivery up that waits, for a reason that is no attempt's doing.
///
/// # Errors
/// If the database cannot be written.
pub async fn give_up(conn: &mut Conn, id: &DeliveryId, why: &str) -> StoreResult<()> {
    sqlx::query(
        "UPDATE outgoing SET state = 'given_up', next_attempt_at = NULL, lease_until = NULL,
            problem = $2 WHERE id = $1 AND state = 'waiting'",
    )
    .bind(id.as_str())
    .bind(why)
    .execute(conn)
    .await?;
    Ok(())
}

/// Gives up everything of an agent that waits and nobody is at work on, and returns how much that was.
///
/// # Errors
/// If the database cannot be written.
pub async fn give_up_all(
    conn: &mut Conn,
    agent_id: &AgentId,
    why: &str,
    now: Timestamp,
) -> StoreResult<u64> {
    let done = sqlx::query(
        "UPDATE outgoing SET state = 'given_up', next_attempt_at = NULL, problem = $2
         WHERE agent_id = $1 AND state = 'waiting'
           AND (lease_until IS NULL OR lease_until <= $3)",
    )
    .bind(agent_id.as_str())
    .bind(why)
    .bind(micros(now))
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

/// Has a delivery tried again, from the first wait on.
///
/// # Errors
/// If the database cannot be written.
pub async fn ask_again(conn: &mut Conn, id: &DeliveryId, now: Timestamp) -> StoreResult<()> {
    sqlx::query(
        "UPDATE outgoing SET state = 'waiting', next_attempt_at = $2, tries = 0, problem = NULL,
            revision = revision + 1 WHERE id = $1",
    )
    .bind(id.as_str())
    .bind(micros(now))
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes every delivery from whoever was at work on it: no other process is at work on this database.
///
/// # Errors
/// If the database cannot be written.
pub async fn release_all(conn: &mut Conn) -> StoreResult<()> {
    sqlx::query("UPDATE outgoing SET lease_until = NULL WHERE lease_until IS NOT NULL")
        .execute(conn)
        .await?;
    Ok(())
}

/// Returns when the next delivery is due, counting leases.
///
/// # Errors
/// If the database cannot be read.
pub async fn next_due(conn: &mut Conn) -> StoreResult<Option<Timestamp>> {
    let (at,): (Option<i64>,) = sqlx::query_as(
        "SELECT MIN(CASE WHEN lease_until > next_attempt_at THEN lease_until ELSE next_attempt_at END)
         FROM outgoing WHERE state = 'waiting'",
    )
    .fetch_one(conn)
    .await?;
    at.map(time).transpose()
}
