//! P13, for changes of memories: a proxy that dies around any of the steps leaves an exact list of what is
//! done, sends no step twice, and goes on when somebody says so.

use super::figures;
use super::proxy::{PATIENCE, until};
use super::world::World;
use review_api::{Change, ChangeState, MemoryManifest, MemoryOperation};
use serde_json::Value;
use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// Where the proxy dies: before a step is sent, when the platform has it, before that is noted and after.
const PLACES: [&str; 4] = [
    "memory.before_step",
    "memory.after_reply",
    "memory.before_note",
    "memory.noted",
];
/// Worlds at work at the same time.
const WORLDS: usize = 4;

/// What a store holds, by path.
type Texts = BTreeMap<String, String>;

fn path(number: usize) -> String {
    format!("/notes/{number:03}")
}

/// A store of `steps` memories and one operation of each kind in turn, with new memories between.
fn operations(held: &BTreeMap<String, (String, String)>, steps: usize) -> Vec<MemoryOperation> {
    (0..steps)
        .map(|number| {
            let at = path(number);
            let Some((id, text)) = held.get(&at) else {
                return MemoryOperation::Create {
                    path: at,
                    content: format!("Made {number} 🙂"),
                };
            };
            let (memory_id, expected_sha256) =
                (id.as_str().into(), review_core::digest::sha256_hex(text));
            match number % 4 {
                1 => MemoryOperation::Edit {
                    memory_id,
                    path: at,
                    expected_sha256,
                    content: format!("Edited {number}"),
                },
                2 => MemoryOperation::Rename {
                    memory_id,
                    from: at,
                    to: format!("/moved/{number:03}"),
                    expected_sha256,
                },
                _ => MemoryOperation::Delete {
                    memory_id,
                    path: at,
                    expected_sha256,
                },
            }
        })
        .collect()
}

/// Returns what a store holds after operations on it.
fn after<'a>(before: &Texts, done: impl Iterator<Item = &'a MemoryOperation>) -> Texts {
    let mut now = before.clone();
    for operation in done {
        match operation {
            MemoryOperation::Create { path, content }
            | MemoryOperation::Edit { path, content, .. } => {
                now.insert(path.clone(), content.clone());
            }
            MemoryOperation::Rename { from, to, .. } => {
                let text = now.remove(from).unwrap_or_default();
                now.insert(to.clone(), text);
            }
            MemoryOperation::Delete { path, .. } => drop(now.remove(path)),
        }
    }
    now
}

fn texts(held: BTreeMap<String, (String, String)>) -> Texts {
    held.into_iter()
        .map(|(path, (_, text))| (path, text))
        .collect()
}

/// Every write of a text that was seen must say which text that was.
fn is_guarded(write: &Value) -> bool {
    let is_of_a_memory = write["path"]
        .as_str()
        .is_some_and(|path| !path.ends_with("/memories"));
    let guard = match write["method"].as_str() {
        Some("DELETE") => write["query"]
            .as_str()
            .is_some_and(|query| query.contains("expected_content_sha256=")),
        _ => write["body"]["precondition"]["content_sha256"].is_string(),
    };
    guard || !is_of_a_memory
}

