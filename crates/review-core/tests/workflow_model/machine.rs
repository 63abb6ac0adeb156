//! The review as the proxy runs it, on the pure rules, with a platform in memory.

use crate::policy::{self, TestResult, Tested};
use jiff::SignedDuration;
use review_api::{
    AgentId, Approval, AuditAction, AuditEntry, Automation, AutomationMode, Change, ChangeId,
    ChangeSize, ChangeState, ChangeSummary, ChangeTarget, Hand, Part, Paused, Policy, Prompt, Role,
    SubjectKind, SuggestionStatus, Timestamp, User, UserName,
};
use review_core::{
    approvals,
    chain::{self, Hash},
    digest::{self, sha256_hex},
    rules, workflow,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Everyone there is.
pub(crate) const USERS: [(&str, Role); 5] = [
    ("reviewer", Role::Reviewer),
    ("approver-1", Role::Approver),
    ("approver-2", Role::Approver),
    ("approver-3", Role::Approver),
    ("admin", Role::Admin),
];

/// The agents.
pub(crate) const AGENTS: [&str; 2] = ["agent_1", "agent_2"];

/// How many changes people stage.
pub(crate) const STAGED: usize = 3;

/// How many changes there are: those staged, and for each agent the way back from one of them.
pub(crate) const SLOTS: usize = 5;

/// Which agent each change is for: two compete for the first.
pub(crate) const AGENT_OF: [usize; SLOTS] = [0, 0, 1, 0, 1];

/// Everyone who had a hand in a change.
pub(crate) type Hands = BTreeSet<UserName>;

/// What someone does, or what happens.
#[derive(Debug, Clone)]
pub(crate) enum Operation {
    Stage {
        user: usize,
        slot: usize,
        text: u8,
    },
    Edit {
        user: usize,
        slot: usize,
        text: u8,
    },
    Approve {
        user: usize,
        slot: usize,
        seen: Seen,
    },
    Restage {
        user: usize,
        slot: usize,
        text: u8,
    },
    Apply {
        user: usize,
        slot: usize,
        seen: Seen,
    },
    RollBack {
        user: usize,
        slot: usize,
    },
    BreakGlass {
        user: usize,
        slot: usize,
        seen: Seen,
    },
    HoursPass {
        hours: i64,
    },
    Answer {
        slot: usize,
        answer: Answer,
    },
    Reconcile {
        slot: usize,
    },
    BaseMoves {
        agent: usize,
        text: u8,
    },
    Poll {
        agent: usize,
    },
    EditPolicy {
        user: usize,
        agent: usize,
        needed: u32,
        /// One bit for each of those who may approve; none means all of them.
        approvers: u8,
        lapse: Option<u32>,
        /// What the policy does by itself.
        mode: AutomationMode,
        without_approvals: bool,
    },
    Withdraw {
        user: usize,
        slot: usize,
    },
    /// A suggestion comes, and the policy takes it up.
    PolicyStages {
        slot: usize,
        text: u8,
    },
    /// Somebody begins a staging test; the policy where nobody is named.
    Test {
        user: Option<usize>,
        slot: usize,
    },
    TestEnds {
        slot: usize,
        result: TestResult,
    },
    PolicyApplies {
        slot: usize,
    },
    Pause {
        user: usize,
    },
    Resume {
        user: usize,
    },
}

/// Which digest someone has on the screen.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Seen {
    /// The one that the change has.
    Now,
    /// The one that it had when it was staged.
    First,
}

/// What becomes of an update that was sent.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Answer {
    /// It arrives and its answer too.
    Delivered,
    /// It arrives and its answer is lost.
    LostAfterwards,
    /// It is lost itself.
    NeverArrived,
}

