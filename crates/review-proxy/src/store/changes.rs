//! Changes and their approvals.

use super::{Conn, Position, StoreResult, audit, count, from_word, micros, signed, time, word};
use jiff::Timestamp;
use review_api::{
    AgentId, ApplyOutcome, Approval, Change, ChangeId, ChangeSize, ChangeState, ChangeSummary,
    Policy, Prompt, SubjectKind, SuggestionId,
};

/// Keeps a change that was just staged, with the suggestions it was made of.
///
/// # Errors
/// If the database cannot be written.
pub async fn insert(conn: &mut Conn, change: &Change) -> StoreResult<()> {
    let summary = &change.summary;
    sqlx::query(
        "INSERT INTO changes (id, agent_id, title, state, base_version, base_sha256, base_text,
            proposed, proposed_sha256, digest, policy_version, approvals_needed, lines_added,
            lines_removed, staged_by, staged_at, updated_at, revision)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
    )
    .bind(summary.id.as_str())
    .bind(summary.agent_id.as_str())
    .bind(&summary.title)
    .bind(word(summary.state))
    .bind(i64::from(change.base.version))
    .bind(&change.base.sha256)
    .bind(&change.base.text)
    .bind(&change.proposed)
    .bind(review_core::digest::sha256_hex(&change.proposed))
    .bind(&change.digest)
    .bind(i64::from(change.policy.version))
    .bind(i64::from(change.policy.approvals_needed))
    .bind(i64::from(summary.size.lines_added))
    .bind(i64::from(summary.size.lines_removed))
    .bind(summary.staged_by.as_str())
    .bind(micros(summary.staged_at))
    .bind(micros(summary.updated_at))
    .bind(signed(change.revision))
    .execute(&mut *conn)
    .await?;
    for (suggestion, position) in change.suggestion_ids.iter().zip(1_i64..) {
        sqlx::query(
            "INSERT INTO change_suggestions (change_id, suggestion_id, position)
             VALUES ($1, $2, $3)",
        )
        .bind(summary.id.as_str())
        .bind(suggestion.as_str())
        .bind(position)
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

macro_rules! select_changes {
    ($columns:literal, $tail:literal) => {
        concat!(
            "SELECT c.id, c.agent_id, COALESCE(a.name, c.agent_id) AS agent_name, c.title,
                c.state, c.base_version, c.lines_added, c.lines_removed, c.staged_by, c.staged_at,
                c.updated_at, c.approvals_needed,
                (SELECT COUNT(*) FROM approvals p WHERE p.change_id = c.id
                    AND p.digest = c.digest AND p.approved_by <> c.staged_by) AS approvals",
            $columns,
            " FROM changes c LEFT JOIN agents a ON a.id = c.agent_id ",
            $tail
        )
    };
}

#[derive(sqlx::FromRow)]
struct SummaryRow {
    id: String,
    agent_id: String,
    agent_name: String,
    title: String,
    state: String,
    base_version: i64,
    lines_added: i64,
    lines_removed: i64,
    staged_by: String,
    staged_at: i64,
    updated_at: i64,
    approvals_needed: i64,
    approvals: i64,
}

impl SummaryRow {
    fn read(self) -> StoreResult<ChangeSummary> {
        Ok(ChangeSummary {
            id: self.id.into(),
            agent_id: self.agent_id.into(),
            agent_name: self.agent_name,
            title: self.title,
            state: from_word(&self.state)?,
            size: ChangeSize {
                lines_added: count(self.lines_added)?,
                lines_removed: count(self.lines_removed)?,
            },
            base_version: count(self.base_version)?,
            staged_by: self.staged_by.into(),
            staged_at: time(self.staged_at)?,
            updated_at: time(self.updated_at)?,
            approvals: count(self.approvals)?,
            approvals_needed: count(self.approvals_needed)?,
        })
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    #[sqlx(flatten)]
    summary: SummaryRow,
    base_sha256: String,
    base_text: String,
    proposed: String,
    digest: String,
    policy_version: i64,
    outcome_by: Option<String>,
    outcome_at: Option<i64>,
    outcome_version: Option<i64>,
    outcome_message: Option<String>,
    trouble: Option<String>,
    revision: i64,
}

impl Row {
    /// Reads what the row itself holds.
    fn read(self) -> StoreResult<Change> {
        let outcome = match (self.outcome_by, self.outcome_at) {
            (Some(by), Some(at)) => Some(ApplyOutcome {
                by: by.into(),
                at: time(at)?,
                version: self.outcome_version.map(count).transpose()?,
                message: self.outcome_message.unwrap_or_default(),
            }),
            _ => None,
        };
        let summary = self.summary.read()?;
        Ok(Change {
            base: Prompt {
                version: summary.base_version,
                sha256: self.base_sha256,
                text: self.base_text,
            },
            proposed: self.proposed,
            digest: self.digest,
            policy: Policy {
                version: count(self.policy_version)?,
                approvals_needed: summary.approvals_needed,
            },
            suggestion_ids: Vec::new(),
            approvals: Vec::new(),
            outcome,
            trouble: self.trouble,
            history: Vec::new(),
            revision: count(self.revision)?,
            summary,
        })
    }
}

/// Which changes to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only those that somebody still has to do something about.
    pub open_only: bool,
    /// Those of one agent.
    pub agent_id: Option<AgentId>,
    /// Those staged before this place.
    pub after: Option<Position>,
}

/// Lists changes, newest first.
///
/// # Errors
/// If the database cannot be read.
pub async fn list(conn: &mut Conn, filter: &Filter, limit: u32) -> StoreResult<Vec<ChangeSummary>> {
    let rows: Vec<SummaryRow> = sqlx::query_as(select_changes!(
        "",
        "WHERE ($1 = 0 OR c.state NOT IN ('applied', 'withdrawn'))
           AND ($2 IS NULL OR c.agent_id = $2)
           AND ($3 IS NULL OR c.staged_at < $3 OR (c.staged_at = $3 AND c.id < $4))
         ORDER BY c.staged_at DESC, c.id DESC LIMIT $5"
    ))
    .bind(i64::from(filter.open_only))
    .bind(filter.agent_id.as_ref().map(AgentId::as_str))
    .bind(filter.after.as_ref().map(|after| after.at))
    .bind(filter.after.as_ref().map(|after| after.id.as_str()))
    .bind(i64::from(limit))
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(SummaryRow::read).collect()
}

/// Lists changes that somebody still has to do something about, at most 500, oldest first.
///
/// They come without their texts and their history: what the rules ask for is there.
///
/// # Errors
/// If the database cannot be read.
pub async fn open(conn: &mut Conn) -> StoreResult<Vec<Change>> {
    let rows: Vec<Row> = sqlx::query_as(select_changes!(
        ", c.base_sha256, '' AS base_text, '' AS proposed, c.digest, c.policy_version,
           c.outcome_by, c.outcome_at, c.outcome_version, c.outcome_message, c.trouble, c.revision",
        "WHERE c.state NOT IN ('applied', 'withdrawn') ORDER BY c.staged_at, c.id LIMIT 500"
    ))
    .fetch_all(&mut *conn)
    .await?;
    let mut open = Vec::with_capacity(rows.len());
    for row in rows {
        let mut change = row.read()?;
        change.approvals = approvals(conn, &change.summary.id).await?;
        open.push(change);
    }
    Ok(open)
}

/// Returns a change in full, with its history from the ledger.
///
/// # Errors
/// If the database cannot be read.
pub async fn get(conn: &mut Conn, id: &ChangeId) -> StoreResult<Option<Change>> {
    let row: Option<Row> = sqlx::query_as(select_changes!(
        ", c.base_sha256, c.base_text, c.proposed, c.digest, c.policy_version, c.outcome_by,
           c.outcome_at, c.outcome_version, c.outcome_message, c.trouble, c.revision",
        "WHERE c.id = $1"
    ))
    .bind(id.as_str())
    .fetch_optional(&mut *conn)
    .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let mut change = row.read()?;
    change.suggestion_ids = suggestion_ids(conn, id).await?;
    change.approvals = approvals(conn, id).await?;
    change.history = audit::of_subject(conn, SubjectKind::Change, id.as_str()).await?;
    Ok(Some(change))
}

async fn suggestion_ids(conn: &mut Conn, id: &ChangeId) -> StoreResult<Vec<SuggestionId>> {
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT suggestion_id FROM change_suggestions WHERE change_id = $1 ORDER BY position",
    )
    .bind(id.as_str())
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|(id,)| SuggestionId(id)).collect())
}

