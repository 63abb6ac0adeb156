//! Changes of memories: staged on a store as it is, applied step by step, found out about, and undone.

use super::memory_rig::{Store, by_path, create, named, sha, steps};
use super::support::{TestApp, until};
use demo_platform::FaultKind;
use jiff::SignedDuration;
use review_api::{
    AuditAction, Change, ChangeState, ChangeTarget, ErrorCode, MAX_MEMORY_OPERATIONS, Memory,
    MemoryStoreSummary, MemorySummary, Page, Part, Timestamp,
};
use serde_json::{Value, json};

const AT_ONCE: SignedDuration = SignedDuration::ZERO;
const LATER: SignedDuration = SignedDuration::from_mins(10);

/// Lets the proxy look at the platform, as it does every few seconds.
async fn watched(app: &TestApp) {
    let review = &app.proxy().app.review;
    review.watch(Timestamp::now()).await.unwrap();
}

async fn reconciled(app: &TestApp, after: SignedDuration) {
    let review = &app.proxy().app.review;
    review.reconcile(Timestamp::now() + after).await.unwrap();
}

fn actions(change: &Change) -> Vec<AuditAction> {
    change.history.iter().map(|row| row.action).collect()
}

/// A store with `/a`, `/b` and `/c`, and a manifest with one operation of each kind, in another order than
/// that of the steps.
async fn four_kinds(app: &TestApp) -> (Store<'_>, Value) {
    let store = Store::make(app, &[("/a", "one"), ("/b", "two"), ("/c", "three")]).await;
    let manifest = json!({
        "store_id": store.id,
        "operations": [
            { "op": "create", "path": "/new", "content": "made" },
            store.rename("/b", "/d"),
            store.delete("/c"),
            store.edit("/a", "ONE"),
        ],
    });
    (store, manifest)
}

#[tokio::test]
async fn p13_each_kind_of_step_is_taken_in_order_and_each_has_its_ledger_row() {
    let app = TestApp::start().await;
    let (store, manifest) = four_kinds(&app).await;
    let staged = store.staged(&manifest).await;
    assert_eq!(staged.summary.target, ChangeTarget::Memory);
    assert_eq!(staged.summary.base_version, 0);
    let size = staged.summary.size;
    assert_eq!((size.lines_added, size.lines_removed), (3, 3));
    assert_eq!(staged.digest, review_core::digest::of(&staged));
    let parts: Vec<Part> = staged.hands.iter().map(|hand| hand.part).collect();
    assert_eq!(parts.len(), 2);
    assert!(parts.contains(&Part::Wrote) && parts.contains(&Part::Staged));
    let memory = staged.memory.as_ref().unwrap();
    let before: Vec<_> = by_path(memory.before.iter().map(|it| (&*it.path, &*it.content)));
    assert_eq!(before, [("/a", "one"), ("/b", "two"), ("/c", "three")]);
    assert_eq!(memory.store_name, store.name);
    let planned = ["edit /a", "delete /c", "rename /b to /d", "create /new"];
    assert_eq!(steps(&staged, false), planned);

    let applied: Change = store.applied(&staged).await;
    assert_eq!(applied.summary.state, ChangeState::Applied);
    assert_eq!(steps(&applied, true), planned);
    assert_eq!(applied.outcome.as_ref().unwrap().version, None);
    assert_eq!(
        store.texts().await,
        named(&[("/a", "ONE"), ("/d", "two"), ("/new", "made")])
    );
    let rows: Vec<&Value> = applied
        .history
        .iter()
        .filter(|row| row.action == AuditAction::MemoryStepTaken)
        .map(|row| &row.detail)
        .collect();
    let did: Vec<&str> = rows
        .iter()
        .map(|row| row["did"].as_str().unwrap())
        .collect();
    assert_eq!(did, planned);
    assert_eq!(rows[0]["step"], 1);
    assert_eq!(rows[0]["of"], 4);
    let last = applied.history.last().unwrap();
    assert_eq!(last.action, AuditAction::ChangeApplied);
    assert_eq!(last.detail["undone"], json!([]));
    // Each write carried its guard.
    for request in store.writes().await {
        let is_guarded = request["method"] == "POST"
            && request["body"]["content"].is_string()
            && request["path"].as_str().unwrap().ends_with("/memories")
            || request["body"]["precondition"]["type"] == "content_sha256"
            || request["query"]
                .as_str()
                .is_some_and(|query| query.contains("expected_content_sha256"));
        assert!(is_guarded, "{request}");
    }
}

