//! P14: three proxies on one database. Whoever presses, how often, and whatever stands still meanwhile:
//! one step of the version, and one story about it.

use super::case::attempts_ended;
use super::figures;
use super::proxy::{IMPATIENT, PATIENCE, PATIENT, until};
use super::world::{Answer, World, postgres};
use review_api::{Change, ChangeState};
use serde_json::{Value, json};
use std::time::Instant;

/// Presses in a round.
const PRESSES: usize = 100;
const PROXIES: usize = 3;

/// Starts three proxies on one PostgreSQL; nothing where there is none.
async fn three(test: &str, pace: &'static str) -> Option<World> {
    let url = postgres(test).await?;
    Some(World::start_many(PROXIES, Some(&url), pace).await)
}

/// Presses until the proxy has time for it, as a person would.
async fn pressed(world: &World, at: usize, change: &Change, key: Option<&str>) -> (Answer, usize) {
    let mut busy = 0;
    loop {
        let answer = world.decide(at, change, "apply", key).await.unwrap();
        if answer.status != 503 || busy == 20 {
            return (answer, busy);
        }
        busy += 1;
    }
}

/// Returns an approved change of a new agent.
async fn approved(world: &World, number: usize) -> Change {
    world.fresh().await;
    let agent = world.agent(&format!("Base {number}")).await.unwrap();
    let prompt = format!("Proposed {number}");
    world.approved(&agent.summary.id, &prompt).await.unwrap()
}

/// Checks that a change was applied once, and that every proxy says so.
async fn applied_once(world: &World, change: &Change, updates: usize) -> Result<(), String> {
    let agent = &change.summary.agent_id;
    let prompts = world.prompts(agent).await;
    if prompts.len() != 2 || prompts[1] != change.proposed {
        return Err(format!("doubled: {} versions", prompts.len()));
    }
    let sent = world.updates(agent).await;
    if let Some(bare) = sent.iter().find(|update| !update["version"].is_u64()) {
        return Err(format!("an update without version: {bare}"));
    }
    if sent.len() != updates {
        return Err(format!("sent {} times", sent.len()));
    }
    for at in 0..world.proxies.len() {
        let seen = world.change(at, &change.summary.id).await?;
        let version = seen.outcome.as_ref().and_then(|outcome| outcome.version);
        if seen.summary.state != ChangeState::Applied || version != Some(2) {
            return Err(format!("proxy {at} says {:?}", seen.summary.state));
        }
        attempts_ended(&seen)?;
    }
    Ok(())
}

/// What a round came to.
#[derive(Debug, Default)]
struct Came {
    /// Told that somebody else did it.
    lost: usize,
    /// Told that nobody knows yet: the machine was too busy to write the outcome down at once.
    unsure: usize,
    /// Told to come again, which they did.
    busy: usize,
}

/// One round: everybody at once, half of them with one key.
async fn round(world: &World, number: usize) -> Result<Came, String> {
    let change = approved(world, number).await;
    let head = world.head(1).await?;
    let key = format!("round-{number}");
    let presses = (0..PRESSES).map(|press| {
        let key = (press % 2 == 0).then_some(&*key);
        pressed(world, press % PROXIES, &change, key)
    });
    let mut came = Came::default();
    let mut won: Option<Answer> = None;
    for (answer, busy) in futures_util::future::join_all(presses).await {
        came.busy += busy;
        match answer.status.as_u16() {
            200 if won.as_ref().is_none_or(|first| *first == answer) => won = Some(answer),
            200 => return Err(format!("two winners: {won:?} and {answer:?}")),
            409 | 412 => came.lost += 1,
            502 if answer.text.contains("\"outcome_unknown\"") => came.unsure += 1,
            _ => return Err(format!("a loser got {answer:?}")),
        }
    }
    if won.is_none() && came.unsure == 0 {
        return Err("nobody won".to_owned());
    }
    let mut last = String::new();
    let known = until("everybody knows", PATIENCE, async || {
        let applied = applied_once(world, &change, 1).await;
        applied.map_err(|error| last = error).ok()
    });
    known.await.map_err(|error| format!("{error}: {last}"))?;
    for at in 0..PROXIES {
        world.verified(at, &head).await?;
    }
    Ok(came)
}

