//! `Idempotency-Key`: the same write again gets the same answer and has no second effect.

use super::support::{Answer, TestApp};
use http::Method;
use review_api::{Change, ErrorCode, Feedback, InteractionSummary, Page};
use serde_json::{Value, json};

async fn with_key(app: &TestApp, user: &str, path: &str, key: &str, body: &Value) -> Answer {
    let request = app
        .request(user, Method::POST, path, body)
        .header("if-match", app.seen_now(path).await)
        .header("idempotency-key", key);
    app.send(request).await
}

async fn rating(app: &TestApp) -> Value {
    let agent = app.agent("SupportBot").await.summary.id;
    let page: Page<InteractionSummary> = app
        .get(&format!("/api/agents/{agent}/interactions?limit=1"))
        .await
        .ok();
    json!({ "agent_id": agent, "interaction_id": page.items[0].id, "rating": "positive" })
}

#[tokio::test]
async fn p14_the_same_write_again_is_answered_the_same_and_done_once() {
    let app = TestApp::start().await;
    let body = rating(&app).await;
    let first = with_key(&app, "reviewer", "/api/feedback", "k1", &body).await;
    let again = with_key(&app, "reviewer", "/api/feedback", "k1", &body).await;
    assert_eq!(first.status, again.status);
    assert_eq!(first.text, again.text);
    assert_eq!(first.header("location"), again.header("location"));
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(app.ledger().await.len(), 1);

    // Another person's key of the same name is another key, and another key is another write.
    let other: Feedback = with_key(&app, "approver", "/api/feedback", "k1", &body)
        .await
        .ok();
    assert_eq!(other.author.as_str(), "approver");
    with_key(&app, "reviewer", "/api/feedback", "k2", &body)
        .await
        .ok::<Feedback>();
    assert_eq!(app.ledger().await.len(), 3);
}

#[tokio::test]
async fn p14_the_same_key_for_another_write_is_refused() {
    let app = TestApp::start().await;
    let mut body = rating(&app).await;
    with_key(&app, "reviewer", "/api/feedback", "k1", &body)
        .await
        .ok::<Feedback>();
    body["comment"] = json!("More.");
    with_key(&app, "reviewer", "/api/feedback", "k1", &body)
        .await
        .error(422, ErrorCode::KeyReused);
    with_key(&app, "reviewer", "/api/changes", "k1", &body)
        .await
        .error(422, ErrorCode::KeyReused);
    assert_eq!(app.ledger().await.len(), 1);
}

#[tokio::test]
async fn an_apply_is_answered_the_same_however_often_it_is_sent() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await.summary.id;
    let change = app.approved(&agent, "Be kind.").await;
    let path = format!("/api/changes/{}/apply", change.summary.id);
    let body = json!({ "digest": change.digest });
    let first = with_key(&app, "approver", &path, "k1", &body).await;
    let again = with_key(&app, "approver", &path, "k1", &body).await;
    assert_eq!(first.text, again.text);
    assert_eq!(first.header("etag"), again.header("etag"));
    first.ok::<Change>();
    assert_eq!(app.updates_upstream(&agent).await.len(), 1);
}

#[tokio::test]
async fn what_failed_for_the_moment_may_be_tried_again_with_its_key() {
    let mut app = TestApp::start().await;
    let agent = app.agent("SupportBot").await;
    let suggestion = app
        .suggest(&agent.summary.id, &["Be kind."])
        .await
        .remove(0);
    let body = json!({ "suggestion_ids": [suggestion], "base_version": agent.prompt.version });
    let denied = with_key(&app, "viewer", "/api/changes", "k1", &body).await;
    denied.error(403, ErrorCode::Forbidden);
    let down = app.platform.take().unwrap();
    let addr = down.addr();
    down.shutdown().await;
    with_key(&app, "reviewer", "/api/changes", "k1", &body)
        .await
        .error(503, ErrorCode::PlatformUnavailable);
    let config = demo_platform::Config {
        listen: addr,
        ..demo_platform::Config::local(app.folder.path().join("platform"))
    };
    app.platform = Some(demo_platform::start(config).await.unwrap());
    with_key(&app, "reviewer", "/api/changes", "k1", &body)
        .await
        .ok::<Change>();
}

