//! `/v1/sessions`: lists, transcripts, new sessions with overrides, the live stream.

mod support;

use serde_json::{Value, json};
use support::{DEADLINE, Rig, text};

#[tokio::test]
async fn four_hundred_sessions_are_listed_newest_first_both_ways() {
    let rig = Rig::start().await;
    let all = rig.all("/v1/sessions").await;
    assert_eq!(all.len(), 400);
    assert!(
        all.windows(2)
            .all(|pair| text(&pair[0]["created_at"]) >= text(&pair[1]["created_at"]))
    );
    let first = rig.get("/v1/sessions?limit=7").await.good();
    assert_eq!(first["prev_page"], Value::Null);
    let next = text(&first["next_page"]);
    let second = rig
        .get(&format!("/v1/sessions?limit=7&page={next}"))
        .await
        .good();
    let prev = text(&second["prev_page"]);
    let back = rig
        .get(&format!("/v1/sessions?limit=7&page={prev}"))
        .await
        .good();
    assert_eq!(back["data"], first["data"]);
    // A cursor belongs to its order, and to the time it lies in.
    let path = format!("/v1/sessions?order=asc&page={next}");
    rig.get(&path).await.bad(400, "invalid_request_error");
    let path = format!("/v1/sessions?created_at[lt]=2020-01-01T00:00:00Z&page={next}");
    rig.get(&path).await.bad(400, "invalid_request_error");
}

#[tokio::test]
async fn filters_hold() {
    let rig = Rig::start().await;
    let agent = rig.agent("Code Review").await;
    let id = text(&agent["id"]);
    let of_agent = rig
        .all(&format!("/v1/sessions?agent_id={id}&order=asc"))
        .await;
    assert_eq!(of_agent.len(), 90);
    assert!(
        of_agent
            .iter()
            .all(|session| session["agent"]["id"] == agent["id"])
    );
    let middle = text(&of_agent[45]["created_at"]);
    let after = rig
        .all(&format!(
            "/v1/sessions?agent_id={id}&created_at%5Bgt%5D={middle}"
        ))
        .await;
    assert_eq!(after.len(), 44);
    let from = rig
        .all(&format!(
            "/v1/sessions?agent_id={id}&created_at[gte]={middle}"
        ))
        .await;
    assert_eq!(from.len(), 45);
    let store = rig.store_of(&agent).await;
    assert_eq!(
        rig.all(&format!("/v1/sessions?memory_store_id={store}"))
            .await
            .len(),
        90
    );
    assert_eq!(rig.all("/v1/sessions?statuses[]=running").await.len(), 0);
    rig.get("/v1/sessions?statuses[]=asleep")
        .await
        .bad(400, "invalid_request_error");
    let mut versions: Vec<_> = of_agent
        .iter()
        .map(|row| row["agent"]["version"].as_u64())
        .collect();
    versions.dedup();
    assert!(versions.is_sorted(), "later sessions have later versions");
}

#[tokio::test]
async fn transcripts_can_be_read_in_pages_and_by_type() {
    let rig = Rig::start().await;
    let session = &rig.get("/v1/sessions?limit=1").await.good()["data"][0];
    let path = format!("/v1/sessions/{}/events", text(&session["id"]));
    let all = rig.all(&path).await;
    assert!(all.len() >= 4);
    let mut paged = Vec::new();
    let mut next = String::new();
    loop {
        let page = rig.get(&format!("{path}?limit=2{next}")).await.good();
        paged.extend(page["data"].as_array().unwrap().clone());
        match page["next_page"].as_str() {
            Some(cursor) => next = format!("&page={cursor}"),
            None => break,
        }
    }
    assert_eq!(paged, all);
    let user = rig.all(&format!("{path}?types[]=user.message")).await;
    assert!(!user.is_empty() && user.iter().all(|event| event["type"] == "user.message"));
    let mut backwards = rig.all(&format!("{path}?order=desc")).await;
    backwards.reverse();
    assert_eq!(backwards, all);
    for (use_event, result) in all.iter().zip(&all[1..]) {
        if result["type"] == "agent.tool_result" {
            assert_eq!(result["tool_use_id"], use_event["id"]);
        }
    }
}

fn new_session(agent: Value) -> Value {
    json!({"agent": agent, "environment_id": "env_1", "title": "Trial"})
}

