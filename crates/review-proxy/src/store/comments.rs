//! Comments on lines of suggestions and changes.

use super::{
    Conn, Position, StoreError, StoreResult, count, from_word, maybe_time, micros, signed, time,
    word,
};
use jiff::Timestamp;
use review_api::{
    ChangeId, Comment, CommentAnchor, CommentId, CommentResolution, CommentSubject, SuggestionId,
    UserName,
};

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    agent_id: String,
    suggestion_id: Option<String>,
    change_id: Option<String>,
    path: Option<String>,
    side: String,
    first_line: i64,
    last_line: i64,
    quote_start: i64,
    text_bytes: i64,
    quote: String,
    text_before: String,
    text_after: String,
    text: String,
    author: String,
    created_at: i64,
    edited_at: Option<i64>,
    resolved_by: Option<String>,
    resolved_at: Option<i64>,
    revision: i64,
}

impl Row {
    fn read(self) -> StoreResult<Comment> {
        let subject = match (self.suggestion_id, self.change_id) {
            (Some(id), None) => CommentSubject::Suggestion { id: id.into() },
            (None, Some(id)) => CommentSubject::Change { id: id.into() },
            _ => {
                let what = format!("the comment {:?} on two things or on none", self.id);
                return Err(StoreError::Unreadable(what));
            }
        };
        let resolved = match (self.resolved_by, maybe_time(self.resolved_at)?) {
            (Some(by), Some(at)) => Some(CommentResolution { by: by.into(), at }),
            _ => None,
        };
        Ok(Comment {
            id: self.id.into(),
            subject,
            agent_id: self.agent_id.into(),
            anchor: CommentAnchor {
                path: self.path,
                side: from_word(&self.side)?,
                first_line: count(self.first_line)?,
                last_line: count(self.last_line)?,
                start: count(self.quote_start)?,
                text_bytes: count(self.text_bytes)?,
                quote: self.quote,
                before: self.text_before,
                after: self.text_after,
            },
            text: self.text,
            author: self.author.into(),
            created_at: time(self.created_at)?,
            edited_at: maybe_time(self.edited_at)?,
            resolved,
            revision: count(self.revision)?,
        })
    }
}

/// Returns the ids of a subject, one of which is nothing.
fn ids(subject: &CommentSubject) -> (Option<&str>, Option<&str>) {
    match subject {
        CommentSubject::Suggestion { id } => (Some(id.as_str()), None),
        CommentSubject::Change { id } => (None, Some(id.as_str())),
    }
}

/// Keeps a comment.
///
/// # Errors
/// If the database cannot be written.
pub async fn insert(conn: &mut Conn, comment: &Comment) -> StoreResult<()> {
    let (suggestion, change) = ids(&comment.subject);
    let anchor = &comment.anchor;
    sqlx::query(
        "INSERT INTO comments (id, agent_id, suggestion_id, change_id, side, first_line, last_line,
            quote_start, text_bytes, quote, text_before, text_after, text, author, created_at,
            revision, path)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
    )
    .bind(comment.id.as_str())
    .bind(comment.agent_id.as_str())
    .bind(suggestion)
    .bind(change)
    .bind(word(anchor.side))
    .bind(i64::from(anchor.first_line))
    .bind(i64::from(anchor.last_line))
    .bind(i64::from(anchor.start))
    .bind(i64::from(anchor.text_bytes))
    .bind(&anchor.quote)
    .bind(&anchor.before)
    .bind(&anchor.after)
    .bind(&comment.text)
    .bind(comment.author.as_str())
    .bind(micros(comment.created_at))
    .bind(signed(comment.revision))
    .bind(anchor.path.as_deref())
    .execute(conn)
    .await?;
    Ok(())
}

/// Returns a comment.
///
/// # Errors
/// If the database cannot be read.
pub async fn get(conn: &mut Conn, id: &CommentId) -> StoreResult<Option<Comment>> {
    let row: Option<Row> = sqlx::query_as("SELECT * FROM comments WHERE id = $1")
        .bind(id.as_str())
        .fetch_optional(conn)
        .await?;
    row.map(Row::read).transpose()
}

/// Counts the comments that were written on one thing.
///
/// # Errors
/// If the database cannot be read.
pub async fn count_on(conn: &mut Conn, subject: &CommentSubject) -> StoreResult<u64> {
    let (suggestion, change) = ids(subject);
    let (number,): (i64,) =
        sqlx::query_as("SELECT COUNT(*) FROM comments WHERE suggestion_id = $1 OR change_id = $2")
            .bind(suggestion)
            .bind(change)
            .fetch_one(conn)
            .await?;
    count(number)
}

/// Lists the comments on a suggestion, oldest first.
///
/// # Errors
/// If the database cannot be read.
pub async fn of_suggestion(
    conn: &mut Conn,
    id: &SuggestionId,
    after: Option<&Position>,
    limit: u32,
) -> StoreResult<Vec<Comment>> {
    let sql = "SELECT * FROM comments
         WHERE suggestion_id = $1
           AND ($2 IS NULL OR created_at > $2 OR (created_at = $2 AND id > $3))
         ORDER BY created_at, id LIMIT $4";
    list(conn, sql, id.as_str(), after, limit).await
}

/// Lists the comments on a change and on the suggestions that it was made of, oldest first.
///
/// # Errors
/// If the database cannot be read.
pub async fn of_change(
    conn: &mut Conn,
    id: &ChangeId,
    after: Option<&Position>,
    limit: u32,
) -> StoreResult<Vec<Comment>> {
    let sql = "SELECT * FROM comments
         WHERE (change_id = $1 OR suggestion_id IN
                (SELECT suggestion_id FROM change_suggestions WHERE change_id = $1))
           AND ($2 IS NULL OR created_at > $2 OR (created_at = $2 AND id > $3))
         ORDER BY created_at, id LIMIT $4";
    list(conn, sql, id.as_str(), after, limit).await
}

async fn list(
    conn: &mut Conn,
    sql: &'static str,
    id: &str,
    after: Option<&Position>,
    limit: u32,
) -> StoreResult<Vec<Comment>> {
    let rows: Vec<Row> = sqlx::query_as(sql)
        .bind(id)
        .bind(after.map(|after| after.at))
        .bind(after.map(|after| after.id.as_str()))
        .bind(i64::from(limit))
        .fetch_all(conn)
        .await?;
    rows.into_iter().map(Row::read).collect()
}

/// Gives a comment another text.
///
/// # Errors
/// If the database cannot be written.
pub async fn edit(conn: &mut Conn, id: &CommentId, text: &str, at: Timestamp) -> StoreResult<()> {
    sqlx::query(
        "UPDATE comments SET text = $2, edited_at = $3, revision = revision + 1 WHERE id = $1",
    )
    .bind(id.as_str())
    .bind(text)
    .bind(micros(at))
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes who called a comment settled, or that nobody does any more.
///
/// # Errors
/// If the database cannot be written.
pub async fn resolve(
    conn: &mut Conn,
    id: &CommentId,
    by: Option<&UserName>,
    at: Timestamp,
) -> StoreResult<()> {
    sqlx::query(
        "UPDATE comments SET resolved_by = $2, resolved_at = $3, revision = revision + 1
         WHERE id = $1",
    )
    .bind(id.as_str())
    .bind(by.map(UserName::as_str))
    .bind(by.map(|_| micros(at)))
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes a comment.
///
/// # Errors
/// If the database cannot be written.
pub async fn delete(conn: &mut Conn, id: &CommentId) -> StoreResult<()> {
    sqlx::query("DELETE FROM comments WHERE id = $1")
        .bind(id.as_str())
        .execute(conn)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests;