async fn approvals(conn: &mut Conn, id: &ChangeId) -> StoreResult<Vec<Approval>> {
    let rows: Vec<(String, i64, String)> = sqlx::query_as(
        "SELECT approved_by, approved_at, digest FROM approvals WHERE change_id = $1
         ORDER BY approved_at DESC, approved_by",
    )
    .bind(id.as_str())
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|(by, at, digest)| {
            Ok(Approval {
                by: by.into(),
                at: time(at)?,
                digest,
            })
        })
        .collect()
}

/// Keeps an approval.
///
/// # Errors
/// If the database cannot be written, or this person approved this digest before.
pub async fn approve(conn: &mut Conn, id: &ChangeId, approval: &Approval) -> StoreResult<()> {
    sqlx::query(
        "INSERT INTO approvals (change_id, approved_by, digest, approved_at)
         VALUES ($1, $2, $3, $4)",
    )
    .bind(id.as_str())
    .bind(approval.by.as_str())
    .bind(&approval.digest)
    .bind(micros(approval.at))
    .execute(conn)
    .await?;
    Ok(())
}

/// Moves a change on to `state`; the caller has checked that it may go there.
///
/// # Errors
/// If the database cannot be written.
pub async fn set_state(
    conn: &mut Conn,
    id: &ChangeId,
    state: ChangeState,
    trouble: Option<&str>,
    at: Timestamp,
) -> StoreResult<()> {
    sqlx::query(
        "UPDATE changes SET state = $2, trouble = $3, updated_at = $4, revision = revision + 1
         WHERE id = $1",
    )
    .bind(id.as_str())
    .bind(word(state))
    .bind(trouble)
    .bind(micros(at))
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes how an application ended.
///
/// # Errors
/// If the database cannot be written.
pub async fn set_outcome(
    conn: &mut Conn,
    id: &ChangeId,
    outcome: &ApplyOutcome,
) -> StoreResult<()> {
    sqlx::query(
        "UPDATE changes SET outcome_by = $2, outcome_at = $3, outcome_version = $4,
            outcome_message = $5 WHERE id = $1",
    )
    .bind(id.as_str())
    .bind(outcome.by.as_str())
    .bind(micros(outcome.at))
    .bind(outcome.version.map(i64::from))
    .bind(&outcome.message)
    .execute(conn)
    .await?;
    Ok(())
}

/// Gives a waiting change the policy that holds now, and the digest that this makes.
///
/// # Errors
/// If the database cannot be written.
pub async fn set_policy(
    conn: &mut Conn,
    id: &ChangeId,
    policy: &Policy,
    digest: &str,
) -> StoreResult<()> {
    sqlx::query(
        "UPDATE changes SET policy_version = $2, approvals_needed = $3, digest = $4 WHERE id = $1",
    )
    .bind(id.as_str())
    .bind(i64::from(policy.version))
    .bind(i64::from(policy.approvals_needed))
    .bind(digest)
    .execute(conn)
    .await?;
    Ok(())
}

/// Lists the waiting changes (staged or approved) of one agent.
///
/// # Errors
/// If the database cannot be read.
pub async fn waiting_of(conn: &mut Conn, agent_id: &AgentId) -> StoreResult<Vec<ChangeId>> {
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT id FROM changes WHERE agent_id = $1 AND state IN ('staged', 'approved')
         ORDER BY staged_at, id",
    )
    .bind(agent_id.as_str())
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|(id,)| ChangeId(id)).collect())
}

/// Lists waiting changes whose agent has another version by now, with that version.
///
/// # Errors
/// If the database cannot be read.
pub async fn outdated(conn: &mut Conn) -> StoreResult<Vec<(ChangeId, u32)>> {
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "SELECT c.id, a.version FROM changes c JOIN agents a ON a.id = c.agent_id
         WHERE c.state IN ('staged', 'approved') AND a.version > c.base_version
         ORDER BY c.staged_at, c.id LIMIT 100",
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|(id, version)| Ok((ChangeId(id), count(version)?)))
        .collect()
}
