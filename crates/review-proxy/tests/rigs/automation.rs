//! P13, for what policies do by themselves: a proxy that dies while one of them stages, begins a test or applies
//! leaves nothing staged or tested twice, and at most one effect, whatever the platform answers.

use super::case::{Behaviour, attempts_ended};
use super::databases;
use super::figures;
use super::proxy::{AUTOMATIC, until};
use super::world::{World, postgres};
use demo_platform::Fault;
use review_api::{
    AgentId, AuditAction, AuditEntry, AuditHead, Change, ChangeState, ChangeSummary, POLICY_ACTOR,
    Page,
};
use serde_json::json;
use std::os::unix::process::ExitStatusExt as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Where the proxy dies: before what was staged or kept is committed, before it applies, once the platform answered.
const PLACES: [&str; 4] = [
    "automation.staged",
    "automation.test_kept",
    "automation.before_apply",
    "send.after_reply",
];
/// The same in the long form, with the steps of an application.
const MORE_PLACES: [&str; 4] = [
    "begin.after_intent",
    "begin.committed",
    "send.before",
    "end.after_result",
];
/// Longest wait for a policy to be done: a whole staging test is in it, and other worlds are at work.
const DONE_WITHIN: Duration = Duration::from_mins(3);
/// Worlds at work at the same time.
const WORLDS: usize = 4;
/// Cases of a staging test: so many that a test in which all get better is decisive.
const CASES: usize = 20;
const PROMPT: &str = "Be kind.\n";
const ASK: &str = "- Ask for the order number before any refund.";
const ASKED: &str =
    "Could you give me the order number first? I need it before I can look at a refund.";

#[derive(Debug, Clone, Copy)]
struct Case {
    place: &'static str,
    behaviour: Behaviour,
    number: usize,
    /// A protection that is off, for the test that must see it missing.
    broken: Option<&'static str>,
}

impl Case {
    fn proposed(self) -> String {
        format!("{PROMPT}{ASK}\n- This is case {}.\n", self.number)
    }

    /// Whether nothing is sent yet at the place, nor committed that will be.
    fn is_before_the_send(self) -> bool {
        self.place.starts_with("automation.")
    }

    /// Whether it may end like this. Only what was never sent, or did not arrive, is refused.
    fn may_end(self, end: End) -> bool {
        let was_committed = matches!(self.place, "begin.committed" | "send.before");
        match (self.behaviour, end) {
            (Behaviour::Conflict, End::Left) => self.place == "automation.staged",
            (Behaviour::Conflict, end) => end == End::Stale,
            (_, End::Refused) if was_committed => true,
            (Behaviour::ErrorBefore | Behaviour::Hang, end) => end == End::Refused,
            (_, end) => end == End::Applied && !was_committed,
        }
    }
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Applied,
    /// Given back, and left to people.
    Refused,
    Stale,
    /// Never staged, since the prompt moved on before.
    Left,
}

/// What all runs came to.
#[derive(Debug, Default)]
struct Tally {
    crashes: usize,
    updates: usize,
    ends: Vec<End>,
}

/// A case at work in a world.
struct Run<'a> {
    world: &'a mut World,
    case: Case,
    agent: AgentId,
    /// The audit's last line before the policy did anything.
    head: AuditHead,
    crashes: usize,
}

async fn run(world: &mut World, case: Case) -> Result<Tally, String> {
    world.proxies[0].order("");
    world.fresh().await;
    let agent = world.agent(PROMPT).await?;
    let id = agent.summary.id.clone();
    let automation = json!({ "automation": { "mode": "apply", "without_approvals": true } });
    world.set_up(&agent, &automation).await?;
    world.labelled(&id, CASES, ASKED).await?;
    world.fresh().await;
    if let Some(kind) = case.behaviour.fault() {
        let fault = Fault {
            method: Some("POST".to_owned()),
            ..Fault::next(kind, &format!("/v1/agents/{id}"))
        };
        world.fault(&fault).await;
    }
    let head = world.head(0).await?;
    let mut run = Run {
        world,
        case,
        agent: id,
        head,
        crashes: 0,
    };
    let outcome = run.whole().await;
    let crashes = run.crashes;
    let log = run.world.proxies[0].log();
    let (end, updates) = outcome.map_err(|error| format!("{case:?}: {error}\n{log}"))?;
    Ok(Tally {
        crashes,
        updates,
        ends: vec![end],
    })
}