/// A rule broken on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Defect {
    OwnApprovalCounts,
    EditorsForgotten,
    CountedTwice,
    ApprovalsSurviveEdits,
    PolicyForgotten,
    NoLease,
    NothingIsFinal,
    NothingLapses,
    ApproversForgotten,
    GlassForAnything,
    NoPrecondition,
    BlindRetry,
    SilentApproval,
    PauseForgotten,
    AnyTestWillDo,
    HandsForgotten,
    ApprovalsLeftOut,
    RefusalsForgotten,
    ModeForgotten,
}

/// A change, as the proxy keeps it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Slot {
    pub(crate) state: ChangeState,
    pub(crate) base: Prompt,
    pub(crate) proposed: String,
    pub(crate) staged_by: UserName,
    pub(crate) hands: Hands,
    pub(crate) policy: Policy,
    pub(crate) digest: String,
    pub(crate) approvals: Vec<Approval>,
    /// The applied change that this one takes back.
    pub(crate) rolls_back: Option<usize>,
    /// The version that it was applied as.
    pub(crate) made: Option<u32>,
    /// Who applied it without its approvals.
    pub(crate) glass: Option<UserName>,
    /// Whether its policy staged it.
    pub(crate) is_automatic: bool,
    /// The newest staging test.
    pub(crate) test: Option<Tested>,
    /// Whether it was sent, and the platform did not take it.
    pub(crate) was_refused: bool,
}

impl Slot {
    /// A change that was just staged and says nothing yet.
    pub(crate) fn new(staged_by: UserName, rolls_back: Option<usize>) -> Self {
        Self {
            state: ChangeState::Staged,
            base: prompt(0, String::new()),
            proposed: String::new(),
            staged_by,
            hands: Hands::default(),
            policy: Policy::default(),
            digest: String::new(),
            approvals: Vec::new(),
            rolls_back,
            made: None,
            glass: None,
            is_automatic: false,
            test: None,
            was_refused: false,
        }
    }

    /// Keeps an approval; one of the same person and digest is renewed.
    pub(crate) fn approve(&mut self, approval: Approval) {
        let is_same = |it: &Approval| it.by == approval.by && it.digest == approval.digest;
        self.approvals.retain(|it| !is_same(it));
        self.approvals.push(approval);
    }

    /// Returns the digest that the change has with its present bytes, base and policy.
    pub(crate) fn fresh_digest(&self, slot: usize) -> String {
        digest::of(&self.change(slot))
    }

    pub(crate) fn is_waiting(&self) -> bool {
        matches!(self.state, ChangeState::Staged | ChangeState::Approved)
    }

    pub(crate) fn is_under_way(&self) -> bool {
        matches!(self.state, ChangeState::Applying | ChangeState::NeedsALook)
    }

    /// Returns the change as the rules and the console see it.
    pub(crate) fn change(&self, slot: usize) -> Change {
        let at = Timestamp::UNIX_EPOCH;
        Change {
            summary: ChangeSummary {
                id: ChangeId(change_id(slot)),
                agent_id: agent_id(AGENT_OF[slot]),
                agent_name: String::new(),
                title: String::new(),
                state: self.state,
                target: ChangeTarget::Prompt,
                rolls_back: self.rolls_back.map(|slot| ChangeId(change_id(slot))),
                size: ChangeSize::default(),
                base_version: self.base.version,
                staged_by: self.staged_by.clone(),
                staged_at: at,
                updated_at: at,
                approvals: 0,
                approvals_needed: self.policy.approvals_needed,
            },
            base: self.base.clone(),
            proposed: self.proposed.clone(),
            memory: None,
            findings_sha256: None,
            digest: self.digest.clone(),
            policy: self.policy.clone(),
            suggestion_ids: Vec::new(),
            hands: self
                .hands
                .iter()
                .map(|who| Hand {
                    who: who.clone(),
                    part: Part::Edited,
                })
                .collect(),
            approvals: self.approvals.clone(),
            overlaps: Vec::new(),
            moved_to: None,
            rolled_back_by: None,
            test: policy::standing(self),
            automatic: policy::automatic(self),
            glass: None,
            outcome: policy::outcome(self),
            trouble: None,
            history: Vec::new(),
            revision: 0,
        }
    }
}

