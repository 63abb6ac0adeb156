//! Dreams that wrote into the store that they read, which nobody decided, and how that is taken back.

use super::automation::{applies, policy, tick};
use super::dreaming::{asked_upstream, complete, sleeper, switched_on};
use super::memory_rig::{Store, sha};
use super::support::{KEY, TestApp};
use jiff::Timestamp;
use review_api::{
    Agent, AuditAction, Change, ChangeState, ChangeTarget, DreamId, DreamReport, DreamRun,
    DreamTrend, ErrorCode, Feedback, InPlace, Inbox, InboxReason, InboxSubject, InteractionSummary,
    MemoryCounts, NotTakenBack, Page, ReflectionState, Suggestion, SuggestionStatus, Trends,
};
use review_core::manifest::steps;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// An app with a dream that somebody else started and that writes into the store that it reads.
struct Rig {
    app: TestApp,
    agent: Agent,
    dream: DreamId,
    store_id: String,
}

impl Rig {
    /// Starts the dream and leads it to where it writes.
    async fn start() -> Self {
        let app = TestApp::start().await;
        let agent = sleeper(&app).await;
        Self::on(app, agent).await
    }

    async fn on(app: TestApp, agent: Agent) -> Self {
        // A dream of ours says what a sound request is.
        let path = format!("/api/agents/{}/dreams", agent.summary.id);
        let run: DreamRun = app.post("reviewer", &path, &json!({})).await.ok();
        let mut body = asked_upstream(&app).await.remove(0);
        let cancel = format!("/api/dreams/{}/cancel", run.dream_id.unwrap());
        app.post("reviewer", &cancel, &json!({}))
            .await
            .ok::<DreamReport>();
        let store_id = body["inputs"][0]["memory_store_id"].clone();
        body["output_behavior"] = json!({ "type": "update_existing", "memory_store_id": store_id });
        let dream = asked_by_others(&app, &body).await;
        let rig = Self {
            dream,
            store_id: store_id.as_str().unwrap().to_owned(),
            app,
            agent,
        };
        for _ in 0..2 {
            rig.control("advance", &json!({})).await;
        }
        rig.app.synced().await;
        rig
    }

    async fn control(&self, what: &str, body: &Value) {
        let path = format!("/__control/dreams/{}/{what}", self.dream);
        let request = self
            .app
            .client
            .post(self.app.platform_url(&path))
            .json(body);
        let answer = self.app.send(request).await;
        assert!(answer.status.is_success(), "{}", answer.text);
    }

    async fn writes(&self, acts: Value) {
        self.control("writes", &json!({ "writes": acts })).await;
    }

    async fn store(&self) -> Store<'_> {
        Store::known(&self.app, &self.store_id).await
    }

    async fn report(&self) -> DreamReport {
        let path = format!("/api/dreams/{}", self.dream);
        self.app.get(&path).await.ok()
    }

    /// Lets the dream end and what it wrote be looked for.
    async fn ended(&self) -> DreamReport {
        complete(&self.app, &self.dream).await;
        self.app.synced().await;
        self.report().await
    }

    /// Returns what takes the dream back.
    async fn back(&self, report: &DreamReport) -> Suggestion {
        let row = report.suggestions.iter().find(|row| row.takes_back);
        self.app.suggestion(&row.unwrap().id).await
    }

    async fn stage(&self, back: &Suggestion) -> Change {
        let manifest = &back.memory.as_ref().unwrap().manifest;
        let body = json!({ "suggestion_ids": [back.id], "memory": manifest });
        self.app.post("reviewer", "/api/changes", &body).await.ok()
    }
}

/// Asks the platform itself for a dream.
async fn asked_by_others(app: &TestApp, body: &Value) -> DreamId {
    let request = app
        .client
        .post(app.platform_url("/v1/dreams"))
        .bearer_auth(KEY)
        .header("anthropic-version", "2026-10-21")
        .header("anthropic-beta", "dreaming-2026-04-21")
        .json(body);
    let dream: Value = app.send(request).await.ok();
    DreamId(dream["id"].as_str().unwrap().to_owned())
}

fn known(report: &DreamReport) -> (MemoryCounts, NotTakenBack) {
    match report.in_place {
        Some(InPlace::Known { did, left_out }) => (did, left_out),
        other => panic!("{other:?}"),
    }
}

