//! Faults on demand: each kind once, with and without an effect.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests may panic, as tests may"
)]

mod support;

use demo_platform::{Fault, FaultKind};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use support::{Rig, text};

struct Trial {
    rig: Rig,
    path: String,
    version: u64,
}

impl Trial {
    async fn start() -> Self {
        let rig = Rig::start().await;
        let agent = rig.agent("SupportBot").await;
        Self {
            path: format!("/v1/agents/{}", text(&agent["id"])),
            version: agent["version"].as_u64().unwrap(),
            rig,
        }
    }

    fn update(&self) -> reqwest::RequestBuilder {
        let body = json!({"version": self.version, "system": "Changed."});
        self.rig.request(Method::POST, &self.path).json(&body)
    }

    async fn version_now(&self) -> u64 {
        self.rig.get(&self.path).await.good()["version"]
            .as_u64()
            .unwrap()
    }
}

async fn next(trial: &Trial, kind: FaultKind) {
    trial.rig.fault(Fault::next(kind, "/v1/agents")).await;
}

#[tokio::test]
async fn refusals_come_in_the_envelope_and_have_no_effect() {
    let trial = Trial::start().await;
    for (kind, status, error) in [
        (FaultKind::InternalError, 500, "api_error"),
        (FaultKind::Overloaded, 529, "overloaded_error"),
        (FaultKind::KeyRefused, 401, "authentication_error"),
    ] {
        next(&trial, kind).await;
        let answer = support::Answer::of(trial.update().send().await.unwrap()).await;
        answer.bad(status, error);
    }
    let limited = Fault {
        retry_after: Some(7),
        ..Fault::next(FaultKind::RateLimited, "/v1/")
    };
    trial.rig.fault(limited).await;
    let answer = support::Answer::of(trial.update().send().await.unwrap()).await;
    assert_eq!(answer.headers["retry-after"], "7");
    answer.bad(429, "rate_limit_error");
    assert_eq!(
        trial.version_now().await,
        trial.version,
        "the fault was used up, nothing happened"
    );
}

#[tokio::test]
async fn a_gateways_page_is_html() {
    let trial = Trial::start().await;
    next(&trial, FaultKind::HtmlBadGateway).await;
    let answer = trial.update().send().await.unwrap();
    assert_eq!(answer.status(), 502);
    assert_eq!(answer.headers()["content-type"], "text/html");
    assert!(answer.headers().contains_key("request-id"));
    assert!(answer.text().await.unwrap().starts_with("<html>"));
    assert_eq!(trial.version_now().await, trial.version);
}

#[tokio::test]
async fn a_reply_is_dropped_after_the_effect() {
    let trial = Trial::start().await;
    next(&trial, FaultKind::DroppedAfterEffect).await;
    let error = trial.update().send().await.unwrap_err();
    assert!(!error.is_status() && !error.is_timeout(), "{error:?}");
    assert_eq!(trial.version_now().await, trial.version + 1);
}

#[tokio::test]
async fn a_reply_is_cut_in_half_after_the_effect() {
    let trial = Trial::start().await;
    next(&trial, FaultKind::Truncated).await;
    let answer = trial.update().send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.json::<Value>().await.is_err());
    assert_eq!(trial.version_now().await, trial.version + 1);
}

#[tokio::test]
async fn an_error_comes_after_the_effect() {
    let trial = Trial::start().await;
    next(&trial, FaultKind::ErrorAfterEffect).await;
    let answer = support::Answer::of(trial.update().send().await.unwrap()).await;
    answer.bad(500, "api_error");
    assert_eq!(trial.version_now().await, trial.version + 1);
}

#[tokio::test]
async fn latency_delays_and_a_hang_never_answers() {
    let trial = Trial::start().await;
    let slow = Fault {
        latency_ms: 120,
        ..Fault::next(FaultKind::Latency, "/v1/agents")
    };
    trial.rig.fault(slow).await;
    let started = Instant::now();
    assert_eq!(trial.version_now().await, trial.version);
    assert!(started.elapsed() >= Duration::from_millis(120));

    next(&trial, FaultKind::Hang).await;
    let hanging = trial
        .update()
        .timeout(Duration::from_millis(150))
        .send()
        .await;
    assert!(hanging.unwrap_err().is_timeout());
    assert_eq!(trial.version_now().await, trial.version);
}

#[tokio::test]
async fn a_late_answer_has_its_effect_at_once() {
    let trial = Trial::start().await;
    let late = Fault {
        method: Some("POST".to_owned()),
        latency_ms: 60_000,
        ..Fault::next(FaultKind::LateAnswer, &trial.path)
    };
    trial.rig.fault(late).await;
    let asked = trial.update().timeout(Duration::from_millis(400)).send();
    assert!(asked.await.unwrap_err().is_timeout());
    assert_eq!(trial.version_now().await, trial.version + 1);
}

#[tokio::test]
async fn what_lands_late_lands_though_the_client_is_gone() {
    let trial = Trial::start().await;
    let late = Fault {
        method: Some("POST".to_owned()),
        latency_ms: 1_500,
        ..Fault::next(FaultKind::LandsLate, &trial.path)
    };
    trial.rig.fault(late).await;
    let asked = trial.update().timeout(Duration::from_millis(300)).send();
    assert!(asked.await.unwrap_err().is_timeout());
    assert_eq!(trial.version_now().await, trial.version, "not landed yet");
    let started = Instant::now();
    while trial.version_now().await == trial.version {
        assert!(started.elapsed() < Duration::from_secs(20), "never landed");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(trial.version_now().await, trial.version + 1);
}

#[tokio::test]
async fn faults_hit_their_method_and_path_only_and_can_be_taken_back() {
    let trial = Trial::start().await;
    let fault = Fault {
        method: Some("POST".to_owned()),
        count: 2,
        ..Fault::next(FaultKind::Overloaded, &trial.path)
    };
    trial.rig.fault(fault).await;
    trial.rig.get(&trial.path).await.good();
    assert_eq!(trial.update().send().await.unwrap().status(), 529);
    let pending = trial.rig.get("/__control/faults").await.good();
    assert_eq!(pending["data"][0]["count"], 1);
    assert_eq!(trial.rig.delete("/__control/faults").await.status, 204);
    assert_eq!(trial.update().send().await.unwrap().status(), 200);
    let unknown = json!({"kind": "explode"});
    trial
        .rig
        .post("/__control/faults", unknown)
        .await
        .bad(400, "invalid_request_error");
}
