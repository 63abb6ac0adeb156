//! Judges a review by what people were allowed to do, without the rules that allowed it.

use crate::machine::{AGENT_OF, AGENTS, Machine, SLOTS, Taken, Way, agent_id};
use crate::policy::TestResult;
use review_api::{AutomationMode, ChangeState, POLICY_ACTOR, Policy, Prompt, Timestamp, UserName};
use review_core::{digest::ChangeContent, workflow};
use std::collections::{BTreeMap, BTreeSet};

/// What is known of a change from what was done to it.
#[derive(Debug, Clone, Default)]
struct Known {
    hands: BTreeSet<UserName>,
    content: Option<(String, Prompt)>,
    approvals: BTreeMap<(UserName, String), Timestamp>,
    undoes: Option<usize>,
    sent: BTreeSet<String>,
    /// Digests whose newest test is better beyond chance, with no case worse.
    decisive: BTreeSet<String>,
    /// Whether the platform did not take it once.
    was_refused: bool,
}

/// What a digest stands for: the bytes and the base that people approved.
type Meaning = (String, Prompt);

/// Follows a machine and keeps its own books.
#[derive(Debug)]
pub(crate) struct Oracle {
    seen: usize,
    steps: usize,
    known: Vec<Known>,
    policies: Vec<Policy>,
    is_paused: bool,
    meanings: BTreeMap<String, Meaning>,
    states: Vec<Option<ChangeState>>,
}

impl Oracle {
    pub(crate) fn new(machine: &Machine) -> Self {
        Self {
            seen: 0,
            steps: 0,
            known: vec![Known::default(); SLOTS],
            policies: machine.policies.clone(),
            is_paused: false,
            meanings: BTreeMap::new(),
            states: vec![None; SLOTS],
        }
    }

    /// Checks what must hold after every operation.
    pub(crate) fn check(&mut self, machine: &Machine) -> Result<(), String> {
        for taken in &machine.taken[self.seen..] {
            self.book(taken)?;
        }
        self.seen = machine.taken.len();
        for (slot, from, to) in &machine.steps[self.steps..] {
            let known = &self.known[*slot];
            let (is_way_back, has_policy) = (
                known.undoes.is_some(),
                known.hands.contains(&UserName::from(POLICY_ACTOR)),
            );
            let is_a_step = workflow::allows(*from, *to)
                || (is_way_back && workflow::allows_by_broken_glass(*from, *to))
                || (has_policy && workflow::allows_by_policy(*from, *to));
            if !is_a_step {
                return Err(format!(
                    "change {slot} went from {from:?} to {to:?}, a final or foreign step"
                ));
            }
        }
        self.steps = machine.steps.len();
        for agent in 0..AGENTS.len() {
            one_under_way(machine, agent)?;
        }
        self.final_states_stay(machine)?;
        self.writes_are_those_approved(machine)
    }

    /// Books what was allowed; an update that was sent must have had its approvals.
    fn book(&mut self, taken: &Taken) -> Result<(), String> {
        match taken {
            Taken::Wrote {
                user,
                slot,
                text,
                base,
                undoes,
            } => {
                if let Some(undone) = undoes {
                    self.takes_back(*undone, text, base)?;
                }
                if user.as_str() == POLICY_ACTOR {
                    self.acts_by_itself(*slot, "staged")?;
                }
                let known = &mut self.known[*slot];
                known.undoes = *undoes;
                known.hands.insert(user.clone());
                known.content = Some((text.clone(), base.clone()));
            }
            Taken::Approved {
                user,
                slot,
                digest,
                at,
            } => {
                let approval = (user.clone(), digest.clone());
                self.known[*slot].approvals.insert(approval, *at);
            }
            Taken::SetPolicy { agent, policy } => self.policies[*agent] = policy.clone(),
            Taken::Sent {
                slot,
                digest,
                way,
                at,
            } => self.sent(*slot, digest, *way, *at)?,
            Taken::GivenBack { slot } => self.known[*slot].was_refused = true,
            Taken::TestBegun { slot, by_policy } => {
                if *by_policy {
                    self.acts_by_itself(*slot, "tested")?;
                }
            }
            Taken::TestEnded {
                slot,
                digest,
                result,
            } => {
                let decisive = &mut self.known[*slot].decisive;
                if *result == TestResult::Better {
                    decisive.insert(digest.clone());
                } else {
                    decisive.remove(digest);
                }
            }
            Taken::Switched { is_paused } => self.is_paused = *is_paused,
            Taken::Other => {}
        }
        Ok(())
    }

    /// A way back has the very bytes that were replaced, on the very bytes that replaced them.
    fn takes_back(&self, undone: usize, text: &str, base: &Prompt) -> Result<(), String> {
        match &self.known[undone].content {
            Some((new, old)) if *new == base.text && old.text == text => Ok(()),
            _ => Err(format!("the way back from change {undone} has other bytes")),
        }
    }

