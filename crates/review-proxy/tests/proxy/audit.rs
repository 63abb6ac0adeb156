//! The ledger over HTTP: listed by time, verified, taken away as a file.

use super::support::TestApp;
use review_api::{AuditEntry, AuditHead, AuditVerification, ErrorCode, Page};
use serde_json::json;

#[tokio::test]
async fn p23_the_ledger_is_verified_over_http_and_against_what_was_seen() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await.summary.id;
    app.approved(&agent, "Be kind.").await;
    let head: AuditHead = app.get("/api/audit/head").await.ok();
    let newest = app.ledger().await.remove(0);
    assert_eq!((head.seq, &head.hash), (newest.seq, &newest.hash));
    assert_eq!(head.public_key.len(), 64);

    let verify = async |query: &str| {
        let path = format!("/api/audit/verify{query}");
        app.get_as("approver", &path).await
    };
    let checked: AuditVerification = verify("").await.ok();
    assert_eq!((checked.good_to, checked.bad), (head.seq, None));
    let seen = format!(
        "?seen_seq={}&seen_hash={}&seen_at={}",
        head.seq, head.hash, head.read_at
    );
    let checked: AuditVerification = verify(&seen).await.ok();
    assert_eq!(checked.bad, None);

    app.sql("UPDATE audit SET actor = 'eve' WHERE seq = 2")
        .await;
    let checked: AuditVerification = verify("").await.ok();
    assert_eq!(checked.good_to, 1);
    let bad = checked.bad.unwrap();
    assert_eq!(bad.seq, 2);
    assert!(bad.sentence.starts_with("Row 2 "), "{}", bad.sentence);

    verify("?seen_seq=1")
        .await
        .error(400, ErrorCode::BadRequest);
    verify(&seen.replace(&head.hash, "hush"))
        .await
        .error(400, ErrorCode::BadRequest);
    verify("?cursor=junk")
        .await
        .error(400, ErrorCode::BadCursor);
    app.get_as("reviewer", "/api/audit/verify")
        .await
        .error(403, ErrorCode::Forbidden);
}

#[tokio::test]
async fn p23_a_cut_tail_shows_against_the_checkpoint_that_the_proxy_took() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await.summary.id;
    app.staged(&agent, "Be kind.").await;
    app.proxy().app.checkpointer.take().await.unwrap();
    app.sql(
        "DELETE FROM audit WHERE seq > 1;
         UPDATE audit_head SET seq = 1, hash = (SELECT hash FROM audit WHERE seq = 1)",
    )
    .await;
    let checked: AuditVerification = app.get_as("admin", "/api/audit/verify").await.ok();
    assert!(checked.checkpoints > 0);
    let bad = checked.bad.unwrap();
    assert_eq!(bad.seq, 2);
    assert!(
        bad.sentence.contains("the tail was cut off"),
        "{}",
        bad.sentence
    );
}

#[tokio::test]
async fn a_proxy_takes_a_last_checkpoint_when_it_stops() {
    let mut app = TestApp::start().await;
    let agent = app.agent("SupportBot").await.summary.id;
    app.staged(&agent, "Be kind.").await;
    let head: AuditHead = app.get("/api/audit/head").await.ok();
    app.stop().await;
    let file = app.config.data.join("checkpoints.jsonl");
    let trusted = [head.public_key.parse().unwrap()];
    let kept = review_proxy::ledger::read_checkpoints(&file, &trusted, None).unwrap();
    let last = kept.good.last().unwrap();
    assert_eq!((last.seq, last.hash.to_string()), (head.seq, head.hash));
}

#[tokio::test]
async fn the_ledger_is_exported_whole_and_by_its_filters() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await;
    for name in ["=cmd|' /C calc'!A0", "plain"] {
        let body = json!({ "suggestion_ids": app.suggest(&agent.summary.id, &["Be kind."]).await,
            "base_version": agent.prompt.version, "title": name });
        let staged: review_api::Change = app.post("reviewer", "/api/changes", &body).await.ok();
        let withdraw = format!("/api/changes/{}/withdraw", staged.summary.id);
        assert!(
            app.post("reviewer", &withdraw, &json!({}))
                .await
                .status
                .is_success()
        );
    }
    let answer = app.get("/api/audit/export?format=jsonl").await;
    assert_eq!(answer.header("content-type"), "application/x-ndjson");
    assert!(answer.header("content-disposition").contains("audit.jsonl"));
    let lines: Vec<AuditEntry> = answer
        .text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let mut listed = app.ledger().await;
    listed.reverse();
    assert_eq!(lines, listed);

    let csv = app.get("/api/audit/export?format=csv").await;
    assert!(csv.header("content-type").starts_with("text/csv"));
    assert_eq!(csv.text.lines().count(), lines.len() + 1);
    assert!(csv.text.starts_with("seq,at,actor,action,"));
    assert!(csv.text.contains(",'=cmd|' /C calc'!A0,"), "{}", csv.text);

    // Filters are those of the list.
    let third = &lines[2];
    for (filter, expected) in [
        (format!("from={}", third.at), lines.len() - 2),
        (format!("to={}", third.at), 2),
        ("actor=nobody".to_owned(), 0),
        (format!("actor=reviewer&to={}", third.at), {
            let before = lines.iter().filter(|line| line.at < third.at);
            before.filter(|line| line.actor == "reviewer").count()
        }),
    ] {
        let path = format!("/api/audit/export?format=jsonl&{filter}");
        assert_eq!(
            app.get(&path).await.text.lines().count(),
            expected,
            "{filter}"
        );
        let page: Page<AuditEntry> = app
            .get(&format!("/api/audit?{filter}&limit=100"))
            .await
            .ok();
        assert_eq!(page.items.len(), expected, "{filter}");
    }
    for bad in [
        "",
        "?format=xlsx",
        "?format=csv&from=yesterday",
        "?format=csv&action=unknown",
    ] {
        let path = format!("/api/audit/export{bad}");
        app.get(&path).await.error(400, ErrorCode::BadRequest);
    }
}
