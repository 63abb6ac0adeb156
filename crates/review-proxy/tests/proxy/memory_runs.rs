//! Changes of memories over many random stores, and one that is killed after every step.

use super::memory_rig::{Store, create, named, steps};
use super::support::{TestApp, until};
use jiff::SignedDuration;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, TestRunner};
use review_api::{Change, ChangeId, ChangeState, MemoryManifest, MemoryOperation, Timestamp};
use review_core::manifest::{Held, check, check_against};
use review_proxy::Running;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tokio::runtime::Runtime;

/// Where memories are, and where they may go.
const PATHS: [&str; 12] = [
    "/a",
    "/a b",
    "/b/c",
    "/b/d",
    "/b/e/f",
    "/é.md",
    "/案内/返品",
    "/g/h/i/j/k",
    "/B",
    "/z",
    "/z.md",
    "/0",
];

fn cases(few: u32, many: u32) -> u32 {
    if std::env::var_os("DREAM_REVIEW_LONG").is_some() {
        many
    } else {
        few
    }
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        Just("x".to_owned()),
        Just("Zeile\r\n\tmit \u{200f}עברית\u{0} 👩\u{200d}💻".to_owned()),
        "[ -~]{1,40}",
        ".{0,60}",
        Just("ä".repeat(51_200)),
    ]
}

/// A text as people write it: what the platform holds may have NUL in it, what is sent to us may not.
fn written() -> impl Strategy<Value = String> {
    text().prop_map(|text| text.replace('\0', ""))
}

/// What is wished of the memory at a place, or of a path.
#[derive(Debug, Clone)]
enum Wish {
    Leave,
    Create(String),
    Edit(String),
    Rename(usize),
    Delete,
}

fn wish() -> impl Strategy<Value = Wish> {
    prop_oneof![
        2 => Just(Wish::Leave),
        1 => written().prop_map(Wish::Create),
        1 => written().prop_map(Wish::Edit),
        1 => (0..PATHS.len()).prop_map(Wish::Rename),
        1 => Just(Wish::Delete),
    ]
}

type Case = (Vec<Option<String>>, Vec<Wish>);

fn case() -> impl Strategy<Value = Case> {
    let there = vec(prop::option::weighted(0.6, text()), PATHS.len());
    (there, vec(wish(), PATHS.len()))
}

/// Returns what of the wishes can be had together.
fn manifest(store: &Store<'_>, held: &[Held], wishes: &[Wish]) -> MemoryManifest {
    let mut manifest = MemoryManifest {
        store_id: store.id.as_str().into(),
        operations: Vec::new(),
    };
    for (path, wish) in PATHS.iter().zip(wishes) {
        let there = held.iter().find(|held| held.path == *path);
        let operation = match (wish, there) {
            (Wish::Create(content), None) => MemoryOperation::Create {
                path: (*path).to_owned(),
                content: content.clone(),
            },
            (Wish::Edit(content), Some(held)) => MemoryOperation::Edit {
                memory_id: held.memory_id.clone(),
                path: held.path.clone(),
                expected_sha256: held.sha256.clone(),
                content: content.clone(),
            },
            (Wish::Rename(to), Some(held)) => MemoryOperation::Rename {
                memory_id: held.memory_id.clone(),
                from: held.path.clone(),
                to: PATHS[*to].to_owned(),
                expected_sha256: held.sha256.clone(),
            },
            (Wish::Delete, Some(held)) => MemoryOperation::Delete {
                memory_id: held.memory_id.clone(),
                path: held.path.clone(),
                expected_sha256: held.sha256.clone(),
            },
            _ => continue,
        };
        manifest.operations.push(operation);
        if !check(&manifest).is_empty() || !check_against(&manifest, held).is_empty() {
            // A rename may still be waiting for one that makes room, which then does not come; the case
            // is as good without it.
            manifest.operations.pop();
        }
    }
    manifest
}