#[tokio::test]
async fn many_at_once_with_one_key_have_one_effect() {
    let app = TestApp::start().await;
    let body = rating(&app).await;
    let sends = (0..20).map(|_| with_key(&app, "reviewer", "/api/feedback", "k1", &body));
    let answers = futures_util::future::join_all(sends).await;
    let texts: Vec<&str> = answers
        .iter()
        .filter(|answer| answer.status.is_success())
        .map(|answer| answer.text.as_str())
        .collect();
    assert!(!texts.is_empty());
    assert!(texts.windows(2).all(|pair| pair[0] == pair[1]));
    assert!(
        answers
            .iter()
            .all(|answer| matches!(answer.status.as_u16(), 201 | 409))
    );
    assert_eq!(app.ledger().await.len(), 1);
}

#[tokio::test]
async fn a_write_cut_short_by_a_restart_is_not_done_twice() {
    let mut app = TestApp::start().await;
    let body = rating(&app).await;
    with_key(&app, "reviewer", "/api/feedback", "k1", &body)
        .await
        .ok::<Feedback>();
    // What a kill between the effect and its answer leaves behind.
    // Ten minutes ago: where proxies share a database, a fresh one may be another's work.
    app.sql(
        "UPDATE idempotency_keys
         SET status = NULL, body = NULL, created_at = created_at - 600000000",
    )
    .await;
    with_key(&app, "reviewer", "/api/feedback", "k1", &body)
        .await
        .error(409, ErrorCode::Conflict);
    app.restart().await;
    with_key(&app, "reviewer", "/api/feedback", "k1", &body)
        .await
        .error(502, ErrorCode::OutcomeUnknown);
    assert_eq!(app.ledger().await.len(), 1);
}

#[tokio::test]
async fn p14_odd_keys_are_refused() {
    let app = TestApp::start().await;
    let body = rating(&app).await;
    for odd in ["", "two words", &"x".repeat(256)] {
        with_key(&app, "reviewer", "/api/feedback", odd, &body)
            .await
            .error(400, ErrorCode::BadRequest);
    }
    let longest = "x".repeat(255);
    with_key(&app, "reviewer", "/api/feedback", &longest, &body)
        .await
        .ok::<Feedback>();
}

#[tokio::test]
async fn p14_what_was_begun_is_answered_the_same_and_what_was_refused_may_be_tried_again() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await.summary.id;
    let change = app.approved(&agent, "Be kind.").await;
    let path = format!("/api/changes/{}/apply", change.summary.id);
    let body = json!({ "digest": change.digest });

    // A state that does not allow it has no effect, so the key is free again.
    let other = app.staged(&agent, "Be brief.").await;
    let other_path = format!("/api/changes/{}/apply", other.summary.id);
    let other_body = json!({ "digest": other.digest });
    with_key(&app, "second", &other_path, "k0", &other_body)
        .await
        .error(409, ErrorCode::Conflict);
    app.decide("approver", &other, "approve")
        .await
        .ok::<Change>();
    with_key(&app, "second", &other_path, "k0", &json!({ "digest": "x" }))
        .await
        .error(409, ErrorCode::DigestMismatch);

    // An answer that was lost is the answer to the key, whatever is found out later.
    app.fault(
        demo_platform::FaultKind::ErrorAfterEffect,
        "POST",
        &format!("/v1/agents/{agent}"),
    )
    .await;
    let first = with_key(&app, "approver", &path, "k1", &body).await;
    let later = review_api::Timestamp::now();
    app.proxy().app.review.reconcile(later).await.unwrap();
    let again = with_key(&app, "approver", &path, "k1", &body).await;
    assert_eq!((first.status, &first.text), (again.status, &again.text));
    first.error(502, ErrorCode::OutcomeUnknown);
    assert_eq!(app.updates_upstream(&agent).await.len(), 1);
    let found = app.change(&change.summary.id).await;
    assert!(found.outcome.unwrap().message.contains("not known"));
    assert_eq!(
        found.history.last().unwrap().detail["applied_by"],
        "unknown"
    );
}
