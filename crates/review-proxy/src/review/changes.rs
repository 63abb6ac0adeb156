//! Changes: staged, approved and given up.

use super::{Review, record, same_revision, texts};
use crate::dreaming::copy;
use crate::error::{Error, Result};
use crate::platform::Trouble;
use crate::store::{Conn, agents, changes, new_id, now, settings, suggestions};
use jiff::Timestamp;
use review_api::{
    Approval, AuditAction, Change, ChangeId, ChangeSize, ChangeState, ChangeSummary, ChangeTarget,
    ErrorCode, Hand, Part, StageChange, Suggestion, SuggestionStatus, User,
};
use review_core::digest::{self, sha256_hex};
use review_core::workflow::{allows, state_by_approvals};
use review_core::{approvals, rules};
use serde_json::json;

/// Most suggestions of one change.
const MOST_SUGGESTIONS: usize = 20;

impl Review {
    /// Makes a change of suggestions, on the prompt that the platform has at this moment.
    ///
    /// # Errors
    /// If `user` may not, a suggestion is not open, the prompt is not the one that the person saw, or
    /// what is proposed is too long or no change.
    pub async fn stage(&self, user: &User, body: StageChange) -> Result<Change> {
        check_shape(&body)?;
        let mut read = self.store.read().await?;
        let chosen = open_suggestions(&mut read, user, &body).await?;
        drop(read);
        let agent_id = &chosen.agent_id;
        let title = texts::title("title", body.title.as_deref().unwrap_or(&chosen.title))?;
        let proposed = body
            .proposed
            .as_deref()
            .unwrap_or(&chosen.proposed)
            .to_owned();
        texts::prompt("proposed", &proposed)?;

        let agent = match self.platform.agent(agent_id.as_str()).await {
            Ok(agent) => copy::agent(&agent),
            Err(error) if error.trouble == Trouble::NotFound => {
                return Err(Error::not_found("agent", agent_id.as_str()));
            }
            Err(error) => return Err(error.into()),
        };
        let now = now();
        let mut write = self.store.write().await?;
        agents::keep(&mut write, &agent).await?;
        let base = agent.prompt;
        if base.version != body.base_version {
            // What was just read is worth keeping, whatever comes of the request.
            write.commit().await?;
            return Err(stale(body.base_version, base.version));
        }
        if proposed == base.text {
            let message =
                "This proposes the prompt that the agent has already: there is nothing to change.";
            return Err(Error::field("proposed", message));
        }
        open_suggestions(&mut write, user, &body).await?;
        let settings = settings::get(&mut write, agent_id).await?;
        let size = prompt_diff::size(&base.text, &proposed);
        let mut change = Change {
            summary: ChangeSummary {
                id: new_id("chg").into(),
                agent_id: agent_id.clone(),
                agent_name: agent.name,
                title,
                state: ChangeState::Staged,
                target: ChangeTarget::Prompt,
                rolls_back: None,
                size: ChangeSize {
                    lines_added: size.added,
                    lines_removed: size.removed,
                },
                base_version: base.version,
                staged_by: user.name.clone(),
                staged_at: now,
                updated_at: now,
                approvals: 0,
                approvals_needed: settings.policy.approvals_needed,
            },
            digest: String::new(),
            memory: None,
            findings_sha256: None,
            base,
            proposed,
            policy: settings.policy,
            suggestion_ids: body.suggestion_ids,
            hands: vec![Hand {
                who: user.name.clone(),
                part: Part::Staged,
            }],
            approvals: Vec::new(),
            overlaps: Vec::new(),
            moved_to: None,
            rolled_back_by: None,
            glass: None,
            outcome: None,
            trouble: None,
            history: Vec::new(),
            revision: 1,
        };
        change.digest = digest::of(&change);
        let id = change.summary.id.clone();
        changes::insert(&mut write, &change).await?;
        suggestions::set_status_of_change(&mut write, &id, SuggestionStatus::Staged).await?;
        let detail = json!({
            "base_version": change.base.version,
            "digest": change.digest,
            "proposed_sha256": sha256_hex(&change.proposed),
            "suggestion_ids": change.suggestion_ids,
        });
        record::change(
            &mut write,
            user.name.as_str(),
            AuditAction::ChangeStaged,
            &change,
            detail,
            now,
        )
        .await?;
        let change = existing(&mut write, &id).await?;
        write.commit().await?;
        Ok(change)
    }

