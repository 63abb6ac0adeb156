//! Changes and their approvals.

mod glass;
mod people;
mod row;
mod waiting;

pub use glass::{review_glass, set_glass};
pub use people::{add_hand, approve};
pub use waiting::{agents_with_waiting, lapsing, outdated, waiting, waiting_of};

use super::{Conn, Position, StoreResult, audit, count, json, memory_steps, micros, signed, word};
use jiff::Timestamp;
use people::{approvals, hands, overlaps, rolled_back_by};
use review_api::{
    AgentId, ApplyOutcome, Change, ChangeId, ChangeState, ChangeSummary, SubjectKind, SuggestionId,
};
use row::{Row, SummaryRow};

/// Keeps a change that was just staged, with the suggestions it was made of.
///
/// # Errors
/// If the database cannot be written.
pub async fn insert(conn: &mut Conn, change: &Change) -> StoreResult<()> {
    let summary = &change.summary;
    let memory = change.memory.as_ref();
    sqlx::query(
        "INSERT INTO changes (id, agent_id, title, state, base_version, base_sha256, base_text,
            proposed, proposed_sha256, digest, policy_version, approvals_needed, lines_added,
            lines_removed, staged_by, staged_at, updated_at, revision, staging_test_required,
            approvers, approvals_lapse_after_hours, target, findings_sha256, rolls_back,
            memory_manifest, memory_store_name, memory_before, automation)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
            $19, $20, $21, $22, $23, $24, $25, $26, $27, $28)",
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
    .bind(i64::from(change.policy.staging_test_required))
    .bind(json(&change.policy.approvers))
    .bind(change.policy.approvals_lapse_after_hours.map(i64::from))
    .bind(word(summary.target))
    .bind(change.findings_sha256.as_deref())
    .bind(summary.rolls_back.as_ref().map(ChangeId::as_str))
    .bind(memory.map(|memory| json(&memory.manifest)))
    .bind(memory.map(|memory| memory.store_name.as_str()))
    .bind(memory.map(|memory| json(&memory.before)))
    .bind(json(&change.policy.automation))
    .execute(&mut *conn)
    .await?;
    if let Some(memory) = memory {
        memory_steps::insert(conn, &summary.id, &memory.steps).await?;
    }
    for hand in &change.hands {
        add_hand(conn, &summary.id, hand, summary.staged_at).await?;
    }
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