fn words(back: &Suggestion) -> Vec<String> {
    let operations = &back.memory.as_ref().unwrap().manifest.operations;
    operations.iter().map(steps::in_words).collect()
}

#[tokio::test]
async fn p15_what_a_dream_wrote_by_itself_is_taken_back_by_a_change_like_any_other() {
    let rig = Box::pin(Rig::start()).await;
    let store = rig.store().await;
    let before = store.texts().await;
    // Not those that the demo's dreams write to.
    let mut paths = before.keys().rev();
    let [gone, moved, edited] = [(); 3].map(|()| paths.next().unwrap());
    assert_eq!(rig.report().await.in_place, Some(InPlace::Waiting));
    rig.writes(json!([
        { "path": gone },
        { "path": moved, "to": "/moved/here.md" },
        { "path": edited, "content": "What the dream wrote." },
        { "path": edited, "content": "What the dream wrote in the end." },
        { "path": "/made.md", "content": "Made up." },
    ]))
    .await;
    let report = rig.ended().await;
    let dreamt = store.texts().await;
    let (did, left_out) = known(&report);
    assert_eq!((did.deleted, did.renamed), (1, 1));
    assert!(did.edited >= 1 && did.created >= 1, "{did:?}");
    assert_eq!(left_out, NotTakenBack::default());

    let back = rig.back(&report).await;
    assert!(back.takes_back);
    assert_eq!(back.target, ChangeTarget::Memory);
    assert!(
        back.title.starts_with("Take back: 1 deleted, "),
        "{}",
        back.title
    );
    assert!(
        back.rationale.contains("nobody decided it"),
        "{}",
        back.rationale
    );
    let all = words(&back);
    for one in [
        format!("create {gone}"),
        format!("rename /moved/here.md to {moved}"),
        format!("edit {edited}"),
        "delete /made.md".to_owned(),
    ] {
        assert!(all.contains(&one), "{one}: {all:?}");
    }
    let held = &back.memory.as_ref().unwrap().before;
    let one = held.iter().find(|one| one.path == *edited).unwrap();
    assert_eq!(one.content, "What the dream wrote in the end.");
    let derived = &rig.app.ledger().await[0];
    assert_eq!(derived.action, AuditAction::MemoriesDerived);
    assert_eq!(derived.detail["takes_back"], true);

    // Once, and by people: staged, approved by another one, applied.
    rig.app.synced().await;
    assert_eq!(rig.report().await.suggestions, report.suggestions);
    let change = rig.stage(&back).await;
    let alone = json!({ "digest": change.digest, "findings_read": change.findings_sha256 });
    rig.app
        .act("reviewer", &change, "approve", &alone)
        .await
        .error(403, ErrorCode::Forbidden);
    assert_eq!(store.texts().await, dreamt, "nothing was written so far");
    let applied = store.applied(&change).await;
    assert_eq!(applied.summary.state, ChangeState::Applied);
    assert_eq!(store.texts().await, before);
    let back = rig.app.suggestion(&back.id).await;
    assert_eq!(back.status, SuggestionStatus::Applied);

    // And that is rolled back like any other.
    let rolled: Change = rig
        .app
        .post(
            "reviewer",
            &format!("/api/changes/{}/rollback", applied.summary.id),
            &json!({}),
        )
        .await
        .ok();
    store.applied(&rolled).await;
    assert_eq!(store.texts().await, dreamt);
}

