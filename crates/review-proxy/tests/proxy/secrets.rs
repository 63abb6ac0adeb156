//! The platform's key leaves the proxy in the requests to the platform, and nowhere else.

use super::program::{Process, program};
use super::support::{KEY, TestApp, client};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use demo_platform::FaultKind;
use http::Method;
use serde_json::json;
use std::path::Path;

/// Longest piece of the key that may appear by chance.
const SLICE: usize = 12;

/// Says whether a text holds the key, a good piece of it, or one of its usual disguises.
fn holds_key(text: &[u8]) -> bool {
    let encoded = STANDARD.encode(KEY);
    let hex = KEY
        .bytes()
        .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    [
        KEY.as_bytes(),
        encoded.trim_end_matches('=').as_bytes(),
        hex.as_bytes(),
    ]
    .into_iter()
    .flat_map(|form| form.windows(SLICE))
    .any(|slice| text.windows(SLICE).any(|window| window == slice))
}

fn every_file(folder: &Path, look: &mut impl FnMut(&Path, &[u8])) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            every_file(&path, look);
        } else {
            look(&path, &std::fs::read(&path).unwrap());
        }
    }
}

#[tokio::test]
async fn p1_the_key_is_in_no_answer_no_log_and_no_file() {
    assert!(
        holds_key(format!("x{KEY}x").as_bytes()),
        "the search finds what it looks for"
    );
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await.summary.id;
    let data = tempfile::tempdir().unwrap();
    let mut command = program();
    command
        .env("ANTHROPIC_API_KEY", KEY)
        .args([
            "--listen",
            "127.0.0.1:0",
            "--log",
            "trace",
            "--dev-user",
            "admin:admin",
            "--data",
        ])
        .arg(data.path())
        .args(["--platform-url", &app.platform.as_ref().unwrap().url()]);
    let (process, url) = Process::start(&mut command);
    let client = client();
    let mut answers = Vec::new();
    let mut send = async |method: Method, path: &str| {
        let request = client
            .request(method, format!("{url}{path}"))
            .header("content-type", "application/json")
            .body(json!({ "name": "n", "model": "claude-opus-5-5" }).to_string());
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        answers.push(format!("{:?}", answer.headers()).into_bytes());
        answers.push(answer.bytes().await.unwrap().to_vec());
        status
    };
    let agent_path = format!("/api/agents/{agent}");
    for kind in [
        FaultKind::RateLimited,
        FaultKind::InternalError,
        FaultKind::Overloaded,
        FaultKind::HtmlBadGateway,
        FaultKind::Truncated,
        FaultKind::DroppedAfterEffect,
    ] {
        app.fault(kind, "POST", "/v1/agents").await;
        assert!(send(Method::POST, "/api/agents").await >= 500, "{kind:?}");
    }
    for path in [
        "/api/session",
        "/api/inbox",
        &agent_path,
        "/api/audit",
        "/readyz",
        "/api/openapi.json",
    ] {
        assert!(send(Method::GET, path).await < 600);
    }
    let log = process.stop().await;
    assert!(log.lines().count() > 20, "the log was on");
    assert!(!holds_key(log.as_bytes()), "the key is in the log");
    for answer in answers {
        assert!(
            !holds_key(&answer),
            "the key is in {}",
            String::from_utf8_lossy(&answer)
        );
    }
    let mut files = 0;
    every_file(data.path(), &mut |path, content| {
        files += 1;
        assert!(!holds_key(content), "the key is in {}", path.display());
    });
    assert!(files > 0);
}

#[tokio::test]
async fn what_people_type_and_search_for_is_not_in_the_log() {
    let data = tempfile::tempdir().unwrap();
    let mut command = program();
    command
        .env("ANTHROPIC_API_KEY", KEY)
        .args([
            "--listen",
            "127.0.0.1:0",
            "--platform-url",
            "http://127.0.0.1:9",
        ])
        .args(["--dev-user", "admin:admin", "--data"])
        .arg(data.path());
    let (process, url) = Process::start(&mut command);
    let client = client();
    client
        .get(format!("{url}/api/agents?q=canary-search"))
        .send()
        .await
        .unwrap();
    let body = json!({ "reason": "canary-reason" }).to_string();
    let request = client.post(format!("{url}/api/suggestions/sug_1/reject"));
    request
        .header("content-type", "application/json")
        .body(body)
        .send()
        .await
        .unwrap();
    let log = process.stop().await;
    assert!(log.contains("/api/suggestions/sug_1/reject"), "{log}");
    assert!(!log.contains("canary"), "{log}");
    for line in log.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap();
    }
}
