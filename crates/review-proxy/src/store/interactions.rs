//! Interactions: the copy of the platform's sessions.

use super::feedback::{AT_ONCE, places};
use super::kinds::KindsRow;
use super::{Conn, Position, StoreResult, count, like, micros, signed, time};
use jiff::Timestamp;
use review_api::{AgentId, FeedbackCounts, InteractionId, InteractionSummary, Usage};
use sqlx::AssertSqlSafe;
use std::collections::HashSet;

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
    /// Tokens that it took so far; nothing where the platform does not say.
    pub usage: Option<Usage>,
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
    let tokens = |of: fn(Usage) -> u64| interaction.usage.map(|usage| signed(of(usage)));
    sqlx::query(
        "INSERT INTO interactions
            (id, agent_id, agent_version, title, title_folded, status, created_at, memory_store_id,
            settled_at, changed_at, input_tokens, output_tokens, cache_read_input_tokens,
            cache_creation_input_tokens)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $11, $12, $13, $14, $15)
         ON CONFLICT (id) DO UPDATE SET
            agent_id = excluded.agent_id, agent_version = excluded.agent_version,
            title = excluded.title, title_folded = excluded.title_folded,
            status = excluded.status, created_at = excluded.created_at,
            memory_store_id = excluded.memory_store_id, changed_at = excluded.changed_at,
            input_tokens = excluded.input_tokens, output_tokens = excluded.output_tokens,
            cache_read_input_tokens = excluded.cache_read_input_tokens,
            cache_creation_input_tokens = excluded.cache_creation_input_tokens,
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
    .bind(micros(interaction.moved_at))
    .bind(tokens(|usage| usage.input_tokens))
    .bind(tokens(|usage| usage.output_tokens))
    .bind(tokens(|usage| usage.cache_read_input_tokens))
    .bind(tokens(|usage| usage.cache_creation_input_tokens))
    .execute(conn)
    .await?;
    Ok(())
}

/// Returns what an agent's newest interactions took, those at rest whose tokens are known.
///
/// # Errors
/// If the database cannot be read.
pub async fn newest_usage(conn: &mut Conn, agent: &AgentId, most: u32) -> StoreResult<Vec<Usage>> {
    let rows: Vec<KindsRow> = sqlx::query_as(
        "SELECT input_tokens, output_tokens, cache_read_input_tokens, cache_creation_input_tokens
         FROM interactions WHERE agent_id = $1 AND status IN ('idle', 'terminated')
           AND input_tokens IS NOT NULL
         ORDER BY created_at DESC, id DESC LIMIT $2",
    )
    .bind(agent.as_str())
    .bind(i64::from(most))
    .fetch_all(conn)
    .await?;
    let known = rows.into_iter().map(KindsRow::read);
    known.filter_map(Result::transpose).collect()
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

/// Those of one agent that a [`Filter`] lets through; six parameters.
macro_rules! fitting {
    () => {
        "WHERE i.agent_id = $1
           AND ($2 IS NULL OR $2 = (CASE WHEN EXISTS
                (SELECT 1 FROM feedback f WHERE f.interaction_id = i.id) THEN 1 ELSE 0 END))
           AND ($3 IS NULL OR i.title_folded LIKE $3 ESCAPE '\\' OR LOWER(i.id) LIKE $3 ESCAPE '\\')
           AND ($4 IS NULL OR $4 = (CASE WHEN i.errors > 0 THEN 1 WHEN i.errors = 0 THEN 0 END))
           AND ($5 IS NULL OR i.created_at >= $5)
           AND ($6 IS NULL OR i.created_at < $6)"
    };
}

/// Which interactions to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only rated ones, only unrated ones, or both.
    pub rated: Option<bool>,
    /// Those whose title or id holds this.
    pub search: Option<String>,
    /// Only those with an error in their transcript, only those without, or both and those not read yet.
    pub has_error: Option<bool>,
    /// Those that began at this time or later.
    pub from: Option<Timestamp>,
    /// Those that began before this time.
    pub to: Option<Timestamp>,
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
    let rows: Vec<Row> = sqlx::query_as(concat!(
        select_interactions!(""),
        fitting!(),
        " AND ($7 IS NULL OR i.created_at < $7 OR (i.created_at = $7 AND i.id < $8))
         ORDER BY i.created_at DESC, i.id DESC LIMIT $9"
    ))
    .bind(agent_id.as_str())
    .bind(filter.rated.map(i64::from))
    .bind(filter.search.as_deref().map(like))
    .bind(filter.has_error.map(i64::from))
    .bind(filter.from.map(micros))
    .bind(filter.to.map(micros))
    .bind(filter.after.as_ref().map(|after| after.at))
    .bind(filter.after.as_ref().map(|after| after.id.as_str()))
    .bind(i64::from(limit))
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Row::read).collect()
}

/// How many interactions of an agent there are, of which kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// All of them.
    pub interactions: u64,
    /// Those rated at least once.
    pub labelled: u64,
    /// Those whose transcript was not read yet.
    pub unread: u64,
}

/// Counts an agent's interactions.
///
/// # Errors
/// If the database cannot be read.
pub async fn tally(conn: &mut Conn, agent_id: &AgentId) -> StoreResult<Tally> {
    let (interactions, labelled, unread): (i64, i64, i64) = sqlx::query_as(
        "SELECT COUNT(*),
            COUNT(CASE WHEN EXISTS
                (SELECT 1 FROM feedback f WHERE f.interaction_id = i.id) THEN 1 END),
            COUNT(CASE WHEN i.errors IS NULL THEN 1 END)
         FROM interactions i WHERE i.agent_id = $1",
    )
    .bind(agent_id.as_str())
    .fetch_one(conn)
    .await?;
    Ok(Tally {
        interactions: count(interactions)?,
        labelled: count(labelled)?,
        unread: count(unread)?,
    })
}

/// Counts the interactions of an agent that `filter` lets through, wherever its page begins.
///
/// # Errors
/// If the database cannot be read.
pub async fn fitting(conn: &mut Conn, agent_id: &AgentId, filter: &Filter) -> StoreResult<u64> {
    let (fitting,): (i64,) =
        sqlx::query_as(concat!("SELECT COUNT(*) FROM interactions i ", fitting!()))
            .bind(agent_id.as_str())
            .bind(filter.rated.map(i64::from))
            .bind(filter.search.as_deref().map(like))
            .bind(filter.has_error.map(i64::from))
            .bind(filter.from.map(micros))
            .bind(filter.to.map(micros))
            .fetch_one(conn)
            .await?;
    count(fitting)
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

/// Returns those of `ids` that are interactions of this agent.
///
/// # Errors
/// If the database cannot be read.
pub async fn known(
    conn: &mut Conn,
    agent_id: &AgentId,
    ids: &[&InteractionId],
) -> StoreResult<HashSet<InteractionId>> {
    let mut known = HashSet::new();
    for ids in ids.chunks(AT_ONCE) {
        let sql = format!(
            "SELECT id FROM interactions WHERE agent_id = $1 AND id IN ({})",
            places(2, ids.len())
        );
        let mut query = sqlx::query_as::<_, (String,)>(AssertSqlSafe(sql))
            .persistent(false)
            .bind(agent_id.as_str());
        for id in ids {
            query = query.bind(id.as_str());
        }
        let rows = query.fetch_all(&mut *conn).await?;
        known.extend(rows.into_iter().map(|(id,)| InteractionId(id)));
    }
    Ok(known)
}