pub(crate) fn agent_id(agent: usize) -> AgentId {
    AGENTS[agent].into()
}

pub(crate) fn change_id(slot: usize) -> String {
    format!("chg_{slot}")
}

fn prompt(version: u32, text: String) -> Prompt {
    Prompt {
        version,
        sha256: sha256_hex(&text),
        text,
    }
}

/// An update that took effect on the platform.
#[derive(Debug, Clone)]
pub(crate) struct Write {
    pub(crate) slot: usize,
    pub(crate) digest: String,
    /// The prompt that it replaced.
    pub(crate) landed_on: Prompt,
    pub(crate) text: String,
}

/// By what right an update was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// Somebody applied it with its approvals.
    Approved,
    /// Somebody applied it without.
    Glass,
    /// The policy applied it by itself.
    Policy,
}

/// Something that was allowed, in the words of whoever did it; what the oracle judges by.
#[derive(Debug, Clone)]
pub(crate) enum Taken {
    Wrote {
        user: UserName,
        slot: usize,
        text: String,
        base: Prompt,
        /// The change whose way back it is.
        undoes: Option<usize>,
    },
    Approved {
        user: UserName,
        slot: usize,
        digest: String,
        at: Timestamp,
    },
    SetPolicy {
        agent: usize,
        policy: Policy,
    },
    Sent {
        slot: usize,
        digest: String,
        way: Way,
        at: Timestamp,
    },
    /// The platform did not take it.
    GivenBack {
        slot: usize,
    },
    TestBegun {
        slot: usize,
        by_policy: bool,
    },
    TestEnded {
        slot: usize,
        digest: String,
        result: TestResult,
    },
    Switched {
        is_paused: bool,
    },
    Other,
}

/// The whole review.
#[derive(Debug)]
pub(crate) struct Machine {
    pub(crate) defect: Option<Defect>,
    pub(crate) now: Timestamp,
    /// How the automation of all agents is paused.
    pub(crate) paused: Option<Paused>,
    pub(crate) platform: Vec<Prompt>,
    pub(crate) policies: Vec<Policy>,
    pub(crate) changes: Vec<Option<Slot>>,
    pub(crate) first_digests: Vec<String>,
    pub(crate) audit: Vec<(AuditEntry, Hash)>,
    pub(crate) taken: Vec<Taken>,
    pub(crate) writes: Vec<Write>,
    /// Each step of each change.
    pub(crate) steps: Vec<(usize, ChangeState, ChangeState)>,
    /// Updates whose outcome was unknown for a while.
    pub(crate) unknown: u64,
}

impl Machine {
    pub(crate) fn new(defect: Option<Defect>) -> Self {
        Self {
            defect,
            now: Timestamp::UNIX_EPOCH,
            paused: None,
            platform: vec![prompt(1, text_of(0)); AGENTS.len()],
            policies: vec![Policy::default(); AGENTS.len()],
            changes: vec![None; SLOTS],
            first_digests: vec![String::new(); SLOTS],
            audit: Vec::new(),
            taken: Vec::new(),
            writes: Vec::new(),
            steps: Vec::new(),
            unknown: 0,
        }
    }

    pub(crate) fn slots(&self) -> impl Iterator<Item = &Slot> {
        self.changes.iter().flatten()
    }

    pub(crate) fn is(&self, defect: Defect) -> bool {
        self.defect == Some(defect)
    }

