//! Reflection on dreams: asked once, read with care, counted.

use super::dreaming::{complete, sleeper, switched_on};
use super::support::{TestApp, until};
use demo_platform::FaultKind;
use jiff::{SignedDuration, Timestamp};
use review_api::{
    Agent, AuditAction, DreamId, DreamReport, DreamRun, ErrorCode, Feedback, Interaction,
    InteractionSummary, LogEventKind, Page, Reflection, ReflectionState, Suggestion,
    SuggestionFinding,
};
use serde_json::{Value, json};

async fn interactions(app: &TestApp, agent: &Agent) -> Vec<InteractionSummary> {
    let path = format!("/api/agents/{}/interactions?limit=20", agent.summary.id);
    app.get(&path).await.ok::<Page<InteractionSummary>>().items
}

/// Rates the agent's newest interaction, and returns it.
async fn complained(app: &TestApp, agent: &Agent) -> InteractionSummary {
    let newest = interactions(app, agent).await.remove(0);
    let body = json!({
        "agent_id": agent.summary.id, "interaction_id": newest.id, "rating": "negative",
        "comment": "It gave a refund without asking for the order number.",
    });
    app.post("reviewer", "/api/feedback", &body)
        .await
        .ok::<Feedback>();
    newest
}

/// Has an agent dream over its newest interactions to the end; returns the dream.
async fn dreamt(app: &TestApp, agent: &Agent) -> DreamId {
    let path = format!("/api/agents/{}/dreams", agent.summary.id);
    let run: DreamRun = app.post("reviewer", &path, &json!({})).await.ok();
    let id = run.dream_id.unwrap();
    complete(app, &id).await;
    app.synced().await;
    id
}

async fn report(app: &TestApp, id: &DreamId) -> DreamReport {
    app.get(&format!("/api/dreams/{id}")).await.ok()
}

/// Works until the reflection on a dream has ended.
async fn reflected(app: &TestApp, id: &DreamId) -> Reflection {
    until("the reflection ended", async || {
        app.proxy()
            .app
            .reflector
            .work(Timestamp::now())
            .await
            .unwrap();
        let reflection = report(app, id).await.reflection?;
        reflection.ended_at.is_some().then_some(reflection)
    })
    .await
}

async fn questions(app: &TestApp) -> Vec<Value> {
    let url = app.platform_url("/__control/requests");
    let all: Value = app.send(app.client.get(url)).await.ok();
    let requests = all["data"].as_array().unwrap().iter();
    requests
        .filter(|request| request["path"] == "/v1/messages")
        .map(|request| request["body"].clone())
        .collect()
}

/// Has the model give `input` the next time.
async fn scripted(app: &TestApp, input: &Value) {
    let url = app.platform_url("/__control/answers");
    let body = json!({ "tool": "report_reflection", "input": input });
    assert!(
        app.send(app.client.post(url).json(&body))
            .await
            .status
            .is_success()
    );
}

#[tokio::test]
async fn a_dream_is_reflected_on_once_however_many_look() {
    let app = TestApp::start().await;
    let agent = sleeper(&app).await;
    switched_on(&app, &agent, json!({ "reflects": true })).await;
    let bad = complained(&app, &agent).await;
    let id = dreamt(&app, &agent).await;
    let reflector = &app.proxy().app.reflector;
    let now = Timestamp::now();
    let (one, other, third) = tokio::join!(
        reflector.work(now),
        reflector.work(now),
        reflector.work(now)
    );
    for outcome in [one, other, third] {
        outcome.unwrap();
    }
    let reflection = reflected(&app, &id).await;
    assert_eq!(reflection.state, ReflectionState::Done, "{reflection:?}");
    assert!(reflection.usage.unwrap().input_tokens > 0);
    assert!(reflection.estimated_tokens.unwrap() > 0);

    let asked = questions(&app).await;
    assert_eq!(asked.len(), 1, "each answer costs: asked once");
    assert_eq!(asked[0]["tool_choice"]["name"], "report_reflection");
    let said = asked[0]["messages"][0]["content"].to_string();
    assert!(
        said.contains(&format!("feedback negative {}", bad.id)),
        "{said}"
    );
    assert!(said.contains(&format!("transcript {}", bad.id)));
    assert!(said.contains("without asking for the order number"));

    let report = report(&app, &id).await;
    let row = report
        .suggestions
        .iter()
        .find(|row| row.proposed_by.is_some())
        .unwrap();
    let suggestion: Suggestion = app.get(&format!("/api/suggestions/{}", row.id)).await.ok();
    assert_eq!(suggestion.proposed_by, row.proposed_by);
    assert_eq!(suggestion.made_on_version, agent.prompt.version);
    assert!(suggestion.proposed.contains("Ask for the order number"));
    assert_eq!(suggestion.patterns[0].interaction_ids, [bad.id]);
    assert_eq!(suggestion.patterns[0].found_by, row.proposed_by);
    let ledger = app.ledger().await;
    let last: Vec<AuditAction> = ledger.iter().take(2).map(|entry| entry.action).collect();
    assert_eq!(
        last,
        [AuditAction::ReflectionEnded, AuditAction::ReflectionAsked]
    );

    let path = format!("/api/dreams/{id}/reflect");
    let again = app.post("reviewer", &path, &json!({})).await;
    again.error(409, ErrorCode::Conflict);
}

