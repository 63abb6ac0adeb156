//! The adapter, the syncer and the receiver of reports against the demo platform, over HTTP.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a helper that fails is a test that fails"
)]

use demo_platform::{Config, Fault, FaultKind, Pace, Running};
use review_core::digest::sha256_hex;
use review_proxy::dreaming::{Syncer, transcript};
use review_proxy::hooks::{Receiver, Worker};
use review_proxy::platform::{
    Agent, Ask, DreamOutcome, EventOrder, ForcedTool, MemoryEdit, MemoryOutcome, NewAgent,
    NewDream, PageQuery, Platform, PlatformAuth, SessionFilter, Speaker, Timing, Trouble, Turn,
    UpdateOutcome,
};
use review_proxy::store::{Store, agents, audit, deliveries, dreams, interactions, sync};
use serde_json::{Value, json};
use std::time::Duration;
use tempfile::TempDir;

const KEY: &str = "sk-ant-api03-EXAMPLE";

struct Demo {
    running: Running,
    http: reqwest::Client,
    dir: TempDir,
}

async fn demo() -> Demo {
    let dir = TempDir::new().unwrap();
    let config = Config {
        pace: Pace::by_hand(),
        ..Config::local(dir.path().join("platform"))
    };
    let running = demo_platform::start(config).await.unwrap();
    drop(rustls::crypto::ring::default_provider().install_default());
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    Demo { running, http, dir }
}

impl Demo {
    fn platform(&self) -> Platform {
        self.platform_within(Duration::from_secs(20))
    }

    fn platform_within(&self, deadline: Duration) -> Platform {
        let timing = Timing {
            deadline,
            answer: deadline,
            retry_pause: Duration::from_millis(1),
            ..Timing::default()
        };
        Platform::with_timing(&self.running.url(), KEY.into(), timing).unwrap()
    }

    async fn control(&self, method: reqwest::Method, path: &str, body: Option<Value>) -> Value {
        let url = format!("{}/__control/{path}", self.running.url());
        let mut request = self.http.request(method, url);
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        let response = request.send().await.unwrap();
        assert!(
            response.status().is_success(),
            "{path}: {}",
            response.status()
        );
        let bytes = response.bytes().await.unwrap();
        serde_json::from_slice(&bytes).unwrap_or_default()
    }

    async fn fault(&self, method: &str, kind: FaultKind, count: u32) {
        let fault = Fault {
            method: Some(method.to_owned()),
            count,
            ..Fault::next(kind, "/v1/agents")
        };
        let body = serde_json::to_value(fault).unwrap();
        self.control(reqwest::Method::POST, "faults", Some(body))
            .await;
    }

    /// Returns what was asked since the last look, and forgets it.
    async fn asked(&self) -> Vec<Value> {
        let asked = self.control(reqwest::Method::GET, "requests", None).await;
        self.control(reqwest::Method::DELETE, "requests", None)
            .await;
        asked["data"].as_array().unwrap().clone()
    }

    async fn store(&self) -> Store {
        Store::open(&self.dir.path().join("review.db"))
            .await
            .unwrap()
    }
}

async fn any_agent(platform: &Platform) -> Agent {
    let agents = platform.list_agents(&PageQuery::first(100)).await.unwrap();
    agents.data.into_iter().next().unwrap()
}

/// Counts an agent's sessions by asking the platform for this agent only.
async fn sessions_of(platform: &Platform, agent_id: &str) -> usize {
    let filter = SessionFilter {
        agent_id: Some(agent_id.to_owned()),
        created_from: None,
    };
    let mut count = 0;
    let mut query = PageQuery::first(20);
    loop {
        let page = platform.list_sessions(&filter, &query).await.unwrap();
        count += page.data.len();
        match page.next_page {
            Some(next) => query = PageQuery::after(20, Some(next)),
            None => return count,
        }
    }
}

