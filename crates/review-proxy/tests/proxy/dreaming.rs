//! Dreams by schedule and by hand, and what they did to the memories.

use super::memory_rig::Store;
use super::support::{TestApp, until};
use demo_platform::FaultKind;
use http::Method;
use jiff::{SignedDuration, Timestamp};
use review_api::{
    Agent, AuditAction, Change, ChangeState, ChangeTarget, DreamId, DreamReport, DreamRun,
    DreamRunState, ErrorCode, Interaction, MemoryOperation, MemoryUseKind, Page, Suggestion,
    SuggestionRow,
};
use review_core::manifest::steps;
use serde_json::{Value, json};

/// Switches daily dreams on at 3 o'clock UTC, and says when.
pub(crate) async fn switched_on(app: &TestApp, agent: &Agent, plan: Value) -> Timestamp {
    let path = format!("/api/agents/{}", agent.summary.id);
    let now = app.agent(&agent.summary.name).await;
    let body = json!({
        "dreaming_enabled": true, "dreaming_frequency": "daily",
        "plan": { "hour": 3, "fewest_interactions": 1 },
    });
    let mut body = body;
    body["plan"]
        .as_object_mut()
        .unwrap()
        .extend(plan.as_object().unwrap().clone());
    let request = app
        .request("admin", Method::PATCH, &path, &body)
        .header("if-match", format!("\"{}\"", now.revision));
    app.send(request).await.ok::<Agent>();
    Timestamp::now()
}

async fn tick(app: &TestApp, at: Timestamp) {
    app.proxy().app.scheduler.tick(at).await.unwrap();
}

async fn runs(app: &TestApp, agent: &Agent) -> Vec<DreamRun> {
    let path = format!("/api/agents/{}/dream-runs", agent.summary.id);
    app.get(&path).await.ok::<Page<DreamRun>>().items
}

/// Returns the bodies of the dreams that the platform was asked for.
pub(crate) async fn asked_upstream(app: &TestApp) -> Vec<Value> {
    let url = app.platform_url("/__control/requests");
    let all: Value = app.send(app.client.get(url)).await.ok();
    let requests = all["data"].as_array().unwrap().iter();
    requests
        .filter(|request| request["method"] == "POST" && request["path"] == "/v1/dreams")
        .map(|request| request["body"].clone())
        .collect()
}

const A_DAY: SignedDuration = SignedDuration::from_hours(24);

/// An agent that has no dream under way.
pub(crate) async fn sleeper(app: &TestApp) -> Agent {
    let agent = app.agent("SupportBot").await;
    let path = format!("/api/agents/{}/dreams?limit=100", agent.summary.id);
    let dreams: Page<DreamReport> = app.get(&path).await.ok();
    for dream in dreams.items {
        if dream.ended_at.is_none() {
            let path = format!("/api/dreams/{}/cancel", dream.id);
            app.post("reviewer", &path, &json!({}))
                .await
                .ok::<DreamReport>();
        }
    }
    app.synced().await;
    agent
}

pub(crate) async fn complete(app: &TestApp, id: &DreamId) {
    let url = app.platform_url(&format!("/__control/dreams/{id}/complete"));
    let request = app.client.post(url).json(&json!({}));
    assert!(app.send(request).await.status.is_success());
}

/// Has an agent dream, lets the dream end and its changes of the memories be derived.
pub(crate) async fn dreamt(app: &TestApp) -> Agent {
    let agent = sleeper(app).await;
    let path = format!("/api/agents/{}/dreams", agent.summary.id);
    let run: DreamRun = app.post("reviewer", &path, &json!({})).await.ok();
    complete(app, &run.dream_id.unwrap()).await;
    app.synced().await;
    agent
}

