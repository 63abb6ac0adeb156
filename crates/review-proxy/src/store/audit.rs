//! The ledger: one row for each thing done, in the transaction of what it records.
//!
//! Each row seals all rows before it ([`review_core::chain`]); [`super::ledger`] reads the chain.

use super::{Conn, StoreResult, count, from_json, from_word, ledger, micros, signed, time, word};
use jiff::Timestamp;
use review_api::{AgentId, AuditAction, AuditEntry, SubjectKind};
use review_core::chain;
use serde_json::Value;

/// A line to write; its number and its hash come from the ledger.
#[derive(Debug, Clone)]
pub struct NewEntry<'a> {
    /// When.
    pub at: Timestamp,
    /// Who: a login name, or `system`, `webhook` and the like.
    pub actor: &'a str,
    /// What was done.
    pub action: AuditAction,
    /// Kind of the thing it was done to.
    pub subject_kind: SubjectKind,
    /// Its id.
    pub subject_id: &'a str,
    /// Its title.
    pub subject_title: &'a str,
    /// The agent concerned.
    pub agent_id: Option<&'a AgentId>,
    /// Facts of the case: reason, versions, digest.
    pub detail: Value,
}

/// Appends a line and returns its number.
///
/// # Errors
/// If it cannot be written; then what it records must not be committed either.
pub async fn append(conn: &mut Conn, entry: NewEntry<'_>) -> StoreResult<u64> {
    // Numbers have no gaps and the chain no fork, because the writer is alone from here to the commit.
    let head = ledger::head(conn).await?;
    let entry = AuditEntry {
        seq: head.seq + 1,
        // As it will be read.
        at: time(micros(entry.at))?,
        actor: entry.actor.to_owned(),
        action: entry.action,
        subject_kind: entry.subject_kind,
        subject_id: entry.subject_id.to_owned(),
        subject_title: entry.subject_title.to_owned(),
        agent_id: entry.agent_id.cloned(),
        detail: entry.detail,
        prev_hash: head.hash.to_string(),
        hash: String::new(),
    };
    let hash = chain::next(&head.hash, &entry);
    sqlx::query(
        "INSERT INTO audit (seq, at, actor, action, subject_kind, subject_id, subject_title,
            agent_id, detail, prev_hash, hash)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(signed(entry.seq))
    .bind(micros(entry.at))
    .bind(entry.actor)
    .bind(word(entry.action))
    .bind(word(entry.subject_kind))
    .bind(entry.subject_id)
    .bind(entry.subject_title)
    .bind(entry.agent_id.as_ref().map(AgentId::as_str))
    .bind(chain::canonical_json(&entry.detail))
    .bind(entry.prev_hash)
    .bind(hash.to_string())
    .execute(&mut *conn)
    .await?;
    let head = chain::Link {
        seq: entry.seq,
        hash,
    };
    ledger::move_head(conn, head).await?;
    Ok(entry.seq)
}

/// Which lines to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Those of one agent.
    pub agent_id: Option<AgentId>,
    /// Those of one person or machine.
    pub actor: Option<String>,
    /// Those of one action.
    pub action: Option<AuditAction>,
    /// Those of this time or later.
    pub from: Option<Timestamp>,
    /// Those before this time.
    pub to: Option<Timestamp>,
    /// Those before this number.
    pub before: Option<u64>,
}

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    seq: i64,
    at: i64,
    actor: String,
    action: String,
    subject_kind: String,
    subject_id: String,
    subject_title: String,
    agent_id: Option<String>,
    detail: String,
    prev_hash: String,
    hash: String,
}

impl Row {
    pub(super) fn read(self) -> StoreResult<AuditEntry> {
        Ok(AuditEntry {
            seq: count(self.seq)?,
            at: time(self.at)?,
            actor: self.actor,
            action: from_word(&self.action)?,
            subject_kind: from_word(&self.subject_kind)?,
            subject_id: self.subject_id,
            subject_title: self.subject_title,
            agent_id: self.agent_id.map(AgentId),
            detail: from_json(&self.detail)?,
            prev_hash: self.prev_hash,
            hash: self.hash,
        })
    }
}

/// Columns of a [`Row`], and the conditions of a [`Filter`] without its place.
macro_rules! select_lines {
    ($tail:literal) => {
        concat!(
            "SELECT seq, at, actor, action, subject_kind, subject_id, subject_title, agent_id,
                detail, prev_hash, hash
             FROM audit
             WHERE ($1 IS NULL OR agent_id = $1) AND ($2 IS NULL OR actor = $2)
               AND ($3 IS NULL OR action = $3) AND ($4 IS NULL OR at >= $4)
               AND ($5 IS NULL OR at < $5) ",
            $tail
        )
    };
}

async fn lines(
    conn: &mut Conn,
    sql: &'static str,
    filter: &Filter,
    place: Option<u64>,
    limit: u32,
) -> StoreResult<Vec<AuditEntry>> {
    let rows: Vec<Row> = sqlx::query_as(sql)
        .bind(filter.agent_id.as_ref().map(AgentId::as_str))
        .bind(filter.actor.as_deref())
        .bind(filter.action.map(word))
        .bind(filter.from.map(first_micros))
        .bind(filter.to.map(first_micros))
        .bind(place.map(signed))
        .bind(i64::from(limit))
        .fetch_all(conn)
        .await?;
    rows.into_iter().map(Row::read).collect()
}

/// Returns the first time that the ledger can hold and that is not before `at`.
fn first_micros(at: Timestamp) -> i64 {
    let micros = micros(at);
    let is_finer = at.subsec_nanosecond() % 1_000 != 0;
    // Whole microseconds are cut towards 1970, so only times after it can be cut to before themselves.
    if is_finer && at > Timestamp::UNIX_EPOCH {
        micros + 1
    } else {
        micros
    }
}

/// Lists lines, newest first.
///
/// # Errors
/// If the database cannot be read.
pub async fn list(conn: &mut Conn, filter: &Filter, limit: u32) -> StoreResult<Vec<AuditEntry>> {
    let sql = select_lines!("AND ($6 IS NULL OR seq < $6) ORDER BY seq DESC LIMIT $7");
    lines(conn, sql, filter, filter.before, limit).await
}

/// Lists the lines after number `after`, oldest first.
///
/// # Errors
/// If the database cannot be read.
pub async fn onwards(
    conn: &mut Conn,
    filter: &Filter,
    after: u64,
    limit: u32,
) -> StoreResult<Vec<AuditEntry>> {
    let sql = select_lines!("AND seq > $6 ORDER BY seq LIMIT $7");
    lines(conn, sql, filter, Some(after), limit).await
}

/// Lists what was done to one thing, oldest first.
///
/// # Errors
/// If the database cannot be read.
pub async fn of_subject(
    conn: &mut Conn,
    kind: SubjectKind,
    id: &str,
) -> StoreResult<Vec<AuditEntry>> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT seq, at, actor, action, subject_kind, subject_id, subject_title, agent_id, detail,
            prev_hash, hash
         FROM audit WHERE subject_kind = $1 AND subject_id = $2 ORDER BY seq LIMIT 1000",
    )
    .bind(word(kind))
    .bind(id)
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Row::read).collect()
}