#[tokio::test]
async fn a_manifest_that_is_none_is_refused_and_the_operation_is_named() {
    let app = TestApp::start().await;
    let store = Store::make(&app, &[("/a", "one")]).await;
    let cases = [
        (vec![], 400, "memory.operations"),
        (
            vec![create("/x", ""), create("y", "")],
            400,
            "memory.operations.1",
        ),
        (
            vec![create("/x", ""), create("/x", "")],
            400,
            "memory.operations.0",
        ),
        (
            vec![create("/x", &"x".repeat(102_401))],
            400,
            "memory.operations.0",
        ),
        (vec![store.edit("/a", "one")], 400, "memory.operations.0"),
        (
            vec![create("/ok", ""), create("/a", "")],
            409,
            "memory.operations.1",
        ),
    ];
    for (operations, status, field) in cases {
        let manifest = json!({ "store_id": store.id, "operations": operations });
        let code = if status == 400 {
            ErrorCode::BadRequest
        } else {
            ErrorCode::StaleBase
        };
        let error = store.stage(&manifest).await.error(status, code);
        assert_eq!(error.error.details.unwrap()["field"], field);
    }
    let many: Vec<Value> = (0..=MAX_MEMORY_OPERATIONS)
        .map(|n| create(&format!("/n{n}"), ""))
        .collect();
    let manifest = json!({ "store_id": store.id, "operations": many });
    store
        .stage(&manifest)
        .await
        .error(400, ErrorCode::BadRequest);
    let manifest = json!({ "store_id": "memstore_none", "operations": [create("/x", "")] });
    store.stage(&manifest).await.error(404, ErrorCode::NotFound);
    let nobody = json!({ "memory": { "store_id": store.id, "operations": [create("/x", "")] } });
    app.post("reviewer", "/api/changes", &nobody)
        .await
        .error(400, ErrorCode::BadRequest);
    store
        .stage_as("viewer", &manifest)
        .await
        .error(403, ErrorCode::Forbidden);
    assert!(store.writes().await.is_empty());
}

#[tokio::test]
async fn a_store_that_is_not_as_it_was_seen_is_not_staged_on() {
    let app = TestApp::start().await;
    let store = Store::make(&app, &[("/a", "one"), ("/b", "two")]).await;
    let edit = store.edit("/a", "ONE");
    store.write("/a", "elsewhere").await;
    let manifest = json!({ "store_id": store.id, "operations": [edit] });
    let error = store
        .stage(&manifest)
        .await
        .error(409, ErrorCode::StaleBase);
    assert!(
        error.error.message.contains("The text at /a changed"),
        "{}",
        error.error.message
    );
    store.archive().await;
    let manifest = json!({ "store_id": store.id, "operations": [store.edit("/b", "TWO")] });
    store.stage(&manifest).await.error(409, ErrorCode::Conflict);
}

#[tokio::test]
async fn p10_findings_of_texts_and_paths_must_be_read_before_one_approves() {
    let app = TestApp::start().await;
    let store = Store::make(&app, &[("/a", "one")]).await;
    let manifest = json!({
        "store_id": store.id,
        "operations": [store.edit("/a", "on\u{200b}e"), create("/pаy", "plain")],
    });
    let staged = store.staged(&manifest).await;
    let written = review_core::manifest::steps::written(staged.memory.as_ref().unwrap());
    let texts = written.iter().map(|text| prompt_diff::NamedText {
        name: &text.name,
        base: text.base,
        proposed: text.proposed,
    });
    let findings = prompt_diff::findings_fingerprint_of_many(texts);
    assert!(findings.is_some());
    assert_eq!(staged.findings_sha256, findings);
    let unread = json!({ "digest": staged.digest });
    app.act("approver", &staged, "approve", &unread)
        .await
        .error(409, ErrorCode::DigestMismatch);
    store.approved(&staged).await;
}

