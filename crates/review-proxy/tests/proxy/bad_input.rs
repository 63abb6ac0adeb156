//! Bad input: each a clear error, nothing lost, no half-written state.

use super::support::{SECRET, TestApp};
use http::Method;
use review_api::{ErrorCode, Inbox, SuggestionStatus, Timestamp};
use review_core::webhook::{ID_HEADER, SIGNATURE_HEADER, Secret, TIMESTAMP_HEADER};
use serde_json::{Value, json};

#[tokio::test]
async fn a_webhook_that_is_malformed_or_wrongly_signed_leaves_nothing() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await.summary.id;
    let good = json!({
        "type": "dreaming_report",
        "agent_id": agent,
        "suggestions": [{ "action": "update_system_prompt", "new_prompt": "Be kind." }],
    })
    .to_string();
    let now = Timestamp::now().as_second();
    let sign = |id: &str, at: i64, body: &str| {
        Secret::parse(SECRET).unwrap().sign(id, at, body.as_bytes())
    };
    let send = async |id: &str, at: i64, signature: String, body: &str| {
        let request = app
            .client
            .post(app.url("/api/hooks/dreaming-report"))
            .header(ID_HEADER, id)
            .header(TIMESTAMP_HEADER, at)
            .header(SIGNATURE_HEADER, signature)
            .body(body.to_owned());
        app.send(request).await
    };

    let other = Secret::parse("whsec_b3RoZXJvdGhlcm90aGVyb3RoZXJvdGhlcm90aGVyb3Q=").unwrap();
    let forged = other.sign("msg_1", now, good.as_bytes());
    send("msg_1", now, forged, &good)
        .await
        .error(401, ErrorCode::Unauthenticated);
    let old = now - 3_600;
    send("msg_1", old, sign("msg_1", old, &good), &good)
        .await
        .error(401, ErrorCode::Unauthenticated);
    let signature = sign("msg_1", now, &good);
    send("msg_1", now, signature.clone(), &format!("{good} "))
        .await
        .error(401, ErrorCode::Unauthenticated);
    send("msg_2", now, signature, &good)
        .await
        .error(401, ErrorCode::Unauthenticated);
    let bare = app
        .client
        .post(app.url("/api/hooks/dreaming-report"))
        .body(good.clone());
    app.send(bare).await.error(400, ErrorCode::BadRequest);

    for body in [
        "",
        "{",
        "[]",
        "{}",
        r#"{"type":"other","agent_id":"a","suggestions":[]}"#,
    ] {
        send("msg_3", now, sign("msg_3", now, body), body)
            .await
            .error(400, ErrorCode::BadRequest);
    }
    let huge = format!("{good}{}", " ".repeat(5 * 1024 * 1024));
    send("msg_4", now, sign("msg_4", now, &huge), &huge)
        .await
        .error(413, ErrorCode::TooLarge);

    let inbox: Inbox = app.get_as("reviewer", "/api/inbox").await.ok();
    assert_eq!(inbox.total, 0);
    assert!(app.ledger().await.is_empty());

    // The good one is taken, and sent again has no second effect.
    let answer = send("msg_5", now, sign("msg_5", now, &good), &good).await;
    assert_eq!(answer.status, 202);
    super::support::until("the report is in the inbox", async || {
        let inbox: Inbox = app.get_as("reviewer", "/api/inbox").await.ok();
        (inbox.total == 1).then_some(())
    })
    .await;
    let again: review_api::ReportAccepted = send("msg_5", now, sign("msg_5", now, &good), &good)
        .await
        .ok();
    assert!(again.duplicate);
    let inbox: Inbox = app.get_as("reviewer", "/api/inbox").await.ok();
    assert_eq!(inbox.total, 1);
}

