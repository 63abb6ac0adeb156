//! P13: whatever ends the proxy, and whatever the platform answers, a change is applied at most once, and
//! everyone can see in the end whether it was.

use super::case::{Behaviour, Case, Moment, Tally, run};
use super::databases;
use super::figures;
use super::world::{World, postgres};
use review_api::AuditAction;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Worlds at work at the same time, by default and in the long form: most of a run is waiting.
const WORLDS: (usize, usize) = (6, 12);
/// Runs in one world before it is made anew.
const RUNS_PER_WORLD: usize = 24;

fn cases() -> Vec<Case> {
    let seeds = if figures::is_long() { 50 } else { 1 };
    let mut cases = Vec::new();
    for seed in 0..seeds {
        for moment in Moment::ALL {
            for behaviour in Behaviour::ALL {
                // Texts and delays differ in every run, not only from seed to seed.
                let number = cases.len() as u64;
                cases.push(Case::new(moment, behaviour, seed * 1_000_003 + number));
            }
        }
    }
    cases
}

/// A world whose database is a file, or a PostgreSQL.
async fn world(on_postgres: bool) -> World {
    let url = if on_postgres {
        postgres("p13_a_crash").await
    } else {
        None
    };
    World::start(url.as_deref()).await
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
    let mut runs = 0;
    while end.is_none_or(|end| Instant::now() < end) {
        let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) else {
            break;
        };
        if runs == RUNS_PER_WORLD {
            world = self::world(on_postgres).await;
            runs = 0;
        }
        runs += 1;
        match run(&mut world, *case).await {
            Ok(came_to) => tally.add(came_to),
            Err(error) => {
                broken.push(error);
                // What it left behind must not be taken for the next one's.
                runs = RUNS_PER_WORLD;
            }
        }
    }
    (tally, broken)
}

#[tokio::test(flavor = "multi_thread")]
async fn p13_a_crash_at_any_moment_leaves_one_effect_at_most_and_an_outcome_that_is_known() {
    let cases = cases();
    let started = Instant::now();
    let (next, end) = (AtomicUsize::new(0), figures::end());
    let all = Mutex::new((Tally::default(), Vec::new()));
    let on_postgres = AtomicUsize::new(0);
    let worlds = if figures::is_long() {
        WORLDS.1
    } else {
        WORLDS.0
    };
    let cases = &cases;
    let (next, all, on_postgres) = (&next, &all, &on_postgres);
    let workers = (0..worlds).map(|number| async move {
        // One in three.
        let is_there = number % 3 == 2 && std::env::var_os(databases::VARIABLE).is_some();
        let (tally, broken) = work(cases, next, end, is_there).await;
        if is_there {
            on_postgres.fetch_add(tally.runs, Ordering::Relaxed);
        }
        let mut all = all.lock().unwrap();
        all.0.add(tally);
        all.1.extend(broken);
    });
    futures_util::future::join_all(workers).await;
    let (tally, broken) = std::mem::take(&mut *all.lock().unwrap());
    let on_postgres = on_postgres.load(Ordering::Relaxed);
    let count = |word: &str| broken.iter().filter(|error| error.contains(word)).count();
    figures::print(
        "p13",
        "crash",
        started,
        &[
            ("planned", cases.len()),
            ("runs", tally.runs + broken.len()),
            ("on_postgres", on_postgres),
            ("crashes", tally.crashes),
            ("faults", tally.faults),
            ("updates", tally.updates),
            ("without_version", count("without version")),
            ("applied", tally.applied),
            ("refused", tally.refused),
            ("stale", tally.stale),
            ("undecided", count("undecided")),
            ("lost", count("lost")),
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
    assert!(end.is_some() || tally.runs == cases.len());
    let expected = tally.runs * 9 / 10;
    assert!(tally.crashes >= expected, "{} crashes only", tally.crashes);
}

#[tokio::test(flavor = "multi_thread")]
async fn p13_a_crash_around_an_approval_loses_none_that_was_acknowledged_and_makes_none() {
    let mut world = World::start(None).await;
    for (place, is_there) in [
        ("approve.before_commit", false),
        ("approve.committed", true),
    ] {
        let agent = world.agent("Base").await.unwrap().summary.id;
        let change = world.staged(&agent, "Proposed").await.unwrap();
        world.proxies[0].order(&format!("abort {place}\n"));
        let answer = world.decide(0, &change, "approve", Some(place)).await;
        assert!(answer.is_err(), "{place}: {answer:?}");
        world.proxies[0].gone().await.unwrap();
        world.proxies[0].order("");
        world.proxies[0].boot().await;
        let now = world.change(0, &change.summary.id).await.unwrap();
        assert_eq!(now.approvals.len(), usize::from(is_there), "{place}");
        let recorded = now
            .history
            .iter()
            .filter(|entry| entry.action == AuditAction::ChangeApproved);
        assert_eq!(recorded.count(), usize::from(is_there), "{place}");
    }
}

/// Runs a case whose protection is off and returns what the rig says about it.
async fn noticed(case: Case) -> String {
    let mut world = World::start(None).await;
    match run(&mut world, case).await {
        Ok(tally) => panic!("the rig saw nothing wrong: {tally:?}"),
        Err(error) => error,
    }
}

fn broken(place: &'static str, moment: Moment, behaviour: Behaviour) -> Case {
    Case {
        broken: Some(place),
        patience: Duration::from_secs(4),
        ..Case::new(moment, behaviour, 2)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn p13_the_rig_notices_an_update_without_its_version() {
    for behaviour in [Behaviour::Ok, Behaviour::Hang] {
        let error = noticed(broken("send.version", Moment::Never, behaviour)).await;
        assert!(error.contains("an update without version"), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn p13_the_rig_notices_a_client_that_sends_again_by_itself() {
    let error = noticed(broken("send.once", Moment::Never, Behaviour::ReplyLost)).await;
    assert!(error.contains("doubled"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn p13_the_rig_notices_that_nobody_finds_out() {
    let moment = Moment::At("send.after_reply");
    let error = noticed(broken("reconcile", moment, Behaviour::Ok)).await;
    assert!(error.contains("undecided"), "{error}");
}
