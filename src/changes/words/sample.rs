//! A change to try sentences on.

use super::super::check::{Check, check};
use review_api::{
    Change, ChangeSize, ChangeState, ChangeSummary, ChangeTarget, Policy, Prompt, Timestamp,
};
use review_core::digest;

/// A staged change whose digest fits.
pub(in crate::changes) fn change() -> Change {
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
        test: None,
        automatic: None,
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
