//! Changes that wait on a prompt which moved on, and approvals that lapsed.

use super::changes::{check_step, existing, rewrite, stale};
use super::{Review, record};
use crate::error::Result;
use crate::store::{Conn, Kind, agents, attempts, changes, settings};
use jiff::Timestamp;
use review_api::{AuditAction, Change, ChangeId, ChangeState};
use review_core::rules;
use serde_json::json;

impl Review {
    /// Takes over what an earlier process left, before anything is asked of this one.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn take_over(&self, at: Timestamp) -> Result<()> {
        // The folder is locked, so whoever was at work on this file is gone. Of a server that several
        // proxies share nobody can say that: there each lease runs out.
        if self.store.kind() == Kind::Sqlite {
            let mut write = self.store.write().await?;
            attempts::release_all(&mut write).await?;
            write.commit().await?;
        }
        self.renew_digests(at).await
    }

    /// Gives changes that an earlier release left open the digest of this one, whose format is another:
    /// approvals of the old one are void, and the ledger says so. Does nothing from the second time on.
    ///
    /// # Errors
    /// If the database fails.
    async fn renew_digests(&self, at: Timestamp) -> Result<()> {
        let mut write = self.store.write().await?;
        let mut renewed = 0_usize;
        for id in changes::waiting(&mut write).await? {
            let change = existing(&mut write, &id).await?;
            if is_settled(&change) {
                continue;
            }
            renewed += 1;
            let detail = json!({ "reason": "the digest has a new format" });
            let by = (record::SYSTEM, AuditAction::ApprovalsVoid);
            rewrite(&mut write, &change, change.clone(), by, detail, at).await?;
        }
        if renewed > 0 {
            write.commit().await?;
            tracing::info!(renewed, "changes of an earlier release need new approvals");
        }
        Ok(())
    }
}

/// Brings a change that waits again up to date with what happened while it was under way: the policy, the
/// time, the format of digests.
pub(super) async fn settle(conn: &mut Conn, id: &ChangeId, at: Timestamp) -> Result<()> {
    let change = existing(conn, id).await?;
    let policy = settings::get(conn, &change.summary.agent_id).await?.policy;
    if policy != change.policy || !is_settled(&change) {
        let mut after = change.clone();
        after.policy = policy;
        let detail = json!({ "policy": after.policy });
        let by = (record::SYSTEM, AuditAction::PolicyChanged);
        rewrite(conn, &change, after, by, detail, at).await?;
        return Ok(());
    }
    let has_approvals = rules::missing_approvals(&change, at).is_none();
    if !has_approvals && change.summary.state == ChangeState::Approved {
        take_back(conn, &change, at).await?;
    }
    Ok(())
}

/// Says whether findings and digest are those of the contents, as this release works them out.
fn is_settled(change: &Change) -> bool {
    let findings = prompt_diff::findings_fingerprint(&change.base.text, &change.proposed);
    let has_its_findings = change.memory.is_some() || change.findings_sha256 == findings;
    has_its_findings && review_core::digest::of(change) == change.digest
}

/// Marks a waiting change as out of date where its agent is known to have moved on, and returns why.
pub(super) async fn stale_by_now(
    conn: &mut Conn,
    change: &Change,
    at: Timestamp,
) -> Result<Option<crate::error::Error>> {
    if change.memory.is_some() {
        return Ok(None);
    }
    let base = change.summary.base_version;
    match agents::version(conn, &change.summary.agent_id).await? {
        Some(version) if version > base => {
            mark_stale(conn, change, version, at).await?;
            Ok(Some(stale(base, version)))
        }
        _ => Ok(None),
    }
}

/// Marks a change as out of date, and records it with the approvals that are void by it.
pub(super) async fn mark_stale(
    conn: &mut Conn,
    change: &Change,
    version: u32,
    at: Timestamp,
) -> Result<()> {
    check_step(change, ChangeState::Stale)?;
    let base = change.summary.base_version;
    let trouble = format!(
        "It is based on version {base} of the prompt, and the agent has version {version} now. {}",
        way_on(change)
    );
    let id = &change.summary.id;
    changes::set_stale(conn, id, Some(version), &trouble, at).await?;
    let counted = review_core::approvals::counting(change, at);
    let void: Vec<_> = counted.into_iter().map(|approval| &approval.by).collect();
    let detail = json!({
        "base_version": base,
        "current_version": version,
        "digest": change.digest,
        "approvals_void": void,
    });
    let action = AuditAction::ChangeStale;
    record::change(conn, record::SYSTEM, action, change, detail, at).await
}

/// Says what can be done with a change that is out of date.
pub(super) fn way_on(change: &Change) -> &'static str {
    if change.summary.rolls_back.is_some() {
        "A rollback undoes one version only: withdraw it, and roll back from the newest change."
    } else {
        "Restage it on that one, or withdraw it."
    }
}

/// Marks every waiting change whose agent moved on.
pub(super) async fn mark_outdated(conn: &mut Conn, at: Timestamp) -> Result<usize> {
    let outdated = changes::outdated(conn).await?;
    for (id, version) in &outdated {
        let change = existing(conn, id).await?;
        mark_stale(conn, &change, *version, at).await?;
    }
    Ok(outdated.len())
}

/// Puts changes that lost the approvals they had, by time, back among those that wait for some.
pub(super) async fn take_lapsed_back(conn: &mut Conn, at: Timestamp) -> Result<usize> {
    let mut back = 0;
    for id in changes::lapsing(conn).await? {
        let change = existing(conn, &id).await?;
        if rules::missing_approvals(&change, at).is_none() {
            continue;
        }
        take_back(conn, &change, at).await?;
        back += 1;
    }
    Ok(back)
}

/// Puts an approved change that lacks approvals by now among those that wait for some.
async fn take_back(conn: &mut Conn, change: &Change, at: Timestamp) -> Result<()> {
    let void: Vec<_> = change
        .approvals
        .iter()
        .filter(|approval| approval.digest == change.digest)
        .filter_map(|approval| {
            let why = review_core::approvals::why_void(change, approval, at)?;
            Some(json!({ "by": approval.by, "why": why }))
        })
        .collect();
    check_step(change, ChangeState::Staged)?;
    changes::set_state(conn, &change.summary.id, ChangeState::Staged, None, at).await?;
    let detail = json!({
        "reason": rules::missing_approvals(change, at),
        "digest": change.digest,
        "approvals_void": void,
    });
    let action = AuditAction::ApprovalsVoid;
    record::change(conn, record::SYSTEM, action, change, detail, at).await
}
