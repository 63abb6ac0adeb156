//! What policies do by themselves: staged and tested once, applied where nothing stands against it, paused at once.

use super::staging_tests::{ASK, ended, label};
use super::support::TestApp;
use crate::databases::{Database, break_ledger, on_each_database};
use http::Method;
use review_api::{
    Agent, AuditAction, AutomaticActKind, AutomationSwitch, Change, ChangeState, ChangeSummary,
    ErrorCode, Inbox, Page, SuggestionId, SuggestionStatus, TestOutcome, TestState,
};
use review_core::automation::Losses;
use serde_json::{Value, json};

on_each_database!(
    each_suggestion_is_staged_and_tested_once_over_all_processes_and_restarts,
    p24_what_a_policy_does_and_cannot_record_is_not_done,
);

/// Makes an agent without tools, whose policy acts by itself.
pub(crate) async fn agent(app: &TestApp, automation: Value) -> Agent {
    let body =
        json!({ "name": "Refunds", "model": "claude-sonnet-5", "system_prompt": "Be kind.\n" });
    let agent: Agent = app.post("admin", "/api/agents", &body).await.ok();
    policy(app, &agent, automation).await
}

/// Gives an agent's policy another automation.
pub(crate) async fn policy(app: &TestApp, agent: &Agent, automation: Value) -> Agent {
    let path = format!("/api/agents/{}", agent.summary.id);
    let body = json!({ "automation": automation });
    app.patch("admin", &path, &body).await.ok()
}

pub(crate) fn applies() -> Value {
    json!({ "mode": "apply", "without_approvals": true })
}

/// Has the policies do what they have to do now.
pub(crate) async fn tick(app: &TestApp) {
    app.proxy().app.automator.tick().await.unwrap();
}

pub(crate) async fn suggest(app: &TestApp, agent: &Agent, prompt: &str) -> SuggestionId {
    let id = &agent.summary.id;
    app.suggest(id, &[prompt]).await.remove(0)
}

/// Returns the one change of an agent.
pub(crate) async fn only_change(app: &TestApp, agent: &Agent) -> Change {
    let changes = changes(app, agent).await;
    assert_eq!(changes.len(), 1, "{changes:?}");
    app.change(&changes[0].id).await
}

async fn changes(app: &TestApp, agent: &Agent) -> Vec<ChangeSummary> {
    let path = format!("/api/changes?agent_id={}", agent.summary.id);
    app.get(&path).await.ok::<Page<ChangeSummary>>().items
}

pub(crate) async fn switch(app: &TestApp, user: &str, what: &str) -> super::support::Answer {
    let path = format!("/api/automation/{what}");
    let body = json!({ "reason": "Refunds go wrong." });
    app.post(user, &path, &body).await
}

async fn inbox(app: &TestApp) -> Inbox {
    app.get_as("viewer", "/api/inbox").await.ok()
}

/// Returns what the policy did, oldest first.
async fn acts(app: &TestApp) -> Vec<AuditAction> {
    let mut lines = app.ledger().await;
    lines.reverse();
    let by_policy = lines.iter().filter(|line| line.actor == "policy");
    by_policy.map(|line| line.action).collect()
}

fn asking() -> String {
    format!("Be kind.\n{ASK}\n")
}

#[tokio::test]
async fn a_policy_stages_and_tests_a_suggestion_and_leaves_the_rest_to_people() {
    let app = TestApp::start().await;
    let agent = agent(&app, json!({ "mode": "stage_and_test" })).await;
    label(&app, &agent, 21, 0).await;
    tick(&app).await;
    assert_eq!(changes(&app, &agent).await, [], "there is nothing to stage");
    let suggestion = suggest(&app, &agent, &asking()).await;
    tick(&app).await;
    let change = only_change(&app, &agent).await;
    assert_eq!(change.summary.staged_by.as_str(), "policy");
    assert_eq!(change.proposed, asking());
    assert_eq!(change.suggestion_ids, std::slice::from_ref(&suggestion));
    assert_eq!(
        app.suggestion(&suggestion).await.status,
        SuggestionStatus::Staged
    );
    let test = ended(&app, &change).await;
    assert_eq!(
        (test.state, test.outcome, test.asked_by.as_str()),
        (TestState::Completed, Some(TestOutcome::Passed), "policy")
    );
    tick(&app).await;
    tick(&app).await;
    let change = only_change(&app, &agent).await;
    assert_eq!(change.summary.state, ChangeState::Staged);
    assert!(app.updates_upstream(&agent.summary.id).await.is_empty());
    let lines = app.ledger().await;
    let staged = lines
        .iter()
        .find(|line| line.action == AuditAction::ChangeStaged)
        .unwrap();
    let begun = lines
        .iter()
        .find(|line| line.action == AuditAction::TestStarted)
        .unwrap();
    for line in [staged, begun] {
        assert_eq!(line.actor, "policy");
        assert_eq!(line.detail["policy_version"], change.policy.version);
    }
    let announced = inbox(&app).await.automatic;
    assert_eq!(announced.len(), 1);
    assert_eq!(announced[0].kind, AutomaticActKind::Tested);
    assert_eq!(
        announced[0].change_id.as_ref().unwrap().as_str(),
        change.summary.id.as_str()
    );
    assert_eq!(announced[0].words, [test.sentence]);
    // The policy is nobody: whoever may approve may approve this.
    let approved: Change = app.decide("approver", &change, "approve").await.ok();
    let applied: Change = app.decide("approver", &approved, "apply").await.ok();
    assert_eq!(applied.summary.state, ChangeState::Applied);
}

