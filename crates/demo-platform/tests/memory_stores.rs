//! `/v1/memory_stores`: stores, memories and their versions.

#![expect(
    clippy::indexing_slicing,
    reason = "helpers of tests may panic, as tests may"
)]

mod support;

use serde_json::{Value, json};
use support::{Rig, text};

async fn store(rig: &Rig) -> String {
    let store = rig
        .post("/v1/memory_stores", json!({"name": "Trial notes"}))
        .await
        .good();
    assert_eq!(store["description"], "");
    format!("/v1/memory_stores/{}", text(&store["id"]))
}

async fn memory(rig: &Rig, store: &str, path: &str, content: &str) -> Value {
    let body = json!({"path": path, "content": content});
    rig.post(&format!("{store}/memories?view=full"), body)
        .await
        .good()
}

#[tokio::test]
async fn stores_are_patched_archived_and_deleted() {
    let rig = Rig::start().await;
    let path = store(&rig).await;
    let edit = json!({"description": "For a trial.", "metadata": {"a": "b"}});
    let updated = rig.post(&path, edit).await.good();
    assert_eq!(updated["metadata"], json!({"a": "b"}));
    let archived = rig.act(&format!("{path}/archive")).await.good();
    assert!(archived["archived_at"].is_string());
    assert_eq!(rig.act(&format!("{path}/archive")).await.good(), archived);
    rig.post(&path, json!({"name": "x"}))
        .await
        .bad(400, "invalid_request_error");
    let body = json!({"path": "/a", "content": ""});
    rig.post(&format!("{path}/memories"), body)
        .await
        .bad(400, "invalid_request_error");
    let listed = |all: Vec<Value>| all.iter().any(|row| row["id"] == archived["id"]);
    assert!(!listed(rig.all("/v1/memory_stores").await));
    assert!(listed(
        rig.all("/v1/memory_stores?include_archived=true").await
    ));
    let gone = rig.delete(&path).await.good();
    assert_eq!(gone["type"], "memory_store_deleted");
    rig.get(&path).await.bad(404, "not_found_error");
}

#[tokio::test]
async fn a_memory_is_hashed_over_its_raw_bytes() {
    let rig = Rig::start().await;
    let store = store(&rig).await;
    let content = "# Refund policy\n\n- Ask for the order ID before quoting a refund amount.\n\
                   - Refunds above $200 need a human approver.\n";
    let made = memory(&rig, &store, "/policies/refunds.md", content).await;
    let sha = "00827880872361cb7bce32499f10bb3f722456b3d3a5c3ac5de13a6f393e9b12";
    assert_eq!(made["content_sha256"], sha);
    assert_eq!(made["content_size_bytes"], 116);
    assert_eq!(made["content"], content);
    let basic = rig.all(&format!("{store}/memories")).await;
    assert_eq!(basic[0]["content"], Value::Null);
    assert_eq!(basic[0]["content_sha256"], sha);
    let full = rig
        .get(&format!("{store}/memories?view=full&limit=20"))
        .await
        .good();
    assert_eq!(full["data"][0]["content"], content);
    rig.get(&format!("{store}/memories?view=full&limit=21"))
        .await
        .bad(400, "invalid_request_error");
}

#[tokio::test]
async fn lists_fold_by_depth_and_filter_by_prefix() {
    let rig = Rig::start().await;
    let store = store(&rig).await;
    for path in [
        "/README.md",
        "/a/one.md",
        "/a/two.md",
        "/a/b/three.md",
        "/ab/four.md",
    ] {
        memory(&rig, &store, path, "x").await;
    }
    let paths =
        |rows: Vec<Value>| -> Vec<_> { rows.iter().map(|row| text(&row["path"])).collect() };
    let all = paths(rig.all(&format!("{store}/memories")).await);
    assert_eq!(all.len(), 5);
    let folded = rig.all(&format!("{store}/memories?depth=1")).await;
    assert_eq!(folded[1], json!({"type": "memory_prefix", "path": "/a/"}));
    assert_eq!(paths(folded), ["/README.md", "/a/", "/ab/"]);
    let below = paths(
        rig.all(&format!("{store}/memories?path_prefix=%2Fa%2F&depth=1"))
            .await,
    );
    assert_eq!(below, ["/a/b/", "/a/one.md", "/a/two.md"]);
    for bad in ["depth=2", "path_prefix=/a", "view=all"] {
        rig.get(&format!("{store}/memories?{bad}"))
            .await
            .bad(400, "invalid_request_error");
    }
    let page = rig
        .get(&format!("{store}/memories?depth=1&limit=1"))
        .await
        .good();
    let next = text(&page["next_page"]);
    let page = rig
        .get(&format!("{store}/memories?depth=1&limit=1&page={next}"))
        .await
        .good();
    assert_eq!(page["data"][0]["path"], "/a/", "folders count as rows");
}