fn text<'a>(request: &'a Value, pointer: &str) -> &'a str {
    request
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// Asks nine questions, each of another kind.
async fn read_agents_dreams_and_sessions(platform: &Platform) {
    let agent = any_agent(platform).await;
    let page = PageQuery::first(5);
    platform.agent(&agent.id).await.unwrap();
    platform.agent_version(&agent.id, 1).await.unwrap();
    platform.agent_versions(&agent.id, &page).await.unwrap();
    let dream = platform
        .list_dreams(None, &page)
        .await
        .unwrap()
        .data
        .remove(0);
    platform.dream(&dream.id).await.unwrap();
    let filter = SessionFilter {
        agent_id: Some(agent.id.clone()),
        created_from: None,
    };
    let session = platform
        .list_sessions(&filter, &page)
        .await
        .unwrap()
        .data
        .remove(0);
    platform.session(&session.id).await.unwrap();
    platform
        .session_events(&session.id, EventOrder::NewestFirst, &page)
        .await
        .unwrap();
}

#[tokio::test]
async fn p3_every_request_has_the_headers_of_its_area() {
    let demo = demo().await;
    let platform = demo.platform();
    read_agents_dreams_and_sessions(&platform).await;
    let asked = demo.asked().await;
    assert_eq!(asked.len(), 9);
    for request in &asked {
        let beta = if text(request, "/path").starts_with("/v1/dreams") {
            "dreaming-2026-04-21"
        } else {
            "managed-agents-2026-04-01"
        };
        let headers = &request["headers"];
        assert_eq!(headers["anthropic-beta"], beta, "{request}");
        assert_eq!(headers["anthropic-version"], "2026-10-21");
        assert_eq!(headers["accept"], "application/json");
        assert_eq!(
            headers["authorization"],
            format!("Bearer [{} characters]", KEY.len())
        );
        assert_eq!(headers.get("x-api-key"), None);
        assert_eq!(headers.get("content-type"), None);
    }
}

/// Asks one question of each kind, and returns what went out.
async fn everything(demo: &Demo, platform: &Platform) -> Vec<Value> {
    read_agents_dreams_and_sessions(platform).await;
    let page = PageQuery::first(5);
    let stores = platform.list_memory_stores(&page).await.unwrap();
    let store = &stores.data[0].id;
    platform.memory_store(store).await.unwrap();
    let memories = platform.all_memories(store).await.unwrap();
    platform.memory(store, &memories[0].id).await.unwrap();
    platform
        .list_memory_versions(store, None, &page)
        .await
        .unwrap();
    write_memories(platform, store).await;
    write_agents_and_dreams(platform, store).await;
    platform.ask(&question()).await.unwrap();
    demo.asked().await
}

/// Makes a memory, edits it and takes it away.
async fn write_memories(platform: &Platform, store: &str) {
    let made = platform
        .create_memory(store, "/made-here.md", "Made.")
        .await;
    let MemoryOutcome::Done { memory_id } = made else {
        panic!("{made:?}");
    };
    let edited = platform
        .update_memory(
            store,
            &memory_id,
            &sha256_hex("Made."),
            MemoryEdit::Content("Edited."),
        )
        .await;
    assert!(matches!(edited, MemoryOutcome::Done { .. }), "{edited:?}");
    let deleted = platform
        .delete_memory(store, &memory_id, &sha256_hex("Edited."))
        .await;
    assert!(matches!(deleted, MemoryOutcome::Done { .. }), "{deleted:?}");
}

/// Makes an agent, gives it another prompt, asks for a dream and calls it off.
async fn write_agents_and_dreams(platform: &Platform, store: &str) {
    let new = NewAgent {
        name: "Made here".to_owned(),
        model: "claude-sonnet-5".to_owned(),
        description: None,
        system: "One.".to_owned(),
    };
    let agent = platform.create_agent(&new).await.unwrap();
    let updated = platform
        .update_prompt(&agent.id, agent.version, "Two.")
        .await;
    assert!(matches!(updated, UpdateOutcome::Updated(_)), "{updated:?}");
    let page = PageQuery::first(1);
    let any = SessionFilter::default();
    let session = platform.list_sessions(&any, &page).await.unwrap();
    let new = NewDream {
        memory_store_id: store.to_owned(),
        session_ids: vec![session.data[0].id.clone()],
        model: "claude-sonnet-5".to_owned(),
        instructions: None,
    };
    let DreamOutcome::Created(dream) = platform.create_dream(&new).await else {
        panic!("the dream was not taken");
    };
    let called_off = platform.cancel_dream(&dream.id).await.unwrap();
    assert_eq!(called_off.status, "canceled");
}

