//! Two people at once: nothing that one did is overwritten by the other, who did not see it.

use super::routes::writes_to_something;
use super::support::TestApp;
use http::Method;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use review_api::{Agent, Change, ChangeId, ErrorCode, Feedback, InteractionSummary, Page};
use serde_json::json;

#[tokio::test]
async fn p46_a_write_that_does_not_say_what_was_seen_is_refused() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await;
    let change = app.staged(&agent.summary.id, "Be kind.").await;
    let suggestion = app
        .suggest(&agent.summary.id, &["Be brief."])
        .await
        .remove(0);
    let comment = app.comment("admin", &change, "Be kind.").await;
    let path = format!("/api/agents/{}/interactions?limit=1", agent.summary.id);
    let page: Page<InteractionSummary> = app.get(&path).await.ok();
    let rating = json!({
        "agent_id": agent.summary.id,
        "interaction_id": page.items[0].id,
        "rating": "positive",
    });
    let rating: Feedback = app.post("admin", "/api/feedback", &rating).await.ok();
    let delivery = super::outgoing::tried(&app, &agent.summary.id).await;
    let before = (app.agent("SupportBot").await, app.ledger().await);
    for (method, path, body) in writes_to_something() {
        let id = match path.split('/').nth(2).unwrap() {
            "agents" => agent.summary.id.as_str(),
            "suggestions" => suggestion.as_str(),
            "comments" => comment.id.as_str(),
            "feedback" => rating.id.as_str(),
            "deliveries" => delivery.id.as_str(),
            _ => change.summary.id.as_str(),
        };
        let path = path.replace("{id}", id);
        let send = async |tag: Option<&str>| {
            let request = app.request("admin", method.clone(), &path, &body);
            let request = match tag {
                Some(tag) => request.header("if-match", tag),
                None => request,
            };
            app.send(request).await
        };
        for none in [None, Some("*")] {
            send(none).await.error(428, ErrorCode::PreconditionRequired);
        }
        let error = send(Some("\"99\"")).await.error(412, ErrorCode::Changed);
        let details = error.error.details.unwrap();
        let now = app.seen_now(&path).await;
        assert_eq!(format!("\"{}\"", details["revision"]), now, "{path}");
    }
    assert_eq!((app.agent("SupportBot").await, app.ledger().await), before);
}

/// What someone does next.
#[derive(Debug, Clone, Copy)]
enum Action {
    Look,
    Edit(u8),
    Approve,
    Apply,
    Withdraw,
    Policy(u32),
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        3 => Just(Action::Look),
        4 => (0_u8..6).prop_map(Action::Edit),
        3 => Just(Action::Approve),
        1 => Just(Action::Apply),
        1 => Just(Action::Withdraw),
        2 => (1_u32..3).prop_map(Action::Policy),
    ]
}

/// Someone, with what they have on their screen.
struct Person {
    name: &'static str,
    change: Change,
    agent: Agent,
}

