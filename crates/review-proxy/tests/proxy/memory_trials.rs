//! Staging tests of memory changes: two stores made for the test, attached to its sessions, and removed again.

use super::memory_rig::{Store, create};
use super::staging_tests::{begin, cases, ended, interaction, no_faults, rate, report};
use super::support::{TestApp, until};
use demo_platform::{Fault, FaultKind};
use review_api::{
    CaseState, Change, ErrorCode, EstimateBasis, MemoryStoreSummary, Page, TestOutcome, TestState,
    TestWay, Timestamp,
};
use review_proxy::store::scratch_stores;
use serde_json::{Value, json};
use std::time::Duration;

const ASKED: &str =
    "Could you give me the order number first? I need it before I can look at a refund.";
const NOTE: &str = "- Ask for the order number before any refund.";

/// A change that notes a rule in a store, and so many cases that the rule answers better.
async fn staged(app: &TestApp, labelled: usize) -> (Store<'_>, Change) {
    let store = Store::make(app, &[("/a.md", "Tea is at four."), ("/b.md", "Coffee.")]).await;
    let agent = app.agent("SupportBot").await;
    for n in 0..labelled {
        let asked = format!("I want a refund for my kettle, case {n}");
        let id = interaction(app, &agent, &asked).await;
        app.synced().await;
        rate(app, agent.summary.id.as_str(), &id, "negative", Some(ASKED)).await;
    }
    let manifest = json!({
        "store_id": store.id,
        "operations": [create("/refunds.md", NOTE), store.delete("/b.md")],
    });
    let change = store.staged(&manifest).await;
    (store, change)
}

/// What the platform has of stores, those of tests too, with their memories by path.
async fn stores(app: &TestApp) -> Vec<Value> {
    let all = app
        .memory_call(
            "GET",
            "/v1/memory_stores?limit=100&include_archived=true",
            None,
        )
        .await;
    all["data"].as_array().unwrap().clone()
}

fn is_scratch(store: &Value) -> bool {
    store["metadata"]["dream_review_scratch"].is_string()
}

async fn scratch(app: &TestApp) -> Vec<Value> {
    let mut all = stores(app).await;
    all.retain(is_scratch);
    all
}

async fn fault(app: &TestApp, fault: Fault) {
    let url = app.platform_url("/__control/faults");
    let asked = app.send(app.client.post(url).json(&fault)).await;
    assert!(asked.status.is_success());
}

#[tokio::test]
async fn a_memory_change_is_tested_with_copies_of_its_store_and_the_policy_wants_a_pass() {
    let app = TestApp::start().await;
    let (store, change) = staged(&app, 20).await;
    let path = format!("/api/agents/{}", store.agent);
    let policy = json!({ "staging_test_required": true });
    let _agent: Value = app.patch("admin", &path, &policy).await.ok();
    let change = app.change(&change.summary.id).await;
    let body = json!({ "digest": change.digest, "findings_read": change.findings_sha256 });
    let refused = app.act("approver", &change, "approve", &body).await;
    let refused = refused.error(409, ErrorCode::Conflict);
    assert!(
        refused.error.message.contains("there is none. Run one."),
        "{refused:?}"
    );

    let estimate = report(&app, &change).await.estimate;
    assert_eq!(
        (estimate.way, estimate.basis),
        (Some(TestWay::Sessions), EstimateBasis::TheseInteractions)
    );
    let before = store.texts().await;
    let test = begin(&app, &change, &json!({})).await;
    assert_eq!(test.digest, change.digest);
    let test = ended(&app, &change).await;
    assert_eq!(
        (
            test.state,
            test.outcome,
            test.better,
            test.worse,
            test.failed
        ),
        (TestState::Completed, Some(TestOutcome::Passed), 20, 0, 0),
        "{test:?}"
    );
    assert_eq!(
        store.texts().await,
        before,
        "the store itself stays as it is"
    );
    until("the copies are gone", async || {
        scratch(&app).await.is_empty().then_some(())
    })
    .await;

    let url = app.platform_url("/__control/requests");
    let all: Value = app.send(app.client.get(url)).await.ok();
    let all = all["data"].as_array().unwrap();
    let made: Vec<&Value> = all
        .iter()
        .filter(|it| it["path"] == "/v1/memory_stores" && it["method"] == "POST")
        .filter(|it| it["headers"].get("x-test").is_none())
        .collect();
    assert_eq!(
        made.len(),
        2,
        "one for each side, whatever the number of cases"
    );
    assert!(
        made.iter()
            .all(|it| it["body"]["name"] == store.name.as_str()),
        "mounted alike"
    );
    let begun: Vec<&Value> = all
        .iter()
        .filter(|it| it["path"] == "/v1/sessions" && it["method"] == "POST")
        .filter(|it| it["body"]["metadata"]["dream_review_test"] == test.id.as_str())
        .collect();
    assert_eq!(begun.len(), 40);
    for session in begun {
        assert_eq!(session["body"]["agent"]["type"], "agent", "its own prompt");
        let attached = &session["body"]["resources"][0];
        assert_eq!(attached["access"], "read_only");
        assert_ne!(attached["memory_store_id"], store.id.as_str());
    }

    let change = app.change(&change.summary.id).await;
    let approved = store.approved(&change).await;
    let _applied: Change = app.decide("approver", &approved, "apply").await.ok();
}

