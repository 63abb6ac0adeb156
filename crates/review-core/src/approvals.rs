//! Four eyes: which approvals count, and why others do not.
//!
//! An approval belongs to one digest, lapses where the policy says so, and never comes from someone whose
//! bytes are in the change: its author, where that is a person, whoever edited it, and whoever staged it or
//! put it on a newer base. Admins are no exception.

use jiff::{SignedDuration, Timestamp};
use review_api::{Approval, Change, Part, Policy, UserName};
use std::collections::BTreeSet;

/// Returns how `who` had a hand in `change`, the weightiest part first.
pub fn parts<'a>(change: &'a Change, who: &'a UserName) -> impl Iterator<Item = Part> + 'a {
    change
        .hands
        .iter()
        .filter(move |hand| hand.who == *who)
        .map(|hand| hand.part)
        // Whoever staged it is named apart, so that a change without hands is none without a stager.
        .chain((change.summary.staged_by == *who).then_some(Part::Staged))
}

/// Says whether the policy lets approvals of `who` count.
pub fn is_approver(policy: &Policy, who: &UserName) -> bool {
    policy.approvers.is_empty() || policy.approvers.contains(who)
}

/// Returns when an approval lapses; nothing where it never does.
pub fn lapses_at(policy: &Policy, approval: &Approval) -> Option<Timestamp> {
    let hours = policy.approvals_lapse_after_hours?;
    approval
        .at
        .checked_add(SignedDuration::from_hours(i64::from(hours)))
        .ok()
}

/// Says why an approval does not count as of `now`; nothing if it does.
///
/// The words go on after the name of the one who gave it: "approved other bytes".
pub fn why_void(change: &Change, approval: &Approval, now: Timestamp) -> Option<&'static str> {
    if approval.digest != change.digest {
        return Some("approved other bytes, another base or another policy");
    }
    if let Some(part) = parts(change, &approval.by).next() {
        return Some(match part {
            Part::Wrote => "wrote it",
            Part::Staged => "staged it",
            Part::Edited => "edited it",
            Part::Restaged => "put it on the new base",
            Part::Unknown => "had a hand in it",
        });
    }
    if !is_approver(&change.policy, &approval.by) {
        return Some("is not among those whose approval the policy asks for");
    }
    if lapses_at(&change.policy, approval).is_some_and(|at| at <= now) {
        return Some("approved too long ago: it has lapsed");
    }
    None
}

/// Returns the approvals that count as of `now`, one for each person.
pub fn counting(change: &Change, now: Timestamp) -> Vec<&Approval> {
    let mut people = BTreeSet::new();
    change
        .approvals
        .iter()
        .filter(|approval| why_void(change, approval, now).is_none())
        .filter(|approval| people.insert(&approval.by))
        .collect()
}

/// Returns how many approvals count as of `now`.
pub fn valid(change: &Change, now: Timestamp) -> u32 {
    u32::try_from(counting(change, now).len()).unwrap_or(u32::MAX)
}

/// Returns whose approvals counted in `before` and do not count in `after`, with the reason of each.
pub fn voided(before: &Change, after: &Change, now: Timestamp) -> Vec<(UserName, &'static str)> {
    counting(before, now)
        .into_iter()
        .filter_map(|approval| {
            let why = why_void(after, approval, now)?;
            Some((approval.by.clone(), why))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use review_api::{
        ChangeSize, ChangeState, ChangeSummary, ChangeTarget, Hand, Prompt, Timestamp,
    };

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn change(approved_by: &[&str]) -> Change {
        let approval = |by: &&str| Approval {
            by: (*by).into(),
            at: NOW,
            digest: "d".to_owned(),
        };
        Change {
            summary: ChangeSummary {
                id: "chg_1".into(),
                agent_id: "agent_1".into(),
                agent_name: String::new(),
                title: String::new(),
                state: ChangeState::Approved,
                target: ChangeTarget::Prompt,
                rolls_back: None,
                size: ChangeSize::default(),
                base_version: 1,
                staged_by: "stager".into(),
                staged_at: NOW,
                updated_at: NOW,
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
            hands: vec![Hand {
                who: "editor".into(),
                part: Part::Edited,
            }],
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

    fn names(change: &Change, now: Timestamp) -> Vec<&str> {
        let counting = counting(change, now).into_iter();
        counting.map(|approval| approval.by.as_str()).collect()
    }

    #[test]
    fn p12_each_person_counts_once_only_for_the_digest_and_never_with_a_hand_in_it() {
        let mut change = change(&["other", "other", "editor", "stager", "third"]);
        change.approvals[4].digest = "old".to_owned();
        assert_eq!(names(&change, NOW), ["other"]);
        let reasons = change.approvals.iter().map(|it| why_void(&change, it, NOW));
        let expected = [
            None,
            None,
            Some("edited it"),
            Some("staged it"),
            Some("approved other bytes, another base or another policy"),
        ];
        assert_eq!(reasons.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn p12_only_those_count_whom_the_policy_names() {
        let mut change = change(&["other", "third"]);
        change.policy.approvers = vec!["third".into()];
        assert_eq!(names(&change, NOW), ["third"]);
    }

    #[test]
    fn an_approval_lapses_to_the_second() {
        let mut change = change(&["other"]);
        change.policy.approvals_lapse_after_hours = Some(2);
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        assert_eq!(names(&change, at(7_199)), ["other"]);
        assert!(names(&change, at(7_200)).is_empty());
    }
}
