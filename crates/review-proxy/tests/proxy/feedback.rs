//! Ratings: given, edited and withdrawn, by those who may and on what they saw.

use super::support::TestApp;
use http::Method;
use review_api::{
    AgentId, AuditAction, Check, ErrorCode, Feedback, FeedbackCounts, FeedbackWithdrawn,
    Interaction, InteractionId, InteractionSummary, LabellingProgress, Page,
};
use serde_json::{Value, json};

/// Returns an agent and its newest interaction, which nobody has rated.
pub(crate) async fn unrated(app: &TestApp) -> (AgentId, InteractionId) {
    let agent = app.agent("SupportBot").await.summary.id;
    let path = format!("/api/agents/{agent}/interactions?limit=1&rated=no");
    let page: Page<InteractionSummary> = app.get(&path).await.ok();
    (agent, page.items[0].id.clone())
}

fn rating(of: &(AgentId, InteractionId), more: &Value) -> Value {
    let mut body = json!({ "agent_id": of.0, "interaction_id": of.1, "rating": "negative" });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

async fn counts(app: &TestApp, of: &(AgentId, InteractionId)) -> [FeedbackCounts; 2] {
    let interaction: Interaction = app.get(&format!("/api/interactions/{}", of.1)).await.ok();
    let agent: review_api::Agent = app.get(&format!("/api/agents/{}", of.0)).await.ok();
    [interaction.summary.feedback, agent.summary.feedback]
}

#[tokio::test]
async fn a_rating_has_a_check_and_is_edited_and_withdrawn_by_who_gave_it() {
    let app = TestApp::start().await;
    let of = unrated(&app).await;
    let before = counts(&app, &of).await;
    let check = json!({ "kind": "matches", "pattern": r"\b30 days\b" });
    let body = rating(
        &of,
        &json!({ "comment": "The window is 30 days.", "expected": "Within 30 days.", "check": check }),
    );
    let answer = app.post("reviewer", "/api/feedback", &body).await;
    assert_eq!(answer.header("etag"), "\"1\"");
    let path = answer.header("location").to_owned();
    let given: Feedback = answer.ok();
    let pattern = r"\b30 days\b".to_owned();
    assert_eq!(given.check, Some(Check::Matches { pattern }));
    assert_eq!(app.get(&path).await.ok::<Feedback>(), given);

    // Only what is named is another, and null removes.
    let edit = json!({ "rating": "positive", "comment": null });
    for other in ["approver", "admin", "viewer"] {
        app.patch(other, &path, &edit)
            .await
            .error(403, ErrorCode::Forbidden);
    }
    let edited: Feedback = app.patch("reviewer", &path, &edit).await.ok();
    assert_eq!((edited.comment.as_deref(), edited.revision), (None, 2));
    assert_eq!(
        (&edited.expected, &edited.check),
        (&given.expected, &given.check)
    );
    assert!(edited.edited_at.is_some());
    let [one, all] = counts(&app, &of).await;
    assert_eq!((one.positive, one.negative), (1, 0));
    assert_eq!(all.positive, before[1].positive + 1);

    // The same once more is no edit.
    let same: Feedback = app.patch("reviewer", &path, &edit).await.ok();
    assert_eq!(same, edited);
    let ledger = app.ledger().await;
    assert_eq!(ledger[0].action, AuditAction::FeedbackEdited);
    assert_eq!(ledger[0].detail["before"], "negative");
    assert_eq!(ledger[0].detail["changed"], json!(["comment"]));
    let told = serde_json::to_string(&ledger).unwrap();
    assert!(
        !told.contains("30 days"),
        "no words that cannot be taken back"
    );

    app.delete("approver", &path)
        .await
        .error(403, ErrorCode::Forbidden);
    let request = app.request("reviewer", Method::DELETE, &path, &Value::Null);
    let error = app
        .send(request.header("if-match", "\"1\""))
        .await
        .error(412, ErrorCode::Changed);
    assert_eq!(error.error.details.unwrap()["feedback"]["revision"], 2);
    let gone: FeedbackWithdrawn = app.delete("reviewer", &path).await.ok();
    assert_eq!(gone.id, given.id);
    assert_eq!(counts(&app, &of).await, before, "it counts nowhere");
    app.get(&path).await.error(404, ErrorCode::NotFound);
    let path = format!("/api/agents/{}/interactions?rated=no&limit=1", of.0);
    let page: Page<InteractionSummary> = app.get(&path).await.ok();
    assert_eq!(page.items[0].id, of.1, "it waits for a rating again");
    let entry = app.ledger().await.remove(0);
    assert_eq!(entry.action, AuditAction::FeedbackWithdrawn);
    assert_eq!(
        (entry.actor.as_str(), entry.subject_id.as_str()),
        ("reviewer", of.1.as_str())
    );
}

#[tokio::test]
async fn a_check_that_cannot_be_run_is_refused_with_its_place() {
    let app = TestApp::start().await;
    let of = unrated(&app).await;
    let sound = rating(
        &of,
        &json!({ "check": { "kind": "contains", "text": "x" } }),
    );
    let given: Feedback = app.post("reviewer", "/api/feedback", &sound).await.ok();
    let path = format!("/api/feedback/{}", given.id);
    for (check, field, at_char, says) in [
        (
            json!({ "kind": "matches", "pattern": "é[30" }),
            "check.pattern",
            json!(2),
            "at character 2, unclosed character class.",
        ),
        (
            json!({ "kind": "matches", "pattern": "(\\w{99}){99}" }),
            "check.pattern",
            Value::Null,
            "takes too much memory.",
        ),
        (
            json!({ "kind": "contains", "text": " " }),
            "check.text",
            Value::Null,
            "is empty.",
        ),
        (
            json!({ "kind": "does_not_contain", "text": "x".repeat(1_025) }),
            "check.text",
            Value::Null,
            "the most is 1024.",
        ),
        (
            json!({ "kind": "judged", "rubric": "x".repeat(8_193) }),
            "check.rubric",
            Value::Null,
            "the most is 8192.",
        ),
    ] {
        let body = rating(&of, &json!({ "check": check }));
        let created = app.post("reviewer", "/api/feedback", &body).await;
        let edited = app
            .patch("reviewer", &path, &json!({ "check": check }))
            .await;
        for answer in [created, edited] {
            let error = answer.error(400, ErrorCode::BadRequest).error;
            assert!(error.message.contains(says), "{}", error.message);
            let details = error.details.unwrap();
            assert_eq!(details["field"], field);
            assert_eq!(details["at_char"], at_char);
        }
    }
    for check in [json!("x"), json!({ "kind": "sung", "text": "x" })] {
        let body = rating(&of, &json!({ "check": check }));
        app.post("reviewer", "/api/feedback", &body)
            .await
            .error(400, ErrorCode::BadRequest);
    }
    let [one, _] = counts(&app, &of).await;
    assert_eq!(
        (one.positive, one.negative),
        (0, 1),
        "nothing was half kept"
    );
    assert_eq!(app.get(&path).await.ok::<Feedback>(), given);
}

#[tokio::test]
async fn of_two_who_label_the_same_interaction_one_is_told_of_the_other() {
    let app = TestApp::start().await;
    let of = unrated(&app).await;
    let path = format!("/api/agents/{}/labelling", of.0);
    let before: LabellingProgress = app.get(&path).await.ok();
    let body = rating(&of, &json!({ "unrated": true }));
    let both = [
        app.post("reviewer", "/api/feedback", &body),
        app.post("approver", "/api/feedback", &body),
    ];
    let answers = futures_util::future::join_all(both).await;
    let (kept, refused): (Vec<_>, Vec<_>) = answers
        .into_iter()
        .partition(|answer| answer.status.is_success());
    let kept: Vec<Feedback> = kept.into_iter().map(super::support::Answer::ok).collect();
    assert_eq!(kept.len(), 1, "whoever is first");
    for answer in refused {
        let error = answer.error(409, ErrorCode::Conflict).error;
        assert!(
            error.message.starts_with(kept[0].author.as_str()),
            "{}",
            error.message
        );
        let given = &error.details.unwrap()["feedback"];
        assert_eq!(*given, json!([kept[0]]), "one sees what was given");
    }
    let after: LabellingProgress = app.get(&path).await.ok();
    assert_eq!(after.labelled, before.labelled + 1);
    assert_eq!(after.waiting, before.waiting - 1);
    assert_eq!(after.interactions, before.interactions);
    assert_eq!(after.feedback.negative, before.feedback.negative + 1);
    // Who means it rates it as well.
    let body = rating(&of, &json!({}));
    app.post("admin", "/api/feedback", &body)
        .await
        .ok::<Feedback>();
    let both: LabellingProgress = app.get(&path).await.ok();
    assert_eq!(
        (both.labelled, both.feedback.negative),
        (after.labelled, after.feedback.negative + 1)
    );
}

#[tokio::test]
async fn interactions_are_filtered_by_time_and_counted_alike() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await.summary.id;
    let path = format!("/api/agents/{agent}/interactions?rated=no&limit=100");
    let all: Page<InteractionSummary> = app.get(&path).await.ok();
    let middle = all.items[3].created_at;
    let later: Page<InteractionSummary> = app.get(&format!("{path}&from={middle}")).await.ok();
    assert!(later.items.iter().all(|item| item.created_at >= middle));
    assert_eq!(later.items.len(), 4, "the newest four");
    let earlier: Page<InteractionSummary> = app
        .get(&format!("{path}&to={middle}&limit=2").replace("limit=100&", ""))
        .await
        .ok();
    assert_eq!(earlier.items[0].id, all.items[4].id);
    let counted: LabellingProgress = app
        .get(&format!("/api/agents/{agent}/labelling?from={middle}"))
        .await
        .ok();
    assert_eq!(counted.waiting, 4);
    // A cursor belongs to its question.
    let cursor = earlier.next_cursor.unwrap();
    app.get(&format!("{path}&cursor={cursor}"))
        .await
        .error(400, ErrorCode::BadCursor);
}

