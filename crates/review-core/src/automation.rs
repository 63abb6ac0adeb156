//! What a policy does by itself, and everything that stands against it.
//!
//! A change that a policy staged is applied by it only where nothing at all stands against that. The proxy decides
//! with [`obstacles`], and the console says the same reasons from the same function.

mod obstacle;

pub use obstacle::Obstacle;

use crate::rules::{self, Refusal, Verdict};
use jiff::Timestamp;
use prompt_diff::{Instructions, Limits, PromptDiff, Revision};
use review_api::{
    AutomationMode, Change, ChangeState, ChangeTarget, ErrorCode, POLICY_ACTOR, Paused, Policy,
    Role, SetupWarning, TestOutcome, TestStanding, TestState, User,
};

/// What becomes of a prompt's instructions and placeholders; worked out once, since it takes a diff.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Losses {
    /// Instructions that are gone.
    pub removed: usize,
    /// Instructions that are there in other words: the old words are gone.
    pub reworded: usize,
    /// Placeholders that the text after has nowhere.
    pub placeholders: Vec<String>,
}

impl Losses {
    /// Works out what `change` takes away.
    pub fn of(change: &Change) -> Self {
        let limits = Limits::default();
        Self::of_diff(&prompt_diff::diff(
            &change.base.text,
            &change.proposed,
            &limits,
        ))
    }

    /// Works out what a diff takes away.
    pub fn of_diff(diff: &PromptDiff) -> Self {
        let Instructions {
            removed, reworded, ..
        } = prompt_diff::instructions(diff);
        let texts = diff.revisions.as_ref().map(Revision::text);
        Self {
            removed: removed.len(),
            reworded: reworded.len(),
            placeholders: prompt_diff::lost_placeholders(texts.before, texts.after),
        }
    }
}

/// Returns the policy as the one who stages and tests; it may no more than a reviewer.
pub fn policy_user() -> User {
    User {
        name: POLICY_ACTOR.into(),
        role: Role::Reviewer,
    }
}

/// Says whether a policy stages and tests by itself now.
pub fn acts(policy: &Policy, is_paused: bool) -> bool {
    !is_paused && policy.automation.mode.is_on()
}

/// Returns everything that stands against the policy applying `change` by itself at `now`; nothing where it may.
///
/// The change must be one that the policy staged and nobody touched, on a base that has not moved, within the size
/// limit; its test decisive (see [`is_decisive`]); nothing found in it or about it; and its approvals there, unless
/// the policy says in so many words that it acts without them.
pub fn obstacles(change: &Change, losses: &Losses, now: Timestamp) -> Vec<Obstacle> {
    let mut found = of_the_policy(change, now);
    of_the_state(change, &mut found);
    of_the_test(change, &mut found);
    of_the_text(change, losses, &mut found);
    found
}

/// May the policy apply `change` by itself at `now`?
///
/// # Errors
/// With everything that stands against it.
pub fn may_apply(change: &Change, losses: &Losses, now: Timestamp) -> Verdict {
    let found = obstacles(change, losses, now);
    if found.is_empty() {
        return Ok(());
    }
    let sentences: Vec<String> = found.iter().map(Obstacle::sentence).collect();
    Err(Refusal {
        code: ErrorCode::Conflict,
        sentence: sentences.join(" "),
    })
}

/// May `user` pause the automation of all agents? To stop is the safe direction, so a reviewer may.
///
/// # Errors
/// With the reason, if not.
pub fn may_pause(user: &User, paused: Option<&Paused>) -> Verdict {
    rules::needs(user, Role::Reviewer, "pause automation")?;
    match paused {
        None => Ok(()),
        Some(paused) => Err(Refusal {
            code: ErrorCode::Conflict,
            sentence: format!("{} paused it already.", paused.by),
        }),
    }
}

/// May `user` let the automation of all agents go on? That is a setting, so it takes an admin.
///
/// # Errors
/// With the reason, if not.
pub fn may_resume(user: &User, paused: Option<&Paused>) -> Verdict {
    rules::needs(user, Role::Admin, "resume automation")?;
    match paused {
        Some(_) => Ok(()),
        None => Err(Refusal {
            code: ErrorCode::Conflict,
            sentence: "It is not paused.".to_owned(),
        }),
    }
}

/// Says whether a test is decisive: it came to its end and passed, the proposal is better beyond chance (McNemar's
/// exact test, not merely "no worse"), and no case got worse.
pub fn is_decisive(test: &TestStanding) -> bool {
    test.state == TestState::Completed
        && test.outcome == Some(TestOutcome::Passed)
        && test.is_decisive
        && test.worse == Some(0)
}

