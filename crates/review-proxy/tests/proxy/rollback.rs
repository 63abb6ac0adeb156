//! The way back: the old bytes as a new version, under the same rules, and faster where it must be.

use super::support::TestApp;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use review_api::{
    Agent, AuditAction, Change, ChangeState, ErrorCode, Inbox, InboxReason, MAX_PROMPT_CHARS,
};
use serde_json::{Value, json};

async fn staged(app: &TestApp, agent: &Agent, proposed: &str) -> Change {
    let body = json!({
        "agent_id": agent.summary.id, "base_version": agent.prompt.version,
        "proposed": proposed, "title": "Be kind",
    });
    app.post("reviewer", "/api/changes", &body).await.ok()
}

async fn applied(app: &TestApp, change: &Change) -> Change {
    let approved: Change = app.decide("approver", change, "approve").await.ok();
    app.decide("approver", &approved, "apply").await.ok()
}

async fn way_back(app: &TestApp, applied: &Change) -> Change {
    app.act("reviewer", applied, "rollback", &json!({}))
        .await
        .ok()
}

fn system(agent: &Value) -> &str {
    agent["system"].as_str().unwrap_or_default()
}

#[tokio::test]
async fn p15_a_rollback_is_a_change_with_the_old_bytes_under_the_same_rules() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await;
    let id = &agent.summary.id;
    let change = applied(&app, &staged(&app, &agent, "Be kind.").await).await;
    let back = way_back(&app, &change).await;
    assert_eq!(back.summary.state, ChangeState::Staged);
    assert_eq!(back.summary.rolls_back.as_ref(), Some(&change.summary.id));
    assert_eq!(back.proposed, agent.prompt.text);
    assert_eq!(back.base.version, agent.prompt.version + 1);
    assert_eq!(back.digest, review_core::digest::of(&back));

    // One at a time, never edited, and never by one person alone.
    let change = app.change(&change.summary.id).await;
    assert_eq!(change.rolled_back_by.as_ref(), Some(&back.summary.id));
    let error = app.act("reviewer", &change, "rollback", &json!({})).await;
    let details = error.error(409, ErrorCode::Conflict).error.details.unwrap();
    assert_eq!(details["change_id"], back.summary.id.as_str());
    app.act("reviewer", &back, "edit", &json!({ "proposed": "x" }))
        .await
        .error(409, ErrorCode::Conflict);
    app.decide("approver", &back, "apply")
        .await
        .error(409, ErrorCode::Conflict);
    // Given up, it can be staged again.
    app.act("reviewer", &back, "withdraw", &json!({}))
        .await
        .ok::<Change>();
    let back = way_back(&app, &change).await;
    let done = applied(&app, &back).await;
    assert_eq!(
        done.outcome.unwrap().version,
        Some(agent.prompt.version + 2)
    );
    assert_eq!(system(&app.upstream(id).await), agent.prompt.text);
    let updates = app.updates_upstream(id).await;
    assert_eq!(updates.len(), 2, "forward and back, each once");

    // What was undone is not there any more, so it cannot be undone once more; the rollback itself can.
    let error = app.act("reviewer", &change, "rollback", &json!({})).await;
    let details = error
        .error(409, ErrorCode::StaleBase)
        .error
        .details
        .unwrap();
    assert_eq!(details["made_version"], agent.prompt.version + 1);
    assert_eq!(details["current_version"], agent.prompt.version + 2);
    let forth = way_back(&app, &app.change(&back.summary.id).await).await;
    assert_eq!(forth.proposed, "Be kind.");
}

#[tokio::test]
async fn p15_a_rollback_is_refused_where_the_agent_has_another_version() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await;
    let id = &agent.summary.id;
    let waiting = staged(&app, &agent, "Be brief.").await;
    app.act("reviewer", &waiting, "rollback", &json!({}))
        .await
        .error(409, ErrorCode::Conflict);
    let change = applied(&app, &staged(&app, &agent, "Be kind.").await).await;
    app.edit_upstream(id, "Someone else was here.").await;
    app.act("reviewer", &change, "rollback", &json!({}))
        .await
        .error(409, ErrorCode::StaleBase);
    app.act("viewer", &change, "rollback", &json!({}))
        .await
        .error(403, ErrorCode::Forbidden);
}

