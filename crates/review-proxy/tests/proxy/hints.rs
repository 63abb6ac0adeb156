//! The platform's own webhooks: taken quickly, once, and believed in nothing.

use super::support::{Answer, SECRET, TestApp, until};
use review_api::{ErrorCode, Timestamp};
use review_core::webhook::{ID_HEADER, SIGNATURE_HEADER, Secret, TIMESTAMP_HEADER};
use serde_json::{Value, json};

/// The platform's secret, another than that of reports.
const PLATFORM: &str = "whsec_cGxhdGZvcm0tcGxhdGZvcm0tcGxhdGZvcm0tMTIzNA==";

fn listening(config: &mut review_proxy::config::Config) {
    config.platform_webhook_secrets = vec![Secret::parse(PLATFORM).unwrap()];
}

fn event(id: &str, kind: &str, object: &str) -> Value {
    json!({
        "type": "event",
        "id": id,
        "created_at": "2026-11-20T03:00:31Z",
        "data": {
            "type": kind,
            "id": object,
            "organization_id": "org_1",
            "workspace_id": "wrkspc_1",
        },
    })
}

async fn hint(app: &TestApp, secret: &str, id: &str, body: &str) -> Answer {
    let now = Timestamp::now().as_second();
    let secret = Secret::parse(secret).unwrap();
    let request = app
        .client
        .post(app.url("/api/hooks/platform"))
        .header("content-type", "application/json")
        .header(ID_HEADER, id)
        .header(TIMESTAMP_HEADER, now)
        .header(SIGNATURE_HEADER, secret.sign(id, now, body.as_bytes()))
        .body(body.to_owned());
    app.send(request).await
}

/// Returns how often an agent was read from the platform.
async fn reads(app: &TestApp, agent: &str) -> usize {
    let url = app.platform_url("/__control/requests");
    let all: Value = app.send(app.client.get(url)).await.ok();
    let path = format!("/v1/agents/{agent}");
    let requests = all["data"].as_array().unwrap().iter();
    let reads = |request: &&Value| request["method"] == "GET" && request["path"] == path.as_str();
    requests.filter(reads).count()
}

#[tokio::test]
async fn p26_a_hint_has_its_agent_read_at_once_and_a_second_copy_does_nothing() {
    let app = TestApp::start_with(listening).await;
    let agent = app.agent("SupportBot").await;
    let id = agent.summary.id;
    app.edit_upstream(&id, "Be kind.").await;
    let body = event("whe_1", "agent.updated", id.as_str()).to_string();
    assert_eq!(hint(&app, PLATFORM, "whe_1", &body).await.status, 204);
    until("the new version is known", async || {
        let now = app.agent("SupportBot").await;
        (now.summary.version > agent.summary.version).then_some(())
    })
    .await;
    let before = reads(&app, id.as_str()).await;
    for _ in 0..5 {
        assert_eq!(hint(&app, PLATFORM, "whe_1", &body).await.status, 204);
    }
    let other = event("whe_2", "agent.updated", id.as_str()).to_string();
    assert_eq!(hint(&app, PLATFORM, "whe_2", &other).await.status, 204);
    until("the second event is followed", async || {
        (reads(&app, id.as_str()).await > before).then_some(())
    })
    .await;
    assert_eq!(reads(&app, id.as_str()).await, before + 1);
}

#[tokio::test]
async fn p26_without_any_hint_everything_is_found_by_asking() {
    let app = TestApp::start_with(listening).await;
    let agent = app.agent("SupportBot").await;
    app.edit_upstream(&agent.summary.id, "Be kind.").await;
    app.synced().await;
    let now = app.agent("SupportBot").await;
    assert!(now.summary.version > agent.summary.version);
    let dreamer = super::dreaming::dreamt(&app).await;
    let newest = app
        .agent(&dreamer.summary.name)
        .await
        .summary
        .last_dream
        .unwrap();
    assert!(newest.ended_at.is_some());
}

#[tokio::test]
async fn p26_a_hint_is_believed_in_nothing() {
    let app = TestApp::start_with(listening).await;
    let agent = app.agent("SupportBot").await;
    let lies = [
        ("agent.deleted", agent.summary.id.as_str()),
        ("agent.archived", agent.summary.id.as_str()),
        ("agent.updated", "agent_nobody"),
        ("agent.updated", "../../v1/dreams"),
        ("session.deleted", "sesn_nobody"),
        ("memory_store.created", "memstore_1"),
        ("vault.created", "vlt_1"),
        ("something.new", "x_1"),
    ];
    for (number, (kind, object)) in lies.into_iter().enumerate() {
        let id = format!("whe_{number}");
        let body = event(&id, kind, object).to_string();
        assert_eq!(hint(&app, PLATFORM, &id, &body).await.status, 204, "{kind}");
    }
    app.synced().await;
    assert_eq!(app.agent("SupportBot").await.prompt, agent.prompt);
    let url = app.platform_url("/__control/requests");
    let all: Value = app.send(app.client.get(url)).await.ok();
    let mut requests = all["data"].as_array().unwrap().iter();
    assert!(requests.all(|request| request["method"] == "GET"));
}

#[tokio::test]
async fn p25_only_what_the_platform_signed_is_taken_and_the_secret_of_reports_is_another() {
    let app = TestApp::start_with(listening).await;
    let body = event("whe_1", "agent.updated", "agent_1").to_string();
    let wrong = hint(&app, SECRET, "whe_1", &body).await;
    wrong.error(401, ErrorCode::Unauthenticated);
    let renamed = hint(&app, PLATFORM, "whe_2", &body).await;
    renamed.error(400, ErrorCode::BadRequest);
    for odd in [
        "",
        "{}",
        "[]",
        "{\"type\":\"event\"}",
        "{\"type\":\"other\",\"id\":\"whe_3\",\"data\":{\"type\":\"a\",\"id\":\"b\"}}",
    ] {
        let answer = hint(&app, PLATFORM, "whe_3", odd).await;
        answer.error(400, ErrorCode::BadRequest);
    }
    let report = json!({ "type": "dreaming_report", "agent_id": "a", "suggestions": [] });
    let elsewhere = hint(&app, PLATFORM, "whe_4", &report.to_string()).await;
    elsewhere.error(400, ErrorCode::BadRequest);

    let deaf = TestApp::start().await;
    let answer = hint(&deaf, PLATFORM, "whe_1", &body).await;
    answer.error(401, ErrorCode::Unauthenticated);
}

#[tokio::test]
async fn p27_an_event_over_64_kib_is_cut_off() {
    let app = TestApp::start_with(listening).await;
    let body = event("whe_1", "agent.updated", &"x".repeat(70_000)).to_string();
    let answer = hint(&app, PLATFORM, "whe_1", &body).await;
    answer.error(413, ErrorCode::TooLarge);
}
