//! What keeps approvals and what voids them, and the way from a moved base to a change that can be decided.

use super::support::TestApp;
use review_api::{Agent, AgentId, AuditAction, Change, ChangeState, ErrorCode, Part, Timestamp};
use serde_json::json;

async fn watched(app: &TestApp) {
    let review = &app.proxy().app.review;
    review.watch(Timestamp::now()).await.unwrap();
}

/// Stages a text of one's own on the prompt as it is, as the reviewer, and approves it.
async fn approved(app: &TestApp, agent: &Agent, proposed: &str) -> Change {
    let body = json!({
        "agent_id": agent.summary.id, "base_version": agent.prompt.version,
        "proposed": proposed, "title": "Be kind",
    });
    let change: Change = app.post("reviewer", "/api/changes", &body).await.ok();
    app.decide("approver", &change, "approve").await.ok()
}

/// What may happen to a change that is approved, and whether its approval counts afterwards.
const KINDS: [(&str, bool); 14] = [
    ("the same bytes again", true),
    ("a rating", true),
    ("dreaming settings", true),
    ("another change of the same agent", true),
    ("a look at the platform, where nothing moved", true),
    ("a restart", true),
    ("other bytes", false),
    ("a space at the end", false),
    ("the same letters, composed in another way", false),
    ("other line ends", false),
    ("more approvals needed", false),
    ("other approvers", false),
    ("approvals that lapse", false),
    ("a prompt that moved on the platform", false),
];

const TEXT: &str = "Be kind.\nServe a caf\u{e9}.";

