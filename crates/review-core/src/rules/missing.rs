//! Which approvals a change lacks.

use crate::{approvals, words};
use review_api::{Change, POLICY_ACTOR, Timestamp, UserName};
use std::collections::BTreeSet;

/// Says which approvals `change` lacks at `now`, and from whom they can come; nothing if it has them.
pub fn missing_approvals(change: &Change, now: Timestamp) -> Option<String> {
    let needed = change.policy.approvals_needed;
    let valid = approvals::valid(change, now);
    if valid >= needed {
        return None;
    }
    let missing = needed - valid;
    let noun = if missing == 1 {
        "approval"
    } else {
        "approvals"
    };
    let hands: BTreeSet<&str> = change
        .hands
        .iter()
        .map(|hand| hand.who.as_str())
        .chain([change.summary.staged_by.as_str()])
        // A policy that staged it is nobody who could approve.
        .filter(|who| *who != POLICY_ACTOR)
        .collect();
    let from = if change.policy.approvers.is_empty() {
        let people: Vec<&str> = hands.into_iter().collect();
        if people.is_empty() {
            "anyone who may approve".to_owned()
        } else {
            format!("someone other than {}", words::listed(&people))
        }
    } else {
        let people = change.policy.approvers.iter().map(UserName::as_str);
        let people: Vec<&str> = people.filter(|who| !hands.contains(who)).collect();
        if people.is_empty() {
            "someone whom the policy must name first: everyone it names had a hand in this"
                .to_owned()
        } else {
            format!("one of {}", words::listed(&people))
        }
    };
    Some(format!(
        "It has {valid} of {needed} approvals; {missing} more {noun} of exactly these bytes, from {from}."
    ))
}
