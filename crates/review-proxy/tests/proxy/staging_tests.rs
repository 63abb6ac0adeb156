//! Staging tests over HTTP against the demo platform.

use super::support::{KEY, TestApp, until};
use demo_platform::{Fault, FaultKind};
use http::Method;
use review_api::{
    Agent, AuditAction, CaseState, Change, Cost, ErrorCode, EstimateBasis, Page, StagingTest,
    TestCase, TestOutcome, TestReport, TestState, TestWay, Timestamp,
};
use review_proxy::store::staging_tests::{self, KeptTest};
use serde_json::{Value, json};
use std::time::Duration;

pub(crate) const ASK: &str = "- Ask for the order number before any refund.";
pub(crate) const ASKED: &str =
    "Could you give me the order number first? I need it before I can look at a refund.";
pub(crate) const STARTED: &str =
    "I have started the refund for you; it will show up within five working days.";

/// Puts a test of a change in the database that another process holds, and rates an interaction.
pub(crate) async fn hold_one(app: &TestApp, change: &Change) {
    let id = &change.summary.agent_id;
    let page: Value = app
        .get(&format!("/api/agents/{id}/interactions?limit=1"))
        .await
        .ok();
    rate(
        app,
        id.as_str(),
        page["items"][0]["id"].as_str().unwrap(),
        "positive",
        None,
    )
    .await;
    let test = KeptTest {
        id: "tst_held".to_owned(),
        change_id: change.summary.id.clone(),
        agent_id: id.clone(),
        digest: change.digest.clone(),
        state: TestState::Running,
        reason: None,
        way: TestWay::Messages,
        model: "m".to_owned(),
        agent_version: None,
        environment_id: None,
        memory_store_id: None,
        repeats: 1,
        budget_tokens: 1,
        estimated_tokens: 1,
        estimated_most: None,
        estimated_cost: None,
        outcome: None,
        is_decisive: false,
        sentence: None,
        asked_by: "reviewer".into(),
        asked_at: Timestamp::now(),
        ended_at: None,
    };
    let mut write = app.proxy().app.store.write().await.unwrap();
    let until = Timestamp::now() + Duration::from_hours(1);
    staging_tests::insert(&mut write, &test, "another", until)
        .await
        .unwrap();
    write.commit().await.unwrap();
}

pub(crate) async fn rate(
    app: &TestApp,
    agent: &str,
    id: &str,
    rating: &str,
    expected: Option<&str>,
) {
    let mut body = json!({ "agent_id": agent, "interaction_id": id, "rating": rating });
    if let Some(expected) = expected {
        body["expected"] = json!(expected);
    }
    let _rated: Value = app.post("reviewer", "/api/feedback", &body).await.ok();
}

/// Makes an agent without tools, whose prompt says nothing of order numbers.
pub(crate) async fn agent(app: &TestApp) -> Agent {
    let body =
        json!({ "name": "Refunds", "model": "claude-sonnet-5", "system_prompt": "Be kind.\n" });
    app.post("admin", "/api/agents", &body).await.ok()
}

/// Has the agent asked something on the platform, and returns the session's id.
pub(crate) async fn interaction(app: &TestApp, agent: &Agent, text: &str) -> String {
    let body = json!({
        "agent": agent.summary.id, "environment_id": "env_01", "title": "A refund",
        "initial_events": [{"type": "user.message", "content": [{"type": "text", "text": text}]}],
    });
    let request = app
        .client
        .post(app.platform_url("/v1/sessions"))
        .bearer_auth(KEY)
        .header("anthropic-version", "2026-10-21")
        .header("anthropic-beta", "managed-agents-2026-04-01")
        .json(&body);
    let session: Value = app.send(request).await.ok();
    session["id"].as_str().unwrap().to_owned()
}

/// Labels interactions: so many that the order number should have been asked for in, and so many in which
/// the refund was right.
pub(crate) async fn label(app: &TestApp, agent: &Agent, asked: usize, started: usize) {
    let mut ids = Vec::new();
    for n in 0..asked + started {
        ids.push(
            interaction(
                app,
                agent,
                &format!("I want a refund for my kettle, case {n}"),
            )
            .await,
        );
    }
    app.synced().await;
    for (n, id) in ids.iter().enumerate() {
        let expected = if n < asked { ASKED } else { STARTED };
        rate(
            app,
            agent.summary.id.as_str(),
            id,
            "negative",
            Some(expected),
        )
        .await;
    }
}