/// Something that was written: what to, on which revision, and the one that came of it.
type Written = (&'static str, u64, u64);

impl Person {
    /// Does one thing as it looks on the screen; a refusal leaves the screen as it was.
    async fn act(&mut self, app: &TestApp, action: Action) -> Option<Written> {
        let change = &self.change;
        let answer = match action {
            Action::Look => {
                self.change = app.change(&change.summary.id).await;
                self.agent = app.agent("SupportBot").await;
                return None;
            }
            Action::Edit(text) => {
                let body = json!({ "proposed": format!("Text {text} of {}, on {}.", self.name, change.base.version) });
                app.act(self.name, change, "edit", &body).await
            }
            Action::Approve => app.decide(self.name, change, "approve").await,
            Action::Apply => app.decide(self.name, change, "apply").await,
            Action::Withdraw => app.act(self.name, change, "withdraw", &json!({})).await,
            Action::Policy(needed) => return self.set_policy(app, needed).await,
        };
        let seen = change.revision;
        match answer.status.as_u16() {
            200 => self.change = answer.ok(),
            403 | 409 | 412 => {}
            _ => panic!("{action:?}: {} {}", answer.status, answer.text),
        }
        let after = self.change.revision;
        (after != seen).then_some(("change", seen, after))
    }

    async fn set_policy(&mut self, app: &TestApp, needed: u32) -> Option<Written> {
        let path = format!("/api/agents/{}", self.agent.summary.id);
        let body = json!({ "approvals_needed": needed });
        let request = app.request("admin", Method::PATCH, &path, &body);
        let seen = self.agent.revision;
        let answer = app
            .send(request.header("if-match", format!("\"{seen}\"")))
            .await;
        match answer.status.as_u16() {
            200 => self.agent = answer.ok(),
            412 => {}
            _ => panic!("policy: {} {}", answer.status, answer.text),
        }
        let after = self.agent.revision;
        (after != seen).then_some(("agent", seen, after))
    }
}

/// How many interleavings there are.
fn cases() -> u32 {
    let is_long = std::env::var_os("DREAM_REVIEW_LONG").is_some_and(|value| value == "1");
    if is_long { 1_000 } else { 32 }
}

async fn staged(app: &TestApp, agent: &Agent) -> Change {
    let body = json!({
        "agent_id": agent.summary.id, "base_version": agent.prompt.version,
        "proposed": format!("{}\nBe kind.", agent.prompt.text), "title": "Be kind",
    });
    app.post("reviewer", "/api/changes", &body).await.ok()
}

/// Two people act at the same time, six times each, and look only when they choose to.
async fn interleaved(app: &TestApp, steps: &[(Action, Action)]) -> Result<u64, TestCaseError> {
    let agent = app.agent("SupportBot").await;
    let change = staged(app, &agent).await;
    let id: ChangeId = change.summary.id.clone();
    let person = |name| Person {
        name,
        change: change.clone(),
        agent: agent.clone(),
    };
    let (mut one, mut other) = (person("approver"), person("second"));
    let mut written: Vec<Written> = Vec::new();
    for (first, second) in steps {
        let (a, b) = tokio::join!(one.act(app, *first), other.act(app, *second));
        written.extend(a);
        written.extend(b);
    }
    // An update is lost where two were decided on one revision, or one on another than the last.
    let last = app.change(&id).await;
    written.sort_unstable();
    for pair in written.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
        prop_assert!(
            pair[0].2 <= pair[1].1,
            "decided on what was gone: {:?}",
            written
        );
    }
    // And each has its row in the ledger, in this order.
    let rows = last.history.iter();
    let rows: Vec<u64> = rows
        .filter_map(|row| row.detail["revision"].as_u64())
        .collect();
    prop_assert!(rows.is_sorted(), "{:?}", rows);
    for (_, _, after) in written.iter().filter(|(what, ..)| *what == "change") {
        prop_assert!(
            rows.contains(after),
            "{:?} without a row: {:?}",
            after,
            rows
        );
    }
    if last.summary.state.is_open() {
        app.act("reviewer", &last, "withdraw", &json!({}))
            .await
            .ok::<Change>();
    }
    Ok(written.len() as u64)
}

#[test]
fn p46_two_people_at_once_lose_no_update() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let app = runtime.block_on(TestApp::start());
    let cases = cases();
    let mut runner = TestRunner::new(Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 64,
        ..Config::default()
    });
    let writes = std::cell::Cell::new(0);
    let steps = prop::collection::vec((action(), action()), 6);
    let result = runner.run(&steps, |steps| {
        let taken = runtime.block_on(interleaved(&app, &steps))?;
        writes.set(writes.get() + taken);
        Ok(())
    });
    println!(
        "P46: {cases} interleavings of 2 users x 6 actions, {} writes, 0 lost",
        writes.get()
    );
    if let Err(error) = result {
        panic!("{error}");
    }
    assert!(
        writes.get() > u64::from(cases),
        "too little was written to prove anything"
    );
    runtime.block_on(async move {
        let mut app = app;
        app.stop().await;
    });
}
