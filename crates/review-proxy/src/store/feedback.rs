//! Ratings of interactions. One that is withdrawn is gone from here, so that it counts nowhere.

use super::{
    Conn, Position, StoreResult, count, from_json, from_word, json, maybe_time, micros, signed,
    time, word,
};
use review_api::{AgentId, Feedback, FeedbackId, InteractionId};
use sqlx::AssertSqlSafe;

/// Keeps a rating.
///
/// # Errors
/// If the database cannot be written.
pub async fn insert(conn: &mut Conn, feedback: &Feedback) -> StoreResult<()> {
    sqlx::query(
        "INSERT INTO feedback
            (id, agent_id, interaction_id, rating, comment, expected, expected_check, author,
             source, event_id, created_at, revision)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(feedback.id.as_str())
    .bind(feedback.agent_id.as_str())
    .bind(feedback.interaction_id.as_str())
    .bind(feedback.rating.as_str())
    .bind(feedback.comment.as_deref())
    .bind(feedback.expected.as_deref())
    .bind(feedback.check.as_ref().map(json))
    .bind(feedback.author.as_str())
    .bind(word(feedback.source))
    .bind(feedback.event_id.as_deref())
    .bind(micros(feedback.created_at))
    .bind(signed(feedback.revision))
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
    expected_check: Option<String>,
    author: String,
    source: String,
    event_id: Option<String>,
    created_at: i64,
    edited_at: Option<i64>,
    revision: i64,
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
            check: self.expected_check.as_deref().map(from_json).transpose()?,
            author: self.author.into(),
            source: from_word(&self.source)?,
            event_id: self.event_id,
            created_at: time(self.created_at)?,
            edited_at: maybe_time(self.edited_at)?,
            revision: count(self.revision)?,
        })
    }
}

/// Returns a rating.
///
/// # Errors
/// If the database cannot be read.
pub async fn get(conn: &mut Conn, id: &FeedbackId) -> StoreResult<Option<Feedback>> {
    let row: Option<Row> = sqlx::query_as("SELECT * FROM feedback WHERE id = $1")
        .bind(id.as_str())
        .fetch_optional(conn)
        .await?;
    row.map(Row::read).transpose()
}

/// Keeps what an edit left of a rating: everything that an edit may change, and its revision.
///
/// # Errors
/// If the database cannot be written.
pub async fn edit(conn: &mut Conn, feedback: &Feedback) -> StoreResult<()> {
    sqlx::query(
        "UPDATE feedback SET rating = $2, comment = $3, expected = $4, expected_check = $5,
            edited_at = $6, revision = $7
         WHERE id = $1",
    )
    .bind(feedback.id.as_str())
    .bind(feedback.rating.as_str())
    .bind(feedback.comment.as_deref())
    .bind(feedback.expected.as_deref())
    .bind(feedback.check.as_ref().map(json))
    .bind(feedback.edited_at.map(micros))
    .bind(signed(feedback.revision))
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes a rating for good.
///
/// # Errors
/// If the database cannot be written.
pub async fn remove(conn: &mut Conn, id: &FeedbackId) -> StoreResult<()> {
    sqlx::query("DELETE FROM feedback WHERE id = $1")
        .bind(id.as_str())
        .execute(conn)
        .await?;
    Ok(())
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

/// Interactions asked for at once.
pub(super) const AT_ONCE: usize = 100;

/// Returns the ratings of some interactions.
///
/// # Errors
/// If the database cannot be read.
pub async fn of_interactions(
    conn: &mut Conn,
    ids: &[&InteractionId],
) -> StoreResult<Vec<Feedback>> {
    let mut all = Vec::new();
    for ids in ids.chunks(AT_ONCE) {
        let sql = format!(
            "SELECT * FROM feedback WHERE interaction_id IN ({})",
            places(1, ids.len())
        );
        let mut query = sqlx::query_as::<_, Row>(AssertSqlSafe(sql)).persistent(false);
        for id in ids {
            query = query.bind(id.as_str());
        }
        let rows = query.fetch_all(&mut *conn).await?;
        for row in rows {
            all.push(row.read()?);
        }
    }
    Ok(all)
}

/// Returns so many parameters, from number `first` on.
pub(super) fn places(first: usize, count: usize) -> String {
    let places: Vec<String> = (first..first + count)
        .map(|number| format!("${number}"))
        .collect();
    places.join(", ")
}
