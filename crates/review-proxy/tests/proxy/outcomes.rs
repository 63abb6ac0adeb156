//! How each version of a prompt did: ratings, staging tests, the change it came of, and what is said of it.

use super::staging_tests::{agent, begin, ended, interaction, label};
use super::support::TestApp;
use crate::databases::{Database, on_each_database};
use http::Method;
use review_api::{
    Agent, AgentId, AuditAction, Change, ErrorCode, Feedback, Inbox, InboxItem, InboxReason,
    InboxSubject, KeptVersion, Outcomes, TestState,
};
use review_core::regression::{RegressionRule, compare};
use serde_json::{Value, json};

on_each_database!(
    ratings_count_for_the_version_that_the_interaction_ran_with,
    tests_tell_of_the_version_tested_and_of_the_one_that_was_made,
    a_version_that_does_worse_waits_in_the_inbox_until_it_is_rolled_back,
    a_version_that_is_kept_waits_no_more_until_it_does_worse_than_that,
    what_does_worse_comes_before_what_waited_longer_and_pages_hold_everything_once,
    a_version_that_its_staging_test_found_worse_waits_without_a_rating_of_it,
);

async fn rated(app: &TestApp, user: &str, agent: &Agent, id: &str, rating: &str) -> Feedback {
    let body = json!({ "agent_id": agent.summary.id, "interaction_id": id, "rating": rating });
    app.post(user, "/api/feedback", &body).await.ok()
}

/// Has the agent asked so many things, and all of them rated alike.
async fn all_rated(app: &TestApp, agent: &Agent, count: usize, rating: &str) {
    let mut ids = Vec::new();
    for n in 0..count {
        ids.push(interaction(app, agent, &format!("Case {n}")).await);
    }
    app.synced().await;
    for id in &ids {
        rated(app, "reviewer", agent, id, rating).await;
    }
}

async fn applied(app: &TestApp, change: &Change) -> Change {
    let approved: Change = app.decide("approver", change, "approve").await.ok();
    app.decide("approver", &approved, "apply").await.ok()
}

/// Makes an agent whose version 2 got nothing but negative ratings, after nothing but positive ones.
pub(crate) async fn worse(app: &TestApp) -> Agent {
    let agent = agent(app).await;
    all_rated(app, &agent, 20, "positive").await;
    applied(app, &app.staged(&agent.summary.id, "Be rude.\n").await).await;
    all_rated(app, &agent, 20, "negative").await;
    agent
}

/// Returns what waits for a user because a version does worse.
async fn regressed(app: &TestApp, user: &str) -> Option<InboxItem> {
    let request = app.request(user, Method::GET, "/api/inbox?limit=100", &Value::Null);
    let inbox: Inbox = app.send(request).await.ok();
    let mut items = inbox.items.into_iter();
    items.find(|item| item.reason == InboxReason::Regressed)
}

async fn a_version_that_its_staging_test_found_worse_waits_without_a_rating_of_it(
    database: Database,
) {
    let app = TestApp::start_on(&database).await;
    let agent = agent(&app).await;
    // What should be started at once is asked about instead, six times of six.
    label(&app, &agent, 0, 6).await;
    let ask = "Be kind.\n- Ask for the order number before any refund.\n";
    let change = app.staged(&agent.summary.id, ask).await;
    begin(&app, &change, &json!({ "budget_tokens": 1_000_000 })).await;
    assert_eq!(ended(&app, &change).await.worse, 6);
    assert_eq!(regressed(&app, "reviewer").await, None, "nobody has it yet");
    applied(&app, &app.change(&change.summary.id).await).await;
    let item = regressed(&app, "reviewer").await.unwrap();
    assert_eq!(item.title, "v2 does worse than v1");
    assert_eq!(item.metric.unwrap().name, "accuracy");
}

