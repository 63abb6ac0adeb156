//! What was delivered and what was tried, for people.

use super::super::{Conn, Position, StoreResult, count, from_word, maybe_time, time};
use review_api::{AgentId, Delivery, DeliveryAttempt, DeliveryId, DreamId};

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    agent_id: String,
    event: String,
    dream_id: Option<String>,
    state: String,
    attempts: i64,
    created_at: i64,
    next_attempt_at: Option<i64>,
    outgoing_problem: Option<String>,
    revision: i64,
    number: Option<i64>,
    at: Option<i64>,
    url: Option<String>,
    took_ms: Option<i64>,
    status: Option<i64>,
    problem: Option<String>,
    answer: Option<String>,
}

impl Row {
    fn read(self) -> StoreResult<Delivery> {
        let last = match (self.number, self.at, self.url) {
            (Some(number), Some(at), Some(url)) => Some(read_attempt(AttemptRow {
                number,
                at,
                url,
                took_ms: self.took_ms,
                status: self.status,
                problem: self.problem,
                answer: self.answer.unwrap_or_default(),
            })?),
            _ => None,
        };
        Ok(Delivery {
            id: self.id.into(),
            agent_id: self.agent_id.into(),
            event: self.event,
            dream_id: self.dream_id.map(DreamId),
            state: from_word(&self.state)?,
            attempts: count(self.attempts)?,
            created_at: time(self.created_at)?,
            next_attempt_at: maybe_time(self.next_attempt_at)?,
            problem: self.outgoing_problem,
            last,
            revision: count(self.revision)?,
        })
    }
}

#[derive(sqlx::FromRow)]
struct AttemptRow {
    number: i64,
    at: i64,
    url: String,
    took_ms: Option<i64>,
    status: Option<i64>,
    problem: Option<String>,
    answer: String,
}

fn read_attempt(row: AttemptRow) -> StoreResult<DeliveryAttempt> {
    Ok(DeliveryAttempt {
        number: count(row.number)?,
        at: time(row.at)?,
        url: row.url,
        took_ms: row.took_ms.map(count).transpose()?,
        status: row.status.map(count).transpose()?,
        problem: row.problem,
        answer: row.answer,
    })
}

macro_rules! select_deliveries {
    ($tail:literal) => {
        concat!(
            "SELECT o.id, o.agent_id, o.event, o.dream_id, o.state, o.attempts, o.created_at,
                o.next_attempt_at, o.problem AS outgoing_problem, o.revision, t.number, t.at, t.url,
                t.took_ms, t.status, t.problem, t.answer
             FROM outgoing o
             LEFT JOIN outgoing_attempts t ON t.outgoing_id = o.id AND t.number = o.attempts ",
            $tail
        )
    };
}

/// Lists an agent's deliveries, newest first.
///
/// # Errors
/// If the database cannot be read.
pub async fn list(
    conn: &mut Conn,
    agent_id: &AgentId,
    after: Option<&Position>,
    limit: u32,
) -> StoreResult<Vec<Delivery>> {
    let rows: Vec<Row> = sqlx::query_as(select_deliveries!(
        "WHERE o.agent_id = $1
           AND ($2 IS NULL OR o.created_at < $2 OR (o.created_at = $2 AND o.id < $3))
         ORDER BY o.created_at DESC, o.id DESC LIMIT $4"
    ))
    .bind(agent_id.as_str())
    .bind(after.map(|after| after.at))
    .bind(after.map(|after| after.id.as_str()))
    .bind(i64::from(limit))
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Row::read).collect()
}

/// Returns a delivery.
///
/// # Errors
/// If the database cannot be read.
pub async fn get(conn: &mut Conn, id: &DeliveryId) -> StoreResult<Option<Delivery>> {
    let row: Option<Row> = sqlx::query_as(select_deliveries!("WHERE o.id = $1"))
        .bind(id.as_str())
        .fetch_optional(conn)
        .await?;
    row.map(Row::read).transpose()
}

/// Lists the newest attempts at a delivery, newest first.
///
/// # Errors
/// If the database cannot be read.
pub async fn tried(
    conn: &mut Conn,
    id: &DeliveryId,
    limit: u32,
) -> StoreResult<Vec<DeliveryAttempt>> {
    let rows: Vec<AttemptRow> = sqlx::query_as(
        "SELECT number, at, url, took_ms, status, problem, answer FROM outgoing_attempts
         WHERE outgoing_id = $1 ORDER BY number DESC LIMIT $2",
    )
    .bind(id.as_str())
    .bind(i64::from(limit))
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(read_attempt).collect()
}

/// Counts an agent's deliveries that wait.
///
/// # Errors
/// If the database cannot be read.
pub async fn waiting(conn: &mut Conn, agent_id: &AgentId) -> StoreResult<u64> {
    let (waiting,): (i64,) =
        sqlx::query_as("SELECT COUNT(*) FROM outgoing WHERE agent_id = $1 AND state = 'waiting'")
            .bind(agent_id.as_str())
            .fetch_one(conn)
            .await?;
    count(waiting)
}
