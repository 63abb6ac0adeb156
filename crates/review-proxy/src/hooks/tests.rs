//! Deliveries from the wire to the store, and what is done with every kind of bad one.

mod copies;

use super::*;
use crate::dreaming::Syncer;
use crate::platform::fake::{Fake, dream, session};
use crate::store::{audit, dreams, suggestions};
use axum::http::HeaderValue;
use review_api::{AuditEntry, DreamReport, MAX_PROMPT_CHARS, SuggestionStatus};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;

const SECRET: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

struct Desk {
    fake: Fake,
    store: Store,
    receiver: Receiver,
    worker: Worker,
    path: PathBuf,
    _dir: TempDir,
}

async fn desk() -> Desk {
    let fake = Fake::start().await;
    fake.set_agent("agent_1", 4, "One.\nTwo.\n");
    fake.set_agent("agent_2", 1, "Other.\n");
    fake.held().sessions = vec![
        session("sesn_1", "agent_1", "2026-11-01T10:00:00Z"),
        session("sesn_2", "agent_2", "2026-11-02T10:00:00Z"),
    ];
    fake.held().dreams = vec![
        dream("drm_1", "completed", &["sesn_1"], "2026-11-04T10:00:00Z"),
        dream("drm_2", "completed", &["sesn_2"], "2026-11-05T10:00:00Z"),
    ];
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("review.db");
    let store = Store::open(&path).await.unwrap();
    let receiver = Receiver::new(store.clone(), vec![Secret::parse(SECRET).unwrap()]);
    let syncer = Syncer::new(store.clone(), fake.platform(), Duration::from_hours(1));
    let worker = Worker::new(receiver.clone(), syncer);
    Desk {
        fake,
        store,
        receiver,
        worker,
        path,
        _dir: dir,
    }
}

fn now() -> Timestamp {
    "2026-11-20T00:00:00Z".parse().unwrap()
}

fn signed(id: &str, body: &[u8]) -> HeaderMap {
    let sent = now().as_second();
    let signature = Secret::parse(SECRET).unwrap().sign(id, sent, body);
    let mut headers = HeaderMap::new();
    headers.insert(ID_HEADER, HeaderValue::from_str(id).unwrap());
    headers.insert(
        TIMESTAMP_HEADER,
        HeaderValue::from_str(&sent.to_string()).unwrap(),
    );
    headers.insert(SIGNATURE_HEADER, HeaderValue::from_str(&signature).unwrap());
    headers
}

fn report() -> Value {
    json!({
        "type":"dreaming_report", "agent_id":"agent_1", "dream_id":"drm_1", "agent_version":3,
        "summary":"Refunds go wrong.",
        "patterns":[{"key":"refund","title":"Refund without order id","occurrences":9,
            "interaction_ids":["sesn_1","sesn_2","sesn_nowhere"]}],
        "suggestions":[{"action":"update_system_prompt","new_prompt":"One.\nTwo.\nAsk first.\n",
            "title":"Ask first","rationale":"It helps.","patterns":["refund"]}],
        "metrics":[{"name":"accuracy","before":0.7,"after":0.8,"cases":40}],
        "pipeline":"nightly",
    })
}

impl Desk {
    async fn receive(&self, id: &str, body: &[u8]) -> Result<ReportAccepted, HookError> {
        self.receiver.receive(&signed(id, body), body, now()).await
    }

    async fn deliver(&self, id: &str, report: &Value) {
        self.receive(id, report.to_string().as_bytes())
            .await
            .unwrap();
        assert_eq!(self.worker.work().await.unwrap(), 0);
    }

    async fn waiting(&self) -> usize {
        let mut read = self.store.read().await.unwrap();
        deliveries::waiting(&mut read, 100).await.unwrap().len()
    }

    async fn dream(&self, id: &str) -> Option<DreamReport> {
        dreams::get(&mut self.store.read().await.unwrap(), &id.into())
            .await
            .unwrap()
    }

