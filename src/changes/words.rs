//! Where a change stands, who did what to it and what comes next, in sentences; pure.

pub(super) mod trials;

use review_api::{
    AuditAction, AuditEntry, AutomationMode, Change, ChangeState, ChangeTarget, Hand,
    MemoryOperation, Part, Policy, Timestamp,
};
use review_core::{
    approvals, rules,
    words::{self, grouped, listed},
};

/// Says where a change stands and what has to happen next.
pub(super) fn standing(change: &Change, now: Timestamp) -> String {
    let name = &change.summary.agent_name;
    match change.summary.state {
        ChangeState::Staged | ChangeState::Approved => {
            let missing = rules::missing_approvals(change, now);
            let stands = missing.unwrap_or_else(|| {
                let valid = approvals::valid(change, now);
                let needed = change.policy.approvals_needed;
                format!("It has {valid} of {needed} approvals and can be applied.")
            });
            format!("{stands} Nothing on the platform has changed.")
        }
        ChangeState::Applying => match change.summary.target {
            ChangeTarget::Memory => format!("Its steps are being taken in the memory of {name}, one by one."),
            _ => format!("It is being sent to the platform as v{} of {name}.", next_version(change)),
        },
        ChangeState::Applied => match change.outcome.as_ref().and_then(|outcome| outcome.version) {
            Some(version) => format!("{name} has it since v{version}."),
            None => format!("{name} has it."),
        },
        ChangeState::Stale if change.summary.rolls_back.is_some() => {
            "The agent has a newer version by now, so this rollback can be neither approved nor applied. Withdraw it \
             and roll back from the newest change instead."
                .to_owned()
        }
        ChangeState::Stale if change.summary.target == ChangeTarget::Memory => {
            "Memories that it touches moved on, so it can be neither approved nor applied. Withdraw it and stage it \
             again on what is there now."
                .to_owned()
        }
        ChangeState::Stale => "As it is, it can be neither approved nor applied. What you resolve while restaging is kept."
            .to_owned(),
        ChangeState::NeedsALook => "The platform was asked to take it and the answer was lost. The review server is finding \
             out whether it arrived, and sends nothing again by itself."
            .to_owned(),
        ChangeState::Withdrawn => "It was given up. Nothing on the platform has changed.".to_owned(),
        ChangeState::Unknown => "This console does not know the state. Reload it to update.".to_owned(),
    }
}

/// Returns the version that the agent will have once this is applied.
pub(super) fn next_version(change: &Change) -> u32 {
    change.base.version.saturating_add(1)
}

/// Says what was done, as it follows the actor's name in the history of a change.
pub(super) fn act(entry: &AuditEntry) -> String {
    let version = entry
        .detail
        .get("version")
        .and_then(serde_json::Value::as_u64);
    match (entry.action, version) {
        (AuditAction::ChangeApplied, Some(version)) => format!("applied it as v{version}"),
        (AuditAction::ChangeStaged, _) => "staged it".to_owned(),
        (AuditAction::ChangeApproved, _) => "approved it".to_owned(),
        (AuditAction::ApplyStarted, _) => "began to apply it".to_owned(),
        (AuditAction::ChangeApplied, None) => "applied it".to_owned(),
        (AuditAction::ApplyRefused, _) => "was refused applying it".to_owned(),
        (AuditAction::ApplyUnknown, _) => "got no answer applying it".to_owned(),
        (AuditAction::ChangeStale, _) => "found it out of date".to_owned(),
        (AuditAction::ChangeWithdrawn, _) => "withdrew it".to_owned(),
        (AuditAction::GlassReviewed, _) => "reviewed its application without approvals".to_owned(),
        (AuditAction::MemoryStepTaken, _) => "took a step of it".to_owned(),
        (AuditAction::AutomationRefused, _) => "did not go on with it by itself".to_owned(),
        (AuditAction::PolicyChanged, _) => "changed the agent’s policy".to_owned(),
        (action, _) => format!("{} it", words::audit_action(action)),
    }
}

/// Says how someone had a hand in a change, as it follows their name.
pub(super) fn part(part: Part) -> &'static str {
    match part {
        Part::Wrote => "wrote it",
        Part::Staged => "staged it",
        Part::Edited => "edited it",
        Part::Restaged => "put it on the new base",
        Part::Unknown => "had a hand in it",
    }
}

