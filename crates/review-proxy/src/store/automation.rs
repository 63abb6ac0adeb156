//! Automation: suggestions that policies took up, each once over all proxies, and the switch that pauses it.

use super::{Conn, StoreResult, count, from_json, from_word, json, maybe_time, micros, time, word};
use jiff::Timestamp;
use review_api::{
    AgentId, AutomaticAct, AutomaticActKind, AutomaticChange, AutomationSwitch, Change, ChangeId,
    Paused, SuggestionFinding, SuggestionId,
};

/// Returns the switch.
///
/// # Errors
/// If the database cannot be read.
pub async fn switch(conn: &mut Conn) -> StoreResult<AutomationSwitch> {
    type Row = (Option<String>, Option<i64>, Option<String>, i64);
    let row: Option<Row> =
        sqlx::query_as("SELECT paused_by, paused_at, reason, revision FROM automation_switch")
            .fetch_optional(&mut *conn)
            .await?;
    let (agents,): (i64,) = sqlx::query_as(
        "SELECT COUNT(*) FROM agent_settings s JOIN agents a ON a.id = s.agent_id
         WHERE s.automation_since IS NOT NULL AND a.archived_at IS NULL",
    )
    .fetch_one(conn)
    .await?;
    let agents = count(agents)?;
    let Some((by, at, reason, revision)) = row else {
        return Ok(AutomationSwitch {
            agents,
            ..AutomationSwitch::default()
        });
    };
    let paused = match (by, at) {
        (Some(by), Some(at)) => Some(Paused {
            by: by.into(),
            at: time(at)?,
            reason: reason.unwrap_or_default(),
        }),
        _ => None,
    };
    Ok(AutomationSwitch {
        paused,
        agents,
        revision: count(revision)?,
    })
}

/// Returns how the automation of all agents is paused; nothing while it is not.
///
/// # Errors
/// If the database cannot be read.
pub async fn paused(conn: &mut Conn) -> StoreResult<Option<Paused>> {
    Ok(switch(conn).await?.paused)
}

/// Pauses, or lets go on; the switch's revision counts up.
///
/// # Errors
/// If the database cannot be written.
pub async fn set_switch(conn: &mut Conn, paused: Option<&Paused>) -> StoreResult<()> {
    sqlx::query(
        "INSERT INTO automation_switch (id, paused_by, paused_at, reason, revision)
         VALUES (1, $1, $2, $3, 1)
         ON CONFLICT (id) DO UPDATE SET paused_by = excluded.paused_by,
            paused_at = excluded.paused_at, reason = excluded.reason,
            revision = automation_switch.revision + 1",
    )
    .bind(paused.map(|paused| paused.by.as_str()))
    .bind(paused.map(|paused| micros(paused.at)))
    .bind(paused.map(|paused| paused.reason.as_str()))
    .execute(conn)
    .await?;
    Ok(())
}

/// Lists open suggestions for prompts that came since the policy of their agent acts by itself and that it has
/// not taken up, oldest first.
///
/// # Errors
/// If the database cannot be read.
pub async fn untaken(conn: &mut Conn, limit: u32) -> StoreResult<Vec<SuggestionId>> {
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT s.id FROM suggestions s
         JOIN agent_settings g ON g.agent_id = s.agent_id
         JOIN agents a ON a.id = s.agent_id
         WHERE s.status = 'open' AND s.target = 'prompt' AND s.takes_back = 0
           AND a.archived_at IS NULL
           AND g.automation_since IS NOT NULL AND s.created_at >= g.automation_since
           AND NOT EXISTS (SELECT 1 FROM automatic_changes x WHERE x.suggestion_id = s.id)
         ORDER BY s.created_at, s.id LIMIT $1",
    )
    .bind(i64::from(limit))
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|(id,)| SuggestionId(id)).collect())
}

/// A suggestion that a policy takes up.
#[derive(Debug)]
pub struct Taking<'a> {
    /// Which suggestion.
    pub suggestion_id: &'a SuggestionId,
    /// The agent it is for.
    pub agent_id: &'a AgentId,
    /// The change that is staged; nothing where it is left to people.
    pub change_id: Option<&'a ChangeId>,
    /// Version of the policy.
    pub policy_version: u32,
    /// Why it is left to people.
    pub words: &'a [String],
}