    /// Does what is asked if the rules allow it.
    pub(crate) fn take(&mut self, operation: &Operation) {
        let taken = match *operation {
            Operation::Stage { user, slot, text } => self.stage(&person(user), slot, text),
            Operation::Edit { user, slot, text } => self.edit(&person(user), slot, text),
            Operation::Approve { user, slot, seen } => self.approve(&person(user), slot, seen),
            Operation::Restage { user, slot, text } => self.restage(&person(user), slot, text),
            Operation::Apply { user, slot, seen } => self.apply(&person(user), slot, seen, false),
            Operation::RollBack { user, slot } => self.roll_back(&person(user), slot),
            Operation::BreakGlass { user, slot, seen } => {
                self.apply(&person(user), slot, seen, true)
            }
            Operation::HoursPass { hours } => self.hours_pass(hours),
            Operation::Answer { slot, answer } => self.answer(slot, answer),
            Operation::Reconcile { slot } => self.reconcile(slot),
            Operation::BaseMoves { agent, text } => {
                let base = &mut self.platform[agent];
                update(base, &text_of(text), None).then_some(Taken::Other)
            }
            Operation::Poll { agent } => self.poll(agent),
            Operation::EditPolicy {
                user,
                agent,
                needed,
                approvers,
                lapse,
                mode,
                without_approvals,
            } => {
                let bits = USERS.iter().skip(1).enumerate();
                let named = bits.filter(|(bit, _)| approvers >> bit & 1 == 1);
                let policy = Policy {
                    version: self.policies[agent].version + 1,
                    approvals_needed: needed,
                    approvers: named.map(|(_, (name, _))| (*name).into()).collect(),
                    approvals_lapse_after_hours: lapse,
                    automation: Automation {
                        mode,
                        without_approvals,
                        ..Automation::default()
                    },
                    ..Policy::default()
                };
                self.edit_policy(&person(user), agent, policy)
            }
            Operation::Withdraw { user, slot } => self.withdraw(&person(user), slot),
            Operation::PolicyStages { slot, text } => self.policy_stages(slot, text),
            Operation::Test { user, slot } => self.test(user.map(person).as_ref(), slot),
            Operation::TestEnds { slot, result } => self.test_ends(slot, result),
            Operation::PolicyApplies { slot } => self.policy_applies(slot),
            Operation::Pause { user } => self.switch(&person(user), true),
            Operation::Resume { user } => self.switch(&person(user), false),
        };
        self.taken.extend(taken);
    }

    fn stage(&mut self, user: &User, slot: usize, text: u8) -> Option<Taken> {
        rules::may_stage(user, SuggestionStatus::Open).ok()?;
        if self.changes[slot].is_some() {
            return None;
        }
        self.changes[slot] = Some(Slot::new(user.name.clone(), None));
        Some(self.stage_new(user, slot, text))
    }

    /// Puts the first bytes into a change, on the base as it is now.
    pub(crate) fn stage_new(&mut self, user: &User, slot: usize, text: u8) -> Taken {
        let base = self.platform[AGENT_OF[slot]].clone();
        let action = AuditAction::ChangeStaged;
        let taken = self.write(user, slot, text_of(text), base, action);
        let change = self.changes[slot].as_ref().unwrap();
        self.first_digests[slot].clone_from(&change.digest);
        taken
    }

    /// Puts other bytes into a change that waits, on the base that it has.
    fn edit(&mut self, user: &User, slot: usize, text: u8) -> Option<Taken> {
        let change = self.changes[slot].as_ref()?;
        let base = change.base.clone();
        if self.is(Defect::NothingIsFinal) && !change.is_waiting() {
            self.go(slot, ChangeState::Staged)?;
        } else {
            rules::may_edit(user, &change.change(slot)).ok()?;
        }
        Some(self.write(user, slot, text_of(text), base, AuditAction::ChangeEdited))
    }

    /// Puts a change that is out of date on the present base.
    fn restage(&mut self, user: &User, slot: usize, text: u8) -> Option<Taken> {
        rules::may_restage(user, &self.changes[slot].as_ref()?.change(slot)).ok()?;
        self.go(slot, ChangeState::Staged)?;
        let base = self.platform[AGENT_OF[slot]].clone();
        Some(self.write(user, slot, text_of(text), base, AuditAction::ChangeRestaged))
    }