/// Returns everyone who had a hand in `change`, each once with all they did: "ann staged it and edited it".
pub(super) fn hands(change: &Change) -> Vec<(String, String)> {
    let stager = Hand {
        who: change.summary.staged_by.clone(),
        part: Part::Staged,
    };
    let mut people: Vec<(String, Vec<&'static str>)> = Vec::new();
    for hand in change.hands.iter().chain([&stager]) {
        let did = part(hand.part);
        match people.iter_mut().find(|(who, _)| *who == hand.who.0) {
            Some((_, parts)) if parts.contains(&did) => {}
            Some((_, parts)) => parts.push(did),
            None => people.push((hand.who.0.clone(), vec![did])),
        }
    }
    people
        .into_iter()
        .map(|(who, parts)| (who, listed(&parts)))
        .collect()
}

/// Says what it takes to apply a change, in a line.
pub(super) fn policy(policy: &Policy) -> String {
    let count = match policy.approvals_needed {
        0 => "No approval".to_owned(),
        1 => "1 approval".to_owned(),
        more => format!("{more} approvals"),
    };
    let people: Vec<&str> = policy
        .approvers
        .iter()
        .map(review_api::UserName::as_str)
        .collect();
    let from = match people.as_slice() {
        [] => "anyone whose role may approve".to_owned(),
        [only] => (*only).to_owned(),
        several => format!("any of {}", listed(several)),
    };
    let lapses = match policy.approvals_lapse_after_hours {
        None => "never lapses".to_owned(),
        Some(1) => "lapses after 1 hour".to_owned(),
        Some(hours) => format!("lapses after {} hours", grouped(u64::from(hours))),
    };
    let test = if policy.staging_test_required {
        "; a staging test is asked for"
    } else {
        ""
    };
    format!(
        "{count} from {from}, {lapses}{test}. Policy v{}.",
        policy.version
    )
}

/// Says what the policy does next with a change that it staged.
pub(super) fn automatic(mode: AutomationMode, is_open: bool) -> &'static str {
    match mode {
        _ if !is_open => "What it did stands in the history.",
        AutomationMode::Apply => "It applies it as well, once nothing stands against that.",
        AutomationMode::StageAndTest => "It tests it by itself; people approve and apply.",
        AutomationMode::Off | AutomationMode::Unknown => {
            "By now it does nothing by itself; people approve and apply."
        }
    }
}

/// Says how long a text is: "4,210 characters, 4,302 bytes".
pub(super) fn length(text: &str) -> String {
    let counted = |count: usize, one: &str| {
        let plural = if count == 1 { "" } else { "s" };
        format!("{} {one}{plural}", grouped(count as u64))
    };
    format!(
        "{}, {}",
        counted(text.chars().count(), "character"),
        counted(text.len(), "byte")
    )
}

/// Names a step of a memory change: what is done, and to which memory.
pub(super) fn step(operation: &MemoryOperation) -> (&'static str, String) {
    match operation {
        MemoryOperation::Create { path, .. } => ("create", path.clone()),
        MemoryOperation::Edit { path, .. } => ("edit", path.clone()),
        MemoryOperation::Rename { from, to, .. } => ("rename", format!("{from} → {to}")),
        MemoryOperation::Delete { path, .. } => ("delete", path.clone()),
    }
}

/// Says in sentences what became of a change between two looks at it.
pub(super) fn moved_on(seen: &Change, now: &Change, at: Timestamp) -> Vec<String> {
    let mut news = Vec::new();
    if seen.summary.state != now.summary.state {
        news.push(format!(
            "It went from “{}” to “{}”.",
            words::change_state(seen.summary.state),
            words::change_state(now.summary.state)
        ));
    }
    if seen.proposed != now.proposed {
        news.push("The proposed text is another one.".to_owned());
    }
    if seen.memory != now.memory {
        news.push("What it does to the memories is not the same, or went further.".to_owned());
    }
    if seen.base.version != now.base.version {
        news.push(format!(
            "It stands on v{} now, not on v{}.",
            now.base.version, seen.base.version
        ));
    }
    if seen.policy.version != now.policy.version {
        news.push(format!(
            "The agent’s policy is v{} now, not v{}.",
            now.policy.version, seen.policy.version
        ));
    }
    let names = |change: &Change| -> Vec<String> {
        let counting = approvals::counting(change, at);
        counting.iter().map(|it| it.by.0.clone()).collect()
    };
    let (before, after) = (names(seen), names(now));
    let gained: Vec<&str> = missing_from(&after, &before);
    let lost: Vec<&str> = missing_from(&before, &after);
    if !gained.is_empty() {
        news.push(format!("{} approved it.", listed(&gained)));
    }
    if !lost.is_empty() {
        let verb = if lost.len() == 1 { "does" } else { "do" };
        news.push(format!(
            "The approval of {} {verb} not count any more.",
            listed(&lost)
        ));
    }
    news
}