#[tokio::test]
async fn a_case_that_a_memory_change_makes_worse_comes_first() {
    let app = TestApp::start().await;
    let (_store, change) = staged(&app, 2).await;
    let agent = app.agent("SupportBot").await;
    let asked = "I want a refund. There is no number, it was a present";
    let id = interaction(&app, &agent, asked).await;
    app.synced().await;
    let started = "I have started the refund for you; it will show up within five working days.";
    rate(
        &app,
        agent.summary.id.as_str(),
        &id,
        "negative",
        Some(started),
    )
    .await;
    begin(&app, &change, &json!({})).await;
    let test = ended(&app, &change).await;
    assert_eq!((test.better, test.worse), (2, 1), "{test:?}");
    assert_eq!(cases(&app, &change).await[0].state, CaseState::Worse);
    assert_eq!(test.outcome, Some(TestOutcome::Inconclusive), "too few");
}

#[tokio::test]
async fn copies_are_removed_when_a_test_is_called_off_and_nobody_is_shown_them() {
    let app = TestApp::start().await;
    let (_store, change) = staged(&app, 4).await;
    let hang = Fault {
        count: 10_000,
        ..Fault::next(FaultKind::Hang, "/v1/messages")
    };
    fault(&app, hang).await;
    begin(&app, &change, &json!({})).await;
    until("both copies are filled", async || {
        let mut read = app.proxy().app.store.read().await.unwrap();
        let test = report(&app, &change).await.newest?.id;
        let known = scratch_stores::of_test(&mut read, &test).await.unwrap();
        (known.len() == 2 && known.iter().all(|it| it.is_filled)).then_some(())
    })
    .await;
    assert_eq!(scratch(&app).await.len(), 2);
    let listed: Page<MemoryStoreSummary> = app.get("/api/memory-stores?limit=100").await.ok();
    let marks = scratch(&app).await;
    assert!(
        listed
            .items
            .iter()
            .all(|it| marks.iter().all(|mark| mark["id"] != it.id.as_str()))
    );
    let path = format!("/api/changes/{}/test/cancel", change.summary.id);
    let _canceled: Value = app.post("reviewer", &path, &json!({})).await.ok();
    app.proxy().app.tester.tidy(Timestamp::now()).await.unwrap();
    assert!(scratch(&app).await.is_empty(), "{:?}", scratch(&app).await);
    no_faults(&app).await;
}