async fn what_does_worse_comes_before_what_waited_longer_and_pages_hold_everything_once(
    database: Database,
) {
    let app = TestApp::start_on(&database).await;
    let other = app.agent("SupportBot").await.summary.id;
    app.suggest(&other, &["One.\n", "Two.\n", "Three.\n", "Four.\n"])
        .await;
    worse(&app).await;
    let inbox = async |path: &str| {
        let request = app.request("reviewer", Method::GET, path, &Value::Null);
        app.send(request).await.ok::<Inbox>()
    };
    let whole = inbox("/api/inbox?limit=100").await;
    assert_eq!(whole.items[0].reason, InboxReason::Regressed);
    let others = &whole.items[1..];
    assert!(others.len() > 3, "{others:?}");
    assert!(others.is_sorted_by_key(|item| item.since));
    assert!(
        whole.items[0].since > others[0].since,
        "it has not waited longest"
    );

    let (mut paged, mut path) = (Vec::new(), "/api/inbox?limit=2".to_owned());
    loop {
        let page = inbox(&path).await;
        assert!(page.items.len() <= 2);
        paged.extend(page.items);
        match page.next_cursor {
            Some(next) => path = format!("/api/inbox?limit=2&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(paged, whole.items);
}

async fn outcomes(app: &TestApp, agent: &AgentId) -> Outcomes {
    app.get(&format!("/api/agents/{agent}/outcomes")).await.ok()
}

async fn ratings_count_for_the_version_that_the_interaction_ran_with(database: Database) {
    let app = TestApp::start_on(&database).await;
    let agent = agent(&app).await;
    let id = &agent.summary.id;
    let mut first = Vec::new();
    for n in 0..4 {
        first.push(interaction(&app, &agent, &format!("Case {n}")).await);
    }
    app.synced().await;
    rated(&app, "reviewer", &agent, &first[0], "negative").await;
    // Several people, one interaction: the newest rating counts, once.
    rated(&app, "reviewer", &agent, &first[1], "negative").await;
    rated(&app, "approver", &agent, &first[1], "negative").await;
    rated(&app, "second", &agent, &first[1], "positive").await;
    let withdrawn = rated(&app, "reviewer", &agent, &first[2], "negative").await;
    let request = app.request(
        "reviewer",
        Method::DELETE,
        &format!("/api/feedback/{}", withdrawn.id),
        &json!({}),
    );
    let gone = app.send(request.header("if-match", "\"1\"")).await;
    assert!(gone.status.is_success(), "{}", gone.text);

    let change = applied(&app, &app.staged(id, "Be kind and brief.\n").await).await;
    let later = interaction(&app, &agent, "Later").await;
    app.synced().await;
    rated(&app, "reviewer", &agent, &later, "positive").await;
    // Rated after the change, but it ran before.
    rated(&app, "reviewer", &agent, &first[3], "negative").await;
    app.edit_upstream(id, "Someone else was here.").await;
    app.synced().await;

    let found = outcomes(&app, id).await;
    assert_eq!((found.now, found.has_older_versions), (3, false));
    let [one, two, three] = &found.versions[..] else {
        panic!("{found:?}");
    };
    assert_eq!((one.version, two.version, three.version), (1, 2, 3));
    let share = one.ratings.unwrap();
    assert_eq!((share.negative, share.rated), (2, 3));
    assert!(0.0 < share.low && share.low < 2.0 / 3.0 && share.high < 1.0);
    let share = two.ratings.unwrap();
    assert_eq!((share.negative, share.rated), (0, 1));
    assert_eq!(three.ratings, None);
    let made = two.applied.as_ref().unwrap();
    assert_eq!(made.change_id, change.summary.id);
    assert_eq!(
        (made.by.as_str(), &made.rolled_back_by),
        ("approver", &None)
    );
    assert_eq!(Some(made.at), change.outcome.map(|outcome| outcome.at));
    assert_eq!((&one.applied, &three.applied), (&None, &None));
    assert!(three.made_at.is_some());
    assert_eq!(three.accuracy, None, "not measured");

    let path = format!("/api/agents/{id}/outcomes");
    let newest: Outcomes = app.get(&format!("{path}?versions=1")).await.ok();
    assert_eq!(newest.versions, std::slice::from_ref(three));
    assert!(newest.has_older_versions);
    for odd in ["versions=0", "versions=401", "version=1"] {
        let answer = app.get(&format!("{path}?{odd}")).await;
        answer.error(400, ErrorCode::BadRequest);
    }
}

async fn tests_tell_of_the_version_tested_and_of_the_one_that_was_made(database: Database) {
    let app = TestApp::start_on(&database).await;
    let agent = agent(&app).await;
    let id = &agent.summary.id;
    label(&app, &agent, 3, 1).await;
    let ask = "Be kind.\n- Ask for the order number before any refund.\n";
    let change = app.staged(id, ask).await;
    let test = begin(&app, &change, &json!({ "budget_tokens": 1_000_000 })).await;
    let test_id = test.id;
    assert_eq!(ended(&app, &change).await.state, TestState::Completed);
    // A proposal is no version yet.
    let before = outcomes(&app, id).await;
    assert_eq!(before.versions.len(), 1);
    let base = before.versions[0].accuracy.clone().unwrap();
    assert_eq!((base.accuracy.right, base.accuracy.cases), (1, 4));
    assert_eq!((base.as_proposal, base.test_id == test_id), (false, true));

    let change = applied(&app, &app.change(&change.summary.id).await).await;
    let after = outcomes(&app, id).await;
    let made = after.versions[1].accuracy.clone().unwrap();
    assert_eq!((made.accuracy.right, made.accuracy.cases), (3, 4));
    assert_eq!((made.worse, made.better), (1, 3));
    assert!(made.as_proposal && made.change_id == change.summary.id);
    assert_eq!(made.model, "claude-sonnet-5");
    assert_eq!(after.versions[0].accuracy, Some(base));

    // What was called off, or is of a text that was edited since, measures nothing.
    let next = app.staged(id, "Be brief.\n").await;
    begin(&app, &next, &json!({ "budget_tokens": 1_000_000 })).await;
    assert_eq!(ended(&app, &next).await.state, TestState::Completed);
    let measured = outcomes(&app, id).await.versions[1]
        .accuracy
        .clone()
        .unwrap();
    assert!(!measured.as_proposal, "the newest test counts");
    let next = app.change(&next.summary.id).await;
    let edited = json!({ "proposed": "Be very brief.\n" });
    let _edited: Change = app.act("reviewer", &next, "edit", &edited).await.ok();
    let measured = outcomes(&app, id).await.versions[1]
        .accuracy
        .clone()
        .unwrap();
    assert!(measured.as_proposal);
}

async fn a_version_that_does_worse_waits_in_the_inbox_until_it_is_rolled_back(database: Database) {
    let app = TestApp::start_on(&database).await;
    let agent = agent(&app).await;
    let id = &agent.summary.id;
    let waits = async |user: &str| regressed(&app, user).await;
    all_rated(&app, &agent, 20, "positive").await;
    let change = applied(&app, &app.staged(id, "Be rude.\n").await).await;
    all_rated(&app, &agent, 19, "negative").await;
    assert_eq!(waits("reviewer").await, None, "too few to tell");
    all_rated(&app, &agent, 1, "negative").await;

    let item = waits("reviewer").await.unwrap();
    assert_eq!(item.subject, InboxSubject::Agent { id: id.clone() });
    assert_eq!(item.title, "v2 does worse than v1");
    assert_eq!(Some(item.since), change.outcome.as_ref().map(|it| it.at));
    let metric = item.metric.unwrap();
    assert_eq!(review_core::words::metric(&metric), "0 % → 100 % (n = 20)");
    assert_eq!(
        waits("viewer").await,
        None,
        "nothing waits for who may do nothing"
    );
    let found = compare(&outcomes(&app, id).await, RegressionRule::default()).unwrap();
    assert!(found.is_regression());
    assert_eq!(found.applied.unwrap().change_id, change.summary.id);

    let back: Change = app
        .act("reviewer", &change, "rollback", &json!({}))
        .await
        .ok();
    assert!(
        waits("reviewer").await.is_some(),
        "it is staged, not applied"
    );
    let staged = outcomes(&app, id).await.versions[1]
        .applied
        .clone()
        .unwrap();
    assert_eq!(staged.rolled_back_by.as_ref(), Some(&back.summary.id));
    applied(&app, &back).await;
    assert_eq!(waits("reviewer").await, None);
    assert_eq!(outcomes(&app, id).await.now, 3);
}

async fn a_version_that_is_kept_waits_no_more_until_it_does_worse_than_that(database: Database) {
    let app = TestApp::start_on(&database).await;
    let agent = agent(&app).await;
    let id = &agent.summary.id;
    all_rated(&app, &agent, 40, "positive").await;
    let change = applied(&app, &app.staged(id, "Be rude.\n").await).await;
    let path = format!("/api/agents/{id}/regression/keep");
    let wanted = json!({ "version": 2, "reason": "It asks more, and that is wanted." });
    let told = app.post("approver", &path, &wanted).await;
    let told = told.error(409, ErrorCode::Conflict);
    assert!(told.error.message.contains("does no worse"), "{told:?}");
    all_rated(&app, &agent, 10, "positive").await;
    all_rated(&app, &agent, 10, "negative").await;
    let found = regressed(&app, "approver").await.unwrap();
    assert_eq!(found.title, "v2 does worse than v1");

    app.post("reviewer", &path, &wanted)
        .await
        .error(403, ErrorCode::Forbidden);
    for (body, status, code) in [
        (
            json!({ "version": 2, "reason": " " }),
            400,
            ErrorCode::BadRequest,
        ),
        (
            json!({ "version": 1, "reason": "No." }),
            412,
            ErrorCode::Changed,
        ),
    ] {
        app.post("approver", &path, &body).await.error(status, code);
    }
    assert_eq!(outcomes(&app, id).await.kept, None);
    let kept: KeptVersion = app.post("approver", &path, &wanted).await.ok();
    assert_eq!(
        (kept.version, kept.by.as_str(), kept.reason.as_str()),
        (2, "approver", "It asks more, and that is wanted.")
    );
    let share = kept.ratings.unwrap();
    assert_eq!((share.negative, share.rated), (10, 20));
    assert_eq!(kept.accuracy, None, "that was not what was worse");
    let shown = outcomes(&app, id).await.kept.unwrap();
    assert_eq!(
        (shown.version, &shown.by, shown.at, &shown.reason),
        (kept.version, &kept.by, kept.at, &kept.reason)
    );
    for user in ["reviewer", "approver", "admin"] {
        assert_eq!(regressed(&app, user).await, None, "{user}");
    }
    let line = app.ledger().await.remove(0);
    assert_eq!(
        (line.actor.as_str(), line.action),
        ("approver", AuditAction::VersionKept)
    );
    assert_eq!(line.detail["version"], 2);
    assert_eq!(line.detail["reason"], "It asks more, and that is wanted.");
    assert_eq!(line.detail["change_id"], change.summary.id.as_str());
    assert!(
        line.detail["found"][0]
            .as_str()
            .unwrap()
            .contains("10 of 20 rated interactions")
    );
    let told = app.post("admin", &path, &wanted).await;
    let told = told.error(409, ErrorCode::Conflict);
    assert_eq!(told.error.message, "approver keeps version 2 already.");

    // Decisively worse than what was said yes to.
    all_rated(&app, &agent, 19, "negative").await;
    assert_eq!(regressed(&app, "approver").await, None, "too few to tell");
    all_rated(&app, &agent, 1, "negative").await;
    assert!(regressed(&app, "approver").await.is_some());
    let again: KeptVersion = app.post("admin", &path, &wanted).await.ok();
    assert_eq!(again.ratings.map(|share| share.rated), Some(40));
    assert_eq!(regressed(&app, "approver").await, None);

    // Another version is another question.
    applied(&app, &app.staged(id, "Be very rude.\n").await).await;
    all_rated(&app, &agent, 30, "negative").await;
    let found = regressed(&app, "approver").await.unwrap();
    assert_eq!(found.title, "v3 does worse than v2");
}

#[tokio::test]
async fn a_policy_that_names_approvers_leaves_it_to_them_to_keep_a_version() {
    let app = TestApp::start().await;
    let agent = worse(&app).await;
    let agent_path = format!("/api/agents/{}", agent.summary.id);
    let named = json!({ "approvers": ["second"] });
    let _agent: Agent = app.patch("admin", &agent_path, &named).await.ok();
    let path = format!("{agent_path}/regression/keep");
    let body = json!({ "version": 2, "reason": "It is wanted." });
    for user in ["approver", "admin"] {
        let refused = app.post(user, &path, &body).await;
        let refused = refused.error(403, ErrorCode::Forbidden);
        assert_eq!(
            refused.error.message,
            "This agent's policy leaves that to second."
        );
    }
    let kept: KeptVersion = app.post("second", &path, &body).await.ok();
    assert_eq!(kept.by.as_str(), "second");
}
