//! The adapter's memory calls against the stand-in platform: what is sent, and what each answer means.

use super::memory_rig::{Store, sha};
use super::support::{KEY, TestApp};
use demo_platform::FaultKind;
use review_proxy::platform::{MemoryEdit, MemoryOutcome, PageQuery, Platform, Timing, Trouble};
use serde_json::{Value, json};
use std::time::Duration;

fn platform(app: &TestApp) -> Platform {
    let timing = Timing {
        deadline: Duration::from_secs(20),
        retry_pause: Duration::from_millis(1),
        ..Timing::default()
    };
    Platform::with_timing(&app.platform_url(""), KEY.into(), timing).unwrap()
}

/// Returns an outcome's name.
fn name(outcome: &MemoryOutcome) -> &'static str {
    match outcome {
        MemoryOutcome::Done { .. } => "done",
        MemoryOutcome::PreconditionFailed(_) => "precondition failed",
        MemoryOutcome::PathTaken(_) => "path taken",
        MemoryOutcome::Gone(_) => "gone",
        MemoryOutcome::Refused(_) => "refused",
        MemoryOutcome::NotSent(_) => "not sent",
        MemoryOutcome::Unknown(_) => "unknown",
    }
}

#[track_caller]
fn is(outcome: &MemoryOutcome, expected: &str) {
    assert_eq!(name(outcome), expected, "{outcome:?}");
}

#[tokio::test]
async fn memory_calls_are_those_that_the_platform_documents() {
    let app = TestApp::start().await;
    let store = Store::make(&app, &[("/a", "one")]).await;
    let (platform, id, mem) = (platform(&app), store.id.as_str(), store.memory("/a"));
    let page = PageQuery::after(2, Some("page_MjAyNQ==".to_owned()));
    platform.list_memories(id, &page).await.unwrap_err();
    platform.memory(id, &mem).await.unwrap();
    let edit = MemoryEdit::Content("x\n");
    platform.update_memory(id, &mem, &sha("one"), edit).await;
    let rename = MemoryEdit::Path("/b");
    platform.update_memory(id, &mem, &sha("x\n"), rename).await;
    platform.create_memory(id, "/c/ü", "").await;
    platform.delete_memory(id, &mem, &sha("x\n")).await;
    let first = PageQuery::first(100);
    platform
        .list_memory_versions(id, Some(&mem), &first)
        .await
        .unwrap();
    platform.list_memory_stores(&first).await.unwrap();
    platform.memory_store(id).await.unwrap();

    let asked = app.memory_requests().await;
    let (base, guard) = (
        format!("/v1/memory_stores/{id}"),
        |sha256: String| json!({ "type": "content_sha256", "content_sha256": sha256 }),
    );
    let of = format!("{base}/memories/{mem}");
    let expected = [
        (
            "GET",
            format!("{base}/memories"),
            "view=basic&depth=0&limit=2&page=page_MjAyNQ%3D%3D".to_owned(),
            Value::Null,
        ),
        ("GET", of.clone(), String::new(), Value::Null),
        (
            "POST",
            of.clone(),
            String::new(),
            json!({ "content": "x\n", "precondition": guard(sha("one")) }),
        ),
        (
            "POST",
            of.clone(),
            String::new(),
            json!({ "path": "/b", "precondition": guard(sha("x\n")) }),
        ),
        (
            "POST",
            format!("{base}/memories"),
            String::new(),
            json!({ "path": "/c/ü", "content": "" }),
        ),
        (
            "DELETE",
            of,
            format!("expected_content_sha256={}", sha("x\n")),
            Value::Null,
        ),
        (
            "GET",
            format!("{base}/memory_versions"),
            format!("view=basic&memory_id={mem}&limit=100"),
            Value::Null,
        ),
        (
            "GET",
            "/v1/memory_stores".to_owned(),
            "include_archived=true&limit=100".to_owned(),
            Value::Null,
        ),
        ("GET", base, String::new(), Value::Null),
    ];
    assert_eq!(asked.len(), expected.len());
    for (asked, (method, path, query, body)) in asked.into_iter().zip(expected) {
        assert_eq!(asked["method"], method, "{asked}");
        assert_eq!(asked["path"], path.as_str(), "{asked}");
        assert_eq!(asked["query"], query.as_str(), "{asked}");
        assert_eq!(asked["body"], body, "{asked}");
        let headers = &asked["headers"];
        // Never the other beta beside it: the platform refuses both together.
        assert_eq!(headers["anthropic-beta"], "agent-memory-2026-07-22");
        assert_eq!(headers["anthropic-version"], "2026-10-21");
        assert_eq!(headers["accept"], "application/json");
        let kind = headers.get("content-type").and_then(Value::as_str);
        assert_eq!(
            kind,
            (method != "GET").then_some("application/json"),
            "{asked}"
        );
    }
}

