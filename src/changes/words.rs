//! Where a change stands and what comes next, in sentences; pure.

use review_api::{AuditAction, AuditEntry, Change, ChangeState, Timestamp};
use review_core::{approvals, digest, words};

/// Says where a change stands and what has to happen next.
pub(super) fn standing(change: &Change, now: Timestamp) -> String {
    let valid = approvals::valid(change, now);
    let needed = change.policy.approvals_needed;
    let name = &change.summary.agent_name;
    match change.summary.state {
        ChangeState::Staged => format!(
            "It has {valid} of {needed} approvals. Nothing on the platform has changed."
        ),
        ChangeState::Approved => format!(
            "It has {valid} of {needed} approvals and can be applied. Nothing on the platform has changed yet."
        ),
        ChangeState::Applying => format!("It is being sent to the platform as v{} of {name}.", next_version(change)),
        ChangeState::Applied => match change.outcome.as_ref().and_then(|outcome| outcome.version) {
            Some(version) => format!("{name} has it since v{version}."),
            None => format!("{name} has it."),
        },
        ChangeState::Stale => "The prompt moved on since this was staged, so it can be neither approved nor applied. \
             Withdraw it, and stage the suggestion again on the prompt as it is now."
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

/// Whether what would be applied is what the digest names, worked out from what is on screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Check {
    /// This console gets the same digest as the proxy.
    Equal,
    /// It does not.
    Different {
        /// What this console gets.
        computed: String,
    },
    /// The base's own digest does not fit its text.
    BaseDiffers,
}

/// Works the digest out again and compares it with the proxy's.
pub(super) fn check(change: &Change) -> Check {
    if digest::sha256_hex(&change.base.text) != change.base.sha256 {
        return Check::BaseDiffers;
    }
    let computed = digest::of(change);
    if computed == change.digest {
        Check::Equal
    } else {
        Check::Different { computed }
    }
}

impl Check {
    /// Says why nothing may be approved or applied; nothing if it may.
    pub(super) fn refusal(&self) -> Option<String> {
        (*self != Self::Equal).then(|| {
            "What is on screen is not what the digest names, so it can be neither approved nor applied here.".to_owned()
        })
    }
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
        (action, _) => format!("{} it", words::audit_action(action)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use review_api::{ChangeSize, ChangeSummary, ChangeTarget, Policy, Prompt};

    fn change() -> Change {
        let now = Timestamp::UNIX_EPOCH;
        let mut change = Change {
            summary: ChangeSummary {
                id: "chg_1".into(),
                agent_id: "agent_1".into(),
                agent_name: "Support".to_owned(),
                title: "Ask first".to_owned(),
                state: ChangeState::Staged,
                target: ChangeTarget::Prompt,
                rolls_back: None,
                size: ChangeSize::default(),
                base_version: 12,
                staged_by: "stager".into(),
                staged_at: now,
                updated_at: now,
                approvals: 0,
                approvals_needed: 1,
            },
            base: Prompt {
                version: 12,
                sha256: digest::sha256_hex("old"),
                text: "old".to_owned(),
            },
            proposed: "new".to_owned(),
            memory: None,
            findings_sha256: None,
            digest: String::new(),
            policy: Policy::default(),
            suggestion_ids: Vec::new(),
            hands: Vec::new(),
            approvals: Vec::new(),
            overlaps: Vec::new(),
            moved_to: None,
            rolled_back_by: None,
            glass: None,
            outcome: None,
            trouble: None,
            history: Vec::new(),
            revision: 1,
        };
        if let Check::Different { computed } = check(&change) {
            change.digest = computed;
        }
        change
    }

    #[test]
    fn a_digest_that_fits_is_equal() {
        assert_eq!(check(&change()), Check::Equal);
        assert_eq!(check(&change()).refusal(), None);
    }

    #[test]
    fn one_other_byte_is_seen_and_refused() {
        let swapped = Change {
            proposed: "neW".to_owned(),
            ..change()
        };
        assert!(matches!(check(&swapped), Check::Different { .. }));
        assert!(check(&swapped).refusal().is_some());
        let mut swapped = change();
        swapped.base.text.push(' ');
        assert_eq!(check(&swapped), Check::BaseDiffers);
    }

    #[test]
    fn every_state_has_its_sentence() {
        let states = [
            ChangeState::Staged,
            ChangeState::Approved,
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
                standing(&change, Timestamp::UNIX_EPOCH)
            })
            .collect();
        sentences.sort_unstable();
        sentences.dedup();
        assert_eq!(sentences.len(), states.len());
    }
}
