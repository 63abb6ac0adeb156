//! Conditional requests: nothing is decided on what someone did not see.

use crate::error::{Error, Result};
use crate::store::audit;
use crate::store::{Conn, settings};
use review_api::{AgentId, AuditEntry, Change, ErrorCode, SubjectKind};
use review_core::rules::Verdict;
use serde_json::{Value, json};

/// Most ledger rows that tell what changed.
const MOST_ROWS: usize = 50;

/// Refuses what `verdict` refuses, and what was decided on another revision of `change` than this one.
///
/// Who may not do it at all learns that first; then comes what changed since, which explains every other
/// reason; then that reason.
pub(crate) fn decided_on(change: &Change, seen: u64, verdict: Verdict) -> Result<()> {
    match verdict {
        Err(refusal) if refusal.code == ErrorCode::Forbidden => Err(refusal.into()),
        verdict => {
            if seen != change.revision {
                let details = json!({
                    "state": change.summary.state,
                    "digest": change.digest,
                });
                return Err(changed(seen, change.revision, &change.history, details));
            }
            Ok(verdict?)
        }
    }
}

/// Says what happened to something since `seen`, of which there is `now`.
pub(super) fn changed(seen: u64, now: u64, history: &[AuditEntry], mut details: Value) -> Error {
    let revision = |entry: &AuditEntry| entry.detail.get("revision").and_then(Value::as_u64);
    let since: Vec<&AuditEntry> = history
        .iter()
        .filter(|entry| revision(entry).is_some_and(|revision| revision > seen))
        .take(MOST_ROWS)
        .collect();
    if let Some(details) = details.as_object_mut() {
        details.insert("seen".to_owned(), json!(seen));
        details.insert("revision".to_owned(), json!(now));
        details.insert("since".to_owned(), json!(since));
    }
    let message = "This changed since you looked at it. Nothing was done; look at what changed, then \
                   decide again.";
    Error::new(ErrorCode::Changed, message).with(details)
}

/// Refuses what was decided on another revision of an agent's settings than this one.
pub(crate) async fn settings_decided_on(conn: &mut Conn, id: &AgentId, seen: u64) -> Result<()> {
    let settings = settings::get(conn, id).await?;
    if seen == settings.revision {
        return Ok(());
    }
    let history = audit::of_subject(conn, SubjectKind::Agent, id.as_str()).await?;
    let details = json!({ "dreaming": settings.dreaming, "policy": settings.policy });
    Err(changed(seen, settings.revision, &history, details))
}

/// Adds the revision that a ledger row led to, by which [`changed`] finds it.
pub(super) fn and_revision(mut detail: Value, revision: u64) -> Value {
    if let Some(detail) = detail.as_object_mut() {
        detail.insert("revision".to_owned(), json!(revision));
    }
    detail
}
