//! Interactions: the copy of the platform's sessions.

use super::{Conn, Position, StoreResult, count, like, micros, time};
use jiff::Timestamp;
use review_api::{AgentId, FeedbackCounts, InteractionId, InteractionSummary};

/// An interaction as the platform describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InteractionCopy {
    /// Which interaction.
    pub id: InteractionId,
    /// The agent that had it.
    pub agent_id: AgentId,
    /// Version that the agent had then.
    pub agent_version: u32,
    /// What it was about.
    pub title: String,
    /// The platform's word for where it stands.
    pub status: String,
    /// The first memory store that it has attached.
    pub memory_store_id: Option<String>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it last moved.
    pub moved_at: Timestamp,
}

impl InteractionCopy {
    fn is_settled(&self) -> bool {
        matches!(self.status.as_str(), "idle" | "terminated")
    }
}

/// Keeps the copy of an interaction. One that came to rest since it was last read did so `now`, as far as anybody
/// here can tell; one that was at rest when it was first seen did when it last moved.
///
/// # Errors
/// If the database cannot be written.
pub async fn keep(
    conn: &mut Conn,
    interaction: &InteractionCopy,
    now: Timestamp,
) -> StoreResult<()> {
    let is_settled = interaction.is_settled();
    sqlx::query(
        "INSERT INTO interactions
            (id, agent_id, agent_version, title, title_folded, status, created_at, memory_store_id,
            settled_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (id) DO UPDATE SET
            agent_id = excluded.agent_id, agent_version = excluded.agent_version,
            title = excluded.title, title_folded = excluded.title_folded,
            status = excluded.status, created_at = excluded.created_at,
            memory_store_id = excluded.memory_store_id,
            settled_at = CASE WHEN excluded.settled_at IS NULL THEN NULL
                WHEN interactions.status IN ('idle', 'terminated') THEN interactions.settled_at
                ELSE $10 END",
    )
    .bind(interaction.id.as_str())
    .bind(interaction.agent_id.as_str())
    .bind(i64::from(interaction.agent_version))
    .bind(&interaction.title)
    .bind(interaction.title.to_lowercase())
    .bind(&interaction.status)
    .bind(micros(interaction.created_at))
    .bind(interaction.memory_store_id.as_deref())
    .bind(is_settled.then(|| micros(interaction.moved_at)))
    .bind(micros(now))
    .execute(conn)
    .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    agent_id: String,
    agent_name: String,
    agent_version: i64,
    title: String,
    status: String,
    created_at: i64,
    positive: i64,
    negative: i64,
}

impl Row {
    fn read(self) -> StoreResult<InteractionSummary> {
        Ok(InteractionSummary {
            id: self.id.into(),
            agent_id: self.agent_id.into(),
            agent_name: self.agent_name,
            agent_version: count(self.agent_version)?,
            title: self.title,
            status: self.status,
            created_at: time(self.created_at)?,
            feedback: FeedbackCounts {
                positive: count(self.positive)?,
                negative: count(self.negative)?,
            },
        })
    }
}

macro_rules! select_interactions {
    ($tail:literal) => {
        concat!(
            "SELECT i.id, i.agent_id, COALESCE(a.name, i.agent_id) AS agent_name,
                i.agent_version, i.title, i.status, i.created_at,
                (SELECT COUNT(*) FROM feedback f WHERE f.interaction_id = i.id
                    AND f.rating = 'positive') AS positive,
                (SELECT COUNT(*) FROM feedback f WHERE f.interaction_id = i.id
                    AND f.rating = 'negative') AS negative
             FROM interactions i LEFT JOIN agents a ON a.id = i.agent_id ",
            $tail
        )
    };
}

/// Which interactions to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only rated ones, only unrated ones, or both.
    pub rated: Option<bool>,
    /// Those whose title or id holds this.
    pub search: Option<String>,
    /// Those older than this place.
    pub after: Option<Position>,
}

/// Lists an agent's interactions, newest first.
///
/// # Errors
/// If the database cannot be read.
pub async fn list(
    conn: &mut Conn,
    agent_id: &AgentId,
    filter: &Filter,
    limit: u32,
) -> StoreResult<Vec<InteractionSummary>> {
    let rows: Vec<Row> = sqlx::query_as(select_interactions!(
        "WHERE i.agent_id = $1
           AND ($2 IS NULL OR $2 = (CASE WHEN EXISTS
                (SELECT 1 FROM feedback f WHERE f.interaction_id = i.id) THEN 1 ELSE 0 END))
           AND ($3 IS NULL OR i.title_folded LIKE $3 ESCAPE '\\' OR LOWER(i.id) LIKE $3 ESCAPE '\\')
           AND ($4 IS NULL OR i.created_at < $4 OR (i.created_at = $4 AND i.id < $5))
         ORDER BY i.created_at DESC, i.id DESC LIMIT $6"
    ))
    .bind(agent_id.as_str())
    .bind(filter.rated.map(i64::from))
    .bind(filter.search.as_deref().map(like))
    .bind(filter.after.as_ref().map(|after| after.at))
    .bind(filter.after.as_ref().map(|after| after.id.as_str()))
    .bind(i64::from(limit))
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Row::read).collect()
}

/// Returns one interaction.
///
/// # Errors
/// If the database cannot be read.
pub async fn get(conn: &mut Conn, id: &InteractionId) -> StoreResult<Option<InteractionSummary>> {
    let row: Option<Row> = sqlx::query_as(select_interactions!("WHERE i.id = $1"))
        .bind(id.as_str())
        .fetch_optional(conn)
        .await?;
    row.map(Row::read).transpose()
}

/// Returns the agent that had the first of `ids` that is known: how a dream is traced to its agent.
///
/// # Errors
/// If the database cannot be read.
pub async fn agent_of_any(conn: &mut Conn, ids: &[InteractionId]) -> StoreResult<Option<AgentId>> {
    for id in ids {
        let row: Option<(String,)> =
            sqlx::query_as("SELECT agent_id FROM interactions WHERE id = $1")
                .bind(id.as_str())
                .fetch_optional(&mut *conn)
                .await?;
        if let Some((agent_id,)) = row {
            return Ok(Some(AgentId(agent_id)));
        }
    }
    Ok(None)
}