/// Kills the proxy at `place` of one of `steps` steps.
async fn run(world: &mut World, place: &str, step: usize, steps: usize) -> Result<(), String> {
    world.proxies[0].order("");
    let agent = world.agent("Base").await?.summary.id;
    let old: Vec<(String, String)> = (0..steps)
        .filter(|number| number % 4 != 0)
        .map(|number| (path(number), format!("Old {number}")))
        .collect();
    let store = world.store(&old).await;
    let held = world.memories(&store).await;
    let manifest = MemoryManifest {
        store_id: store.as_str().into(),
        operations: operations(&held, steps),
    };
    let before = texts(held);
    let staged = world.staged_memory(&agent, &manifest).await?;
    let change: Change = world.decide(0, &staged, "approve", None).await?.ok()?;
    let seen = world.head(0).await?;
    world.fresh().await;

    world.proxies[0].order(&format!("abort {place} {}\n", step + 1));
    let answer = world.decide(0, &change, "apply", None).await;
    let status = world.proxies[0].gone().await;
    let status = status.map_err(|error| format!("{error}: {answer:?}"))?;
    if status.signal() != Some(rustix::process::Signal::ABORT.as_raw()) {
        return Err(format!("it ended by itself: {status}"));
    }
    world.proxies[0].order("");
    world.proxies[0].boot().await;
    let settled = until("how far it came is known", PATIENCE, async || {
        let seen = world.change(0, &change.summary.id).await.ok()?;
        let is_known = matches!(
            seen.summary.state,
            ChangeState::Applied | ChangeState::Approved | ChangeState::Stale
        );
        is_known.then_some(seen)
    });
    let settled = settled
        .await
        .map_err(|error| format!("undecided: {error}"))?;
    exact(world, &settled, &before, &store).await?;
    let done = done(&settled).count();
    let expected = step + usize::from(place != "memory.before_step");
    if done != expected {
        return Err(format!("lost: {done} steps are done, and {expected} were"));
    }
    if settled.summary.state != ChangeState::Applied {
        // Nothing goes on by itself: somebody says so.
        let applied: Change = world.decide(0, &settled, "apply", None).await?.ok()?;
        exact(world, &applied, &before, &store).await?;
    }
    let last = world.change(0, &change.summary.id).await?;
    if last.summary.state != ChangeState::Applied || self::done(&last).count() != steps {
        return Err(format!(
            "undecided: it is {:?} in the end",
            last.summary.state
        ));
    }
    let writes = world.memory_writes(&store).await;
    if writes.len() != steps {
        return Err(format!(
            "doubled: {} writes for {steps} steps",
            writes.len()
        ));
    }
    if let Some(bare) = writes.iter().find(|write| !is_guarded(write)) {
        return Err(format!("an unguarded write: {bare}"));
    }
    world.verified(0, &seen).await?;
    Ok(())
}

/// Returns the operations of the steps that are noted as done.
fn done(change: &Change) -> impl Iterator<Item = &MemoryOperation> {
    let steps = change.memory.iter().flat_map(|memory| &memory.steps);
    steps
        .filter(|step| step.done_at.is_some())
        .map(|step| &step.operation)
}

/// Checks that the store holds what the list of done steps says, and nothing else.
async fn exact(world: &World, change: &Change, before: &Texts, store: &str) -> Result<(), String> {
    let (has, says) = (
        texts(world.memories(store).await),
        after(before, done(change)),
    );
    if has == says {
        return Ok(());
    }
    Err(format!(
        "mismatch: the store has {has:?}, the list says {says:?}"
    ))
}

#[tokio::test(flavor = "multi_thread")]
async fn p13_a_crash_around_any_step_of_a_memory_change_leaves_an_exact_list() {
    let steps = if figures::is_long() { 50 } else { 6 };
    let cases: Vec<(usize, &str)> = (0..steps)
        .flat_map(|step| PLACES.map(|place| (step, place)))
        .collect();
    let (started, end, next) = (Instant::now(), figures::end(), AtomicUsize::new(0));
    let (runs, broken) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let workers = (0..WORLDS).map(|_| async {
        let mut world = World::start(None).await;
        while end.is_none_or(|end| Instant::now() < end) {
            let Some((step, place)) = cases.get(next.fetch_add(1, Ordering::Relaxed)) else {
                break;
            };
            runs.fetch_add(1, Ordering::Relaxed);
            if let Err(error) = run(&mut world, place, *step, steps).await {
                let log = world.proxies[0].log();
                let error = format!("{place}.{step}: {error}\n{log}");
                broken.lock().unwrap().push(error);
                world = World::start(None).await;
            }
        }
    });
    futures_util::future::join_all(workers).await;
    let broken = broken.into_inner().unwrap();
    let count = |word: &str| broken.iter().filter(|error| error.contains(word)).count();
    figures::print(
        "p13",
        "memories",
        started,
        &[
            ("planned", cases.len()),
            ("runs", runs.into_inner()),
            ("steps", steps),
            ("undecided", count("undecided")),
            ("lost", count("lost")),
            ("doubled", count("doubled")),
            ("broken", broken.len()),
        ],
    );
    assert!(broken.is_empty(), "{}", broken.join("\n\n"));
}
