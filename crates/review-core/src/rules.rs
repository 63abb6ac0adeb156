//! Who may do what, and the sentence that says why not.
//!
//! The proxy refuses with these; the console disables with these and shows the same sentence.

mod comments;
mod feedback;
mod missing;
mod testing;

pub use comments::{
    may_comment, may_delete_comment, may_edit_comment, may_reopen_comment, may_resolve_comment,
};
pub use feedback::{may_edit_feedback, may_rate, may_withdraw_feedback};

pub use missing::missing_approvals;
pub use testing::{may_cancel_test, may_test, missing_test};

use crate::approvals::{self, is_approver};
use crate::{manifest, words};
use review_api::{
    Approval, Change, ChangeState, ErrorCode, Part, Role, SuggestionStatus, Timestamp, User,
    UserName,
};

/// What an approver may and a reviewer may not. One reason for both, so that a screen with both buttons says it once.
const DECIDE: &str = "approve or apply a change";

/// Why something may not be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What a program may branch on.
    pub code: ErrorCode,
    /// What a person reads.
    pub sentence: String,
}

impl Refusal {
    fn new(code: ErrorCode, sentence: impl Into<String>) -> Self {
        Self {
            code,
            sentence: sentence.into(),
        }
    }
}

/// Either nothing stands against it, or this does.
pub type Verdict = Result<(), Refusal>;

pub(crate) fn needs(user: &User, role: Role, to: &str) -> Verdict {
    if user.role >= role {
        return Ok(());
    }
    let article = if matches!(role, Role::Approver | Role::Admin) {
        "an"
    } else {
        "a"
    };
    let sentence = format!(
        "You are signed in as {}; to {to} takes {article} {} or more.",
        user.role.as_str(),
        role.as_str(),
    );
    Err(Refusal::new(ErrorCode::Forbidden, sentence))
}

/// May `user` have an agent dream, or call a dream off?
///
/// # Errors
/// With the reason, if not.
pub fn may_dream(user: &User) -> Verdict {
    needs(user, Role::Reviewer, "ask for a dream")
}

/// May `user` create an agent?
///
/// # Errors
/// With the reason, if not.
pub fn may_create_agent(user: &User) -> Verdict {
    needs(user, Role::Admin, "create an agent")
}

/// May `user` edit an agent's dreaming settings and policy?
///
/// # Errors
/// With the reason, if not.
pub fn may_edit_settings(user: &User) -> Verdict {
    needs(user, Role::Admin, "change an agent's settings")
}

/// May `user` see a webhook's secret, try the webhook, or ask for a delivery again?
///
/// # Errors
/// With the reason, if not.
pub fn may_look_after_webhook(user: &User) -> Verdict {
    needs(user, Role::Admin, "look after an agent's webhook")
}

/// May `user` have the ledger verified?
///
/// # Errors
/// With the reason, if not.
pub fn may_verify_audit(user: &User) -> Verdict {
    needs(user, Role::Approver, "verify the ledger")
}

fn is_open(status: SuggestionStatus) -> Verdict {
    let sentence = match status {
        SuggestionStatus::Open => return Ok(()),
        SuggestionStatus::Staged => "This suggestion is part of a staged change already.",
        SuggestionStatus::Applied => "This suggestion was applied already.",
        SuggestionStatus::Rejected => "This suggestion was rejected already.",
        SuggestionStatus::Unknown => {
            "This console does not know the suggestion's status. Reload it."
        }
    };
    Err(Refusal::new(ErrorCode::Conflict, sentence))
}

/// May `user` turn a suggestion down that has `status`?
///
/// # Errors
/// With the reason, if not.
pub fn may_reject(user: &User, status: SuggestionStatus) -> Verdict {
    needs(user, Role::Reviewer, "reject a suggestion")?;
    is_open(status)
}

/// May `user` stage a suggestion that has `status`?
///
/// # Errors
/// With the reason, if not.
pub fn may_stage(user: &User, status: SuggestionStatus) -> Verdict {
    needs(user, Role::Reviewer, "stage a change")?;
    is_open(status)
}

