//! Prompts that were changed on the platform past this console.

use super::support::{KEY, TestApp};
use demo_platform::FaultKind;
use jiff::SignedDuration;
use review_api::{
    Agent, AgentId, AuditAction, AuditEntry, Change, ChangeState, ErrorCode, Timestamp,
};
use serde_json::json;

async fn looked(app: &TestApp) {
    let review = &app.proxy().app.review;
    review.watch(Timestamp::now()).await.unwrap();
}

async fn drifts(app: &TestApp) -> Vec<AuditEntry> {
    let mut rows = app.ledger().await;
    rows.retain(|row| row.action == AuditAction::PromptDrifted);
    rows
}

async fn agent(app: &TestApp, id: &AgentId) -> Agent {
    app.get(&format!("/api/agents/{id}")).await.ok()
}

#[tokio::test]
async fn a_prompt_changed_before_anyone_looked_is_noticed_too() {
    let app = TestApp::start().await;
    let before = app.agent("SupportBot").await;
    let id = &before.summary.id;
    // Nobody has looked since the agents were copied first.
    app.edit_upstream(id, "Someone was quick.").await;
    app.synced().await;
    looked(&app).await;
    let drift = agent(&app, id).await.drift.unwrap();
    assert_eq!(drift.from_version, before.prompt.version);
}

#[tokio::test]
async fn a_prompt_changed_past_the_console_is_shown_until_somebody_has_looked() {
    let app = TestApp::start().await;
    let before = app.agent("SupportBot").await;
    let id = &before.summary.id;
    looked(&app).await;
    assert!(
        drifts(&app).await.is_empty(),
        "the first look is where it begins"
    );

    app.edit_upstream(id, "Someone else was here.").await;
    app.synced().await;
    looked(&app).await;
    let drifted = agent(&app, id).await;
    let drift = drifted.drift.clone().unwrap();
    assert_eq!(
        (drift.from_version, drift.to_version, drift.attempt_id),
        (before.prompt.version, before.prompt.version + 1, None)
    );
    let rows = drifts(&app).await;
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (rows[0].actor.as_str(), rows[0].subject_id.as_str()),
        ("platform", id.as_str())
    );
    looked(&app).await;
    assert_eq!(drifts(&app).await.len(), 1, "told once");

    // It grows while nobody looks, from where it began.
    app.edit_upstream(id, "And again.").await;
    app.synced().await;
    looked(&app).await;
    let path = format!("/api/agents/{id}/drift/seen");
    let saw = json!({ "version": before.prompt.version + 1 });
    app.post("reviewer", &path, &saw)
        .await
        .error(412, ErrorCode::Changed);
    let saw = json!({ "version": before.prompt.version + 2 });
    app.post("viewer", &path, &saw)
        .await
        .error(403, ErrorCode::Forbidden);
    let grown = agent(&app, id).await.drift.unwrap();
    assert_eq!(grown.from_version, before.prompt.version);
    let seen: Agent = app.post("reviewer", &path, &saw).await.ok();
    assert_eq!(seen.drift, None);
    let row = app.ledger().await.remove(0);
    assert_eq!(
        (row.actor.as_str(), row.action),
        ("reviewer", AuditAction::DriftSeen)
    );
    app.post("reviewer", &path, &saw)
        .await
        .error(409, ErrorCode::Conflict);
}

#[tokio::test]
async fn what_was_applied_here_is_no_drift_and_neither_is_a_version_with_the_same_prompt() {
    let app = TestApp::start().await;
    let before = app.agent("SupportBot").await;
    let id = &before.summary.id;
    looked(&app).await;
    let change = app.approved(id, "Be kind.").await;
    app.decide("approver", &change, "apply")
        .await
        .ok::<Change>();
    // Another name is another version of the agent, with the same prompt.
    let request = app
        .client
        .post(app.platform_url(&format!("/v1/agents/{id}")))
        .bearer_auth(KEY)
        .header("anthropic-version", "2026-10-21")
        .header("anthropic-beta", "managed-agents-2026-04-01")
        .json(&json!({ "version": before.prompt.version + 1, "name": "SupportBot 2" }));
    assert!(app.send(request).await.status.is_success());
    app.synced().await;
    looked(&app).await;
    let now = agent(&app, id).await;
    assert_eq!(now.summary.version, before.prompt.version + 2);
    assert_eq!(now.drift, None);
    assert!(drifts(&app).await.is_empty());
}

#[tokio::test]
async fn p13_a_request_delivered_after_it_was_given_up_is_drift_that_names_its_attempt() {
    let app = TestApp::start().await;
    let before = app.agent("SupportBot").await;
    let id = &before.summary.id;
    looked(&app).await;
    let change = app.approved(id, "Be kind.").await;
    app.fault(
        FaultKind::InternalError,
        "POST",
        &format!("/v1/agents/{id}"),
    )
    .await;
    app.decide("approver", &change, "apply")
        .await
        .error(502, ErrorCode::OutcomeUnknown);
    let unknown = app.change(&change.summary.id).await;
    let attempt = unknown.history[2].detail["attempt_id"].clone();
    // While it may still land, nobody can tell whose a new version is.
    app.edit_upstream(&app.agent("Legal").await.summary.id, "x")
        .await;
    looked(&app).await;
    assert_eq!(agent(&app, id).await.drift, None);
    let later = Timestamp::now() + SignedDuration::from_mins(10);
    app.proxy().app.review.reconcile(later).await.unwrap();
    let released = app.change(&change.summary.id).await;
    assert_eq!(released.summary.state, ChangeState::Approved);

    // Now the very request arrives, which was held up somewhere.
    let request = app
        .client
        .post(app.platform_url(&format!("/v1/agents/{id}")))
        .bearer_auth(KEY)
        .header("anthropic-version", "2026-10-21")
        .header("anthropic-beta", "managed-agents-2026-04-01")
        .json(&json!({ "version": before.prompt.version, "system": "Be kind." }));
    assert!(app.send(request).await.status.is_success());
    looked(&app).await;
    let drift = agent(&app, id).await.drift.unwrap();
    assert_eq!(drift.to_version, before.prompt.version + 1);
    assert_eq!(json!(drift.attempt_id), attempt);
    assert_eq!(drifts(&app).await[0].detail["attempt_id"], attempt);
    let stale = app.change(&change.summary.id).await;
    assert_eq!(
        stale.summary.state,
        ChangeState::Stale,
        "and nothing is sent twice"
    );
    let sent = app.updates_upstream(id).await;
    assert_eq!(sent.len(), 2, "the proxy's one and the late one");
}
