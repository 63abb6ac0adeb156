//! Reports of dreams: what a pipeline found and proposes.

use super::{Conn, StoreResult, json, micros, word};
use jiff::Timestamp;
use review_api::{
    AgentId, ChangeSize, ChangeTarget, DreamId, MemoryProposal, Metric, Pattern, SuggestionFinding,
    SuggestionId, SuggestionStatus,
};

/// A report to keep.
#[derive(Debug, Clone)]
pub struct NewReport {
    /// The dream reported; a stand-in (`rpt_…`) where the sender named none.
    pub dream_id: DreamId,
    /// Whose dream.
    pub agent_id: AgentId,
    /// Version that the agent had then.
    pub agent_version: u32,
    /// What was found.
    pub summary: Option<String>,
    /// Who sent it, such as `webhook`.
    pub reported_by: String,
    /// When it came.
    pub reported_at: Timestamp,
    /// When the dream ended, as the sender says.
    pub completed_at: Option<Timestamp>,
    /// The delivery that brought it.
    pub delivery_id: Option<String>,
    /// Whatever else the sender wrote.
    pub extra: serde_json::Map<String, serde_json::Value>,
    /// What keeps happening.
    pub patterns: Vec<Pattern>,
    /// What was measured.
    pub metrics: Vec<Metric>,
    /// What is proposed.
    pub suggestions: Vec<NewSuggestion>,
}

/// A suggestion to keep.
#[derive(Debug, Clone)]
pub struct NewSuggestion {
    /// Its id.
    pub id: SuggestionId,
    /// What it would do, in a few words.
    pub title: String,
    /// Why.
    pub rationale: String,
    /// Keys of the patterns behind it; empty means all of the report's.
    pub pattern_keys: Vec<String>,
    /// The prompt proposed; empty for memories.
    pub proposed: String,
    /// What it would do to a memory store.
    pub memory: Option<MemoryProposal>,
    /// How much it would change.
    pub size: ChangeSize,
    /// Whether it takes back what the dream wrote by itself.
    pub takes_back: bool,
    /// The model that proposed it in a reflection.
    pub proposed_by: Option<String>,
    /// What a reader must know of it.
    pub findings: Vec<SuggestionFinding>,
}

/// Who a report comes from that was derived here, from what the dream did to its memory store.
pub const DERIVED: &str = "derived";

/// Says whether a report of this dream was kept before; one that was derived here leaves room for a pipeline's.
///
/// # Errors
/// If the database cannot be read.
pub async fn exists(conn: &mut Conn, dream_id: &DreamId) -> StoreResult<bool> {
    let row: Option<(String,)> =
        sqlx::query_as("SELECT reported_by FROM reports WHERE dream_id = $1 AND reported_by <> $2")
            .bind(dream_id.as_str())
            .bind(DERIVED)
            .fetch_optional(conn)
            .await?;
    Ok(row.is_some())
}

/// Keeps a report with its patterns, metrics and suggestions, and makes sure that its dream has a place.
///
/// # Errors
/// If the database cannot be written, or the dream has a report already.
pub async fn insert(conn: &mut Conn, report: &NewReport) -> StoreResult<()> {
    let ended_at = report.completed_at.unwrap_or(report.reported_at);
    super::dreams::stand_in(conn, &report.dream_id, &report.agent_id, ended_at).await?;
    let extra = serde_json::Value::Object(report.extra.clone());
    sqlx::query(
        "INSERT INTO reports (dream_id, agent_id, agent_version, summary, reported_by,
            reported_at, completed_at, delivery_id, extra)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (dream_id) DO UPDATE SET agent_version = excluded.agent_version,
            summary = excluded.summary, reported_by = excluded.reported_by,
            reported_at = excluded.reported_at, completed_at = excluded.completed_at,
            delivery_id = excluded.delivery_id, extra = excluded.extra
         WHERE reports.reported_by = $10",
    )
    .bind(report.dream_id.as_str())
    .bind(report.agent_id.as_str())
    .bind(i64::from(report.agent_version))
    .bind(report.summary.as_deref())
    .bind(&report.reported_by)
    .bind(micros(report.reported_at))
    .bind(report.completed_at.map(micros))
    .bind(report.delivery_id.as_deref())
    .bind(json(&extra))
    .bind(DERIVED)
    .execute(&mut *conn)
    .await?;
    insert_patterns(conn, report).await?;
    for (metric, position) in report.metrics.iter().zip(1_i64..) {
        insert_metric(conn, &report.dream_id, position, metric).await?;
    }
    let first = 1 + last_position(conn, &report.dream_id).await?;
    for (suggestion, position) in report.suggestions.iter().zip(first..) {
        insert_suggestion(conn, report, position, suggestion).await?;
    }
    Ok(())
}

/// Adds a suggestion that was derived here to a dream's report, and makes one where none has come yet.
///
/// # Errors
/// If the database cannot be written.
pub async fn add_derived(conn: &mut Conn, report: &NewReport) -> StoreResult<()> {
    let is_there = exists(conn, &report.dream_id).await?;
    if is_there || is_derived(conn, &report.dream_id).await? {
        insert_patterns(conn, report).await?;
        let first = 1 + last_position(conn, &report.dream_id).await?;
        for (suggestion, position) in report.suggestions.iter().zip(first..) {
            insert_suggestion(conn, report, position, suggestion).await?;
        }
        return Ok(());
    }
    insert(conn, report).await
}

