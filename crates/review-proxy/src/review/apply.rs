//! Applying a change: intent first, one send with the expected version, then what came of it.

use super::changes::{check_step, existing, same_digest, stale};
use super::seen::decided_on;
use super::staleness::{mark_outdated, stale_by_now, way_on};
use super::{Review, record};
use crate::dreaming::copy;
use crate::error::{Error, Result};
use crate::platform::UpdateOutcome;
use crate::store::agents::{self, AgentCopy};
use crate::store::attempts::{self, Attempt};
use crate::store::{Conn, changes, new_id, now, suggestions};
use jiff::Timestamp;
use review_api::{
    ApplyOutcome, AuditAction, Change, ChangeId, ChangeState, ErrorCode, SuggestionStatus, User,
};
use review_core::digest::sha256_hex;
use review_core::rules;
use serde_json::json;

/// What is known of an attempt after the platform was asked.
#[derive(Debug)]
pub(super) enum Ending {
    /// The platform has the prompt, as this version.
    Applied {
        /// The agent as it is now.
        agent: Box<AgentCopy>,
        /// The version that has the prompt.
        version: u32,
    },
    /// The agent had moved on.
    Stale {
        /// The version that it has, where that is known.
        version: Option<u32>,
    },
    /// The platform did not take it, and has nothing of it.
    Refused {
        /// Why.
        why: Error,
    },
    /// Nobody knows yet.
    Unknown {
        /// What went wrong.
        why: String,
    },
}

impl Review {
    /// Sends a change to the platform, at most once, and returns it as it is then.
    ///
    /// # Errors
    /// If there is no such change, the digest is another one by now, `user` may not, the agent moved
    /// on, the platform refused, or its answer was lost.
    pub async fn apply(
        &self,
        user: &User,
        id: &ChangeId,
        digest: &str,
        seen: u64,
    ) -> Result<Change> {
        let (change, attempt) = self.begin(user, id, digest, seen).await?;
        let this = self.clone();
        // Once begun, it comes to its end even if the one who asked hangs up.
        self.to_its_end(async move {
            let ended = this.send_and_end(&change, &attempt).await;
            this.lock_at_work().remove(&attempt.id);
            ended
        })
        .await
    }

    /// Writes the intent, in one transaction with the state and the ledger row.
    async fn begin(
        &self,
        user: &User,
        id: &ChangeId,
        digest: &str,
        seen: u64,
    ) -> Result<(Change, Attempt)> {
        let now = now();
        let mut write = self.store.write().await?;
        let change = existing(&mut write, id).await?;
        decided_on(&change, seen, rules::may_apply(user, &change, now))?;
        same_digest(&change, digest)?;
        if let Some(error) = stale_by_now(&mut write, &change, now).await? {
            write.commit().await?;
            return Err(error);
        }
        check_step(&change, ChangeState::Applying)?;
        failpoint!("begin.before_intent");
        let attempt = Attempt {
            id: new_id("att"),
            change_id: id.clone(),
            agent_id: change.summary.agent_id.clone(),
            expected_version: change.base.version,
            target_sha256: sha256_hex(&change.proposed),
            digest: change.digest.clone(),
            started_by: user.name.clone(),
            started_at: now,
        };
        if let Err(error) = attempts::begin(&mut write, &attempt).await {
            if error.is_taken() {
                let message = "Another change of this agent is being applied. Wait until its \
                               outcome is known, then look at this one again.";
                return Err(Error::new(ErrorCode::Conflict, message));
            }
            return Err(error.into());
        }
        changes::set_state(&mut write, id, ChangeState::Applying, None, now).await?;
        let detail = json!({
            "attempt_id": attempt.id,
            "expected_version": attempt.expected_version,
            "digest": attempt.digest,
            "proposed_sha256": attempt.target_sha256,
        });
        let action = AuditAction::ApplyStarted;
        record::change(&mut write, user.name.as_str(), action, &change, detail, now).await?;
        failpoint!("begin.after_intent");
        // Before the commit: the reconciler must never see the intent without knowing that it is ours.
        self.lock_at_work().insert(attempt.id.clone());
        if let Err(error) = write.commit().await {
            self.lock_at_work().remove(&attempt.id);
            return Err(error.into());
        }
        failpoint!("begin.committed");
        Ok((change, attempt))
    }

    async fn send_and_end(&self, change: &Change, attempt: &Attempt) -> Result<Change> {
        let agent_id = attempt.agent_id.as_str();
        failpoint!("send.before");
        let sent = self
            .platform
            .update_prompt(agent_id, attempt.expected_version, &change.proposed)
            .await;
        failpoint!("send.after_reply");
        let ending = match sent {
            UpdateOutcome::Updated(agent) => Ending::Applied {
                version: agent.version,
                agent: Box::new(copy::agent(&agent)),
            },
            UpdateOutcome::VersionMismatch { .. } => Ending::Stale {
                version: self
                    .platform
                    .agent(agent_id)
                    .await
                    .ok()
                    .map(|agent| agent.version),
            },
            UpdateOutcome::Refused(error) | UpdateOutcome::NotSent(error) => {
                Ending::Refused { why: error.into() }
            }
            UpdateOutcome::Unknown(error) => Ending::Unknown {
                why: error.sentence(),
            },
        };
        match self.end(attempt, attempt.started_by.as_str(), ending).await {
            Ok(ended) => ended,
            Err(error) => {
                tracing::error!(
                    attempt.id = attempt.id,
                    "the platform answered, and the answer could not be written down"
                );
                Err(Error::new(
                    ErrorCode::OutcomeUnknown,
                    format!(
                        "The platform answered, but the proxy could not write that down ({}) What \
                         holds is being found out; reload in a moment.",
                        error.message
                    ),
                ))
            }
        }
    }

