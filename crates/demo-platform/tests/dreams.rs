//! `/v1/dreams`: the state machine, clone-on-create, refusals, lists.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests may panic, as tests may"
)]

mod support;

use serde_json::{Value, json};
use support::{Rig, text};

const FIELDS: [&str; 14] = [
    "archived_at",
    "created_at",
    "ended_at",
    "error",
    "id",
    "inputs",
    "instructions",
    "model",
    "output_behavior",
    "outputs",
    "session_id",
    "status",
    "type",
    "usage",
];

fn check_fields(dream: &Value) {
    let mut fields: Vec<_> = dream.as_object().unwrap().keys().cloned().collect();
    fields.sort();
    assert_eq!(fields, FIELDS);
}

async fn advance(rig: &Rig, dream: &Value) -> Value {
    let path = format!("/__control/dreams/{}/advance", text(&dream["id"]));
    rig.act(&path).await.good()
}

fn path(dream: &Value) -> String {
    format!("/v1/dreams/{}", text(&dream["id"]))
}

#[tokio::test]
async fn a_dream_goes_from_pending_over_running_to_completed() {
    let rig = Rig::start().await;
    let pending = rig.dream("SupportBot").await;
    check_fields(&pending);
    assert_eq!(pending["status"], "pending");
    assert_eq!(pending["outputs"], json!([]));
    assert_eq!(pending["session_id"], Value::Null);
    assert_eq!(pending["output_behavior"], json!({"type": "create_new"}));
    assert_eq!(pending["usage"]["input_tokens"], 0);
    let ids = pending["inputs"][1]["session_ids"].as_array().unwrap();
    assert!(
        ids.is_sorted_by_key(|id| id.as_str()),
        "sorted, whatever was sent"
    );

    let running = advance(&rig, &pending).await;
    check_fields(&running);
    assert_eq!(running["status"], "running");
    assert_eq!(running["outputs"], json!([]), "empty at first");
    let session = text(&running["session_id"]);
    let log = rig.all(&format!("/v1/sessions/{session}/events")).await;
    assert!(!log.is_empty());

    rig.delete("/__control/events").await;
    let with_output = advance(&rig, &pending).await;
    assert_eq!(with_output["status"], "running");
    let output = text(&with_output["outputs"][0]["memory_store_id"]);
    let input = text(&pending["inputs"][0]["memory_store_id"]);
    assert_ne!(output, input);
    let events = rig.get("/__control/events").await.good();
    assert_eq!(events["data"][0]["data"]["type"], "memory_store.created");
    assert_eq!(events["data"][0]["data"]["id"], output.as_str());

    // A copy, with ids of its own.
    let memories = |store: &str| format!("/v1/memory_stores/{store}/memories");
    let before = rig.all(&memories(&input)).await;
    let copy = rig.all(&memories(&output)).await;
    let shape = |rows: &[Value]| -> Vec<_> {
        rows.iter()
            .map(|row| (text(&row["path"]), text(&row["content_sha256"])))
            .collect()
    };
    assert_eq!(shape(&copy), shape(&before));
    for (old, new) in before.iter().zip(&copy) {
        assert_ne!(old["id"], new["id"]);
        assert_ne!(old["memory_version_id"], new["memory_version_id"]);
    }

    let completed = advance(&rig, &pending).await;
    check_fields(&completed);
    assert_eq!(completed["status"], "completed");
    assert!(completed["ended_at"].is_string());
    assert!(completed["usage"]["output_tokens"].as_u64().unwrap() > 0);
    assert_eq!(
        rig.all(&memories(&input)).await,
        before,
        "the input is left alone"
    );
    let after = rig.all(&memories(&output)).await;
    assert_ne!(shape(&after), shape(&copy), "lessons were written");
    let versions = format!("/v1/memory_stores/{output}/memory_versions?session_id={session}");
    assert!(rig.all(&versions).await.len() > copy.len());
    let session = rig.get(&format!("/v1/sessions/{session}")).await.good();
    assert!(session["archived_at"].is_string());
}

