//! An automatic application is refused for each of its reasons, and for that one alone.

use super::automation::{agent, applies, only_change, policy, suggest, tick};
use super::support::TestApp;
use demo_platform::FaultKind;
use review_api::{
    Agent, AuditAction, CaseState, Change, ChangeState, ErrorCode, Rating, SuggestionFinding,
    TestOutcome, TestState, TestWay, Timestamp,
};
use review_core::cases::Label;
use review_proxy::store::new_id;
use review_proxy::store::staging_tests::{self, Candidate, Ending, KeptTest, Settled};
use serde_json::{Value, json};
use std::time::Duration;

const GOOD: &str = "Be kind.\nAlways ask for the order number.\n";

/// What came of the staging test of a change.
#[derive(Clone, Copy)]
struct Ran {
    state: TestState,
    outcome: TestOutcome,
    is_decisive: bool,
    worse: u32,
}

const PASSED: Ran = Ran {
    state: TestState::Completed,
    outcome: TestOutcome::Passed,
    is_decisive: true,
    worse: 0,
};

/// Has a test of a change come to its end, as if it had run.
async fn tested(app: &TestApp, change: &Change, result: Ran) {
    let test = KeptTest {
        agent_version: None,
        estimated_cost: None,
        estimated_most: None,
        id: new_id("tst"),
        change_id: change.summary.id.clone(),
        agent_id: change.summary.agent_id.clone(),
        digest: change.digest.clone(),
        state: TestState::Running,
        reason: None,
        way: TestWay::Messages,
        model: "m".to_owned(),
        environment_id: None,
        memory_store_id: None,
        repeats: 1,
        budget_tokens: 1,
        estimated_tokens: 1,
        outcome: None,
        is_decisive: false,
        sentence: None,
        asked_by: "reviewer".into(),
        asked_at: Timestamp::now(),
        ended_at: None,
    };
    let case = Candidate {
        usage: None,
        interaction_id: "sesn_1".into(),
        title: "A refund".to_owned(),
        label: Label {
            rating: Rating::Negative,
            expected: None,
            check: None,
        },
    };
    let worse = Settled {
        state: CaseState::Worse,
        reason: None,
        question: String::new(),
        expectation: String::new(),
    };
    let ending = Ending {
        state: result.state,
        reason: None,
        outcome: result.outcome,
        is_decisive: result.is_decisive,
        sentence: "So it came out.".to_owned(),
    };
    let mut write = app.proxy().app.store.write().await.unwrap();
    let until = Timestamp::now() + Duration::from_hours(1);
    staging_tests::insert(&mut write, &test, "another", until)
        .await
        .unwrap();
    let cases = vec![case; result.worse as usize];
    staging_tests::insert_cases(&mut write, &test.id, &cases)
        .await
        .unwrap();
    for place in 0..result.worse {
        staging_tests::settle_case(&mut write, &test.id, place, &worse)
            .await
            .unwrap();
    }
    staging_tests::end(&mut write, &test.id, &ending, Timestamp::now())
        .await
        .unwrap();
    write.commit().await.unwrap();
}

/// A proxy whose one policy applies by itself, without approvals.
async fn ready() -> (TestApp, Agent) {
    let app = TestApp::start().await;
    let agent = agent(&app, applies()).await;
    (app, agent)
}

/// Has a suggestion staged and its test pass.
async fn staged(app: &TestApp, agent: &Agent, prompt: &str) -> Change {
    suggest(app, agent, prompt).await;
    tick(app).await;
    let change = only_change(app, agent).await;
    assert_eq!(change.summary.staged_by.as_str(), "policy");
    tested(app, &change, PASSED).await;
    app.change(&change.summary.id).await
}