    async fn audit(&self) -> Vec<AuditEntry> {
        let mut read = self.store.read().await.unwrap();
        audit::list(&mut read, &audit::Filter::default(), 100)
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn a_report_becomes_patterns_suggestions_metrics_and_one_audit_row() {
    let desk = desk().await;
    let accepted = desk
        .receive("msg_1", report().to_string().as_bytes())
        .await
        .unwrap();
    assert_eq!(
        (accepted.delivery_id.as_str(), accepted.duplicate),
        ("msg_1", false)
    );
    assert_eq!(desk.waiting().await, 1, "stored before it is answered");
    desk.worker.work().await.unwrap();
    assert_eq!(desk.waiting().await, 0);
    let dream = desk.dream("drm_1").await.unwrap();
    assert_eq!(dream.summary.as_deref(), Some("Refunds go wrong."));
    assert_eq!(dream.reported_by.as_deref(), Some("webhook"));
    assert_eq!(
        dream.usage.unwrap().output_tokens,
        2,
        "the platform's own figures stay"
    );
    assert_eq!(dream.patterns[0].interaction_ids, ["sesn_1".into()]);
    assert_eq!(dream.metrics[0].after.unwrap().cases, Some(40));
    let row = &dream.suggestions[0];
    assert_eq!(
        (
            row.title.as_str(),
            row.size.lines_added,
            row.size.lines_removed
        ),
        ("Ask first", 1, 0)
    );
    let mut read = desk.store.read().await.unwrap();
    let suggestion = suggestions::get(&mut read, &row.id).await.unwrap().unwrap();
    assert_eq!(suggestion.status, SuggestionStatus::Open);
    assert_eq!(
        (suggestion.made_on_version, suggestion.current.version),
        (3, 4)
    );
    assert_eq!(suggestion.position, (1, 1));
    let audit = desk.audit().await;
    assert_eq!(audit.len(), 1);
    assert_eq!(audit[0].actor, "webhook");
    assert_eq!(audit[0].subject_id, "drm_1");
    assert_eq!(
        audit[0].detail["unknown_interactions"], 2,
        "another agent's is none of its own"
    );
}

#[tokio::test]
async fn p26_a_delivery_that_comes_again_changes_nothing() {
    let desk = desk().await;
    desk.deliver("msg_1", &report()).await;
    let again = desk
        .receive("msg_1", report().to_string().as_bytes())
        .await
        .unwrap();
    assert!(again.duplicate);
    desk.worker.work().await.unwrap();
    desk.deliver("msg_2", &report()).await;
    assert_eq!(desk.dream("drm_1").await.unwrap().suggestions.len(), 1);
    assert_eq!(desk.audit().await.len(), 1);
}

#[tokio::test]
async fn a_report_without_a_dream_has_a_stand_in() {
    let desk = desk().await;
    let body = json!({
        "type":"dreaming_report", "agent_id":"agent_1",
        "suggestions":[{"action":"update_system_prompt","new_prompt":"New.\n"}],
    });
    desk.deliver("msg_1", &body).await;
    let entry = desk.audit().await.remove(0);
    assert!(entry.subject_id.starts_with("rpt_"));
    let dream = desk.dream(&entry.subject_id).await.unwrap();
    assert_eq!(dream.usage, None);
    assert_eq!(dream.suggestions[0].title, "New prompt, +1 \u{2212}2");
}

#[tokio::test]
async fn p26_what_was_stored_is_worked_on_by_the_next_process() {
    let desk = desk().await;
    desk.receive("msg_1", report().to_string().as_bytes())
        .await
        .unwrap();
    desk.store.close().await;
    let store = Store::open(&desk.path).await.unwrap();
    let receiver = Receiver::new(store.clone(), Vec::new());
    let syncer = Syncer::new(store.clone(), desk.fake.platform(), Duration::from_hours(1));
    Worker::new(receiver, syncer).work().await.unwrap();
    let dream = dreams::get(&mut store.read().await.unwrap(), &"drm_1".into())
        .await
        .unwrap();
    assert_eq!(dream.unwrap().suggestions.len(), 1);
}

#[tokio::test]
async fn while_the_platform_is_down_an_unknown_agent_waits() {
    let desk = desk().await;
    desk.fake.held().failing = vec![("/v1/agents", 529, 3)];
    desk.receive("msg_1", report().to_string().as_bytes())
        .await
        .unwrap();
    assert_eq!(desk.worker.work().await.unwrap(), 1);
    assert_eq!(desk.waiting().await, 1);
    assert!(desk.audit().await.is_empty());
    assert_eq!(desk.worker.work().await.unwrap(), 0);
    assert!(desk.dream("drm_1").await.unwrap().reported_at.is_some());
}

#[tokio::test]
async fn a_report_that_can_never_be_used_is_kept_with_its_problem_and_shown_in_the_ledger() {
    let desk = desk().await;
    for (n, field, value, problem) in [
        (1, "agent_id", "agent_nowhere", "has no agent agent_nowhere"),
        (2, "agent_id", "../agents", "has no agent ../agents"),
        (3, "dream_id", "drm_2", "another agent's"),
        (4, "dream_id", "rpt_1", "not one of the platform's ids"),
        (5, "dream_id", "x", "not one of the platform's ids"),
    ] {
        let mut report = report();
        report[field] = json!(value);
        desk.deliver(&format!("msg_{n}"), &report).await;
        let entry = desk.audit().await.remove(0);
        assert!(
            entry.detail["problem"].as_str().unwrap().contains(problem),
            "{entry:?}"
        );
        assert_eq!(desk.waiting().await, 0);
    }
    assert!(
        desk.dream("drm_1")
            .await
            .is_none_or(|dream| dream.reported_at.is_none())
    );
}

#[tokio::test]
async fn a_prompt_that_is_too_long_is_left_out_and_the_others_are_kept() {
    let desk = desk().await;
    let mut report = report();
    let good = report["suggestions"][0].clone();
    let long = "x".repeat(MAX_PROMPT_CHARS + 1);
    report["suggestions"] = json!([
        {"action":"update_system_prompt","new_prompt":long}, {"action":"dance"}, good,
    ]);
    desk.deliver("msg_1", &report).await;
    assert_eq!(desk.dream("drm_1").await.unwrap().suggestions.len(), 1);
    let left_out = &desk.audit().await[0].detail["left_out"];
    assert_eq!(left_out[0]["position"], 1);
    assert!(
        left_out[0]["reason"]
            .as_str()
            .unwrap()
            .contains("100001 characters")
    );
    assert!(left_out[1]["reason"].as_str().unwrap().contains("dance"));
}

#[tokio::test]
async fn what_is_rightly_signed_and_no_report_is_refused_and_not_stored() {
    let desk = desk().await;
    let twice = r#"{"type":"dreaming_report","agent_id":"a","agent_id":"b","suggestions":[]}"#;
    let other = report()
        .to_string()
        .replace("dreaming_report", "weather_report");
    let many = format!(
        r#"{{"type":"dreaming_report","agent_id":"a","suggestions":[{}1]}}"#,
        "1,".repeat(1_001)
    );
    for (body, reason) in [
        (&b"{"[..], "EOF"),
        (b"[]", "expected"),
        (b"\xff", "UTF-8"),
        (b"{\"type\":\"dreaming_report\"}", "agent_id"),
        (twice.as_bytes(), "stands twice"),
        (other.as_bytes(), "type must be"),
        (many.as_bytes(), "more than 1000"),
    ] {
        let error = desk.receive("msg_1", body).await.unwrap_err();
        assert_eq!(error.status(), StatusCode::BAD_REQUEST);
        assert!(error.to_string().contains(reason), "{error}");
    }
    assert_eq!(desk.waiting().await, 0);
}

#[tokio::test]
async fn p27_what_is_not_rightly_signed_is_not_even_parsed() {
    let desk = desk().await;
    let body = report().to_string();
    let good = || signed("msg_1", body.as_bytes());
    let with = |change: &dyn Fn(&mut HeaderMap)| {
        let mut headers = good();
        change(&mut headers);
        headers
    };
    let other = Secret::parse("whsec_QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=").unwrap();
    let foreign = other.sign("msg_1", now().as_second(), body.as_bytes());
    for (headers, status) in [
        (with(&|h| drop(h.remove(ID_HEADER))), 400),
        (
            with(&|h| assert!(h.append(ID_HEADER, HeaderValue::from_static("msg_1")))),
            400,
        ),
        (with(&|h| drop(h.remove(SIGNATURE_HEADER))), 400),
        (with(&|h| drop(h.remove(TIMESTAMP_HEADER))), 400),
        (
            with(&|h| drop(h.insert(TIMESTAMP_HEADER, HeaderValue::from_static("x")))),
            400,
        ),
        (
            with(&|h| drop(h.insert(TIMESTAMP_HEADER, HeaderValue::from_static("1600000000")))),
            401,
        ),
        (
            with(&|h| drop(h.insert(ID_HEADER, HeaderValue::from_static("msg_2")))),
            401,
        ),
        (
            with(&|h| drop(h.insert(SIGNATURE_HEADER, foreign.parse().unwrap()))),
            401,
        ),
        (
            with(&|h| drop(h.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip")))),
            415,
        ),
    ] {
        let error = desk
            .receiver
            .receive(&headers, body.as_bytes(), now())
            .await
            .unwrap_err();
        assert_eq!(error.status().as_u16(), status, "{error}");
    }
    let mut other = body.clone().into_bytes();
    other[20] ^= 1;
    let error = desk
        .receiver
        .receive(&good(), &other, now())
        .await
        .unwrap_err();
    assert_eq!(error.code(), ErrorCode::Unauthenticated);
    let large = vec![b' '; REPORT_LIMIT_BYTES + 1];
    let error = desk.receive("msg_1", &large).await.unwrap_err();
    assert_eq!(error.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(desk.waiting().await, 0);
}

#[tokio::test]
async fn without_a_secret_nothing_is_taken() {
    let desk = desk().await;
    let body = report().to_string();
    let receiver = Receiver::new(desk.store.clone(), Vec::new());
    let headers = signed("msg_1", body.as_bytes());
    let error = receiver
        .receive(&headers, body.as_bytes(), now())
        .await
        .unwrap_err();
    assert!(error.to_string().contains("--webhook-secret"));
    assert_eq!(error.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_background_task_takes_up_what_arrives() {
    let desk = desk().await;
    let stop = tokio_util::sync::CancellationToken::new();
    let task = tokio::spawn(desk.worker.clone().run(stop.clone()));
    desk.receive("msg_1", report().to_string().as_bytes())
        .await
        .unwrap();
    let looking = async {
        while desk
            .dream("drm_1")
            .await
            .is_none_or(|dream| dream.reported_at.is_none())
        {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), looking)
        .await
        .unwrap();
    stop.cancel();
    tokio::time::timeout(Duration::from_secs(10), task)
        .await
        .unwrap()
        .unwrap();
}

proptest::proptest! {
    #[test]
    fn p43_whatever_is_signed_is_read_or_refused_and_never_panics(text in ".{0,200}", at in 0_usize..400, with in ".{0,3}") {
        drop(parse(&text));
        let mut report = report().to_string();
        let at = (0..=at.min(report.len())).rev().find(|at| report.is_char_boundary(*at)).unwrap();
        report.insert_str(at, &with);
        drop(parse(&report));
    }
}
