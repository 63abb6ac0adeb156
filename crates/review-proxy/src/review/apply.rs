//! Applying a change: intent first, one send with the expected version, then what came of it.

use super::changes::{existing, no_such_step, same_digest};
use super::outcome::Ending;
use super::seen::decided_on;
use super::staleness::stale_by_now;
use super::{Review, record, texts};
use crate::dreaming::copy;
use crate::error::{Error, Result};
use crate::platform::UpdateOutcome;
use crate::store::attempts::{self, Attempt};
use crate::store::{self, Conn, changes, new_id, now};
use jiff::Timestamp;
use review_api::{
    ApplyChange, AuditAction, AutomaticActKind, Change, ChangeId, ChangeState, ErrorCode,
    GlassBroken, POLICY_ACTOR, User, UserName,
};
use review_core::automation::{self, Losses};
use review_core::digest::sha256_hex;
use review_core::{manifest, rules, workflow};
use serde_json::{Value, json};
use std::time::Instant;

/// Parts of a lease after which its holder is heard of while it sends, and within which a request may leave
/// without a look at the lease: a process that was held up for longer may have been given up by the others.
pub(super) const PARTS: u32 = 4;

impl Review {
    /// Sends a change to the platform, at most once, and returns it as it is then.
    ///
    /// With a reason to break the glass, a rollback goes without its approvals, and its review is asked for.
    ///
    /// # Errors
    /// If there is no such change, it or its digest is another one by now, `user` may not, the agent moved
    /// on, the platform refused, or its answer was lost.
    pub async fn apply(
        &self,
        user: &User,
        id: &ChangeId,
        body: &ApplyChange,
        seen: u64,
    ) -> Result<Change> {
        self.apply_as(By::Person(user.clone()), id, body, seen)
            .await
    }

    /// Applies a change as a person or as its policy.
    pub(super) async fn apply_as(
        &self,
        by: By,
        id: &ChangeId,
        body: &ApplyChange,
        seen: u64,
    ) -> Result<Change> {
        let (change, attempt) = self.begin(&by, id, body, seen).await?;
        let begun = Instant::now();
        let this = self.clone();
        // Once begun, it comes to its end even if the one who asked hangs up.
        self.to_its_end(async move {
            let ended = match change.memory {
                Some(_) => this.take_steps(&change, &attempt, begun).await,
                None => this.send_and_end(&change, &attempt, begun).await,
            };
            this.lock_at_work().remove(&attempt.id);
            ended
        })
        .await
    }