/// Returns what is wrong with how an agent's policy acts by itself.
pub fn warnings(policy: &Policy, is_paused: bool) -> Vec<SetupWarning> {
    let mut warnings = Vec::new();
    if !policy.automation.mode.is_on() {
        return warnings;
    }
    if is_paused {
        warnings.push(SetupWarning::AutomationPaused);
    }
    if !policy.staging_test_required {
        warnings.push(SetupWarning::AutomationUntested);
    }
    warnings
}

fn of_the_policy(change: &Change, now: Timestamp) -> Vec<Obstacle> {
    let mut found = Vec::new();
    let automation = &change.policy.automation;
    if automation.mode != AutomationMode::Apply {
        found.push(Obstacle::NotAllowed {
            mode: automation.mode,
        });
    }
    let Some(automatic) = &change.automatic else {
        found.push(Obstacle::StagedByPerson {
            who: change.summary.staged_by.clone(),
        });
        return found;
    };
    if let Some(paused) = &automatic.paused {
        found.push(Obstacle::Paused(paused.clone()));
    }
    let touched = change
        .hands
        .iter()
        .find(|hand| hand.who.as_str() != POLICY_ACTOR);
    if let Some(hand) = touched {
        found.push(Obstacle::Touched {
            who: hand.who.clone(),
        });
    }
    if !automation.without_approvals
        && let Some(sentence) = rules::missing_approvals(change, now)
    {
        found.push(Obstacle::Approvals { sentence });
    }
    found
}

fn of_the_state(change: &Change, found: &mut Vec<Obstacle>) {
    match change.summary.state {
        ChangeState::Staged | ChangeState::Approved => {}
        ChangeState::Stale => found.push(Obstacle::BaseMoved),
        state => found.push(Obstacle::NotWaiting { state }),
    }
    if change.moved_to.is_some() && change.summary.state != ChangeState::Stale {
        found.push(Obstacle::BaseMoved);
    }
    // Sent once, by whomever, and refused: what is wrong is for people to find out, not for a loop to repeat.
    if let Some(outcome) = &change.outcome
        && outcome.version.is_none()
    {
        found.push(Obstacle::RefusedBefore {
            message: outcome.message.clone(),
        });
    }
}

fn of_the_test(change: &Change, found: &mut Vec<Obstacle>) {
    let Some(test) = &change.test else {
        let refused = change.automatic.as_ref();
        let why = refused.and_then(|it| it.test_refused.clone());
        found.push(Obstacle::NotTested { why });
        return;
    };
    match (test.state, test.outcome) {
        (TestState::Running, _) => found.push(Obstacle::TestRuns),
        (TestState::Completed, Some(TestOutcome::Passed)) => {
            if !test.is_decisive {
                found.push(Obstacle::NotBetter);
            }
            match test.worse {
                Some(0) => {}
                worse => found.push(Obstacle::GotWorse { cases: worse }),
            }
        }
        _ => found.push(Obstacle::NotPassed {
            sentence: test.sentence.clone(),
        }),
    }
}

fn of_the_text(change: &Change, losses: &Losses, found: &mut Vec<Obstacle>) {
    if change.summary.target != ChangeTarget::Prompt {
        found.push(Obstacle::NotThePrompt);
    }
    if change.summary.rolls_back.is_some() {
        found.push(Obstacle::Rollback);
    }
    if change.findings_sha256.is_some() {
        found.push(Obstacle::HiddenText);
    }
    if losses.removed > 0 {
        found.push(Obstacle::InstructionsRemoved {
            count: losses.removed,
        });
    }
    if losses.reworded > 0 {
        found.push(Obstacle::InstructionsReworded {
            count: losses.reworded,
        });
    }
    if !losses.placeholders.is_empty() {
        found.push(Obstacle::PlaceholdersLost {
            texts: losses.placeholders.clone(),
        });
    }
    let size = change.summary.size;
    let lines = size.lines_added.saturating_add(size.lines_removed);
    let most = change.policy.automation.most_lines;
    if lines > most {
        found.push(Obstacle::TooLarge { lines, most });
    }
    let Some(automatic) = &change.automatic else {
        return;
    };
    if !automatic.findings.is_empty() {
        found.push(Obstacle::Findings {
            count: automatic.findings.len(),
        });
    }
    if automatic.rejected_before {
        found.push(Obstacle::RejectedBefore);
    }
    if automatic.open_comments > 0 {
        found.push(Obstacle::OpenComments {
            count: automatic.open_comments,
        });
    }
    if automatic.drifted {
        found.push(Obstacle::Drifted);
    }
}

#[cfg(test)]
mod tests;
