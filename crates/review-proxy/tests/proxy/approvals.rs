//! Approvals name exact bytes, come from people who had no hand in them, and are void visibly.

use super::support::TestApp;
use review_api::{
    Agent, AgentId, AuditAction, AuditEntry, Change, ChangeState, ErrorCode, Hand, Part,
};
use serde_json::{Value, json};

/// A text with a character that cannot be seen.
const HIDDEN: &str = "Be kind.\u{200b}";

/// Stages a text of one's own.
async fn written(app: &TestApp, user: &str, agent: &Agent, proposed: &str) -> Change {
    let body = json!({
        "agent_id": agent.summary.id,
        "base_version": agent.prompt.version,
        "proposed": proposed,
        "title": "Be kind",
    });
    app.post(user, "/api/changes", &body).await.ok()
}

fn parts(change: &Change) -> Vec<(&str, Part)> {
    let hands = change.hands.iter();
    hands
        .map(|Hand { who, part }| (who.as_str(), *part))
        .collect()
}

fn last(change: &Change) -> &AuditEntry {
    change.history.last().unwrap()
}

async fn policy(app: &TestApp, agent: &AgentId, edit: Value) -> Agent {
    let path = format!("/api/agents/{agent}");
    app.patch("admin", &path, &edit).await.ok()
}

#[tokio::test]
async fn p10_findings_must_be_read_before_one_approves_and_the_ledger_says_which() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await;
    let change = app.staged(&agent.summary.id, HIDDEN).await;
    let findings = prompt_diff::findings_fingerprint(&agent.prompt.text, HIDDEN);
    assert!(findings.is_some());
    assert_eq!(change.findings_sha256, findings);
    assert_eq!(change.digest, review_core::digest::of(&change));

    let approve = async |read: Value| {
        let body = json!({ "digest": change.digest, "findings_read": read });
        app.act("approver", &change, "approve", &body).await
    };
    let other = prompt_diff::findings_fingerprint("", "\u{200b}\u{200b}");
    for unread in [json!(null), json!(""), json!(other)] {
        approve(unread).await.error(409, ErrorCode::DigestMismatch);
    }
    let approved: Change = approve(json!(findings)).await.ok();
    assert_eq!(approved.summary.state, ChangeState::Approved);
    let row = last(&approved);
    assert_eq!(row.detail["digest"], change.digest.as_str());
    assert_eq!(row.detail["findings_read"], json!(findings));

    // Where there are none, nobody can have read any.
    let plain = app.staged(&agent.summary.id, "Be plain.").await;
    let body = json!({ "digest": plain.digest, "findings_read": findings });
    app.act("approver", &plain, "approve", &body)
        .await
        .error(409, ErrorCode::DigestMismatch);
}

#[tokio::test]
async fn p11_identical_bytes_keep_approvals_and_other_bytes_void_them_by_name() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await;
    let change = app.approved(&agent.summary.id, "Be kind.").await;

    let body = json!({ "proposed": "Be kind." });
    let same: Change = app.act("second", &change, "edit", &body).await.ok();
    assert_eq!(same, change, "nothing moved, nobody became a hand, no row");

    let body = json!({ "proposed": HIDDEN });
    let edited: Change = app.act("second", &change, "edit", &body).await.ok();
    assert_eq!(edited.summary.state, ChangeState::Staged);
    assert_eq!(edited.summary.approvals, 0);
    assert_eq!(edited.approvals, change.approvals, "still listed, as void");
    assert_ne!(edited.digest, change.digest);
    assert_eq!(edited.digest, review_core::digest::of(&edited));
    assert!(edited.findings_sha256.is_some());
    assert_eq!(
        parts(&edited),
        [("reviewer", Part::Staged), ("second", Part::Edited)]
    );
    let row = last(&edited);
    assert_eq!(
        (row.actor.as_str(), row.action),
        ("second", AuditAction::ChangeEdited)
    );
    assert_eq!(row.detail["digest_before"], change.digest.as_str());
    assert_eq!(row.detail["digest"], edited.digest.as_str());
    assert_eq!(
        row.detail["approvals_void"],
        json!([{ "by": "approver", "why": "approved other bytes, another base or another policy" }])
    );

    // The very bytes that were approved have their approval again; the editor's would not count.
    let body = json!({ "proposed": "Be kind." });
    let back: Change = app.act("reviewer", &edited, "edit", &body).await.ok();
    assert_eq!(back.digest, change.digest);
    assert_eq!(back.summary.state, ChangeState::Approved);
    app.decide("second", &back, "approve")
        .await
        .error(403, ErrorCode::Forbidden);
    let inbox: review_api::Page<review_api::ChangeSummary> = app.get("/api/changes").await.ok();
    assert_eq!(inbox.items[0].approvals, 1);
}