#[tokio::test]
async fn a_slot_is_run_once_however_many_look_at_the_clock() {
    let app = TestApp::start().await;
    let agent = sleeper(&app).await;
    let on = switched_on(&app, &agent, json!({})).await;
    tick(&app, on).await;
    assert!(runs(&app, &agent).await.is_empty(), "no slot has come yet");

    let later = on + A_DAY;
    let scheduler = &app.proxy().app.scheduler;
    let twin = scheduler.clone();
    let (one, other, third) = tokio::join!(
        scheduler.tick(later),
        twin.tick(later),
        scheduler.tick(later + SignedDuration::from_secs(20)),
    );
    for outcome in [one, other, third] {
        outcome.unwrap();
    }
    let runs = runs(&app, &agent).await;
    assert_eq!(runs.len(), 1, "{runs:?}");
    assert_eq!(runs[0].state, DreamRunState::Started);
    let slot = runs[0].slot.unwrap();
    assert!(on < slot && slot <= later);

    let asked = asked_upstream(&app).await;
    assert_eq!(asked.len(), 1, "each dream costs: asked once");
    assert_eq!(asked[0]["output_behavior"], json!({ "type": "create_new" }));
    assert_eq!(asked[0]["inputs"][0]["type"], "memory_store");
    let sessions = asked[0]["inputs"][1]["session_ids"].as_array().unwrap();
    assert_eq!(sessions.len(), runs[0].interactions as usize);
    let ledger = app.ledger().await;
    assert_eq!(ledger[0].action, AuditAction::DreamStarted);
    assert_eq!(ledger[1].action, AuditAction::DreamAsked);
    assert_eq!(ledger[1].actor, "schedule");
}

#[tokio::test]
async fn slots_that_were_missed_are_made_up_for_once() {
    let app = TestApp::start().await;
    let agent = sleeper(&app).await;
    let on = switched_on(&app, &agent, json!({})).await;
    tick(&app, on + A_DAY * 5).await;
    let runs = runs(&app, &agent).await;
    assert_eq!(runs.len(), 1);
    assert!(on + A_DAY * 4 < runs[0].slot.unwrap());
}

#[tokio::test]
async fn a_lost_answer_is_found_in_the_list_and_nothing_is_asked_twice() {
    for kind in [FaultKind::DroppedAfterEffect, FaultKind::ErrorAfterEffect] {
        let app = TestApp::start().await;
        let agent = sleeper(&app).await;
        app.fault(kind, "POST", "/v1/dreams").await;
        let path = format!("/api/agents/{}/dreams", agent.summary.id);
        let answer = app.post("reviewer", &path, &json!({})).await;
        answer.error(502, ErrorCode::OutcomeUnknown);
        assert_eq!(runs(&app, &agent).await[0].state, DreamRunState::Asked);

        tick(&app, Timestamp::now()).await;
        let run = runs(&app, &agent).await.remove(0);
        assert_eq!(run.state, DreamRunState::Started);
        assert!(run.dream_id.is_some());
        assert_eq!(asked_upstream(&app).await.len(), 1);
    }
}

#[tokio::test]
async fn a_request_that_never_arrived_is_said_to_have_failed_once_nothing_can_land() {
    let app = TestApp::start().await;
    let agent = sleeper(&app).await;
    app.fault(FaultKind::InternalError, "POST", "/v1/dreams")
        .await;
    let path = format!("/api/agents/{}/dreams", agent.summary.id);
    let answer = app.post("reviewer", &path, &json!({})).await;
    answer.error(502, ErrorCode::OutcomeUnknown);
    tick(&app, Timestamp::now()).await;
    assert_eq!(runs(&app, &agent).await[0].state, DreamRunState::Asked);
    tick(&app, Timestamp::now() + SignedDuration::from_mins(10)).await;
    let run = runs(&app, &agent).await.remove(0);
    assert_eq!(run.state, DreamRunState::Failed);
    assert!(run.reason.unwrap().contains("did not reach"));
    // And then one may ask again.
    app.post("reviewer", &path, &json!({}))
        .await
        .ok::<DreamRun>();
}

#[tokio::test]
async fn a_lost_request_is_not_taken_for_an_equal_dream_that_was_called_off() {
    let app = TestApp::start().await;
    let agent = sleeper(&app).await;
    let path = format!("/api/agents/{}/dreams", agent.summary.id);
    let first: DreamRun = app.post("reviewer", &path, &json!({})).await.ok();
    let cancel = format!("/api/dreams/{}/cancel", first.dream_id.unwrap());
    app.post("reviewer", &cancel, &json!({}))
        .await
        .ok::<DreamReport>();
    app.fault(FaultKind::InternalError, "POST", "/v1/dreams")
        .await;
    let answer = app.post("reviewer", &path, &json!({})).await;
    answer.error(502, ErrorCode::OutcomeUnknown);
    tick(&app, Timestamp::now()).await;
    let newest = runs(&app, &agent).await.remove(0);
    assert_eq!(newest.state, DreamRunState::Asked, "{newest:?}");
    let asked = asked_upstream(&app).await;
    assert_eq!(asked[0], asked[1], "they are equal");
}