async fn is_derived(conn: &mut Conn, dream_id: &DreamId) -> StoreResult<bool> {
    let row: Option<(String,)> =
        sqlx::query_as("SELECT dream_id FROM reports WHERE dream_id = $1 AND reported_by = $2")
            .bind(dream_id.as_str())
            .bind(DERIVED)
            .fetch_optional(conn)
            .await?;
    Ok(row.is_some())
}

async fn insert_patterns(conn: &mut Conn, report: &NewReport) -> StoreResult<()> {
    let (last,): (i64,) =
        sqlx::query_as("SELECT COALESCE(MAX(position), 0) FROM patterns WHERE dream_id = $1")
            .bind(report.dream_id.as_str())
            .fetch_one(&mut *conn)
            .await?;
    for (pattern, position) in report.patterns.iter().zip(1 + last..) {
        insert_pattern(conn, &report.dream_id, position, pattern).await?;
    }
    Ok(())
}

async fn last_position(conn: &mut Conn, dream_id: &DreamId) -> StoreResult<i64> {
    let (last,): (i64,) =
        sqlx::query_as("SELECT COALESCE(MAX(position), 0) FROM suggestions WHERE dream_id = $1")
            .bind(dream_id.as_str())
            .fetch_one(conn)
            .await?;
    Ok(last)
}

async fn insert_pattern(
    conn: &mut Conn,
    dream_id: &DreamId,
    position: i64,
    pattern: &Pattern,
) -> StoreResult<()> {
    sqlx::query(
        "INSERT INTO patterns
            (dream_id, position, key, title, description, occurrences, interaction_ids, found_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(dream_id.as_str())
    .bind(position)
    .bind(&pattern.key)
    .bind(&pattern.title)
    .bind(&pattern.description)
    .bind(pattern.occurrences.map(i64::from))
    .bind(json(&pattern.interaction_ids))
    .bind(pattern.found_by.as_deref())
    .execute(conn)
    .await?;
    Ok(())
}

async fn insert_metric(
    conn: &mut Conn,
    dream_id: &DreamId,
    position: i64,
    metric: &Metric,
) -> StoreResult<()> {
    let cases = |measured: Option<review_api::Measurement>| {
        measured.and_then(|measured| measured.cases).map(i64::from)
    };
    sqlx::query(
        "INSERT INTO metrics (dream_id, position, name, before_value, before_cases, after_value,
            after_cases, measured_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(dream_id.as_str())
    .bind(position)
    .bind(&metric.name)
    .bind(metric.before.map(|measured| measured.value))
    .bind(cases(metric.before))
    .bind(metric.after.map(|measured| measured.value))
    .bind(cases(metric.after))
    .bind(&metric.measured_by)
    // See `Conn`.
    .persistent(false)
    .execute(conn)
    .await?;
    Ok(())
}

async fn insert_suggestion(
    conn: &mut Conn,
    report: &NewReport,
    position: i64,
    suggestion: &NewSuggestion,
) -> StoreResult<()> {
    let memory = suggestion.memory.as_ref();
    // Names what is proposed, so that a like suggestion is known again.
    let bytes = memory.map_or_else(
        || review_core::digest::sha256_hex(&suggestion.proposed),
        |memory| review_core::manifest::digest(&memory.manifest),
    );
    let target = if memory.is_some() {
        ChangeTarget::Memory
    } else {
        ChangeTarget::Prompt
    };
    sqlx::query(
        "INSERT INTO suggestions (id, dream_id, agent_id, position, title, rationale,
            pattern_keys, proposed, proposed_sha256, made_on_version, lines_added, lines_removed,
            status, created_at, revision, target, memory_manifest, memory_store_name, memory_before,
            proposed_by, findings, takes_back)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 1, $15, $16, $17, $18,
            $19, $20, $21)",
    )
    .bind(suggestion.id.as_str())
    .bind(report.dream_id.as_str())
    .bind(report.agent_id.as_str())
    .bind(position)
    .bind(&suggestion.title)
    .bind(&suggestion.rationale)
    .bind(json(&suggestion.pattern_keys))
    .bind(&suggestion.proposed)
    .bind(bytes)
    .bind(i64::from(report.agent_version))
    .bind(i64::from(suggestion.size.lines_added))
    .bind(i64::from(suggestion.size.lines_removed))
    .bind(word(SuggestionStatus::Open))
    .bind(micros(report.reported_at))
    .bind(word(target))
    .bind(memory.map(|memory| json(&memory.manifest)))
    .bind(memory.map(|memory| memory.store_name.as_str()))
    .bind(memory.map(|memory| json(&memory.before)))
    .bind(suggestion.proposed_by.as_deref())
    .bind((!suggestion.findings.is_empty()).then(|| json(&suggestion.findings)))
    .bind(i64::from(suggestion.takes_back))
    .execute(conn)
    .await?;
    Ok(())
}
