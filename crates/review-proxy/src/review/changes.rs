//! Changes: approved, edited and given up, and what all of that has in common.

use super::memory::given_manifest;
use super::seen::decided_on;
use super::stage::{mismatch, nothing_to_change, size};
use super::staleness::stale_by_now;
use super::{Review, record, texts};
use crate::error::{Error, Result};
use crate::store::{Conn, changes, now, suggestions};
use jiff::Timestamp;
use review_api::{
    Approval, ApproveChange, AuditAction, Change, ChangeId, ChangeState, ChangeTarget, EditChange,
    ErrorCode, Hand, MemoryManifest, Part, SuggestionStatus, User,
};
use review_core::digest::{self, sha256_hex};
use review_core::workflow::{allows, state_by_approvals};
use review_core::{approvals, rules};
use serde_json::{Value, json};

impl Review {
    /// Gives `user`'s yes to the digest that they saw, and to the findings that they read.
    ///
    /// # Errors
    /// If there is no such change, it or its digest is another one by now, or `user` may not.
    pub async fn approve(
        &self,
        user: &User,
        id: &ChangeId,
        body: &ApproveChange,
        seen: u64,
    ) -> Result<Change> {
        let now = now();
        let mut write = self.store.write().await?;
        let change = existing(&mut write, id).await?;
        decided_on(&change, seen, rules::may_approve(user, &change, now))?;
        same_digest(&change, &body.digest)?;
        rules::has_read_findings(&change, body.findings_read.as_deref())?;
        if let Some(error) = stale_by_now(&mut write, &change, now).await? {
            write.commit().await?;
            return Err(error);
        }
        let approval = Approval {
            by: user.name.clone(),
            at: now,
            digest: change.digest.clone(),
        };
        changes::approve(&mut write, id, &approval).await?;
        let change = existing(&mut write, id).await?;
        let valid = approvals::valid(&change, now);
        let state = state_by_approvals(valid, change.policy.approvals_needed);
        if state != change.summary.state {
            check_step(&change, state)?;
        }
        changes::set_state(&mut write, id, state, None, now).await?;
        let detail = json!({
            "digest": change.digest,
            "findings_read": body.findings_read,
            "approvals": valid,
            "approvals_needed": change.policy.approvals_needed,
        });
        let action = AuditAction::ChangeApproved;
        record::change(&mut write, user.name.as_str(), action, &change, detail, now).await?;
        let change = existing(&mut write, id).await?;
        failpoint!("approve.before_commit");
        write.commit().await?;
        failpoint!("approve.committed");
        Ok(change)
    }

    /// Gives a waiting change another text to propose. The same bytes change nothing and keep approvals;
    /// other bytes have another digest, which nobody has approved.
    ///
    /// # Errors
    /// If there is no such change, it changed since `seen`, `user` may not, or the text is too long or
    /// the prompt as it is.
    pub async fn edit(
        &self,
        user: &User,
        id: &ChangeId,
        body: EditChange,
        seen: u64,
    ) -> Result<Change> {
        let now = now();
        let mut write = self.store.write().await?;
        let change = existing(&mut write, id).await?;
        decided_on(&change, seen, rules::may_edit(user, &change))?;
        if change.memory.is_some() {
            drop(write);
            let manifest = given_manifest(body.proposed, body.memory)?;
            return self
                .revise_memory(user, change, manifest, Part::Edited)
                .await;
        }
        let proposed = given(body.proposed, body.memory.as_ref())?;
        if proposed == change.proposed {
            return Ok(change);
        }
        texts::prompt("proposed", &proposed)?;
        if proposed == change.base.text {
            return Err(nothing_to_change());
        }
        if let Some(error) = stale_by_now(&mut write, &change, now).await? {
            write.commit().await?;
            return Err(error);
        }
        let mut after = change.clone();
        after.proposed = proposed;
        let hand = Hand {
            who: user.name.clone(),
            part: Part::Edited,
        };
        add_hand(&mut write, &mut after, hand, now).await?;
        let detail = json!({
            "proposed_sha256_before": sha256_hex(&change.proposed),
            "proposed_sha256": sha256_hex(&after.proposed),
        });
        let by = (user.name.as_str(), AuditAction::ChangeEdited);
        let change = rewrite(&mut write, &change, after, by, detail, now).await?;
        write.commit().await?;
        Ok(change)
    }

