//! One run: a change on its way to the platform, something that goes wrong, and what must hold afterwards.

use super::proxy::{PATIENCE, until};
use super::world::{Answer, World};
use demo_platform::{Fault, FaultKind};
use review_api::{AgentId, AuditAction, AuditHead, Change, ChangeState};
use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt as _;
use std::time::Duration;

/// How the platform behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Behaviour {
    /// It takes the update and says so.
    Ok,
    /// It takes the update, and its answer is lost.
    ReplyLost,
    /// It has another version by then: 409.
    Conflict,
    /// It answers 500 and has done nothing.
    ErrorBefore,
    /// It answers 500 and has taken the update all the same.
    ErrorAfter,
    /// It does nothing and never answers.
    Hang,
}

impl Behaviour {
    pub(crate) const ALL: [Self; 6] = [
        Self::Ok,
        Self::ReplyLost,
        Self::Conflict,
        Self::ErrorBefore,
        Self::ErrorAfter,
        Self::Hang,
    ];

    /// The fault that makes the next update go like this.
    pub(crate) fn fault(self) -> Option<FaultKind> {
        match self {
            Self::Ok | Self::Conflict => None,
            Self::ReplyLost => Some(FaultKind::DroppedAfterEffect),
            Self::ErrorBefore => Some(FaultKind::InternalError),
            Self::ErrorAfter => Some(FaultKind::ErrorAfterEffect),
            Self::Hang => Some(FaultKind::Hang),
        }
    }
}

/// When the proxy ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// It does not.
    Never,
    /// At a place in its code.
    At(&'static str),
    /// Killed when the platform has the update and its answer has not come.
    InFlight,
    /// Once after the answer came, and once more at a place while it finds out.
    FindingOut(&'static str),
    /// Killed somewhere around the update.
    Random,
}

impl Moment {
    pub(crate) const ALL: [Self; 12] = [
        Self::At("begin.before_intent"),
        Self::At("begin.after_intent"),
        Self::At("begin.committed"),
        Self::At("send.before"),
        Self::InFlight,
        Self::At("send.after_reply"),
        Self::At("end.before_result"),
        Self::At("end.after_result"),
        Self::At("end.committed"),
        Self::FindingOut("reconcile.before"),
        Self::FindingOut("reconcile.after_read"),
        Self::Random,
    ];
}

/// One run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Case {
    pub(crate) moment: Moment,
    pub(crate) behaviour: Behaviour,
    /// Varies texts, delays and further kills.
    pub(crate) seed: u64,
    /// A protection that is off, for the tests that must see it missing.
    pub(crate) broken: Option<&'static str>,
    /// How long everything may take to be known.
    pub(crate) patience: Duration,
}

impl Case {
    pub(crate) fn new(moment: Moment, behaviour: Behaviour, seed: u64) -> Self {
        Self {
            moment,
            behaviour,
            seed,
            broken: None,
            patience: PATIENCE,
        }
    }
}

/// What a run came to.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tally {
    pub(crate) runs: usize,
    pub(crate) crashes: usize,
    pub(crate) faults: usize,
    pub(crate) updates: usize,
    pub(crate) applied: usize,
    pub(crate) refused: usize,
    pub(crate) stale: usize,
}

impl Tally {
    pub(crate) fn add(&mut self, other: Self) {
        self.runs += other.runs;
        self.crashes += other.crashes;
        self.faults += other.faults;
        self.updates += other.updates;
        self.applied += other.applied;
        self.refused += other.refused;
        self.stale += other.stale;
    }
}

/// A case at work in a world.
struct Run<'a> {
    world: &'a mut World,
    case: Case,
    agent: AgentId,
    /// As it was approved.
    change: Change,
    /// The audit's last line by then.
    head: AuditHead,
    proposed: String,
    random: fastrand::Rng,
    tally: Tally,
}