/// Checks that the policy does not apply a change for this reason and no other, says so once, and sends nothing.
async fn refused(app: &TestApp, change: &Change, code: &str) -> Change {
    let id = change.summary.id.clone();
    let sent = app.updates_upstream(&change.summary.agent_id).await.len();
    tick(app).await;
    tick(app).await;
    let now = app.change(&id).await;
    assert_ne!(now.summary.state, ChangeState::Applied, "{code}");
    let lines = now.history.iter();
    let mut reasons = lines
        .filter(|line| line.action == AuditAction::AutomationRefused)
        .filter(|line| line.detail["reasons"] == json!([code]))
        .filter(|line| line.detail["digest"] == now.digest);
    let line = reasons.next().unwrap_or_else(|| panic!("{code}: {now:?}"));
    assert_eq!(line.actor, "policy");
    assert_eq!(line.detail["policy_version"], now.policy.version);
    assert_eq!(reasons.next(), None, "{code} is recorded once");
    let automatic = now.automatic.as_ref().unwrap();
    assert_eq!(json!(automatic.refused), line.detail["sentences"]);
    assert_eq!(
        app.updates_upstream(&change.summary.agent_id).await.len(),
        sent,
        "{code}: something was sent"
    );
    now
}

/// Checks that the policy applies a change now.
async fn applied(app: &TestApp, change: &Change) {
    tick(app).await;
    let now = app.change(&change.summary.id).await;
    assert_eq!(
        now.summary.state,
        ChangeState::Applied,
        "{:?}",
        now.automatic
    );
}

#[tokio::test]
async fn with_no_reason_it_is_applied() {
    let (app, agent) = ready().await;
    let change = staged(&app, &agent, GOOD).await;
    applied(&app, &change).await;
}

#[tokio::test]
async fn refused_while_the_policy_asks_for_approvals_that_are_not_there() {
    let (app, agent) = ready().await;
    let agent = policy(&app, &agent, json!({ "mode": "apply" })).await;
    let change = staged(&app, &agent, GOOD).await;
    let change = refused(&app, &change, "approvals").await;
    let approved: Change = app.decide("approver", &change, "approve").await.ok();
    applied(&app, &approved).await;
}

#[tokio::test]
async fn refused_once_a_person_edited_it() {
    let (app, agent) = ready().await;
    let change = staged(&app, &agent, GOOD).await;
    let body = json!({ "proposed": format!("{GOOD}Be brief.\n") });
    let edited: Change = app.act("reviewer", &change, "edit", &body).await.ok();
    tested(&app, &edited, PASSED).await;
    refused(&app, &edited, "touched").await;
}

#[tokio::test]
async fn refused_once_the_base_moved() {
    let (app, agent) = ready().await;
    let change = staged(&app, &agent, GOOD).await;
    // Nobody has noticed yet: the version precondition stops it on the platform.
    app.edit_upstream(&agent.summary.id, "Someone else was here.")
        .await;
    tick(&app).await;
    let now = app.change(&change.summary.id).await;
    assert_eq!(now.summary.state, ChangeState::Stale);
    let upstream = app.upstream(&agent.summary.id).await;
    assert_eq!(upstream["version"], 2, "nothing landed on it");
    tick(&app).await;
    let told = app.change(&change.summary.id).await.automatic.unwrap();
    assert!(
        told.refused
            .contains(&"The agent's prompt moved on since it was staged.".to_owned()),
        "{told:?}"
    );
}

#[tokio::test]
async fn refused_after_the_platform_refused_it_and_not_sent_again() {
    let (app, agent) = ready().await;
    let change = staged(&app, &agent, GOOD).await;
    app.fault(FaultKind::RateLimited, "POST", "/v1/agents/")
        .await;
    tick(&app).await;
    let now = refused(&app, &change, "refused_before").await;
    assert_eq!(now.summary.state, ChangeState::Staged);
}

#[tokio::test]
async fn refused_where_the_platform_did_not_take_it_from_a_person_either() {
    let (app, agent) = ready().await;
    let agent = policy(&app, &agent, json!({ "mode": "stage_and_test" })).await;
    let change = staged(&app, &agent, GOOD).await;
    let approved: Change = app.decide("approver", &change, "approve").await.ok();
    app.fault(FaultKind::RateLimited, "POST", "/v1/agents/")
        .await;
    app.decide("approver", &approved, "apply")
        .await
        .error(503, ErrorCode::PlatformUnavailable);
    let agent = policy(&app, &agent, applies()).await;
    let now = only_change(&app, &agent).await;
    tested(&app, &now, PASSED).await;
    refused(&app, &now, "refused_before").await;
}