#[tokio::test]
async fn a_slot_is_passed_over_with_a_reason_that_has_its_numbers() {
    let app = TestApp::start().await;
    let agent = sleeper(&app).await;
    let on = switched_on(&app, &agent, json!({ "fewest_interactions": 100 })).await;
    tick(&app, on + A_DAY).await;
    let run = runs(&app, &agent).await.remove(0);
    assert_eq!(run.state, DreamRunState::Skipped);
    assert!(run.reason.unwrap().contains("100 or more"));
    assert_eq!(app.ledger().await[0].action, AuditAction::DreamSkipped);

    switched_on(&app, &agent, json!({ "monthly_tokens": 1 })).await;
    let path = format!("/api/agents/{}/dreams", agent.summary.id);
    let error = app.post("reviewer", &path, &json!({})).await;
    let error = error.error(409, ErrorCode::Conflict).error.message;
    assert!(error.contains("tokens allowed for this month"), "{error}");
    assert!(asked_upstream(&app).await.is_empty(), "nothing was spent");
}

#[tokio::test]
async fn one_dream_at_a_time_and_it_can_be_called_off() {
    let app = TestApp::start().await;
    let agent = sleeper(&app).await;
    let path = format!("/api/agents/{}/dreams", agent.summary.id);
    app.post("viewer", &path, &json!({}))
        .await
        .error(403, ErrorCode::Forbidden);
    let run: DreamRun = app.post("reviewer", &path, &json!({})).await.ok();
    app.post("reviewer", &path, &json!({}))
        .await
        .error(409, ErrorCode::Conflict);
    let cancel = format!("/api/dreams/{}/cancel", run.dream_id.unwrap());
    let dream: DreamReport = app.post("reviewer", &cancel, &json!({})).await.ok();
    assert_eq!(dream.status, review_api::DreamStatus::Canceled);
    assert_eq!(app.ledger().await[0].action, AuditAction::DreamCancelAsked);
}

#[tokio::test]
async fn a_completed_dream_becomes_a_suggestion_of_its_memory_changes() {
    let app = TestApp::start().await;
    let agent = sleeper(&app).await;
    let path = format!("/api/agents/{}/dreams", agent.summary.id);
    let run: DreamRun = app.post("reviewer", &path, &json!({})).await.ok();
    let dream_id = run.dream_id.unwrap();
    complete(&app, &dream_id).await;
    let report = until("the memory changes are derived", async || {
        app.synced().await;
        let report: DreamReport = app.get(&format!("/api/dreams/{dream_id}")).await.ok();
        (!report.suggestions.is_empty()).then_some(report)
    })
    .await;
    let row = report
        .suggestions
        .iter()
        .find(|row| row.title.starts_with("Memories: "))
        .unwrap();
    let suggestion: Suggestion = app.suggestion(&row.id).await;
    assert_eq!(suggestion.target, ChangeTarget::Memory);
    let memory = suggestion.memory.unwrap();
    assert_eq!(
        Some(&memory.manifest.store_id),
        run.memory_store_id.as_ref()
    );
    assert!(!memory.manifest.operations.is_empty());

    let newest = &app.ledger().await[0];
    assert_eq!(newest.action, AuditAction::MemoriesDerived);
    assert_eq!(newest.detail["derived"], true);

    // It is derived once, and staged like any other suggestion.
    app.synced().await;
    let again: DreamReport = app.get(&format!("/api/dreams/{dream_id}")).await.ok();
    assert_eq!(again.suggestions.len(), report.suggestions.len());
    let body = json!({ "suggestion_ids": [row.id], "memory": memory.manifest });
    let change: review_api::Change = app.post("reviewer", "/api/changes", &body).await.ok();
    assert_eq!(change.summary.target, ChangeTarget::Memory);
}

