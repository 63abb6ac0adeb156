//! Who may do what, and the sentence that says why not.
//!
//! The proxy refuses with these; the console disables with these and shows the same sentence.

use crate::workflow::valid_approvals;
use review_api::{Change, ChangeState, ErrorCode, Role, SuggestionStatus, User};

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

fn needs(user: &User, role: Role, to: &str) -> Verdict {
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

/// May `user` rate interactions?
///
/// # Errors
/// With the reason, if not; likewise below.
pub fn may_rate(user: &User) -> Verdict {
    needs(user, Role::Reviewer, "give feedback")
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

/// May `user` approve `change` as it is now?
///
/// # Errors
/// With the reason, if not.
pub fn may_approve(user: &User, change: &Change) -> Verdict {
    needs(user, Role::Approver, "approve a change")?;
    let conflict = |sentence: &str| Err(Refusal::new(ErrorCode::Conflict, sentence));
    match change.summary.state {
        ChangeState::Staged | ChangeState::Approved => {}
        ChangeState::Applying => return conflict("This change is being applied."),
        ChangeState::Applied => return conflict("This change was applied already."),
        ChangeState::Stale => {
            return conflict("The prompt moved on since this change was staged. Stage it again.");
        }
        ChangeState::NeedsALook => {
            return conflict("The outcome of this change is unknown and being found out.");
        }
        ChangeState::Withdrawn => return conflict("This change was withdrawn."),
        ChangeState::Unknown => {
            return conflict("This console does not know the change's state. Reload it.");
        }
    }
    if change.summary.staged_by == user.name {
        let sentence = "You staged this change, so someone else has to approve it.";
        return Err(Refusal::new(ErrorCode::Forbidden, sentence));
    }
    let mine = |approval: &&review_api::Approval| {
        approval.by == user.name && approval.digest == change.digest
    };
    if change.approvals.iter().find(mine).is_some() {
        return conflict("You approved exactly this already.");
    }
    Ok(())
}

/// May `user` apply `change` as it is now?
///
/// # Errors
/// With the reason, if not.
pub fn may_apply(user: &User, change: &Change) -> Verdict {
    needs(user, Role::Approver, "apply a change")?;
    let conflict = |sentence: String| Err(Refusal::new(ErrorCode::Conflict, sentence));
    match change.summary.state {
        ChangeState::Approved | ChangeState::Staged => {}
        ChangeState::Applying => return conflict("This change is being applied.".to_owned()),
        ChangeState::Applied => return conflict("This change was applied already.".to_owned()),
        ChangeState::Stale => {
            return conflict(
                "The prompt moved on since this change was staged. Stage it again.".to_owned(),
            );
        }
        ChangeState::NeedsALook => {
            return conflict(
                "The outcome of this change is unknown and being found out.".to_owned(),
            );
        }
        ChangeState::Withdrawn => return conflict("This change was withdrawn.".to_owned()),
        ChangeState::Unknown => {
            return conflict(
                "This console does not know the change's state. Reload it.".to_owned(),
            );
        }
    }
    let needed = change.policy.approvals_needed;
    let valid = valid_approvals(&change.approvals, &change.digest, &change.summary.staged_by);
    if valid < needed {
        let missing = needed - valid;
        let noun = if missing == 1 {
            "approval"
        } else {
            "approvals"
        };
        return conflict(format!(
            "It has {valid} of {needed} approvals; {missing} more {noun} of exactly these bytes, \
             from someone other than {}.",
            change.summary.staged_by,
        ));
    }
    Ok(())
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
    use review_api::{Approval, ChangeSize, ChangeSummary, Policy, Prompt, Timestamp};

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
            digest: "d".to_owned(),
            policy: Policy::default(),
            suggestion_ids: Vec::new(),
            approvals: approved_by.iter().map(approval).collect(),
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
                roles.each_ref().map(|u| may_approve(u, &staged).is_ok()),
            ),
            (
                "apply",
                roles.each_ref().map(|u| may_apply(u, &approved).is_ok()),
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
            let verdict = may_approve(&user("stager", role), &change(ChangeState::Staged, &[]));
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
