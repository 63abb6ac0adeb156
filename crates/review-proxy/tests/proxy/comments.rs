//! Comments on lines: written on what was seen, carried into the change, found again in later texts.

use super::memory_rig::Store;
use super::support::TestApp;
use http::Method;
use review_api::{
    AuditAction, Change, Comment, CommentDeleted, ErrorCode, MAX_COMMENT_BYTES, MAX_QUOTE_BYTES,
    Page, Suggestion,
};
use review_core::anchors::{Place, place};
use review_core::digest::sha256_hex;
use serde_json::{Value, json};

/// The body of a comment on `quote` in the proposed text of a suggestion.
fn on(suggestion: &Suggestion, quote: &str, text: &str) -> Value {
    let start = suggestion.proposed.find(quote).unwrap();
    json!({
        "subject": { "kind": "suggestion", "id": suggestion.id },
        "side": "proposed",
        "start": start,
        "end": start + quote.len(),
        "text_sha256": sha256_hex(&suggestion.proposed),
        "text": text,
    })
}

async fn of_change(app: &TestApp, change: &Change) -> Vec<Comment> {
    let path = format!("/api/comments?change_id={}", change.summary.id);
    let page: Page<Comment> = app.get(&path).await.ok();
    page.items
}

/// Says where a comment stands in the text that a change proposes: its first line, or nothing where it is gone.
fn line_in(comment: &Comment, change: &Change) -> Option<usize> {
    match place(&comment.anchor, &change.proposed) {
        Place::There { lines, .. } => Some(lines.0),
        Place::Gone => None,
    }
}