    /// Gives `user`'s yes to the digest that they saw.
    ///
    /// # Errors
    /// If there is no such change, the digest is another one by now, or `user` may not.
    pub async fn approve(
        &self,
        user: &User,
        id: &ChangeId,
        digest: &str,
        seen: Option<u64>,
    ) -> Result<Change> {
        let now = now();
        let mut write = self.store.write().await?;
        let change = existing(&mut write, id).await?;
        same_digest(&change, digest)?;
        rules::may_approve(user, &change, now)?;
        same_revision(seen, change.revision)?;
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

    /// Gives a change up; its suggestions wait again.
    ///
    /// # Errors
    /// If there is no such change, or `user` may not.
    pub async fn withdraw(&self, user: &User, id: &ChangeId, seen: Option<u64>) -> Result<Change> {
        let now = now();
        let mut write = self.store.write().await?;
        let change = existing(&mut write, id).await?;
        rules::may_withdraw(user, &change)?;
        same_revision(seen, change.revision)?;
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

/// Refuses a step that the workflow does not have, whoever asks.
pub(super) fn check_step(change: &Change, to: ChangeState) -> Result<()> {
    let from = change.summary.state;
    if allows(from, to) {
        return Ok(());
    }
    let message = format!(
        "A change that {} cannot become one that {}.",
        in_words(from),
        in_words(to)
    );
    Err(Error::new(ErrorCode::Conflict, message))
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
    let message = "What you saw is not what would be applied any more. Nothing was done; reload and \
                   look at it again.";
    Err(Error::new(ErrorCode::DigestMismatch, message).with(json!({ "digest": change.digest })))
}

/// Says that the prompt moved on.
pub(super) fn stale(seen: u32, now: u32) -> Error {
    let message = format!(
        "The agent's prompt moved on: this is based on version {seen}, and the agent has version \
         {now} now. Nothing was changed; look at the suggestion against version {now} and stage it \
         again."
    );
    Error::new(ErrorCode::StaleBase, message)
        .with(json!({ "base_version": seen, "current_version": now }))
}

/// Marks a waiting change as out of date where its agent is known to have moved on, and returns why.
pub(super) async fn stale_by_now(
    conn: &mut Conn,
    change: &Change,
    at: Timestamp,
) -> Result<Option<Error>> {
    let base = change.summary.base_version;
    match agents::version(conn, &change.summary.agent_id).await? {
        Some(version) if version > base => {
            mark_stale(conn, change, version, at).await?;
            Ok(Some(stale(base, version)))
        }
        _ => Ok(None),
    }
}

/// Marks a change as out of date, and records it.
pub(super) async fn mark_stale(
    conn: &mut Conn,
    change: &Change,
    version: u32,
    at: Timestamp,
) -> Result<()> {
    check_step(change, ChangeState::Stale)?;
    let base = change.summary.base_version;
    let trouble = format!(
        "It is based on version {base} of the prompt, and the agent has version {version} now. \
         Withdraw it and stage its suggestions again."
    );
    let id = &change.summary.id;
    changes::set_state(conn, id, ChangeState::Stale, Some(&trouble), at).await?;
    let detail = json!({ "base_version": base, "current_version": version });
    record::change(
        conn,
        record::SYSTEM,
        AuditAction::ChangeStale,
        change,
        detail,
        at,
    )
    .await
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

fn check_shape(body: &StageChange) -> Result<()> {
    let ids = &body.suggestion_ids;
    if ids.is_empty() || ids.len() > MOST_SUGGESTIONS {
        let message = format!("Name 1 to {MOST_SUGGESTIONS} suggestions to stage.");
        return Err(Error::field("suggestion_ids", message));
    }
    let mut unique = ids.clone();
    unique.sort_unstable();
    unique.dedup();
    if unique.len() != ids.len() {
        return Err(Error::field(
            "suggestion_ids",
            "The same suggestion is named twice.",
        ));
    }
    if ids.len() > 1 && body.proposed.is_none() {
        let message = "Several suggestions make one change only with the prompt that joins them; \
                       send it as `proposed`.";
        return Err(Error::field("proposed", message));
    }
    Ok(())
}

/// Checks every suggestion to stage and returns the first.
async fn open_suggestions(conn: &mut Conn, user: &User, body: &StageChange) -> Result<Suggestion> {
    let mut first: Option<Suggestion> = None;
    for id in &body.suggestion_ids {
        let found = suggestions::get(conn, id).await?;
        let suggestion = found.ok_or_else(|| Error::not_found("suggestion", id.as_str()))?;
        rules::may_stage(user, suggestion.status)?;
        match &first {
            Some(first) if first.agent_id != suggestion.agent_id => {
                let message = "These suggestions are for different agents; stage them one by one.";
                return Err(Error::field("suggestion_ids", message));
            }
            Some(_) => {}
            None => first = Some(suggestion),
        }
    }
    first.ok_or_else(|| Error::field("suggestion_ids", "Name at least one suggestion."))
}