/// Runs a case through proxy 0 of `world`; an error says which promise was broken.
pub(crate) async fn run(world: &mut World, case: Case) -> Result<Tally, String> {
    let mut random = fastrand::Rng::with_seed(case.seed);
    world.fresh().await;
    world.proxies[0].order("");
    let base = text(&mut random, "Base");
    let proposed = text(&mut random, "Proposed");
    let agent = world.agent(&base).await?.summary.id;
    let change = world.approved(&agent, &proposed).await?;
    let head = world.head(0).await?;
    let mut run = Run {
        world,
        case,
        agent,
        change,
        head,
        proposed,
        random,
        tally: Tally {
            runs: 1,
            ..Tally::default()
        },
    };
    let outcome = run.whole().await;
    let log = run.world.proxies[0].log();
    outcome.map_err(|error| format!("{case:?}: {error}\n{log}"))?;
    Ok(run.tally)
}

/// A prompt of 1 to 200 lines, with characters of all lengths.
fn text(random: &mut fastrand::Rng, title: &str) -> String {
    let mut text = format!("{title} {}\n", random.u64(..));
    for _ in 0..random.usize(0..200) {
        let word = [
            "be kind",
            "überlegt",
            "请先确认",
            "🙂 smile",
            "\"quoted\" \\ text",
        ];
        text.push_str(word[random.usize(..word.len())]);
        text.push(if random.bool() { ' ' } else { '\n' });
    }
    text
}