/// Takes up a suggestion; taken (see [`super::StoreError::is_taken`]) where it was before.
///
/// # Errors
/// If the database cannot be written.
pub async fn take(conn: &mut Conn, taking: &Taking<'_>, at: Timestamp) -> StoreResult<()> {
    let kind = match taking.change_id {
        Some(_) => AutomaticActKind::Staged,
        None => AutomaticActKind::Left,
    };
    sqlx::query(
        "INSERT INTO automatic_changes (suggestion_id, agent_id, change_id, policy_version,
            taken_at, kind, at, words)
         VALUES ($1, $2, $3, $4, $5, $6, $5, $7)",
    )
    .bind(taking.suggestion_id.as_str())
    .bind(taking.agent_id.as_str())
    .bind(taking.change_id.map(ChangeId::as_str))
    .bind(i64::from(taking.policy_version))
    .bind(micros(at))
    .bind(word(kind))
    .bind(json(&taking.words))
    .execute(conn)
    .await?;
    Ok(())
}

/// Lists waiting changes for which the policy has begun no staging test, oldest first; none whose policy was
/// switched off since.
///
/// # Errors
/// If the database cannot be read.
pub async fn untested(conn: &mut Conn, limit: u32) -> StoreResult<Vec<ChangeId>> {
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT c.id FROM automatic_changes x JOIN changes c ON c.id = x.change_id
         WHERE x.test_id IS NULL AND x.test_refused IS NULL AND c.state IN ('staged', 'approved')
           AND (c.automation LIKE '%\"mode\":\"apply\"%'
                OR c.automation LIKE '%\"mode\":\"stage_and_test\"%')
         ORDER BY x.taken_at, c.id LIMIT $1",
    )
    .bind(i64::from(limit))
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|(id,)| ChangeId(id)).collect())
}

/// Lists changes that the policy staged and that it has to look at: those whose test runs, and those that it may
/// apply, until they are closed; those out of date once.
///
/// # Errors
/// If the database cannot be read.
pub async fn waiting(conn: &mut Conn) -> StoreResult<Vec<ChangeId>> {
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT c.id FROM automatic_changes x JOIN changes c ON c.id = x.change_id
         WHERE (x.test_id IS NOT NULL OR x.test_refused IS NOT NULL)
           AND c.state IN ('staged', 'approved', 'stale')
           AND (x.kind = 'test_begun' OR c.automation LIKE '%\"mode\":\"apply\"%')
           AND (c.state <> 'stale' OR x.refused_at IS NULL OR x.refused_at < c.updated_at)
         ORDER BY x.taken_at, c.id",
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|(id,)| ChangeId(id)).collect())
}

/// What is kept of a suggestion that a policy took up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The staging test that was begun.
    pub test_id: Option<String>,
    /// What was found when applying it was refused last.
    pub refused_of: Option<String>,
    /// The last act.
    pub kind: AutomaticActKind,
}

/// Returns what is kept of a change; nothing where a person staged it.
///
/// # Errors
/// If the database cannot be read.
pub async fn kept(conn: &mut Conn, change: &ChangeId) -> StoreResult<Option<Kept>> {
    let row: Option<(Option<String>, Option<String>, String)> = sqlx::query_as(
        "SELECT test_id, refused_of, kind FROM automatic_changes WHERE change_id = $1",
    )
    .bind(change.as_str())
    .fetch_optional(conn)
    .await?;
    row.map(|(test_id, refused_of, kind)| {
        Ok(Kept {
            test_id,
            refused_of,
            kind: from_word(&kind)?,
        })
    })
    .transpose()
}

/// Notes the last act on a change and what is to be said of it.
///
/// # Errors
/// If the database cannot be written.
pub async fn act(
    conn: &mut Conn,
    change: &ChangeId,
    kind: AutomaticActKind,
    words: &[String],
    at: Timestamp,
) -> StoreResult<()> {
    sqlx::query("UPDATE automatic_changes SET kind = $2, words = $3, at = $4 WHERE change_id = $1")
        .bind(change.as_str())
        .bind(word(kind))
        .bind(json(&words))
        .bind(micros(at))
        .execute(conn)
        .await?;
    Ok(())
}