#[tokio::test]
async fn p12_who_staged_or_edited_a_manifest_does_not_approve_it() {
    let app = TestApp::start().await;
    let store = Store::make(&app, &[("/a", "one")]).await;
    let manifest = json!({ "store_id": store.id, "operations": [store.edit("/a", "ONE")] });
    let staged = store.staged(&manifest).await;
    let other = json!({ "store_id": store.id, "operations": [store.edit("/a", "1")] });
    let edited: Change = app
        .act("approver", &staged, "edit", &json!({ "memory": other }))
        .await
        .ok();
    assert_ne!(edited.digest, staged.digest);
    assert_eq!(
        edited.history.last().unwrap().action,
        AuditAction::ChangeEdited
    );
    let body = json!({ "digest": edited.digest });
    app.act("approver", &edited, "approve", &body)
        .await
        .error(403, ErrorCode::Forbidden);
    let approved: Change = app.act("second", &edited, "approve", &body).await.ok();
    // The same manifest changes nothing and keeps the approval; a grown one drops it.
    let same: Change = app
        .act("reviewer", &approved, "edit", &json!({ "memory": other }))
        .await
        .ok();
    assert_eq!(same, approved);
    let mut grown = other.clone();
    grown["operations"]
        .as_array_mut()
        .unwrap()
        .push(create("/b", ""));
    let grown: Change = app
        .act("reviewer", &approved, "edit", &json!({ "memory": grown }))
        .await
        .ok();
    assert_eq!(grown.summary.state, ChangeState::Staged);
    assert_eq!(steps(&grown, false), ["edit /a", "create /b"]);
    let apply = json!({ "digest": edited.digest });
    app.act("second", &grown, "apply", &apply)
        .await
        .error(409, ErrorCode::Conflict);
    assert!(store.writes().await.is_empty());
}

#[tokio::test]
async fn p11_a_store_that_moved_makes_a_change_stale_and_says_what_moved() {
    let app = TestApp::start().await;
    let mut store = Store::make(&app, &[("/a", "one"), ("/b", "two"), ("/z", "zed")]).await;
    let manifest = json!({
        "store_id": store.id,
        "operations": [store.edit("/a", "ONE"), create("/n", "")],
    });
    let change = store.approved(&store.staged(&manifest).await).await;
    watched(&app).await;
    assert_eq!(app.change(&change.summary.id).await, change);
    // What does not concern it leaves it alone, and is seen without reading the store.
    store.write("/z", "other").await;
    store.forget_requests().await;
    watched(&app).await;
    assert_eq!(app.change(&change.summary.id).await, change);
    let asked = store.requests().await;
    assert!(
        asked
            .iter()
            .all(|it| it["path"].as_str().unwrap().ends_with("/memory_versions")),
        "{asked:?}"
    );
    store.write("/a", "elsewhere").await;
    store.make_memory("/n/below", "in the way").await;
    watched(&app).await;
    let stale = app.change(&change.summary.id).await;
    assert_eq!(stale.summary.state, ChangeState::Stale);
    let trouble = stale.trouble.as_ref().unwrap();
    assert!(trouble.contains("The text at /a changed"), "{trouble}");
    assert!(trouble.contains("/n/below"), "{trouble}");
    let row = stale.history.last().unwrap();
    assert_eq!(row.action, AuditAction::ChangeStale);
    assert_eq!(row.detail["conflicts"].as_array().unwrap().len(), 2);
    assert_eq!(row.detail["approvals_void"], json!(["approver"]));
    let body = json!({ "digest": stale.digest });
    app.act("approver", &stale, "apply", &body)
        .await
        .error(409, ErrorCode::Conflict);

    // Restaged on what is there now, it needs new approvals.
    store.look().await;
    let now = json!({ "store_id": store.id, "operations": [store.edit("/a", "ONE")] });
    let restaged: Change = app
        .act("second", &stale, "restage", &json!({ "memory": now }))
        .await
        .ok();
    assert_eq!(restaged.summary.state, ChangeState::Staged);
    assert_eq!(restaged.trouble, None);
    assert_eq!(
        restaged.memory.as_ref().unwrap().before[0].content,
        "elsewhere"
    );
    store.applied(&restaged).await;
    assert_eq!(store.texts().await["/a"], "ONE");
}