    /// Stages the way back from an applied change, in the place that its agent has for that.
    fn roll_back(&mut self, user: &User, slot: usize) -> Option<Taken> {
        let undone = self.changes[slot].as_ref()?;
        rules::may_roll_back(user, &undone.change(slot)).ok()?;
        let base = self.platform[AGENT_OF[slot]].clone();
        let (old, into) = (undone.base.text.clone(), STAGED + AGENT_OF[slot]);
        let is_there = undone.made == Some(base.version) && undone.proposed == base.text;
        if !is_there || self.changes[into].is_some() {
            return None;
        }
        self.changes[into] = Some(Slot::new(user.name.clone(), Some(slot)));
        let taken = self.write(user, into, old, base, AuditAction::ChangeStaged);
        self.first_digests[into].clone_from(&self.changes[into].as_ref()?.digest);
        Some(taken)
    }

    /// Time passes, and what lapsed by it is noticed.
    fn hours_pass(&mut self, hours: i64) -> Option<Taken> {
        self.now = self
            .now
            .checked_add(SignedDuration::from_hours(hours))
            .ok()?;
        for slot in 0..SLOTS {
            let before = self.changes[slot].as_ref().map(|change| change.state);
            self.settle(slot);
            if before != self.changes[slot].as_ref().map(|change| change.state) {
                self.note("system", AuditAction::ApprovalsVoid, slot, Value::Null);
            }
        }
        Some(Taken::Other)
    }

    /// Puts bytes on a base into a change that waits.
    fn write(
        &mut self,
        user: &User,
        slot: usize,
        text: String,
        base: Prompt,
        action: AuditAction,
    ) -> Taken {
        let survive = self.is(Defect::ApprovalsSurviveEdits);
        let change = self.changes[slot].as_mut().unwrap();
        change.base = base.clone();
        change.proposed.clone_from(&text);
        change.hands.insert(user.name.clone());
        let undoes = change.rolls_back;
        let detail = json!({
            "base_version": base.version, "base": base.text, "proposed": text, "undoes": undoes,
        });
        self.note(user.name.as_str(), action, slot, detail);
        self.settle(slot);
        if survive {
            let change = self.changes[slot].as_mut().unwrap();
            let digest = change.digest.clone();
            for approval in &mut change.approvals {
                approval.digest.clone_from(&digest);
            }
            self.settle(slot);
        }
        Taken::Wrote {
            user: user.name.clone(),
            slot,
            text,
            base,
            undoes,
        }
    }

    fn approve(&mut self, user: &User, slot: usize, seen: Seen) -> Option<Taken> {
        let change = self.changes[slot].as_ref()?;
        let mut as_seen = change.change(slot);
        match self.defect {
            Some(Defect::OwnApprovalCounts) => {
                as_seen.summary.staged_by = "nobody".into();
                as_seen.hands.clear();
            }
            Some(Defect::EditorsForgotten) => as_seen.hands.clear(),
            Some(Defect::CountedTwice) => as_seen.approvals.clear(),
            Some(Defect::ApproversForgotten) => as_seen.policy.approvers.clear(),
            _ => {}
        }
        rules::may_approve(user, &as_seen, self.now).ok()?;
        let digest = self.seen(slot, seen)?;
        let counted_twice = self.is(Defect::CountedTwice);
        let at = self.now;
        let change = self.changes[slot].as_mut()?;
        let approval = Approval {
            by: user.name.clone(),
            at,
            digest: digest.clone(),
        };
        if counted_twice {
            change.approvals.push(approval);
        } else {
            change.approve(approval);
        }
        if !self.is(Defect::SilentApproval) {
            let detail = json!({ "digest": digest });
            self.note(
                user.name.as_str(),
                AuditAction::ChangeApproved,
                slot,
                detail,
            );
        }
        self.settle(slot);
        let user = user.name.clone();
        Some(Taken::Approved {
            user,
            slot,
            digest,
            at,
        })
    }