    /// Gives a change up; its suggestions wait again.
    ///
    /// # Errors
    /// If there is no such change, it changed since `seen`, or `user` may not.
    pub async fn withdraw(&self, user: &User, id: &ChangeId, seen: u64) -> Result<Change> {
        let now = now();
        let mut write = self.store.write().await?;
        let change = existing(&mut write, id).await?;
        decided_on(&change, seen, rules::may_withdraw(user, &change))?;
        check_step(&change, ChangeState::Withdrawn)?;
        suggestions::set_status_of_change(&mut write, id, SuggestionStatus::Open).await?;
        changes::set_state(&mut write, id, ChangeState::Withdrawn, None, now).await?;
        let detail = json!({ "from": change.summary.state });
        let action = AuditAction::ChangeWithdrawn;
        record::change(&mut write, user.name.as_str(), action, &change, detail, now).await?;
        let change = existing(&mut write, id).await?;
        write.commit().await?;
        Ok(change)
    }
}

/// Returns a change, or says that there is none.
pub(super) async fn existing(conn: &mut Conn, id: &ChangeId) -> Result<Change> {
    changes::get(conn, id)
        .await?
        .ok_or_else(|| Error::not_found("change", id.as_str()))
}

/// Returns the prompt that is proposed in place of another one; an absent one is not the empty one.
pub(super) fn given(proposed: Option<String>, memory: Option<&MemoryManifest>) -> Result<String> {
    if memory.is_some() {
        let message = "This is a change of a prompt: send the prompt to propose, not a manifest.";
        return Err(Error::field("memory", message));
    }
    proposed.ok_or_else(|| Error::field("proposed", "Send the prompt to propose."))
}

/// Notes that someone had a hand in a change, in the database and in `change`.
pub(super) async fn add_hand(
    conn: &mut Conn,
    change: &mut Change,
    hand: Hand,
    at: Timestamp,
) -> Result<()> {
    changes::add_hand(conn, &change.summary.id, &hand, at).await?;
    if !change.hands.contains(&hand) {
        change.hands.push(hand);
    }
    Ok(())
}

/// Writes down what became of a change that waits or was out of date, with the findings, digest and state
/// that follow from its contents, and a ledger row that says whose approvals are void by it and why.
///
/// `by` is who did it and what it is called.
pub(super) async fn rewrite(
    conn: &mut Conn,
    before: &Change,
    mut after: Change,
    (actor, action): (&str, AuditAction),
    mut detail: Value,
    at: Timestamp,
) -> Result<Change> {
    if after.summary.target == ChangeTarget::Prompt {
        after.findings_sha256 =
            prompt_diff::findings_fingerprint(&after.base.text, &after.proposed);
        after.summary.size = size(&after.base.text, &after.proposed);
    }
    after.digest = digest::of(&after);
    let valid = approvals::valid(&after, at);
    after.summary.state = state_by_approvals(valid, after.policy.approvals_needed);
    if after.summary.state != before.summary.state {
        check_step(before, after.summary.state)?;
    }
    changes::rewrite(conn, &after, at).await?;
    let void: Vec<Value> = approvals::voided(before, &after, at)
        .into_iter()
        .map(|(by, why)| json!({ "by": by, "why": why }))
        .collect();
    if let Some(detail) = detail.as_object_mut() {
        for (name, fact) in [
            ("digest_before", json!(before.digest)),
            ("digest", json!(after.digest)),
            ("was", json!(before.summary.state)),
            ("approvals_void", json!(void)),
        ] {
            detail.insert(name.to_owned(), fact);
        }
    }
    record::change(conn, actor, action, &after, detail, at).await?;
    existing(conn, &after.summary.id).await
}

/// Refuses a step that the workflow does not have, whoever asks.
pub(super) fn check_step(change: &Change, to: ChangeState) -> Result<()> {
    let from = change.summary.state;
    if allows(from, to) {
        return Ok(());
    }
    Err(no_such_step(from, to))
}

pub(super) fn no_such_step(from: ChangeState, to: ChangeState) -> Error {
    let message = format!(
        "A change that {} cannot become one that {}.",
        in_words(from),
        in_words(to)
    );
    Error::new(ErrorCode::Conflict, message)
}

fn in_words(state: ChangeState) -> String {
    match state {
        ChangeState::Staged => "waits for approval".to_owned(),
        ChangeState::NeedsALook => "needs a look".to_owned(),
        other => format!("is {}", review_core::words::change_state(other)),
    }
}

/// Refuses if what the person saw is not what would be applied.
pub(super) fn same_digest(change: &Change, seen: &str) -> Result<()> {
    if change.digest == seen {
        return Ok(());
    }
    Err(mismatch(&change.digest))
}

/// Says that the prompt moved on.
pub(super) fn stale(seen: u32, now: u32) -> Error {
    let message = format!(
        "The agent's prompt moved on: this is based on version {seen}, and the agent has version \
         {now} now. Nothing was changed; look at it against version {now} and stage it again."
    );
    Error::new(ErrorCode::StaleBase, message)
        .with(json!({ "base_version": seen, "current_version": now }))
}