/// Leads a dream to the moment at which it has a store to write to, and returns both stores.
async fn stores_of<'a>(app: &'a TestApp, run: &DreamRun) -> (Store<'a>, Store<'a>) {
    let id = run.dream_id.as_ref().unwrap();
    let url = app.platform_url(&format!("/__control/dreams/{id}/advance"));
    let output = until("the dream has a store to write to", async || {
        let request = app.client.post(&url).json(&json!({}));
        let dream: Value = app.send(request).await.ok();
        let output = &dream["outputs"][0]["memory_store_id"];
        output.as_str().map(str::to_owned)
    })
    .await;
    let input = run.memory_store_id.as_ref().unwrap();
    (
        Store::known(app, input.as_str()).await,
        Store::known(app, &output).await,
    )
}

/// Returns the suggestion that was derived from a dream, once it has ended.
async fn derived(app: &TestApp, id: &DreamId) -> Suggestion {
    complete(app, id).await;
    app.synced().await;
    let report: DreamReport = app.get(&format!("/api/dreams/{id}")).await.ok();
    let of_memories = |row: &&SuggestionRow| row.title.starts_with("Memories: ");
    let row = report.suggestions.iter().find(of_memories).unwrap();
    app.suggestion(&row.id).await
}

#[tokio::test]
async fn what_somebody_writes_while_the_texts_are_read_is_left_out_and_the_rest_is_proposed() {
    let app = TestApp::start().await;
    let agent = sleeper(&app).await;
    let path = format!("/api/agents/{}/dreams", agent.summary.id);
    let run: DreamRun = app.post("reviewer", &path, &json!({})).await.ok();
    let (input, output) = stores_of(&app, &run).await;
    let texts = input.texts().await;
    let mut paths = texts.keys().rev();
    let [written, gone, left] = [(); 3].map(|()| paths.next().unwrap());
    for path in [written, gone, left] {
        output.write(path, "What the dream wrote.").await;
    }
    for path in [written, gone] {
        output.hold_reading(path).await;
    }
    let meanwhile = async {
        let held = [written, gone].map(|path| output.memory(path));
        until("both texts are asked for", async || {
            let asked = output.requests().await;
            let is_asked = |id: &str| asked.iter().any(|it| ends_with(&it["path"], id));
            held.iter().all(|id| is_asked(id)).then_some(())
        })
        .await;
        output.write(written, "What somebody wrote over it.").await;
        output.delete_now(gone).await;
        output.clear_faults().await;
    };
    let dream_id = run.dream_id.clone().unwrap();
    let (suggestion, ()) = tokio::join!(derived(&app, &dream_id), meanwhile);
    let memory = suggestion.memory.unwrap();
    let all: Vec<&str> = (memory.manifest.operations.iter())
        .map(MemoryOperation::path)
        .collect();
    assert!(all.contains(&left.as_str()), "{all:?}");
    assert!(
        !all.contains(&written.as_str()) && !all.contains(&gone.as_str()),
        "{all:?}"
    );
    assert!(
        suggestion.rationale.contains("2 more differ"),
        "{}",
        suggestion.rationale
    );
    let shown = memory.before.iter().find(|it| it.path == *left).unwrap();
    assert_eq!(shown.content, texts[left]);
}

fn ends_with(path: &Value, id: &str) -> bool {
    path.as_str().is_some_and(|path| path.ends_with(id))
}

#[tokio::test]
async fn a_memory_of_a_derived_suggestion_names_the_interactions_that_read_it() {
    let app = TestApp::start().await;
    let agent = sleeper(&app).await;
    let reader = app.proxy().app.reader.clone();
    while reader.read_now().await.unwrap().transcripts > 0 {}
    let path = format!("/api/agents/{}/dreams", agent.summary.id);
    let run: DreamRun = app.post("reviewer", &path, &json!({})).await.ok();
    let (_, output) = stores_of(&app, &run).await;
    let gone = "/policies/spare-parts.md";
    output.delete_now(gone).await;
    let suggestion = derived(&app, &run.dream_id.clone().unwrap()).await;
    let of_gone = suggestion.memory_uses.iter().find(|it| it.path == gone);
    let uses = of_gone.expect("transcripts of the demo read this memory");
    let named = u32::try_from(uses.latest.len()).unwrap();
    assert!(named <= 5 && named <= uses.count, "{uses:?}");
    assert!(uses.latest.is_sorted_by(|one, two| one.at >= two.at));
    let last = &uses.latest[0];
    assert_eq!(last.kind, MemoryUseKind::Read);
    let path = format!("/api/interactions/{}", last.interaction_id);
    let interaction: Interaction = app.get(&path).await.ok();
    let mut events = interaction.transcript.items.iter();
    let event = events.find(|event| event.id == last.event_id).unwrap();
    assert!(event.text.contains(gone), "{}", event.text);
    let created = |it: &&MemoryOperation| matches!(it, MemoryOperation::Create { .. });
    let operations = &suggestion.memory.unwrap().manifest.operations;
    for new in operations.iter().filter(created) {
        let is_used = suggestion
            .memory_uses
            .iter()
            .any(|it| it.path == new.path());
        assert!(!is_used, "nobody can have read {} yet", new.path());
    }
}

