//! Applying when things go wrong: at most once, and never silently unknown.

use super::support::TestApp;
use demo_platform::FaultKind;
use jiff::SignedDuration;
use review_api::{AuditAction, Change, ChangeState, ErrorCode, SuggestionStatus, Timestamp};

async fn reconciled(app: &TestApp, after: SignedDuration) {
    app.proxy()
        .app
        .review
        .reconcile(Timestamp::now() + after)
        .await
        .unwrap();
}

const AT_ONCE: SignedDuration = SignedDuration::ZERO;
const LATER: SignedDuration = SignedDuration::from_mins(10);

fn actions(change: &Change) -> Vec<AuditAction> {
    change.history.iter().map(|entry| entry.action).collect()
}

#[tokio::test]
async fn a_409_marks_the_change_as_stale_and_changes_nothing_upstream() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await;
    let id = &agent.summary.id;
    let change = app.approved(id, "Be kind.").await;
    app.edit_upstream(id, "Someone else was here.").await;
    let upstream = app.upstream(id).await;

    let error = app
        .decide("approver", &change, "apply")
        .await
        .error(409, ErrorCode::StaleBase);
    let details = error.error.details.unwrap();
    assert_eq!(details["base_version"], agent.summary.version);
    assert_eq!(details["current_version"], agent.summary.version + 1);
    assert_eq!(app.upstream(id).await, upstream);
    let change = app.change(&change.summary.id).await;
    assert_eq!(change.summary.state, ChangeState::Stale);
    assert!(change.trouble.unwrap().contains("version"));
    assert_eq!(
        change.history.last().unwrap().action,
        AuditAction::ChangeStale
    );

    // It cannot be approved or applied any more; withdrawn, its suggestion can be staged anew.
    let change = app.change(&change.summary.id).await;
    app.decide("second", &change, "approve")
        .await
        .error(409, ErrorCode::Conflict);
    app.decide("approver", &change, "apply")
        .await
        .error(409, ErrorCode::Conflict);
    assert_eq!(
        app.updates_upstream(id).await.len(),
        1,
        "asked once, never again"
    );
    let path = format!("/api/changes/{}/withdraw", change.summary.id);
    app.post("reviewer", &path, &serde_json::json!({}))
        .await
        .ok::<Change>();
    let suggestion = app.suggestion(&change.suggestion_ids[0]).await;
    assert_eq!(suggestion.status, SuggestionStatus::Open);
}

#[tokio::test]
async fn p13_a_reply_lost_after_the_effect_is_found_out_and_not_sent_again() {
    for kind in [
        FaultKind::DroppedAfterEffect,
        FaultKind::ErrorAfterEffect,
        FaultKind::Truncated,
    ] {
        let app = TestApp::start().await;
        let agent = app.agent("SupportBot").await;
        let id = &agent.summary.id;
        let change = app.approved(id, "Be kind.").await;
        app.fault(kind, "POST", &format!("/v1/agents/{id}")).await;
        app.decide("approver", &change, "apply")
            .await
            .error(502, ErrorCode::OutcomeUnknown);
        let unknown = app.change(&change.summary.id).await;
        assert_eq!(unknown.summary.state, ChangeState::NeedsALook, "{kind:?}");
        assert!(unknown.trouble.is_some());

        // Pressing again sends nothing.
        app.decide("approver", &unknown, "apply")
            .await
            .error(409, ErrorCode::Conflict);
        reconciled(&app, AT_ONCE).await;
        let found = app.change(&change.summary.id).await;
        assert_eq!(found.summary.state, ChangeState::Applied, "{kind:?}");
        assert_eq!(
            found.outcome.as_ref().unwrap().version,
            Some(agent.summary.version + 1)
        );
        assert_eq!(found.trouble, None);
        assert_eq!(app.updates_upstream(id).await.len(), 1, "{kind:?}");
        assert_eq!(
            actions(&found)[2..],
            [
                AuditAction::ApplyStarted,
                AuditAction::ApplyUnknown,
                AuditAction::ChangeApplied
            ],
        );
        assert_eq!(found.history.last().unwrap().actor, "system");
    }
}