#[tokio::test(flavor = "multi_thread")]
async fn p14_a_hundred_presses_over_three_proxies_make_one_step() {
    let Some(world) = three("p14_a_hundred_presses", PATIENT).await else {
        return;
    };
    let rounds = if figures::is_long() { 200 } else { 4 };
    let (started, end) = (Instant::now(), figures::end());
    let (mut done, mut all, mut broken) = (0, Came::default(), Vec::new());
    for number in 0..rounds {
        if end.is_some_and(|end| Instant::now() > end) {
            break;
        }
        match round(&world, number).await {
            Ok(came) => {
                all.lost += came.lost;
                all.unsure += came.unsure;
                all.busy += came.busy;
            }
            Err(error) => broken.push(format!("round {number}: {error}")),
        }
        done += 1;
    }
    figures::print(
        "p14",
        "race",
        started,
        &[
            ("planned", rounds),
            ("rounds", done),
            ("presses", done * PRESSES),
            ("proxies", PROXIES),
            ("losers", all.lost),
            ("told_unknown", all.unsure),
            ("told_to_wait", all.busy),
            (
                "doubled",
                broken
                    .iter()
                    .filter(|error| error.contains("doubled"))
                    .count(),
            ),
            ("broken", broken.len()),
        ],
    );
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn p14_a_key_means_one_request_on_every_proxy_and_after_a_restart() {
    let Some(mut world) = three("p14_a_key_means_one_request", PATIENT).await else {
        return;
    };
    let change = approved(&world, 0).await;
    // In flight at proxy 0, which stands still in the middle of it.
    world.proxies[0].order("stop send.before\n");
    let press = world.decide(0, &change, "apply", Some("k"));
    let others = async {
        world.proxies[0].stopped().await;
        let waiting = world.decide(1, &change, "apply", Some("k")).await.unwrap();
        assert_eq!(waiting.status, 409, "{waiting:?}");
        let path = format!("/api/changes/{}/apply", change.summary.id);
        let write = super::world::Write {
            key: Some("k"),
            revision: Some(change.revision),
        };
        let other = json!({ "digest": "another" });
        let other = world.post(1, "approver", &path, &other, write).await;
        assert_eq!(other.unwrap().status, 422);
        world.proxies[0].order("");
        world.proxies[0].resume();
    };
    let (first, ()) = tokio::join!(press, others);
    let first = first.unwrap();
    let body: Value = serde_json::from_str(&first.text).unwrap();
    assert!(first.status.is_success(), "{body}");
    for at in 0..PROXIES {
        world.proxies[at].kill();
        world.proxies[at].boot().await;
        let again = world.decide(at, &change, "apply", Some("k")).await.unwrap();
        assert_eq!(again, first, "proxy {at}");
    }
    let long = "k".repeat(256);
    let refused = world.decide(2, &change, "apply", Some(&long)).await;
    assert_eq!(refused.unwrap().status, 400);
    applied_once(&world, &change, 1).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn p14_a_proxy_that_starts_leaves_the_requests_of_the_others_alone() {
    let Some(mut world) = three("p14_a_proxy_that_starts", PATIENT).await else {
        return;
    };
    let change = approved(&world, 0).await;
    world.proxies[0].order("stop send.before\n");
    let url = world.proxies[0].url("");
    let press = world.detached(&url, &change, "k");
    world.proxies[0].stopped().await;
    world.proxies[1].kill();
    world.proxies[1].boot().await;
    let waiting = world.decide(1, &change, "apply", Some("k")).await.unwrap();
    assert_eq!(waiting.status, 409, "{waiting:?}");
    world.proxies[0].order("");
    world.proxies[0].resume();
    let first = press.await.unwrap().unwrap();
    assert!(first.status.is_success(), "{first:?}");
    let again = world.decide(1, &change, "apply", Some("k")).await.unwrap();
    assert_eq!(again, first);
    applied_once(&world, &change, 1).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn p14_a_key_whose_proxy_died_is_answered_by_the_others() {
    let Some(mut world) = three("p14_a_key_whose_proxy_died", IMPATIENT).await else {
        return;
    };
    let change = approved(&world, 0).await;
    world.proxies[0].order("abort send.after_reply\n");
    let lost = world.decide(0, &change, "apply", Some("k")).await;
    assert!(lost.is_err(), "{lost:?}");
    world.proxies[0].gone().await.unwrap();
    let given_up = until("the key has an answer", PATIENCE, async || {
        let again = world.decide(1, &change, "apply", Some("k")).await.unwrap();
        (again.status != 409).then_some(again)
    });
    let given_up = given_up.await.unwrap();
    assert_eq!(given_up.status, 502, "{given_up:?}");
    let elsewhere = world.decide(2, &change, "apply", Some("k")).await.unwrap();
    assert_eq!(elsewhere, given_up);
    // Nobody can ask proxy 0 any more.
    world.proxies.remove(0);
    let found_out = until("the outcome is known", PATIENCE, async || {
        applied_once(&world, &change, 1).await.ok()
    });
    found_out.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn p14_a_proxy_stopped_for_longer_than_its_lease_is_refused_by_the_version() {
    let Some(world) = three("p14_a_proxy_stopped", IMPATIENT).await else {
        return;
    };
    let started = Instant::now();
    let change = approved(&world, 0).await;
    world.proxies[0].order("stop send.before\n");
    let press = world.decide(0, &change, "apply", None);
    let others = async {
        world.proxies[0].stopped().await;
        // The others give it up once nothing of it can land any more, as far as anyone can know.
        let given_back = until("the change is given back", PATIENCE, async || {
            let seen = world.change(1, &change.summary.id).await.ok()?;
            (seen.summary.state == ChangeState::Approved).then_some(seen)
        });
        let given_back = given_back.await.unwrap();
        let applied = world.decide(1, &given_back, "apply", None).await.unwrap();
        assert!(applied.status.is_success(), "{applied:?}");
        world.proxies[0].order("");
        world.proxies[0].resume();
    };
    let (late, ()) = tokio::join!(press, others);
    let late = late.unwrap();
    assert!(!late.status.is_success(), "{late:?}");
    let late_sends = world.updates(&change.summary.agent_id).await.len() - 1;
    assert!(late_sends <= 1, "{late_sends}");
    applied_once(&world, &change, 1 + late_sends).await.unwrap();
    figures::print(
        "p14",
        "stopped",
        started,
        &[("proxies", PROXIES), ("late_sends_refused", late_sends)],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn p14_a_proxy_stopped_within_a_write_does_not_hold_up_the_others() {
    let Some(world) = three("p14_a_proxy_stopped_within_a_write", IMPATIENT).await else {
        return;
    };
    let change = approved(&world, 0).await;
    world.proxies[0].order("stop begin.after_intent\n");
    let press = world.decide(0, &change, "apply", None);
    let others = async {
        world.proxies[0].stopped().await;
        let applied = until("another proxy gets to write", PATIENCE, async || {
            let answer = world.decide(1, &change, "apply", None).await.unwrap();
            (answer.status != 503).then_some(answer)
        });
        let applied = applied.await.unwrap();
        assert!(applied.status.is_success(), "{applied:?}");
        world.proxies[0].order("");
        world.proxies[0].resume();
    };
    let (late, ()) = tokio::join!(press, others);
    assert!(!late.unwrap().status.is_success());
    applied_once(&world, &change, 1).await.unwrap();
}