async fn made<'a>(app: &'a TestApp, there: &[Option<String>]) -> Store<'a> {
    let memories: Vec<(&str, &str)> = PATHS
        .into_iter()
        .zip(there)
        .filter_map(|(path, text)| Some((path, text.as_deref()?)))
        .collect();
    Store::make(app, &memories).await
}

async fn held(store: &Store<'_>) -> Vec<Held> {
    let platform = &store.app.proxy().app.platform;
    let all = platform.all_memories(&store.id).await.unwrap();
    all.into_iter()
        .map(|memory| Held {
            memory_id: memory.id.into(),
            path: memory.path,
            sha256: memory.content_sha256,
        })
        .collect()
}

/// Returns what a store holds after operations on it.
fn after(
    before: &BTreeMap<String, String>,
    operations: &[MemoryOperation],
) -> BTreeMap<String, String> {
    let mut now = before.clone();
    for operation in operations {
        let there = now.get(operation.path()).cloned();
        if operation.memory_id().is_some() {
            now.remove(operation.path());
        }
        if let Some(path) = operation.path_after() {
            let text = operation.content().map(str::to_owned).or(there);
            now.insert(path.to_owned(), text.unwrap());
        }
    }
    now
}

fn done(change: &Change) -> Vec<MemoryOperation> {
    let steps = change.memory.as_ref().unwrap().steps.iter();
    steps
        .filter(|step| step.done_at.is_some())
        .map(|step| step.operation.clone())
        .collect()
}

fn sampled<T>(strategy: &impl Strategy<Value = T>, count: u32) -> Vec<T> {
    let mut runner = TestRunner::new(Config::default());
    (0..count)
        .map(|_| strategy.new_tree(&mut runner).unwrap().current())
        .collect()
}

#[tokio::test]
async fn p15_apply_and_rollback_give_back_every_path_and_byte_of_random_stores() {
    let app = TestApp::start().await;
    let mut operations = 0;
    for case in sampled(&case(), cases(12, 300)) {
        let (there, wishes) = &case;
        let store = made(&app, there).await;
        let manifest = manifest(&store, &held(&store).await, wishes);
        if manifest.operations.is_empty() {
            continue;
        }
        operations += manifest.operations.len();
        let before = store.texts().await;
        let staged = store.staged(&json!(manifest)).await;
        let applied = store.applied(&staged).await;
        assert_eq!(applied.summary.state, ChangeState::Applied, "{case:?}");
        assert_eq!(
            store.texts().await,
            after(&before, &done(&applied)),
            "{case:?}"
        );
        let back: Change = app
            .act("reviewer", &applied, "rollback", &json!({}))
            .await
            .ok();
        let back = store.applied(&back).await;
        assert_eq!(back.summary.state, ChangeState::Applied, "{case:?}");
        assert_eq!(store.texts().await, before, "{case:?}");
    }
    assert!(operations > 0);
    println!("promise-figure p15 memories operations={operations}");
}

/// A write by somebody else, guarded by what they saw.
async fn foreign(store: &Store<'_>, place: usize, number: usize) -> Option<(String, String)> {
    let platform = &store.app.proxy().app.platform;
    let all = platform.all_memories(&store.id).await.unwrap();
    let memory = all.get(place % all.len().max(1))?;
    let text = format!("foreign {number}");
    let edit = review_proxy::platform::MemoryEdit::Content(&text);
    let outcome = platform
        .update_memory(&store.id, &memory.id, &memory.content_sha256, edit)
        .await;
    match outcome {
        review_proxy::platform::MemoryOutcome::Done { .. } => Some((memory.id.clone(), text)),
        _ => None,
    }
}