#[tokio::test]
async fn a_seeded_dream_runs_and_its_usage_grows() {
    let rig = Rig::start().await;
    let running = rig.all("/v1/dreams?statuses[]=running").await;
    assert_eq!(running.len(), 1);
    let path = path(&running[0]);
    let used = || async {
        rig.get(&path).await.good()["usage"]["input_tokens"]
            .as_u64()
            .unwrap()
    };
    let first = used().await;
    support::until("usage grows", || async {
        (used().await > first).then_some(())
    })
    .await;
}

#[tokio::test]
async fn cancel_and_archive_follow_the_state() {
    let rig = Rig::start().await;
    let dream = rig.dream("Legal Intake").await;
    let path = path(&dream);
    rig.act(&format!("{path}/archive"))
        .await
        .bad(400, "invalid_request_error");
    advance(&rig, &dream).await;
    rig.act(&format!("{path}/archive"))
        .await
        .bad(400, "invalid_request_error");
    let canceled = rig.act(&format!("{path}/cancel")).await.good();
    assert_eq!(canceled["status"], "canceled");
    assert!(canceled["ended_at"].is_string());
    assert_eq!(
        rig.act(&format!("{path}/cancel")).await.good(),
        canceled,
        "again: unchanged"
    );
    let archived = rig.act(&format!("{path}/archive")).await.good();
    assert!(archived["archived_at"].is_string());
    assert_eq!(rig.act(&format!("{path}/archive")).await.good(), archived);
    let listed = |all: Vec<Value>| all.iter().any(|row| row["id"] == dream["id"]);
    assert!(!listed(rig.all("/v1/dreams").await));
    assert!(listed(rig.all("/v1/dreams?include_archived=true").await));
    assert_eq!(rig.get(&path).await.good(), archived);

    let completed = rig.all("/v1/dreams?statuses[]=completed").await;
    let failed = rig.all("/v1/dreams?statuses[]=failed").await;
    for ended in [&completed[0], &failed[0]] {
        let path = format!("/v1/dreams/{}/cancel", text(&ended["id"]));
        rig.act(&path).await.bad(400, "invalid_request_error");
    }
    assert!(failed[0]["error"]["type"].is_string());
}

#[tokio::test]
async fn lists_are_newest_first_and_their_times_exclusive() {
    let rig = Rig::start().await;
    let all = rig.all("/v1/dreams").await;
    assert_eq!(all.len(), 32);
    assert!(
        all.windows(2)
            .all(|pair| text(&pair[0]["created_at"]) > text(&pair[1]["created_at"]))
    );
    let middle = text(&all[10]["created_at"]);
    assert_eq!(
        rig.all(&format!("/v1/dreams?created_at[gt]={middle}"))
            .await
            .len(),
        10
    );
    assert_eq!(
        rig.all(&format!("/v1/dreams?created_at[lt]={middle}"))
            .await
            .len(),
        21
    );
    let some = rig
        .all("/v1/dreams?statuses[]=failed&statuses[]=canceled")
        .await;
    let wanted = |row: &&Value| ["failed", "canceled"].contains(&row["status"].as_str().unwrap());
    assert_eq!(some.len(), all.iter().filter(wanted).count());
    let first = rig.get("/v1/dreams?limit=5").await.good();
    assert_eq!(first["data"].as_array().unwrap(), &all[..5]);
    rig.get("/v1/dreams?page=page_x")
        .await
        .bad(400, "invalid_request_error");
    rig.get("/v1/dreams?created_at[gte]=2026-01-01T00:00:00Z")
        .await
        .bad(400, "invalid_request_error");
}