#[tokio::test]
async fn an_edit_has_the_limits_of_a_proposal() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await;
    let change = app.approved(&agent.summary.id, "Be kind.").await;
    for odd in [agent.prompt.text.as_str(), "a\0b"] {
        app.act("reviewer", &change, "edit", &json!({ "proposed": odd }))
            .await
            .error(400, ErrorCode::BadRequest);
    }
    let long = "x".repeat(review_api::MAX_PROMPT_CHARS + 1);
    app.act("reviewer", &change, "edit", &json!({ "proposed": long }))
        .await
        .error(413, ErrorCode::TooLarge);
    assert_eq!(app.change(&change.summary.id).await, change);
    let applied: Change = app.decide("approver", &change, "apply").await.ok();
    app.act("reviewer", &applied, "edit", &json!({ "proposed": "x" }))
        .await
        .error(409, ErrorCode::Conflict);
}

#[tokio::test]
async fn p12_whoever_wrote_edited_or_staged_it_does_not_approve_it() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await;

    // A text of one's own, with or without a suggestion beside it.
    let own = written(&app, "admin", &agent, "Be brief.").await;
    assert_eq!(
        parts(&own),
        [("admin", Part::Staged), ("admin", Part::Wrote)]
    );
    app.decide("admin", &own, "approve")
        .await
        .error(403, ErrorCode::Forbidden);
    let suggestions = app.suggest(&agent.summary.id, &["One.", "Two."]).await;
    let stage = async |body: Value| app.post("admin", "/api/changes", &body).await;
    let version = agent.prompt.version;
    let mended = json!({
        "suggestion_ids": [suggestions[0]], "base_version": version, "proposed": "One and a half.",
    });
    let mended: Change = stage(mended).await.ok();
    assert!(parts(&mended).contains(&("admin", Part::Wrote)));
    assert_eq!(
        mended.overlaps.len(),
        1,
        "the answer warns of the other one"
    );
    assert_eq!(mended.overlaps[0].id, own.summary.id);
    // The dream wrote this one.
    let as_it_is = json!({
        "suggestion_ids": [suggestions[1]], "base_version": version, "proposed": "Two.",
    });
    let as_it_is: Change = stage(as_it_is).await.ok();
    assert_eq!(parts(&as_it_is), [("admin", Part::Staged)]);

    // An approver who edits is a hand from then on, and their own yes before is void for it.
    let approved = app.approved(&agent.summary.id, "Be kind.").await;
    let body = json!({ "proposed": "Be kinder." });
    let edited: Change = app.act("approver", &approved, "edit", &body).await.ok();
    app.decide("approver", &edited, "approve")
        .await
        .error(403, ErrorCode::Forbidden);
    let body = json!({ "proposed": "Be kind." });
    let back: Change = app.act("approver", &edited, "edit", &body).await.ok();
    assert_eq!(back.digest, approved.digest);
    assert_eq!(
        back.summary.state,
        ChangeState::Staged,
        "their yes does not count any more"
    );
    assert_eq!(back.summary.approvals, 0);
    app.decide("second", &back, "apply")
        .await
        .error(409, ErrorCode::Conflict);
}

#[tokio::test]
async fn an_own_text_needs_an_agent_a_title_and_a_prompt() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await;
    let other = app.agent("Legal").await.summary.id;
    let suggestion = app.suggest(&agent.summary.id, &["One."]).await.remove(0);
    let version = agent.prompt.version;
    for (body, field) in [
        (json!({ "proposed": "x", "title": "x" }), "suggestion_ids"),
        (
            json!({ "agent_id": agent.summary.id, "title": "x" }),
            "proposed",
        ),
        (
            json!({ "agent_id": agent.summary.id, "proposed": "x" }),
            "title",
        ),
        (
            json!({ "agent_id": other, "suggestion_ids": [suggestion] }),
            "agent_id",
        ),
    ] {
        let mut body = body;
        body["base_version"] = json!(version);
        let error = app.post("reviewer", "/api/changes", &body).await;
        let error = error.error(400, ErrorCode::BadRequest);
        assert_eq!(error.error.details.unwrap()["field"], field, "{body}");
    }
    let body = json!({
        "agent_id": "agent_01unknown", "base_version": 1, "proposed": "x", "title": "x",
    });
    app.post("reviewer", "/api/changes", &body)
        .await
        .error(404, ErrorCode::NotFound);
}

#[tokio::test]
async fn p12_only_those_whom_the_policy_names_may_approve() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await.summary.id;
    let before = app.approved(&agent, "Be kind.").await;
    let named = policy(&app, &agent, json!({ "approvers": ["second", "admin"] })).await;
    assert_eq!(named.policy.approvers, ["second".into(), "admin".into()]);
    let change = app.change(&before.summary.id).await;
    assert_eq!(change.policy, named.policy);
    assert_eq!(change.summary.state, ChangeState::Staged);
    let row = last(&change);
    assert_eq!(
        (row.actor.as_str(), row.action),
        ("admin", AuditAction::PolicyChanged)
    );
    assert_eq!(row.detail["approvals_void"][0]["by"], "approver");
    app.decide("approver", &change, "approve")
        .await
        .error(403, ErrorCode::Forbidden);
    let change: Change = app.decide("second", &change, "approve").await.ok();
    assert_eq!(change.summary.state, ChangeState::Approved);
    let list: review_api::Page<review_api::ChangeSummary> = app.get("/api/changes").await.ok();
    assert_eq!(list.items[0].approvals, 1);
}