#[tokio::test]
async fn both_conflicts_are_told_apart_and_what_holds_already_is_done() {
    let app = TestApp::start().await;
    let store = Store::make(&app, &[("/a", "one"), ("/b/c", "two")]).await;
    let (platform, id) = (platform(&app), store.id.as_str());
    let (a, b) = (store.memory("/a"), store.memory("/b/c"));
    for path in ["/a", "/b", "/b/c/d"] {
        let taken = platform.create_memory(id, path, "x").await;
        is(&taken, "path taken");
    }
    let edit = MemoryEdit::Content("ONE");
    is(
        &platform.update_memory(id, &a, &sha("one"), edit).await,
        "done",
    );
    // The same again, as after a lost answer.
    is(
        &platform.update_memory(id, &a, &sha("one"), edit).await,
        "done",
    );
    let other = MemoryEdit::Content("other");
    is(
        &platform.update_memory(id, &a, &sha("one"), other).await,
        "precondition failed",
    );
    let onto = MemoryEdit::Path("/b");
    is(
        &platform.update_memory(id, &a, &sha("ONE"), onto).await,
        "path taken",
    );
    let away = MemoryEdit::Path("/z");
    is(
        &platform.update_memory(id, &b, &sha("one"), away).await,
        "precondition failed",
    );
    is(
        &platform.update_memory(id, &b, &sha("two"), away).await,
        "done",
    );
    is(
        &platform.update_memory(id, &b, &sha("two"), away).await,
        "done",
    );
    // There, but with another text than was seen: the wish holds and the guard does not.
    is(
        &platform.update_memory(id, &b, &sha("other"), away).await,
        "unknown",
    );
    is(
        &platform.delete_memory(id, &a, &sha("one")).await,
        "precondition failed",
    );
    is(&platform.delete_memory(id, &a, &sha("ONE")).await, "done");
    is(&platform.delete_memory(id, &a, &sha("ONE")).await, "gone");
    is(
        &platform.update_memory(id, &a, &sha("ONE"), edit).await,
        "gone",
    );
    is(
        &platform.create_memory("memstore_none", "/x", "").await,
        "gone",
    );
    is(&platform.create_memory("../x", "/x", "").await, "gone");
    is(&platform.delete_memory(id, "../x", "").await, "gone");
    is(&platform.create_memory(id, "no slash", "").await, "refused");
    store.archive().await;
    is(&platform.create_memory(id, "/new", "").await, "refused");
}

#[tokio::test]
async fn every_fault_of_a_write_has_its_meaning_and_nothing_is_sent_twice() {
    let app = TestApp::start().await;
    let cases = [
        (FaultKind::RateLimited, "refused", false),
        (FaultKind::InternalError, "unknown", false),
        (FaultKind::Overloaded, "unknown", false),
        (FaultKind::HtmlBadGateway, "unknown", false),
        (FaultKind::Truncated, "unknown", true),
        (FaultKind::DroppedAfterEffect, "unknown", true),
        (FaultKind::ErrorAfterEffect, "unknown", true),
    ];
    for (kind, expected, has_effect) in cases {
        let store = Store::make(&app, &[("/a", "one"), ("/b", "two")]).await;
        let (platform, id) = (platform(&app), store.id.as_str());
        let (a, b) = (store.memory("/a"), store.memory("/b"));
        store.forget_requests().await;
        store.fault_times(kind, "POST", 3, 0).await;
        store.fault(kind, "DELETE", 0).await;
        is(&platform.create_memory(id, "/n", "new").await, expected);
        let edit = MemoryEdit::Content("ONE");
        is(
            &platform.update_memory(id, &a, &sha("one"), edit).await,
            expected,
        );
        let sha256 = if has_effect { sha("ONE") } else { sha("one") };
        let rename = MemoryEdit::Path("/r");
        is(
            &platform.update_memory(id, &a, &sha256, rename).await,
            expected,
        );
        is(&platform.delete_memory(id, &b, &sha("two")).await, expected);
        assert_eq!(store.writes().await.len(), 4, "{kind:?}");
        let texts: Vec<(String, String)> = store.texts().await.into_iter().collect();
        let texts: Vec<(&str, &str)> = texts.iter().map(|(one, two)| (&**one, &**two)).collect();
        if has_effect {
            assert_eq!(texts, [("/n", "new"), ("/r", "ONE")], "{kind:?}");
        } else {
            assert_eq!(texts, [("/a", "one"), ("/b", "two")], "{kind:?}");
        }
    }
}