impl Run<'_> {
    async fn whole(&mut self) -> Result<(End, usize), String> {
        self.die().await?;
        let (end, changes) = self.find_out().await?;
        let updates = self.effects(end).await?;
        if !self.case.may_end(end) {
            return Err(format!("it ended {end:?}: {changes:?}"));
        }
        for change in &changes {
            attempts_ended(change)?;
            told(change, end)?;
        }
        self.world.verified(0, &self.head).await?;
        Ok((end, updates))
    }

    /// Has a report come in, the proxy end at its place, and start again; twice in every other run.
    async fn die(&mut self) -> Result<(), String> {
        let case = self.case;
        let broken = case.broken.map(|place| format!("break {place}\n"));
        let broken = broken.unwrap_or_default();
        let order = format!("abort {}\n{broken}", case.place);
        let moves_first = case.behaviour == Behaviour::Conflict && !case.is_before_the_send();
        if moves_first {
            // After the last look and before the update leaves.
            let stop = format!("stop automation.before_apply\n{order}");
            self.world.proxies[0].order(&stop);
        } else {
            self.world.proxies[0].order(&order);
        }
        let proposed = case.proposed();
        self.world.reported(&self.agent, &proposed).await?;
        if moves_first {
            self.world.proxies[0].stopped_within(DONE_WITHIN).await;
            self.world.edit_upstream(&self.agent).await;
            self.world.proxies[0].order(&order);
            self.world.proxies[0].resume();
        }
        self.crashed().await?;
        if case.is_before_the_send() && case.number % 2 == 1 {
            // It may come to the place before it listens.
            let _unread = self.world.proxies[0].spawn();
            self.crashed().await?;
        }
        if case.behaviour == Behaviour::Conflict && !moves_first {
            self.world.edit_upstream(&self.agent).await;
        }
        self.world.proxies[0].order(&broken);
        self.world.proxies[0].boot().await;
        Ok(())
    }

    async fn crashed(&mut self) -> Result<(), String> {
        let place = self.case.place;
        let status = self.world.proxies[0].gone_within(DONE_WITHIN).await;
        let status = status.map_err(|error| format!("it did not pass {place}: {error}"))?;
        if status.signal() != Some(rustix::process::Signal::ABORT.as_raw()) {
            return Err(format!("it ended at {place}, but by itself: {status}"));
        }
        self.crashes += 1;
        Ok(())
    }

    /// Waits until the policy has nothing more to do, and returns how that is and the agent's changes.
    async fn find_out(&self) -> Result<(End, Vec<Change>), String> {
        let mut last = Vec::new();
        let found = until("the policy is done", DONE_WITHIN, async || {
            let changes = self.changes().await.ok()?;
            let end = self.end(&changes).await;
            last.clone_from(&changes);
            Some((end?, changes))
        });
        let found = found.await;
        found.map_err(|error| format!("undecided: {error}; {last:?}"))
    }

    async fn end(&self, changes: &[Change]) -> Option<End> {
        let Some(change) = changes.first() else {
            let left = self.rows(AuditAction::AutomationLeft).await.ok()?;
            return (!left.is_empty()).then_some(End::Left);
        };
        match change.summary.state {
            ChangeState::Applied => Some(End::Applied),
            ChangeState::Stale => Some(End::Stale),
            ChangeState::Staged => {
                // It looked once more after what it sent was refused, and leaves it to people.
                let refused = change.history.iter().any(|row| {
                    row.action == AuditAction::AutomationRefused
                        && row.detail["reasons"] == json!(["refused_before"])
                });
                refused.then_some(End::Refused)
            }
            _ => None,
        }
    }

    async fn changes(&self) -> Result<Vec<Change>, String> {
        let path = format!("/api/changes?agent_id={}&limit=100", self.agent);
        let page: Page<ChangeSummary> = self.world.get(0, &path).await?;
        let mut changes = Vec::new();
        for summary in page.items {
            changes.push(self.world.change(0, &summary.id).await?);
        }
        Ok(changes)
    }

    async fn rows(&self, action: AuditAction) -> Result<Vec<AuditEntry>, String> {
        let action = json!(action);
        let action = action.as_str().unwrap();
        let path = format!(
            "/api/audit?agent_id={}&action={action}&limit=100",
            self.agent
        );
        let page: Page<AuditEntry> = self.world.get(0, &path).await?;
        Ok(page.items)
    }

    /// Checks what was sent and what the platform has of it; returns the number of updates.
    async fn effects(&self, end: End) -> Result<usize, String> {
        let proposed = self.case.proposed();
        let updates = self.world.updates(&self.agent).await;
        if updates.len() > 1 {
            return Err(format!("doubled: {} updates", updates.len()));
        }
        for update in &updates {
            if update["version"] != 1 || update["system"] != proposed.as_str() {
                return Err(format!("an update of something else: {update}"));
            }
        }
        let prompts = self.world.prompts(&self.agent).await;
        let effects = prompts.iter().filter(|prompt| **prompt == proposed).count();
        if effects != usize::from(end == End::Applied) {
            return Err(format!("mismatch: {effects} effects, and it is {end:?}"));
        }
        Ok(updates.len())
    }
}

