//! What a dream's report holds, as it is handed on.

use super::super::reports::DERIVED;
use super::super::{Conn, StoreResult, count, dreams, from_json, from_word, maybe_time};
use jiff::Timestamp;
use review_api::{DreamId, MemoryManifest, Metric, Pattern, SuggestionId, SuggestionStatus};
use serde_json::{Map, Value};

/// A report in full.
#[derive(Debug, Clone)]
pub struct Reported {
    /// Version that the agent had when the dream began.
    pub agent_version: u32,
    /// What was found, in sentences.
    pub summary: Option<String>,
    /// Who it comes from.
    pub reported_by: String,
    /// When the dream ended.
    pub completed_at: Option<Timestamp>,
    /// Whatever else its sender wrote.
    pub extra: Map<String, Value>,
    /// What keeps happening.
    pub patterns: Vec<Pattern>,
    /// What was measured.
    pub metrics: Vec<Metric>,
    /// What is proposed, in its order.
    pub suggestions: Vec<Proposed>,
}

/// One proposal of a report.
#[derive(Debug, Clone)]
pub struct Proposed {
    /// Which suggestion.
    pub id: SuggestionId,
    /// What it would do, in a few words.
    pub title: String,
    /// Why.
    pub rationale: String,
    /// Keys of the patterns behind it; empty means all of the report's.
    pub pattern_keys: Vec<String>,
    /// The prompt proposed; empty for memories.
    pub prompt: String,
    /// What it would do to a memory store.
    pub memory: Option<MemoryManifest>,
    /// What became of it.
    pub status: SuggestionStatus,
}

#[derive(sqlx::FromRow)]
struct ReportRow {
    agent_version: i64,
    summary: Option<String>,
    reported_by: String,
    completed_at: Option<i64>,
    extra: String,
}

#[derive(sqlx::FromRow)]
struct ProposedRow {
    id: String,
    title: String,
    rationale: String,
    pattern_keys: String,
    proposed: String,
    memory_manifest: Option<String>,
    status: String,
    takes_back: i64,
}

/// Returns a dream's report in full; nothing while it has none.
///
/// What takes back what the dream did is no proposal of the dream and is not handed on; a report that was derived
/// here and has nothing else is none.
///
/// # Errors
/// If the database cannot be read.
pub async fn reported(conn: &mut Conn, dream_id: &DreamId) -> StoreResult<Option<Reported>> {
    let row: Option<ReportRow> = sqlx::query_as(
        "SELECT agent_version, summary, reported_by, completed_at, extra FROM reports
         WHERE dream_id = $1",
    )
    .bind(dream_id.as_str())
    .fetch_optional(&mut *conn)
    .await?;
    let Some(report) = row else {
        return Ok(None);
    };
    let rows: Vec<ProposedRow> = sqlx::query_as(
        "SELECT id, title, rationale, pattern_keys, proposed, memory_manifest, status, takes_back
         FROM suggestions WHERE dream_id = $1 ORDER BY position",
    )
    .bind(dream_id.as_str())
    .fetch_all(&mut *conn)
    .await?;
    let patterns = dreams::patterns(conn, dream_id).await?;
    let (back, rows): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.takes_back != 0);
    if !back.is_empty() && rows.is_empty() && patterns.is_empty() && report.reported_by == DERIVED {
        return Ok(None);
    }
    let read = |row: ProposedRow| {
        Ok(Proposed {
            id: row.id.into(),
            title: row.title,
            rationale: row.rationale,
            pattern_keys: from_json(&row.pattern_keys)?,
            prompt: row.proposed,
            memory: row.memory_manifest.as_deref().map(from_json).transpose()?,
            status: from_word(&row.status)?,
        })
    };
    Ok(Some(Reported {
        agent_version: count(report.agent_version)?,
        summary: report.summary,
        reported_by: report.reported_by,
        completed_at: maybe_time(report.completed_at)?,
        extra: from_json(&report.extra)?,
        patterns,
        metrics: dreams::metrics(conn, dream_id).await?,
        suggestions: rows.into_iter().map(read).collect::<StoreResult<_>>()?,
    }))
}
