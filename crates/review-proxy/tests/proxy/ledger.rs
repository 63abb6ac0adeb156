//! No ledger row, no effect.

use super::support::TestApp;
use crate::databases::{Database, break_ledger, on_each_database};
use http::Method;
use review_api::{Change, ErrorCode, Inbox, Timestamp};
use review_proxy::hooks::Worker;
use review_proxy::http::App;
use serde_json::{Value, json};
use std::fmt::Write as _;

const TABLES: [&str; 20] = [
    "agent_settings",
    "feedback",
    "reports",
    "suggestions",
    "changes",
    "approvals",
    "change_hands",
    "drifts",
    "dream_runs",
    "apply_attempts",
    "comments",
    "audit",
    "webhook_endpoints",
    "outgoing",
    "outgoing_attempts",
    "staging_tests",
    "staging_test_cases",
    "automatic_changes",
    "automation_switch",
    "kept_versions",
];

on_each_database!(
    p24_a_write_that_cannot_be_recorded_is_not_done,
    p24_a_report_that_cannot_be_recorded_waits_and_is_not_lost,
);

/// Everything that people decided, as text.
async fn state(app: &TestApp) -> String {
    let mut read = app.proxy().app.store.read().await.unwrap();
    let mut text = String::new();
    for table in TABLES {
        let line = match read.backend_name() {
            "SQLite" => {
                let columns: Vec<(String,)> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
                    "SELECT name FROM pragma_table_info('{table}')"
                )))
                .fetch_all(&mut *read)
                .await
                .unwrap();
                let quoted = columns.iter().map(|(name,)| format!("quote({name})"));
                quoted.collect::<Vec<_>>().join(" || ',' || ")
            }
            _ => format!("CAST({table} AS TEXT)"),
        };
        let sql = format!("SELECT {line} FROM {table} ORDER BY 1");
        let rows: Vec<(String,)> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .fetch_all(&mut *read)
            .await
            .unwrap();
        for (row,) in rows {
            writeln!(text, "{table}: {row}").unwrap();
        }
    }
    text
}

async fn broken(app: &TestApp, is_broken: bool) {
    let mut write = app.proxy().app.store.write().await.unwrap();
    break_ledger(&mut write, is_broken).await;
    write.commit().await.unwrap();
}

/// Fails if the document has an operation that changes something and that `writes` leaves out.
fn assert_every_write_is_among(writes: &[(&str, Method, String, Value)]) {
    let document = serde_json::to_value(review_proxy::http::document()).unwrap();
    for (path, item) in document["paths"].as_object().unwrap() {
        let (start, end) = path.split_once("{id}").unwrap_or((path, ""));
        for method in ["post", "put", "patch", "delete"] {
            let is_among = writes.iter().any(|(_, by, to, _)| {
                let bare = to.split('?').next().unwrap_or_default();
                let middle = bare
                    .strip_prefix(start)
                    .and_then(|rest| rest.strip_suffix(end));
                by.as_str().to_lowercase() == method
                    && middle
                        .is_some_and(|id| !id.contains('/') && id.is_empty() != path.contains('{'))
            });
            // Deliveries of reports are stored first and recorded when they are worked on.
            let is_hook = path.starts_with("/api/hooks/");
            // The switch of automation stands one way or the other: see the test of policies.
            let is_switch = path.starts_with("/api/automation/");
            assert!(
                item.get(method).is_none() || is_hook || is_switch || is_among,
                "{method} {path}"
            );
        }
    }
}

/// Changes of other agents that came further: one applied, one applied without its approvals, and one whose
/// base moved, which is a drift as well.
async fn further(app: &TestApp) -> [Change; 3] {
    let applied = async |name: &str| -> Change {
        let agent = app.agent(name).await.summary.id;
        let change = app.approved(&agent, "Be exact.").await;
        app.decide("approver", &change, "apply").await.ok()
    };
    let undone = applied("Legal").await;
    let change = applied("Sales").await;
    let back: Change = app
        .act("reviewer", &change, "rollback", &json!({}))
        .await
        .ok();
    let now = json!({ "digest": back.digest, "break_glass": "It cannot wait." });
    let glass: Change = app.act("second", &back, "apply", &now).await.ok();
    let review = &app.proxy().app.review;
    review.watch(Timestamp::now()).await.unwrap();
    let agent = app.agent("Code").await.summary.id;
    let stale = app.approved(&agent, "Be brief.").await;
    app.edit_upstream(&agent, "Someone else was here.").await;
    review.watch(Timestamp::now()).await.unwrap();
    let url = app.platform_url("/__control/requests");
    app.send(app.client.delete(url)).await;
    [undone, glass, app.change(&stale.summary.id).await]
}

