//! The ledger: one row for each thing done, in the transaction of what it records.

use super::{Conn, StoreResult, count, from_json, from_word, json, micros, signed, time, word};
use jiff::Timestamp;
use review_api::{AgentId, AuditAction, AuditEntry, SubjectKind};
use serde_json::Value;

/// A line to write; its number comes from the ledger.
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
    // Numbers have no gaps because the writer is alone from the read of the last one to the commit.
    let (last,): (i64,) = sqlx::query_as("SELECT COALESCE(MAX(seq), 0) FROM audit")
        .fetch_one(&mut *conn)
        .await?;
    let seq = last + 1;
    sqlx::query(
        "INSERT INTO audit
            (seq, at, actor, action, subject_kind, subject_id, subject_title, agent_id, detail)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(seq)
    .bind(micros(entry.at))
    .bind(entry.actor)
    .bind(word(entry.action))
    .bind(word(entry.subject_kind))
    .bind(entry.subject_id)
    .bind(entry.subject_title)
    .bind(entry.agent_id.map(AgentId::as_str))
    .bind(json(&entry.detail))
    .execute(conn)
    .await?;
    count(seq)
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
    /// Those before this number.
    pub before: Option<u64>,
}

#[derive(sqlx::FromRow)]
struct Row {
    seq: i64,
    at: i64,
    actor: String,
    action: String,
    subject_kind: String,
    subject_id: String,
    subject_title: String,
    agent_id: Option<String>,
    detail: String,
}

impl Row {
    fn read(self) -> StoreResult<AuditEntry> {
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
        })
    }
}

/// Lists lines, newest first.
///
/// # Errors
/// If the database cannot be read.
pub async fn list(conn: &mut Conn, filter: &Filter, limit: u32) -> StoreResult<Vec<AuditEntry>> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT * FROM audit
         WHERE ($1 IS NULL OR agent_id = $1) AND ($2 IS NULL OR actor = $2)
           AND ($3 IS NULL OR action = $3) AND ($4 IS NULL OR seq < $4)
         ORDER BY seq DESC LIMIT $5",
    )
    .bind(filter.agent_id.as_ref().map(AgentId::as_str))
    .bind(filter.actor.as_deref())
    .bind(filter.action.map(word))
    .bind(filter.before.map(signed))
    .bind(i64::from(limit))
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Row::read).collect()
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
        "SELECT * FROM audit WHERE subject_kind = $1 AND subject_id = $2 ORDER BY seq LIMIT 1000",
    )
    .bind(word(kind))
    .bind(id)
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Row::read).collect()
}