#[tokio::test]
async fn p13_a_failure_before_the_effect_is_released_only_once_nothing_can_land() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await;
    let id = &agent.summary.id;
    let change = app.approved(id, "Be kind.").await;
    app.fault(
        FaultKind::InternalError,
        "POST",
        &format!("/v1/agents/{id}"),
    )
    .await;
    app.decide("approver", &change, "apply")
        .await
        .error(502, ErrorCode::OutcomeUnknown);
    reconciled(&app, AT_ONCE).await;
    let waiting = app.change(&change.summary.id).await;
    assert_eq!(
        waiting.summary.state,
        ChangeState::NeedsALook,
        "it may still land"
    );
    reconciled(&app, LATER).await;
    let released = app.change(&change.summary.id).await;
    assert_eq!(released.summary.state, ChangeState::Approved);
    assert_eq!(
        released.history.last().unwrap().action,
        AuditAction::ApplyRefused
    );
    let applied: Change = app.decide("approver", &released, "apply").await.ok();
    assert_eq!(applied.summary.state, ChangeState::Applied);
    assert_eq!(app.upstream(id).await["version"], agent.summary.version + 1);
}

#[tokio::test]
async fn a_refusal_puts_the_change_back_with_the_reason() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await;
    let id = &agent.summary.id;
    let change = app.approved(id, "Be kind.").await;
    app.fault(FaultKind::RateLimited, "POST", &format!("/v1/agents/{id}"))
        .await;
    let error = app
        .decide("approver", &change, "apply")
        .await
        .error(503, ErrorCode::PlatformUnavailable);
    let back = app.change(&change.summary.id).await;
    assert_eq!(back.summary.state, ChangeState::Approved);
    let outcome = back.outcome.clone().unwrap();
    assert_eq!(
        (outcome.version, outcome.message),
        (None, error.error.message)
    );
    assert_eq!(app.upstream(id).await["version"], agent.summary.version);
    let applied: Change = app.decide("approver", &back, "apply").await.ok();
    assert_eq!(applied.summary.state, ChangeState::Applied);
}

#[tokio::test]
async fn a_platform_that_is_down_loses_nothing() {
    let mut app = TestApp::start().await;
    let agent = app.agent("SupportBot").await;
    let id = agent.summary.id.clone();
    let change = app.approved(&id, "Be kind.").await;
    let waiting = app.suggest(&id, &["Be brief."]).await.remove(0);
    app.stop_platform().await;

    // What was copied is still there.
    assert_eq!(app.agent("SupportBot").await.prompt, agent.prompt);
    // What needs the platform says so.
    let body = serde_json::json!({
        "suggestion_ids": [waiting],
        "base_version": agent.prompt.version,
    });
    app.post("reviewer", "/api/changes", &body)
        .await
        .error(503, ErrorCode::PlatformUnavailable);
    assert_eq!(
        app.suggestion(&waiting).await.status,
        SuggestionStatus::Open
    );
    app.decide("approver", &change, "apply")
        .await
        .error(503, ErrorCode::PlatformUnavailable);
    let back = app.change(&change.summary.id).await;
    assert_eq!(back.summary.state, ChangeState::Approved);
    assert_eq!(back.approvals.len(), 1);
    // And the copy says how old it is and why.
    app.proxy().app.syncer.sync_now().await.unwrap_err();
    let inbox: review_api::Inbox = app.get_as("reviewer", "/api/inbox").await.ok();
    assert!(inbox.freshness.read_at.is_some());
    assert!(
        inbox
            .freshness
            .problem
            .unwrap()
            .contains("cannot be reached")
    );
}

#[tokio::test]
async fn a_proxy_that_died_while_applying_finds_out_when_it_comes_back() {
    for landed in [true, false] {
        let mut app = TestApp::start().await;
        let agent = app.agent("SupportBot").await;
        let id = agent.summary.id.clone();
        let change = app.approved(&id, "Be kind.").await;
        // What a kill between the intent and the answer leaves behind.
        app.sql(
            "INSERT INTO apply_attempts (id, change_id, agent_id, expected_version, target_sha256,
                digest, started_by, started_at)
             SELECT 'att_1', id, agent_id, base_version, proposed_sha256, digest, 'approver', 1
             FROM changes;
             UPDATE changes SET state = 'applying';",
        )
        .await;
        if landed {
            let url = app.platform_url(&format!("/__control/agents/{id}/edit"));
            let request = app
                .client
                .post(url)
                .json(&serde_json::json!({ "system": "Be kind." }));
            assert!(app.send(request).await.status.is_success());
        }
        app.restart().await;
        let expected = if landed {
            ChangeState::Applied
        } else {
            ChangeState::Approved
        };
        super::support::until("the outcome is found out", async || {
            let state = app.change(&change.summary.id).await.summary.state;
            (state == expected).then_some(())
        })
        .await;
        assert!(
            app.updates_upstream(&id).await.is_empty(),
            "nothing is sent again by itself"
        );
    }
}