#[tokio::test]
async fn a_session_with_overrides_answers_by_the_candidate_prompt_and_publishes_nothing() {
    let rig = Rig::start().await;
    let agent = rig.agent("SupportBot").await;
    let store = rig.store_of(&agent).await;
    let overrides = json!({
        "type": "agent_with_overrides",
        "id": agent["id"],
        "system": "- Ask for the order number before any refund.",
    });
    let mut body = new_session(overrides);
    body["resources"] = json!([
        {"type": "memory_store", "memory_store_id": store, "access": "read_only"},
    ]);
    body["initial_events"] = json!([
        {"type": "user.message", "content": [{"type": "text", "text": "Refund my blender"}]},
    ]);
    let session = rig.post("/v1/sessions", body).await.good();
    assert_eq!(
        session["agent"]["version"], agent["version"],
        "names the base"
    );
    assert_eq!(
        session["agent"]["system"],
        "- Ask for the order number before any refund."
    );
    assert_eq!(
        session["resources"][0]["mount_path"],
        "/mnt/memory/support-knowledge"
    );
    assert!(session["resources"][0].get("id").is_none());
    let path = format!("/v1/sessions/{}/events", text(&session["id"]));
    let answer = rig.all(&format!("{path}?types[]=agent.message")).await;
    assert!(answer[0].to_string().contains("order number"), "{answer:?}");
    let now = rig
        .get(&format!("/v1/agents/{}", text(&agent["id"])))
        .await
        .good();
    assert_eq!(now, agent);
}

#[tokio::test]
async fn sent_events_are_queued_then_answered_and_streamed() {
    let rig = Rig::start().await;
    let agent = rig.agent("SupportBot").await;
    let session = rig
        .post("/v1/sessions", new_session(agent["id"].clone()))
        .await
        .good();
    let path = format!("/v1/sessions/{}/events", text(&session["id"]));
    let mut stream = rig
        .request(reqwest::Method::GET, &format!("{path}/stream"))
        .send()
        .await
        .unwrap();
    assert_eq!(
        stream.headers()["content-type"],
        "text/event-stream; charset=utf-8"
    );
    let events = json!({"events": [
        {"type": "user.message", "content": [{"type": "text", "text": "Where is order JR48213?"}]},
    ]});
    let sent = rig.post(&path, events).await.good();
    assert_eq!(sent["data"][0]["processed_at"], Value::Null);
    let mut heard = String::new();
    let listening = async {
        while !heard.contains("event: session.status_idle") {
            let chunk = stream.chunk().await.unwrap().expect("the stream goes on");
            heard.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    };
    tokio::time::timeout(DEADLINE, listening).await.unwrap();
    assert!(heard.contains("event: ping\ndata: {}\n\n"), "{heard}");
    assert!(heard.contains("event: agent.message\ndata: {"), "{heard}");
    let log = rig.all(&path).await;
    let kinds: Vec<_> = log.iter().map(|event| text(&event["type"])).collect();
    let expected = [
        "session.status_running",
        "user.message",
        "agent.message",
        "session.status_idle",
    ];
    assert_eq!(kinds, expected);
    assert!(log.iter().all(|event| event["processed_at"].is_string()));
    rig.post(&path, json!({"events": []}))
        .await
        .bad(400, "invalid_request_error");
    let unknown = json!({"events": [{"type": "agent.message"}]});
    rig.post(&path, unknown)
        .await
        .bad(400, "invalid_request_error");
}

#[tokio::test]
async fn archived_sessions_are_hidden_and_deleted_ones_are_gone() {
    let rig = Rig::start().await;
    let agent = rig.agent("Legal Intake").await;
    let session = rig
        .post("/v1/sessions", new_session(agent["id"].clone()))
        .await
        .good();
    let path = format!("/v1/sessions/{}", text(&session["id"]));
    let titled = rig
        .post(&path, json!({"title": null, "metadata": {"a": "b"}}))
        .await
        .good();
    assert_eq!(
        (&titled["title"], &titled["metadata"]["a"]),
        (&Value::Null, &json!("b"))
    );
    let archived = rig.act(&format!("{path}/archive")).await.good();
    assert_eq!(archived["status"], "terminated");
    assert_eq!(rig.all("/v1/sessions").await.len(), 400);
    assert_eq!(
        rig.all("/v1/sessions?include_archived=true").await.len(),
        401
    );
    let gone = rig.delete(&path).await.good();
    assert_eq!(
        gone,
        json!({"type": "session_deleted", "id": session["id"]})
    );
    rig.get(&path).await.bad(404, "not_found_error");
    rig.get(&format!("{path}/events"))
        .await
        .bad(404, "not_found_error");
}

#[tokio::test]
async fn what_cannot_be_attached_is_refused() {
    let rig = Rig::start().await;
    let agent = rig.agent("SupportBot").await;
    let store = rig
        .post("/v1/memory_stores", json!({"name": "Old"}))
        .await
        .good();
    let id = text(&store["id"]);
    rig.act(&format!("/v1/memory_stores/{id}/archive"))
        .await
        .good();
    let mut body = new_session(agent["id"].clone());
    body["resources"] = json!([{"type": "memory_store", "memory_store_id": id}]);
    rig.post("/v1/sessions", body)
        .await
        .bad(400, "invalid_request_error");
    rig.post("/v1/sessions", new_session(json!("agent_x")))
        .await
        .bad(404, "not_found_error");
    let wrong = json!({"type": "agent", "id": agent["id"], "version": 99});
    rig.post("/v1/sessions", new_session(wrong))
        .await
        .bad(404, "not_found_error");
    rig.post("/v1/sessions", json!({"agent": "a"}))
        .await
        .bad(400, "invalid_request_error");
}
