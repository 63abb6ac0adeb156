//! How the application of a change of memories ends, and what is written down of it.

use super::look::{listed, told};
use crate::error::{Error, Result};
use crate::review::changes::{check_step, existing};
use crate::review::staleness::settle;
use crate::review::{Review, record};
use crate::store::attempts::{self, Attempt};
use crate::store::{Conn, changes, memory_steps, now, suggestions};
use jiff::Timestamp;
use review_api::{
    ApplyOutcome, AuditAction, Change, ChangeState, ErrorCode, MemoryStep, SuggestionStatus,
};
use review_core::manifest::{Conflict, steps};
use serde_json::{Map, Value, json};

/// Why no more steps are taken.
#[derive(Debug)]
pub(super) enum Stop {
    /// All are done.
    Applied,
    /// The store is not as the next step, or one after it, expects.
    Stale {
        /// What stands against it.
        conflicts: Vec<Conflict>,
    },
    /// The next step was not taken, and nothing is on its way.
    Refused {
        /// Why.
        why: Error,
    },
    /// The next step was not taken by the end of its time; it is given up, and may yet land.
    GivenUp {
        /// Why.
        why: Error,
    },
    /// Nobody knows yet whether the next step is done.
    Unknown {
        /// What went wrong.
        why: String,
    },
}

impl Review {
    /// Writes down why an attempt stopped. The inner result is what the one who applied is told.
    pub(super) async fn stop(
        &self,
        attempt: &Attempt,
        actor: &str,
        stop: Stop,
    ) -> Result<Result<Change>> {
        let now = now();
        let mut write = self.store.write().await?;
        let change = existing(&mut write, &attempt.change_id).await?;
        let end = End {
            change: &change,
            attempt,
            actor,
            at: now,
        };
        let told = match stop {
            Stop::Applied => {
                end.applied(&mut write).await?;
                None
            }
            Stop::Stale { conflicts } => Some(end.stale(&mut write, &conflicts).await?),
            Stop::Refused { why } => Some(end.refused(&mut write, "refused", why).await?),
            Stop::GivenUp { why } => {
                Some(end.refused(&mut write, memory_steps::STOPPED, why).await?)
            }
            Stop::Unknown { why } => Some(end.unknown(&mut write, &why).await?),
        };
        let change = existing(&mut write, &attempt.change_id).await?;
        write.commit().await?;
        Ok(told.map_or(Ok(change), Err))
    }
}

/// The end of one attempt.
struct End<'a> {
    change: &'a Change,
    attempt: &'a Attempt,
    actor: &'a str,
    at: Timestamp,
}