#[tokio::test]
async fn p13_with_others_writing_between_the_steps_the_platform_ends_as_the_done_list_says() {
    let app = TestApp::start().await;
    let case = (case(), vec(0..PATHS.len(), 0..8));
    let (mut applied, mut stopped) = (0, 0);
    for (number, ((there, wishes), mut places)) in (0..).zip(sampled(&case, cases(16, 400))) {
        // A few have the store to themselves, so that some are sure to come to their end.
        if number < 4 {
            places.clear();
        }
        let store = made(&app, &there).await;
        let manifest = manifest(&store, &held(&store).await, &wishes);
        if manifest.operations.is_empty() {
            continue;
        }
        let change = store.approved(&store.staged(&json!(manifest)).await).await;
        let body = json!({ "digest": change.digest });
        // Slow writes let the others in between.
        store.slow_writes(3).await;
        let others = async {
            let mut written = Vec::new();
            for (number, place) in places.iter().enumerate() {
                written.extend(foreign(&store, *place, number).await);
            }
            written
        };
        let (_, others) = tokio::join!(app.act("approver", &change, "apply", &body), others);
        store.clear_faults().await;

        let ended = app.change(&change.summary.id).await;
        match ended.summary.state {
            ChangeState::Applied => applied += 1,
            ChangeState::Stale => stopped += 1,
            other => panic!("neither applied nor stopped: {other:?}"),
        }
        let versions = store.versions().await;
        let made = there.iter().flatten().count();
        let done = done(&ended);
        // Every effect is one version: those of the store as it was, the others', and one for each done step.
        assert_eq!(versions.len(), made + others.len() + done.len());
        for (memory_id, text) in &others {
            let of: Vec<&Value> = versions
                .iter()
                .filter(|version| version["memory_id"] == memory_id.as_str())
                .collect();
            let theirs = super::memory_rig::sha(text);
            let place = of
                .iter()
                .position(|it| it["content_sha256"] == theirs.as_str())
                .unwrap();
            // Newest first: what came right after it knew it, or is another guarded write of the others.
            if let Some(next) = place.checked_sub(1) {
                let next = of[next]["content_sha256"].as_str().unwrap_or_default();
                let known = others
                    .iter()
                    .any(|(_, text)| super::memory_rig::sha(text) == next);
                assert!(known || next == theirs, "a foreign text was written over");
            }
        }
    }
    println!("promise-figure p13 memories-with-others applied={applied} stopped={stopped}");
    assert!(applied > 0);
}

/// A proxy on a runtime of its own, which can be ended between any two steps as a kill would.
struct Killable {
    runtime: Option<Runtime>,
}

impl Killable {
    async fn start(app: &mut TestApp) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let started = runtime.spawn(review_proxy::start(app.config.clone()));
        let running: Running = started.await.unwrap().unwrap();
        app.proxy = Some(running);
        Self {
            runtime: Some(runtime),
        }
    }

    /// Ends everything where it stands.
    fn kill(mut self, app: &mut TestApp) {
        self.runtime.take().unwrap().shutdown_background();
        drop(app.proxy.take());
    }

    async fn reconciled(&self, app: &TestApp, after: SignedDuration) {
        let review = app.proxy().app.review.clone();
        let pass = async move { review.reconcile(Timestamp::now() + after).await };
        let runtime = self.runtime.as_ref().unwrap();
        runtime.spawn(pass).await.unwrap().unwrap();
    }
}

