//! Decisions that cannot be: out of date, without effect, or about something else.

use super::support::TestApp;
use http::Method;
use review_api::{AuditEntry, ErrorCode, SuggestionStatus};
use serde_json::{Value, json};

#[tokio::test]
async fn a_change_that_cannot_be_is_not_staged() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await;
    let id = &agent.summary.id;
    let suggestion = app.suggest(id, &["Be kind."]).await.remove(0);
    let version = agent.prompt.version;
    let stage = async |body: Value| app.post("reviewer", "/api/changes", &body).await;

    let same = json!({
        "suggestion_ids": [suggestion], "base_version": version, "proposed": agent.prompt.text,
    });
    stage(same).await.error(400, ErrorCode::BadRequest);
    let none = json!({ "suggestion_ids": [], "base_version": version });
    stage(none).await.error(400, ErrorCode::BadRequest);
    let twice = json!({
        "suggestion_ids": [suggestion, suggestion], "base_version": version, "proposed": "x",
    });
    stage(twice).await.error(400, ErrorCode::BadRequest);
    let other_agent = app.agent("Legal").await.summary.id;
    let other = app.suggest(&other_agent, &["Be exact."]).await.remove(0);
    let mixed = json!({
        "suggestion_ids": [suggestion, other], "base_version": version, "proposed": "x",
    });
    stage(mixed).await.error(400, ErrorCode::BadRequest);

    // The prompt that the person saw is not the one that is there.
    let seen = json!({ "suggestion_ids": [suggestion], "base_version": version });
    app.edit_upstream(id, "Someone else was here.").await;
    let error = stage(seen).await.error(409, ErrorCode::StaleBase);
    let details = error.error.details.unwrap();
    assert_eq!(
        (&details["base_version"], &details["current_version"]),
        (&json!(version), &json!(version + 1))
    );
    let now = app.suggestion(&suggestion).await;
    assert_eq!(now.status, SuggestionStatus::Open);
    assert_eq!(
        now.current.version,
        version + 1,
        "the copy is fresh at once"
    );
    assert_ne!(now.made_on_version, now.current.version);

    // Staged once, it is not staged twice.
    let fresh = json!({ "suggestion_ids": [suggestion], "base_version": version + 1 });
    stage(fresh.clone()).await.ok::<review_api::Change>();
    stage(fresh).await.error(409, ErrorCode::Conflict);
}

#[tokio::test]
async fn p46_what_changed_since_it_was_seen_is_not_decided() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await;
    let change = app.staged(&agent.summary.id, "Be kind.").await;
    let path = format!("/api/changes/{}/approve", change.summary.id);
    let decide = async |user: &str, tag: &str| {
        let body = json!({ "digest": change.digest });
        let request = app
            .request(user, Method::POST, &path, &body)
            .header("if-match", tag);
        app.send(request).await
    };
    let answer = decide("approver", "\"1\"").await;
    assert_eq!(answer.header("etag"), "\"2\"");
    answer.ok::<review_api::Change>();
    let error = decide("second", "\"1\"")
        .await
        .error(412, ErrorCode::Changed);
    let details = error.error.details.unwrap();
    assert_eq!(
        (&details["seen"], &details["revision"], &details["state"]),
        (&json!(1), &json!(2), &json!("approved"))
    );
    let since = details["since"].as_array().unwrap();
    assert_eq!(since.len(), 1);
    assert_eq!(
        (&since[0]["actor"], &since[0]["action"]),
        (&json!("approver"), &json!("change_approved"))
    );
    for odd in ["1", "\"x\"", "W/\"2\"", "\"1\", \"2\""] {
        decide("second", odd)
            .await
            .error(400, ErrorCode::BadRequest);
    }
    // Whatever is there is not what someone saw.
    decide("second", "*")
        .await
        .error(428, ErrorCode::PreconditionRequired);
    decide("second", "\"2\"").await.ok::<review_api::Change>();

    let agent_path = format!("/api/agents/{}", agent.summary.id);
    let edit = async |needed: u32, tag: String| {
        let body = json!({ "approvals_needed": needed });
        let request = app.request("admin", Method::PATCH, &agent_path, &body);
        app.send(request.header("if-match", tag)).await
    };
    edit(2, format!("\"{}\"", agent.revision))
        .await
        .ok::<review_api::Agent>();
    edit(3, format!("\"{}\"", agent.revision))
        .await
        .error(412, ErrorCode::Changed);
    for needed in [0, 11] {
        app.patch("admin", &agent_path, &json!({ "approvals_needed": needed }))
            .await
            .error(400, ErrorCode::BadRequest);
    }
}

#[tokio::test]
async fn p10_another_digest_approves_and_applies_nothing() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await;
    let mut change = app.approved(&agent.summary.id, "Be kind.").await;
    let right = std::mem::take(&mut change.digest);
    let upper = right.to_uppercase();
    for wrong in [
        "",
        &right[..12],
        &upper,
        &format!("{right} "),
        &right.replace('a', "b"),
    ] {
        change.digest = wrong.to_owned();
        for what in ["approve", "apply"] {
            let error = app
                .decide("second", &change, what)
                .await
                .error(409, ErrorCode::DigestMismatch);
            assert_eq!(error.error.details.unwrap()["digest"], right.as_str());
        }
    }
    assert!(app.updates_upstream(&agent.summary.id).await.is_empty());
}

#[tokio::test]
async fn a_rating_needs_an_interaction_of_that_agent() {
    let app = TestApp::start().await;
    let support = app.agent("SupportBot").await.summary.id;
    let other = app.agent("Legal").await.summary.id;
    let page: review_api::Page<review_api::InteractionSummary> = app
        .get(&format!("/api/agents/{support}/interactions?limit=1"))
        .await
        .ok();
    let rating = |agent: &review_api::AgentId, interaction: &str| json!({ "agent_id": agent, "interaction_id": interaction, "rating": "positive" });
    for body in [
        rating(&other, page.items[0].id.as_str()),
        rating(&support, "sesn_01unknown"),
    ] {
        app.post("reviewer", "/api/feedback", &body)
            .await
            .error(404, ErrorCode::NotFound);
    }
    let ledger: review_api::Page<AuditEntry> = app.get("/api/audit").await.ok();
    assert!(ledger.items.is_empty());
}