/// Refuses what only a change that waits allows.
fn waits(change: &Change) -> Verdict {
    let sentence = match change.summary.state {
        ChangeState::Staged | ChangeState::Approved => return Ok(()),
        ChangeState::Applying => "This change is being applied.",
        ChangeState::Applied => "This change was applied already.",
        ChangeState::Stale => {
            "The base moved on since this change was staged. Restage it on what is there now."
        }
        ChangeState::NeedsALook => "The outcome of this change is unknown and being found out.",
        ChangeState::Withdrawn => "This change was withdrawn.",
        ChangeState::Unknown => "This console does not know the change's state. Reload it.",
    };
    Err(Refusal::new(ErrorCode::Conflict, sentence))
}

/// Does `change` still wait to be applied?
///
/// # Errors
/// With the reason, if not.
pub fn still_waits(change: &Change) -> Verdict {
    waits(change)
}

/// May `user` approve `change` as it is at `now`?
///
/// # Errors
/// With the reason, if not.
pub fn may_approve(user: &User, change: &Change, now: Timestamp) -> Verdict {
    needs(user, Role::Approver, DECIDE)?;
    waits(change)?;
    let forbidden = |sentence: String| Err(Refusal::new(ErrorCode::Forbidden, sentence));
    if let Some(part) = approvals::parts(change, &user.name).next() {
        let did = match part {
            Part::Wrote => "wrote",
            Part::Staged => "staged",
            Part::Edited => "edited",
            Part::Restaged => "restaged",
            Part::Unknown => "had a hand in",
        };
        return forbidden(format!(
            "You {did} this change, so someone else has to approve it."
        ));
    }
    if !is_approver(&change.policy, &user.name) {
        let people: Vec<&str> = change
            .policy
            .approvers
            .iter()
            .map(UserName::as_str)
            .collect();
        return forbidden(format!(
            "This agent's policy takes approvals from {} only.",
            words::listed(&people)
        ));
    }
    let mine = |approval: &&Approval| approval.by == user.name;
    if approvals::counting(change, now)
        .into_iter()
        .any(|it| mine(&it))
    {
        let sentence = "You approved exactly this already.";
        return Err(Refusal::new(ErrorCode::Conflict, sentence));
    }
    testing::is_tested(change)
}

/// Has someone who read the findings named by `read` read those of `change`?
///
/// # Errors
/// With the reason, if not.
pub fn has_read_findings(change: &Change, read: Option<&str>) -> Verdict {
    let sentence = match (change.findings_sha256.as_deref(), read) {
        (there, read) if there == read => return Ok(()),
        (Some(_), None) => {
            "This text holds what cannot be seen in it. Read the findings, say that you did, then \
             approve."
        }
        _ => {
            "The findings that you read are not those of this text. Nothing was done; reload and \
             read them again."
        }
    };
    Err(Refusal::new(ErrorCode::DigestMismatch, sentence))
}

/// May `user` say that they looked at a prompt that was changed past this console?
///
/// # Errors
/// With the reason, if not.
pub fn may_look_at_drift(user: &User) -> Verdict {
    needs(user, Role::Reviewer, "mark a drifted prompt as seen")
}

/// May `user` apply `change` as it is at `now`?
///
/// # Errors
/// With the reason, if not.
pub fn may_apply(user: &User, change: &Change, now: Timestamp) -> Verdict {
    needs(user, Role::Approver, DECIDE)?;
    waits(change)?;
    if let Some(sentence) = missing_approvals(change, now) {
        return Err(Refusal::new(ErrorCode::Conflict, sentence));
    }
    testing::is_tested(change)
}

/// May `user` edit what `change` proposes?
///
/// # Errors
/// With the reason, if not.
pub fn may_edit(user: &User, change: &Change) -> Verdict {
    needs(user, Role::Reviewer, "edit a change")?;
    waits(change)?;
    if change.summary.rolls_back.is_some() {
        let sentence = "A rollback restores the old bytes exactly, so it is not edited. Withdraw it and stage \
                        a change of your own instead.";
        return Err(Refusal::new(ErrorCode::Conflict, sentence));
    }
    not_begun(change)
}

/// Refuses what would part done steps from the texts that undo them.
fn not_begun(change: &Change) -> Verdict {
    if manifest::steps::is_begun(change) {
        let sentence = "Some of its steps are done, so it stays as it is. Apply it to go on, roll back \
                        what is done, or withdraw it and stage the rest as a change of its own.";
        return Err(Refusal::new(ErrorCode::Conflict, sentence));
    }
    Ok(())
}

