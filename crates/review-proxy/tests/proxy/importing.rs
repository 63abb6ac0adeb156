//! Files of ratings: tried, taken in whole or not at all, and taken away again.

use super::support::{Answer, TestApp};
use http::Method;
use review_api::{
    AgentId, AuditAction, DEV_USER_HEADER, ErrorCode, Feedback, FeedbackImport, FeedbackSource,
    InteractionSummary, LabellingProgress, MAX_IMPORT_BYTES, Page, Rating,
};
use serde_json::Value;

async fn import(app: &TestApp, agent: &AgentId, query: &str, file: impl Into<Vec<u8>>) -> Answer {
    let path = format!("/api/agents/{agent}/feedback/import?{query}");
    let request = app
        .client
        .request(Method::POST, app.url(&path))
        .header(DEV_USER_HEADER, "reviewer")
        .header("content-type", "text/csv; charset=utf-8")
        .body(file.into());
    app.send(request).await
}

async fn unrated(app: &TestApp, agent: &AgentId) -> Vec<String> {
    let path = format!("/api/agents/{agent}/interactions?limit=100&rated=no");
    let page: Page<InteractionSummary> = app.get(&path).await.ok();
    page.items.into_iter().map(|item| item.id.0).collect()
}

async fn given(app: &TestApp, agent: &AgentId) -> Vec<Feedback> {
    let path = format!("/api/agents/{agent}/feedback?limit=100");
    app.get(&path).await.ok::<Page<Feedback>>().items
}

#[tokio::test]
async fn a_file_is_tried_and_then_taken_in_once() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await.summary.id;
    let ids = unrated(&app, &agent).await;
    let before = given(&app, &agent).await.len();
    let bom = '\u{feff}';
    let file = format!(
        "{bom}session;verdict;note;check_kind;check_text\r\n\
         {};good;\"=1+1; and\r\nmore\";contains;30 days\r\n\
         {};bad;;;\r\n\
         {};bad;;;\r\n",
        ids[0], ids[1], ids[1]
    );
    let trial: FeedbackImport = import(&app, &agent, "dry_run=true", file.clone())
        .await
        .ok();
    assert!(trial.dry_run);
    assert_eq!((trial.new.positive, trial.new.negative), (1, 1));
    assert_eq!((trial.rows, trial.errors_total), (3, 0));
    assert_eq!(trial.duplicates[0].line, 5);
    assert!(
        trial.duplicates[0]
            .message
            .starts_with("Line 4 gives the same rating"),
        "{:?}",
        trial.duplicates
    );
    assert_eq!(trial.mapping.rating.as_deref(), Some("verdict"));
    assert_eq!(
        trial.sample[0].comment.as_deref(),
        Some("=1+1; and\r\nmore")
    );
    assert_eq!(
        given(&app, &agent).await.len(),
        before,
        "a trial keeps nothing"
    );

    let done: FeedbackImport = import(&app, &agent, "", file.clone()).await.ok();
    assert_eq!(
        done,
        FeedbackImport {
            dry_run: false,
            ..trial
        }
    );
    let ratings = given(&app, &agent).await;
    assert_eq!(ratings.len(), before + 2);
    let first = ratings
        .iter()
        .find(|one| one.interaction_id.0 == ids[0])
        .unwrap();
    assert_eq!(
        (first.source, first.rating),
        (FeedbackSource::Import, Rating::Positive)
    );
    assert_eq!(first.author.as_str(), "reviewer");
    let entry = app.ledger().await.remove(0);
    assert_eq!(entry.action, AuditAction::FeedbackImported);
    assert_eq!(entry.detail["negative"], 1);
    assert_eq!(entry.detail["file_sha256"], done.sha256.as_str());
    assert!(
        !entry.detail.to_string().contains("1+1"),
        "no words in the ledger"
    );

    // The same file once more is there already, and leaves no line in the ledger.
    let again: FeedbackImport = import(&app, &agent, "", file).await.ok();
    assert_eq!((again.new.total(), again.duplicates_total), (0, 3));
    assert!(
        again.duplicates[0]
            .message
            .contains("reviewer gave the same rating")
    );
    assert_eq!(given(&app, &agent).await.len(), before + 2);
    assert_eq!(app.ledger().await[0].seq, entry.seq);
}