#[tokio::test]
async fn p11_a_store_that_is_gone_makes_a_change_stale() {
    let app = TestApp::start().await;
    let store = Store::make(&app, &[("/a", "one")]).await;
    let manifest = json!({ "store_id": store.id, "operations": [store.edit("/a", "ONE")] });
    let change = store.approved(&store.staged(&manifest).await).await;
    store.remove().await;
    watched(&app).await;
    let stale = app.change(&change.summary.id).await;
    assert_eq!(stale.summary.state, ChangeState::Stale);
    assert!(
        stale
            .trouble
            .unwrap()
            .contains("not on the platform any more")
    );
}

#[tokio::test]
async fn nothing_is_sent_to_a_store_that_the_rest_does_not_fit() {
    let app = TestApp::start().await;
    let (store, manifest) = four_kinds(&app).await;
    let change = store.approved(&store.staged(&manifest).await).await;
    // The last step of four cannot be taken.
    store.make_memory("/new", "first").await;
    store.forget_requests().await;
    let body = json!({ "digest": change.digest });
    let error = app
        .act("approver", &change, "apply", &body)
        .await
        .error(409, ErrorCode::StaleBase);
    let details = error.error.details.unwrap();
    assert_eq!(details["done"], json!([]));
    assert_eq!(details["undone"].as_array().unwrap().len(), 4);
    assert!(store.writes().await.is_empty());
    let stale = app.change(&change.summary.id).await;
    assert_eq!(stale.summary.state, ChangeState::Stale);
}

#[tokio::test]
async fn p13_a_lost_answer_is_found_out_from_the_store_and_not_sent_again() {
    for kind in [
        FaultKind::DroppedAfterEffect,
        FaultKind::ErrorAfterEffect,
        FaultKind::Truncated,
    ] {
        let app = TestApp::start().await;
        let (store, manifest) = four_kinds(&app).await;
        let change = store.approved(&store.staged(&manifest).await).await;
        store.forget_requests().await;
        for method in ["POST", "DELETE"] {
            store.fault(kind, method, 0).await;
        }
        let applied = store.applied(&change).await;
        assert_eq!(applied.summary.state, ChangeState::Applied, "{kind:?}");
        assert_eq!(store.writes().await.len(), 4, "{kind:?}");
        let found = |row: &&review_api::AuditEntry| row.detail["found"] == true;
        assert_eq!(applied.history.iter().filter(found).count(), 2);
    }
}

#[tokio::test]
async fn p13_a_step_without_effect_needs_a_look_and_is_given_up_once_nothing_can_land() {
    for kind in [
        FaultKind::InternalError,
        FaultKind::HtmlBadGateway,
        FaultKind::Overloaded,
    ] {
        let app = TestApp::start().await;
        let (store, manifest) = four_kinds(&app).await;
        let change = store.approved(&store.staged(&manifest).await).await;
        // The rename: the edit before it gets through, and the delete is of another kind.
        store.fault(kind, "POST", 1).await;
        let body = json!({ "digest": change.digest });
        let error = app
            .act("approver", &change, "apply", &body)
            .await
            .error(502, ErrorCode::OutcomeUnknown);
        assert_eq!(
            error.error.details.unwrap()["done"],
            json!(["edit /a", "delete /c"])
        );
        reconciled(&app, AT_ONCE).await;
        let waiting = app.change(&change.summary.id).await;
        assert_eq!(
            waiting.summary.state,
            ChangeState::NeedsALook,
            "it may still land"
        );
        assert_eq!(steps(&waiting, true), ["edit /a", "delete /c"]);
        app.act("approver", &waiting, "apply", &body)
            .await
            .error(409, ErrorCode::Conflict);
        reconciled(&app, LATER).await;
        let released = app.change(&change.summary.id).await;
        assert_eq!(released.summary.state, ChangeState::Approved);
        assert_eq!(
            released.history.last().unwrap().action,
            AuditAction::ApplyInterrupted
        );
        assert_eq!(
            released.history.last().unwrap().detail["undone"],
            json!(["rename /b to /d", "create /new"])
        );
        let message = released.outcome.as_ref().unwrap().message.clone();
        assert!(message.starts_with("2 of 4 steps are done."), "{message}");
        // A change that was begun stays as it is.
        app.act("second", &released, "edit", &json!({ "memory": manifest }))
            .await
            .error(409, ErrorCode::Conflict);
        store.forget_requests().await;
        let applied = store.applied(&released).await;
        assert_eq!(applied.summary.state, ChangeState::Applied);
        assert_eq!(store.writes().await.len(), 2, "only the rest is sent");
        let expected = named(&[("/a", "ONE"), ("/d", "two"), ("/new", "made")]);
        assert_eq!(store.texts().await, expected);
    }
}

