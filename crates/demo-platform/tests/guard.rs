//! What every request passes: credentials, versions, beta headers, ids, the error envelope.

mod support;

use reqwest::Method;
use serde_json::{Value, json};
use support::{Answer, Rig, text};

#[tokio::test]
async fn either_credential_will_do_and_none_will_not() {
    let rig = Rig::start().await;
    let bare = |name: &'static str, value: &'static str| {
        let request = rig
            .http
            .get(format!("{}/v1/agents?beta=true&limit=1", rig.url))
            .header("anthropic-version", "2023-06-01")
            .header("anthropic-beta", "managed-agents-2026-04-01")
            .header(name, value);
        async { Answer::of(request.send().await.unwrap()).await }
    };
    bare("authorization", "Bearer anything").await.good();
    bare("x-api-key", "anything").await.good();
    bare("x-stainless-lang", "python")
        .await
        .bad(401, "authentication_error");
    bare("authorization", "Basic abc")
        .await
        .bad(401, "authentication_error");
    bare("x-api-key", "").await.bad(401, "authentication_error");
}

#[tokio::test]
async fn each_prefix_opens_with_its_own_beta_header_only() {
    let rig = Rig::start().await;
    let managed = "managed-agents-2026-04-01";
    let dreaming = "dreaming-2026-04-21";
    let memory = "agent-memory-2026-07-22";
    let both = "agent-memory-2026-07-22, managed-agents-2026-04-01";
    let dreaming_too = "managed-agents-2026-04-01,dreaming-2026-04-21";
    for (path, beta, status) in [
        ("/v1/agents", managed, 200),
        ("/v1/agents", dreaming, 404),
        ("/v1/agents", "", 404),
        ("/v1/sessions", managed, 200),
        ("/v1/sessions", memory, 404),
        ("/v1/dreams", dreaming, 200),
        ("/v1/dreams", dreaming_too, 200),
        ("/v1/dreams", managed, 404),
        ("/v1/memory_stores", memory, 200),
        ("/v1/memory_stores", managed, 200),
        ("/v1/memory_stores", both, 400),
        ("/v1/memory_stores", dreaming, 404),
        ("/v1/deployments", managed, 404),
    ] {
        let request = rig
            .http
            .get(format!("{}{path}", rig.url))
            .header("x-api-key", "k")
            .header("anthropic-version", "2026-10-21")
            .header("anthropic-beta", beta);
        let answer = Answer::of(request.send().await.unwrap()).await;
        assert_eq!(answer.status, status, "{path} with {beta:?}");
        assert!(answer.headers.contains_key("request-id"));
        if status == 404 {
            answer.bad(404, "not_found_error");
        }
    }
}

#[tokio::test]
async fn a_request_without_version_or_with_a_broken_body_is_refused_in_the_envelope() {
    let rig = Rig::start().await;
    let request = rig
        .http
        .get(format!("{}/v1/messages", rig.url))
        .header("x-api-key", "k");
    Answer::of(request.send().await.unwrap())
        .await
        .bad(400, "invalid_request_error");
    let request = rig.request(Method::POST, "/v1/agents").body("{\"name\": ");
    Answer::of(request.send().await.unwrap())
        .await
        .bad(400, "invalid_request_error");
    let unknown = json!({"name": "a", "model": "claude-sonnet-5", "managed": true});
    let error = rig
        .post("/v1/agents", unknown)
        .await
        .bad(400, "invalid_request_error");
    assert!(text(&error["message"]).contains("managed"), "{error}");
    rig.get("/v1/agents?page=page_nonsense")
        .await
        .bad(400, "invalid_request_error");
    rig.get("/v1/agents?limit=101")
        .await
        .bad(400, "invalid_request_error");
    rig.get("/v1/agents?agent_id=x")
        .await
        .bad(400, "invalid_request_error");
    rig.get("/v1/nothing").await.bad(404, "not_found_error");
    rig.delete("/v1/agents")
        .await
        .bad(405, "invalid_request_error");
}

#[tokio::test]
async fn the_recorder_shows_what_was_sent_and_no_credential() {
    let rig = Rig::start().await;
    let agent = text(&rig.agent("SupportBot").await["id"]);
    rig.delete("/__control/requests").await;
    let path = format!("/v1/agents/{agent}");
    rig.post(&path, json!({"version": 99, "system": "x"}))
        .await
        .bad(409, "conflict_error");
    let requests = rig.get("/__control/requests").await.good();
    let [request] = requests["data"].as_array().unwrap().as_slice() else {
        panic!("{requests}");
    };
    assert_eq!(request["method"], "POST");
    assert_eq!(request["path"], path);
    assert_eq!(request["body"], json!({"version": 99, "system": "x"}));
    assert_eq!(
        request["headers"]["anthropic-beta"],
        "managed-agents-2026-04-01"
    );
    assert_eq!(
        request["headers"]["authorization"],
        "Bearer [17 characters]"
    );
    assert!(!requests.to_string().contains("sk-ant"));
}

#[tokio::test]
async fn the_model_answers_from_its_prompt() {
    let rig = Rig::start().await;
    let ask = |system: Value| {
        json!({
            "model": "claude-sonnet-5",
            "max_tokens": 500,
            "system": system,
            "messages": [{"role": "user", "content": "I want a refund for the kettle"}],
        })
    };
    let rule = "- Ask for the order number before any refund.";
    let first = rig.post("/v1/messages", ask(json!(rule))).await.good();
    assert_eq!(first["type"], "message");
    assert_eq!(first["role"], "assistant");
    assert_eq!(first["stop_reason"], "end_turn");
    assert!(text(&first["id"]).starts_with("msg_"));
    assert!(first["usage"]["output_tokens"].as_u64().unwrap() > 0);
    let answer = text(&first["content"][0]["text"]);
    assert!(answer.contains("order number"), "{answer}");
    let blocks = json!([{"type": "text", "text": rule}]);
    let second = rig.post("/v1/messages", ask(blocks)).await.good();
    assert_eq!(second["content"], first["content"]);
    let without = rig
        .post("/v1/messages", ask(json!("Be kind.")))
        .await
        .good();
    assert_ne!(without["content"], first["content"]);
}