#[tokio::test]
async fn a_comment_goes_with_its_suggestion_into_the_change_and_stays_with_its_line() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await;
    let text = "Ask for the order.\nRefund up to $50.\nBe kind to everyone.";
    let id = app.suggest(&agent.summary.id, &[text]).await.remove(0);
    let suggestion = app.suggestion(&id).await;
    let body = on(&suggestion, "Refund up to $50.", "Why fifty?");
    let answer = app.post("reviewer", "/api/comments", &body).await;
    assert_eq!(answer.status, 201);
    assert_eq!(answer.header("etag"), "\"1\"");
    let location = answer.header("location").to_owned();
    let refund: Comment = answer.ok();
    assert_eq!(app.get(&location).await.ok::<Comment>(), refund);
    let lines = (refund.anchor.first_line, refund.anchor.last_line);
    assert_eq!((lines, refund.author.as_str()), ((2, 2), "reviewer"));
    let body = on(&suggestion, "Be kind to everyone.", "To whom?");
    app.post("viewer", "/api/comments", &body)
        .await
        .error(403, ErrorCode::Forbidden);
    let kind: Comment = app.post("approver", "/api/comments", &body).await.ok();

    let body = json!({ "suggestion_ids": [id], "base_version": suggestion.current.version });
    let change: Change = app.post("reviewer", "/api/changes", &body).await.ok();
    let own = app.comment("reviewer", &change, "Ask for the order.").await;
    let all = of_change(&app, &change).await;
    assert_eq!(all, [refund.clone(), kind.clone(), own.clone()]);
    let path = format!("/api/comments?suggestion_id={id}");
    let page: Page<Comment> = app.get(&path).await.ok();
    assert_eq!(page.items, [refund.clone(), kind.clone()]);

    // An edit of another line leaves it where it is, but for a line more above it.
    let edited = text.replace(
        "Ask for the order.",
        "Say hello.\nAsk for the order number.",
    );
    let change: Change = app
        .act("approver", &change, "edit", &json!({ "proposed": edited }))
        .await
        .ok();
    assert_eq!(line_in(&refund, &change), Some(3));
    assert_eq!(line_in(&own, &change), None, "its line is gone");
    assert_eq!(own.anchor.quote, "Ask for the order.", "what was is kept");

    // The base moves, and the change is staged again on it.
    app.edit_upstream(&agent.summary.id, "Someone else was here.")
        .await;
    let review = &app.proxy().app.review;
    review.watch(review_api::Timestamp::now()).await.unwrap();
    let stale = app.change(&change.summary.id).await;
    let body = json!({
        "base_version": stale.moved_to.unwrap(),
        "proposed": edited.replace("Refund up to $50.", "Refund up to $20."),
    });
    let change: Change = app.act("reviewer", &stale, "restage", &body).await.ok();
    assert_eq!(of_change(&app, &change).await, all, "none was lost");
    assert_eq!(line_in(&kind, &change), Some(4));
    assert_eq!(line_in(&refund, &change), None);
    let who = |action: AuditAction| {
        let history = change.history.iter();
        history
            .filter(|entry| entry.action == action)
            .map(|entry| entry.actor.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(who(AuditAction::CommentAdded), ["reviewer"]);
    assert!(
        change
            .hands
            .iter()
            .all(|hand| hand.who.as_str() != "viewer")
    );
}

#[tokio::test]
async fn a_comment_is_edited_settled_and_deleted_by_those_who_may() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await.summary.id;
    let change = app.staged(&agent, "Be kind to everyone.").await;
    let comment = app.comment("reviewer", &change, "Be kind").await;
    let act = async |user: &str, what: &str, body: Value| {
        let path = format!("/api/comments/{}/{what}", comment.id);
        app.post(user, &path, &body).await
    };
    let words = json!({ "text": "Why so?" });
    for other in ["approver", "admin", "viewer"] {
        act(other, "edit", words.clone())
            .await
            .error(403, ErrorCode::Forbidden);
    }
    let edited: Comment = act("reviewer", "edit", words).await.ok();
    assert_eq!((edited.text.as_str(), edited.revision), ("Why so?", 2));
    assert!(edited.edited_at.is_some());
    act("viewer", "resolve", json!({}))
        .await
        .error(403, ErrorCode::Forbidden);
    let resolved: Comment = act("approver", "resolve", json!({})).await.ok();
    assert_eq!(resolved.resolved.unwrap().by.as_str(), "approver");
    let error = act("reviewer", "resolve", json!({}))
        .await
        .error(409, ErrorCode::Conflict);
    assert_eq!(
        error.error.message,
        "approver resolved this comment already."
    );
    let open: Comment = act("reviewer", "reopen", json!({})).await.ok();
    assert_eq!((open.resolved, open.revision), (None, 4));

    // Whoever saw an older one does nothing, and is told what there is.
    let path = format!("/api/comments/{}/delete", comment.id);
    let request = app.request("reviewer", Method::POST, &path, &json!({}));
    let error = app
        .send(request.header("if-match", "\"1\""))
        .await
        .error(412, ErrorCode::Changed);
    assert_eq!(error.error.details.unwrap()["comment"]["text"], "Why so?");
    act("approver", "delete", json!({}))
        .await
        .error(403, ErrorCode::Forbidden);
    let gone: CommentDeleted = act("admin", "delete", json!({})).await.ok();
    assert_eq!(gone.id, comment.id);
    app.get(&format!("/api/comments/{}", comment.id))
        .await
        .error(404, ErrorCode::NotFound);
    assert!(of_change(&app, &change).await.is_empty());
    let ledger = app.ledger().await;
    let actions: Vec<AuditAction> = ledger.iter().take(5).map(|entry| entry.action).collect();
    assert_eq!(
        actions,
        [
            AuditAction::CommentDeleted,
            AuditAction::CommentReopened,
            AuditAction::CommentResolved,
            AuditAction::CommentEdited,
            AuditAction::CommentAdded,
        ]
    );
    assert_eq!(ledger[0].detail["author"], "reviewer");
    assert!(
        !ledger[0].detail.to_string().contains("Why"),
        "no words that cannot be taken back"
    );
}

