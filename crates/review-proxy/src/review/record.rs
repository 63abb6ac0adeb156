//! Ledger rows of the review.

use super::seen::and_revision;
use crate::error::Result;
use crate::store::audit::{self, NewEntry};
use crate::store::{Conn, Store, changes, now};
use jiff::Timestamp;
use review_api::{AuditAction, Change, SubjectKind};
use serde_json::{Value, json};

/// Actor of what no person did.
pub(super) const SYSTEM: &str = "system";

/// Records what `actor` did to a change, once it is done: the row says which revision came of it.
pub(super) async fn change(
    conn: &mut Conn,
    actor: &str,
    action: AuditAction,
    change: &Change,
    detail: Value,
    at: Timestamp,
) -> Result<()> {
    let revision = changes::revision(conn, &change.summary.id).await?;
    let detail = and_revision(detail, revision);
    let entry = NewEntry {
        at,
        actor,
        action,
        subject_kind: SubjectKind::Change,
        subject_id: change.summary.id.as_str(),
        subject_title: &change.summary.title,
        agent_id: Some(&change.summary.agent_id),
        detail,
    };
    audit::append(conn, entry).await?;
    Ok(())
}

/// Refuses to begin what could not be recorded: writes a row and takes it back.
///
/// For writes to the platform whose subject exists only afterwards, so that no intent can name it.
pub(super) async fn works(store: &Store, actor: &str, action: AuditAction) -> Result<()> {
    let mut write = store.write().await?;
    let entry = NewEntry {
        at: now(),
        actor,
        action,
        subject_kind: SubjectKind::Agent,
        subject_id: "",
        subject_title: "",
        agent_id: None,
        detail: json!({}),
    };
    audit::append(&mut write, entry).await?;
    // Dropped, never committed.
    Ok(())
}