/// The path of a request, without ids.
fn route(request: &Value) -> String {
    let path = text(request, "/path");
    let path = path.split('?').next().unwrap_or_default();
    let parts = path
        .split('/')
        .map(|part| part.split_once('_').map_or(part, |(kind, _)| kind));
    format!(
        "{} {}",
        text(request, "/method"),
        parts.collect::<Vec<_>>().join("/")
    )
}

#[tokio::test]
async fn p3_both_ways_to_send_the_key_open_every_area_and_neither_sends_it_twice() {
    let demo = demo().await;
    let bearer = everything(&demo, &demo.platform()).await;
    let demo = self::demo().await;
    let legacy = demo.platform().authenticating(PlatformAuth::XApiKey);
    let legacy = everything(&demo, &legacy).await;
    assert_eq!(bearer.len(), legacy.len());
    let key = format!("[{} characters]", KEY.len());
    for (bearer, legacy) in bearer.iter().zip(&legacy) {
        assert_eq!(route(bearer), route(legacy));
        let (bearer, legacy) = (&bearer["headers"], &legacy["headers"]);
        assert_eq!(bearer["authorization"], format!("Bearer {key}"));
        assert_eq!(bearer["anthropic-version"], "2026-10-21");
        assert_eq!(bearer.get("x-api-key"), None);
        assert_eq!(legacy["x-api-key"], key, "{legacy}");
        assert_eq!(legacy["anthropic-version"], "2023-06-01");
        assert_eq!(legacy.get("authorization"), None);
        assert_eq!(bearer.get("anthropic-beta"), legacy.get("anthropic-beta"));
    }
}

#[tokio::test]
async fn p13_an_update_carries_the_version_and_a_mismatch_changes_nothing() {
    let demo = demo().await;
    let platform = demo.platform();
    let agent = any_agent(&platform).await;
    let stale = agent.version + 1;
    demo.asked().await;
    let outcome = platform.update_prompt(&agent.id, stale, "other").await;
    assert!(
        matches!(outcome, UpdateOutcome::VersionMismatch { .. }),
        "{outcome:?}"
    );
    let outcome = platform
        .update_prompt(&agent.id, agent.version, "New.\n")
        .await;
    let UpdateOutcome::Updated(updated) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(
        (updated.version, updated.prompt()),
        (agent.version + 1, "New.\n")
    );
    let again = platform
        .update_prompt(&agent.id, updated.version, "New.\n")
        .await;
    let UpdateOutcome::Updated(again) = again else {
        panic!("{again:?}");
    };
    assert_eq!(again.version, updated.version, "no change, no version");
    let asked = demo.asked().await;
    assert_eq!(asked.len(), 3);
    assert_eq!(
        asked[1]["body"],
        json!({"system":"New.\n","version":agent.version})
    );
    assert_eq!(asked[1]["headers"]["content-type"], "application/json");
}

#[tokio::test]
async fn p13_no_fault_makes_a_write_go_out_twice_and_each_has_its_outcome() {
    let demo = demo().await;
    let platform = demo.platform();
    let agent = any_agent(&platform).await;
    for (n, (kind, expected, has_effect)) in [
        (FaultKind::RateLimited, "refused", false),
        (FaultKind::InternalError, "unknown", false),
        (FaultKind::Overloaded, "unknown", false),
        (FaultKind::HtmlBadGateway, "unknown", false),
        (FaultKind::Truncated, "unknown", true),
        (FaultKind::DroppedAfterEffect, "unknown", true),
        (FaultKind::ErrorAfterEffect, "unknown", true),
    ]
    .into_iter()
    .enumerate()
    {
        let before = platform.agent(&agent.id).await.unwrap();
        demo.asked().await;
        demo.fault("POST", kind, 1).await;
        let prompt = format!("Prompt {n}.\n");
        let outcome = platform
            .update_prompt(&agent.id, before.version, &prompt)
            .await;
        let got = match &outcome {
            UpdateOutcome::Refused(_) => "refused",
            UpdateOutcome::Unknown(_) => "unknown",
            _ => "something else",
        };
        assert_eq!(got, expected, "{kind:?}: {outcome:?}");
        assert_eq!(demo.asked().await.len(), 1, "{kind:?}");
        let after = platform.agent(&agent.id).await.unwrap();
        assert_eq!(after.prompt() == prompt, has_effect, "{kind:?}");
        assert_eq!(
            after.version,
            before.version + u32::from(has_effect),
            "{kind:?}"
        );
    }
}