    /// Returns the digest on the screen, if it is the one that the change has.
    fn seen(&self, slot: usize, seen: Seen) -> Option<String> {
        let now = &self.changes[slot].as_ref()?.digest;
        let seen = match seen {
            Seen::Now => now,
            Seen::First => &self.first_digests[slot],
        };
        (seen == now).then(|| now.clone())
    }

    fn apply(&mut self, user: &User, slot: usize, seen: Seen, by_glass: bool) -> Option<Taken> {
        let change = self.changes[slot].as_ref()?;
        let mut as_seen = change.change(slot);
        match self.defect {
            Some(
                Defect::OwnApprovalCounts
                | Defect::CountedTwice
                | Defect::EditorsForgotten
                | Defect::NothingLapses
                | Defect::ApproversForgotten,
            ) => {
                as_seen.policy.approvals_needed = 0;
                if !by_glass && self.valid(change, slot) < change.policy.approvals_needed {
                    return None;
                }
            }
            Some(Defect::GlassForAnything) => as_seen.summary.rolls_back = Some("chg".into()),
            _ => {}
        }
        if by_glass {
            rules::may_break_glass(user, &as_seen, self.now).ok()?;
        } else {
            rules::may_apply(user, &as_seen, self.now).ok()?;
        }
        let digest = self.seen(slot, seen)?;
        self.is_free(AGENT_OF[slot]).then_some(())?;
        if by_glass {
            self.go_if(
                slot,
                ChangeState::Applying,
                workflow::allows_by_broken_glass,
            )?;
            self.changes[slot].as_mut()?.glass = Some(user.name.clone());
            let why = json!({ "reason": "It cannot wait." });
            self.note(user.name.as_str(), AuditAction::GlassBroken, slot, why);
        } else {
            self.go(slot, ChangeState::Applying)?;
        }
        let detail = json!({ "digest": digest });
        self.note(user.name.as_str(), AuditAction::ApplyStarted, slot, detail);
        Some(Taken::Sent {
            slot,
            digest,
            way: if by_glass { Way::Glass } else { Way::Approved },
            at: self.now,
        })
    }

    /// Says whether no change of an agent is under way.
    pub(crate) fn is_free(&self, agent: usize) -> bool {
        let mut others = (0..SLOTS).filter(|other| AGENT_OF[*other] == agent);
        self.is(Defect::NoLease)
            || !others.any(|other| self.changes[other].as_ref().is_some_and(Slot::is_under_way))
    }

    fn answer(&mut self, slot: usize, answer: Answer) -> Option<Taken> {
        let change = self.changes[slot].as_ref()?;
        if change.state != ChangeState::Applying {
            return None;
        }
        let version = change.base.version;
        let arrived = match answer {
            Answer::NeverArrived => false,
            Answer::Delivered | Answer::LostAfterwards => self.send(slot, version),
        };
        let (to, action) = match (answer, arrived) {
            (Answer::Delivered, true) => (ChangeState::Applied, AuditAction::ChangeApplied),
            (Answer::Delivered, false) => (ChangeState::Stale, AuditAction::ChangeStale),
            _ => (ChangeState::NeedsALook, AuditAction::ApplyUnknown),
        };
        self.unknown += u64::from(to == ChangeState::NeedsALook);
        self.end(slot, to, action)
    }

    /// Sends the update of a change, with the version that it is to replace; says whether the platform took it.
    fn send(&mut self, slot: usize, version: u32) -> bool {
        let expected = (!self.is(Defect::NoPrecondition)).then_some(version);
        let change = self.changes[slot].as_ref().unwrap();
        let platform = &mut self.platform[AGENT_OF[slot]];
        let landed_on = platform.clone();
        if !update(platform, &change.proposed, expected) {
            return false;
        }
        if *platform != landed_on {
            self.writes.push(Write {
                slot,
                digest: change.digest.clone(),
                landed_on,
                text: change.proposed.clone(),
            });
        }
        true
    }