#[tokio::test]
async fn unknown_ids_are_not_found_and_the_message_names_them() {
    let app = TestApp::start().await;
    let odd = "a".repeat(300);
    for id in [
        "agent_01unknown",
        "nonsense",
        "%2e%2e%2fx",
        "..%2f..",
        "a%00b",
        "%F0%9F%92%A9",
        &odd,
    ] {
        for path in [
            format!("/api/agents/{id}"),
            format!("/api/agents/{id}/versions"),
            format!("/api/agents/{id}/prompt"),
            format!("/api/agents/{id}/dreams"),
            format!("/api/agents/{id}/interactions"),
            format!("/api/agents/{id}/feedback"),
            format!("/api/dreams/{id}"),
            format!("/api/dreams/{id}/log"),
            format!("/api/interactions/{id}"),
            format!("/api/interactions/{id}/transcript"),
            format!("/api/suggestions/{id}"),
            format!("/api/changes/{id}"),
            format!("/api/comments/{id}"),
        ] {
            let error = app.get(&path).await.error(404, ErrorCode::NotFound);
            assert!(error.error.message.len() < 400, "{}", error.error.message);
        }
    }
    let digest = json!({ "digest": "d" });
    for what in ["approve", "apply"] {
        let path = format!("/api/changes/chg_unknown/{what}");
        app.post("approver", &path, &digest)
            .await
            .error(404, ErrorCode::NotFound);
    }
    app.post("reviewer", "/api/changes/chg_unknown/withdraw", &json!({}))
        .await
        .error(404, ErrorCode::NotFound);
    app.post(
        "reviewer",
        "/api/suggestions/sug_unknown/reject",
        &json!({ "reason": "No." }),
    )
    .await
    .error(404, ErrorCode::NotFound);
    let body = json!({ "suggestion_ids": ["sug_unknown"], "base_version": 1 });
    app.post("reviewer", "/api/changes", &body)
        .await
        .error(404, ErrorCode::NotFound);
    app.patch(
        "admin",
        "/api/agents/agent_01unknown",
        &json!({ "approvals_needed": 2 }),
    )
    .await
    .error(404, ErrorCode::NotFound);
    let agent = app.agent("SupportBot").await;
    let last = agent.summary.version;
    for version in [0, last + 1, u32::MAX] {
        let path = format!("/api/agents/{}/prompt?version={version}", agent.summary.id);
        app.get(&path).await.error(404, ErrorCode::NotFound);
    }
    assert!(app.ledger().await.is_empty());
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_in_the_one_shape_of_errors() {
    let app = TestApp::start().await;
    for body in [
        "",
        "{",
        "null",
        "[]",
        r#"{"reason":1}"#,
        r#"{"reason":"a","reason":"b"}"#,
    ] {
        let request = app
            .request(
                "reviewer",
                Method::POST,
                "/api/suggestions/x/reject",
                &Value::Null,
            )
            .header("if-match", "\"1\"")
            .body(body);
        app.send(request).await.error(400, ErrorCode::BadRequest);
    }
    let request = app.request("reviewer", Method::POST, "/api/feedback", &Value::Null);
    app.send(request.body(vec![b'"', 0xff, b'"']))
        .await
        .error(400, ErrorCode::BadRequest);

    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "",
    ] {
        let request = app
            .client
            .post(app.url("/api/feedback"))
            .header("content-type", kind);
        app.send(request.body("{}"))
            .await
            .error(415, ErrorCode::UnsupportedMedia);
    }
    let request = app.request("reviewer", Method::POST, "/api/feedback", &json!({}));
    app.send(request.header("content-encoding", "gzip"))
        .await
        .error(415, ErrorCode::UnsupportedMedia);

    let huge = json!({ "reason": "x".repeat(2 * 1024 * 1024) });
    app.post("reviewer", "/api/suggestions/x/reject", &huge)
        .await
        .error(413, ErrorCode::TooLarge);

    for path in [
        "/api",
        "/api/",
        "/api/unknown",
        "/api/agents/x/unknown",
        "/api/../etc/passwd",
    ] {
        app.get(path).await.error(404, ErrorCode::NotFound);
    }
    app.post("admin", "/api/inbox", &json!({}))
        .await
        .error(405, ErrorCode::BadRequest);
    let delete = app.client.delete(app.url("/api/agents/x"));
    app.send(delete).await.error(405, ErrorCode::BadRequest);

    for query in [
        "limit=0",
        "limit=101",
        "limit=-1",
        "limit=x",
        "unknown=1",
        "limit=1&limit=2",
    ] {
        let error = app
            .get(&format!("/api/agents?{query}"))
            .await
            .error(400, ErrorCode::BadRequest);
        assert!(!error.error.message.contains("panicked"));
    }
    app.get("/api/audit?action=dance")
        .await
        .error(400, ErrorCode::BadRequest);
    app.get("/api/changes?state=closed")
        .await
        .error(400, ErrorCode::BadRequest);
    let long = "x".repeat(201);
    app.get(&format!("/api/agents?q={long}"))
        .await
        .error(400, ErrorCode::BadRequest);
}