/// Notes the staging test of a change; says `false` where that is settled already.
///
/// # Errors
/// If the database cannot be written.
pub async fn set_test(
    conn: &mut Conn,
    change: &ChangeId,
    test: Result<&str, &str>,
) -> StoreResult<bool> {
    let done = sqlx::query(
        "UPDATE automatic_changes SET test_id = $2, test_refused = $3
         WHERE change_id = $1 AND test_id IS NULL AND test_refused IS NULL",
    )
    .bind(change.as_str())
    .bind(test.ok())
    .bind(test.err())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Notes what stands against applying a change, and what that was found of.
///
/// # Errors
/// If the database cannot be written.
pub async fn refuse(
    conn: &mut Conn,
    change: &ChangeId,
    found_of: &str,
    sentences: &[String],
    at: Timestamp,
) -> StoreResult<()> {
    sqlx::query(
        "UPDATE automatic_changes SET refused = $2, refused_of = $3, refused_at = $4
         WHERE change_id = $1",
    )
    .bind(change.as_str())
    .bind(json(&sentences))
    .bind(found_of)
    .bind(micros(at))
    .execute(&mut *conn)
    .await?;
    act(conn, change, AutomaticActKind::Refused, sentences, at).await
}

#[derive(sqlx::FromRow)]
struct Row {
    suggestion_id: String,
    policy_version: i64,
    taken_at: i64,
    test_refused: Option<String>,
    refused: String,
    refused_at: Option<i64>,
    findings: Option<String>,
    rejected_before: i64,
    open_comments: i64,
    drifted: i64,
}

/// Returns what is known of a change that a policy staged; nothing where a person did.
///
/// # Errors
/// If the database cannot be read.
pub async fn of_change(conn: &mut Conn, change: &Change) -> StoreResult<Option<AutomaticChange>> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT x.suggestion_id, x.policy_version, x.taken_at, x.test_refused, x.refused,
            x.refused_at, s.findings,
            CASE WHEN EXISTS (SELECT 1 FROM suggestions o WHERE o.agent_id = s.agent_id
                AND o.proposed_sha256 = s.proposed_sha256 AND o.status = 'rejected'
                AND o.id <> s.id) THEN 1 ELSE 0 END AS rejected_before,
            (SELECT COUNT(*) FROM comments m WHERE m.resolved_at IS NULL
                AND (m.change_id = x.change_id OR m.suggestion_id = x.suggestion_id))
                AS open_comments,
            CASE WHEN EXISTS (SELECT 1 FROM drifts d WHERE d.agent_id = x.agent_id)
                THEN 1 ELSE 0 END AS drifted
         FROM automatic_changes x LEFT JOIN suggestions s ON s.id = x.suggestion_id
         WHERE x.change_id = $1",
    )
    .bind(change.summary.id.as_str())
    .fetch_optional(&mut *conn)
    .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let findings: Vec<SuggestionFinding> =
        row.findings.as_deref().map_or(Ok(Vec::new()), from_json)?;
    Ok(Some(AutomaticChange {
        suggestion_id: row.suggestion_id.into(),
        policy_version: count(row.policy_version)?,
        staged_at: time(row.taken_at)?,
        test_refused: row.test_refused,
        findings,
        rejected_before: row.rejected_before != 0,
        open_comments: count(row.open_comments)?,
        drifted: row.drifted != 0,
        paused: paused(conn).await?,
        refused: from_json(&row.refused)?,
        refused_at: maybe_time(row.refused_at)?,
    }))
}

/// Lists what policies did last, one line for each suggestion, newest first.
///
/// # Errors
/// If the database cannot be read.
pub async fn acts(conn: &mut Conn, since: Timestamp, limit: u32) -> StoreResult<Vec<AutomaticAct>> {
    type Row = (
        String,
        i64,
        Option<String>,
        String,
        Option<String>,
        String,
        String,
        String,
        Option<String>,
    );
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT x.kind, x.at, x.change_id, x.suggestion_id, COALESCE(c.title, s.title),
            x.agent_id, COALESCE(a.name, x.agent_id), x.words, c.state
         FROM automatic_changes x
         LEFT JOIN changes c ON c.id = x.change_id
         LEFT JOIN suggestions s ON s.id = x.suggestion_id
         LEFT JOIN agents a ON a.id = x.agent_id
         WHERE x.at >= $1 ORDER BY x.at DESC, x.suggestion_id DESC LIMIT $2",
    )
    .bind(micros(since))
    .bind(i64::from(limit))
    .fetch_all(conn)
    .await?;
    let read = |(kind, at, change, suggestion, title, agent, name, words, state): Row| {
        Ok(AutomaticAct {
            kind: from_word(&kind)?,
            at: time(at)?,
            change_id: change.map(ChangeId),
            state: state.as_deref().map(from_word).transpose()?,
            suggestion_id: suggestion.into(),
            title: title.unwrap_or_default(),
            agent_id: agent.into(),
            agent_name: name,
            words: from_json(&words)?,
        })
    };
    rows.into_iter().map(read).collect()
}