    /// Finds out what became of an update whose answer was lost.
    fn reconcile(&mut self, slot: usize) -> Option<Taken> {
        let change = self.changes[slot].as_ref()?;
        if change.state != ChangeState::NeedsALook {
            return None;
        }
        let platform = &self.platform[AGENT_OF[slot]];
        let (to, action) = if self.is(Defect::BlindRetry) {
            // What a client does that reads the present version and sends again.
            let version = platform.version;
            self.send(slot, version);
            (ChangeState::Applied, AuditAction::ChangeApplied)
        } else if platform.text == change.proposed {
            (ChangeState::Applied, AuditAction::ChangeApplied)
        } else if platform.version == change.base.version {
            (ChangeState::Approved, AuditAction::ApplyRefused)
        } else {
            (ChangeState::Stale, AuditAction::ChangeStale)
        };
        let taken = self.end(slot, to, action)?;
        // The policy may have been changed while the update was under way, and time has passed.
        self.settle(slot);
        Some(taken)
    }

    /// Writes down what came of an update.
    fn end(&mut self, slot: usize, to: ChangeState, action: AuditAction) -> Option<Taken> {
        self.go(slot, to)?;
        let version = self.platform[AGENT_OF[slot]].version;
        let change = self.changes[slot].as_mut()?;
        match to {
            ChangeState::Applied => change.made = Some(version),
            // It was not applied, so nothing went without approvals.
            ChangeState::Approved | ChangeState::Stale => change.glass = None,
            _ => {}
        }
        change.was_refused |= to == ChangeState::Approved;
        self.note("system", action, slot, json!({ "version": version }));
        Some(match to {
            ChangeState::Approved => Taken::GivenBack { slot },
            _ => Taken::Other,
        })
    }

    fn poll(&mut self, agent: usize) -> Option<Taken> {
        let version = self.platform[agent].version;
        let mut found = None;
        for slot in (0..SLOTS).filter(|slot| AGENT_OF[*slot] == agent) {
            let moved = |change: &Slot| change.is_waiting() && change.base.version != version;
            if self.changes[slot].as_ref().is_some_and(moved) {
                self.go(slot, ChangeState::Stale)?;
                self.note("system", AuditAction::ChangeStale, slot, Value::Null);
                found = Some(Taken::Other);
            }
        }
        found
    }

    fn edit_policy(&mut self, user: &User, agent: usize, policy: Policy) -> Option<Taken> {
        rules::may_edit_settings(user).ok()?;
        self.policies[agent] = policy.clone();
        self.append(
            user.name.as_str(),
            AuditAction::PolicyChanged,
            (SubjectKind::Agent, AGENTS[agent].to_owned()),
            Some(agent),
            json!(policy),
        );
        if !self.is(Defect::PolicyForgotten) {
            for slot in (0..SLOTS).filter(|slot| AGENT_OF[*slot] == agent) {
                self.settle(slot);
            }
        }
        Some(Taken::SetPolicy { agent, policy })
    }

    fn withdraw(&mut self, user: &User, slot: usize) -> Option<Taken> {
        let change = self.changes[slot].as_ref()?;
        rules::may_withdraw(user, &change.change(slot)).ok()?;
        self.go(slot, ChangeState::Withdrawn)?;
        self.note(
            user.name.as_str(),
            AuditAction::ChangeWithdrawn,
            slot,
            Value::Null,
        );
        Some(Taken::Other)
    }