#[tokio::test]
async fn p13_a_step_that_lands_after_it_was_given_up_is_not_taken_twice() {
    let app = TestApp::start().await;
    let (store, manifest) = four_kinds(&app).await;
    let change = store.approved(&store.staged(&manifest).await).await;
    store.fault(FaultKind::InternalError, "POST", 0).await;
    let body = json!({ "digest": change.digest });
    app.act("approver", &change, "apply", &body)
        .await
        .error(502, ErrorCode::OutcomeUnknown);
    reconciled(&app, LATER).await;
    let released = app.change(&change.summary.id).await;
    assert_eq!(released.summary.state, ChangeState::Approved);
    // Now it lands after all.
    store.write("/a", "ONE").await;
    store.forget_requests().await;
    let applied = store.applied(&released).await;
    assert_eq!(applied.summary.state, ChangeState::Applied);
    assert_eq!(store.writes().await.len(), 3);
}

#[tokio::test]
async fn p13_a_step_that_was_written_over_before_anyone_looked_counts_as_done() {
    let app = TestApp::start().await;
    let store = Store::make(&app, &[("/a", "one"), ("/b", "two")]).await;
    let manifest = json!({
        "store_id": store.id,
        "operations": [store.edit("/a", "ONE"), store.edit("/b", "TWO")],
    });
    let change = store.approved(&store.staged(&manifest).await).await;
    // No answer, and no look afterwards either.
    store.fault(FaultKind::DroppedAfterEffect, "POST", 0).await;
    store
        .fault_times(FaultKind::InternalError, "GET", 3, 1)
        .await;
    let body = json!({ "digest": change.digest });
    app.act("approver", &change, "apply", &body)
        .await
        .error(502, ErrorCode::OutcomeUnknown);
    store.write("/a", "over it").await;
    reconciled(&app, AT_ONCE).await;
    let stopped = app.change(&change.summary.id).await;
    assert_eq!(steps(&stopped, true), ["edit /a"]);
    assert_eq!(stopped.summary.state, ChangeState::Approved);
    let applied = store.applied(&stopped).await;
    assert_eq!(applied.summary.state, ChangeState::Applied);
    let expected = named(&[("/a", "over it"), ("/b", "TWO")]);
    assert_eq!(store.texts().await, expected);
    // It cannot be undone any more: what it made is not there.
    app.act("second", &applied, "rollback", &json!({}))
        .await
        .error(409, ErrorCode::StaleBase);
}

#[tokio::test]
async fn p13_a_refusal_in_the_middle_keeps_what_is_done_and_goes_on_from_there() {
    let app = TestApp::start().await;
    let (store, manifest) = four_kinds(&app).await;
    let change = store.approved(&store.staged(&manifest).await).await;
    store.fault(FaultKind::RateLimited, "POST", 1).await;
    let body = json!({ "digest": change.digest });
    let error = app
        .act("approver", &change, "apply", &body)
        .await
        .error(503, ErrorCode::PlatformUnavailable);
    assert!(error.error.message.starts_with("2 of 4 steps are done."));
    let back = app.change(&change.summary.id).await;
    assert_eq!(back.summary.state, ChangeState::Approved);
    assert_eq!(steps(&back, true), ["edit /a", "delete /c"]);
    let applied = store.applied(&back).await;
    assert_eq!(steps(&applied, false), [""; 0]);
    assert!(!actions(&applied).contains(&AuditAction::ApplyUnknown));
}

