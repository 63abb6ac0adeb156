//! Dreams: the copy of the platform's, with the reports that came for them.

use super::{
    Conn, Position, StoreResult, count, from_json, from_word, maybe_time, micros, signed, time,
    word,
};
use jiff::Timestamp;
use review_api::{
    AgentId, ChangeSize, DreamError, DreamId, DreamReport, DreamStatus, InPlace, Measurement,
    Metric, Pattern, SuggestionRow, Usage,
};

/// A dream as the platform describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DreamCopy {
    /// Which dream.
    pub id: DreamId,
    /// Whose dream; nothing where none of its interactions is known.
    pub agent_id: Option<AgentId>,
    /// How far it is, or how it ended.
    pub status: DreamStatus,
    /// The model that dreamt.
    pub model: Option<String>,
    /// What it was told to look for.
    pub instructions: Option<String>,
    /// The session in which it dreamt.
    pub session_id: Option<String>,
    /// The memory store that it read.
    pub input_store_id: Option<String>,
    /// The memory store that it wrote; the same one where it changed memories in place.
    pub output_store_id: Option<String>,
    /// Interactions it read.
    pub interactions_read: u32,
    /// Tokens it took.
    pub usage: Option<Usage>,
    /// Why it failed.
    pub error: Option<DreamError>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// Keeps the copy of a dream; an agent once known stays known, and a dream that has ended does not go back: a list