impl End<'_> {
    /// Closes the attempt; somebody else having done so before is a defect that must not be written over.
    async fn close(&self, conn: &mut Conn, outcome: &str) -> Result<()> {
        if attempts::end(conn, &self.attempt.id, outcome, self.at).await? {
            return Ok(());
        }
        let message = "The outcome of this attempt was found out meanwhile. Reload to see it.";
        Err(Error::new(ErrorCode::Conflict, message))
    }

    async fn outcome(&self, conn: &mut Conn, message: String) -> Result<()> {
        let outcome = ApplyOutcome {
            by: self.attempt.started_by.clone(),
            at: self.at,
            version: None,
            message,
        };
        Ok(changes::set_outcome(conn, &self.change.summary.id, &outcome).await?)
    }

    async fn move_to(
        &self,
        conn: &mut Conn,
        state: ChangeState,
        trouble: Option<&str>,
    ) -> Result<()> {
        if state != self.change.summary.state {
            check_step(self.change, state)?;
        }
        let id = &self.change.summary.id;
        Ok(changes::set_state(conn, id, state, trouble, self.at).await?)
    }

    async fn record(&self, conn: &mut Conn, action: AuditAction, detail: Value) -> Result<()> {
        let detail = with(
            with(detail, json!({ "attempt_id": self.attempt.id })),
            done_and_undone(self.change),
        );
        record::change(conn, self.actor, action, self.change, detail, self.at).await
    }

    async fn applied(&self, conn: &mut Conn) -> Result<()> {
        self.close(conn, "applied").await?;
        let (_, of) = steps::counts(self.change).unwrap_or_default();
        let message = if of == 1 {
            "The platform has taken its one step.".to_owned()
        } else {
            format!("The platform has taken all {of} steps.")
        };
        self.outcome(conn, message).await?;
        self.move_to(conn, ChangeState::Applied, None).await?;
        let id = &self.change.summary.id;
        suggestions::set_status_of_change(conn, id, SuggestionStatus::Applied).await?;
        let detail = json!({
            "digest": self.attempt.digest,
            "applied_by": self.attempt.started_by,
        });
        self.record(conn, AuditAction::ChangeApplied, detail).await
    }

    async fn stale(&self, conn: &mut Conn, conflicts: &[Conflict]) -> Result<Error> {
        self.close(conn, "stale").await?;
        let trouble = out_of_date(self.change, conflicts);
        self.move_to(conn, ChangeState::Stale, Some(&trouble))
            .await?;
        let detail = json!({ "conflicts": listed(conflicts) });
        self.record(conn, AuditAction::ChangeStale, detail.clone())
            .await?;
        Ok(Error::new(ErrorCode::StaleBase, trouble)
            .with(with(detail, done_and_undone(self.change))))
    }

    async fn refused(&self, conn: &mut Conn, outcome: &str, why: Error) -> Result<Error> {
        self.close(conn, outcome).await?;
        let message = so_far(self.change).map_or_else(
            || why.message.clone(),
            |so_far| {
                format!(
                    "{so_far} {} Apply it again to go on, or roll back what is done.",
                    why.message
                )
            },
        );
        self.outcome(conn, message.clone()).await?;
        self.move_to(conn, ChangeState::Approved, None).await?;
        let action = if steps::is_begun(self.change) {
            AuditAction::ApplyInterrupted
        } else {
            AuditAction::ApplyRefused
        };
        let id = &self.change.summary.id;
        if !steps::is_begun(self.change) {
            changes::set_glass(conn, id, None).await?;
        }
        self.record(conn, action, json!({ "reason": why.message }))
            .await?;
        // The policy may be another one by now, approvals may have lapsed, or never have been there.
        settle(conn, id, self.at).await?;
        let details = with(
            why.details.clone().unwrap_or_else(|| json!({})),
            done_and_undone(self.change),
        );
        Ok(Error {
            message,
            ..why.with(details)
        })
    }

    async fn unknown(&self, conn: &mut Conn, why: &str) -> Result<Error> {
        let so_far = so_far(self.change).map_or(String::new(), |so_far| format!("{so_far} "));
        let trouble = format!(
            "{so_far}Whether the platform took the next step is not known yet and is being found \
             out. {why}"
        );
        self.move_to(conn, ChangeState::NeedsALook, Some(&trouble))
            .await?;
        self.record(conn, AuditAction::ApplyUnknown, json!({ "reason": why }))
            .await?;
        Ok(Error::new(ErrorCode::OutcomeUnknown, trouble).with(done_and_undone(self.change)))
    }
}

/// Says how far a change came, if any of its steps is done.
fn so_far(change: &Change) -> Option<String> {
    let (done, of) = steps::counts(change)?;
    match done {
        0 => None,
        1 => Some(format!("1 of {of} steps is done.")),
        _ => Some(format!("{done} of {of} steps are done.")),
    }
}

/// Says why a change is out of date, and what can be done about it.
pub(super) fn out_of_date(change: &Change, conflicts: &[Conflict]) -> String {
    let reason = told(conflicts);
    let way_on = if change.summary.rolls_back.is_some() {
        "A rollback undoes one state of the store only: withdraw it, and roll back from the newest \
         change."
    } else {
        "Restage it on what is there now, or withdraw it."
    };
    match so_far(change) {
        Some(so_far) => format!(
            "The memory store moved on. {so_far} {reason} Roll back what is done, or withdraw this \
             and stage the rest as a change of its own."
        ),
        None => format!(
            "The memory store moved on, and nothing of this change was applied. {reason} {way_on}"
        ),
    }
}

/// Returns which steps are done and which are not, in their order.
fn done_and_undone(change: &Change) -> Value {
    let of = |is_done: bool| -> Vec<String> {
        let all = change.memory.iter().flat_map(|memory| &memory.steps);
        all.filter(|step: &&MemoryStep| step.done_at.is_some() == is_done)
            .map(|step| steps::in_words(&step.operation))
            .collect()
    };
    json!({ "done": of(true), "undone": of(false) })
}

/// Joins two objects.
fn with(one: Value, other: Value) -> Value {
    match (one, other) {
        (Value::Object(mut one), Value::Object(other)) => {
            one.extend(other);
            Value::Object(one)
        }
        (Value::Null, other) => other,
        (one, _) => Value::Object(Map::from_iter([("facts".to_owned(), one)])),
    }
}