#[tokio::test]
async fn bad_requests_are_refused() {
    let rig = Rig::start().await;
    let good = rig.dream_request(&rig.agent("Code Review").await).await;
    let bad = |edit: &dyn Fn(&mut Value)| {
        let mut body = good.clone();
        edit(&mut body);
        body
    };
    let twice = good["inputs"][1]["session_ids"][0].clone();
    for body in [
        bad(&|body| body["inputs"] = json!([body["inputs"][0]])),
        bad(&|body| body["inputs"] = json!([body["inputs"][0], body["inputs"][0]])),
        bad(&|body| body["inputs"][1]["session_ids"] = json!([])),
        bad(&|body| body["inputs"][1]["session_ids"] = json!([twice, twice])),
        bad(&|body| body["inputs"][1]["session_ids"] = json!(["sesn_nobody"])),
        bad(&|body| body["inputs"][0]["memory_store_id"] = json!("memstore_nobody")),
        bad(&|body| body["model"] = json!({"id": "claude-opus-5-5", "speed": "fast"})),
        bad(&|body| body["instructions"] = json!("")),
        bad(&|body| body["instructions"] = json!("x".repeat(4_097))),
        bad(&|body| body["agent_id"] = json!("agent_1")),
        bad(&|body| {
            body["output_behavior"] =
                json!({"type": "update_existing", "memory_store_id": "other"});
        }),
    ] {
        rig.post("/v1/dreams", body)
            .await
            .bad(400, "invalid_request_error");
    }
    assert_eq!(rig.all("/v1/dreams").await.len(), 32, "nothing was made");
}

#[tokio::test]
async fn one_dream_at_a_time_updates_a_store_in_place() {
    let rig = Rig::start().await;
    let mut body = rig.dream_request(&rig.agent("Sales Research").await).await;
    let store = body["inputs"][0]["memory_store_id"].clone();
    body["output_behavior"] = json!({"type": "update_existing", "memory_store_id": store});
    let first = rig.post("/v1/dreams", body.clone()).await.good();
    let refused = rig.post("/v1/dreams", body.clone()).await;
    assert_eq!(refused.headers["x-should-retry"], "false");
    let error = refused.bad(409, "conflict_error");
    assert!(text(&error["message"]).contains(&text(&first["id"])));
    let complete = format!("/__control/dreams/{}/complete", text(&first["id"]));
    let completed = rig.act(&complete).await.good();
    assert_eq!(completed["outputs"][0]["memory_store_id"], store);
    rig.post("/v1/dreams", body).await.good();
}

#[tokio::test]
async fn a_dream_fails_when_its_input_goes_away() {
    let rig = Rig::start().await;
    let dream = rig.dream("SupportBot").await;
    advance(&rig, &dream).await;
    let session = text(&dream["inputs"][1]["session_ids"][0]);
    rig.delete(&format!("/v1/sessions/{session}")).await.good();
    let failed = rig.get(&path(&dream)).await.good();
    assert_eq!(failed["status"], "failed");
    assert_eq!(failed["error"]["type"], "input_session_unavailable");

    let dream = rig.dream("Code Review").await;
    let store = text(&dream["inputs"][0]["memory_store_id"]);
    rig.act(&format!("/v1/memory_stores/{store}/archive"))
        .await
        .good();
    let failed = rig.get(&path(&dream)).await.good();
    assert_eq!(failed["error"]["type"], "input_memory_store_unavailable");
}

#[tokio::test]
async fn dreams_move_on_by_themselves() {
    let rig = Rig::with(|config| {
        config.pace = demo_platform::Pace {
            pending: std::time::Duration::from_millis(20),
            without_output: std::time::Duration::from_millis(20),
            running: std::time::Duration::from_millis(40),
        };
    })
    .await;
    let path = path(&rig.dream("Legal Intake").await);
    support::until("the dream completes", || async {
        (rig.get(&path).await.good()["status"] == "completed").then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_dream_can_be_made_to_fail() {
    let rig = Rig::start().await;
    let dream = rig.dream("Legal Intake").await;
    let fail = format!("/__control/dreams/{}/fail", text(&dream["id"]));
    let failed = rig
        .post(&fail, json!({"type": "timeout", "message": "Too long."}))
        .await
        .good();
    assert_eq!(failed["status"], "failed");
    assert_eq!(
        failed["error"],
        json!({"type": "timeout", "message": "Too long."})
    );
    rig.post(&fail, json!({"type": "timeout"}))
        .await
        .bad(400, "invalid_request_error");
}