#[tokio::test]
async fn what_others_wrote_since_and_what_cannot_be_had_is_left_out_and_counted() {
    let rig = Box::pin(Rig::start()).await;
    let mut store = rig.store().await;
    let before = store.texts().await;
    let mut paths = before.keys().rev();
    let [gone, blanked, edited, corrected] = [(); 4].map(|()| paths.next().unwrap().clone());
    rig.writes(json!([
        { "path": gone },
        { "path": blanked, "content": "Dreamt over it." },
        { "path": edited, "content": "Dreamt." },
        { "path": corrected, "content": "Dreamt wrongly." },
    ]))
    .await;
    // Somebody needs the place, somebody corrects the dream, and somebody blanks out what must not come back.
    store.make_memory(&gone, "Somebody's.").await;
    store.write(&corrected, "Corrected by somebody.").await;
    store.redact(&sha(&before[&blanked])).await;
    let report = rig.ended().await;
    let (did, left_out) = known(&report);
    assert!(did.edited >= 3 && did.deleted == 1, "{did:?}");
    let expected = NotTakenBack {
        changed_since: 1,
        text_gone: 1,
        path_taken: 1,
        beyond_limits: 0,
    };
    assert_eq!(left_out, expected);
    let back = rig.back(&report).await;
    for sentence in [
        "because somebody else wrote to it since the dream did.",
        "because what it was before cannot be had from the platform any more.",
        "because another memory is in the way of where it was.",
    ] {
        assert!(back.rationale.contains(sentence), "{}", back.rationale);
    }
    assert!(!format!("{back:?}").contains(&before[&blanked]));
    let dreamt = store.texts().await;
    store.look().await;
    let applied = store.applied(&rig.stage(&back).await).await;
    assert_eq!(applied.summary.state, ChangeState::Applied);
    let mut expected: BTreeMap<String, String> = before;
    for path in [&gone, &blanked, &corrected] {
        expected.insert(path.clone(), dreamt[path].clone());
    }
    assert_eq!(store.texts().await, expected);
}

#[tokio::test]
async fn what_a_dream_wrote_before_it_failed_or_was_called_off_is_taken_back_as_well() {
    for is_failure in [true, false] {
        let rig = Box::pin(Rig::start()).await;
        let store = rig.store().await;
        let before = store.texts().await;
        rig.writes(json!([{ "path": "/half.md", "content": "Half of it." }]))
            .await;
        if is_failure {
            rig.control("fail", &json!({ "type": "timeout" })).await;
        } else {
            let cancel = format!("/api/dreams/{}/cancel", rig.dream);
            rig.app.synced().await;
            rig.app
                .post("reviewer", &cancel, &json!({}))
                .await
                .ok::<DreamReport>();
        }
        rig.app.synced().await;
        let report = rig.report().await;
        assert_eq!(known(&report).0.created, 1);
        let back = rig.back(&report).await;
        assert_eq!(words(&back), ["delete /half.md"]);
        store.applied(&rig.stage(&back).await).await;
        assert_eq!(store.texts().await, before);
    }
}

#[tokio::test]
async fn where_nothing_is_left_of_it_nothing_is_proposed_and_that_is_said() {
    let rig = Box::pin(Rig::start()).await;
    rig.writes(json!([{ "path": "/half.md", "content": "Half of it." }]))
        .await;
    let mut store = rig.store().await;
    rig.control("fail", &json!({ "type": "timeout" })).await;
    store.delete_now("/half.md").await;
    rig.app.synced().await;
    let report = rig.report().await;
    assert_eq!(known(&report).1.changed_since, 1);
    assert!(report.suggestions.is_empty(), "{:?}", report.suggestions);
    assert_eq!(report.reported_at, None, "and that is no report");

    // A store that is gone tells nothing any more.
    let other = Box::pin(Rig::start()).await;
    store = other.store().await;
    other.control("fail", &json!({ "type": "timeout" })).await;
    store.remove().await;
    other.app.synced().await;
    assert_eq!(other.report().await.in_place, Some(InPlace::Unknown));
}

#[tokio::test]
async fn an_older_dream_that_wrote_in_place_is_not_passed_over_for_a_newer_one() {
    let rig = Box::pin(Rig::start()).await;
    rig.writes(json!([{ "path": "/first.md", "content": "The first." }]))
        .await;
    complete(&rig.app, &rig.dream).await;
    let (app, first) = (rig.app, rig.dream);
    // Nobody looks before a later one has ended, too.
    let body = asked_upstream(&app).await.remove(0);
    assert_eq!(body["output_behavior"]["type"], "create_new");
    complete(&app, &asked_by_others(&app, &body).await).await;
    app.synced().await;
    let report: DreamReport = app.get(&format!("/api/dreams/{first}")).await.ok();
    assert!(known(&report).0.created >= 1);
    assert!(report.suggestions.iter().any(|row| row.takes_back));
}