#[tokio::test]
async fn refused_without_a_test() {
    let (app, agent) = ready().await;
    suggest(&app, &agent, GOOD).await;
    tick(&app).await;
    let change = only_change(&app, &agent).await;
    let now = app.change(&change.summary.id).await;
    let why = now.automatic.as_ref().unwrap().test_refused.clone();
    assert!(why.unwrap().contains("no rated interaction"));
    let lines = now.history.iter();
    let refused = lines.filter(|line| line.action == AuditAction::AutomationRefused);
    assert!(
        refused
            .clone()
            .all(|line| line.detail["reasons"] == json!(["not_tested"]))
    );
    assert!(refused.count() >= 1);
    assert!(app.updates_upstream(&agent.summary.id).await.is_empty());
}

#[tokio::test]
async fn refused_where_the_test_did_not_pass() {
    for outcome in [TestOutcome::Failed, TestOutcome::Inconclusive] {
        let (app, agent) = ready().await;
        suggest(&app, &agent, GOOD).await;
        tick(&app).await;
        let change = only_change(&app, &agent).await;
        let result = Ran {
            outcome,
            is_decisive: false,
            ..PASSED
        };
        tested(&app, &change, result).await;
        refused(&app, &change, "not_passed").await;
    }
}

#[tokio::test]
async fn refused_where_the_test_did_not_come_to_its_end() {
    let (app, agent) = ready().await;
    suggest(&app, &agent, GOOD).await;
    tick(&app).await;
    let change = only_change(&app, &agent).await;
    let result = Ran {
        state: TestState::OverBudget,
        outcome: TestOutcome::Inconclusive,
        is_decisive: false,
        worse: 0,
    };
    tested(&app, &change, result).await;
    refused(&app, &change, "not_passed").await;
}

#[tokio::test]
async fn refused_where_the_test_is_of_other_bytes() {
    let (app, agent) = ready().await;
    let change = staged(&app, &agent, GOOD).await;
    // Another policy is another digest, and the test was of the other one.
    let more = json!({ "mode": "apply", "without_approvals": true, "most_lines": 30 });
    policy(&app, &agent, more).await;
    let now = app.change(&change.summary.id).await;
    assert_eq!(now.test, None);
    refused(&app, &now, "not_tested").await;
}

#[tokio::test]
async fn refused_where_the_proposal_is_merely_no_worse() {
    let (app, agent) = ready().await;
    suggest(&app, &agent, GOOD).await;
    tick(&app).await;
    let change = only_change(&app, &agent).await;
    let result = Ran {
        is_decisive: false,
        ..PASSED
    };
    tested(&app, &change, result).await;
    refused(&app, &change, "not_better").await;
}

#[tokio::test]
async fn refused_where_one_case_got_worse() {
    let (app, agent) = ready().await;
    suggest(&app, &agent, GOOD).await;
    tick(&app).await;
    let change = only_change(&app, &agent).await;
    tested(&app, &change, Ran { worse: 1, ..PASSED }).await;
    refused(&app, &change, "got_worse").await;
}

#[tokio::test]
async fn refused_where_the_text_hides_something() {
    let (app, agent) = ready().await;
    let change = staged(&app, &agent, "Be kind.\nBe bri\u{200b}ef.\n").await;
    assert!(change.findings_sha256.is_some());
    refused(&app, &change, "hidden_text").await;
}

/// Makes an agent with this prompt, whose policy applies by itself.
async fn with_prompt(app: &TestApp, prompt: &str) -> Agent {
    let body = json!({ "name": "Strict", "model": "claude-sonnet-5", "system_prompt": prompt });
    let agent: Agent = app.post("admin", "/api/agents", &body).await.ok();
    policy(app, &agent, applies()).await
}

#[tokio::test]
async fn refused_where_an_instruction_is_removed() {
    let app = TestApp::start().await;
    let before = "Be kind.\nNever promise a refund before the order was checked.\n";
    let agent = with_prompt(&app, before).await;
    let change = staged(&app, &agent, "Be kind.\n").await;
    refused(&app, &change, "instructions_removed").await;
}

#[tokio::test]
async fn refused_where_an_instruction_is_reworded() {
    let app = TestApp::start().await;
    let before = "Be kind.\nNever promise a refund before the order was checked.\n";
    let agent = with_prompt(&app, before).await;
    let after = "Be kind.\nAlways promise a refund before the order was checked.\n";
    let change = staged(&app, &agent, after).await;
    refused(&app, &change, "instructions_reworded").await;
}