pub(crate) async fn begin(app: &TestApp, change: &Change, body: &Value) -> StagingTest {
    app.act("reviewer", change, "test", body).await.ok()
}

pub(crate) async fn report(app: &TestApp, change: &Change) -> TestReport {
    app.get(&format!("/api/changes/{}/test", change.summary.id))
        .await
        .ok()
}

pub(crate) async fn ended(app: &TestApp, change: &Change) -> StagingTest {
    until("the staging test has ended", async || {
        let newest = report(app, change).await.newest?;
        (newest.state != TestState::Running).then_some(newest)
    })
    .await
}

pub(crate) async fn cases(app: &TestApp, change: &Change) -> Vec<TestCase> {
    let mut all = Vec::new();
    let mut path = format!("/api/changes/{}/test/cases?limit=4", change.summary.id);
    loop {
        let page: Page<TestCase> = app.get(&path).await.ok();
        all.extend(page.items);
        let Some(cursor) = page.next_cursor else {
            return all;
        };
        path = format!(
            "/api/changes/{}/test/cases?limit=4&cursor={cursor}",
            change.summary.id
        );
    }
}

pub(crate) async fn faults(app: &TestApp, kind: FaultKind, skip: u32) {
    let fault = Fault {
        count: 10_000,
        skip,
        ..Fault::next(kind, "/v1/messages")
    };
    let url = app.platform_url("/__control/faults");
    assert!(
        app.send(app.client.post(url).json(&fault))
            .await
            .status
            .is_success()
    );
}

/// Lets the first case through, its two answers and two judgements, and has the platform take its time with what
/// follows.
async fn slow_after_the_first_case(app: &TestApp) {
    let slow = Fault {
        count: 10_000,
        skip: 4,
        latency_ms: 300,
        ..Fault::next(FaultKind::Latency, "/v1/messages")
    };
    let url = app.platform_url("/__control/faults");
    let asked = app.send(app.client.post(url).json(&slow)).await;
    assert!(asked.status.is_success());
}

pub(crate) async fn no_faults(app: &TestApp) {
    let url = app.platform_url("/__control/faults");
    assert!(app.send(app.client.delete(url)).await.status.is_success());
}

pub(crate) async fn questions(app: &TestApp) -> usize {
    let url = app.platform_url("/__control/requests");
    let all: Value = app.send(app.client.get(url)).await.ok();
    let all = all["data"].as_array().unwrap().iter();
    all.filter(|request| request["path"] == "/v1/messages")
        .count()
}

#[tokio::test]
async fn a_policy_that_asks_for_a_test_lets_nothing_through_without_a_pass_of_exactly_these_bytes()
{
    let app = TestApp::start().await;
    let agent = agent(&app).await;
    let id = agent.summary.id.clone();
    let path = format!("/api/agents/{id}");
    let policy = json!({ "staging_test_required": true });
    let _agent: Value = app.patch("admin", &path, &policy).await.ok();
    label(&app, &agent, 21, 1).await;
    let change = app.staged(&id, &format!("Be kind.\n{ASK}\n")).await;
    let refused = app.decide("approver", &change, "approve").await;
    let body = refused.error(409, ErrorCode::Conflict);
    assert!(
        body.error.message.ends_with("and there is none. Run one."),
        "{body:?}"
    );

    let before = report(&app, &change).await;
    assert_eq!(
        (
            before.estimate.cases,
            before.estimate.basis,
            before.estimate.measured
        ),
        (22, EstimateBasis::Length, 0)
    );
    assert_eq!(before.estimate.way, Some(TestWay::Messages));
    let test = begin(&app, &change, &json!({})).await;
    assert_eq!((test.way, test.cases), (TestWay::Messages, 22));
    let test = ended(&app, &change).await;
    assert_eq!(
        (test.state, test.outcome),
        (TestState::Completed, Some(TestOutcome::Passed))
    );
    assert_eq!(
        (test.better, test.worse, test.failed),
        (21, 1, 0),
        "{test:?}"
    );
    let (before, after) = (test.before.unwrap(), test.after.unwrap());
    assert_eq!((before.right, after.right, after.cases), (1, 21, 22));
    assert!(before.low < before.high && test.p_value < 0.001 && test.tokens > 0);
    assert!(test.tokens <= test.budget_tokens);
    let after = report(&app, &change).await.estimate;
    assert_eq!(
        (after.basis, after.measured),
        (EstimateBasis::EarlierAnswers, 44)
    );
    assert!(
        (after.tokens.low..=after.tokens.high).contains(&test.tokens),
        "{after:?}"
    );

    let cases = cases(&app, &change).await;
    assert_eq!(cases.len(), 22);
    assert_eq!(
        cases[0].state,
        CaseState::Worse,
        "what got worse comes first"
    );
    assert!(
        cases[1..]
            .iter()
            .all(|case| case.state == CaseState::Better)
    );
    let [base, proposal] = &cases[0].answers[..] else {
        panic!("{:?}", cases[0]);
    };
    assert!(base.text.contains("started the refund") && base.is_right == Some(true));
    assert!(proposal.text.contains("order number first") && proposal.is_right == Some(false));
    assert!(cases[0].question.contains("case 21") && cases[0].expectation.contains(STARTED));

    let change = app.change(&change.summary.id).await;
    assert!(change.test.as_ref().unwrap().is_decisive);
    let actions: Vec<AuditAction> = app.ledger().await.iter().map(|it| it.action).collect();
    assert_eq!(
        actions[..2],
        [AuditAction::TestEnded, AuditAction::TestStarted]
    );
    let edited = json!({ "proposed": format!("Be kind and brief.\n{ASK}\n") });
    let edited: Change = app.act("reviewer", &change, "edit", &edited).await.ok();
    assert_eq!(edited.test, None, "an edit voids the result");
    assert!(!report(&app, &edited).await.is_current);
    let refused = app.decide("approver", &edited, "approve").await;
    refused.error(409, ErrorCode::Conflict);

    let back = json!({ "proposed": change.proposed });
    let back: Change = app.act("reviewer", &edited, "edit", &back).await.ok();
    let approved: Change = app.decide("second", &back, "approve").await.ok();
    let _applied: Change = app.decide("approver", &approved, "apply").await.ok();
}