#[tokio::test]
async fn p15_breaking_the_glass_needs_a_reason_and_opens_a_review() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await;
    let id = &agent.summary.id;
    let change = staged(&app, &agent, "Be kind.").await;
    let broken =
        |change: &Change, why: &str| json!({ "digest": change.digest, "break_glass": why });
    // Never forward.
    app.act("approver", &change, "apply", &broken(&change, "Now."))
        .await
        .error(403, ErrorCode::Forbidden);
    let change = applied(&app, &change).await;
    let back = way_back(&app, &change).await;
    app.act("reviewer", &back, "apply", &broken(&back, "Now."))
        .await
        .error(403, ErrorCode::Forbidden);
    for blank in ["", "  \n"] {
        app.act("second", &back, "apply", &broken(&back, blank))
            .await
            .error(400, ErrorCode::BadRequest);
    }
    assert_eq!(app.change(&back.summary.id).await, back);

    let why = "Refunds go out twice.";
    let done: Change = app
        .act("second", &back, "apply", &broken(&back, why))
        .await
        .ok();
    assert_eq!(done.summary.state, ChangeState::Applied);
    assert_eq!(system(&app.upstream(id).await), agent.prompt.text);
    let glass = done.glass.clone().unwrap();
    assert_eq!((glass.by.as_str(), glass.reason.as_str()), ("second", why));
    let rows: Vec<_> = done.history.iter().map(|row| row.action).collect();
    assert_eq!(
        rows[1..],
        [
            AuditAction::GlassBroken,
            AuditAction::ApplyStarted,
            AuditAction::ChangeApplied
        ]
    );
    assert_eq!(done.history[1].detail["reason"], why);

    // It waits for every other approver until one of them has looked.
    let waits = async |user: &str| {
        let inbox: Inbox = app.get_as(user, "/api/inbox").await.ok();
        inbox
            .items
            .iter()
            .any(|item| item.reason == InboxReason::Review)
    };
    assert!(waits("approver").await && waits("admin").await);
    assert!(!waits("second").await && !waits("reviewer").await);
    let comment = json!({ "comment": "It had to be." });
    app.act("second", &done, "review-glass", &comment)
        .await
        .error(403, ErrorCode::Forbidden);
    app.act(
        "approver",
        &done,
        "review-glass",
        &json!({ "comment": " " }),
    )
    .await
    .error(400, ErrorCode::BadRequest);
    let seen: Change = app
        .act("approver", &done, "review-glass", &comment)
        .await
        .ok();
    assert_eq!(seen.glass.unwrap().review.unwrap().by.as_str(), "approver");
    assert_eq!(
        seen.history.last().unwrap().action,
        AuditAction::GlassReviewed
    );
    assert!(!waits("admin").await);
    let seen = app.change(&done.summary.id).await;
    app.act("admin", &seen, "review-glass", &comment)
        .await
        .error(409, ErrorCode::Conflict);
}

#[tokio::test]
async fn p15_a_glass_broken_in_vain_is_whole_again() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await;
    let id = &agent.summary.id;
    let change = applied(&app, &staged(&app, &agent, "Be kind.").await).await;
    let back = way_back(&app, &change).await;
    app.fault(
        demo_platform::FaultKind::RateLimited,
        "POST",
        &format!("/v1/agents/{id}"),
    )
    .await;
    let body = json!({ "digest": back.digest, "break_glass": "Now." });
    app.act("second", &back, "apply", &body)
        .await
        .error(503, ErrorCode::PlatformUnavailable);
    let after = app.change(&back.summary.id).await;
    assert_eq!(
        after.summary.state,
        ChangeState::Staged,
        "it still lacks approvals"
    );
    assert_eq!(after.glass, None);
    app.decide("approver", &after, "apply")
        .await
        .error(409, ErrorCode::Conflict);
}

fn prompts() -> impl Strategy<Value = String> {
    prop_oneof![
        1 => Just(String::new()),
        1 => "[ -~]",
        4 => "[\\PC\n\r\t]{1,400}",
        2 => "(\u{202e}|\u{200f}|[\u{5d0}-\u{5ea}]|[\u{627}-\u{64a}]|\u{feff}| ){1,200}",
        2 => "(👩\u{200d}💻|🇪🇺|🏳\u{fe0f}\u{200d}🌈|é|e\u{301}){1,100}",
    ]
}

/// How many prompts there are.
fn cases() -> usize {
    let is_long = std::env::var_os("DREAM_REVIEW_LONG").is_some_and(|value| value == "1");
    if is_long { 500 } else { 24 }
}

#[tokio::test]
async fn p15_whatever_the_prompt_was_it_is_back_byte_for_byte_while_dreams_are_down() {
    let app = TestApp::start().await;
    app.send(
        app.client
            .post(app.platform_url("/__control/faults"))
            .json(&json!({
                "kind": "overloaded", "path_prefix": "/v1/dreams", "count": 100_000,
            })),
    )
    .await;
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let mut texts = vec![
        String::new(),
        "x".to_owned(),
        "\u{202e}".to_owned(),
        "é".repeat(MAX_PROMPT_CHARS),
    ];
    while texts.len() < cases() {
        texts.push(prompts().new_tree(&mut runner).unwrap().current());
    }
    let id = app.agent("SupportBot").await.summary.id;
    for (round, text) in texts.iter().enumerate() {
        let url = app.platform_url(&format!("/__control/agents/{id}/edit"));
        let request = app.client.post(url).json(&json!({ "system": text }));
        assert!(app.send(request).await.status.is_success());
        app.proxy().app.syncer.sync_now().await.ok();
        let agent = app.agent("SupportBot").await;
        assert_eq!(agent.prompt.text, *text);
        let change = applied(
            &app,
            &staged(&app, &agent, &format!("{round}: be kind.")).await,
        )
        .await;
        let back = applied(&app, &way_back(&app, &change).await).await;
        assert_eq!(back.summary.state, ChangeState::Applied);
        let upstream = app.upstream(&id).await;
        assert_eq!(system(&upstream).as_bytes(), text.as_bytes());
        let made = back.outcome.unwrap().version.unwrap();
        assert_eq!(upstream["version"], made, "a new version, not the old one");
    }
    println!("P15: {} prompts came back byte for byte", texts.len());
}