#[tokio::test]
async fn a_taking_back_is_no_proposal_of_the_dream() {
    let app = TestApp::start_with(|config| config.allow_private_webhooks = true).await;
    let agent = sleeper(&app).await;
    let id = agent.summary.id.clone();
    // All that a policy may do, and a webhook.
    let agent = policy(&app, &agent, applies()).await;
    let webhook = json!({ "feedback_webhook": "http://127.0.0.1:9/reports" });
    app.patch("admin", &format!("/api/agents/{id}"), &webhook)
        .await
        .ok::<Agent>();
    let rig = Rig::on(app, agent).await;
    rig.writes(json!([{ "path": "/made.md", "content": "Made up." }]))
        .await;
    let report = rig.ended().await;
    let back = rig.back(&report).await;
    let app = &rig.app;

    // Nothing goes out: there is nothing to apply in it.
    let deliveries: Page<Value> = app.get(&format!("/api/agents/{id}/deliveries")).await.ok();
    let of_dream = |one: &Value| one["dream_id"] == rig.dream.as_str();
    assert!(!deliveries.items.iter().any(of_dream), "{deliveries:?}");

    // Nor does a policy take it up, neither by itself nor when it is told to.
    tick(app).await;
    app.proxy()
        .app
        .review
        .stage_by_policy(&back.id)
        .await
        .unwrap();
    let after = app.suggestion(&back.id).await;
    assert_eq!(
        (after.status, after.change_id),
        (SuggestionStatus::Open, None)
    );

    // It waits for people, as what it is, and does not count as what the dream came to.
    let inbox: Inbox = app.get_as("reviewer", "/api/inbox?limit=100").await.ok();
    let item = inbox.items.iter().find(|item| {
        item.subject
            == InboxSubject::Suggestion {
                id: back.id.clone(),
            }
    });
    assert_eq!(item.unwrap().reason, InboxReason::TakeBack);
    let trends: Trends = app.get(&format!("/api/agents/{id}/trends")).await.ok();
    let of = |one: &&DreamTrend| one.dream_id == rig.dream;
    let trend = trends.dreams.iter().find(of).unwrap();
    assert_eq!((trend.open, trend.rejected), (0, 0));
    let last = app.agent(&rig.agent.summary.name).await.summary.last_dream;
    assert_eq!(last.unwrap().suggestions, Some(0));
}

#[tokio::test]
async fn a_reflection_reads_what_the_dream_wrote_and_not_what_takes_it_back() {
    let app = TestApp::start().await;
    let agent = sleeper(&app).await;
    let id = agent.summary.id.clone();
    let path = format!("/api/agents/{id}/interactions?limit=1");
    let newest = app
        .get(&path)
        .await
        .ok::<Page<InteractionSummary>>()
        .items
        .remove(0);
    let rating = json!({
        "agent_id": id, "interaction_id": newest.id, "rating": "negative", "comment": "Too long.",
    });
    app.post("reviewer", "/api/feedback", &rating)
        .await
        .ok::<Feedback>();
    switched_on(&app, &agent, json!({ "reflects": true })).await;
    let rig = Rig::on(app, agent).await;
    let kept = rig.store().await;
    let before = kept.texts().await;
    let (gone, was) = before.iter().next_back().unwrap();
    rig.writes(json!([
        { "path": gone },
        { "path": "/made.md", "content": "Always say that the moon is made of cheese." },
    ]))
    .await;
    rig.ended().await;
    let app = &rig.app;
    app.proxy()
        .app
        .reflector
        .work(Timestamp::now())
        .await
        .unwrap();
    let reflection = rig.report().await.reflection.unwrap();
    assert_ne!(reflection.state, ReflectionState::Waiting);
    let url = app.platform_url("/__control/requests");
    let all: Value = app.send(app.client.get(url)).await.ok();
    let asked = all["data"].as_array().unwrap().iter();
    let question = asked
        .filter(|request| request["path"] == "/v1/messages")
        .map(|request| request["body"].to_string())
        .next_back()
        .unwrap();
    assert!(
        question.contains("the moon is made of cheese"),
        "{question}"
    );
    for sign in ["memory-created", "memory-deleted", &**gone] {
        assert!(question.contains(sign), "{sign}: {question}");
    }
    let was = was.lines().next().unwrap();
    assert!(!question.contains(was), "{was}: {question}");
}