#[tokio::test]
async fn a_rating_that_does_not_say_what_would_be_right_is_no_case_and_few_cases_are_no_pass() {
    let app = TestApp::start().await;
    let agent = agent(&app).await;
    let id = agent.summary.id.clone();
    label(&app, &agent, 2, 0).await;
    let other = interaction(&app, &agent, "Hello?").await;
    app.synced().await;
    rate(&app, id.as_str(), &other, "negative", None).await;
    let checked = interaction(&app, &agent, "I want a refund at once").await;
    app.synced().await;
    let check = json!({ "kind": "contains", "text": "ORDER NUMBER" });
    let body =
        json!({ "agent_id": id, "interaction_id": checked, "rating": "negative", "check": check });
    let _rated: Value = app.post("reviewer", "/api/feedback", &body).await.ok();
    let change = app.staged(&id, &format!("Be kind.\n{ASK}\n")).await;
    let body = json!({ "repeats": 3 });
    begin(&app, &change, &body).await;
    let test = ended(&app, &change).await;
    assert_eq!((test.better, test.left_out), (3, 1), "{test:?}");
    assert_eq!(test.outcome, Some(TestOutcome::Inconclusive));
    let cases = cases(&app, &change).await;
    assert_eq!(cases[0].answers.len(), 6, "three runs with each prompt");
    let left_out = cases.last().unwrap();
    assert_eq!(left_out.state, CaseState::LeftOut);
    assert!(left_out.reason.as_ref().unwrap().contains("nobody said"));
    let refused = app
        .act("reviewer", &change, "test", &json!({ "repeats": 2 }))
        .await;
    refused.error(400, ErrorCode::BadRequest);
}

#[tokio::test]
async fn one_test_runs_at_a_time_and_calling_it_off_keeps_what_is_done_and_is_no_pass() {
    let app = TestApp::start().await;
    let agent = agent(&app).await;
    label(&app, &agent, 8, 0).await;
    let change = app
        .staged(&agent.summary.id, &format!("Be kind.\n{ASK}\n"))
        .await;
    let path = format!("/api/changes/{}/test/cancel", change.summary.id);
    let nothing = app.post("reviewer", &path, &json!({})).await;
    nothing.error(409, ErrorCode::Conflict);
    faults(&app, FaultKind::Hang, 10).await;
    begin(&app, &change, &json!({})).await;
    until("some answers are kept", async || {
        (report(&app, &change).await.newest?.tokens > 0).then_some(())
    })
    .await;
    let second = app.act("reviewer", &change, "test", &json!({})).await;
    second.error(409, ErrorCode::Conflict);
    let canceled: StagingTest = app.post("reviewer", &path, &json!({})).await.ok();
    assert_eq!(canceled.state, TestState::Canceled);
    assert_eq!(canceled.outcome, Some(TestOutcome::Inconclusive));
    assert!(canceled.tokens > 0 && canceled.reason.unwrap().contains("reviewer"));
    no_faults(&app).await;
    begin(&app, &change, &json!({})).await;
    assert_eq!(ended(&app, &change).await.better, 8);
}