#[tokio::test]
async fn paths_in_the_way_are_conflicts_that_name_the_other() {
    let rig = Rig::start().await;
    let store = store(&rig).await;
    let there = memory(&rig, &store, "/a/b", "x").await;
    for path in ["/a/b", "/a", "/a/b/c"] {
        let body = json!({"path": path, "content": "y"});
        let answer = rig.post(&format!("{store}/memories"), body).await;
        let error = answer.bad(409, "memory_path_conflict_error");
        assert_eq!(error["conflicting_path"], "/a/b", "{path}");
        assert_eq!(error["conflicting_memory_id"], there["id"]);
    }
    let other = memory(&rig, &store, "/c", "z").await;
    let path = format!("{store}/memories/{}", text(&other["id"]));
    rig.post(&path, json!({"path": "/a/b"}))
        .await
        .bad(409, "memory_path_conflict_error");
    let renamed = rig.post(&path, json!({"path": "/c/d"})).await.good();
    assert_eq!(renamed["id"], other["id"], "stable across renames");
    for bad in ["c", "/c/", "/c/../d", ""] {
        rig.post(&path, json!({"path": bad}))
            .await
            .bad(400, "invalid_request_error");
    }
}

#[tokio::test]
async fn writes_are_guarded_by_the_hash_and_safe_to_repeat() {
    let rig = Rig::start().await;
    let store = store(&rig).await;
    let made = memory(&rig, &store, "/a", "one").await;
    let path = format!("{store}/memories/{}", text(&made["id"]));
    let guarded = |content: &str, sha: &Value| json!({"content": content, "precondition": {"type": "content_sha256", "content_sha256": sha}});
    let written = rig
        .post(&path, guarded("two", &made["content_sha256"]))
        .await
        .good();
    assert_ne!(written["memory_version_id"], made["memory_version_id"]);
    // The same again, as after a lost answer: it holds already, whatever the precondition says.
    let again = rig
        .post(&path, guarded("two", &made["content_sha256"]))
        .await
        .good();
    assert_eq!(again["memory_version_id"], written["memory_version_id"]);
    let stale = rig
        .post(&path, guarded("three", &made["content_sha256"]))
        .await;
    stale.bad(409, "memory_precondition_failed_error");
    rig.post(&path, guarded("three", &json!("short")))
        .await
        .bad(400, "invalid_request_error");
    rig.post(&path, json!({}))
        .await
        .bad(400, "invalid_request_error");
    let large = json!({"content": "x".repeat(102_401)});
    rig.post(&path, large)
        .await
        .bad(400, "invalid_request_error");

    let expected = |sha: &Value| format!("{path}?expected_content_sha256={}", text(sha));
    let refused = rig.delete(&expected(&made["content_sha256"])).await;
    refused.bad(409, "memory_precondition_failed_error");
    let gone = rig
        .delete(&expected(&written["content_sha256"]))
        .await
        .good();
    assert_eq!(gone, json!({"type": "memory_deleted", "id": made["id"]}));

    let versions = rig.all(&format!("{store}/memory_versions")).await;
    let operations: Vec<_> = versions.iter().map(|row| text(&row["operation"])).collect();
    assert_eq!(
        operations.len(),
        3,
        "one for each real change: {operations:?}"
    );
    let deleted = rig
        .all(&format!("{store}/memory_versions?operation=deleted"))
        .await;
    assert_eq!(deleted[0]["path"], "/a");
    assert_eq!(deleted[0]["content_sha256"], Value::Null);
}

#[tokio::test]
async fn old_versions_can_be_read_and_redacted_but_the_head_cannot() {
    let rig = Rig::start().await;
    let store = store(&rig).await;
    let made = memory(&rig, &store, "/a", "secret").await;
    let path = format!("{store}/memories/{}", text(&made["id"]));
    let head = rig.post(&path, json!({"content": "clean"})).await.good();
    let version = |memory: &Value| {
        format!(
            "{store}/memory_versions/{}",
            text(&memory["memory_version_id"])
        )
    };
    let old = rig.get(&version(&made)).await.good();
    assert_eq!(
        (&old["content"], &old["operation"]),
        (&json!("secret"), &json!("created"))
    );
    assert_eq!(old["created_by"]["type"], "api_actor");
    let listed = rig
        .all(&format!(
            "{store}/memory_versions?memory_id={}",
            text(&made["id"])
        ))
        .await;
    assert!(
        listed.iter().all(|row| row["content"] == Value::Null),
        "basic by default"
    );
    let refused = rig.act(&format!("{}/redact", version(&head))).await;
    refused.bad(400, "invalid_request_error");
    let redacted = rig.act(&format!("{}/redact", version(&made))).await.good();
    for field in ["content", "path", "content_sha256", "content_size_bytes"] {
        assert_eq!(redacted[field], Value::Null, "{field}");
    }
    assert!(redacted["redacted_at"].is_string());
    assert_eq!(redacted["created_at"], old["created_at"]);
    assert_eq!(rig.get(&version(&made)).await.good(), redacted);
    assert_eq!(rig.all(&format!("{store}/memory_versions")).await.len(), 2);
}

#[tokio::test]
async fn seeded_stores_have_twenty_to_three_hundred_files() {
    let rig = Rig::start().await;
    for name in [
        "SupportBot",
        "Code Review",
        "Sales Research",
        "On-call Runbooks",
        "Legal Intake",
    ] {
        let store = rig.store_of(&rig.agent(name).await).await;
        let files = rig
            .all(&format!("/v1/memory_stores/{store}/memories"))
            .await
            .len();
        assert!((20..=300).contains(&files), "{name}: {files}");
    }
}