    /// Counts the approvals that a change has.
    fn valid(&self, change: &Slot, slot: usize) -> u32 {
        let mut counted = change.change(slot);
        match self.defect {
            Some(Defect::OwnApprovalCounts) => {
                counted.summary.staged_by = "nobody".into();
                counted.hands.clear();
            }
            Some(Defect::EditorsForgotten) => counted.hands.clear(),
            Some(Defect::CountedTwice) => {
                let count = change
                    .approvals
                    .iter()
                    .filter(|approval| approval.digest == change.digest)
                    .filter(|approval| !change.hands.contains(&approval.by))
                    .count();
                return u32::try_from(count).unwrap();
            }
            Some(Defect::NothingLapses) => counted.policy.approvals_lapse_after_hours = None,
            Some(Defect::ApproversForgotten) => counted.policy.approvers.clear(),
            _ => {}
        }
        approvals::valid(&counted, self.now)
    }

    /// Brings policy, digest and state of a change that waits up to date.
    pub(crate) fn settle(&mut self, slot: usize) {
        let policy = self.policies[AGENT_OF[slot]].clone();
        let Some(change) = self.changes[slot]
            .as_mut()
            .filter(|change| change.is_waiting())
        else {
            return;
        };
        change.policy = policy;
        change.digest = change.fresh_digest(slot);
        let change = self.changes[slot].as_ref().unwrap();
        let needed = change.policy.approvals_needed;
        let to = workflow::state_by_approvals(self.valid(change, slot), needed);
        if to != change.state {
            self.go(slot, to).unwrap();
        }
    }

    /// Takes a change one step further, if the workflow has such a step.
    fn go(&mut self, slot: usize, to: ChangeState) -> Option<()> {
        let revived = self.is(Defect::NothingIsFinal) && to == ChangeState::Staged;
        let change = self.changes[slot].as_mut()?;
        if !workflow::allows(change.state, to) && !revived {
            return None;
        }
        self.steps.push((slot, change.state, to));
        change.state = to;
        Some(())
    }

    /// The same for a step that is somebody's own: of who breaks the glass, or of a policy.
    pub(crate) fn go_if(
        &mut self,
        slot: usize,
        to: ChangeState,
        allows: fn(ChangeState, ChangeState) -> bool,
    ) -> Option<()> {
        let change = self.changes[slot].as_mut()?;
        if !allows(change.state, to) {
            return None;
        }
        self.steps.push((slot, change.state, to));
        change.state = to;
        Some(())
    }

    pub(crate) fn note(&mut self, actor: &str, action: AuditAction, slot: usize, detail: Value) {
        let subject = (SubjectKind::Change, change_id(slot));
        self.append(actor, action, subject, Some(AGENT_OF[slot]), detail);
    }

    pub(crate) fn append(
        &mut self,
        actor: &str,
        action: AuditAction,
        (subject_kind, subject_id): (SubjectKind, String),
        agent: Option<usize>,
        detail: Value,
    ) {
        let seq = self.audit.len() as u64 + 1;
        let entry = AuditEntry {
            seq,
            at: self.now,
            actor: actor.to_owned(),
            action,
            subject_kind,
            subject_id,
            subject_title: String::new(),
            agent_id: agent.map(agent_id),
            detail,
            prev_hash: String::new(),
            hash: String::new(),
        };
        let last = self.audit.last().map_or(Hash::GENESIS, |(_, hash)| *hash);
        let hash = chain::next(&last, &entry);
        self.audit.push((entry, hash));
    }
}

fn person(user: usize) -> User {
    let (name, role) = USERS[user];
    User {
        name: name.into(),
        role,
    }
}

fn text_of(text: u8) -> String {
    format!("text {text}")
}

/// Updates a prompt as the platform does: with a version it must be the present one, and the same text makes
/// no new version.
fn update(prompt_now: &mut Prompt, text: &str, expected: Option<u32>) -> bool {
    if expected.is_some_and(|version| version != prompt_now.version) {
        return false;
    }
    if prompt_now.text != text {
        *prompt_now = prompt(prompt_now.version + 1, text.to_owned());
    }
    true
}