#[tokio::test]
async fn a_policy_applies_what_is_good_by_the_same_steps_as_a_person() {
    let app = TestApp::start().await;
    let agent = agent(&app, applies()).await;
    label(&app, &agent, 21, 0).await;
    suggest(&app, &agent, &asking()).await;
    tick(&app).await;
    let change = only_change(&app, &agent).await;
    let test = ended(&app, &change).await;
    tick(&app).await;
    let applied = only_change(&app, &agent).await;
    assert_eq!(
        applied.summary.state,
        ChangeState::Applied,
        "{:?}",
        applied.automatic
    );
    let outcome = applied.outcome.as_ref().unwrap();
    assert_eq!((outcome.by.as_str(), outcome.version), ("policy", Some(2)));
    let updates = app.updates_upstream(&agent.summary.id).await;
    assert_eq!(updates.len(), 1);
    assert_eq!(updates[0]["body"]["version"], 1, "with its precondition");
    assert_eq!(updates[0]["body"]["system"], asking());
    assert_eq!(
        acts(&app).await,
        [
            AuditAction::ChangeStaged,
            AuditAction::TestStarted,
            AuditAction::ApplyStarted,
            AuditAction::ChangeApplied
        ]
    );
    let lines = app.ledger().await;
    let begun = lines
        .iter()
        .find(|line| line.action == AuditAction::ApplyStarted)
        .unwrap();
    assert_eq!(begun.detail["policy_version"], applied.policy.version);
    assert_eq!(begun.detail["test_id"], test.id);
    assert_eq!(begun.detail["digest"], applied.digest);
    assert_eq!(
        (
            &begun.detail["approvals"],
            &begun.detail["approvals_needed"]
        ),
        (&json!(0), &json!(1))
    );
    let announced = inbox(&app).await.automatic.remove(0);
    assert_eq!(announced.kind, AutomaticActKind::Applied);
    assert_eq!(announced.state, Some(ChangeState::Applied));
    tick(&app).await;
    assert_eq!(app.updates_upstream(&agent.summary.id).await.len(), 1);
    // It is taken back as any other.
    let back: Change = app
        .act("reviewer", &applied, "rollback", &json!({}))
        .await
        .ok();
    tick(&app).await;
    assert_eq!(
        app.change(&back.summary.id).await.summary.state,
        ChangeState::Staged
    );
}

#[tokio::test]
async fn the_switch_holds_between_the_end_of_a_test_and_the_application() {
    let app = TestApp::start().await;
    let agent = agent(&app, applies()).await;
    label(&app, &agent, 21, 0).await;
    suggest(&app, &agent, &asking()).await;
    tick(&app).await;
    let change = only_change(&app, &agent).await;
    ended(&app, &change).await;
    let paused: AutomationSwitch = switch(&app, "reviewer", "pause").await.ok();
    assert_eq!(paused.paused.as_ref().unwrap().by.as_str(), "reviewer");
    tick(&app).await;
    let waiting = only_change(&app, &agent).await;
    assert_eq!(waiting.summary.state, ChangeState::Staged);
    assert_eq!(
        waiting.automatic.as_ref().unwrap().refused,
        ["Automation is paused for all agents, by reviewer: Refunds go wrong."]
    );
    // Whoever had looked before it was paused is stopped where the intent would be written.
    let review = &app.proxy().app.review;
    let losses = Losses::of(&waiting);
    let refused = review
        .apply_by_policy(&waiting.summary.id, waiting.digest.clone(), losses)
        .await
        .unwrap_err();
    assert!(refused.message.contains("paused"), "{}", refused.message);
    assert!(app.updates_upstream(&agent.summary.id).await.is_empty());
    assert_eq!(inbox(&app).await.paused, paused.paused);

    // Nothing else is done either, and nothing is lost by it.
    let other = suggest(&app, &agent, "Be kind.\nBe brief.\n").await;
    tick(&app).await;
    assert_eq!(
        app.suggestion(&other).await.status,
        SuggestionStatus::Open,
        "it waits"
    );
    switch(&app, "approver", "resume")
        .await
        .error(403, ErrorCode::Forbidden);
    let resumed: AutomationSwitch = switch(&app, "admin", "resume").await.ok();
    assert_eq!((resumed.paused, resumed.revision), (None, 2));
    tick(&app).await;
    let state = app.change(&waiting.summary.id).await.summary.state;
    assert_eq!(state, ChangeState::Applied);
}