#[tokio::test]
async fn an_applied_change_makes_the_others_of_its_agent_stale() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await;
    let id = &agent.summary.id;
    let other = app.approved(id, "Be brief.").await;
    let change = app.approved(id, "Be kind.").await;
    app.decide("approver", &change, "apply")
        .await
        .ok::<Change>();
    let other = app.change(&other.summary.id).await;
    assert_eq!(other.summary.state, ChangeState::Stale);
    let inbox: review_api::Inbox = app.get_as("reviewer", "/api/inbox").await.ok();
    assert_eq!(inbox.items[0].reason, review_api::InboxReason::Restage);
}

#[tokio::test]
async fn a_prompt_that_moved_upstream_is_noticed_without_anyone_pressing() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await;
    let id = &agent.summary.id;
    let change = app.approved(id, "Be kind.").await;
    app.edit_upstream(id, "Someone else was here.").await;
    app.synced().await;
    reconciled(&app, AT_ONCE).await;
    let change = app.change(&change.summary.id).await;
    assert_eq!(change.summary.state, ChangeState::Stale);
    assert!(app.updates_upstream(id).await.is_empty());
}

#[tokio::test]
async fn p14_many_presses_at_once_make_one_update() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await;
    let id = &agent.summary.id;
    let change = app.approved(id, "Be kind.").await;
    let presses = (0..20).map(|_| app.decide("approver", &change, "apply"));
    let answers = futures_util::future::join_all(presses).await;
    let applied = answers
        .iter()
        .filter(|answer| answer.status.is_success())
        .count();
    assert_eq!(applied, 1);
    for answer in answers
        .into_iter()
        .filter(|answer| !answer.status.is_success())
    {
        answer.error(412, ErrorCode::Changed);
    }
    assert_eq!(app.updates_upstream(id).await.len(), 1);
}

#[tokio::test]
async fn p14_one_change_of_an_agent_is_applied_at_a_time() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await;
    let id = &agent.summary.id;
    let other = app.approved(id, "Be brief.").await;
    let change = app.approved(id, "Be kind.").await;
    app.fault(
        FaultKind::InternalError,
        "POST",
        &format!("/v1/agents/{id}"),
    )
    .await;
    app.decide("approver", &change, "apply")
        .await
        .error(502, ErrorCode::OutcomeUnknown);
    app.decide("approver", &other, "apply")
        .await
        .error(409, ErrorCode::Conflict);
    let other = app.change(&other.summary.id).await;
    assert_eq!(
        other.summary.state,
        ChangeState::Approved,
        "refused before anything was written"
    );
    assert_eq!(app.updates_upstream(id).await.len(), 1);
}

#[tokio::test]
async fn p14_an_attempt_of_another_proxy_is_left_alone_until_its_lease_is_over() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await;
    let id = agent.summary.id.clone();
    let change = app.approved(&id, "Be kind.").await;
    // What another proxy on the same database is at work on; it was held up long ago, for all we know.
    app.sql(
        "INSERT INTO apply_attempts (id, change_id, agent_id, expected_version, target_sha256,
            digest, started_by, started_at, holder, lease_until)
         SELECT 'att_1', id, agent_id, base_version, proposed_sha256, digest, 'approver', 1,
            'prx_other', 4000000000000000 FROM changes;
         UPDATE changes SET state = 'applying';",
    )
    .await;
    reconciled(&app, LATER).await;
    let held = app.change(&change.summary.id).await;
    assert_eq!(
        held.summary.state,
        ChangeState::Applying,
        "it may be sending right now"
    );
    app.sql("UPDATE apply_attempts SET lease_until = 1").await;
    reconciled(&app, AT_ONCE).await;
    let released = app.change(&change.summary.id).await;
    assert_eq!(released.summary.state, ChangeState::Approved);
    assert!(app.updates_upstream(&id).await.is_empty());
}
