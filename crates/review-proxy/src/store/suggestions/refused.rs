//! Suggestions that were turned down, to compare new ones with.

use super::rejection;
use crate::store::{Conn, StoreResult};
use review_api::{Rejection, Suggestion, SuggestionId};

/// A suggestion that was turned down, with the edit that it was.
#[derive(Debug, Clone)]
pub struct Refused {
    /// Which suggestion.
    pub id: SuggestionId,
    /// What it would have done.
    pub title: String,
    /// Who refused it, when and why.
    pub rejection: Rejection,
    /// The prompt that it was made on.
    pub base: String,
    /// The prompt that it proposed.
    pub proposed: String,
}

/// Returns the suggestions of a prompt for the same agent that were turned down last, newest first, at most `most`: those with
/// other bytes than `suggestion` whose base is known. With them comes the prompt that `suggestion` was made on,
/// where it is known.
///
/// # Errors
/// If the database cannot be read.
pub async fn refused_before(
    conn: &mut Conn,
    suggestion: &Suggestion,
    most: u32,
) -> StoreResult<(Option<String>, Vec<Refused>)> {
    type Row = (
        String,
        String,
        Option<String>,
        Option<i64>,
        Option<String>,
        String,
        String,
    );
    let made_on: Option<(String,)> =
        sqlx::query_as("SELECT text FROM prompts WHERE agent_id = $1 AND version = $2")
            .bind(suggestion.agent_id.as_str())
            .bind(i64::from(suggestion.made_on_version))
            .fetch_optional(&mut *conn)
            .await?;
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT s.id, s.title, s.rejected_by, s.rejected_at, s.rejection_reason, p.text, s.proposed
         FROM suggestions s
         JOIN prompts p ON p.agent_id = s.agent_id AND p.version = s.made_on_version
         WHERE s.agent_id = $1 AND s.status = 'rejected' AND s.id <> $2
           AND s.target = 'prompt' AND s.proposed_sha256 <> $3
         ORDER BY s.rejected_at DESC, s.id LIMIT $4",
    )
    .bind(suggestion.agent_id.as_str())
    .bind(suggestion.id.as_str())
    .bind(review_core::digest::sha256_hex(&suggestion.proposed))
    .bind(i64::from(most))
    .fetch_all(conn)
    .await?;
    let mut refused = Vec::with_capacity(rows.len());
    for (id, title, by, at, reason, base, proposed) in rows {
        if let Some(rejection) = rejection(by, at, reason)? {
            refused.push(Refused {
                id: id.into(),
                title,
                rejection,
                base,
                proposed,
            });
        }
    }
    Ok((made_on.map(|(text,)| text), refused))
}
