//! What came of an attempt to apply, written down once.

use super::changes::{check_step, existing, stale};
use super::staleness::{mark_outdated, settle, way_on};
use super::{Review, record};
use crate::error::{Error, Result};
use crate::store::agents::{self, AgentCopy};
use crate::store::attempts::{self, Attempt};
use crate::store::{Conn, changes, now, suggestions};
use jiff::Timestamp;
use review_api::{ApplyOutcome, AuditAction, Change, ChangeState, ErrorCode, SuggestionStatus};
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
        /// Why it is not certain that this attempt made it; nothing where it is.
        doubt: Option<Doubt>,
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

/// Who made a version that has the bytes sent, where the answer was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doubt {
    /// This attempt, or someone who wrote the same bytes on the same version at the same time.
    ByWhomUnknown,
    /// Someone else: this attempt could not have made this version.
    BySomeoneElse,
}

impl Review {
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
            Ending::Applied {
                agent,
                version,
                doubt,
            } => {
                agents::keep(&mut write, &agent).await?;
                let made = (version, doubt);
                applied(&mut write, &change, attempt, actor, made, now).await?;
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
    (version, doubt): (u32, Option<Doubt>),
    at: Timestamp,
) -> Result<()> {
    close(conn, attempt, "applied", at).await?;
    check_step(change, ChangeState::Applied)?;
    let id = &change.summary.id;
    let outcome = ApplyOutcome {
        by: attempt.started_by.clone(),
        at,
        version: Some(version),
        message: match doubt {
            None => format!("The platform has it as version {version}."),
            Some(Doubt::ByWhomUnknown) => format!(
                "The platform has it as version {version}. The answer was lost, so whether this \
                 application made that version, or somebody wrote the same bytes at the same moment, \
                 is not known."
            ),
            Some(Doubt::BySomeoneElse) => format!(
                "The platform has it as version {version}. The answer was lost, and somebody else \
                 wrote the same bytes."
            ),
        },
    };
    changes::set_outcome(conn, id, &outcome).await?;
    changes::set_state(conn, id, ChangeState::Applied, None, at).await?;
    suggestions::set_status_of_change(conn, id, SuggestionStatus::Applied).await?;
    let detail = json!({
        "attempt_id": attempt.id,
        "base_version": attempt.expected_version,
        "version": version,
        "digest": attempt.digest,
        "applied_by": match doubt {
            None => attempt.started_by.as_str(),
            Some(Doubt::ByWhomUnknown) => "unknown",
            Some(Doubt::BySomeoneElse) => "someone else",
        },
        "started_by": attempt.started_by,
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
    changes::set_glass(conn, &change.summary.id, None).await?;
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
    changes::set_glass(conn, id, None).await?;
    let detail = json!({ "attempt_id": attempt.id, "reason": why.message });
    record::change(conn, actor, AuditAction::ApplyRefused, change, detail, at).await?;
    // The policy may be another one by now, approvals may have lapsed, or never have been there.
    settle(conn, id, at).await
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