#[tokio::test]
async fn p39_what_is_too_long_is_refused_with_the_limit() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await;
    let suggestion = app
        .suggest(&agent.summary.id, &["Be kind."])
        .await
        .remove(0);
    let before = app.ledger().await;
    let stage = |proposed: String| {
        json!({
            "suggestion_ids": [suggestion],
            "base_version": agent.prompt.version,
            "proposed": proposed,
        })
    };
    let error = app
        .post("reviewer", "/api/changes", &stage("é".repeat(100_001)))
        .await
        .error(413, ErrorCode::TooLarge);
    assert_eq!(error.error.details.unwrap()["most"], 100_000);
    assert_eq!(
        app.suggestion(&suggestion).await.status,
        SuggestionStatus::Open
    );

    let path = format!("/api/suggestions/{suggestion}/reject");
    let reason = json!({ "reason": "x".repeat(64 * 1024 + 1) });
    app.post("reviewer", &path, &reason)
        .await
        .error(413, ErrorCode::TooLarge);
    for reason in ["", " \n "] {
        app.post("reviewer", &path, &json!({ "reason": reason }))
            .await
            .error(400, ErrorCode::BadRequest);
    }
    let interactions: review_api::Page<review_api::InteractionSummary> = app
        .get(&format!(
            "/api/agents/{}/interactions?limit=1",
            agent.summary.id
        ))
        .await
        .ok();
    for field in ["comment", "expected"] {
        let mut rating = json!({
            "agent_id": agent.summary.id,
            "interaction_id": interactions.items[0].id,
            "rating": "positive",
        });
        rating[field] = json!("x".repeat(64 * 1024 + 1));
        let error = app
            .post("reviewer", "/api/feedback", &rating)
            .await
            .error(413, ErrorCode::TooLarge);
        assert_eq!(error.error.details.unwrap()["field"], field);
        rating[field] = json!("a\0b");
        app.post("reviewer", "/api/feedback", &rating)
            .await
            .error(400, ErrorCode::BadRequest);
    }
    for (field, value) in [
        ("name", json!("")),
        ("name", json!("x".repeat(257))),
        ("name", json!("two\nlines")),
        ("model", json!(" ")),
        ("description", json!("x".repeat(2_049))),
        ("system_prompt", json!("x".repeat(100_001))),
        ("feedback_webhook", json!("http://example.com")),
        ("dreaming_frequency", json!("yearly")),
    ] {
        let mut body = json!({ "name": "n", "model": "m" });
        body[field] = value;
        let answer = app.post("admin", "/api/agents", &body).await;
        assert!(answer.status.is_client_error(), "{field}: {}", answer.text);
    }
    assert_eq!(app.ledger().await, before, "nothing was done");
    // As long as allowed is allowed.
    let change: review_api::Change = app
        .post("reviewer", "/api/changes", &stage("é".repeat(100_000)))
        .await
        .ok();
    assert_eq!(change.proposed.chars().count(), 100_000);
}