/// Checks that the ledger tells each act of the policy once, and by which policy.
fn told(change: &Change, end: End) -> Result<(), String> {
    let rows = |action: AuditAction| -> Vec<&AuditEntry> {
        let all = change.history.iter();
        all.filter(|row| row.action == action).collect()
    };
    let staged = rows(AuditAction::ChangeStaged);
    let begun = rows(AuditAction::TestStarted);
    let sent = rows(AuditAction::ApplyStarted);
    // Moved on before its test was begun, it needs none.
    let fewest = usize::from(end != End::Stale);
    let is_once = staged.len() == 1
        && (fewest..=1).contains(&begun.len())
        && (fewest..=1).contains(&sent.len());
    if !is_once {
        return Err(format!("audit: not once each: {:?}", change.history));
    }
    for row in staged.iter().chain(&begun).chain(&sent) {
        if row.actor != POLICY_ACTOR || row.detail["policy_version"] != change.policy.version {
            return Err(format!("audit: not the policy's: {row:?}"));
        }
    }
    for row in sent {
        let test = change.test.as_ref().map(|test| test.id.as_str());
        if row.detail["test_id"] != json!(test) || row.detail["digest"] != change.digest {
            return Err(format!("audit: applied by another right: {row:?}"));
        }
    }
    Ok(())
}

/// Works on cases until none are left or it is `end`.
async fn work(
    cases: &[Case],
    next: &AtomicUsize,
    end: Option<Instant>,
    on_postgres: bool,
) -> (Tally, Vec<String>) {
    let (mut tally, mut broken) = (Tally::default(), Vec::new());
    let mut world = self::world(on_postgres).await;
    while end.is_none_or(|end| Instant::now() < end) {
        let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) else {
            break;
        };
        match run(&mut world, *case).await {
            Ok(came_to) => {
                tally.crashes += came_to.crashes;
                tally.updates += came_to.updates;
                tally.ends.extend(came_to.ends);
            }
            Err(error) => {
                broken.push(error);
                // What it left behind must not be taken for the next one's.
                world = self::world(on_postgres).await;
            }
        }
    }
    (tally, broken)
}

async fn world(on_postgres: bool) -> World {
    let url = if on_postgres {
        postgres("p13_a_policy").await
    } else {
        None
    };
    World::start_many(1, url.as_deref(), AUTOMATIC).await
}

fn cases() -> Vec<Case> {
    let (seeds, more) = if figures::is_long() {
        (25, &MORE_PLACES[..])
    } else {
        (1, &[][..])
    };
    let mut cases = Vec::new();
    for seed in 0..seeds {
        for place in PLACES.iter().chain(more) {
            for behaviour in Behaviour::ALL {
                // Where it dies twice differs from seed to seed.
                let number = cases.len() + seed;
                cases.push(Case {
                    place,
                    behaviour,
                    number,
                    broken: None,
                });
            }
        }
    }
    cases
}

#[tokio::test(flavor = "multi_thread")]
async fn p13_a_crash_while_a_policy_acts_leaves_nothing_done_twice_and_an_outcome_that_is_known() {
    let cases = cases();
    let (started, end, next) = (Instant::now(), figures::end(), AtomicUsize::new(0));
    let all = Mutex::new((Tally::default(), Vec::new()));
    let (cases, next, all) = (&cases, &next, &all);
    let workers = (0..WORLDS).map(|number| async move {
        // One in four.
        let is_there = number == 3 && std::env::var_os(databases::VARIABLE).is_some();
        let (tally, broken) = work(cases, next, end, is_there).await;
        let mut all = all.lock().unwrap();
        all.0.crashes += tally.crashes;
        all.0.updates += tally.updates;
        all.0.ends.extend(tally.ends);
        all.1.extend(broken);
    });
    futures_util::future::join_all(workers).await;
    let (tally, broken) = std::mem::take(&mut *all.lock().unwrap());
    let ended = |end| tally.ends.iter().filter(|it| **it == end).count();
    let count = |word: &str| broken.iter().filter(|error| error.contains(word)).count();
    figures::print(
        "p13",
        "automation",
        started,
        &[
            ("planned", cases.len()),
            ("runs", tally.ends.len() + broken.len()),
            ("crashes", tally.crashes),
            ("updates", tally.updates),
            ("applied", ended(End::Applied)),
            ("refused", ended(End::Refused)),
            ("stale", ended(End::Stale)),
            ("left", ended(End::Left)),
            ("undecided", count("undecided")),
            ("doubled", count("doubled")),
            ("broken", broken.len()),
        ],
    );
    assert!(
        broken.is_empty(),
        "{} broken:\n{}",
        broken.len(),
        broken.join("\n\n")
    );
    assert!(end.is_some() || tally.ends.len() == cases.len());
    assert!(tally.crashes >= tally.ends.len(), "{tally:?}");
    for end in [End::Applied, End::Refused, End::Stale, End::Left] {
        assert!(ended(end) > 0, "{end:?}: {tally:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn p13_the_rig_notices_what_a_policy_sends_twice() {
    let mut world = world(false).await;
    let case = Case {
        place: "automation.before_apply",
        behaviour: Behaviour::ReplyLost,
        number: 0,
        broken: Some("send.once"),
    };
    match run(&mut world, case).await {
        Ok(tally) => panic!("the rig saw nothing wrong: {tally:?}"),
        Err(error) => assert!(error.contains("doubled"), "{error}"),
    }
}