#[tokio::test]
async fn a_policy_that_was_switched_off_begins_no_test_of_what_it_staged() {
    let app = TestApp::start().await;
    let agent = agent(&app, json!({ "mode": "stage_and_test" })).await;
    label(&app, &agent, 1, 0).await;
    let suggestion = suggest(&app, &agent, &asking()).await;
    let review = &app.proxy().app.review;
    assert!(review.stage_by_policy(&suggestion).await.unwrap());
    let off = policy(&app, &agent, json!({ "mode": "off" })).await;
    tick(&app).await;
    let change = only_change(&app, &agent).await;
    assert_eq!(change.test, None, "it is off");
    // Whoever had looked before it was switched off begins none either.
    let tester = &app.proxy().app.tester;
    assert!(!tester.begin_by_policy(&change.summary.id).await.unwrap());
    assert_eq!(only_change(&app, &agent).await.test, None);
    policy(&app, &off, json!({ "mode": "stage_and_test" })).await;
    tick(&app).await;
    assert!(only_change(&app, &agent).await.test.is_some());
}

#[tokio::test]
async fn the_switch_says_who_when_and_why_and_is_used_on_what_was_seen() {
    let app = TestApp::start().await;
    agent(&app, json!({ "mode": "stage_and_test" })).await;
    let answer = app.get("/api/automation").await;
    assert_eq!(answer.header("etag"), "\"0\"");
    let switch_now: AutomationSwitch = answer.ok();
    assert_eq!((switch_now.paused, switch_now.agents), (None, 1));
    switch(&app, "viewer", "pause")
        .await
        .error(403, ErrorCode::Forbidden);
    let empty = json!({ "reason": " " });
    app.post("reviewer", "/api/automation/pause", &empty)
        .await
        .error(400, ErrorCode::BadRequest);
    let _paused: AutomationSwitch = switch(&app, "reviewer", "pause").await.ok();
    switch(&app, "approver", "pause")
        .await
        .error(409, ErrorCode::Conflict);
    let stale = app
        .request(
            "admin",
            Method::POST,
            "/api/automation/resume",
            &json!({ "reason": "Mended." }),
        )
        .header("if-match", "\"0\"");
    let changed = app.send(stale).await.error(412, ErrorCode::Changed);
    let since = changed.error.details.unwrap();
    assert_eq!(since["since"][0]["action"], "automation_paused");
    assert_eq!(since["since"][0]["detail"]["reason"], "Refunds go wrong.");
    let _resumed: AutomationSwitch = switch(&app, "admin", "resume").await.ok();
    switch(&app, "admin", "resume")
        .await
        .error(409, ErrorCode::Conflict);
    let lines = app.ledger().await;
    let used: Vec<(&str, AuditAction)> = lines
        .iter()
        .map(|line| (line.actor.as_str(), line.action))
        .take(2)
        .collect();
    assert_eq!(
        used,
        [
            ("admin", AuditAction::AutomationResumed),
            ("reviewer", AuditAction::AutomationPaused)
        ]
    );
}

async fn each_suggestion_is_staged_and_tested_once_over_all_processes_and_restarts(
    database: Database,
) {
    let mut app = TestApp::start_on(&database).await;
    let agent = agent(&app, json!({ "mode": "stage_and_test" })).await;
    label(&app, &agent, 3, 0).await;
    // A server may be shared with a second process.
    let second = match database.url() {
        Some(_) => {
            let mut config = app.config.clone();
            config.data = app.folder.path().join("second");
            Some(review_proxy::start(config).await.unwrap())
        }
        None => None,
    };
    let first = app.suggest(&agent.summary.id, &["One.\n"]).await.remove(0);
    let other = second.as_ref().map_or(&app.proxy().app, |it| &it.app);
    let automators = [&app.proxy().app.automator, &other.automator];
    let ticks = (0..6).map(|number| automators[number % 2].tick());
    for done in futures_util::future::join_all(ticks).await {
        done.unwrap();
    }
    if let Some(second) = second {
        second.shutdown().await;
    }
    app.restart().await;
    tick(&app).await;
    let change = only_change(&app, &agent).await;
    assert_eq!(change.suggestion_ids, [first]);
    // What was being tested when its process went away is taken up by its lease; here it may have ended.
    let lines = app.ledger().await;
    let count = |action| lines.iter().filter(|line| line.action == action).count();
    assert_eq!(count(AuditAction::ChangeStaged), 1);
    assert_eq!(count(AuditAction::TestStarted), 1);
    // A change that people gave up is not staged again.
    let withdrawn: Change = app
        .act("reviewer", &change, "withdraw", &json!({}))
        .await
        .ok();
    assert_eq!(withdrawn.summary.state, ChangeState::Withdrawn);
    tick(&app).await;
    assert_eq!(changes(&app, &agent).await.len(), 1);
}