async fn happens(app: &mut TestApp, kind: &str, agent: &Agent, change: &Change) {
    let id = &agent.summary.id;
    let edit = async |app: &TestApp, proposed: &str| {
        let body = json!({ "proposed": proposed });
        app.act("admin", change, "edit", &body).await.ok::<Change>();
    };
    let settings = async |app: &TestApp, body| {
        let path = format!("/api/agents/{id}");
        app.patch("admin", &path, &body).await.ok::<Agent>();
    };
    match kind {
        "the same bytes again" => edit(app, TEXT).await,
        "a rating" => {
            let page: review_api::Page<review_api::InteractionSummary> = app
                .get(&format!("/api/agents/{id}/interactions?limit=1"))
                .await
                .ok();
            let body = json!({
                "agent_id": id, "interaction_id": page.items[0].id, "rating": "positive",
                "comment": "Looks good to me.",
            });
            app.post("reviewer", "/api/feedback", &body)
                .await
                .ok::<review_api::Feedback>();
        }
        "dreaming settings" => settings(app, json!({ "dreaming_frequency": "weekly" })).await,
        "another change of the same agent" => {
            let other = approved(app, agent, "Be brief.").await;
            app.act("reviewer", &other, "withdraw", &json!({}))
                .await
                .ok::<Change>();
        }
        "a look at the platform, where nothing moved" => {
            app.synced().await;
            watched(app).await;
            let review = &app.proxy().app.review;
            review.reconcile(Timestamp::now()).await.unwrap();
        }
        "a restart" => app.restart().await,
        "other bytes" => edit(app, "Be kinder.").await,
        "a space at the end" => edit(app, &format!("{TEXT} ")).await,
        "the same letters, composed in another way" => {
            edit(app, &TEXT.replace('\u{e9}', "e\u{301}")).await;
        }
        "other line ends" => edit(app, &TEXT.replace('\n', "\r\n")).await,
        "more approvals needed" => settings(app, json!({ "approvals_needed": 2 })).await,
        "other approvers" => settings(app, json!({ "approvers": ["second", "admin"] })).await,
        "approvals that lapse" => {
            settings(app, json!({ "approvals_lapse_after_hours": 1 })).await;
        }
        "a prompt that moved on the platform" => {
            app.edit_upstream(id, "Someone else was here.").await;
            watched(app).await;
        }
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn p11_what_keeps_approvals_and_what_voids_them() {
    let mut app = TestApp::start().await;
    for (kind, keeps) in KINDS {
        let agent = app.agent("SupportBot").await;
        let before = approved(&app, &agent, TEXT).await;
        happens(&mut app, kind, &agent, &before).await;
        let after = app.change(&before.summary.id).await;
        assert_eq!(after.approvals, before.approvals, "{kind}: still listed");
        if keeps {
            assert_eq!(after.summary, before.summary, "{kind}");
            assert_eq!(after.history, before.history, "{kind}");
        } else {
            assert_ne!(after.summary.state, ChangeState::Approved, "{kind}");
            let row = after.history.last().unwrap();
            let void = row.detail["approvals_void"].to_string();
            assert!(void.contains("approver"), "{kind}: {row:?}");
            app.decide("second", &after, "apply")
                .await
                .error(409, ErrorCode::Conflict);
        }
        app.act("reviewer", &after, "withdraw", &json!({}))
            .await
            .ok::<Change>();
        let as_before = json!({
            "approvals_needed": 1, "approvers": [], "approvals_lapse_after_hours": 0,
        });
        let path = format!("/api/agents/{}", agent.summary.id);
        app.patch("admin", &path, &as_before).await.ok::<Agent>();
    }
    let agent = app.agent("SupportBot").await.summary.id;
    assert!(app.updates_upstream(&agent).await.is_empty());
}

/// A change whose base moved by itself, noticed by one look at the platform.
async fn stale(app: &TestApp, agent: &AgentId) -> Change {
    let change = app.approved(agent, "Be kind.").await;
    app.edit_upstream(agent, "Someone else was here.").await;
    watched(app).await;
    app.change(&change.summary.id).await
}

#[tokio::test]
async fn p11_a_moved_base_is_seen_by_the_look_that_follows_and_nothing_is_applied() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await;
    let id = &agent.summary.id;
    let change = stale(&app, id).await;
    assert_eq!(change.summary.state, ChangeState::Stale);
    assert_eq!(change.moved_to, Some(agent.prompt.version + 1));
    assert!(change.trouble.as_ref().unwrap().contains("Restage"));
    app.decide("second", &change, "apply")
        .await
        .error(409, ErrorCode::Conflict);
    assert!(app.updates_upstream(id).await.is_empty());
    // One look is one read of the agent, whatever else the platform has.
    let url = app.platform_url("/__control/requests");
    app.send(app.client.delete(&url)).await;
    watched(&app).await;
    let all: serde_json::Value = app.send(app.client.get(&url)).await.ok();
    assert_eq!(
        all["data"].as_array().unwrap().len(),
        0,
        "nothing waits on it"
    );
}

#[tokio::test]
async fn p11_a_watching_proxy_notices_by_itself() {
    let app = TestApp::start_with(|config| {
        config.watch_every = std::time::Duration::from_millis(20);
    })
    .await;
    let agent = app.agent("SupportBot").await.summary.id;
    let change = app.approved(&agent, "Be kind.").await;
    app.edit_upstream(&agent, "Someone else was here.").await;
    super::support::until("the change is stale", async || {
        let change = app.change(&change.summary.id).await;
        (change.summary.state == ChangeState::Stale).then_some(())
    })
    .await;
}

#[tokio::test]
async fn p11_a_restaged_change_needs_new_approvals_and_keeps_its_suggestions() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await;
    let id = &agent.summary.id;
    let change = stale(&app, id).await;
    let current = app.agent("SupportBot").await.prompt;
    let merged = format!("{}Be kind.\n", current.text);

    // Merged with another version than the one there is.
    let old = json!({ "base_version": agent.prompt.version, "proposed": merged });
    let error = app.act("second", &change, "restage", &old).await;
    let details = error
        .error(409, ErrorCode::StaleBase)
        .error
        .details
        .unwrap();
    assert_eq!(details["current_version"], current.version);
    let none = json!({ "base_version": current.version });
    app.act("second", &change, "restage", &none)
        .await
        .error(400, ErrorCode::BadRequest);
    let same = json!({ "base_version": current.version, "proposed": current.text });
    app.act("second", &change, "restage", &same)
        .await
        .error(400, ErrorCode::BadRequest);
    app.act("viewer", &change, "restage", &same)
        .await
        .error(403, ErrorCode::Forbidden);

    let body = json!({ "base_version": current.version, "proposed": merged });
    let restaged: Change = app.act("second", &change, "restage", &body).await.ok();
    assert_eq!(restaged.summary.state, ChangeState::Staged);
    assert_eq!((&restaged.base, &restaged.proposed), (&current, &merged));
    assert_eq!(restaged.digest, review_core::digest::of(&restaged));
    assert_eq!((restaged.moved_to, restaged.trouble.as_ref()), (None, None));
    assert_eq!(restaged.suggestion_ids, change.suggestion_ids);
    assert_eq!(
        restaged.approvals, change.approvals,
        "still listed, as void"
    );
    assert_eq!(restaged.summary.approvals, 0);
    assert!(
        restaged
            .hands
            .iter()
            .any(|hand| hand.part == Part::Restaged)
    );
    let row = restaged.history.last().unwrap();
    assert_eq!(
        (row.actor.as_str(), row.action),
        ("second", AuditAction::ChangeRestaged)
    );
    assert_eq!(row.detail["base_version_before"], agent.prompt.version);
    assert_eq!(row.detail["base_version"], current.version);
    assert_eq!(row.detail["digest_before"], change.digest.as_str());
    assert_eq!(row.detail["digest"], restaged.digest.as_str());

    app.decide("second", &restaged, "approve")
        .await
        .error(403, ErrorCode::Forbidden);
    app.act("second", &restaged, "restage", &body)
        .await
        .error(409, ErrorCode::Conflict);
    let approved: Change = app.decide("approver", &restaged, "approve").await.ok();
    let applied: Change = app.decide("second", &approved, "apply").await.ok();
    assert_eq!(app.upstream(id).await["system"], merged.as_str());
    let suggestion = app.suggestion(&applied.suggestion_ids[0]).await;
    assert_eq!(suggestion.status, review_api::SuggestionStatus::Applied);
}

#[tokio::test]
async fn a_base_that_moved_unnoticed_can_be_restaged_at_once() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await;
    let change = app.approved(&agent.summary.id, "Be kind.").await;
    app.edit_upstream(&agent.summary.id, "Someone else was here.")
        .await;
    let body = json!({ "base_version": agent.prompt.version + 1, "proposed": "Be kind." });
    let restaged: Change = app.act("reviewer", &change, "restage", &body).await.ok();
    let actions: Vec<_> = restaged.history.iter().map(|row| row.action).collect();
    assert_eq!(
        actions[2..],
        [AuditAction::ChangeStale, AuditAction::ChangeRestaged]
    );
}
