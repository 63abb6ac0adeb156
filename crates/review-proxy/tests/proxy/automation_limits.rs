//! What the month's limit of an agent leaves to the tests that its policy begins.

use super::automation::{agent, only_change, suggest, tick};
use super::staging_tests::{ASK, begin, ended, label, report};
use super::support::TestApp;
use review_api::{Agent, AutomaticActKind, Change, ChangeSummary, Inbox, Page, SuggestionId};
use review_core::words::grouped;
use serde_json::{Value, json};

/// Gives an agent a limit for the month, in tokens or in money.
async fn limit(app: &TestApp, agent: &Agent, plan: Value) {
    let path = format!("/api/agents/{}", agent.summary.id);
    let _agent: Agent = app
        .patch("admin", &path, &json!({ "plan": plan }))
        .await
        .ok();
}

async fn tester(app: &TestApp) -> Agent {
    let agent = agent(app, json!({ "mode": "stage_and_test" })).await;
    label(app, &agent, 6, 0).await;
    agent
}

/// Returns the change that was staged from a suggestion.
async fn change_of(app: &TestApp, agent: &Agent, suggestion: &SuggestionId) -> Change {
    let path = format!("/api/changes?agent_id={}", agent.summary.id);
    for row in app.get(&path).await.ok::<Page<ChangeSummary>>().items {
        let change = app.change(&row.id).await;
        if change.suggestion_ids.contains(suggestion) {
            return change;
        }
    }
    panic!("the policy did not take up {suggestion}");
}

/// Returns why a policy did not test a change.
fn why_not(change: &Change) -> String {
    let automatic = change.automatic.as_ref().unwrap();
    automatic.test_refused.clone().unwrap_or_default()
}

#[tokio::test]
async fn what_the_month_does_not_allow_is_not_tested_by_itself_and_people_may_test_it() {
    let app = TestApp::start().await;
    let agent = tester(&app).await;
    limit(&app, &agent, json!({ "monthly_tokens": 1 })).await;
    suggest(&app, &agent, &format!("Be kind.\n{ASK}\n")).await;
    tick(&app).await;
    let change = only_change(&app, &agent).await;
    assert_eq!(change.test, None);
    let why = why_not(&change);
    assert!(
        why.contains("took 0 of the 1 tokens allowed for this month"),
        "{why}"
    );
    let inbox: Inbox = app.get_as("viewer", "/api/inbox").await.ok();
    let announced = &inbox.automatic[0];
    assert_eq!(announced.kind, AutomaticActKind::Refused);
    assert_eq!(announced.words, [why]);

    begin(&app, &change, &json!({})).await;
    let by_hand = ended(&app, &change).await;
    assert!(by_hand.tokens > 1, "what people ask for is theirs to weigh");
    // And what they asked for takes nothing from what happens by itself.
    limit(&app, &agent, json!({ "monthly_tokens": 1_000_000_000_u64 })).await;
    let other = suggest(&app, &agent, &format!("Be kind.\n{ASK}\nBe brief.\n")).await;
    tick(&app).await;
    let change = change_of(&app, &agent, &other).await;
    assert_eq!(ended(&app, &change).await.asked_by.as_str(), "policy");
}

#[tokio::test]
async fn automatic_tests_count_into_the_month_and_stop_at_its_end() {
    let app = TestApp::start().await;
    let agent = tester(&app).await;
    let first = suggest(&app, &agent, &format!("Be kind.\n{ASK}\n")).await;
    tick(&app).await;
    let change = change_of(&app, &agent, &first).await;
    let taken = ended(&app, &change).await.tokens;
    assert!(taken > 0);

    // As much again as is estimated, and hardly more: its budget is what is left, not the usual one.
    let next = report(&app, &change).await.estimate.tokens;
    let left = next.about + 1;
    assert!(left < 2 * next.high);
    limit(&app, &agent, json!({ "monthly_tokens": taken + left })).await;
    let second = suggest(&app, &agent, &format!("Be kind.\n{ASK}\nBe brief.\n")).await;
    let third = suggest(&app, &agent, &format!("Be kind.\n{ASK}\nBe quick.\n")).await;
    tick(&app).await;
    let allowed = change_of(&app, &agent, &second).await;
    let refused = change_of(&app, &agent, &third).await;
    let (allowed, refused) = if allowed.test.is_some() {
        (allowed, refused)
    } else {
        (refused, allowed)
    };
    assert_eq!(ended(&app, &allowed).await.budget_tokens, left);
    // The other one began in the same moment, and finds what the first will take.
    let why = why_not(&refused);
    assert!(
        why.contains(&format!("of the {} tokens", grouped(taken + left))),
        "{why}"
    );
    assert!(why.contains("automatic tests"), "{why}");

    // A dream finds the same month.
    let path = format!("/api/agents/{}/dreams", agent.summary.id);
    limit(&app, &agent, json!({ "monthly_tokens": taken })).await;
    let asked = app.post("reviewer", &path, &json!({})).await;
    let asked = asked
        .error(409, review_api::ErrorCode::Conflict)
        .error
        .message;
    assert!(asked.contains("tokens allowed for this month"), "{asked}");
    limit(&app, &agent, json!({ "monthly_tokens": 1_000_000_000_u64 })).await;
    let asked = app.post("reviewer", &path, &json!({})).await;
    assert!(
        !asked.text.contains("allowed for this month"),
        "{}",
        asked.text
    );
}