#[tokio::test]
async fn p13_what_a_dream_did_to_the_memories_is_staged_approved_and_done() {
    let app = TestApp::start().await;
    let agent = sleeper(&app).await;
    let path = format!("/api/agents/{}/dreams", agent.summary.id);
    let run: DreamRun = app.post("reviewer", &path, &json!({})).await.ok();
    let (input, output) = stores_of(&app, &run).await;
    let before = input.texts().await;
    let paths: Vec<&str> = before.keys().map(String::as_str).collect();
    // Beside what the dream itself writes: one memory gone, one moved, one edited that somebody edits as well.
    let [gone, moved, both] = [0, 1, 2].map(|from_end| paths[paths.len() - 1 - from_end]);
    output.delete_now(gone).await;
    let to = format!(
        "/v1/memory_stores/{}/memories/{}",
        output.id,
        output.memory(moved)
    );
    let elsewhere = json!({ "path": "/moved/here.md" });
    app.memory_call("POST", &to, Some(elsewhere)).await;
    output.write(both, "What the dream wrote.").await;
    input.write(both, "What somebody wrote meanwhile.").await;
    let dream_id = run.dream_id.clone().unwrap();
    let suggestion = derived(&app, &dream_id).await;
    assert!(
        suggestion.rationale.starts_with("Derived by comparing"),
        "{}",
        suggestion.rationale
    );
    assert!(
        suggestion.rationale.contains("1 more differ"),
        "{}",
        suggestion.rationale
    );
    let mut memory = suggestion.memory.clone().unwrap();
    assert_eq!(memory.manifest.store_id.as_str(), input.id);
    let operations = &mut memory.manifest.operations;
    let words = |operations: &[MemoryOperation]| -> Vec<String> {
        operations.iter().map(steps::in_words).collect()
    };
    let all = words(operations);
    assert!(all.contains(&format!("delete {gone}")), "{all:?}");
    assert!(
        all.contains(&format!("rename {moved} to /moved/here.md")),
        "{all:?}"
    );
    assert!(
        all.iter().any(|one| one.starts_with("edit "))
            || all.iter().any(|one| one.starts_with("create ")),
        "{all:?}"
    );
    assert!(!all.iter().any(|one| one.contains(both)), "{all:?}");

    // It is no prompt, and not staged as one.
    let as_prompt = json!({
        "suggestion_ids": [suggestion.id], "base_version": agent.prompt.version, "proposed": "Be kind.",
    });
    app.post("reviewer", "/api/changes", &as_prompt)
        .await
        .error(400, ErrorCode::BadRequest);

    // The deletion is left out; the rest is the dream's own work, not that of the person who staged it.
    operations.retain(|operation| !matches!(operation, MemoryOperation::Delete { .. }));
    let body = json!({ "suggestion_ids": [suggestion.id], "memory": memory.manifest });
    let change: Change = app.post("reviewer", "/api/changes", &body).await.ok();
    assert_eq!(change.hands.len(), 1);
    let alone = json!({ "digest": change.digest, "findings_read": change.findings_sha256 });
    app.act("reviewer", &change, "approve", &alone)
        .await
        .error(403, ErrorCode::Forbidden);
    let applied = input.applied(&change).await;
    assert_eq!(applied.summary.state, ChangeState::Applied);
    let mut expected = output.texts().await;
    expected.insert(gone.to_owned(), before[gone].clone());
    expected.insert(both.to_owned(), "What somebody wrote meanwhile.".to_owned());
    assert_eq!(input.texts().await, expected);
    let after = app.suggestion(&suggestion.id).await;
    assert_eq!(after.status, review_api::SuggestionStatus::Applied);
}