#[tokio::test]
async fn transcripts_are_read_for_their_errors_and_for_what_agents_log() {
    let app = TestApp::start().await;
    let agent = app.agent("On-call Runbooks").await.summary.id;
    let path = format!("/api/agents/{agent}/labelling");
    let before: LabellingProgress = app.get(&path).await.ok();
    assert_eq!(before.unread, before.interactions, "none is read yet");
    let reader = app.proxy().app.reader.clone();
    while reader.read_now().await.unwrap().transcripts > 0 {}
    let after: LabellingProgress = app.get(&path).await.ok();
    assert_eq!(after.unread, 0);
    let page: Page<Feedback> = app
        .get(&format!("/api/agents/{agent}/feedback?limit=100"))
        .await
        .ok();
    assert!(page.items.len() >= 2, "{:?}", page.items);
    assert_eq!(after.feedback.total(), page.items.len() as u64);
    for given in &page.items {
        assert_eq!(given.source, review_api::FeedbackSource::Rule);
        assert!(given.event_id.is_some());
    }
    let waits = async |query: &str| -> u64 {
        let counted: LabellingProgress = app.get(&format!("{path}?{query}")).await.ok();
        counted.waiting
    };
    let (with, without) = (
        waits("has_error=true").await,
        waits("has_error=false").await,
    );
    assert_eq!(with + without, after.waiting, "each has errors or has none");
    assert!(with > 0 && without > 0, "{with} and {without}");
}