#[tokio::test]
async fn a_test_whose_proxy_went_away_is_taken_up_and_no_answer_is_paid_for_twice() {
    let mut app = TestApp::start_with(|config| {
        config.pace.lease = Duration::from_millis(300);
    })
    .await;
    let agent = agent(&app).await;
    label(&app, &agent, 6, 0).await;
    let change = app
        .staged(&agent.summary.id, &format!("Be kind.\n{ASK}\n"))
        .await;
    let hung = 9;
    faults(&app, FaultKind::Hang, hung).await;
    begin(&app, &change, &json!({})).await;
    until("the platform hangs", async || {
        (questions(&app).await > hung as usize).then_some(())
    })
    .await;
    app.stop().await;
    let asked = questions(&app).await;
    no_faults(&app).await;
    app.start_again().await;
    until("another process goes on", async || {
        app.proxy()
            .app
            .tester
            .take_up(Timestamp::now())
            .await
            .unwrap();
        let newest = report(&app, &change).await.newest?;
        (newest.state != TestState::Running).then_some(())
    })
    .await;
    let test = ended(&app, &change).await;
    assert_eq!(
        (test.state, test.better),
        (TestState::Completed, 6),
        "{test:?}"
    );
    // Six cases, two answers each, one judgement each; and of the four that were at work, the answer and the
    // judgement that were not kept yet.
    let all = questions(&app).await;
    assert!(all <= 24 + 2 * 4, "{all} questions, {asked} of them before");
}

#[tokio::test]
async fn a_test_stops_before_it_goes_over_its_budget_and_where_the_key_is_refused() {
    let app = TestApp::start().await;
    let agent = agent(&app).await;
    label(&app, &agent, 6, 0).await;
    let change = app
        .staged(&agent.summary.id, &format!("Be kind.\n{ASK}\n"))
        .await;
    begin(&app, &change, &json!({ "budget_tokens": 10 })).await;
    let test = ended(&app, &change).await;
    assert_eq!(
        (test.state, test.tokens),
        (TestState::OverBudget, 0),
        "{test:?}"
    );
    assert_eq!(test.outcome, Some(TestOutcome::Inconclusive));
    let refused = app
        .act("reviewer", &change, "test", &json!({ "budget_tokens": 0 }))
        .await;
    refused.error(400, ErrorCode::BadRequest);
    faults(&app, FaultKind::Truncated, 0).await;
    begin(&app, &change, &json!({})).await;
    let test = ended(&app, &change).await;
    assert_eq!((test.state, test.failed), (TestState::Completed, 6));
    assert_eq!(
        test.outcome,
        Some(TestOutcome::Inconclusive),
        "{}",
        test.sentence
    );
}

#[tokio::test]
async fn the_estimate_of_a_test_in_sessions_goes_by_what_its_interactions_took_and_holds() {
    let app = TestApp::start().await;
    for name in ["SupportBot", "On-call Runbooks"] {
        let agent = app.agent(name).await;
        let id = agent.summary.id.clone();
        let path = format!("/api/agents/{id}/interactions?limit=6");
        let page: Value = app.get(&path).await.ok();
        for item in page["items"].as_array().unwrap() {
            let check = json!({ "kind": "contains", "text": "order" });
            let body = json!({ "agent_id": id, "interaction_id": item["id"], "rating": "negative", "check": check });
            let _rated: Value = app.post("reviewer", "/api/feedback", &body).await.ok();
        }
        let change = app
            .staged(&id, &format!("{}\n{ASK}\n", agent.prompt.text))
            .await;
        let before = report(&app, &change).await;
        let estimate = before.estimate;
        assert_eq!(estimate.way, Some(TestWay::Sessions), "{name}");
        assert_eq!(
            (estimate.cases, estimate.basis, estimate.measured),
            (6, EstimateBasis::TheseInteractions, 6),
            "{name}"
        );
        let tokens = estimate.tokens;
        assert!(
            tokens.low < tokens.about && tokens.about < tokens.high,
            "{tokens:?}"
        );
        assert!(before.tools.custom.len() > 3 && before.tools.built_in.len() == 1);

        begin(&app, &change, &json!({})).await;
        let test = ended(&app, &change).await;
        assert_eq!(test.state, TestState::Completed, "{name}: {test:?}");
        assert_eq!(
            (
                test.estimated_tokens,
                test.estimated_most,
                test.budget_tokens
            ),
            (tokens.about, Some(tokens.high), 2 * tokens.high)
        );
        assert!(
            test.tokens <= tokens.high,
            "{name}: {} of {tokens:?}",
            test.tokens
        );
        let after = report(&app, &change).await.estimate;
        assert_eq!(
            (after.basis, after.measured),
            (EstimateBasis::EarlierAnswers, 12)
        );
        assert!((after.tokens.low..=after.tokens.high).contains(&test.tokens));
    }
}

