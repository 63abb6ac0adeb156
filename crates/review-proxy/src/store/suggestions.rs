//! Suggestions, and what became of them.

mod refused;

pub use refused::{Refused, refused_before};

use super::{Conn, StoreResult, count, dreams, from_json, from_word, micros, prompts, time, word};
use jiff::Timestamp;
use review_api::{
    AgentId, ChangeId, ChangeSize, DreamId, EarlierRejection, MemoryProposal, Metric, Pattern,
    Prompt, Rejection, Suggestion, SuggestionId, SuggestionStatus, UserName,
};

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    dream_id: String,
    agent_id: String,
    agent_name: String,
    position: i64,
    in_report: i64,
    title: String,
    rationale: String,
    pattern_keys: String,
    proposed: String,
    proposed_sha256: String,
    made_on_version: i64,
    lines_added: i64,
    lines_removed: i64,
    status: String,
    rejected_by: Option<String>,
    rejected_at: Option<i64>,
    rejection_reason: Option<String>,
    change_id: Option<String>,
    created_at: i64,
    revision: i64,
    agent_version: Option<i64>,
    prompt_sha256: Option<String>,
    target: String,
    memory_manifest: Option<String>,
    memory_store_name: Option<String>,
    memory_before: Option<String>,
    proposed_by: Option<String>,
    takes_back: i64,
    findings: Option<String>,
}

/// Returns a suggestion in full, with the prompt that its agent had when last read.
///
/// # Errors
/// If the database cannot be read.
pub async fn get(conn: &mut Conn, id: &SuggestionId) -> StoreResult<Option<Suggestion>> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT s.*, COALESCE(a.name, s.agent_id) AS agent_name, a.version AS agent_version,
            a.prompt_sha256,
            (SELECT COUNT(*) FROM suggestions x WHERE x.dream_id = s.dream_id) AS in_report
         FROM suggestions s LEFT JOIN agents a ON a.id = s.agent_id WHERE s.id = $1",
    )
    .bind(id.as_str())
    .fetch_optional(&mut *conn)
    .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let agent_id = AgentId(row.agent_id);
    let dream_id = DreamId(row.dream_id);
    let version = row.agent_version.map_or(Ok(0), count)?;
    let current = prompts::get(conn, &agent_id, version).await?.map_or(
        Prompt {
            version,
            sha256: row.prompt_sha256.unwrap_or_default(),
            text: String::new(),
        },
        |version| version.prompt,
    );
    let keys: Vec<String> = from_json(&row.pattern_keys)?;
    let id = SuggestionId(row.id);
    Ok(Some(Suggestion {
        memory_uses: Vec::new(),
        patterns: behind(dreams::patterns(conn, &dream_id).await?, &keys),
        metrics: dreams::metrics(conn, &dream_id).await?,
        earlier_rejections: earlier_rejections(conn, &id, &agent_id, &row.proposed_sha256).await?,
        rejection: rejection(row.rejected_by, row.rejected_at, row.rejection_reason)?,
        id,
        dream_id,
        agent_id,
        agent_name: row.agent_name,
        title: row.title,
        rationale: row.rationale,
        status: from_word(&row.status)?,
        target: from_word(&row.target)?,
        memory: match row.memory_manifest {
            Some(manifest) => Some(MemoryProposal {
                manifest: from_json(&manifest)?,
                store_name: row.memory_store_name.unwrap_or_default(),
                before: row
                    .memory_before
                    .as_deref()
                    .map_or(Ok(Vec::new()), from_json)?,
            }),
            None => None,
        },
        proposed_by: row.proposed_by,
        takes_back: row.takes_back != 0,
        findings: row.findings.as_deref().map_or(Ok(Vec::new()), from_json)?,
        current,
        made_on_version: count(row.made_on_version)?,
        proposed: row.proposed,
        size: ChangeSize {
            lines_added: count(row.lines_added)?,
            lines_removed: count(row.lines_removed)?,
        },
        change_id: row.change_id.map(ChangeId),
        position: (count(row.position)?, count(row.in_report)?),
        created_at: time(row.created_at)?,
        revision: count(row.revision)?,
    }))
}

/// Picks the patterns named by `keys`, or all where none is named.
fn behind(patterns: Vec<Pattern>, keys: &[String]) -> Vec<Pattern> {
    if keys.is_empty() {
        return patterns;
    }
    patterns
        .into_iter()
        .filter(|pattern| keys.contains(&pattern.key))
        .collect()
}

fn rejection(
    by: Option<String>,
    at: Option<i64>,
    reason: Option<String>,
) -> StoreResult<Option<Rejection>> {
    let (Some(by), Some(at)) = (by, at) else {
        return Ok(None);
    };
    Ok(Some(Rejection {
        by: UserName(by),
        at: time(at)?,
        reason: reason.unwrap_or_default(),
    }))
}