/// A comment that is open and one that is settled.
async fn comments(app: &TestApp, change: &Change) -> [review_api::CommentId; 2] {
    let open = app.comment("reviewer", change, "Be staged.").await.id;
    let settled = app.comment("reviewer", change, "Be staged.").await.id;
    let path = format!("/api/comments/{settled}/resolve");
    app.post("approver", &path, &json!({}))
        .await
        .ok::<review_api::Comment>();
    [open, settled]
}

/// Returns a dream of an agent that completed.
async fn slept(app: &TestApp, id: &review_api::AgentId) -> review_api::DreamId {
    let path = format!("/api/agents/{id}/dreams?limit=100");
    let dreams: review_api::Page<review_api::DreamReport> = app.get(&path).await.ok();
    let mut dreams = dreams.items.into_iter();
    let slept = dreams.find(|dream| dream.status == review_api::DreamStatus::Completed);
    slept.unwrap().id
}

#[expect(clippy::too_many_lines, reason = "a table of every write")]
async fn p24_a_write_that_cannot_be_recorded_is_not_done(database: Database) {
    let app = TestApp::start_on(&database).await;
    let worse = super::outcomes::worse(&app).await.summary.id;
    let agent = app.agent("SupportBot").await;
    let id = &agent.summary.id;
    let open = app.suggest(id, &["Be open."]).await.remove(0);
    let staged = app.staged(id, "Be staged.").await;
    let approved = app.approved(id, "Be approved.").await;
    let page: review_api::Page<review_api::InteractionSummary> = app
        .get(&format!("/api/agents/{id}/interactions?limit=1"))
        .await
        .ok();
    let asleep = app.agent("Review").await.summary.last_dream.unwrap();
    let slept = slept(&app, id).await;
    let [undone, glass, stale] = further(&app).await;
    let moved = stale.moved_to.unwrap();
    let [open_comment, settled] = comments(&app, &staged).await;
    let delivered = super::outgoing::tried(&app, id).await.id;
    let body = json!({ "agent_id": id, "interaction_id": page.items[0].id, "rating": "negative" });
    let rating: review_api::Feedback = app.post("reviewer", "/api/feedback", &body).await.ok();
    let rating = format!("/api/feedback/{}", rating.id);
    super::staging_tests::hold_one(&app, &approved).await;
    broken(&app, true).await;
    let before = state(&app).await;
    let change = |change: &review_api::Change, what: &str| {
        format!("/api/changes/{}/{what}", change.summary.id)
    };
    let writes: Vec<(&str, Method, String, Value)> = vec![
        (
            "admin",
            Method::POST,
            "/api/agents".into(),
            json!({ "name": "n", "model": "claude-opus-5-5" }),
        ),
        (
            "admin",
            Method::PATCH,
            format!("/api/agents/{id}"),
            json!({ "dreaming_enabled": true }),
        ),
        (
            "admin",
            Method::PATCH,
            format!("/api/agents/{id}"),
            json!({ "approvals_needed": 2 }),
        ),
        (
            "reviewer",
            Method::POST,
            "/api/feedback".into(),
            json!({ "agent_id": id, "interaction_id": page.items[0].id, "rating": "positive" }),
        ),
        (
            "reviewer",
            Method::POST,
            format!("/api/agents/{id}/feedback/import?format=jsonl"),
            json!({ "interaction_id": page.items[0].id, "rating": "positive", "comment": "New." }),
        ),
        (
            "reviewer",
            Method::POST,
            format!("/api/suggestions/{open}/reject"),
            json!({ "reason": "No." }),
        ),
        (
            "reviewer",
            Method::POST,
            "/api/changes".into(),
            json!({ "suggestion_ids": [open], "base_version": agent.prompt.version }),
        ),
        (
            "approver",
            Method::POST,
            change(&staged, "approve"),
            json!({ "digest": staged.digest }),
        ),
        (
            "approver",
            Method::POST,
            change(&approved, "apply"),
            json!({ "digest": approved.digest }),
        ),
        (
            "reviewer",
            Method::POST,
            change(&staged, "edit"),
            json!({ "proposed": "Be edited." }),
        ),
        (
            "reviewer",
            Method::POST,
            change(&stale, "restage"),
            json!({ "base_version": moved, "proposed": "Be restaged." }),
        ),
        (
            "reviewer",
            Method::POST,
            change(&undone, "rollback"),
            json!({}),
        ),
        (
            "approver",
            Method::POST,
            change(&glass, "review-glass"),
            json!({ "comment": "It had to be." }),
        ),
        (
            "reviewer",
            Method::POST,
            format!("/api/agents/{}/drift/seen", stale.summary.agent_id),
            json!({ "version": moved }),
        ),
        (
            "approver",
            Method::POST,
            format!("/api/agents/{worse}/regression/keep"),
            json!({ "version": 2, "reason": "It is wanted." }),
        ),
        ("reviewer", Method::POST, change(&staged, "test"), json!({})),
        (
            "reviewer",
            Method::POST,
            change(&approved, "test/cancel"),
            json!({}),
        ),
        (
            "reviewer",
            Method::POST,
            change(&staged, "withdraw"),
            json!({}),
        ),
        (
            "reviewer",
            Method::POST,
            "/api/comments".into(),
            json!({
                "subject": { "kind": "suggestion", "id": open },
                "side": "proposed",
                "start": 0,
                "end": 8,
                "text_sha256": review_core::digest::sha256_hex("Be open."),
                "text": "Why?",
            }),
        ),
        (
            "reviewer",
            Method::POST,
            format!("/api/comments/{open_comment}/edit"),
            json!({ "text": "Because." }),
        ),
        (
            "reviewer",
            Method::POST,
            format!("/api/comments/{open_comment}/resolve"),
            json!({}),
        ),
        (
            "approver",
            Method::POST,
            format!("/api/comments/{settled}/reopen"),
            json!({}),
        ),
        (
            "reviewer",
            Method::POST,
            format!("/api/comments/{settled}/delete"),
            json!({}),
        ),
        (
            "reviewer",
            Method::POST,
            format!("/api/agents/{}/dreams", glass.summary.agent_id),
            json!({}),
        ),
        (
            "reviewer",
            Method::POST,
            format!("/api/dreams/{}/cancel", asleep.id),
            json!({}),
        ),
        (
            "reviewer",
            Method::POST,
            format!("/api/dreams/{slept}/reflect"),
            json!({}),
        ),
        (
            "admin",
            Method::POST,
            format!("/api/agents/{id}/webhook/secret"),
            json!({}),
        ),
        (
            "admin",
            Method::POST,
            format!("/api/agents/{id}/webhook/test"),
            json!({}),
        ),
        (
            "admin",
            Method::POST,
            format!("/api/deliveries/{delivered}/replay"),
            json!({}),
        ),
        (
            "reviewer",
            Method::PATCH,
            rating.clone(),
            json!({ "rating": "positive" }),
        ),
        ("reviewer", Method::DELETE, rating, json!({})),
    ];
    assert_every_write_is_among(&writes);
    for (user, method, path, body) in &writes {
        let request = app
            .request(user, method.clone(), path, body)
            .header("if-match", app.seen_now(path).await);
        let answer = app.send(request).await;
        assert_eq!(answer.header("retry-after"), "5", "{path}");
        let error = answer.error(503, ErrorCode::Unavailable);
        assert!(
            !error.error.message.contains("out of order"),
            "no internals for the asker"
        );
        assert_eq!(
            state(&app).await,
            before,
            "{method} {path} left something behind"
        );
    }
    let all: Value = app
        .send(app.client.get(app.platform_url("/__control/requests")))
        .await
        .ok();
    let writes_upstream = all["data"].as_array().unwrap().iter();
    assert_eq!(
        writes_upstream
            .filter(|request| request["method"] == "POST")
            .count(),
        0
    );

    // Once the ledger is mended, everything goes through.
    broken(&app, false).await;
    for (user, method, path, body) in writes {
        let is_staged_elsewhere = path == "/api/changes";
        // The policy of the third write voids approvals; what is left to show is that writes work.
        let request = app
            .request(user, method, &path, &body)
            .header("if-match", app.seen_now(&path).await);
        let answer = app.send(request).await;
        assert_ne!(answer.status.as_u16(), 503, "{path}: {}", answer.text);
        assert!(
            !is_staged_elsewhere || answer.status == 409,
            "{path}: {}",
            answer.text
        );
    }
}

async fn p24_a_report_that_cannot_be_recorded_waits_and_is_not_lost(database: Database) {
    let app = TestApp::start_on(&database).await;
    let agent = app.agent("SupportBot").await.summary.id;
    broken(&app, true).await;
    let before = state(&app).await;
    let body = json!({
        "type": "dreaming_report",
        "agent_id": agent,
        "suggestions": [{ "action": "update_system_prompt", "new_prompt": "Be kind." }],
    });
    assert_eq!(app.deliver("msg_1", &body.to_string()).await.status, 202);
    let App {
        receiver, syncer, ..
    } = app.proxy().app.clone();
    Worker::new(receiver, syncer).work().await.unwrap_err();
    assert_eq!(state(&app).await, before);
    broken(&app, false).await;
    // The same delivery again wakes the worker.
    app.deliver("msg_1", &body.to_string())
        .await
        .ok::<review_api::ReportAccepted>();
    super::support::until("the report is in the inbox", async || {
        let inbox: Inbox = app.get_as("reviewer", "/api/inbox").await.ok();
        (inbox.total == 1).then_some(())
    })
    .await;
}