/// May `user` put `change` on the base as it is now?
///
/// # Errors
/// With the reason, if not.
pub fn may_restage(user: &User, change: &Change) -> Verdict {
    needs(user, Role::Reviewer, "restage a change")?;
    if change.summary.rolls_back.is_some() {
        let sentence = "A rollback undoes one version, and the agent has a newer one by now. Withdraw it and \
                        roll back from the newest change instead.";
        return Err(Refusal::new(ErrorCode::Conflict, sentence));
    }
    match change.summary.state {
        ChangeState::Stale => not_begun(change),
        ChangeState::Staged | ChangeState::Approved => Err(Refusal::new(
            ErrorCode::Conflict,
            "This change stands on the base as it is now; there is nothing to restage.",
        )),
        _ => waits(change),
    }
}

/// May `user` stage the way back from `change`?
///
/// # Errors
/// With the reason, if not.
pub fn may_roll_back(user: &User, change: &Change) -> Verdict {
    needs(user, Role::Reviewer, "roll a change back")?;
    let is_done = match change.summary.state {
        ChangeState::Applied => true,
        ChangeState::Staged
        | ChangeState::Approved
        | ChangeState::Stale
        | ChangeState::Withdrawn => manifest::steps::is_begun(change),
        ChangeState::Applying | ChangeState::NeedsALook | ChangeState::Unknown => false,
    };
    if !is_done {
        let sentence = "Only a change that was applied can be rolled back.";
        return Err(Refusal::new(ErrorCode::Conflict, sentence));
    }
    Ok(())
}

/// May `user` apply `change` without its approvals?
///
/// # Errors
/// With the reason, if not.
pub fn may_break_glass(user: &User, change: &Change, now: Timestamp) -> Verdict {
    needs(user, Role::Approver, "apply a rollback without approvals")?;
    waits(change)?;
    if change.summary.rolls_back.is_none() {
        let sentence = "Only a rollback can be applied without its approvals.";
        return Err(Refusal::new(ErrorCode::Forbidden, sentence));
    }
    if missing_approvals(change, now).is_none() {
        let sentence = "This rollback has its approvals; apply it as usual.";
        return Err(Refusal::new(ErrorCode::Conflict, sentence));
    }
    Ok(())
}

/// May `user` say that they looked at `change`, which was applied without its approvals?
///
/// # Errors
/// With the reason, if not.
pub fn may_review_glass(user: &User, change: &Change) -> Verdict {
    needs(
        user,
        Role::Approver,
        "review an application without approvals",
    )?;
    let conflict = |sentence: &str| Err(Refusal::new(ErrorCode::Conflict, sentence));
    match &change.glass {
        None => conflict("This change was not applied without its approvals."),
        Some(glass) if glass.review.is_some() => conflict("This was reviewed already."),
        Some(glass) if glass.by == user.name => Err(Refusal::new(
            ErrorCode::Forbidden,
            "You applied this without approvals, so someone else has to review it.",
        )),
        Some(_) => Ok(()),
    }
}