#[tokio::test]
async fn p15_as_many_memories_as_a_change_takes_are_written_and_given_back() {
    let app = TestApp::start().await;
    let paths: Vec<String> = (0..MAX_MEMORY_OPERATIONS)
        .map(|n| format!("/notes/{n:03}.md"))
        .collect();
    let memories: Vec<(&str, &str)> = paths.iter().map(|path| (&**path, "before")).collect();
    let store = Store::make(&app, &memories).await;
    let before = store.texts().await;
    let edits: Vec<Value> = paths.iter().map(|path| store.edit(path, "after")).collect();
    let manifest = json!({ "store_id": store.id, "operations": edits });
    let applied = store.applied(&store.staged(&manifest).await).await;
    assert_eq!(applied.summary.state, ChangeState::Applied);
    assert_eq!(steps(&applied, true).len(), MAX_MEMORY_OPERATIONS);
    assert!(store.texts().await.values().all(|text| text == "after"));
    let back: Change = app
        .act("reviewer", &applied, "rollback", &json!({}))
        .await
        .ok();
    store.applied(&back).await;
    assert_eq!(store.texts().await, before);
}

#[tokio::test]
async fn p15_a_rollback_gives_back_every_path_and_text_under_the_same_rules() {
    let app = TestApp::start().await;
    let (store, manifest) = four_kinds(&app).await;
    let before = store.texts().await;
    let applied = store.applied(&store.staged(&manifest).await).await;
    app.act("viewer", &applied, "rollback", &json!({}))
        .await
        .error(403, ErrorCode::Forbidden);
    let back: Change = app
        .act("reviewer", &applied, "rollback", &json!({}))
        .await
        .ok();
    assert_eq!(back.summary.rolls_back, Some(applied.summary.id.clone()));
    assert_eq!(back.summary.state, ChangeState::Staged);
    assert_eq!(
        steps(&back, false),
        ["edit /a", "delete /new", "rename /d to /b", "create /c"]
    );
    app.act("second", &applied, "rollback", &json!({}))
        .await
        .error(409, ErrorCode::Conflict);
    let done = store.applied(&back).await;
    assert_eq!(done.summary.state, ChangeState::Applied);
    assert_eq!(store.texts().await, before);
    // There is a way forward again, too.
    let forth: Change = app
        .act("reviewer", &done, "rollback", &json!({}))
        .await
        .ok();
    store.applied(&forth).await;
    let expected = named(&[("/a", "ONE"), ("/d", "two"), ("/new", "made")]);
    assert_eq!(store.texts().await, expected);
}

#[tokio::test]
async fn p15_a_text_that_was_blanked_out_since_does_not_come_back() {
    let app = TestApp::start().await;
    let store = Store::make(&app, &[("/a", "secret"), ("/b", "two")]).await;
    let manifest = json!({
        "store_id": store.id,
        "operations": [store.edit("/a", "clean"), store.edit("/b", "TWO")],
    });
    let applied = store.applied(&store.staged(&manifest).await).await;
    store.redact(&sha("secret")).await;
    let error = app
        .act("reviewer", &applied, "rollback", &json!({}))
        .await
        .error(409, ErrorCode::Conflict);
    assert!(
        error.error.message.contains("The old text of /a"),
        "{}",
        error.error.message
    );
    let lost = &error.error.details.unwrap()["lost"];
    assert_eq!(lost.as_array().unwrap().len(), 1);
    assert_eq!(lost[0]["path"], "/a");
}

#[tokio::test]
async fn p15_what_is_done_in_part_can_be_rolled_back_and_is_given_up_with_it() {
    let app = TestApp::start().await;
    let (store, manifest) = four_kinds(&app).await;
    let before = store.texts().await;
    let change = store.approved(&store.staged(&manifest).await).await;
    store.fault(FaultKind::RateLimited, "POST", 1).await;
    let body = json!({ "digest": change.digest });
    app.act("approver", &change, "apply", &body)
        .await
        .error(503, ErrorCode::PlatformUnavailable);
    let partly = app.change(&change.summary.id).await;
    let back: Change = app
        .act("reviewer", &partly, "rollback", &json!({}))
        .await
        .ok();
    assert_eq!(steps(&back, false), ["edit /a", "create /c"]);
    let given_up = app.change(&change.summary.id).await;
    assert_eq!(given_up.summary.state, ChangeState::Withdrawn);
    assert_eq!(given_up.rolled_back_by, Some(back.summary.id.clone()));
    app.act("approver", &given_up, "apply", &body)
        .await
        .error(409, ErrorCode::Conflict);
    store.applied(&back).await;
    assert_eq!(store.texts().await, before);
}