/// that was read before somebody called it off may be kept after.
///
/// # Errors
/// If the database cannot be written.
pub async fn keep(conn: &mut Conn, dream: &DreamCopy) -> StoreResult<()> {
    let usage = dream.usage;
    let tokens = |of: fn(&Usage) -> u64| usage.as_ref().map(|usage| signed(of(usage)));
    sqlx::query(
        "INSERT INTO dreams (id, agent_id, on_platform, status, model, instructions, session_id,
            interactions_read, input_tokens, output_tokens, cache_read_input_tokens,
            cache_creation_input_tokens, error_kind, error_message, created_at, ended_at,
            input_store_id, output_store_id)
         VALUES ($1, $2, 1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
         ON CONFLICT (id) DO UPDATE SET
            agent_id = COALESCE(excluded.agent_id, dreams.agent_id), on_platform = 1,
            status = excluded.status, model = excluded.model,
            instructions = excluded.instructions, session_id = excluded.session_id,
            interactions_read = excluded.interactions_read,
            input_tokens = excluded.input_tokens, output_tokens = excluded.output_tokens,
            cache_read_input_tokens = excluded.cache_read_input_tokens,
            cache_creation_input_tokens = excluded.cache_creation_input_tokens,
            error_kind = excluded.error_kind, error_message = excluded.error_message,
            created_at = excluded.created_at, ended_at = excluded.ended_at,
            input_store_id = excluded.input_store_id, output_store_id = excluded.output_store_id
         WHERE dreams.on_platform = 0 OR dreams.ended_at IS NULL OR excluded.ended_at IS NOT NULL",
    )
    .bind(dream.id.as_str())
    .bind(dream.agent_id.as_ref().map(AgentId::as_str))
    .bind(word(dream.status))
    .bind(dream.model.as_deref())
    .bind(dream.instructions.as_deref())
    .bind(dream.session_id.as_deref())
    .bind(i64::from(dream.interactions_read))
    .bind(tokens(|usage| usage.input_tokens))
    .bind(tokens(|usage| usage.output_tokens))
    .bind(tokens(|usage| usage.cache_read_input_tokens))
    .bind(tokens(|usage| usage.cache_creation_input_tokens))
    .bind(dream.error.as_ref().map(|error| error.kind.as_str()))
    .bind(dream.error.as_ref().map(|error| error.message.as_str()))
    .bind(micros(dream.created_at))
    .bind(dream.ended_at.map(micros))
    .bind(dream.input_store_id.as_deref())
    .bind(dream.output_store_id.as_deref())
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps the place of a dream that is known only by its report; one that is there already stays.
///
/// # Errors
/// If the database cannot be written.
pub async fn stand_in(
    conn: &mut Conn,
    id: &DreamId,
    agent_id: &AgentId,
    ended_at: Timestamp,
) -> StoreResult<()> {
    sqlx::query(
        "INSERT INTO dreams
            (id, agent_id, on_platform, status, interactions_read, created_at, ended_at)
         VALUES ($1, $2, 0, 'completed', 0, $3, $3)
         ON CONFLICT (id) DO UPDATE SET agent_id = COALESCE(dreams.agent_id, excluded.agent_id)",
    )
    .bind(id.as_str())
    .bind(agent_id.as_str())
    .bind(micros(ended_at))
    .execute(conn)
    .await?;
    Ok(())
}

/// Lists dreams that had not ended when they were last read.
///
/// # Errors
/// If the database cannot be read.
pub async fn unfinished(conn: &mut Conn) -> StoreResult<Vec<DreamId>> {
    let rows: Vec<(String,)> =
        sqlx::query_as("SELECT id FROM dreams WHERE status IN ('pending', 'running') ORDER BY id")
            .fetch_all(conn)
            .await?;
    Ok(rows.into_iter().map(|(id,)| DreamId(id)).collect())
}

/// Returns the session in which a dream dreamt, or nothing where the dream is unknown.
///
/// # Errors
/// If the database cannot be read.
pub async fn session_of(conn: &mut Conn, id: &DreamId) -> StoreResult<Option<Option<String>>> {
    let row: Option<(Option<String>,)> =
        sqlx::query_as("SELECT session_id FROM dreams WHERE id = $1 AND agent_id IS NOT NULL")
            .bind(id.as_str())
            .fetch_optional(conn)
            .await?;
    Ok(row.map(|(session,)| session))
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    agent_id: String,
    agent_name: String,
    status: String,
    model: Option<String>,
    instructions: Option<String>,
    session_id: Option<String>,
    interactions_read: i64,
    input_tokens: Option<i64>,
    output_tokens: Option<i64>,
    cache_read_input_tokens: Option<i64>,
    cache_creation_input_tokens: Option<i64>,
    error_kind: Option<String>,
    error_message: Option<String>,
    created_at: i64,
    ended_at: Option<i64>,
    summary: Option<String>,
    reported_by: Option<String>,
    reported_at: Option<i64>,
    wrote_in_place: i64,
    in_place: Option<String>,
    derived_at: Option<i64>,
}

macro_rules! select_dreams {
    ($tail:literal) => {
        concat!(
            "SELECT d.id, d.agent_id, COALESCE(a.name, d.agent_id) AS agent_name, d.status,
                d.model, d.instructions, d.session_id, d.interactions_read, d.input_tokens,
                d.output_tokens, d.cache_read_input_tokens, d.cache_creation_input_tokens,
                d.error_kind, d.error_message, d.created_at, d.ended_at, r.summary,
                r.reported_by, r.reported_at,
                CASE WHEN d.output_store_id = d.input_store_id THEN CAST(1 AS BIGINT)
                    ELSE CAST(0 AS BIGINT) END AS wrote_in_place,
                d.in_place, d.derived_at
             FROM dreams d LEFT JOIN agents a ON a.id = d.agent_id
             LEFT JOIN reports r ON r.dream_id = d.id ",
            $tail
        )
    };
}

/// Lists an agent's dreams, newest first.
///
/// # Errors
/// If the database cannot be read.
pub async fn list(
    conn: &mut Conn,
    agent_id: &AgentId,
    after: Option<&Position>,
    limit: u32,
) -> StoreResult<Vec<DreamReport>> {
    let rows: Vec<Row> = sqlx::query_as(select_dreams!(
        "WHERE d.agent_id = $1
           AND ($2 IS NULL OR d.created_at < $2 OR (d.created_at = $2 AND d.id < $3))
         ORDER BY d.created_at DESC, d.id DESC LIMIT $4"
    ))
    .bind(agent_id.as_str())
    .bind(after.map(|after| after.at))
    .bind(after.map(|after| after.id.as_str()))
    .bind(i64::from(limit))
    .fetch_all(&mut *conn)
    .await?;
    let mut dreams = Vec::with_capacity(rows.len());
    for row in rows {
        dreams.push(with_report(conn, row).await?);
    }
    Ok(dreams)
}

/// Returns one dream.
///
/// # Errors
/// If the database cannot be read.
pub async fn get(conn: &mut Conn, id: &DreamId) -> StoreResult<Option<DreamReport>> {
    let row: Option<Row> =
        sqlx::query_as(select_dreams!("WHERE d.id = $1 AND d.agent_id IS NOT NULL"))
            .bind(id.as_str())
            .fetch_optional(&mut *conn)
            .await?;
    match row {
        Some(row) => Ok(Some(with_report(conn, row).await?)),
        None => Ok(None),
    }
}

async fn with_report(conn: &mut Conn, row: Row) -> StoreResult<DreamReport> {
    let id = DreamId(row.id);
    let tokens = |tokens: Option<i64>| tokens.map_or(Ok(0), count);
    let usage = match row.input_tokens {
        None => None,
        Some(input) => Some(Usage {
            input_tokens: count(input)?,
            output_tokens: tokens(row.output_tokens)?,
            cache_read_input_tokens: tokens(row.cache_read_input_tokens)?,
            cache_creation_input_tokens: tokens(row.cache_creation_input_tokens)?,
        }),
    };
    let in_place = match (row.wrote_in_place, row.in_place, row.derived_at) {
        (0, ..) => None,
        (_, Some(known), _) => Some(from_json(&known)?),
        (_, None, None) => Some(InPlace::Waiting),
        (_, None, Some(_)) => Some(InPlace::Unknown),
    };
    Ok(DreamReport {
        agent_id: row.agent_id.into(),
        agent_name: row.agent_name,
        status: from_word(&row.status)?,
        created_at: time(row.created_at)?,
        ended_at: maybe_time(row.ended_at)?,
        reported_at: maybe_time(row.reported_at)?,
        reported_by: row.reported_by,
        summary: row.summary,
        patterns: patterns(conn, &id).await?,
        suggestions: suggestions(conn, &id).await?,
        metrics: metrics(conn, &id).await?,
        usage,
        cost: None,
        model: row.model,
        instructions: row.instructions,
        interactions_read: count(row.interactions_read)?,
        error: row.error_kind.map(|kind| DreamError {
            kind,
            message: row.error_message.unwrap_or_default(),
        }),
        in_place,
        reflection: super::reflections::get(conn, &id)
            .await?
            .map(|kept| kept.reflection),
        has_log: row.session_id.is_some(),
        id,
    })
}

/// Lists the patterns of a report, in its order.
///
/// # Errors
/// If the database cannot be read.
pub async fn patterns(conn: &mut Conn, id: &DreamId) -> StoreResult<Vec<Pattern>> {
    type Row = (String, String, String, Option<i64>, String, Option<String>);
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT key, title, description, occurrences, interaction_ids, found_by FROM patterns
         WHERE dream_id = $1 ORDER BY position",
    )
    .bind(id.as_str())
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(
            |(key, title, description, occurrences, interaction_ids, found_by)| {
                Ok(Pattern {
                    key,
                    title,
                    description,
                    occurrences: occurrences.map(count).transpose()?,
                    interaction_ids: from_json(&interaction_ids)?,
                    found_by,
                })
            },
        )
        .collect()
}