    /// A policy does something only where it says so, and while nobody paused it.
    fn acts_by_itself(&self, slot: usize, what: &str) -> Result<(), String> {
        let mode = self.policies[AGENT_OF[slot]].automation.mode;
        if self.is_paused {
            return Err(format!("change {slot} was {what} by a paused policy"));
        }
        match mode {
            AutomationMode::StageAndTest | AutomationMode::Apply => Ok(()),
            mode => Err(format!(
                "change {slot} was {what} by a policy that is {mode:?}"
            )),
        }
    }

    /// A policy sends only what it staged itself, nobody touched, a test found better and the platform never
    /// refused.
    fn sent_by_itself(&self, slot: usize, digest: &str) -> Result<(), String> {
        self.acts_by_itself(slot, "sent")?;
        let known = &self.known[slot];
        let mode = self.policies[AGENT_OF[slot]].automation.mode;
        let wrong = if mode != AutomationMode::Apply {
            "by a policy that only tests"
        } else if known.hands.iter().any(|who| who.as_str() != POLICY_ACTOR) {
            "by its policy though somebody touched it"
        } else if !known.decisive.contains(digest) {
            "by its policy without a decisive test"
        } else if known.was_refused {
            "by its policy again"
        } else {
            return Ok(());
        };
        Err(format!("change {slot} was sent {wrong}"))
    }

    fn sent(&mut self, slot: usize, digest: &str, way: Way, now: Timestamp) -> Result<(), String> {
        if way == Way::Policy {
            self.sent_by_itself(slot, digest)?;
        }
        let policy = &self.policies[AGENT_OF[slot]];
        let known = &mut self.known[slot];
        let (text, base) = known
            .content
            .clone()
            .ok_or("a change without content was sent")?;
        let named = ChangeContent {
            agent_id: &agent_id(AGENT_OF[slot]),
            base_version: base.version,
            base_sha256: &base.sha256,
            proposed: &text,
            memory_digest: None,
            findings_sha256: None,
            policy_version: policy.version,
        }
        .digest();
        let counts = |((user, of), at): &(&(UserName, String), &Timestamp)| {
            let age = now.duration_since(**at).as_hours();
            let lapse = policy.approvals_lapse_after_hours.map(i64::from);
            *of == named
                && !known.hands.contains(user)
                && (policy.approvers.is_empty() || policy.approvers.contains(user))
                && lapse.is_none_or(|lapse| age < lapse)
        };
        let valid = known.approvals.iter().filter(counts).count();
        let needs_none = way == Way::Policy && policy.automation.without_approvals;
        if way == Way::Glass {
            if known.undoes.is_none() {
                return Err(format!(
                    "change {slot}, no way back, was sent without approvals"
                ));
            }
        } else if !needs_none && valid < policy.approvals_needed as usize {
            return Err(format!(
                "change {slot} was sent with {valid} of {} approvals",
                policy.approvals_needed
            ));
        }
        if named != digest {
            return Err(format!(
                "change {slot} was sent under a digest that does not name it"
            ));
        }
        known.sent.insert(named.clone());
        self.meanings.insert(named, (text, base));
        Ok(())
    }

    fn final_states_stay(&mut self, machine: &Machine) -> Result<(), String> {
        for slot in 0..SLOTS {
            let now = machine.changes[slot].as_ref().map(|change| change.state);
            let before = std::mem::replace(&mut self.states[slot], now);
            let is_final = matches!(before, Some(ChangeState::Applied | ChangeState::Withdrawn));
            if is_final && now != before {
                return Err(format!("change {slot} left the final state {before:?}"));
            }
            if now == Some(ChangeState::Applied) && self.known[slot].sent.is_empty() {
                return Err(format!("change {slot} is applied and was never sent"));
            }
        }
        Ok(())
    }

    /// Each update on the platform is the bytes approved, on the base approved, and there is one of each.
    fn writes_are_those_approved(&self, machine: &Machine) -> Result<(), String> {
        let mut digests = BTreeSet::new();
        for write in &machine.writes {
            let slot = write.slot;
            let (text, base) = self
                .meanings
                .get(&write.digest)
                .ok_or_else(|| format!("change {slot} landed and was never sent"))?;
            if write.landed_on != *base {
                return Err(format!(
                    "change {slot} landed on a base that nobody approved"
                ));
            }
            if write.text != *text {
                return Err(format!(
                    "change {slot} landed with bytes that nobody approved"
                ));
            }
            if !digests.insert((slot, &write.digest)) {
                return Err(format!("change {slot} landed twice"));
            }
        }
        Ok(())
    }
}

fn one_under_way(machine: &Machine, agent: usize) -> Result<(), String> {
    let under_way = (0..SLOTS)
        .filter(|slot| AGENT_OF[*slot] == agent)
        .filter(|slot| {
            let change = machine.changes[*slot].as_ref();
            change.is_some_and(crate::machine::Slot::is_under_way)
        })
        .count();
    if under_way > 1 {
        return Err(format!(
            "{under_way} changes of agent {agent} are under way"
        ));
    }
    Ok(())
}