async fn earlier_rejections(
    conn: &mut Conn,
    id: &SuggestionId,
    agent_id: &AgentId,
    proposed_sha256: &str,
) -> StoreResult<Vec<EarlierRejection>> {
    type Row = (String, String, Option<String>, Option<i64>, Option<String>);
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT id, title, rejected_by, rejected_at, rejection_reason FROM suggestions
         WHERE agent_id = $1 AND proposed_sha256 = $2 AND status = 'rejected' AND id <> $3
         ORDER BY rejected_at DESC, id LIMIT 20",
    )
    .bind(agent_id.as_str())
    .bind(proposed_sha256)
    .bind(id.as_str())
    .fetch_all(conn)
    .await?;
    let mut earlier = Vec::with_capacity(rows.len());
    for (id, title, by, at, reason) in rows {
        if let Some(rejection) = rejection(by, at, reason)? {
            earlier.push(EarlierRejection {
                suggestion_id: SuggestionId(id),
                title,
                alike_percent: 100,
                rejection,
            });
        }
    }
    Ok(earlier)
}

/// Turns a suggestion down; the caller has checked that it is open.
///
/// # Errors
/// If the database cannot be written.
pub async fn reject(
    conn: &mut Conn,
    id: &SuggestionId,
    by: &UserName,
    reason: &str,
    at: Timestamp,
) -> StoreResult<()> {
    sqlx::query(
        "UPDATE suggestions SET status = $2, rejected_by = $3, rejected_at = $4,
            rejection_reason = $5, revision = revision + 1 WHERE id = $1",
    )
    .bind(id.as_str())
    .bind(word(SuggestionStatus::Rejected))
    .bind(by.as_str())
    .bind(micros(at))
    .bind(reason)
    .execute(conn)
    .await?;
    Ok(())
}

/// Gives the suggestions of a change another status; reopened ones forget the change.
///
/// # Errors
/// If the database cannot be written.
pub async fn set_status_of_change(
    conn: &mut Conn,
    change_id: &ChangeId,
    status: SuggestionStatus,
) -> StoreResult<()> {
    let kept = (status != SuggestionStatus::Open).then(|| change_id.as_str());
    sqlx::query(
        "UPDATE suggestions SET status = $2, change_id = $3, revision = revision + 1
         WHERE id IN (SELECT suggestion_id FROM change_suggestions WHERE change_id = $1)",
    )
    .bind(change_id.as_str())
    .bind(word(status))
    .bind(kept)
    .execute(conn)
    .await?;
    Ok(())
}

/// An open suggestion, as the inbox shows it.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// Which suggestion.
    pub id: SuggestionId,
    /// What it would do.
    pub title: String,
    /// The agent it is for.
    pub agent_id: AgentId,
    /// The agent's name.
    pub agent_name: String,
    /// How much it would change.
    pub size: ChangeSize,
    /// The report's first metric.
    pub metric: Option<Metric>,
    /// Whether it takes back what its dream wrote by itself.
    pub takes_back: bool,
    /// Whether the same bytes were refused before.
    pub rejected_before: bool,
    /// When it came.
    pub created_at: Timestamp,
}

/// Lists open suggestions, oldest first.
///
/// # Errors
/// If the database cannot be read.
pub async fn waiting(
    conn: &mut Conn,
    after: Option<&super::Position>,
    limit: u32,
) -> StoreResult<Vec<Waiting>> {
    #[derive(sqlx::FromRow)]
    struct Row {
        id: String,
        title: String,
        agent_id: String,
        agent_name: String,
        dream_id: String,
        lines_added: i64,
        lines_removed: i64,
        takes_back: i64,
        rejected_before: i64,
        created_at: i64,
    }
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT s.id, s.title, s.agent_id, COALESCE(a.name, s.agent_id) AS agent_name, s.dream_id,
            s.lines_added, s.lines_removed, s.takes_back,
            CASE WHEN EXISTS (SELECT 1 FROM suggestions x WHERE x.agent_id = s.agent_id
                AND x.proposed_sha256 = s.proposed_sha256 AND x.status = 'rejected')
                THEN CAST(1 AS BIGINT) ELSE CAST(0 AS BIGINT) END AS rejected_before,
            s.created_at
         FROM suggestions s LEFT JOIN agents a ON a.id = s.agent_id
         WHERE s.status = 'open'
           AND ($1 IS NULL OR s.created_at > $1 OR (s.created_at = $1 AND s.id > $2))
         ORDER BY s.created_at, s.id LIMIT $3",
    )
    .bind(after.map(|after| after.at))
    .bind(after.map(|after| after.id.as_str()))
    .bind(i64::from(limit))
    .fetch_all(&mut *conn)
    .await?;
    let mut waiting = Vec::with_capacity(rows.len());
    for row in rows {
        waiting.push(Waiting {
            id: row.id.into(),
            title: row.title,
            agent_id: row.agent_id.into(),
            agent_name: row.agent_name,
            size: ChangeSize {
                lines_added: count(row.lines_added)?,
                lines_removed: count(row.lines_removed)?,
            },
            // What was measured is the dream's proposals, not taking anything back.
            metric: match row.takes_back {
                0 => dreams::metrics(conn, &row.dream_id.into())
                    .await?
                    .into_iter()
                    .next(),
                _ => None,
            },
            takes_back: row.takes_back != 0,
            rejected_before: row.rejected_before != 0,
            created_at: time(row.created_at)?,
        });
    }
    Ok(waiting)
}

/// Counts open suggestions.
///
/// # Errors
/// If the database cannot be read.
pub async fn count_open(conn: &mut Conn) -> StoreResult<u64> {
    let (open,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM suggestions WHERE status = 'open'")
        .fetch_one(conn)
        .await?;
    count(open)
}
