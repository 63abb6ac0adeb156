//! Staging tests: who may run them, and what a change lacks where its policy asks for one.

use super::{Refusal, Verdict, needs, waits};
use review_api::{Change, ErrorCode, Role, TestOutcome, TestState, User};

/// May `user` have `change` tested?
///
/// # Errors
/// With the reason, if not.
pub fn may_test(user: &User, change: &Change) -> Verdict {
    needs(user, Role::Reviewer, "run a staging test")?;
    waits(change)?;
    if change.summary.rolls_back.is_none() {
        return Ok(());
    }
    let sentence = "A rollback restores what ran before, so it is not tested.";
    Err(Refusal::new(ErrorCode::Conflict, sentence))
}

/// May `user` call the staging test of `change` off?
///
/// # Errors
/// With the reason, if not.
pub fn may_cancel_test(user: &User) -> Verdict {
    needs(user, Role::Reviewer, "call a staging test off")
}

/// Says what `change` lacks where its policy asks for a passed staging test; nothing if it lacks nothing.
///
/// Only a test of the present digest that came to its end counts, and of several the newest. A rollback needs
/// none: it must never have to wait for a test.
pub fn missing_test(change: &Change) -> Option<String> {
    if !change.policy.staging_test_required || change.summary.rolls_back.is_some() {
        return None;
    }
    let lead = "The agent's policy asks for a passed staging test of exactly these bytes";
    let Some(test) = &change.test else {
        return Some(format!("{lead}, and there is none. Run one."));
    };
    let sentence = match (test.state, test.outcome) {
        (TestState::Completed, Some(TestOutcome::Passed)) => return None,
        (TestState::Running, _) => format!("{lead}, and the one there is has not ended."),
        (TestState::Completed, Some(TestOutcome::Failed)) => {
            format!("{lead}, and the newest one failed. Edit the change, then test it again.")
        }
        (TestState::Completed, _) => format!(
            "{lead}, and the newest one is inconclusive, which is not a pass. Rate more interactions, then test it \
             again."
        ),
        _ => format!("{lead}, and the one there is did not come to its end. Run it again."),
    };
    Some(sentence)
}

/// Refuses a change that lacks the staging test that its policy asks for.
pub(super) fn is_tested(change: &Change) -> Verdict {
    missing_test(change).map_or(Ok(()), |sentence| {
        Err(Refusal::new(ErrorCode::Conflict, sentence))
    })
}