#[tokio::test]
async fn a_policy_that_cannot_be_is_refused_with_the_field() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await;
    let path = format!("/api/agents/{}", agent.summary.id);
    for (edit, field, says) in [
        (
            json!({ "approvals_needed": 0 }),
            "approvals_needed",
            "1 to 10",
        ),
        (
            json!({ "approvals_needed": 11 }),
            "approvals_needed",
            "1 to 10",
        ),
        (json!({ "approvers": ["nobody"] }), "approvers", "no user"),
        (
            json!({ "approvers": ["reviewer"] }),
            "approvers",
            "only an approver",
        ),
        (
            json!({ "approvers": ["second", "second"] }),
            "approvers",
            "twice",
        ),
        (
            json!({ "approvers": ["second"], "approvals_needed": 2 }),
            "approvers",
            "cannot come from",
        ),
        (
            json!({ "approvals_lapse_after_hours": 8_761 }),
            "approvals_lapse_after_hours",
            "8760",
        ),
    ] {
        let error = app.patch("admin", &path, &edit).await;
        let error = error.error(400, ErrorCode::BadRequest).error;
        assert_eq!(error.details.unwrap()["field"], field, "{edit}");
        assert!(error.message.contains(says), "{}", error.message);
    }
    assert_eq!(app.agent("SupportBot").await.policy, agent.policy);

    let full = json!({
        "approvals_needed": 2, "approvers": ["approver", "second", "admin"],
        "staging_test_required": true, "approvals_lapse_after_hours": 72,
    });
    let after = policy(&app, &agent.summary.id, full).await;
    assert_eq!(after.policy.version, agent.policy.version + 1);
    assert!(after.policy.staging_test_required);
    assert_eq!(after.policy.approvals_lapse_after_hours, Some(72));
    let row = app.ledger().await.remove(0);
    assert_eq!(row.action, AuditAction::PolicyChanged);
    assert_eq!(row.detail["after"], json!(after.policy));
    app.patch("admin", &path, &json!({ "approvals_needed": 4 }))
        .await
        .error(400, ErrorCode::BadRequest);
    let never = policy(
        &app,
        &agent.summary.id,
        json!({ "approvals_lapse_after_hours": 0 }),
    )
    .await;
    assert_eq!(never.policy.approvals_lapse_after_hours, None);
}

#[tokio::test]
async fn p11_lapsed_approvals_do_not_look_as_if_they_counted() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await.summary.id;
    policy(&app, &agent, json!({ "approvals_lapse_after_hours": 1 })).await;
    let change = app.approved(&agent, "Be kind.").await;
    let review = &app.proxy().app.review;
    let now = review_api::Timestamp::now();
    review.reconcile(now).await.unwrap();
    assert_eq!(app.change(&change.summary.id).await, change, "not yet");
    let later = now + jiff::SignedDuration::from_mins(61);
    review.reconcile(later).await.unwrap();
    let lapsed = app.change(&change.summary.id).await;
    assert_eq!(lapsed.summary.state, ChangeState::Staged);
    let row = last(&lapsed);
    assert_eq!(
        (row.actor.as_str(), row.action),
        ("system", AuditAction::ApprovalsVoid)
    );
    assert_eq!(row.detail["approvals_void"][0]["by"], "approver");

    // The same person may say yes to the same bytes again once the first yes has lapsed.
    app.sql("UPDATE approvals SET approved_at = approved_at - 3700000000")
        .await;
    let lapsed = app.change(&change.summary.id).await;
    assert_eq!(lapsed.summary.approvals, 0);
    app.decide("second", &lapsed, "apply")
        .await
        .error(409, ErrorCode::Conflict);
    let again: Change = app.decide("approver", &lapsed, "approve").await.ok();
    assert_eq!(again.summary.state, ChangeState::Approved);
    assert_eq!(again.approvals.len(), 1);
}

#[tokio::test]
async fn p10_digests_of_an_older_format_are_renewed_once_and_their_approvals_are_void() {
    let mut app = TestApp::start().await;
    let agent = app.agent("SupportBot").await.summary.id;
    let change = app.approved(&agent, HIDDEN).await;
    // As the release before this one left it.
    app.sql(
        "UPDATE changes SET digest = 'of another format', findings_sha256 = NULL;
         UPDATE approvals SET digest = 'of another format';",
    )
    .await;
    app.restart().await;
    let renewed = app.change(&change.summary.id).await;
    assert_eq!(renewed.digest, change.digest);
    assert_eq!(renewed.findings_sha256, change.findings_sha256);
    assert_eq!(renewed.summary.state, ChangeState::Staged);
    let row = last(&renewed);
    assert_eq!(
        (row.actor.as_str(), row.action),
        ("system", AuditAction::ApprovalsVoid)
    );
    assert_eq!(row.detail["approvals_void"][0]["by"], "approver");
    app.restart().await;
    assert_eq!(app.change(&change.summary.id).await, renewed);
}
