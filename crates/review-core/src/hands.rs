//! Four eyes: people who had a hand in a change do not decide on it.
//!
//! The rules of [`crate::rules`] know who staged a change. This adds everyone else whose bytes are in it:
//! its author, where that is a person, whoever edited it, and whoever staged it before. Admins are no
//! exception.

use crate::rules::{self, Refusal, Verdict};
use review_api::{Approval, Change, ErrorCode, User, UserName};
use std::collections::BTreeSet;

/// Everyone who had a hand in a change: author, editors, stagers. A dream is the author of its suggestions
/// and is not in here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hands(BTreeSet<UserName>);

impl Hands {
    /// Adds someone.
    pub fn add(&mut self, who: UserName) {
        self.0.insert(who);
    }

    /// Says whether `who` had a hand in the change.
    pub fn contains(&self, who: &UserName) -> bool {
        self.0.contains(who)
    }

    /// Returns everyone, by name.
    pub fn iter(&self) -> impl Iterator<Item = &UserName> {
        self.0.iter()
    }
}

impl FromIterator<UserName> for Hands {
    fn from_iter<T: IntoIterator<Item = UserName>>(people: T) -> Self {
        Self(people.into_iter().collect())
    }
}

/// Returns the approvals that count, one for each person: of the change's digest, from people who had no
/// hand in it.
pub fn counting<'a>(change: &'a Change, hands: &Hands) -> Vec<&'a Approval> {
    let mut people = BTreeSet::new();
    change
        .approvals
        .iter()
        .filter(|approval| approval.digest == change.digest)
        .filter(|approval| approval.by != change.summary.staged_by && !hands.contains(&approval.by))
        .filter(|approval| people.insert(&approval.by))
        .collect()
}

/// May `user` approve `change`, which `hands` made, as it is now?
///
/// # Errors
/// With the reason, if not.
pub fn may_approve(user: &User, change: &Change, hands: &Hands) -> Verdict {
    rules::may_approve(user, change)?;
    if hands.contains(&user.name) {
        return Err(Refusal {
            code: ErrorCode::Forbidden,
            sentence: "You had a hand in this change, so someone else has to approve it."
                .to_owned(),
        });
    }
    Ok(())
}

/// May `user` apply `change`, which `hands` made, as it is now?
///
/// # Errors
/// With the reason, if not.
pub fn may_apply(user: &User, change: &Change, hands: &Hands) -> Verdict {
    let approvals = counting(change, hands).into_iter().cloned().collect();
    let counted = Change {
        approvals,
        ..change.clone()
    };
    rules::may_apply(user, &counted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use review_api::{ChangeSize, ChangeState, ChangeSummary, Policy, Prompt, Role, Timestamp};

    fn change(approved_by: &[&str]) -> Change {
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
                agent_name: String::new(),
                title: String::new(),
                state: ChangeState::Approved,
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

    fn user(name: &str) -> User {
        User {
            name: name.into(),
            role: Role::Admin,
        }
    }

    fn hands() -> Hands {
        ["editor".into()].into_iter().collect()
    }

    #[test]
    fn whoever_edited_does_not_approve_admins_included() {
        let verdict = may_approve(&user("editor"), &change(&[]), &hands());
        assert_eq!(
            verdict.unwrap_err().sentence,
            "You had a hand in this change, so someone else has to approve it."
        );
        assert_eq!(may_approve(&user("other"), &change(&[]), &hands()), Ok(()));
    }

    #[test]
    fn an_approval_given_before_one_took_a_hand_does_not_carry_an_apply() {
        assert!(may_apply(&user("other"), &change(&["editor"]), &hands()).is_err());
        assert!(may_apply(&user("other"), &change(&["editor"]), &Hands::default()).is_ok());
    }

    #[test]
    fn each_person_counts_once_and_only_for_the_digest() {
        let mut change = change(&["other", "other", "editor", "stager", "third"]);
        change.approvals[4].digest = "old".to_owned();
        let names: Vec<_> = counting(&change, &hands())
            .iter()
            .map(|approval| approval.by.as_str())
            .collect();
        assert_eq!(names, ["other"]);
    }
}
