//! What a policy does by itself: stages, tests and applies, unless it is paused.

use crate::machine::{AGENT_OF, Defect, Machine, STAGED, Slot, Taken, Way};
use review_api::{
    ApplyOutcome, AuditAction, AutomaticChange, ChangeState, POLICY_ACTOR, Paused, SubjectKind,
    TestOutcome, TestStanding, TestState, Timestamp, User,
};
use review_core::automation::{self, Losses};
use review_core::{rules, workflow};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What a staging test came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum TestResult {
    /// Better beyond chance, and no case got worse.
    Better,
    /// Passed, and no better than chance may explain.
    NoWorse,
    /// Better beyond chance, though a case got worse.
    MixedBetter,
    Failed,
}

/// A staging test.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tested {
    /// Of which bytes.
    pub(crate) digest: String,
    /// Nothing while it runs.
    pub(crate) result: Option<TestResult>,
}

/// Returns how the newest test stands, where it is of the bytes that the change has.
pub(crate) fn standing(slot: &Slot) -> Option<TestStanding> {
    let test = slot.test.as_ref().filter(|it| it.digest == slot.digest)?;
    let outcome = test.result.map(|result| match result {
        TestResult::Failed => TestOutcome::Failed,
        _ => TestOutcome::Passed,
    });
    let is_better = matches!(
        test.result,
        Some(TestResult::Better | TestResult::MixedBetter)
    );
    Some(TestStanding {
        id: "tst".to_owned(),
        state: match outcome {
            Some(_) => TestState::Completed,
            None => TestState::Running,
        },
        outcome,
        is_decisive: is_better,
        sentence: None,
        worse: match test.result {
            Some(TestResult::MixedBetter | TestResult::Failed) => Some(1),
            Some(_) => Some(0),
            None => None,
        },
    })
}

/// Returns what is known of a change that its policy staged.
pub(crate) fn automatic(slot: &Slot) -> Option<AutomaticChange> {
    slot.is_automatic.then(|| AutomaticChange {
        suggestion_id: "sug".into(),
        policy_version: slot.policy.version,
        staged_at: Timestamp::UNIX_EPOCH,
        test_refused: None,
        findings: Vec::new(),
        rejected_before: false,
        open_comments: 0,
        drifted: false,
        paused: None,
        refused: Vec::new(),
        refused_at: None,
    })
}

/// Returns what came of sending a change that the platform did not take.
pub(crate) fn outcome(slot: &Slot) -> Option<ApplyOutcome> {
    slot.was_refused.then(|| ApplyOutcome {
        by: "somebody".into(),
        at: Timestamp::UNIX_EPOCH,
        version: None,
        message: String::new(),
    })
}

impl Machine {
    /// Says whether the policy of an agent does anything by itself.
    fn policy_acts(&self, agent: usize) -> bool {
        let is_paused = self.paused.is_some() && !self.is(Defect::PauseForgotten);
        let policy = &self.policies[agent];
        automation::acts(policy, is_paused) || (self.is(Defect::ModeForgotten) && !is_paused)
    }

    pub(crate) fn policy_stages(&mut self, slot: usize, text: u8) -> Option<Taken> {
        let user = automation::policy_user();
        let is_open = slot < STAGED && self.changes[slot].is_none();
        if !is_open || !self.policy_acts(AGENT_OF[slot]) {
            return None;
        }
        rules::may_stage(&user, review_api::SuggestionStatus::Open).ok()?;
        let mut change = Slot::new(user.name.clone(), None);
        change.is_automatic = true;
        self.changes[slot] = Some(change);
        Some(self.stage_new(&user, slot, text))
    }

    /// Begins a staging test, as a person or as the policy, which begins one of what it staged, once.
    pub(crate) fn test(&mut self, person: Option<&User>, slot: usize) -> Option<Taken> {
        let change = self.changes[slot].as_ref()?;
        let policy = automation::policy_user();
        let user = person.unwrap_or(&policy);
        rules::may_test(user, &change.change(slot)).ok()?;
        let runs = change.test.as_ref().is_some_and(|it| it.result.is_none());
        let by_policy = person.is_none();
        let has_its_turn =
            change.is_automatic && change.test.is_none() && self.policy_acts(AGENT_OF[slot]);
        if runs || (by_policy && !has_its_turn) {
            return None;
        }
        let digest = change.digest.clone();
        let actor = user.name.clone();
        let detail = json!({ "digest": digest });
        self.changes[slot].as_mut()?.test = Some(Tested {
            digest,
            result: None,
        });
        self.note(actor.as_str(), AuditAction::TestStarted, slot, detail);
        Some(Taken::TestBegun { slot, by_policy })
    }

    pub(crate) fn test_ends(&mut self, slot: usize, result: TestResult) -> Option<Taken> {
        let test = self.changes[slot].as_mut()?.test.as_mut()?;
        if test.result.is_some() {
            return None;
        }
        test.result = Some(result);
        let digest = test.digest.clone();
        let detail = json!({ "result": result });
        self.note("system", AuditAction::TestEnded, slot, detail);
        Some(Taken::TestEnded {
            slot,
            digest,
            result,
        })
    }

    pub(crate) fn policy_applies(&mut self, slot: usize) -> Option<Taken> {
        let change = self.changes[slot].as_ref()?;
        let mut as_seen = change.change(slot);
        as_seen.automatic.as_mut()?.paused.clone_from(&self.paused);
        match self.defect {
            Some(Defect::PauseForgotten) => as_seen.automatic.as_mut()?.paused = None,
            Some(Defect::AnyTestWillDo) => {
                let test = as_seen.test.as_mut()?;
                test.state = TestState::Completed;
                test.outcome = Some(TestOutcome::Passed);
                (test.is_decisive, test.worse) = (true, Some(0));
            }
            Some(Defect::HandsForgotten) => as_seen.hands.clear(),
            Some(Defect::ApprovalsLeftOut) => {
                as_seen.policy.automation.without_approvals = true;
            }
            Some(Defect::RefusalsForgotten) => as_seen.outcome = None,
            Some(Defect::ModeForgotten) => {
                as_seen.policy.automation.mode = review_api::AutomationMode::Apply;
            }
            _ => {}
        }
        automation::may_apply(&as_seen, &Losses::default(), self.now).ok()?;
        self.is_free(AGENT_OF[slot]).then_some(())?;
        self.go_if(slot, ChangeState::Applying, workflow::allows_by_policy)?;
        let digest = as_seen.digest;
        let detail = json!({ "digest": digest });
        self.note(POLICY_ACTOR, AuditAction::ApplyStarted, slot, detail);
        Some(Taken::Sent {
            slot,
            digest,
            way: Way::Policy,
            at: self.now,
        })
    }

    /// Pauses the automation of all agents, or lets it go on.
    pub(crate) fn switch(&mut self, user: &User, is_paused: bool) -> Option<Taken> {
        let (verdict, action) = if is_paused {
            let verdict = automation::may_pause(user, self.paused.as_ref());
            (verdict, AuditAction::AutomationPaused)
        } else {
            let verdict = automation::may_resume(user, self.paused.as_ref());
            (verdict, AuditAction::AutomationResumed)
        };
        verdict.ok()?;
        self.paused = is_paused.then(|| Paused {
            by: user.name.clone(),
            at: self.now,
            reason: "Something goes wrong.".to_owned(),
        });
        let subject = (SubjectKind::Automation, "automation".to_owned());
        self.append(user.name.as_str(), action, subject, None, json!({}));
        Some(Taken::Switched { is_paused })
    }
}