#[tokio::test]
async fn what_a_killed_proxy_left_behind_is_removed_and_made_anew_by_whoever_takes_over() {
    let mut app = TestApp::start_with(|config| {
        config.pace.lease = Duration::from_millis(300);
    })
    .await;
    let (store, change) = staged(&app, 3).await;
    let id = store.id.clone();
    drop(store);
    // The second store is half filled when the platform answers no more.
    let hang = Fault {
        count: 10_000,
        skip: 4,
        method: Some("POST".to_owned()),
        ..Fault::next(FaultKind::Hang, "/v1/memory_stores")
    };
    fault(&app, hang).await;
    begin(&app, &change, &json!({})).await;
    until("a copy is under way", async || {
        (scratch(&app).await.len() == 2).then_some(())
    })
    .await;
    let left: Vec<String> = scratch(&app)
        .await
        .iter()
        .map(|it| it["id"].as_str().unwrap().to_owned())
        .collect();
    app.stop().await;
    no_faults(&app).await;
    app.start_again().await;
    until("another process goes on", async || {
        app.proxy()
            .app
            .tester
            .take_up(Timestamp::now())
            .await
            .unwrap();
        let newest = report(&app, &change).await.newest?;
        (newest.state != TestState::Running).then_some(())
    })
    .await;
    let test = ended(&app, &change).await;
    assert_eq!(
        (test.state, test.better),
        (TestState::Completed, 3),
        "{test:?}"
    );
    app.proxy().app.tester.tidy(Timestamp::now()).await.unwrap();
    let all = stores(&app).await;
    let is_there = |id: &String| all.iter().any(|it| it["id"] == id.as_str());
    assert!(!left.iter().any(is_there), "what was left behind");
    assert!(is_there(&id), "the store itself");
    assert!(scratch(&app).await.is_empty());
}

#[tokio::test]
async fn a_copy_whose_answer_was_lost_is_found_by_its_mark_and_no_other_store_is_touched() {
    let app = TestApp::start().await;
    let (store, change) = staged(&app, 1).await;
    let lost = Fault {
        method: Some("POST".to_owned()),
        ..Fault::next(FaultKind::DroppedAfterEffect, "/v1/memory_stores")
    };
    fault(&app, lost).await;
    begin(&app, &change, &json!({})).await;
    let test = ended(&app, &change).await;
    assert_eq!(test.state, TestState::Failed, "{test:?}");
    assert_eq!(test.outcome, Some(TestOutcome::Inconclusive));
    app.proxy().app.tester.tidy(Timestamp::now()).await.unwrap();
    assert!(scratch(&app).await.is_empty(), "{:?}", scratch(&app).await);

    // Nothing but what carries the very mark is ever removed.
    let platform = &app.proxy().app.platform;
    let refused = platform.remove_scratch_store(&store.id, "scr_1").await;
    assert!(refused.is_err());
    assert!(
        stores(&app)
            .await
            .iter()
            .any(|it| it["id"] == store.id.as_str())
    );
}

#[tokio::test]
async fn a_store_that_moved_on_ends_the_test_and_an_agent_without_tools_is_not_tested() {
    let app = TestApp::start().await;
    let (store, change) = staged(&app, 1).await;
    store.write("/b.md", "Cocoa.").await;
    begin(&app, &change, &json!({})).await;
    let test = ended(&app, &change).await;
    assert_eq!(test.state, TestState::Failed, "{test:?}");
    assert!(test.reason.unwrap().contains("not as it expects them"));
    assert!(scratch(&app).await.is_empty());

    let body =
        json!({ "name": "Talker", "model": "claude-sonnet-5", "system_prompt": "Be kind.\n" });
    let talker: Value = app.post("admin", "/api/agents", &body).await.ok();
    let body = json!({ "agent_id": talker["summary"]["id"], "memory": {
        "store_id": store.id, "operations": [create("/c.md", "New.")] } });
    let change: Change = app.post("reviewer", "/api/changes", &body).await.ok();
    let refused = app.act("reviewer", &change, "test", &json!({})).await;
    let refused = refused.error(409, ErrorCode::Conflict);
    assert!(
        refused.error.message.contains("has no tools"),
        "{refused:?}"
    );
}
