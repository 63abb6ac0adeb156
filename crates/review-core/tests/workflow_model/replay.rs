//! Rebuilds a review from its audit alone.

use crate::machine::{AGENT_OF, AGENTS, Machine, SLOTS, Slot, change_id};
use crate::policy::Tested;
use review_api::{
    Approval, AuditAction, AuditEntry, ChangeState, POLICY_ACTOR, Policy, Prompt, Timestamp,
    UserName,
};
use review_core::{
    chain::{Hash, Link, Verifier},
    digest::sha256_hex,
    workflow,
};
use std::collections::BTreeSet;

/// Checks that the audit is one sound chain and tells the very state that the review is in.
pub(crate) fn check(machine: &Machine) -> Result<(), String> {
    let mut verifier = Verifier::new([]);
    for (entry, hash) in &machine.audit {
        verifier.row(entry, hash).map_err(|bad| bad.to_string())?;
    }
    let head = verifier.finish().map_err(|bad| bad.to_string())?;
    let expected = Link {
        seq: machine.audit.len() as u64,
        hash: machine
            .audit
            .last()
            .map_or(Hash::GENESIS, |(_, hash)| *hash),
    };
    if head != expected {
        return Err(format!("the chain ends at {head:?}, not {expected:?}"));
    }

    let mut told = Told {
        policies: vec![Policy::default(); AGENTS.len()],
        changes: vec![None; SLOTS],
        is_paused: false,
    };
    for (entry, _) in &machine.audit {
        told.row(entry)
            .ok_or_else(|| format!("the replay does not understand {entry:?}"))?;
    }
    if told.policies != machine.policies {
        return Err("the replay ends with other policies".to_owned());
    }
    if told.is_paused != machine.paused.is_some() {
        return Err("the replay ends with another switch".to_owned());
    }
    if told.changes != machine.changes {
        return Err(format!(
            "the replay ends with {:?}, the review with {:?}",
            told.changes, machine.changes
        ));
    }
    Ok(())
}

struct Told {
    policies: Vec<Policy>,
    changes: Vec<Option<Slot>>,
    is_paused: bool,
}

impl Told {
    fn row(&mut self, entry: &AuditEntry) -> Option<()> {
        let number = |name: &str| u32::try_from(entry.detail.get(name)?.as_u64()?).ok();
        let text = |name: &str| Some(entry.detail.get(name)?.as_str()?.to_owned());
        if entry.action == AuditAction::PolicyChanged {
            let agent = AGENTS.iter().position(|id| *id == entry.subject_id)?;
            self.policies[agent] = serde_json::from_value(entry.detail.clone()).ok()?;
            for slot in (0..SLOTS).filter(|slot| AGENT_OF[*slot] == agent) {
                self.settle(slot, entry.at);
            }
            return Some(());
        }
        if let AuditAction::AutomationPaused | AuditAction::AutomationResumed = entry.action {
            self.is_paused = entry.action == AuditAction::AutomationPaused;
            return Some(());
        }

        let slot = (0..SLOTS).find(|slot| change_id(*slot) == entry.subject_id)?;
        let by = UserName(entry.actor.clone());
        let is_writing = matches!(
            entry.action,
            AuditAction::ChangeStaged | AuditAction::ChangeEdited | AuditAction::ChangeRestaged
        );
        if is_writing {
            let base_text = text("base")?;
            let undoes = entry
                .detail
                .get("undoes")
                .and_then(serde_json::Value::as_u64);
            let undoes = undoes.map(usize::try_from).transpose().ok()?;
            let change = self.changes[slot].get_or_insert_with(|| Slot::new(by.clone(), undoes));
            change.is_automatic |=
                entry.action == AuditAction::ChangeStaged && by.as_str() == POLICY_ACTOR;
            change.state = ChangeState::Staged;
            change.base = Prompt {
                version: number("base_version")?,
                sha256: sha256_hex(&base_text),
                text: base_text,
            };
            change.proposed = text("proposed")?;
            change.hands.insert(by);
        } else {
            let change = self.changes[slot].as_mut()?;
            match entry.action {
                AuditAction::ChangeApproved => change.approve(Approval {
                    by,
                    at: entry.at,
                    digest: text("digest")?,
                }),
                // What lapsed shows when it is counted below.
                AuditAction::ApprovalsVoid => {}
                AuditAction::GlassBroken => change.glass = Some(by),
                AuditAction::ApplyStarted => change.state = ChangeState::Applying,
                AuditAction::ChangeApplied => {
                    change.state = ChangeState::Applied;
                    change.made = Some(number("version")?);
                }
                AuditAction::ApplyRefused => {
                    change.state = ChangeState::Approved;
                    change.glass = None;
                    change.was_refused = true;
                }
                AuditAction::TestStarted => {
                    change.test = Some(Tested {
                        digest: text("digest")?,
                        result: None,
                    });
                }
                AuditAction::TestEnded => {
                    let result = entry.detail.get("result")?.clone();
                    change.test.as_mut()?.result = serde_json::from_value(result).ok()?;
                }
                AuditAction::ApplyUnknown => change.state = ChangeState::NeedsALook,
                AuditAction::ChangeStale => {
                    change.state = ChangeState::Stale;
                    change.glass = None;
                }
                AuditAction::ChangeWithdrawn => change.state = ChangeState::Withdrawn,
                _ => return None,
            }
        }
        self.settle(slot, entry.at);
        Some(())
    }

    /// Brings a change that waits up to date, counting by hand.
    fn settle(&mut self, slot: usize, now: Timestamp) {
        let policy = &self.policies[AGENT_OF[slot]];
        let Some(change) = self.changes[slot]
            .as_mut()
            .filter(|change| change.is_waiting())
        else {
            return;
        };
        change.policy = policy.clone();
        change.digest = change.fresh_digest(slot);
        let people: BTreeSet<_> = change
            .approvals
            .iter()
            .filter(|approval| approval.digest == change.digest)
            .filter(|approval| {
                let age = now.duration_since(approval.at).as_hours();
                let lapse = policy.approvals_lapse_after_hours.map(i64::from);
                lapse.is_none_or(|lapse| age < lapse)
            })
            .map(|approval| &approval.by)
            .filter(|by| !change.hands.contains(by))
            .filter(|by| policy.approvers.is_empty() || policy.approvers.contains(by))
            .collect();
        let valid = u32::try_from(people.len()).unwrap();
        change.state = workflow::state_by_approvals(valid, policy.approvals_needed);
    }
}