#[tokio::test]
async fn a_write_that_hangs_is_unknown_when_its_time_is_up() {
    let demo = demo().await;
    let agent = any_agent(&demo.platform()).await;
    demo.fault("POST", FaultKind::Hang, 1).await;
    let platform = demo.platform_within(Duration::from_millis(200));
    let outcome = platform.update_prompt(&agent.id, agent.version, "x").await;
    let UpdateOutcome::Unknown(error) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(error.trouble, Trouble::TimedOut);
}

#[tokio::test]
async fn reads_get_over_two_faults_of_each_kind_and_give_up_at_the_third() {
    let demo = demo().await;
    let platform = demo.platform();
    let agent = any_agent(&platform).await;
    for kind in [
        FaultKind::RateLimited,
        FaultKind::InternalError,
        FaultKind::Overloaded,
        FaultKind::HtmlBadGateway,
        FaultKind::Truncated,
        FaultKind::DroppedAfterEffect,
        FaultKind::ErrorAfterEffect,
    ] {
        demo.asked().await;
        demo.fault("GET", kind, 2).await;
        assert_eq!(platform.agent(&agent.id).await.unwrap(), agent, "{kind:?}");
        assert_eq!(demo.asked().await.len(), 3, "{kind:?}");
        demo.fault("GET", kind, 3).await;
        let error = platform.agent(&agent.id).await.unwrap_err();
        assert!(!error.sentence().is_empty(), "{kind:?}");
        assert_eq!(demo.asked().await.len(), 3, "{kind:?}");
    }
}

#[tokio::test]
async fn the_seeded_platform_is_copied_whole_and_moves_are_noticed() {
    let demo = demo().await;
    let platform = demo.platform();
    let store = demo.store().await;
    let syncer = Syncer::new(store.clone(), platform.clone(), Duration::from_secs(10));
    let report = syncer.sync_now().await.unwrap();
    assert!(report.agents >= 5, "{report:?}");
    assert!(report.interactions >= 300, "{report:?}");
    assert!(report.dreams >= 5, "{report:?}");
    assert_eq!(report.dreams_off, None);

    let mut read = store.read().await.unwrap();
    let ids = agents::ids(&mut read).await.unwrap();
    let mut all_dreams = Vec::new();
    for id in &ids {
        let filter = interactions::Filter::default();
        let list = interactions::list(&mut read, id, &filter, 1_000)
            .await
            .unwrap();
        assert_eq!(
            list.len(),
            sessions_of(&platform, id.as_str()).await,
            "{id}"
        );
        all_dreams.extend(dreams::list(&mut read, id, None, 100).await.unwrap());
    }
    assert_eq!(all_dreams.len(), report.dreams, "each dream has its agent");
    assert_eq!(sync::freshness(&mut read).await.unwrap().problem, None);
    drop(read);

    let again = syncer.sync_now().await.unwrap();
    assert_eq!(again.agents, 0, "nothing moved");
    let id = &ids[0];
    let edit = json!({"append":"Moved by someone else."});
    demo.control(
        reqwest::Method::POST,
        &format!("agents/{id}/edit"),
        Some(edit),
    )
    .await;
    assert_eq!(syncer.sync_now().await.unwrap().agents, 1);
}