#[tokio::test]
async fn an_instruction_of_a_transcript_comes_with_a_finding_that_names_it() {
    let app = TestApp::start().await;
    let agent = sleeper(&app).await;
    switched_on(&app, &agent, json!({ "reflects": true })).await;
    let bad = complained(&app, &agent).await;
    let path = format!("/api/interactions/{}", bad.id);
    let interaction: Interaction = app.get(&path).await.ok();
    let events = interaction.transcript.items;
    let told = events
        .iter()
        .find(|event| event.kind == LogEventKind::UserMessage)
        .unwrap();
    let line = agent.prompt.text.lines().next().unwrap();
    let edit = |replace: String| json!({"title": "t", "find": line, "replace": replace, "why": "w", "pattern": 1});
    let input = json!({
        "patterns": [{"title": "p", "detail": "d", "interaction_ids": [bad.id, "sesn_none"]}],
        "adjustments": [edit(format!("{line}\n{}", told.text)), {"find": "nowhere at all", "replace": "x"}, 7],
    });
    scripted(&app, &input).await;
    let id = dreamt(&app, &agent).await;
    let reflection = reflected(&app, &id).await;
    let left_out = reflection.left_out;
    assert_eq!(
        (
            left_out.unknown_interactions,
            left_out.without_place,
            left_out.unreadable
        ),
        (1, 1, 1)
    );
    let report = report(&app, &id).await;
    let row = report
        .suggestions
        .iter()
        .find(|row| row.proposed_by.is_some())
        .unwrap();
    let suggestion: Suggestion = app.get(&format!("/api/suggestions/{}", row.id)).await.ok();
    let names_it = |finding: &SuggestionFinding| matches!(finding, SuggestionFinding::FromTranscript { interaction_id, .. } if *interaction_id == bad.id);
    assert!(
        suggestion.findings.iter().any(names_it),
        "{:?}",
        suggestion.findings
    );
}

#[tokio::test]
async fn a_lost_answer_is_not_asked_for_again_but_by_hand() {
    let app = TestApp::start().await;
    let agent = sleeper(&app).await;
    switched_on(&app, &agent, json!({ "reflects": true })).await;
    complained(&app, &agent).await;
    app.fault(FaultKind::DroppedAfterEffect, "POST", "/v1/messages")
        .await;
    let id = dreamt(&app, &agent).await;
    assert_eq!(reflected(&app, &id).await.state, ReflectionState::Lost);
    let later = Timestamp::now() + SignedDuration::from_hours(1);
    app.proxy().app.reflector.work(later).await.unwrap();
    assert_eq!(questions(&app).await.len(), 1);

    let path = format!("/api/dreams/{id}/reflect");
    app.post("reviewer", &path, &json!({}))
        .await
        .ok::<DreamReport>();
    let reflection = reflected(&app, &id).await;
    assert_eq!(reflection.state, ReflectionState::Done, "{reflection:?}");
    assert_eq!(reflection.asked_by.as_str(), "reviewer");
    assert_eq!(questions(&app).await.len(), 2);
}

#[tokio::test]
async fn a_dream_is_passed_over_with_its_reason() {
    let app = TestApp::start().await;
    let agent = sleeper(&app).await;
    switched_on(&app, &agent, json!({ "reflects": true })).await;
    let id = dreamt(&app, &agent).await;
    let bare = reflected(&app, &id).await;
    assert_eq!(bare.state, ReflectionState::Skipped);
    assert!(bare.reason.unwrap().contains("no feedback"));

    complained(&app, &agent).await;
    switched_on(
        &app,
        &agent,
        json!({ "reflects": true, "monthly_tokens": 1 }),
    )
    .await;
    let path = format!("/api/dreams/{id}/reflect");
    app.post("reviewer", &path, &json!({}))
        .await
        .ok::<DreamReport>();
    let capped = reflected(&app, &id).await;
    assert_eq!(capped.state, ReflectionState::Skipped);
    assert!(capped.reason.unwrap().contains("allowed for this month"));
    assert!(questions(&app).await.is_empty());
}