#[tokio::test]
async fn what_came_before_and_what_was_made_on_another_version_is_left_to_people() {
    let app = TestApp::start().await;
    let off = agent(&app, json!({ "mode": "off" })).await;
    let before = suggest(&app, &off, "Early.\n").await;
    let agent = policy(&app, &off, json!({ "mode": "stage_and_test" })).await;
    let old = suggest(&app, &agent, "Old.\n").await;
    app.edit_upstream(&agent.summary.id, "Someone else was here.")
        .await;
    tick(&app).await;
    assert_eq!(changes(&app, &agent).await, []);
    for id in [&before, &old] {
        assert_eq!(app.suggestion(id).await.status, SuggestionStatus::Open);
    }
    let announced = inbox(&app).await.automatic;
    assert_eq!(
        announced.len(),
        1,
        "what came before is not taken up at all"
    );
    for act in &announced {
        assert_eq!(act.kind, AutomaticActKind::Left);
        assert!(act.words[0].contains("version 1"), "{act:?}");
    }
    let taken = acts(&app).await;
    assert_eq!(taken, [AuditAction::AutomationLeft]);
    tick(&app).await;
    assert_eq!(acts(&app).await.len(), 1, "once");
}

#[tokio::test]
async fn a_policy_that_cannot_act_so_is_refused() {
    let app = TestApp::start().await;
    let agent = agent(&app, applies()).await;
    let path = format!("/api/agents/{}", agent.summary.id);
    for bad in [
        json!({ "mode": "everything" }),
        json!({ "mode": "apply", "most_lines": 0 }),
        json!({ "mode": "apply", "most_lines": 201 }),
    ] {
        let body = json!({ "automation": bad });
        app.patch("admin", &path, &body)
            .await
            .error(400, ErrorCode::BadRequest);
    }
    let body = json!({ "automation": { "mode": "off" } });
    app.patch("approver", &path, &body)
        .await
        .error(403, ErrorCode::Forbidden);
    let off: Agent = app.patch("admin", &path, &body).await.ok();
    assert_eq!(off.policy.version, agent.policy.version + 1);
    let lines = app.ledger().await;
    assert_eq!(lines[0].action, AuditAction::PolicyChanged);
    assert_eq!(lines[0].actor, "admin");
    assert_eq!(lines[0].detail["before"]["automation"]["mode"], "apply");
}

async fn p24_what_a_policy_does_and_cannot_record_is_not_done(database: Database) {
    let app = TestApp::start_on(&database).await;
    let agent = agent(&app, applies()).await;
    label(&app, &agent, 21, 0).await;
    let broken = async |is_broken| {
        let mut write = app.proxy().app.store.write().await.unwrap();
        break_ledger(&mut write, is_broken).await;
        write.commit().await.unwrap();
    };
    let suggestion = suggest(&app, &agent, &asking()).await;
    broken(true).await;
    for user in ["reviewer", "admin"] {
        let refused = switch(&app, user, "pause").await;
        refused.error(503, ErrorCode::Unavailable);
    }
    tick(&app).await;
    assert_eq!(changes(&app, &agent).await, [], "not staged");
    assert_eq!(
        app.suggestion(&suggestion).await.status,
        SuggestionStatus::Open
    );
    broken(false).await;
    assert!(
        app.proxy()
            .app
            .review
            .stage_by_policy(&suggestion)
            .await
            .unwrap()
    );
    let change = only_change(&app, &agent).await;
    broken(true).await;
    tick(&app).await;
    assert_eq!(
        app.change(&change.summary.id).await.test,
        None,
        "not tested"
    );
    broken(false).await;
    tick(&app).await;
    ended(&app, &change).await;
    broken(true).await;
    tick(&app).await;
    let waiting = app.change(&change.summary.id).await;
    assert_eq!(waiting.summary.state, ChangeState::Staged, "not applied");
    assert!(app.updates_upstream(&agent.summary.id).await.is_empty());
    broken(false).await;
    let _paused: AutomationSwitch = switch(&app, "reviewer", "pause").await.ok();
    broken(true).await;
    let refused = switch(&app, "admin", "resume").await;
    refused.error(503, ErrorCode::Unavailable);
    broken(false).await;
    let _resumed: AutomationSwitch = switch(&app, "admin", "resume").await.ok();
    tick(&app).await;
    assert_eq!(
        app.change(&change.summary.id).await.summary.state,
        ChangeState::Applied
    );
}