#[tokio::test]
async fn where_no_interaction_of_the_cases_says_what_it_took_the_newest_ones_tell() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await;
    let id = agent.summary.id.clone();
    let path = format!("/api/agents/{id}/interactions?limit=1");
    let newest: Value = app.get(&path).await.ok();
    let newest = newest["items"][0]["id"].as_str().unwrap().to_owned();
    rate(&app, id.as_str(), &newest, "negative", Some("Anything.")).await;
    let change = app
        .staged(&id, &format!("{}\n{ASK}\n", agent.prompt.text))
        .await;
    let one = report(&app, &change).await.estimate;
    assert_eq!(
        (one.basis, one.measured),
        (EstimateBasis::TheseInteractions, 1)
    );
    assert_eq!(
        one.tokens.low, one.tokens.high,
        "of one alone nothing is known"
    );
    app.sql(
        "UPDATE interactions SET input_tokens = NULL
         WHERE id IN (SELECT interaction_id FROM feedback)",
    )
    .await;
    let all = report(&app, &change).await.estimate;
    assert_eq!(all.basis, EstimateBasis::NewestInteractions);
    assert!(
        all.measured > 100 && all.tokens.low < all.tokens.high,
        "{all:?}"
    );
}

#[tokio::test]
async fn a_refused_key_ends_a_test_at_once_and_what_is_done_stays() {
    let app = TestApp::start().await;
    let agent = agent(&app).await;
    label(&app, &agent, 8, 0).await;
    let change = app
        .staged(&agent.summary.id, &format!("Be kind.\n{ASK}\n"))
        .await;
    // The first case is done by then: two answers, two judgements.
    faults(&app, FaultKind::KeyRefused, 4).await;
    begin(&app, &change, &json!({})).await;
    let test = ended(&app, &change).await;
    assert_eq!(test.state, TestState::Failed, "{test:?}");
    assert_eq!(test.outcome, Some(TestOutcome::Inconclusive));
    assert_eq!((test.better, test.waiting), (1, 7), "{test:?}");
    assert!(test.reason.unwrap().contains("key"));
    // Of those at work at once each asked once, and nobody after them.
    let asked = questions(&app).await;
    assert!(asked <= 4 + 4, "{asked}");
}

#[tokio::test]
async fn an_edit_ends_a_running_test() {
    let app = TestApp::start().await;
    let agent = agent(&app).await;
    label(&app, &agent, 8, 0).await;
    let change = app
        .staged(&agent.summary.id, &format!("Be kind.\n{ASK}\n"))
        .await;
    slow_after_the_first_case(&app).await;
    begin(&app, &change, &json!({})).await;
    until("the first case is done", async || {
        (report(&app, &change).await.newest?.better > 0).then_some(())
    })
    .await;
    let edited = json!({ "proposed": format!("Be brief.\n{ASK}\n") });
    let edited: Change = app.act("reviewer", &change, "edit", &edited).await.ok();
    let test = ended(&app, &change).await;
    assert_eq!(test.state, TestState::Canceled, "{test:?}");
    assert!(test.reason.unwrap().contains("it was edited"));
    assert!(test.waiting > 0, "it did not go on to the last case");
    assert!(!report(&app, &edited).await.is_current);
    assert_eq!(edited.test, None);
}

