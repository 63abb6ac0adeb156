//! Reports that go out to an agent's webhook, its secret, and what people do with both.

use super::support::{TestApp, until};
use http::StatusCode;
use review_api::{
    AgentId, AgentWebhook, AuditAction, Delivery, DeliveryDetail, DeliveryState, DreamingReport,
    ErrorCode, Page, Timestamp, WebhookSecret,
};
use review_core::webhook::{ID_HEADER, SIGNATURE_HEADER, Secret, TIMESTAMP_HEADER, verify};
use serde_json::json;
use std::sync::{Arc, Mutex};

type Got = Arc<Mutex<Vec<(http::HeaderMap, String)>>>;

/// Starts a receiver that takes everything.
async fn receiver() -> (Got, String) {
    let got = Got::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/reports", listener.local_addr().unwrap());
    let kept = Arc::clone(&got);
    let router = axum::Router::new().fallback(async move |headers, body| {
        kept.lock().unwrap().push((headers, body));
        StatusCode::NO_CONTENT
    });
    tokio::spawn(async move { axum::serve(listener, router).await });
    (got, url)
}

async fn set(app: &TestApp, id: &AgentId, url: &str) {
    let body = json!({ "feedback_webhook": url });
    let answer = app
        .patch("admin", &format!("/api/agents/{id}"), &body)
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

/// Gives an agent a webhook that nobody reaches, tries it, and waits for what becomes of that.
pub(crate) async fn tried(app: &TestApp, id: &AgentId) -> Delivery {
    set(app, id, "https://127.0.0.1:9/reports").await;
    let path = format!("/api/agents/{id}/webhook/test");
    let delivery: Delivery = app.post("admin", &path, &json!({})).await.ok();
    over(app, &delivery).await.delivery
}

/// Waits until a delivery is over.
async fn over(app: &TestApp, delivery: &Delivery) -> DeliveryDetail {
    until("the delivery is over", async || {
        let path = format!("/api/deliveries/{}", delivery.id);
        let detail: DeliveryDetail = app.get(&path).await.ok();
        (detail.delivery.state != DeliveryState::Waiting).then_some(detail)
    })
    .await
}

fn private(config: &mut review_proxy::config::Config) {
    config.allow_private_webhooks = true;
}

#[track_caller]
fn signed_with(got: &(http::HeaderMap, String), secret: &str) -> bool {
    let header = |name| got.0[name].to_str().unwrap();
    let secrets = [Secret::parse(secret).unwrap()];
    let (id, at, signature) = (
        header(ID_HEADER),
        header(TIMESTAMP_HEADER),
        header(SIGNATURE_HEADER),
    );
    let now = Timestamp::now().as_second();
    verify(&secrets, id, at, signature, got.1.as_bytes(), now).is_ok()
}

#[tokio::test]
async fn a_report_goes_out_signed_and_in_the_shape_that_comes_in() {
    let app = TestApp::start_with(private).await;
    let (got, url) = receiver().await;
    let agent = app.agent("SupportBot").await.summary.id;
    set(&app, &agent, &url).await;
    let suggestions = app.suggest(&agent, &["Be kind."]).await;
    until("the report is out", async || {
        (!got.lock().unwrap().is_empty()).then_some(())
    })
    .await;
    let sent = got.lock().unwrap()[0].clone();
    let report: DreamingReport = serde_json::from_str(&sent.1).unwrap();
    assert_eq!(report.kind, "dreaming_report");
    assert_eq!(report.agent_id, agent);
    assert_eq!(report.suggestions[0].new_prompt, "Be kind.");
    assert_eq!(
        report.summary.as_deref(),
        Some("Two things keep going wrong.")
    );
    let raw: serde_json::Value = serde_json::from_str(&sent.1).unwrap();
    assert_eq!(
        raw["suggestions"][0]["suggestion_id"],
        suggestions[0].as_str()
    );

    // It was signed before anybody saw the secret, which is that one still.
    let path = format!("/api/agents/{agent}/webhook/secret");
    let first: WebhookSecret = app.post("admin", &path, &json!({})).await.ok();
    assert!(signed_with(&sent, &first.secret));
    assert_eq!(first.state.generation, 1);

    let page: Page<Delivery> = app
        .get(&format!("/api/agents/{agent}/deliveries"))
        .await
        .ok();
    let detail = over(&app, &page.items[0]).await;
    assert_eq!(detail.delivery.state, DeliveryState::Delivered);
    assert_eq!(detail.tried[0].status, Some(204));
    assert_eq!(
        detail.delivery.id.as_str(),
        sent.0[ID_HEADER].to_str().unwrap()
    );
}

#[tokio::test]
async fn what_a_dream_did_to_the_memories_goes_out_when_it_is_derived() {
    let app = TestApp::start_with(private).await;
    let (got, url) = receiver().await;
    let agent = app.agent("SupportBot").await.summary.id;
    set(&app, &agent, &url).await;
    super::dreaming::dreamt(&app).await;
    until("the report is out", async || {
        (!got.lock().unwrap().is_empty()).then_some(())
    })
    .await;
    let raw: serde_json::Value = serde_json::from_str(&got.lock().unwrap()[0].1).unwrap();
    assert_eq!(raw["reported_by"], "derived");
    assert_eq!(raw["suggestions"][0]["action"], "update_memories");
    assert!(raw["dream_id"].as_str().unwrap().starts_with("drm_"));
}

#[tokio::test]
async fn p25_a_new_secret_counts_at_once_and_the_former_one_for_a_day() {
    let app = TestApp::start_with(private).await;
    let (got, url) = receiver().await;
    let agent = app.agent("SupportBot").await.summary.id;
    set(&app, &agent, &url).await;
    let path = format!("/api/agents/{agent}/webhook/secret");
    let first: WebhookSecret = app.post("admin", &path, &json!({})).await.ok();
    let second: WebhookSecret = app.post("admin", &path, &json!({})).await.ok();
    assert_ne!(first.secret, second.secret);
    assert_eq!(second.state.generation, 2);
    let hours = second
        .state
        .former_until
        .unwrap()
        .duration_since(second.state.made_at);
    assert_eq!(hours.as_hours(), 24);
    let test = format!("/api/agents/{agent}/webhook/test");
    let delivery: Delivery = app.post("admin", &test, &json!({})).await.ok();
    over(&app, &delivery).await;
    let sent = got.lock().unwrap()[0].clone();
    assert!(signed_with(&sent, &first.secret) && signed_with(&sent, &second.secret));

    // A day later, as the database has it.
    app.sql("UPDATE webhook_endpoints SET former_until = 1")
        .await;
    let delivery: Delivery = app.post("admin", &test, &json!({})).await.ok();
    over(&app, &delivery).await;
    let sent = got.lock().unwrap()[1].clone();
    assert!(!signed_with(&sent, &first.secret) && signed_with(&sent, &second.secret));
}

#[tokio::test]
async fn p1_a_webhook_secret_is_shown_once_and_kept_nowhere() {
    let app = TestApp::start_with(private).await;
    let (_got, url) = receiver().await;
    let agent = app.agent("SupportBot").await.summary.id;
    set(&app, &agent, &url).await;
    let path = format!("/api/agents/{agent}/webhook/secret");
    let seen = app.seen_now(&path).await;
    let ask = async || {
        let request = app.request("admin", http::Method::POST, &path, &json!({}));
        let request = request
            .header("if-match", &seen)
            .header("idempotency-key", "once");
        app.send(request).await
    };
    let first = ask().await;
    assert_eq!(first.header("cache-control"), "no-store");
    let shown: WebhookSecret = first.ok();
    let again = ask().await;
    assert_eq!(again.header("idempotency-replayed"), "true");
    again.error(409, ErrorCode::Conflict);
    let state: AgentWebhook = app.get(&format!("/api/agents/{agent}/webhook")).await.ok();
    assert_eq!(state.secret.unwrap().generation, 1);
    let mut read = app.proxy().app.store.read().await.unwrap();
    let answers: Vec<(Option<String>,)> = sqlx::query_as("SELECT body FROM idempotency_keys")
        .fetch_all(&mut *read)
        .await
        .unwrap();
    assert!(!answers.is_empty());
    let bare = shown.secret.trim_start_matches("whsec_");
    for (answer,) in answers {
        assert!(!answer.unwrap_or_default().contains(bare));
    }
    drop(read);
    let ledger = serde_json::to_string(&app.ledger().await).unwrap();
    assert!(!ledger.contains(bare));
}

#[tokio::test]
async fn p2_a_private_address_is_not_posted_to_unless_the_proxy_was_told_so() {
    let app = TestApp::start().await;
    let (got, url) = receiver().await;
    let agent = app.agent("SupportBot").await.summary.id;
    for url in [url.clone(), url.replace("http://", "https://")] {
        set(&app, &agent, &url).await;
        let state: AgentWebhook = app.get(&format!("/api/agents/{agent}/webhook")).await.ok();
        assert!(state.problem.unwrap().contains("--allow-private-webhooks"));
        let path = format!("/api/agents/{agent}/webhook/test");
        let delivery: Delivery = app.post("admin", &path, &json!({})).await.ok();
        let detail = over(&app, &delivery).await;
        assert_eq!(detail.delivery.state, DeliveryState::GivenUp);
        let problem = detail.tried[0].problem.clone().unwrap();
        assert!(problem.contains("--allow-private-webhooks"), "{problem}");
    }
    assert!(got.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_delivery_is_asked_for_again_under_its_id_by_who_saw_it_last() {
    let app = TestApp::start_with(private).await;
    let (got, url) = receiver().await;
    let agent = app.agent("SupportBot").await.summary.id;
    set(&app, &agent, &url).await;
    let path = format!("/api/agents/{agent}/webhook/test");
    let delivery: Delivery = app.post("admin", &path, &json!({})).await.ok();
    over(&app, &delivery).await;
    let replay = format!("/api/deliveries/{}/replay", delivery.id);
    let again: Delivery = app.post("admin", &replay, &json!({})).await.ok();
    assert_eq!(again.revision, 2);
    until("it came twice", async || {
        (got.lock().unwrap().len() == 2).then_some(())
    })
    .await;
    let ids: Vec<_> = got
        .lock()
        .unwrap()
        .iter()
        .map(|got| got.0[ID_HEADER].clone())
        .collect();
    assert_eq!(ids[0], ids[1]);
    let request = app.request("admin", http::Method::POST, &replay, &json!({}));
    let late = app.send(request.header("if-match", "\"1\"")).await;
    late.error(412, ErrorCode::Changed);
    app.post("approver", &replay, &json!({}))
        .await
        .error(403, ErrorCode::Forbidden);
    let actions: Vec<_> = app
        .ledger()
        .await
        .into_iter()
        .map(|line| line.action)
        .collect();
    for action in [
        AuditAction::WebhookTested,
        AuditAction::DeliveryReplayed,
        AuditAction::ReportDelivered,
    ] {
        assert!(actions.contains(&action), "{action:?}");
    }
}

#[tokio::test]
async fn without_a_webhook_nothing_is_kept_to_go_out_and_a_test_is_refused() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await.summary.id;
    set(&app, &agent, "").await;
    app.suggest(&agent, &["Be kind."]).await;
    let page: Page<Delivery> = app
        .get(&format!("/api/agents/{agent}/deliveries"))
        .await
        .ok();
    assert_eq!(page.items, []);
    let path = format!("/api/agents/{agent}/webhook/test");
    app.post("admin", &path, &json!({}))
        .await
        .error(409, ErrorCode::Conflict);
}