#[tokio::test]
async fn one_wrong_line_keeps_the_whole_file_out() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await.summary.id;
    let other = app.agent("Review").await.summary.id;
    let ids = unrated(&app, &agent).await;
    let others = unrated(&app, &other).await;
    let before = given(&app, &agent).await.len();
    let file = format!(
        "interaction_id,rating\n{},positive\nsesn_nobody,negative\n{},negative\n{},7\n",
        ids[0], others[0], ids[1]
    );
    let error = import(&app, &agent, "", file)
        .await
        .error(400, ErrorCode::BadRequest)
        .error;
    assert!(
        error
            .message
            .starts_with("3 lines of the file are wrong. Nothing was imported")
    );
    let told: FeedbackImport =
        serde_json::from_value(error.details.unwrap()["import"].clone()).unwrap();
    let lines: Vec<_> = told
        .errors
        .iter()
        .map(|error| (error.line, error.field.as_deref().unwrap()))
        .collect();
    assert_eq!(
        lines,
        [(3, "interaction_id"), (4, "interaction_id"), (5, "rating")]
    );
    assert_eq!(given(&app, &agent).await.len(), before);
    let columns = "interaction_id=session&rating=";
    let told: FeedbackImport = import(
        &app,
        &agent,
        &format!("dry_run=true&{columns}"),
        "a,b\n1,2\n",
    )
    .await
    .ok();
    assert_eq!(told.errors_total, 2, "{:?}", told.errors);
    assert!(told.errors[0].message.contains("no column \"session\""));
}

#[tokio::test]
async fn a_file_has_a_limit_and_a_kind() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await.summary.id;
    import(&app, &agent, "", vec![b'x'; MAX_IMPORT_BYTES + 1])
        .await
        .error(413, ErrorCode::TooLarge);
    // Above the limit of other bodies.
    let padded = format!("interaction_id,rating\n{}", " \n".repeat(1024 * 1024));
    let told: FeedbackImport = import(&app, &agent, "dry_run=true", padded).await.ok();
    assert!(told.errors_total > 0);
    let path = format!("/api/agents/{agent}/feedback/import");
    app.post("reviewer", &path, &Value::Null)
        .await
        .error(400, ErrorCode::BadRequest);
}

#[tokio::test]
async fn what_is_taken_away_can_be_taken_in() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await.summary.id;
    let ids = unrated(&app, &agent).await;
    let file = format!(
        "interaction_id,rating,comment,expected,check_kind,check_text\n\
         {},positive,\"=SUM(A1)\n\"\"x\"\"\",'quoted,matches,\\d+ days\n",
        ids[0]
    );
    import(&app, &agent, "", file).await.ok::<FeedbackImport>();
    let before = given(&app, &agent).await;
    for (format, kind) in [
        ("csv", "text/csv; charset=utf-8"),
        ("jsonl", "application/x-ndjson"),
    ] {
        let path = format!("/api/agents/{agent}/feedback/export?format={format}");
        let answer = app.get(&path).await;
        assert_eq!(answer.header("content-type"), kind);
        let file = answer.text;
        assert_eq!(file.contains("\"'=SUM"), format == "csv", "{file}");
        let again: FeedbackImport = import(&app, &agent, &format!("format={format}"), file.clone())
            .await
            .ok();
        assert_eq!(again.errors, []);
        assert_eq!((again.new.total(), again.duplicates_total), (0, again.rows));
        // What was withdrawn comes back from the file as it was.
        let gone = given(&app, &agent).await.remove(0);
        let path = format!("/api/feedback/{}", gone.id);
        app.delete("reviewer", &path).await.ok::<Value>();
        let back: FeedbackImport = import(&app, &agent, &format!("format={format}"), file)
            .await
            .ok();
        assert_eq!(back.new.total(), 1);
        let now = given(&app, &agent).await;
        assert_eq!(now.len(), before.len());
        let said = |one: &Feedback| {
            (
                one.rating,
                one.comment.clone(),
                one.expected.clone(),
                one.check.clone(),
            )
        };
        assert_eq!(said(&now[0]), said(&gone));
    }
    let progress: LabellingProgress = app
        .get(&format!("/api/agents/{agent}/labelling"))
        .await
        .ok();
    assert!(progress.labelled > 0);
}