    /// Writes down what came of an attempt. The inner result is what the one who applied is told.
    pub(super) async fn end(
        &self,
        attempt: &Attempt,
        actor: &str,
        ending: Ending,
    ) -> Result<Result<Change>> {
        let now = now();
        let mut write = self.store.write().await?;
        let change = existing(&mut write, &attempt.change_id).await?;
        failpoint!("end.before_result");
        let told = match ending {
            Ending::Applied { agent, version } => {
                agents::keep(&mut write, &agent).await?;
                applied(&mut write, &change, attempt, actor, version, now).await?;
                None
            }
            Ending::Stale { version } => {
                Some(moved_on(&mut write, &change, attempt, actor, version, now).await?)
            }
            Ending::Refused { why } => {
                refused(&mut write, &change, attempt, actor, &why, now).await?;
                Some(why)
            }
            Ending::Unknown { why } => {
                Some(unknown(&mut write, &change, attempt, actor, &why, now).await?)
            }
        };
        let change = existing(&mut write, &attempt.change_id).await?;
        failpoint!("end.after_result");
        write.commit().await?;
        failpoint!("end.committed");
        Ok(told.map_or(Ok(change), Err))
    }

    pub(super) fn lock_at_work(
        &self,
    ) -> std::sync::MutexGuard<'_, std::collections::HashSet<String>> {
        // A panic while it was held cannot have left a set half changed.
        self.at_work
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Closes the attempt; somebody else having done so before is a defect that must not be written over.
async fn close(conn: &mut Conn, attempt: &Attempt, outcome: &str, at: Timestamp) -> Result<()> {
    if attempts::end(conn, &attempt.id, outcome, at).await? {
        return Ok(());
    }
    let message = "The outcome of this attempt was found out meanwhile. Reload to see it.";
    Err(Error::new(ErrorCode::Conflict, message))
}

async fn applied(
    conn: &mut Conn,
    change: &Change,
    attempt: &Attempt,
    actor: &str,
    version: u32,
    at: Timestamp,
) -> Result<()> {
    close(conn, attempt, "applied", at).await?;
    check_step(change, ChangeState::Applied)?;
    let id = &change.summary.id;
    let outcome = ApplyOutcome {
        by: attempt.started_by.clone(),
        at,
        version: Some(version),
        message: format!("The platform has it as version {version}."),
    };
    changes::set_outcome(conn, id, &outcome).await?;
    changes::set_state(conn, id, ChangeState::Applied, None, at).await?;
    suggestions::set_status_of_change(conn, id, SuggestionStatus::Applied).await?;
    let detail = json!({
        "attempt_id": attempt.id,
        "base_version": attempt.expected_version,
        "version": version,
        "digest": attempt.digest,
        "applied_by": attempt.started_by,
    });
    record::change(conn, actor, AuditAction::ChangeApplied, change, detail, at).await?;
    // Others that wait for the same agent were staged on the prompt that was just replaced.
    mark_outdated(conn, at).await?;
    Ok(())
}

async fn moved_on(
    conn: &mut Conn,
    change: &Change,
    attempt: &Attempt,
    actor: &str,
    version: Option<u32>,
    at: Timestamp,
) -> Result<Error> {
    close(conn, attempt, "stale", at).await?;
    check_step(change, ChangeState::Stale)?;
    let base = attempt.expected_version;
    let now = version.map_or("another one".to_owned(), |version| {
        format!("version {version}")
    });
    let trouble = format!(
        "The platform did not take it: it is based on version {base} of the prompt, and the agent \
         has {now} now. {}",
        way_on(change)
    );
    changes::set_stale(conn, &change.summary.id, version, &trouble, at).await?;
    let detail = json!({
        "attempt_id": attempt.id,
        "base_version": base,
        "current_version": version,
    });
    record::change(conn, actor, AuditAction::ChangeStale, change, detail, at).await?;
    Ok(match version {
        Some(version) => stale(base, version),
        None => Error::new(ErrorCode::StaleBase, trouble).with(json!({ "base_version": base })),
    })
}

async fn refused(
    conn: &mut Conn,
    change: &Change,
    attempt: &Attempt,
    actor: &str,
    why: &Error,
    at: Timestamp,
) -> Result<()> {
    close(conn, attempt, "refused", at).await?;
    check_step(change, ChangeState::Approved)?;
    let id = &change.summary.id;
    let outcome = ApplyOutcome {
        by: attempt.started_by.clone(),
        at,
        version: None,
        message: why.message.clone(),
    };
    changes::set_outcome(conn, id, &outcome).await?;
    changes::set_state(conn, id, ChangeState::Approved, None, at).await?;
    let detail = json!({ "attempt_id": attempt.id, "reason": why.message });
    record::change(conn, actor, AuditAction::ApplyRefused, change, detail, at).await
}

async fn unknown(
    conn: &mut Conn,
    change: &Change,
    attempt: &Attempt,
    actor: &str,
    why: &str,
    at: Timestamp,
) -> Result<Error> {
    check_step(change, ChangeState::NeedsALook)?;
    let trouble =
        format!("Whether the platform took it is not known yet and is being found out. {why}");
    let id = &change.summary.id;
    changes::set_state(conn, id, ChangeState::NeedsALook, Some(&trouble), at).await?;
    let detail = json!({ "attempt_id": attempt.id, "reason": why });
    record::change(conn, actor, AuditAction::ApplyUnknown, change, detail, at).await?;
    Ok(Error::new(ErrorCode::OutcomeUnknown, trouble))
}