fn missing_from<'a>(some: &'a [String], others: &[String]) -> Vec<&'a str> {
    let only = some.iter().filter(|one| !others.contains(one));
    only.map(String::as_str).collect()
}

/// Returns since when the outcome of `change` is being found out.
pub(super) fn asked_since(change: &Change) -> Timestamp {
    let asked = |entry: &&AuditEntry| {
        matches!(
            entry.action,
            AuditAction::ApplyStarted | AuditAction::GlassBroken
        )
    };
    let started = change.history.iter().rev().find(asked);
    started.map_or(change.summary.updated_at, |entry| entry.at)
}

#[cfg(test)]
pub(super) mod sample;

#[cfg(test)]
mod tests {
    use super::{sample::change, *};
    use review_api::{Approval, UserName};

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    #[test]
    fn every_state_has_its_sentence() {
        let states = [
            ChangeState::Staged,
            ChangeState::Applying,
            ChangeState::Applied,
            ChangeState::Stale,
            ChangeState::NeedsALook,
            ChangeState::Withdrawn,
            ChangeState::Unknown,
        ];
        let mut sentences: Vec<_> = states
            .into_iter()
            .map(|state| {
                let mut change = change();
                change.summary.state = state;
                standing(&change, NOW)
            })
            .collect();
        sentences.sort_unstable();
        sentences.dedup();
        assert_eq!(sentences.len(), states.len());
    }

    #[test]
    fn a_change_that_waits_says_from_whom() {
        let mut change = change();
        change.hands = vec![Hand {
            who: "ann".into(),
            part: Part::Edited,
        }];
        assert_eq!(
            standing(&change, NOW),
            "It has 0 of 1 approvals; 1 more approval of exactly these bytes, from someone other than ann and \
             stager. Nothing on the platform has changed."
        );
    }

    #[test]
    fn each_person_stands_once_with_all_that_they_did() {
        let mut change = change();
        let hand = |who: &str, part| Hand {
            who: who.into(),
            part,
        };
        change.hands = vec![
            hand("stager", Part::Staged),
            hand("ann", Part::Edited),
            hand("ann", Part::Restaged),
        ];
        let expected = [
            ("stager", "staged it"),
            ("ann", "edited it and put it on the new base"),
        ]
        .map(|(who, did)| (who.to_owned(), did.to_owned()));
        assert_eq!(hands(&change), expected);
    }

    #[test]
    fn a_policy_is_one_line() {
        let mut given = Policy::default();
        assert_eq!(
            policy(&given),
            "1 approval from anyone whose role may approve, never lapses. Policy v1."
        );
        given.approvals_needed = 2;
        given.approvers = ["ann", "bo"].map(UserName::from).to_vec();
        given.approvals_lapse_after_hours = Some(1_200);
        given.staging_test_required = true;
        assert_eq!(
            policy(&given),
            "2 approvals from any of ann and bo, lapses after 1,200 hours; a staging test is asked for. Policy v1."
        );
    }

    #[test]
    fn what_moved_between_two_looks_is_told() {
        let seen = change();
        assert!(moved_on(&seen, &seen, NOW).is_empty());
        let mut now = change();
        now.summary.state = ChangeState::Approved;
        now.proposed.push('!');
        now.approvals = vec![Approval {
            by: "bo".into(),
            at: NOW,
            digest: now.digest.clone(),
        }];
        assert_eq!(
            moved_on(&seen, &now, NOW),
            [
                "It went from “waits for approval” to “approved”.",
                "The proposed text is another one.",
                "bo approved it.",
            ]
        );
        let lost = moved_on(&now, &seen, NOW);
        assert!(lost.contains(&"The approval of bo does not count any more.".to_owned()));
    }

    #[test]
    fn a_length_counts_characters_and_bytes() {
        assert_eq!(length("é"), "1 character, 2 bytes");
        assert_eq!(length(""), "0 characters, 0 bytes");
    }
}