#[tokio::test]
async fn a_write_that_hangs_is_unknown_and_one_that_never_left_is_not_sent() {
    let mut app = TestApp::start().await;
    let timing = Timing {
        deadline: Duration::from_millis(200),
        ..Timing::default()
    };
    let hasty = Platform::with_timing(&app.platform_url(""), KEY.into(), timing).unwrap();
    let store = Store::make(&app, &[]).await;
    let id = store.id.clone();
    store.fault(FaultKind::Hang, "POST", 0).await;
    is(&hasty.create_memory(&id, "/x", "").await, "unknown");
    drop(store);
    app.stop_platform().await;
    is(&hasty.create_memory(&id, "/x", "").await, "not sent");
    is(&hasty.delete_memory(&id, "mem_1", "").await, "not sent");
}

#[tokio::test]
async fn reads_of_memories_are_retried_and_take_all_pages() {
    let app = TestApp::start().await;
    let many: Vec<(String, String)> = (0..205)
        .map(|n| (format!("/n/{n:03}"), format!("{n}")))
        .collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(one, two)| (&**one, &**two)).collect();
    let store = Store::make(&app, &many).await;
    let platform = platform(&app);
    for kind in [
        FaultKind::InternalError,
        FaultKind::Overloaded,
        FaultKind::DroppedAfterEffect,
    ] {
        store.fault_times(kind, "GET", 2, 0).await;
        let all = platform.all_memories(&store.id).await.unwrap();
        assert_eq!(all.len(), 205);
        assert!(all.iter().all(|memory| memory.content.is_none()));
    }
    store
        .fault_times(FaultKind::InternalError, "GET", 3, 1)
        .await;
    let error = platform.all_memories(&store.id).await.unwrap_err();
    assert_eq!(error.trouble, Trouble::Failed, "not a part of it");
    let none = platform.all_memories("memstore_none").await.unwrap_err();
    assert_eq!(none.trouble, Trouble::NotFound);
}

#[tokio::test]
async fn versions_tell_what_a_memory_was_until_they_are_blanked_out() {
    let app = TestApp::start().await;
    let store = Store::make(&app, &[("/a", "one")]).await;
    let (platform, a) = (platform(&app), store.memory("/a"));
    store.write("/a", "two").await;
    let read = async || {
        let page = PageQuery::first(100);
        let read = platform
            .list_memory_versions(&store.id, Some(&a), &page)
            .await;
        read.unwrap().data
    };
    let mut versions = read().await;
    // Newest first, but those of one moment in any order.
    versions.sort_by(|one, other| other.operation.cmp(&one.operation));
    let operations: Vec<&str> = versions.iter().map(|it| it.operation.as_str()).collect();
    assert_eq!(operations, ["modified", "created"]);
    let full = platform
        .memory_version(&store.id, &versions[1].id)
        .await
        .unwrap();
    assert_eq!(full.content.as_deref(), Some("one"));
    store.redact(&sha("one")).await;
    let after = read().await;
    let blank = after.iter().find(|it| it.operation == "created").unwrap();
    assert!(blank.redacted_at.is_some());
    assert_eq!((&blank.path, &blank.content_sha256), (&None, &None));
    store.delete_now("/a").await;
    assert_eq!(read().await.len(), 3, "they outlive the memory");
}
