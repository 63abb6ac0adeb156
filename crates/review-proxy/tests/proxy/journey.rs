//! The main job: from a report to an applied prompt, and from a report to a rejection.

use super::support::TestApp;
use review_api::{
    AuditAction, Change, ChangeState, Feedback, Inbox, InboxReason, Interaction,
    InteractionSummary, Page, Suggestion, SuggestionStatus,
};
use review_core::digest::ChangeContent;
use serde_json::json;

#[expect(clippy::too_many_lines, reason = "one story, told in its order")]
#[tokio::test]
async fn a_suggestion_goes_all_the_way_to_the_platform() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await;
    let id = &agent.summary.id;
    let proposed = format!(
        "{}\nAsk for the order number before any refund.\n",
        agent.prompt.text
    );
    let suggestion = app.suggest(id, &[&proposed]).await.remove(0);

    // Look.
    let seen: Suggestion = app.suggestion(&suggestion).await;
    assert_eq!(seen.status, SuggestionStatus::Open);
    assert_eq!(seen.current, agent.prompt);
    assert_eq!(seen.proposed, proposed);
    assert_eq!(seen.position, (1, 1));
    assert!(seen.size.lines_added > 0);

    // Rate one of its interactions.
    let page: Page<InteractionSummary> = app
        .get(&format!("/api/agents/{id}/interactions?limit=1"))
        .await
        .ok();
    let interaction = &page.items[0];
    let before: Interaction = app
        .get(&format!("/api/interactions/{}", interaction.id))
        .await
        .ok();
    assert!(!before.transcript.items.is_empty());
    let rating = json!({
        "agent_id": id,
        "interaction_id": interaction.id,
        "rating": "negative",
        "comment": "Refunded twice.",
        "expected": "Ask for the order number.",
    });
    let given: Feedback = app.post("reviewer", "/api/feedback", &rating).await.ok();
    assert_eq!(given.author.as_str(), "reviewer");
    let after: Interaction = app
        .get(&format!("/api/interactions/{}", interaction.id))
        .await
        .ok();
    assert_eq!(after.feedback.len(), before.feedback.len() + 1);
    assert_eq!(after.feedback[0], given);
    assert_eq!(
        after.summary.feedback.negative,
        before.summary.feedback.negative + 1
    );

    // Stage.
    let body = json!({ "suggestion_ids": [suggestion], "base_version": seen.current.version });
    let answer = app.post("reviewer", "/api/changes", &body).await;
    assert_eq!(answer.status, 201);
    assert_eq!(answer.header("etag"), "\"1\"");
    let location = answer.header("location").to_owned();
    let change: Change = answer.ok();
    assert_eq!(location, format!("/api/changes/{}", change.summary.id));
    assert_eq!(change.summary.state, ChangeState::Staged);
    let policy_version = agent.policy.version;
    let digest = ChangeContent::of_prompt(id, &agent.prompt, &proposed, policy_version).digest();
    assert_eq!(
        change.digest, digest,
        "browser and proxy compute the same digest"
    );
    assert_eq!(
        app.suggestion(&suggestion).await.status,
        SuggestionStatus::Staged
    );

    // It waits for whoever may approve it, and for nobody else.
    for (user, waits) in [
        ("reviewer", false),
        ("approver", true),
        ("admin", true),
        ("viewer", false),
    ] {
        let inbox: Inbox = app.get_as(user, "/api/inbox").await.ok();
        let found = inbox
            .items
            .iter()
            .any(|item| item.reason == InboxReason::Approve);
        assert_eq!(found, waits, "{user}");
    }

    // Approve and apply as someone else.
    let change: Change = app.decide("approver", &change, "approve").await.ok();
    assert_eq!(change.summary.state, ChangeState::Approved);
    assert_eq!(change.summary.approvals, 1);
    let change: Change = app.decide("approver", &change, "apply").await.ok();
    assert_eq!(change.summary.state, ChangeState::Applied);
    let outcome = change.outcome.clone().unwrap();
    assert_eq!(outcome.version, Some(agent.summary.version + 1));
    assert_eq!(outcome.by.as_str(), "approver");

    // The platform has it, to the byte, and was told which version to expect.
    let upstream = app.upstream(id).await;
    assert_eq!(upstream["system"], proposed.as_str());
    assert_eq!(upstream["version"], agent.summary.version + 1);
    let updates = app.updates_upstream(id).await;
    assert_eq!(updates.len(), 1);
    assert_eq!(updates[0]["body"]["version"], agent.summary.version);

    // The agent shows it, and its history names the change.
    let now = app.agent("SupportBot").await;
    assert_eq!(now.prompt.text, proposed);
    assert_eq!(
        app.suggestion(&suggestion).await.status,
        SuggestionStatus::Applied
    );
    let versions: Page<review_api::AgentVersion> =
        app.get(&format!("/api/agents/{id}/versions")).await.ok();
    assert_eq!(
        versions.items[0].change_id.as_ref(),
        Some(&change.summary.id)
    );
    assert_eq!(versions.items.last().unwrap().version, 1);

    // The ledger has all of it, without gaps.
    let actions: Vec<AuditAction> = change.history.iter().map(|entry| entry.action).collect();
    assert_eq!(
        actions,
        [
            AuditAction::ChangeStaged,
            AuditAction::ChangeApproved,
            AuditAction::ApplyStarted,
            AuditAction::ChangeApplied,
        ]
    );
    let ledger = app.ledger().await;
    let seqs: Vec<u64> = ledger.iter().rev().map(|entry| entry.seq).collect();
    assert_eq!(seqs, (1..=ledger.len() as u64).collect::<Vec<_>>());
    for action in [AuditAction::ReportReceived, AuditAction::FeedbackGiven] {
        assert!(
            ledger.iter().any(|entry| entry.action == action),
            "{action:?}"
        );
    }
}