#[tokio::test]
async fn logs_of_interactions_and_dreams_are_read_page_by_page_to_their_end() {
    let demo = demo().await;
    let platform = demo.platform();
    let filter = SessionFilter::default();
    let sessions = platform
        .list_sessions(&filter, &PageQuery::first(3))
        .await
        .unwrap();
    let dreams = platform
        .list_dreams(None, &PageQuery::first(100))
        .await
        .unwrap();
    let dreaming = dreams
        .data
        .iter()
        .find_map(|dream| dream.session_id.clone());
    let mut ids: Vec<String> = sessions
        .data
        .into_iter()
        .map(|session| session.id)
        .collect();
    ids.push(dreaming.unwrap());
    for id in ids {
        let whole = transcript::page(&platform, &id, 100, None, None)
            .await
            .unwrap();
        let mut pieces = Vec::new();
        let mut cursor = None;
        loop {
            let page = transcript::page(&platform, &id, 3, cursor.as_deref(), None)
                .await
                .unwrap();
            assert!(page.items.len() <= 3);
            pieces.extend(page.items);
            cursor = page.next_cursor;
            if cursor.is_none() || pieces.len() >= whole.items.len() {
                break;
            }
        }
        assert!(!whole.items.is_empty(), "{id}");
        let ids = |items: &[review_api::LogEvent]| -> Vec<String> {
            items.iter().map(|item| item.id.clone()).collect()
        };
        let wanted = ids(&whole.items);
        assert_eq!(ids(&pieces).get(..wanted.len()), Some(&wanted[..]));
    }
}

#[tokio::test]
async fn every_seeded_report_is_taken() {
    let demo = demo().await;
    let platform = demo.platform();
    let store = demo.store().await;
    let syncer = Syncer::new(store.clone(), platform, Duration::from_secs(10));
    let secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    let secret = review_core::webhook::Secret::parse(secret).unwrap();
    let receiver = Receiver::new(store.clone(), vec![secret.clone()]);
    let worker = Worker::new(receiver.clone(), syncer);
    let reports = demo.control(reqwest::Method::GET, "reports", None).await;
    let reports = reports["data"].as_array().unwrap();
    assert!(!reports.is_empty());
    let now = review_api::Timestamp::now();
    for report in reports {
        let id = text(report, "/delivery_id");
        let body = report["body"].to_string();
        let headers = [
            ("webhook-id", id.to_owned()),
            ("webhook-timestamp", now.as_second().to_string()),
            (
                "webhook-signature",
                secret.sign(id, now.as_second(), body.as_bytes()),
            ),
        ];
        let headers = headers.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        let headers = http::HeaderMap::from_iter(headers);
        receiver
            .receive(&headers, body.as_bytes(), now)
            .await
            .unwrap();
    }
    assert_eq!(worker.work().await.unwrap(), 0);
    let mut read = store.read().await.unwrap();
    assert!(deliveries::waiting(&mut read, 10).await.unwrap().is_empty());
    let rows = audit::list(&mut read, &audit::Filter::default(), 1_000)
        .await
        .unwrap();
    assert_eq!(rows.len(), reports.len());
    let mut suggestions = 0;
    for row in rows {
        assert_eq!(row.detail.get("problem"), None, "{row:?}");
        assert_eq!(row.detail["unknown_interactions"], 0, "{row:?}");
        assert_eq!(row.detail["unknown_patterns"], 0, "{row:?}");
        assert_eq!(row.detail["metrics_left_out"], 0, "{row:?}");
        suggestions += row.detail["suggestions"].as_u64().unwrap();
    }
    assert!(suggestions > 0);
}

fn question() -> Ask {
    Ask {
        model: "claude-opus-5-5".to_owned(),
        system: Some("- Ask for the order number before any refund.".to_owned()),
        turns: vec![Turn::user("I want a refund for my kettle.")],
        tool: None,
        max_tokens: 500,
    }
}