    /// Writes the intent, in one transaction with the state and the ledger row.
    async fn begin(
        &self,
        by: &By,
        id: &ChangeId,
        body: &ApplyChange,
        seen: u64,
    ) -> Result<(Change, Attempt)> {
        let now = now();
        let mut write = self.store.write().await?;
        let change = existing(&mut write, id).await?;
        let verdict = match (by, &body.break_glass) {
            (By::Person(user), Some(_)) => rules::may_break_glass(user, &change, now),
            (By::Person(user), None) => rules::may_apply(user, &change, now),
            (By::Policy(losses), _) => automation::may_apply(&change, losses, now),
        };
        decided_on(&change, seen, verdict)?;
        same_digest(&change, &body.digest)?;
        let name = by.name();
        let glass = broken_glass(&name, body, now)?;
        if let Some(error) = stale_by_now(&mut write, &change, now).await? {
            write.commit().await?;
            return Err(error);
        }
        let (from, to) = (change.summary.state, ChangeState::Applying);
        let is_a_step = match (by, &glass) {
            (By::Policy(_), _) => workflow::allows_by_policy(from, to),
            (By::Person(_), Some(_)) => workflow::allows_by_broken_glass(from, to),
            (By::Person(_), None) => workflow::allows(from, to),
        };
        if !is_a_step {
            return Err(no_such_step(from, to));
        }
        failpoint!("begin.before_intent");
        let attempt = Attempt {
            id: new_id("att"),
            change_id: id.clone(),
            agent_id: change.summary.agent_id.clone(),
            expected_version: change.base.version,
            target_sha256: change.memory.as_ref().map_or_else(
                || sha256_hex(&change.proposed),
                |memory| manifest::digest(&memory.manifest),
            ),
            digest: change.digest.clone(),
            started_by: name.clone(),
            started_at: now,
            holder: Some(self.instance.to_string()),
            lease_until: Some(now + self.pace.lease),
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
        if let Some(glass) = &glass {
            break_the_glass(&mut write, &change, glass).await?;
        }
        let mut detail = json!({
            "attempt_id": attempt.id,
            "expected_version": attempt.expected_version,
            "digest": attempt.digest,
            "proposed_sha256": attempt.target_sha256,
        });
        if let By::Policy(_) = by {
            detail = by_policy(&mut write, &change, detail, now).await?;
        }
        let action = AuditAction::ApplyStarted;
        record::change(&mut write, name.as_str(), action, &change, detail, now).await?;
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

    async fn send_and_end(
        &self,
        change: &Change,
        attempt: &Attempt,
        begun: Instant,
    ) -> Result<Change> {
        let ending = if begun.elapsed() > self.pace.lease / PARTS && !self.holds(attempt).await? {
            return Err(given_up());
        } else {
            self.send(change, attempt).await
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

    /// Sends the update once, and renews the lease until it is answered.
    async fn send(&self, change: &Change, attempt: &Attempt) -> Ending {
        let agent_id = attempt.agent_id.as_str();
        let update =
            self.platform
                .update_prompt(agent_id, attempt.expected_version, &change.proposed);
        failpoint!("send.before");
        let sent = self.while_held(attempt, update).await;
        failpoint!("send.after_reply");
        match sent {
            UpdateOutcome::Updated(agent) => Ending::Applied {
                version: agent.version,
                agent: Box::new(copy::agent(&agent)),
                doubt: None,
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
        }
    }

    /// Waits for `work`, and renews the lease of an attempt meanwhile.
    pub(super) async fn while_held<T>(
        &self,
        attempt: &Attempt,
        work: impl Future<Output = T>,
    ) -> T {
        let renewing = async {
            loop {
                tokio::time::sleep(self.pace.lease / PARTS).await;
                // Not renewed, it only comes to the others sooner; what is sent has a guard of its own.
                if let Err(error) = self.holds(attempt).await {
                    tracing::warn!(attempt.id, %error, "the lease of an attempt was not renewed");
                }
            }
        };
        // Both go on at once: the work may have the database to itself for a while.
        tokio::select! {
            done = work => done,
            never = renewing => never,
        }
    }

    /// Renews the lease of an attempt; says `false` if somebody else has ended it or taken it over.
    pub(super) async fn holds(&self, attempt: &Attempt) -> Result<bool> {
        let mut write = self.store.write().await?;
        let until = now() + self.pace.lease;
        let held = attempts::renew(&mut write, &attempt.id, &self.instance, until).await?;
        write.commit().await?;
        Ok(held)
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

/// Who applies a change.
#[derive(Debug)]
pub(super) enum By {
    /// A person.
    Person(User),
    /// Its policy, with what the text of that very digest takes away.
    Policy(Losses),
}

impl By {
    fn name(&self) -> UserName {
        match self {
            Self::Person(user) => user.name.clone(),
            Self::Policy(_) => POLICY_ACTOR.into(),
        }
    }
}

/// Notes that the policy itself applies a change, and adds to the ledger row by what right.
async fn by_policy(
    conn: &mut Conn,
    change: &Change,
    mut detail: Value,
    at: Timestamp,
) -> Result<Value> {
    let id = &change.summary.id;
    store::automation::act(conn, id, AutomaticActKind::Applied, &[], at).await?;
    if let Some(detail) = detail.as_object_mut() {
        let facts = json!({
            "policy_version": change.policy.version,
            "automation": change.policy.automation,
            "test_id": change.test.as_ref().map(|test| &test.id),
            "approvals": review_core::approvals::valid(change, at),
            "approvals_needed": change.policy.approvals_needed,
        });
        detail.extend(facts.as_object().cloned().unwrap_or_default());
    }
    Ok(detail)
}

/// Checks the reason for going without approvals.
fn broken_glass(name: &UserName, body: &ApplyChange, at: Timestamp) -> Result<Option<GlassBroken>> {
    let Some(reason) = &body.break_glass else {
        return Ok(None);
    };
    let reason = texts::comment("break_glass", Some(reason.clone()))?.ok_or_else(|| {
        let message = "Say why this cannot wait for its approvals; others will review it.";
        Error::field("break_glass", message)
    })?;
    Ok(Some(GlassBroken {
        by: name.clone(),
        at,
        reason,
        review: None,
    }))
}

/// Keeps and records that a rollback goes without its approvals, and says so in the log.
async fn break_the_glass(conn: &mut Conn, change: &Change, glass: &GlassBroken) -> Result<()> {
    changes::set_glass(conn, &change.summary.id, Some(glass)).await?;
    let detail = json!({
        "reason": glass.reason,
        "digest": change.digest,
        "approvals": review_core::approvals::valid(change, glass.at),
        "approvals_needed": change.policy.approvals_needed,
    });
    let action = AuditAction::GlassBroken;
    record::change(conn, glass.by.as_str(), action, change, detail, glass.at).await?;
    tracing::warn!(
        change = change.summary.id.as_str(),
        by = glass.by.as_str(),
        "a rollback is applied without its approvals; its review is asked for in the inbox"
    );
    Ok(())
}

/// This process was held up for so long that others took the attempt for given up.
fn given_up() -> Error {
    let message = "The proxy was held up before it could send this, and its turn was over. Nothing was \
                   sent; reload, look again, then apply it again.";
    Error::new(ErrorCode::OutcomeUnknown, message)
}