/// Lists the metrics of a report, in its order.
///
/// # Errors
/// If the database cannot be read.
pub async fn metrics(conn: &mut Conn, id: &DreamId) -> StoreResult<Vec<Metric>> {
    type Row = (
        String,
        Option<f64>,
        Option<i64>,
        Option<f64>,
        Option<i64>,
        String,
    );
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT name, before_value, before_cases, after_value, after_cases, measured_by
         FROM metrics WHERE dream_id = $1 ORDER BY position",
    )
    .bind(id.as_str())
    .fetch_all(conn)
    .await?;
    let measurement = |value: Option<f64>, cases: Option<i64>| -> StoreResult<_> {
        let cases = cases.map(count).transpose()?;
        Ok(value.map(|value| Measurement { value, cases }))
    };
    rows.into_iter()
        .map(
            |(name, before, before_cases, after, after_cases, measured_by)| {
                Ok(Metric {
                    name,
                    before: measurement(before, before_cases)?,
                    after: measurement(after, after_cases)?,
                    measured_by,
                })
            },
        )
        .collect()
}

async fn suggestions(conn: &mut Conn, id: &DreamId) -> StoreResult<Vec<SuggestionRow>> {
    type Row = (String, String, String, i64, i64, Option<String>, i64);
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT id, title, status, lines_added, lines_removed, proposed_by, takes_back
         FROM suggestions WHERE dream_id = $1 ORDER BY position",
    )
    .bind(id.as_str())
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|(id, title, status, added, removed, proposed_by, back)| {
            Ok(SuggestionRow {
                id: id.into(),
                title,
                status: from_word(&status)?,
                size: ChangeSize {
                    lines_added: count(added)?,
                    lines_removed: count(removed)?,
                },
                proposed_by,
                takes_back: back != 0,
            })
        })
        .collect()
}