#[tokio::test]
async fn refused_where_a_placeholder_is_lost() {
    let app = TestApp::start().await;
    let agent = with_prompt(&app, "The customer is {name}.\n").await;
    let change = staged(&app, &agent, "The customer is here.\n").await;
    refused(&app, &change, "placeholders_lost").await;
}

#[tokio::test]
async fn refused_where_it_is_too_large() {
    let (app, agent) = ready().await;
    let small = json!({ "mode": "apply", "without_approvals": true, "most_lines": 1 });
    let agent = policy(&app, &agent, small).await;
    let change = staged(&app, &agent, "Be kind.\nBe brief.\nBe exact.\n").await;
    refused(&app, &change, "too_large").await;
}

#[tokio::test]
async fn refused_where_a_finding_stands_about_its_suggestion() {
    let (app, agent) = ready().await;
    let change = staged(&app, &agent, GOOD).await;
    let finding = SuggestionFinding::FromTranscript {
        interaction_id: "sesn_1".into(),
        quote: "ask".to_owned(),
    };
    let json = serde_json::to_string(&[finding]).unwrap();
    let mut write = app.proxy().app.store.write().await.unwrap();
    sqlx::query("UPDATE suggestions SET findings = $1 WHERE id = $2")
        .bind(json)
        .bind(change.suggestion_ids[0].as_str())
        .execute(&mut *write)
        .await
        .unwrap();
    write.commit().await.unwrap();
    refused(&app, &change, "findings").await;
}

#[tokio::test]
async fn refused_where_the_same_was_rejected_before() {
    let app = TestApp::start().await;
    let off = agent(&app, json!({ "mode": "off" })).await;
    let id = suggest(&app, &off, GOOD).await;
    let path = format!("/api/suggestions/{id}/reject");
    let reason = json!({ "reason": "It annoys people." });
    let _rejected: Value = app.post("reviewer", &path, &reason).await.ok();
    let agent = policy(&app, &off, applies()).await;
    let change = staged(&app, &agent, GOOD).await;
    refused(&app, &change, "rejected_before").await;
}

#[tokio::test]
async fn refused_while_a_comment_on_it_is_not_settled() {
    let (app, agent) = ready().await;
    let change = staged(&app, &agent, GOOD).await;
    let comment = app.comment("approver", &change, "order number").await;
    refused(&app, &change, "open_comments").await;
    let path = format!("/api/comments/{}/resolve", comment.id);
    let _settled: Value = app.post("approver", &path, &json!({})).await.ok();
    applied(&app, &change).await;
}

#[tokio::test]
async fn refused_while_nobody_looked_at_a_change_past_the_console() {
    let (app, agent) = ready().await;
    let id = &agent.summary.id;
    // Something waits, so that the prompt is watched.
    let other = app.staged(id, "Be somebody's.\n").await;
    app.edit_upstream(id, "Someone else was here.").await;
    let review = &app.proxy().app.review;
    review.watch(Timestamp::now()).await.unwrap();
    let body = json!({});
    let _gone: Change = app
        .act(
            "reviewer",
            &app.change(&other.summary.id).await,
            "withdraw",
            &body,
        )
        .await
        .ok();
    let now: Agent = app.get(&format!("/api/agents/{id}")).await.ok();
    let drift = now.drift.clone().unwrap();
    let prompt = format!(
        "{}\nAlways ask for the order number.\n",
        now.prompt.text.trim_end()
    );
    suggest(&app, &agent, &prompt).await;
    tick(&app).await;
    let path = format!("/api/changes?agent_id={id}&state=open");
    let open: review_api::Page<review_api::ChangeSummary> = app.get(&path).await.ok();
    let mine = open.items.into_iter();
    let mut mine = mine.filter(|change| change.staged_by.as_str() == "policy");
    let change = app.change(&mine.next().unwrap().id).await;
    tested(&app, &change, PASSED).await;
    refused(&app, &change, "drifted").await;
    let path = format!("/api/agents/{id}/drift/seen");
    let seen = json!({ "version": drift.to_version });
    let _seen: Agent = app.post("reviewer", &path, &seen).await.ok();
    applied(&app, &change).await;
}