impl Drop for Killable {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Stages and approves a change of fifty memories; returns it, its store, and what that holds in the end.
async fn fifty(app: &TestApp, items: usize) -> (ChangeId, String, BTreeMap<String, String>) {
    let there: Vec<String> = (0..30).map(|n| format!("/n/{n:02}")).collect();
    let memories: Vec<(&str, &str)> = there.iter().map(|path| (&**path, "old")).collect();
    let store = Store::make(app, &memories).await;
    let mut operations: Vec<Value> = (0..20)
        .map(|n| create(&format!("/m/{n:02}"), "made"))
        .collect();
    operations.extend((0..10).map(|n| store.edit(&there[n], "new")));
    operations.extend((10..20).map(|n| store.delete(&there[n])));
    operations.extend((20..30).map(|n| store.rename(&there[n], &format!("/r/{n}"))));
    let manifest = json!({ "store_id": store.id, "operations": operations });
    let change = store.approved(&store.staged(&manifest).await).await;
    assert_eq!(steps(&change, false).len(), items);
    let mut expected = named(&[]);
    expected.extend((0..20).map(|n| (format!("/m/{n:02}"), "made".to_owned())));
    expected.extend((0..10).map(|n| (there[n].clone(), "new".to_owned())));
    expected.extend((20..30).map(|n| (format!("/r/{n}"), "old".to_owned())));
    (change.summary.id, store.id.clone(), expected)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p13_a_change_of_fifty_memories_killed_after_every_step_is_resumed_with_an_exact_list() {
    const ITEMS: usize = 50;
    let mut app = TestApp::start().await;
    let (id, store_id, expected) = fifty(&app, ITEMS).await;
    app.stop().await;
    let mut proxy = Killable::start(&mut app).await;
    let lease = SignedDuration::try_from(app.config.pace.lease).unwrap();
    let lease_is_over = lease + SignedDuration::from_secs(1);
    let (mut taken, mut kills) = (0, 0);
    while taken < ITEMS {
        // Every fifth step is killed before it has its effect first, every step after it.
        let fates: &[bool] = if taken % 5 == 0 {
            &[false, true]
        } else {
            &[true]
        };
        for has_effect in fates {
            let store = Store::known(&app, &store_id).await;
            store.forget_requests().await;
            store.hang_next_write(*has_effect).await;
            let change = app.change(&id).await;
            assert_eq!(change.summary.state, ChangeState::Approved);
            let body = json!({ "digest": change.digest });
            let path = format!("/api/changes/{id}/apply");
            let request = app
                .request("approver", http::Method::POST, &path, &body)
                .header("if-match", format!("\"{}\"", change.revision));
            let pressing = tokio::spawn(request.send());
            until("the step is on its way", async || {
                (store.writes().await.len() == 1).then_some(())
            })
            .await;
            if *has_effect {
                let expected = taken + 1;
                until("the step has its effect", async || {
                    let effects = store.versions().await.len() - 30;
                    (effects == expected).then_some(())
                })
                .await;
            }
            store.clear_faults().await;
            drop(store);
            proxy.kill(&mut app);
            drop(pressing.await);
            kills += 1;

            proxy = Killable::start(&mut app).await;
            // Where several proxies share a database, the one that is gone has its lease until then.
            proxy.reconciled(&app, lease_is_over).await;
            if !has_effect {
                let waiting = app.change(&id).await;
                assert_eq!(waiting.summary.state, ChangeState::NeedsALook);
                proxy.reconciled(&app, SignedDuration::from_mins(10)).await;
            }
            taken += usize::from(*has_effect);
            // The pass at the start may be at it at the same time.
            let found = until("the outcome is found out", async || {
                let change = app.change(&id).await;
                let is_settled = !matches!(
                    change.summary.state,
                    ChangeState::Applying | ChangeState::NeedsALook
                );
                is_settled.then_some(change)
            })
            .await;
            assert_eq!(steps(&found, true).len(), taken);
            let state = if taken == ITEMS {
                ChangeState::Applied
            } else {
                ChangeState::Approved
            };
            assert_eq!(found.summary.state, state, "{:?}", found.trouble);
            assert_eq!(
                app.memory_writes().await.len(),
                1,
                "nothing is sent by itself"
            );
        }
    }
    let store = Store::known(&app, &store_id).await;
    assert_eq!(store.texts().await, expected);
    assert_eq!(store.versions().await.len(), 30 + ITEMS, "each effect once");
    let rows = app.change(&id).await.history;
    let noted = rows
        .iter()
        .filter(|row| row.action == review_api::AuditAction::MemoryStepTaken);
    assert_eq!(noted.count(), ITEMS, "each noted once");
    println!("promise-figure p13 memories-killed steps={ITEMS} kills={kills} doubled=0 lost=0");
    drop(store);
    proxy.kill(&mut app);
}
