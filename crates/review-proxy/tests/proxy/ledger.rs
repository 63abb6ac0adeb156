//! No ledger row, no effect.

use super::support::TestApp;
use http::Method;
use review_api::{ErrorCode, Inbox};
use review_proxy::hooks::Worker;
use review_proxy::http::App;
use serde_json::{Value, json};
use sqlx::Row as _;
use std::fmt::Write as _;

const TABLES: [&str; 8] = [
    "agent_settings",
    "feedback",
    "reports",
    "suggestions",
    "changes",
    "approvals",
    "apply_attempts",
    "audit",
];

/// Everything that people decided, as text.
async fn state(app: &TestApp) -> String {
    let mut read = app.proxy().app.store.read().await.unwrap();
    let mut text = String::new();
    for table in TABLES {
        let columns = sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT name FROM pragma_table_info('{table}')"
        )))
        .fetch_all(&mut *read)
        .await
        .unwrap();
        let columns: Vec<String> = columns
            .iter()
            .map(|row| format!("quote({})", row.get::<String, _>(0)))
            .collect();
        let sql = format!(
            "SELECT {} FROM {table} ORDER BY 1",
            columns.join(" || ',' || ")
        );
        for row in sqlx::query(sqlx::AssertSqlSafe(sql))
            .fetch_all(&mut *read)
            .await
            .unwrap()
        {
            writeln!(text, "{table}: {}", row.get::<String, _>(0)).unwrap();
        }
    }
    text
}

#[expect(clippy::too_many_lines, reason = "a table of every write")]
#[tokio::test]
async fn a_write_that_cannot_be_recorded_is_not_done() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await;
    let id = &agent.summary.id;
    let open = app.suggest(id, &["Be open."]).await.remove(0);
    let staged = app.staged(id, "Be staged.").await;
    let approved = app.approved(id, "Be approved.").await;
    let page: review_api::Page<review_api::InteractionSummary> = app
        .get(&format!("/api/agents/{id}/interactions?limit=1"))
        .await
        .ok();
    app.sql(
        "CREATE TRIGGER no_ledger BEFORE INSERT ON audit
         BEGIN SELECT RAISE(ABORT, 'the ledger is out of order'); END;",
    )
    .await;
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
            change(&staged, "withdraw"),
            json!({}),
        ),
    ];
    for (user, method, path, body) in &writes {
        let answer = app
            .send(app.request(user, method.clone(), path, body))
            .await;
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
    app.sql("DROP TRIGGER no_ledger").await;
    for (user, method, path, body) in writes {
        let is_staged_elsewhere = path == "/api/changes";
        // The policy of the third write voids approvals; what is left to show is that writes work.
        let answer = app.send(app.request(user, method, &path, &body)).await;
        assert_ne!(answer.status.as_u16(), 503, "{path}: {}", answer.text);
        assert!(
            !is_staged_elsewhere || answer.status == 409,
            "{path}: {}",
            answer.text
        );
    }
}

#[tokio::test]
async fn a_report_that_cannot_be_recorded_waits_and_is_not_lost() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await.summary.id;
    app.sql(
        "CREATE TRIGGER no_ledger BEFORE INSERT ON audit
         BEGIN SELECT RAISE(ABORT, 'the ledger is out of order'); END;",
    )
    .await;
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
    app.sql("DROP TRIGGER no_ledger").await;
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