// `$now` is the parameter with the time as of which approvals count: as `review_core::approvals` says, in SQL.
macro_rules! select_changes {
    ($now:literal, $columns:literal, $tail:literal) => {
        concat!(
            "SELECT c.id, c.agent_id, COALESCE(a.name, c.agent_id) AS agent_name, c.title,
                c.state, c.target, c.rolls_back, c.base_version, c.lines_added, c.lines_removed, c.staged_by, c.staged_at,
                c.updated_at, c.approvals_needed,
                (SELECT COUNT(*) FROM approvals p WHERE p.change_id = c.id
                    AND p.digest = c.digest AND p.approved_by <> c.staged_by
                    AND NOT EXISTS (SELECT 1 FROM change_hands h
                        WHERE h.change_id = c.id AND h.who = p.approved_by)
                    AND (c.approvers = '[]'
                        OR REPLACE(c.approvers, '\"' || p.approved_by || '\"', '') <> c.approvers)
                    AND (c.approvals_lapse_after_hours IS NULL
                        OR p.approved_at + c.approvals_lapse_after_hours * 3600000000 > ", $now, ")
                ) AS approvals",
            $columns,
            " FROM changes c LEFT JOIN agents a ON a.id = c.agent_id ",
            $tail
        )
    };
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
pub async fn list(
    conn: &mut Conn,
    filter: &Filter,
    limit: u32,
    now: Timestamp,
) -> StoreResult<Vec<ChangeSummary>> {
    let rows: Vec<SummaryRow> = sqlx::query_as(select_changes!(
        "$6",
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
    .bind(micros(now))
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(SummaryRow::read).collect()
}

/// Lists changes that somebody still has to do something about, at most 500, oldest first: those that are
/// neither applied nor given up, and those applied without approvals that nobody has reviewed.
///
/// They come without their texts and their history: what the rules ask for is there.
///
/// # Errors
/// If the database cannot be read.
pub async fn open(conn: &mut Conn, now: Timestamp) -> StoreResult<Vec<Change>> {
    let rows: Vec<Row> = sqlx::query_as(select_changes!(
        "$1",
        ", c.base_sha256, '' AS base_text, '' AS proposed, c.digest, c.policy_version,
           c.staging_test_required, c.approvers, c.approvals_lapse_after_hours, c.automation,
           c.findings_sha256,
           c.moved_to, NULL AS memory_manifest, NULL AS memory_store_name, NULL AS memory_before,
           c.glass_by, c.glass_at, c.glass_reason, c.glass_reviewed_by, c.glass_reviewed_at,
           c.glass_comment, c.outcome_by, c.outcome_at, c.outcome_version, c.outcome_message, c.trouble, c.revision",
        "WHERE c.state NOT IN ('applied', 'withdrawn')
            OR (c.glass_by IS NOT NULL AND c.glass_reviewed_by IS NULL AND c.state = 'applied')
         ORDER BY c.staged_at, c.id LIMIT 500"
    ))
    .bind(micros(now))
    .fetch_all(&mut *conn)
    .await?;
    let mut open = Vec::with_capacity(rows.len());
    for row in rows {
        let mut change = row.read()?;
        change.approvals = approvals(conn, &change.summary.id).await?;
        change.hands = hands(conn, &change.summary.id).await?;
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
        "$2",
        ", c.base_sha256, c.base_text, c.proposed, c.digest, c.policy_version,
           c.staging_test_required, c.approvers, c.approvals_lapse_after_hours, c.automation,
           c.findings_sha256,
           c.moved_to, c.memory_manifest, c.memory_store_name, c.memory_before,
           c.glass_by, c.glass_at, c.glass_reason, c.glass_reviewed_by, c.glass_reviewed_at,
           c.glass_comment, c.outcome_by,
           c.outcome_at, c.outcome_version, c.outcome_message, c.trouble, c.revision",
        "WHERE c.id = $1"
    ))
    .bind(id.as_str())
    .bind(micros(super::now()))
    .fetch_optional(&mut *conn)
    .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let mut change = row.read()?;
    if let Some(memory) = &mut change.memory {
        memory.steps = memory_steps::list(conn, id).await?;
    }
    change.suggestion_ids = suggestion_ids(conn, id).await?;
    change.approvals = approvals(conn, id).await?;
    change.hands = hands(conn, id).await?;
    change.overlaps = overlaps(conn, &change).await?;
    change.rolled_back_by = rolled_back_by(conn, id).await?;
    change.test = super::staging_tests::standing(conn, id, &change.digest).await?;
    change.automatic = super::automation::of_change(conn, &change).await?;
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

/// Writes down what an edit, a restage or a new policy made of a waiting change: base, proposal, policy,
/// findings, digest and state. Whatever was wrong with it is over.
///
/// # Errors
/// If the database cannot be written.
pub async fn rewrite(conn: &mut Conn, change: &Change, at: Timestamp) -> StoreResult<()> {
    sqlx::query(
        "UPDATE changes SET base_version = $2, base_sha256 = $3, base_text = $4, proposed = $5,
            proposed_sha256 = $6, findings_sha256 = $7, digest = $8, policy_version = $9,
            approvals_needed = $10, staging_test_required = $11, approvers = $12,
            approvals_lapse_after_hours = $13, lines_added = $14, lines_removed = $15, state = $16,
            trouble = NULL, moved_to = NULL, updated_at = $17, revision = revision + 1,
            automation = $18
         WHERE id = $1",
    )
    .bind(change.summary.id.as_str())
    .bind(i64::from(change.base.version))
    .bind(&change.base.sha256)
    .bind(&change.base.text)
    .bind(&change.proposed)
    .bind(review_core::digest::sha256_hex(&change.proposed))
    .bind(change.findings_sha256.as_deref())
    .bind(&change.digest)
    .bind(i64::from(change.policy.version))
    .bind(i64::from(change.policy.approvals_needed))
    .bind(i64::from(change.policy.staging_test_required))
    .bind(json(&change.policy.approvers))
    .bind(change.policy.approvals_lapse_after_hours.map(i64::from))
    .bind(i64::from(change.summary.size.lines_added))
    .bind(i64::from(change.summary.size.lines_removed))
    .bind(word(change.summary.state))
    .bind(micros(at))
    .bind(json(&change.policy.automation))
    .execute(conn)
    .await?;
    Ok(())
}

/// Marks a change as out of date: its agent has version `moved_to` by now, where that is known.
///
/// # Errors
/// If the database cannot be written.
pub async fn set_stale(
    conn: &mut Conn,
    id: &ChangeId,
    moved_to: Option<u32>,
    trouble: &str,
    at: Timestamp,
) -> StoreResult<()> {
    sqlx::query(
        "UPDATE changes SET state = 'stale', moved_to = $2, trouble = $3, updated_at = $4,
            revision = revision + 1 WHERE id = $1",
    )
    .bind(id.as_str())
    .bind(moved_to.map(i64::from))
    .bind(trouble)
    .bind(micros(at))
    .execute(conn)
    .await?;
    Ok(())
}

/// Returns a change's revision; 0 where there is no such change.
///
/// # Errors
/// If the database cannot be read.
pub async fn revision(conn: &mut Conn, id: &ChangeId) -> StoreResult<u64> {
    let row: Option<(i64,)> = sqlx::query_as("SELECT revision FROM changes WHERE id = $1")
        .bind(id.as_str())
        .fetch_optional(conn)
        .await?;
    row.map_or(Ok(0), |(revision,)| count(revision))
}
