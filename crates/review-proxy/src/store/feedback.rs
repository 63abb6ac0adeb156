//! Ratings of interactions.

use super::{Conn, Position, StoreResult, from_word, micros, time, word};
use review_api::{AgentId, Feedback, InteractionId};

/// Keeps a rating.
///
/// # Errors
/// If the database cannot be written.
pub async fn insert(conn: &mut Conn, feedback: &Feedback) -> StoreResult<()> {
    sqlx::query(
        "INSERT INTO feedback
            (id, agent_id, interaction_id, rating, comment, expected, author, source, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(feedback.id.as_str())
    .bind(feedback.agent_id.as_str())
    .bind(feedback.interaction_id.as_str())
    .bind(feedback.rating.as_str())
    .bind(feedback.comment.as_deref())
    .bind(feedback.expected.as_deref())
    .bind(feedback.author.as_str())
    .bind(word(feedback.source))
    .bind(micros(feedback.created_at))
    .execute(conn)
    .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    agent_id: String,
    interaction_id: String,
    rating: String,
    comment: Option<String>,
    expected: Option<String>,
    author: String,
    source: String,
    created_at: i64,
}

impl Row {
    fn read(self) -> StoreResult<Feedback> {
        Ok(Feedback {
            id: self.id.into(),
            agent_id: self.agent_id.into(),
            interaction_id: self.interaction_id.into(),
            rating: from_word(&self.rating)?,
            comment: self.comment,
            expected: self.expected,
            author: self.author.into(),
            source: from_word(&self.source)?,
            created_at: time(self.created_at)?,
        })
    }
}

/// Lists an agent's ratings, newest first.
///
/// # Errors
/// If the database cannot be read.
pub async fn list(
    conn: &mut Conn,
    agent_id: &AgentId,
    after: Option<&Position>,
    limit: u32,
) -> StoreResult<Vec<Feedback>> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT * FROM feedback
         WHERE agent_id = $1 AND ($2 IS NULL OR created_at < $2 OR (created_at = $2 AND id < $3))
         ORDER BY created_at DESC, id DESC LIMIT $4",
    )
    .bind(agent_id.as_str())
    .bind(after.map(|after| after.at))
    .bind(after.map(|after| after.id.as_str()))
    .bind(i64::from(limit))
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Row::read).collect()
}

/// Lists the ratings of one interaction, newest first, at most 100.
///
/// # Errors
/// If the database cannot be read.
pub async fn of_interaction(conn: &mut Conn, id: &InteractionId) -> StoreResult<Vec<Feedback>> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT * FROM feedback WHERE interaction_id = $1
         ORDER BY created_at DESC, id DESC LIMIT 100",
    )
    .bind(id.as_str())
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Row::read).collect()
}