#[tokio::test]
async fn a_comment_needs_words_and_lines_of_the_text_that_is_there() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await.summary.id;
    let long = format!(
        "é first.\nSecond line.\n{}",
        "x".repeat(MAX_QUOTE_BYTES + 1)
    );
    let id = app.suggest(&agent, &[&long]).await.remove(0);
    let suggestion = app.suggestion(&id).await;
    let good = on(&suggestion, "Second line.", "Why?");
    let with = |field: &str, value: Value| {
        let mut body = good.clone();
        body[field] = value;
        body
    };
    for (body, status, code) in [
        (with("text", json!(" \n")), 400, ErrorCode::BadRequest),
        (with("text", json!("a\0b")), 400, ErrorCode::BadRequest),
        (
            with("text", json!("é".repeat(MAX_COMMENT_BYTES / 2 + 1))),
            413,
            ErrorCode::TooLarge,
        ),
        (with("side", json!("other")), 400, ErrorCode::BadRequest),
        (with("start", json!(-1)), 400, ErrorCode::BadRequest),
        (with("start", json!(1)), 400, ErrorCode::BadRequest),
        (with("start", json!(40)), 400, ErrorCode::BadRequest),
        (with("end", json!(u32::MAX)), 400, ErrorCode::BadRequest),
        (with("end", json!(long.len())), 400, ErrorCode::BadRequest),
        (with("end", json!(23)), 400, ErrorCode::BadRequest),
        (with("text_sha256", json!("")), 412, ErrorCode::Changed),
        (
            with("subject", json!({ "kind": "suggestion", "id": "sug_0" })),
            404,
            ErrorCode::NotFound,
        ),
        (
            with("subject", json!({ "kind": "dream", "id": "drm_0" })),
            400,
            ErrorCode::BadRequest,
        ),
    ] {
        let answer = app.post("reviewer", "/api/comments", &body).await;
        assert_eq!(answer.status, status, "{body}: {}", answer.text);
        answer.error(status, code);
    }
    let path = format!("/api/comments?suggestion_id={id}");
    let page: Page<Comment> = app.get(&path).await.ok();
    assert!(page.items.is_empty());
    for odd in [
        "",
        "?suggestion_id=a&change_id=b",
        "?change_id=a%00b",
        "?dream_id=x",
    ] {
        app.get(&format!("/api/comments{odd}"))
            .await
            .error(400, ErrorCode::BadRequest);
    }
    for missing in ["suggestion_id=sug_0", "change_id=chg_0"] {
        app.get(&format!("/api/comments?{missing}"))
            .await
            .error(404, ErrorCode::NotFound);
    }
}

#[tokio::test]
async fn comments_come_page_by_page_and_the_same_one_sent_again_is_kept_once() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await.summary.id;
    let id = app
        .suggest(&agent, &["Be kind to everyone."])
        .await
        .remove(0);
    let suggestion = app.suggestion(&id).await;
    for number in 0..5 {
        let body = on(&suggestion, "Be kind", &format!("Remark {number}"));
        for _ in 0..2 {
            let request = app.request("reviewer", Method::POST, "/api/comments", &body);
            app.send(request.header("idempotency-key", format!("key-{number}")))
                .await
                .ok::<Comment>();
        }
    }
    let mut texts = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/api/comments?suggestion_id={id}&limit=2{cursor}");
        let page: Page<Comment> = app.get(&path).await.ok();
        texts.extend(page.items.into_iter().map(|comment| comment.text));
        let Some(next) = page.next_cursor else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(
        texts,
        (0..5)
            .map(|number| format!("Remark {number}"))
            .collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn a_comment_on_a_memory_needs_a_path_that_is_there_and_text_that_was_seen() {
    let app = TestApp::start().await;
    let store = Store::make(&app, &[("/a", "Ask first.\n"), ("/b", "Be brief.\n")]).await;
    let manifest = json!({
        "store_id": store.id,
        "operations": [store.edit("/a", "Ask twice.\n"), store.delete("/b")],
    });
    let change = store.staged(&manifest).await;
    let on = |path: Value, side: &str, text: &str| {
        json!({
            "subject": { "kind": "change", "id": change.summary.id },
            "path": path,
            "side": side,
            "start": 0,
            "end": text.len() - 1,
            "text_sha256": sha256_hex(text),
            "text": "Why?",
        })
    };
    let posted = async |body: Value| app.post("reviewer", "/api/comments", &body).await;
    let edited: Comment = posted(on(json!("/a"), "proposed", "Ask twice.\n"))
        .await
        .ok();
    assert_eq!(edited.anchor.path.as_deref(), Some("/a"));
    assert_eq!(edited.anchor.quote, "Ask twice.");
    let removed: Comment = posted(on(json!("/b"), "base", "Be brief.\n")).await.ok();
    assert_eq!(of_change(&app, &change).await, [edited, removed]);
    let refused = async |body: Value, status, code| posted(body).await.error(status, code);
    refused(
        on(Value::Null, "base", "Ask first.\n"),
        400,
        ErrorCode::BadRequest,
    )
    .await;
    refused(
        on(json!("/c"), "base", "Ask first.\n"),
        400,
        ErrorCode::BadRequest,
    )
    .await;
    refused(
        on(json!("/b"), "base", "Ask first.\n"),
        412,
        ErrorCode::Changed,
    )
    .await;
    let agent = app.agent("SupportBot").await.summary.id;
    let id = app.suggest(&agent, &["Be kind."]).await.remove(0);
    let mut of_a_prompt = self::on(&app.suggestion(&id).await, "Be kind.", "Why?");
    of_a_prompt["path"] = json!("/a");
    refused(of_a_prompt, 400, ErrorCode::BadRequest).await;
}