#[tokio::test]
async fn p3_a_question_to_a_model_goes_out_once_without_a_beta_and_is_answered() {
    let demo = demo().await;
    let platform = demo.platform();
    let answer = platform.ask(&question()).await.unwrap();
    assert!(answer.text.contains("order number first"), "{answer:?}");
    assert_eq!(answer.stop_reason.as_deref(), Some("end_turn"));
    assert!(answer.usage.input_tokens > 0 && answer.usage.output_tokens > 0);

    let turn = |role, text: &str| Turn {
        role,
        text: text.to_owned(),
    };
    let forced = Ask {
        system: None,
        turns: vec![
            turn(Speaker::User, "Hello"),
            turn(Speaker::Assistant, "How can I help?"),
            turn(Speaker::User, "Grade this."),
        ],
        tool: Some(ForcedTool {
            name: "grade".to_owned(),
            description: "Says whether an answer is right.".to_owned(),
            input_schema: json!({"type": "object", "properties": {"right": {"type": "boolean"}}}),
        }),
        ..question()
    };
    let answer = platform.ask(&forced).await.unwrap();
    assert!(answer.tool_input.is_some(), "{answer:?}");
    assert_eq!(answer.stop_reason.as_deref(), Some("tool_use"));

    let asked = demo.asked().await;
    assert_eq!(asked.len(), 2);
    for request in &asked {
        assert_eq!(request["method"], "POST");
        assert_eq!(text(request, "/path"), "/v1/messages");
        let headers = &request["headers"];
        assert_eq!(headers.get("anthropic-beta"), None, "{request}");
        assert_eq!(headers["anthropic-version"], "2026-10-21");
        assert_eq!(headers["content-type"], "application/json");
        assert_eq!(
            headers["authorization"],
            format!("Bearer [{} characters]", KEY.len())
        );
        assert_eq!(headers.get("x-api-key"), None);
    }
    let plain = json!({
        "model": "claude-opus-5-5",
        "max_tokens": 500,
        "system": "- Ask for the order number before any refund.",
        "messages": [{"role": "user", "content": "I want a refund for my kettle."}],
    });
    assert_eq!(asked[0]["body"], plain);
    let body = &asked[1]["body"];
    assert_eq!(
        body["tool_choice"],
        json!({"type": "tool", "name": "grade"})
    );
    assert_eq!(
        body["tools"][0]["input_schema"]["properties"]["right"]["type"],
        "boolean"
    );
    assert_eq!(body.get("system"), None);
    assert_eq!(body["messages"][1]["role"], "assistant");
}

#[tokio::test]
async fn a_question_to_a_model_is_never_sent_twice_and_has_its_deadline() {
    let demo = demo().await;
    let platform = demo.platform();
    for (kind, trouble, may_have_cost) in [
        (FaultKind::RateLimited, Trouble::RateLimited, false),
        (FaultKind::InternalError, Trouble::Failed, true),
        (FaultKind::Overloaded, Trouble::Overloaded, true),
        (FaultKind::HtmlBadGateway, Trouble::Failed, true),
        (FaultKind::DroppedAfterEffect, Trouble::Lost, true),
        (FaultKind::Truncated, Trouble::Lost, true),
    ] {
        let fault = serde_json::to_value(Fault::next(kind, "/v1/messages")).unwrap();
        demo.control(reqwest::Method::POST, "faults", Some(fault))
            .await;
        demo.asked().await;
        let error = platform.ask(&question()).await.unwrap_err();
        assert_eq!(error.trouble, trouble, "{kind:?}");
        assert_eq!(error.may_have_had_an_effect(), may_have_cost, "{kind:?}");
        assert_eq!(demo.asked().await.len(), 1, "{kind:?}");
    }
    let hang = serde_json::to_value(Fault::next(FaultKind::Hang, "/v1/messages")).unwrap();
    demo.control(reqwest::Method::POST, "faults", Some(hang))
        .await;
    let hasty = demo.platform_within(Duration::from_millis(200));
    let error = hasty.ask(&question()).await.unwrap_err();
    assert_eq!(error.trouble, Trouble::TimedOut);
    let mute = Ask {
        turns: Vec::new(),
        ..question()
    };
    let error = platform.ask(&mute).await.unwrap_err();
    assert_eq!(error.trouble, Trouble::Refused, "nothing is sent");
    assert!(demo.asked().await.len() <= 1);
}