#[tokio::test]
async fn a_rejected_suggestion_leaves_the_inbox_and_is_remembered() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await;
    let id = &agent.summary.id;
    let suggestion = app.suggest(id, &["Be brief."]).await.remove(0);
    let path = format!("/api/suggestions/{suggestion}/reject");
    let reason = "It drops every rule.";
    let rejected: Suggestion = app
        .post("reviewer", &path, &json!({ "reason": reason }))
        .await
        .ok();
    assert_eq!(rejected.status, SuggestionStatus::Rejected);
    assert_eq!(rejected.rejection.unwrap().reason, reason);
    let inbox: Inbox = app.get_as("reviewer", "/api/inbox").await.ok();
    assert_eq!((inbox.total, inbox.items.len()), (0, 0));

    // The same bytes again: the refusal stands beside them. Other bytes are called near, never the same.
    let again = app.suggest(id, &["Be brief.", "Be brief. "]).await;
    let same = app.suggestion(&again[0]).await;
    assert_eq!(same.earlier_rejections.len(), 1);
    assert_eq!(same.earlier_rejections[0].suggestion_id, suggestion);
    assert_eq!(same.earlier_rejections[0].rejection.reason, reason);
    assert_eq!(same.earlier_rejections[0].alike_percent, 100);
    let near = app.suggestion(&again[1]).await;
    assert_eq!(near.earlier_rejections.len(), 1);
    assert_eq!(near.earlier_rejections[0].alike_percent, 99);
    let inbox: Inbox = app.get_as("reviewer", "/api/inbox").await.ok();
    let before: Vec<bool> = inbox
        .items
        .iter()
        .map(|item| item.rejected_before)
        .collect();
    assert_eq!(before, [true, false]);
}

#[tokio::test]
async fn a_withdrawn_change_gives_its_suggestions_back() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await;
    let change = app.approved(&agent.summary.id, "Be kind.").await;
    let suggestion = change.suggestion_ids[0].clone();
    let path = format!("/api/changes/{}/withdraw", change.summary.id);
    let change: Change = app.post("reviewer", &path, &json!({})).await.ok();
    assert_eq!(change.summary.state, ChangeState::Withdrawn);
    let suggestion = app.suggestion(&suggestion).await;
    assert_eq!(suggestion.status, SuggestionStatus::Open);
    assert_eq!(suggestion.change_id, None);
    app.post("reviewer", &path, &json!({}))
        .await
        .error(409, review_api::ErrorCode::Conflict);
    let inbox: Inbox = app.get_as("reviewer", "/api/inbox").await.ok();
    assert_eq!(inbox.total, 1);
}

#[tokio::test]
async fn several_suggestions_make_one_change_with_the_prompt_that_joins_them() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await;
    let ids = app.suggest(&agent.summary.id, &["One.", "Two."]).await;
    let alone = json!({ "suggestion_ids": ids, "base_version": agent.prompt.version });
    app.post("reviewer", "/api/changes", &alone)
        .await
        .error(400, review_api::ErrorCode::BadRequest);
    let joined = json!({
        "suggestion_ids": ids,
        "base_version": agent.prompt.version,
        "proposed": "One.\nTwo.",
        "title": "Both",
    });
    let change: Change = app.post("reviewer", "/api/changes", &joined).await.ok();
    assert_eq!(change.suggestion_ids, ids);
    assert_eq!(change.summary.title, "Both");
    for id in &ids {
        assert_eq!(
            app.suggestion(id).await.change_id.as_ref(),
            Some(&change.summary.id)
        );
    }
}