/// May `user` give `change` up?
///
/// # Errors
/// With the reason, if not.
pub fn may_withdraw(user: &User, change: &Change) -> Verdict {
    needs(user, Role::Reviewer, "withdraw a change")?;
    match change.summary.state {
        ChangeState::Staged | ChangeState::Approved | ChangeState::Stale => Ok(()),
        _ => Err(Refusal::new(
            ErrorCode::Conflict,
            "Only a change that waits can be withdrawn; this one went further already.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use review_api::{ChangeSize, ChangeSummary, ChangeTarget, Policy, Prompt};

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn user(name: &str, role: Role) -> User {
        User {
            name: name.into(),
            role,
        }
    }

    fn change(state: ChangeState, approved_by: &[&str]) -> Change {
        let now = Timestamp::UNIX_EPOCH;
        let approval = |by: &&str| Approval {
            by: (*by).into(),
            at: now,
            digest: "d".to_owned(),
        };
        Change {
            summary: ChangeSummary {
                id: "chg_1".into(),
                agent_id: "agent_1".into(),
                agent_name: "Support".to_owned(),
                title: "Ask first".to_owned(),
                state,
                target: ChangeTarget::Prompt,
                rolls_back: None,
                size: ChangeSize::default(),
                base_version: 1,
                staged_by: "stager".into(),
                staged_at: now,
                updated_at: now,
                approvals: 0,
                approvals_needed: 1,
            },
            base: Prompt {
                version: 1,
                sha256: String::new(),
                text: String::new(),
            },
            proposed: String::new(),
            memory: None,
            findings_sha256: None,
            digest: "d".to_owned(),
            policy: Policy::default(),
            suggestion_ids: Vec::new(),
            hands: Vec::new(),
            approvals: approved_by.iter().map(approval).collect(),
            overlaps: Vec::new(),
            moved_to: None,
            rolled_back_by: None,
            test: None,
            automatic: None,
            glass: None,
            outcome: None,
            trouble: None,
            history: Vec::new(),
            revision: 1,
        }
    }

    #[track_caller]
    fn check(verdict: &Verdict, expected: &str) {
        match verdict {
            Ok(()) => assert_eq!("", expected, "allowed"),
            Err(refusal) => assert_eq!(refusal.sentence, expected),
        }
    }

    #[test]
    fn each_role_may_what_it_should() {
        let roles = Role::ALL.map(|role| user("ann", role));
        let staged = change(ChangeState::Staged, &[]);
        let approved = change(ChangeState::Approved, &["bo"]);
        let table: [(&str, [bool; 4]); 7] = [
            ("rate", roles.each_ref().map(|u| may_rate(u).is_ok())),
            (
                "stage",
                roles
                    .each_ref()
                    .map(|u| may_stage(u, SuggestionStatus::Open).is_ok()),
            ),
            (
                "reject",
                roles
                    .each_ref()
                    .map(|u| may_reject(u, SuggestionStatus::Open).is_ok()),
            ),
            (
                "approve",
                roles
                    .each_ref()
                    .map(|u| may_approve(u, &staged, NOW).is_ok()),
            ),
            (
                "apply",
                roles
                    .each_ref()
                    .map(|u| may_apply(u, &approved, NOW).is_ok()),
            ),
            (
                "create",
                roles.each_ref().map(|u| may_create_agent(u).is_ok()),
            ),
            (
                "settings",
                roles.each_ref().map(|u| may_edit_settings(u).is_ok()),
            ),
        ];
        let expected = [
            [false, true, true, true],
            [false, true, true, true],
            [false, true, true, true],
            [false, false, true, true],
            [false, false, true, true],
            [false, false, false, true],
            [false, false, false, true],
        ];
        for ((what, got), expected) in table.into_iter().zip(expected) {
            assert_eq!(
                got, expected,
                "{what}, for viewer, reviewer, approver, admin"
            );
        }
    }

    #[test]
    fn nobody_approves_what_they_staged_admins_included() {
        for role in [Role::Approver, Role::Admin] {
            let verdict = may_approve(
                &user("stager", role),
                &change(ChangeState::Staged, &[]),
                NOW,
            );
            check(
                &verdict,
                "You staged this change, so someone else has to approve it.",
            );
        }
    }

    #[test]
    fn the_stagers_own_approval_does_not_carry_an_apply() {
        let verdict = may_apply(
            &user("ann", Role::Admin),
            &change(ChangeState::Approved, &["stager"]),
            NOW,
        );
        check(
            &verdict,
            "It has 0 of 1 approvals; 1 more approval of exactly these bytes, from someone other than stager.",
        );
    }

    #[test]
    fn a_second_yes_to_the_same_bytes_is_refused() {
        let verdict = may_approve(
            &user("ann", Role::Approver),
            &change(ChangeState::Approved, &["ann"]),
            NOW,
        );
        check(&verdict, "You approved exactly this already.");
    }

    #[test]
    fn a_refusal_says_which_role_it_takes() {
        let verdict = may_create_agent(&user("ann", Role::Reviewer));
        check(
            &verdict,
            "You are signed in as reviewer; to create an agent takes an admin or more.",
        );
    }

    #[test]
    fn a_decided_suggestion_is_not_decided_again() {
        let ann = user("ann", Role::Admin);
        for status in [
            SuggestionStatus::Staged,
            SuggestionStatus::Applied,
            SuggestionStatus::Rejected,
            SuggestionStatus::Unknown,
        ] {
            assert!(may_stage(&ann, status).is_err());
            assert!(may_reject(&ann, status).is_err());
        }
    }
}