impl Run<'_> {
    async fn whole(&mut self) -> Result<(), String> {
        self.set_up().await;
        let key = format!("key-{}", self.agent);
        let first = self.press_until_the_end(&key).await?;
        let settled = self.find_out(&key, first.as_ref()).await?;
        self.check(&settled, first.as_ref()).await?;
        self.world.verified(0, &self.head).await?;
        if settled.summary.state == ChangeState::Approved {
            self.press_again(&settled).await?;
        }
        Ok(())
    }

    /// Makes the platform behave, and the proxy end at its place.
    async fn set_up(&mut self) {
        let path = format!("/v1/agents/{}", self.agent);
        let mut fault = self.case.behaviour.fault().map(|kind| Fault {
            method: Some("POST".to_owned()),
            ..Fault::next(kind, &path)
        });
        if self.case.moment == Moment::InFlight {
            let (kind, latency_ms) = match self.case.behaviour {
                Behaviour::Ok | Behaviour::ReplyLost => (FaultKind::LateAnswer, 60_000),
                // Lands after the proxy has died, while another finds out.
                Behaviour::ErrorAfter => (FaultKind::LandsLate, 200 + self.random.u64(..300)),
                _ => (FaultKind::Latency, 60_000),
            };
            fault = Some(Fault {
                method: Some("POST".to_owned()),
                latency_ms,
                ..Fault::next(kind, &path)
            });
        }
        if self.case.behaviour == Behaviour::Conflict {
            self.world.edit_upstream(&self.agent).await;
        }
        if let Some(fault) = fault {
            self.tally.faults += 1;
            self.world.fault(&fault).await;
        }
        let mut order = match self.case.moment {
            Moment::At(place) => format!("abort {place}\n"),
            Moment::FindingOut(_) => "abort send.after_reply\n".to_owned(),
            Moment::Never | Moment::InFlight | Moment::Random => String::new(),
        };
        if let Some(place) = self.case.broken {
            order.push_str("break ");
            order.push_str(place);
        }
        self.world.proxies[0].order(&order);
    }

    /// Applies the change, and has the proxy end; returns what the one who pressed was told, if anything.
    async fn press_until_the_end(&mut self, key: &str) -> Result<Option<Answer>, String> {
        let wait = Duration::from_millis(self.random.u64(0..150));
        let world = &*self.world;
        let press = world.decide(0, &self.change, "apply", Some(key));
        let answer = match self.case.moment {
            Moment::InFlight => tokio::select! {
                answer = press => match answer {
                    Ok(answer) if self.is_refused_at_once(Some(&answer)) => return Ok(Some(answer)),
                    other => return Err(format!("answered before it was in flight: {other:?}")),
                },
                arrived = self.arrived() => arrived.map(|()| None)?,
            },
            Moment::Random => tokio::select! {
                answer = press => answer.ok(),
                () = World::pass(wait) => None,
            },
            _ => press.await.ok(),
        };
        match self.case.moment {
            Moment::Never => return Ok(answer),
            Moment::InFlight | Moment::Random => {
                self.world.proxies[0].kill();
                self.tally.crashes += 1;
            }
            Moment::At(place) => {
                if !self.is_refused_at_once(answer.as_ref()) {
                    self.crashed(place).await?;
                }
            }
            Moment::FindingOut(place) => {
                if self.is_refused_at_once(answer.as_ref()) {
                    return Ok(answer);
                }
                self.crashed("send.after_reply").await?;
                self.world.proxies[0].order(&format!("abort {place}"));
                // It may come to the place before it listens.
                let _unread = self.world.proxies[0].spawn();
                self.crashed(place).await?;
            }
        }
        Ok(answer)
    }

    /// A proxy that already knows of the conflict refuses before there is an intent.
    fn is_refused_at_once(&self, answer: Option<&Answer>) -> bool {
        self.case.behaviour == Behaviour::Conflict
            && answer.is_some_and(|answer| answer.status.is_client_error())
    }

    /// Waits until the platform has the update: taken in where it takes it at once, else only heard.
    async fn arrived(&self) -> Result<(), String> {
        until("the update arrives", PATIENCE, async || {
            let is_there = match self.case.behaviour {
                Behaviour::Ok | Behaviour::ReplyLost => {
                    self.world.prompts(&self.agent).await.len() > 1
                }
                _ => !self.world.updates(&self.agent).await.is_empty(),
            };
            is_there.then_some(())
        })
        .await
    }

    async fn crashed(&mut self, place: &str) -> Result<(), String> {
        let status = self.world.proxies[0].gone().await;
        let status = status.map_err(|error| format!("it did not pass {place}: {error}"))?;
        if status.signal() != Some(rustix::process::Signal::ABORT.as_raw()) {
            return Err(format!("it ended at {place}, but by itself: {status}"));
        }
        self.tally.crashes += 1;
        Ok(())
    }

    /// Starts the proxy again, kills it once more in some runs, and waits until the outcome is known.
    async fn find_out(&mut self, key: &str, first: Option<&Answer>) -> Result<Change, String> {
        let broken = self.case.broken.map(|place| format!("break {place}"));
        self.world.proxies[0].order(&broken.unwrap_or_default());
        if self.case.moment != Moment::Never {
            self.world.proxies[0].kill();
            self.world.proxies[0].boot().await;
            if self.case.seed % 2 == 1 {
                World::pass(Duration::from_millis(self.random.u64(0..200))).await;
                self.world.proxies[0].kill();
                self.tally.crashes += 1;
                self.world.proxies[0].boot().await;
            }
        }
        // The person's browser sends it once more: the same key, so there must be no second effect.
        let again = self
            .world
            .decide(0, &self.change, "apply", Some(key))
            .await?;
        if let Some(first) = first.filter(|first| first.status.is_success())
            && *first != again
        {
            return Err(format!("one key, two answers: {first:?} and {again:?}"));
        }
        let world = &*self.world;
        let id = &self.change.summary.id;
        let mut last = None;
        let settled = until("the outcome is known", self.case.patience, async || {
            let change = world.change(0, id).await.ok()?;
            let is_known = matches!(
                change.summary.state,
                ChangeState::Applied | ChangeState::Approved | ChangeState::Stale
            );
            last = Some((change.summary.state, change.trouble.clone()));
            is_known.then_some(change)
        })
        .await;
        settled.map_err(|error| format!("undecided: {error}; {last:?}"))
    }

    /// Checks everything that must hold once an outcome is known.
    async fn check(&mut self, change: &Change, first: Option<&Answer>) -> Result<(), String> {
        let updates = self.world.updates(&self.agent).await;
        if let Some(bare) = updates.iter().find(|update| !update["version"].is_u64()) {
            return Err(format!("an update without version: {bare}"));
        }
        let sent = updates
            .iter()
            .filter(|update| update["system"] == self.proposed.as_str())
            .count();
        if sent != updates.len() || sent > 1 {
            return Err(format!(
                "doubled: sent {sent} times, {} updates",
                updates.len()
            ));
        }
        self.tally.updates += updates.len();
        self.agrees(change).await?;
        attempts_ended(change)?;
        if !change
            .approvals
            .iter()
            .any(|approval| approval.digest == self.change.digest)
        {
            return Err("lost: an approval that was acknowledged".to_owned());
        }
        if first.is_some_and(|first| first.status.is_success())
            && change.summary.state != ChangeState::Applied
        {
            return Err(format!(
                "lost: told that it is applied, and it is {:?}",
                change.summary.state
            ));
        }
        match change.summary.state {
            ChangeState::Applied => self.tally.applied += 1,
            ChangeState::Stale => self.tally.stale += 1,
            _ => self.tally.refused += 1,
        }
        Ok(())
    }

    /// Checks that database and platform say the same.
    async fn agrees(&self, change: &Change) -> Result<(), String> {
        let prompts = self.world.prompts(&self.agent).await;
        let effects: Vec<usize> = (1..)
            .zip(&prompts)
            .filter(|(_, prompt)| **prompt == self.proposed)
            .map(|(version, _)| version)
            .collect();
        let said = match change.summary.state {
            ChangeState::Applied => change.outcome.as_ref().and_then(|outcome| outcome.version),
            _ => None,
        };
        let said: Vec<usize> = said.into_iter().map(|version| version as usize).collect();
        if effects.len() > 1 {
            return Err(format!("doubled: versions {effects:?} are this change"));
        }
        if effects != said || (change.summary.state == ChangeState::Applied) != (said.len() == 1) {
            return Err(format!(
                "mismatch: the platform has it as {effects:?}, the proxy says {said:?}, {:?}",
                change.summary.state
            ));
        }
        let others = usize::from(self.case.behaviour == Behaviour::Conflict);
        if prompts.len() != 1 + others + effects.len() {
            return Err(format!("mismatch: {} versions", prompts.len()));
        }
        Ok(())
    }

    /// Applies a change that was given back: it must end for good, with at most one effect over both.
    async fn press_again(&mut self, change: &Change) -> Result<(), String> {
        self.world.fresh().await;
        // Whatever the first try left on its way has landed or never will.
        let answer = self.world.decide(0, change, "apply", None).await?;
        let now = self.world.change(0, &change.summary.id).await?;
        let fits = match now.summary.state {
            ChangeState::Applied => answer.status.is_success(),
            ChangeState::Stale => {
                self.case.behaviour == Behaviour::Conflict && answer.status.is_client_error()
            }
            _ => false,
        };
        if !fits {
            return Err(format!(
                "pressed again: {answer:?}, and it is {:?}",
                now.summary.state
            ));
        }
        self.agrees(&now).await?;
        attempts_ended(&now)
    }
}

/// Checks that each attempt in the audit has its end there, once.
pub(crate) fn attempts_ended(change: &Change) -> Result<(), String> {
    let mut ends: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in &change.history {
        let attempt = entry.detail["attempt_id"].as_str();
        match (entry.action, attempt) {
            (AuditAction::ApplyStarted, Some(attempt)) => drop(ends.insert(attempt, 0)),
            (
                AuditAction::ChangeApplied | AuditAction::ApplyRefused | AuditAction::ChangeStale,
                Some(attempt),
            ) => match ends.get_mut(attempt) {
                Some(count) => *count += 1,
                None => return Err(format!("audit: {attempt} ends and never began")),
            },
            _ => {}
        }
    }
    let odd: Vec<_> = ends.iter().filter(|(_, count)| **count != 1).collect();
    if !odd.is_empty() {
        return Err(format!("audit: attempts and their ends: {odd:?}"));
    }
    let is_applied = change.summary.state == ChangeState::Applied;
    if is_applied && ends.is_empty() {
        return Err("audit: applied without an intent".to_owned());
    }
    Ok(())
}