#[tokio::test]
async fn an_agent_is_created_and_its_settings_are_edited() {
    let app = TestApp::start().await;
    let body = json!({
        "name": "Invoices",
        "model": "claude-opus-5-5",
        "system_prompt": "You read invoices.",
        "dreaming_enabled": true,
        "dreaming_frequency": "weekly",
        "feedback_webhook": "https://example.com/reports",
    });
    let answer = app.post("admin", "/api/agents", &body).await;
    assert_eq!(answer.status, 201);
    let agent: review_api::Agent = answer.ok();
    assert_eq!(agent.prompt.text, "You read invoices.");
    assert!(agent.summary.dreaming.dreaming_enabled);
    let id = &agent.summary.id;
    assert_eq!(app.upstream(id).await["name"], "Invoices");

    let path = format!("/api/agents/{id}");
    let edited: review_api::Agent = app
        .patch(
            "admin",
            &path,
            &json!({ "dreaming_frequency": "hourly", "feedback_webhook": "" }),
        )
        .await
        .ok();
    assert_eq!(edited.revision, agent.revision + 1);
    assert_eq!(edited.summary.dreaming.feedback_webhook, None);
    assert!(
        edited.summary.dreaming.dreaming_enabled,
        "what is absent stays"
    );
    let ledger = app.ledger().await;
    assert_eq!(ledger[0].action, AuditAction::AgentSettingsChanged);
    assert_eq!(ledger[1].action, AuditAction::AgentCreated);

    // The same again changes nothing and leaves no line.
    let same: review_api::Agent = app
        .patch("admin", &path, &json!({ "dreaming_frequency": "hourly" }))
        .await
        .ok();
    assert_eq!(same.revision, edited.revision);
    assert_eq!(app.ledger().await.len(), ledger.len());
}

#[tokio::test]
async fn a_new_policy_voids_the_approvals_of_what_waits() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await;
    let id = &agent.summary.id;
    let before = app.approved(id, "Be kind.").await;
    let path = format!("/api/agents/{id}");
    app.patch("admin", &path, &json!({ "approvals_needed": 2 }))
        .await
        .ok::<review_api::Agent>();
    let change = app.change(&before.summary.id).await;
    assert_eq!(change.summary.state, ChangeState::Staged);
    assert_ne!(change.digest, before.digest);
    assert_eq!(change.summary.approvals, 0);
    assert_eq!(change.approvals.len(), 1, "the outdated one is still shown");
    app.decide("approver", &before, "apply")
        .await
        .error(412, review_api::ErrorCode::Changed);
    let as_before = json!({ "digest": before.digest });
    app.act("second", &change, "approve", &as_before)
        .await
        .error(409, review_api::ErrorCode::DigestMismatch);

    let once: Change = app.decide("approver", &change, "approve").await.ok();
    assert_eq!(once.summary.state, ChangeState::Staged);
    app.decide("approver", &once, "apply")
        .await
        .error(409, review_api::ErrorCode::Conflict);
    let twice: Change = app.decide("second", &once, "approve").await.ok();
    assert_eq!(twice.summary.state, ChangeState::Approved);
    let applied: Change = app.decide("second", &twice, "apply").await.ok();
    assert_eq!(applied.summary.state, ChangeState::Applied);
}

#[tokio::test]
async fn what_is_nearly_what_was_rejected_before_says_so() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await;
    let base = &agent.prompt.text;
    let rule = |words: &str| {
        format!(
            "{base}\nNever promise a delivery date that the warehouse {words} confirmed today.\n"
        )
    };
    let (first, far) = (
        rule("has not"),
        format!("{base}\nAnswer in the language of the customer.\n"),
    );
    for (prompt, reason) in [
        (&first, "The warehouse is not asked."),
        (&far, "They do already."),
    ] {
        let id = app.suggest(&agent.summary.id, &[prompt]).await.remove(0);
        let path = format!("/api/suggestions/{id}/reject");
        app.post("approver", &path, &json!({ "reason": reason }))
            .await
            .ok::<Suggestion>();
    }
    let near = app
        .suggest(&agent.summary.id, &[&rule("had not"), &first])
        .await;
    let like = app.suggestion(&near[0]).await;
    let [earlier] = like.earlier_rejections.as_slice() else {
        panic!("one is near, one is far: {:?}", like.earlier_rejections)
    };
    assert!((50..100).contains(&earlier.alike_percent), "{earlier:?}");
    assert_eq!(earlier.rejection.by.as_str(), "approver");
    assert_eq!(earlier.rejection.reason, "The warehouse is not asked.");
    assert_eq!(earlier.title, "Ask before refunds");
    let same = app.suggestion(&near[1]).await;
    assert_eq!(same.earlier_rejections[0].alike_percent, 100);
    // Another agent's refusals are its own.
    let other = app.agent("Legal").await.summary.id;
    let id = app.suggest(&other, &[&first]).await.remove(0);
    assert!(app.suggestion(&id).await.earlier_rejections.is_empty());
}