#[tokio::test]
async fn stores_and_memories_can_be_read() {
    let app = TestApp::start().await;
    let store = Store::make(&app, &[("/a", "one"), ("/b/ü", "zwei")]).await;
    let mut names = Vec::new();
    let mut cursor = String::new();
    loop {
        let page: Page<MemoryStoreSummary> = app
            .get(&format!("/api/memory-stores?limit=2{cursor}"))
            .await
            .ok();
        assert!(page.items.len() <= 2);
        names.extend(page.items.into_iter().map(|it| (it.name, it.id)));
        match page.next_cursor {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert!(names.len() > 2 && names.is_sorted(), "{names:?}");
    assert!(names.iter().any(|(_, id)| id.as_str() == store.id));
    let path = format!("/api/memory-stores/{}/memories", store.id);
    let first: Page<MemorySummary> = app.get(&format!("{path}?limit=1")).await.ok();
    assert_eq!((first.items.len(), first.items[0].path.as_str()), (1, "/a"));
    assert_eq!(first.items[0].sha256, sha("one"));
    let next = first.next_cursor.unwrap();
    let second: Page<MemorySummary> = app.get(&format!("{path}?limit=1&cursor={next}")).await.ok();
    assert_eq!(
        (second.items[0].path.as_str(), second.items[0].bytes),
        ("/b/ü", 4)
    );
    assert_eq!(second.next_cursor, None);
    let memory: Memory = app
        .get(&format!("{path}/{}", second.items[0].id))
        .await
        .ok();
    assert_eq!(memory.content, "zwei");
    assert_eq!(memory.summary, second.items[0]);
    for missing in [
        "/api/memory-stores/memstore_none/memories".to_owned(),
        "/api/memory-stores/no.id/memories".to_owned(),
        format!("{path}/mem_none"),
        format!("{path}/no.id"),
    ] {
        app.get(&missing).await.error(404, ErrorCode::NotFound);
    }
    app.get(&format!("{path}?cursor=x"))
        .await
        .error(400, ErrorCode::BadCursor);
}

#[tokio::test]
async fn p13_a_proxy_stopped_between_two_steps_leaves_an_exact_list_and_sends_nothing_by_itself() {
    let mut app = TestApp::start().await;
    let (store, manifest) = four_kinds(&app).await;
    let change = store.approved(&store.staged(&manifest).await).await;
    // What a kill after the first step leaves behind; the second was under way and has landed.
    let (edited, deleted) = (store.memory("/a"), store.memory("/c"));
    store.write("/a", "ONE").await;
    store.delete_now("/c").await;
    let id = change.summary.id.clone();
    let writes = store.writes().await.len();
    drop(store);
    app.sql(
        "INSERT INTO apply_attempts (id, change_id, agent_id, expected_version, target_sha256,
            digest, started_by, started_at)
         SELECT 'att_1', id, agent_id, 0, '', digest, 'approver', 1 FROM changes;
         UPDATE changes SET state = 'applying';
         UPDATE memory_steps SET done_at = 1, memory_id = 'mem_placeholder' WHERE position = 1;",
    )
    .await;
    let sql = format!("UPDATE memory_steps SET memory_id = '{edited}' WHERE position = 1");
    app.sql(Box::leak(sql.into_boxed_str())).await;
    app.restart().await;
    until("the outcome is found out", async || {
        let state = app.change(&id).await.summary.state;
        (state == ChangeState::Approved).then_some(())
    })
    .await;
    let stopped = app.change(&id).await;
    assert_eq!(steps(&stopped, true), ["edit /a", "delete /c"]);
    let taken = &stopped.memory.as_ref().unwrap().steps[1];
    assert_eq!(taken.memory_id.as_ref().unwrap().as_str(), deleted);
    let row = stopped.history.last().unwrap();
    assert_eq!(
        (row.actor.as_str(), row.action),
        ("system", AuditAction::ApplyInterrupted)
    );
    let all = app.memory_writes().await;
    assert_eq!(all.len(), writes, "nothing was sent by itself");
}