#[tokio::test]
async fn a_moved_base_ends_a_running_test() {
    let app = TestApp::start().await;
    let agent = agent(&app).await;
    label(&app, &agent, 8, 0).await;
    let change = app
        .staged(&agent.summary.id, &format!("Be kind.\n{ASK}\n"))
        .await;
    slow_after_the_first_case(&app).await;
    begin(&app, &change, &json!({})).await;
    until("the first case is done", async || {
        (report(&app, &change).await.newest?.better > 0).then_some(())
    })
    .await;
    app.edit_upstream(&agent.summary.id, "Be quick.").await;
    let review = &app.proxy().app.review;
    review.watch(Timestamp::now()).await.unwrap();
    let test = ended(&app, &change).await;
    assert_eq!(test.state, TestState::Canceled, "{test:?}");
    assert!(test.reason.unwrap().contains("its base moved"));
    assert!(test.waiting > 0, "it did not go on to the last case");
}

#[tokio::test]
async fn what_a_test_costs_is_said_at_the_prices_that_are_set() {
    let lines = ["claude-sonnet-5=3/15/0.30/3.75".to_owned()];
    let prices = review_core::prices::read(Some("EUR"), &lines).unwrap();
    let app = TestApp::start_with(|config| config.prices = prices).await;
    let agent = agent(&app).await;
    label(&app, &agent, 3, 0).await;
    let change = app
        .staged(&agent.summary.id, &format!("Be kind.\n{ASK}\n"))
        .await;
    let before = report(&app, &change).await.estimate;
    assert_eq!(before.cost, Some(Cost::NotMeasured), "a guess has no kinds");
    begin(&app, &change, &json!({})).await;
    let test = ended(&app, &change).await;
    let Some(Cost::Known {
        currency,
        about,
        left_out,
        ..
    }) = test.cost.clone()
    else {
        panic!("{test:?}");
    };
    assert_eq!((currency.as_str(), left_out), ("EUR", 0));
    // Between the price of reading and that of writing.
    assert!(
        (test.tokens * 3..=test.tokens * 15).contains(&about),
        "{test:?}"
    );
    let after = report(&app, &change).await.estimate;
    let Some(Cost::Known { low, high, .. }) = after.cost else {
        panic!("{after:?}");
    };
    assert!((low..=high).contains(&about), "{low} {about} {high}");
    let session: review_api::Session = app.get("/api/session").await.ok();
    assert_eq!(session.prices.models.len(), 1);
}

#[tokio::test]
async fn without_prices_nothing_has_a_cost_but_its_tokens() {
    let app = TestApp::start().await;
    let agent = agent(&app).await;
    label(&app, &agent, 1, 0).await;
    let change = app
        .staged(&agent.summary.id, &format!("Be kind.\n{ASK}\n"))
        .await;
    begin(&app, &change, &json!({})).await;
    let test = ended(&app, &change).await;
    assert!(test.tokens > 0);
    let not_set = Cost::PriceNotSet {
        model: "claude-sonnet-5".to_owned(),
    };
    assert_eq!(test.cost, Some(not_set));
}

#[tokio::test]
async fn an_agent_with_tools_is_tested_in_sessions_that_publish_nothing_and_are_no_interactions() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await;
    let id = agent.summary.id.clone();
    let path = format!("/api/agents/{id}/interactions?limit=1");
    let newest: Value = app.get(&path).await.ok();
    let newest = newest["items"][0]["id"].as_str().unwrap().to_owned();
    rate(&app, id.as_str(), &newest, "negative", Some("Anything.")).await;
    let change = app
        .staged(&id, &format!("{}\n{ASK}\n", agent.prompt.text))
        .await;
    let test = begin(&app, &change, &json!({})).await;
    assert_eq!(test.way, TestWay::Sessions);
    let test = ended(&app, &change).await;
    assert_eq!(
        (test.state, test.failed, test.left_out),
        (TestState::Completed, 0, 0),
        "{test:?}"
    );
    let url = app.platform_url("/__control/requests");
    let all: Value = app.send(app.client.get(url)).await.ok();
    let begun: Vec<&Value> = all["data"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["path"] == "/v1/sessions" && it["method"] == Method::POST.as_str())
        .collect();
    assert_eq!(begun.len(), 2);
    let body = &begun[1]["body"];
    assert_eq!(body["agent"]["type"], "agent_with_overrides");
    assert_eq!(body["agent"]["version"], agent.prompt.version);
    assert_eq!(body["agent"]["system"], change.proposed.as_str());
    assert_eq!(body["resources"][0]["access"], "read_only");
    assert_eq!(
        begun[1]["headers"]["anthropic-beta"],
        "managed-agents-2026-04-01"
    );
    assert_eq!(app.upstream(&id).await["version"], agent.prompt.version);
    app.synced().await;
    let after: Value = app.get(&path).await.ok();
    assert_eq!(after["items"][0]["id"], newest.as_str());
}
