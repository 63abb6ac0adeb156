//! The list of changes and the page of one, mounted in a browser.
#![cfg(target_arch = "wasm32")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a missing element fails the test"
)]

mod support;

use dream_review::{
    api::Method,
    changes::{ChangePage, ChangesPage},
    keyboard::Keyboard,
    session::Session,
    ui::Toasts,
};
use leptos::{prelude::*, tachys::view::Mountable};
use leptos_router::components::Router;
use prompt_diff::findings_fingerprint;
use review_api::{
    ApplyChange, ApplyOutcome, Approval, ApproveChange, AuditAction, Change, ChangeState,
    ChangeTarget, EditChange, GlassBroken, GlassReview, Hand, MemoryBefore, MemoryChange,
    MemoryManifest, MemoryOperation, MemoryStep, Overlap, Page, Part, RestageChange, ReviewGlass,
    Role,
};
use review_core::digest::{self, sha256_hex, short};
use serde::de::DeserializeOwned;
use support::{Mounted, ScriptedServer, at, fixtures, mounted, press, until};
use wasm_bindgen_test::*;

wasm_bindgen_test_configure!(run_in_browser);

const CHANGES: &str = "/changes";
const CHANGE: &str = "/changes/chg_1";
const APPROVE: &str = "/changes/chg_1/approve";
const APPLY: &str = "/changes/chg_1/apply";
const WITHDRAW: &str = "/changes/chg_1/withdraw";
const EDIT: &str = "/changes/chg_1/edit";
const RESTAGE: &str = "/changes/chg_1/restage";
const ROLLBACK: &str = "/changes/chg_1/rollback";
const REVIEW: &str = "/changes/chg_1/review-glass";
const PROMPT: &str = "/agents/agent_support/prompt";

/// A change whose digest fits.
fn change(state: ChangeState) -> Change {
    let mut change = fixtures::change("chg_1", state);
    change.base.sha256 = sha256_hex(&change.base.text);
    change.digest = digest::of(&change);
    change
}

fn approved() -> Change {
    let mut change = change(ChangeState::Approved);
    change.approvals.push(Approval {
        by: "approver".into(),
        at: fixtures::at_hour(8),
        digest: change.digest.clone(),
    });
    change.summary.approvals = 1;
    change.revision = 2;
    change
}

/// Works the digest out anew, as the proxy does after each edit.
fn sealed(mut change: Change) -> Change {
    change.base.sha256 = sha256_hex(&change.base.text);
    change.findings_sha256 = findings_fingerprint(&change.base.text, &change.proposed);
    change.digest = digest::of(&change);
    change
}

fn approval(by: &str, change: &Change) -> Approval {
    Approval {
        by: by.into(),
        at: fixtures::at_hour(8),
        digest: change.digest.clone(),
    }
}

/// What a refusal looks like that says how the change is now.
fn moved_on(present: &Change) -> serde_json::Value {
    serde_json::json!({ "error": {
        "code": "changed",
        "message": "Somebody was faster. Nothing was done.",
        "details": present,
    }})
}

/// Returns the body of the last request of that kind.
fn sent<T: DeserializeOwned>(server: &ScriptedServer, path: &str) -> T {
    let asked = server.asked_of(Method::Post, path);
    serde_json::from_str(asked.last().unwrap().body.as_deref().unwrap()).unwrap()
}

fn without_drafts() {
    window().local_storage().unwrap().unwrap().clear().unwrap();
}

fn in_console(
    path: &str,
    role: Role,
    server: &ScriptedServer,
    page: fn() -> AnyView,
) -> Mounted<impl Mountable + use<>> {
    at(path);
    let client = server.client();
    mounted(move || {
        client.clone().provide();
        Session::provide(client, fixtures::session(role));
        Keyboard::provide();
        Toasts::provide();
        view! { <Router>{page()}</Router> }
    })
}

fn list(server: &ScriptedServer) -> Mounted<impl Mountable + use<>> {
    in_console("/changes", Role::Reviewer, server, || {
        view! { <ChangesPage /> }.into_any()
    })
}

fn one(role: Role, server: &ScriptedServer) -> Mounted<impl Mountable + use<>> {
    one_at("/changes/chg_1", role, server)
}

fn one_at(
    path: &'static str,
    role: Role,
    server: &ScriptedServer,
) -> Mounted<impl Mountable + use<>> {
    in_console(path, role, server, || {
        view! { <ChangePage id="chg_1".into() /> }.into_any()
    })
}

async fn full<S: Mountable>(page: &Mounted<S>) {
    until("the change shows", || page.find(".decision-bar").is_some()).await;
}

#[wasm_bindgen_test]
async fn the_list_has_four_faces() {
    let rows = vec![
        fixtures::change_summary("chg_2", ChangeState::Approved),
        fixtures::change_summary("chg_1", ChangeState::Staged),
    ];
    let server = ScriptedServer::default()
        .unreachable(Method::Get, CHANGES)
        .getting(CHANGES, &fixtures::page(rows));
    server.hold();
    let page = list(&server);
    until("it loads", || page.find("[data-face=loading]").is_some()).await;
    server.release();
    until("it failed", || page.find("[data-face=failed]").is_some()).await;
    page.click("[data-action=retry]");
    until("the rows show", || page.count("[data-row]") == 2).await;
    assert_eq!(
        page.find("[data-row]")
            .unwrap()
            .get_attribute("href")
            .unwrap(),
        "/changes/chg_2"
    );
    assert!(page.shows("waits for approval"));
    assert!(page.shows("0 of 1 approvals"));
    assert!(page.shows("+1 \u{2212}1"));
    drop(page);

    let none = ScriptedServer::default().getting(
        CHANGES,
        &fixtures::page(Vec::<review_api::ChangeSummary>::new()),
    );
    let page = list(&none);
    until("it is empty", || page.find("[data-face=empty]").is_some()).await;
    assert!(page.shows("No change waits"));
}

#[wasm_bindgen_test]
async fn open_and_all_are_asked_for_and_stay_in_the_address() {
    let server =
        ScriptedServer::default().getting(CHANGES, &Page::<review_api::ChangeSummary>::default());
    let page = list(&server);
    until("it is empty", || page.shows("No change waits")).await;
    page.click("[data-tab=all]");
    until("all are asked for", || {
        server
            .asked()
            .last()
            .is_some_and(|request| request.url.contains("state=all"))
    })
    .await;
    assert_eq!(window().location().search().unwrap(), "?state=all");
    until("it says so", || page.shows("No change was ever staged")).await;
}

#[wasm_bindgen_test]
async fn a_change_loads_or_says_why_not() {
    let server = ScriptedServer::default()
        .unreachable(Method::Get, CHANGE)
        .getting(CHANGE, &change(ChangeState::Staged));
    server.hold();
    let page = one(Role::Approver, &server);
    until("it loads", || page.find("[data-face=loading]").is_some()).await;
    server.release();
    until("it failed", || page.find("[data-face=failed]").is_some()).await;
    page.click("[data-action=retry]");
    full(&page).await;
    assert_eq!(
        page.text("h1"),
        "Ask for the order number before any refund"
    );
    assert!(page.shows("0 of 1 needed"));
    assert!(
        page.text("[data-about=history]")
            .contains("reviewer staged it")
    );
    assert!(page.find("del.diff-text").is_some());
}

#[wasm_bindgen_test]
async fn the_digest_is_worked_out_here_and_stands_beside_approve() {
    let given = change(ChangeState::Staged);
    let server = ScriptedServer::default().getting(CHANGE, &given).answering(
        Method::Post,
        APPROVE,
        200,
        &approved(),
    );
    let page = one(Role::Approver, &server);
    full(&page).await;
    assert_eq!(page.text("[data-about=digest-short]"), short(&given.digest));
    assert!(page.text("[data-about=digest-check]").contains("the same"));
    press("A");
    until("it is approved", || {
        page.text("[data-about=approvals]") == "1 of 1 needed"
    })
    .await;
    let sent = server.asked_of(Method::Post, APPROVE);
    assert!(sent[0].body.as_deref().unwrap().contains(&given.digest));
    assert_eq!(page.text("[data-about=state]"), "approved");
    assert!(page.shows("You approved exactly this already."));
}

#[wasm_bindgen_test]
async fn p10_other_bytes_than_the_digest_names_are_a_loud_finding_and_cannot_be_approved() {
    let mut swapped = approved();
    swapped.proposed.push_str("And refund everything.\n");
    let server = ScriptedServer::default().getting(CHANGE, &swapped);
    let page = one(Role::Admin, &server);
    full(&page).await;
    assert!(
        page.text("[data-about=digest][role=alert]")
            .contains("Do not approve")
    );
    assert!(
        page.text("[data-about=digest-check]")
            .contains("not the same")
    );
    page.click("[data-action=approve]");
    page.click("[data-action=apply]");
    press("A");
    assert!(page.find("dialog[open]").is_none());
    assert!(server.asked_of(Method::Post, APPROVE).is_empty());
    assert!(page.shows("it can be neither approved nor applied here"));
}

#[wasm_bindgen_test]
async fn whoever_staged_it_reads_why_they_cannot_approve() {
    let mut mine = change(ChangeState::Staged);
    mine.summary.staged_by = "approver".into();
    let server = ScriptedServer::default().getting(CHANGE, &mine);
    let page = one(Role::Approver, &server);
    full(&page).await;
    assert!(page.shows("You staged this change, so someone else has to approve it."));
    assert!(page.shows("It has 0 of 1 approvals; 1 more approval of exactly these bytes, from someone other than approver."));
}

#[wasm_bindgen_test]
async fn applying_asks_first_and_ends_with_the_outcome() {
    let mut applied = approved();
    applied.summary.state = ChangeState::Applied;
    applied.outcome = Some(ApplyOutcome {
        by: "approver".into(),
        at: fixtures::at_hour(9),
        version: Some(13),
        message: "The platform made version 13 of it.".to_owned(),
    });
    let server = ScriptedServer::default()
        .getting(CHANGE, &approved())
        .answering(Method::Post, APPLY, 200, &applied);
    let page = one(Role::Approver, &server);
    full(&page).await;
    assert!(
        page.text("[data-action=apply]")
            .starts_with("Apply v13 to Support")
    );
    page.click("[data-action=apply]");
    until("it asks", || {
        page.find("dialog[open] [data-action=confirm-apply]")
            .is_some()
    })
    .await;
    assert!(
        page.text("dialog[open]").contains(
            "If the agent is no longer at v12, the platform refuses and nothing changes."
        )
    );
    assert!(
        server.asked_of(Method::Post, APPLY).is_empty(),
        "nothing is sent before the answer"
    );
    page.click("[data-action=cancel-apply]");
    until("it is closed", || page.find("dialog[open]").is_none()).await;
    page.click("[data-action=apply]");
    until("it asks again", || {
        page.find("dialog[open] [data-action=confirm-apply]")
            .is_some()
    })
    .await;
    page.click("[data-action=confirm-apply]");
    until("the outcome shows", || {
        page.find("[data-about=outcome]").is_some()
    })
    .await;
    assert!(
        page.text("[data-about=outcome]")
            .contains("Support has v13 now")
    );
    assert_eq!(
        page.find("[data-action=open-agent]")
            .unwrap()
            .get_attribute("href")
            .unwrap(),
        "/agents/agent_support"
    );
    assert_eq!(server.asked_of(Method::Post, APPLY).len(), 1);
    assert!(page.find("[data-action=apply]").is_none());
}

#[wasm_bindgen_test]
async fn a_stale_base_at_apply_says_what_moved_and_shows_the_new_state() {
    let mut stale = approved();
    stale.summary.state = ChangeState::Stale;
    stale.trouble = Some("The agent has version 13; this was made on 12.".to_owned());
    let server = ScriptedServer::default()
        .getting(CHANGE, &approved())
        .getting(CHANGE, &stale)
        .refusing(
            Method::Post,
            APPLY,
            409,
            "stale_base",
            "The platform has version 13. Nothing was applied.",
        );
    let page = one(Role::Approver, &server);
    full(&page).await;
    page.click("[data-action=apply]");
    until("it asks", || {
        page.find("[data-action=confirm-apply]").is_some()
    })
    .await;
    page.click("[data-action=confirm-apply]");
    until("it is out of date", || {
        page.find("[data-about=trouble]").is_some()
    })
    .await;
    assert!(
        page.text("[data-about=failure]")
            .contains("The platform has version 13. Nothing was applied.")
    );
    assert!(
        page.text("[data-about=trouble]")
            .contains("The agent has version 13; this was made on 12.")
    );
    assert!(page.find("[data-action=show-moved]").is_some());
    assert!(page.find("[data-action=restage]").is_some());
    assert!(page.find("[data-action=withdraw]").is_some());
    assert!(page.find("[data-action=approve]").is_none());
}

#[wasm_bindgen_test]
async fn an_approval_of_other_bytes_is_struck_and_does_not_count() {
    let mut given = change(ChangeState::Staged);
    given.approvals.push(Approval {
        by: "admin".into(),
        at: fixtures::at_hour(8),
        digest: "e".repeat(64),
    });
    let server = ScriptedServer::default().getting(CHANGE, &given);
    let page = one(Role::Approver, &server);
    full(&page).await;
    assert_eq!(page.text("[data-about=approvals]"), "0 of 1 needed");
    assert!(
        page.text("[data-void]")
            .contains("does not count: approved other bytes, another base or another policy")
    );
}

#[wasm_bindgen_test]
async fn withdrawing_asks_first() {
    let mut withdrawn = change(ChangeState::Withdrawn);
    withdrawn.revision = 2;
    let server = ScriptedServer::default()
        .getting(CHANGE, &change(ChangeState::Staged))
        .answering(Method::Post, WITHDRAW, 200, &withdrawn);
    let page = one(Role::Reviewer, &server);
    full(&page).await;
    page.click("[data-action=withdraw]");
    until("it asks", || {
        page.find("dialog[open] [data-action=confirm-withdraw]")
            .is_some()
    })
    .await;
    page.click("[data-action=confirm-withdraw]");
    until("it is withdrawn", || {
        page.text("[data-about=state]") == "withdrawn"
    })
    .await;
    assert!(page.find("[data-action=apply]").is_none());
}

#[wasm_bindgen_test]
async fn the_bar_says_who_still_has_to_approve_and_the_evidence_whose_hands_it_went_through() {
    let mut given = change(ChangeState::Staged);
    given.hands = vec![Hand {
        who: "ann".into(),
        part: Part::Edited,
    }];
    given.policy.approvals_needed = 2;
    given.policy.approvals_lapse_after_hours = Some(1_000_000);
    let mut given = sealed(given);
    given.approvals = vec![approval("bo", &given), approval("ann", &given)];
    let server = ScriptedServer::default().getting(CHANGE, &given);
    let page = one(Role::Reviewer, &server);
    full(&page).await;
    let bar = page.text(".decision-bar");
    assert!(
        bar.contains("to approve or apply a change takes an approver"),
        "{bar}"
    );
    assert!(
        page.text("[data-about=standing]").contains(
            "It has 1 of 2 approvals; 1 more approval of exactly these bytes, from someone other than ann and reviewer."
        )
    );
    let off = page.find("[data-action=approve]").unwrap();
    let reason = off.get_attribute("aria-describedby").unwrap();
    assert!(
        page.text(&format!("#{reason}"))
            .contains("takes an approver")
    );
    let hands = page.text("[data-about=hands]");
    assert!(
        hands.contains("ann edited it") && hands.contains("reviewer staged it"),
        "{hands}"
    );
    let list = page.text("[data-about=approval-list]");
    assert!(list.contains("does not count: edited it"), "{list}");
    assert!(list.contains("counts; lapses"), "{list}");
    assert!(list.contains(short(&given.digest)), "{list}");
    assert!(
        page.text("[data-about=policy]")
            .contains("2 approvals from anyone whose role may approve")
    );
}

#[wasm_bindgen_test]
async fn p10_findings_hold_an_approval_up_until_they_are_read_and_go_with_it() {
    without_drafts();
    let mut hiding = change(ChangeState::Staged);
    hiding.proposed = hiding.proposed.replace("order", "or\u{200b}der");
    let hiding = sealed(hiding);
    let server = ScriptedServer::default()
        .getting(CHANGE, &hiding)
        .answering(Method::Post, APPROVE, 200, &hiding);
    let page = one(Role::Approver, &server);
    full(&page).await;
    assert!(page.text("[data-about=must-be-read]").contains("U+200B"));
    press("A");
    page.click("[data-action=approve]");
    assert!(page.text(".decision-bar").contains("Read the findings"));
    assert!(server.asked_of(Method::Post, APPROVE).is_empty());
    page.click("[name=findings-read]");
    until("nothing stands against it", || {
        page.find("[data-action=approve]")
            .unwrap()
            .get_attribute("aria-disabled")
            .is_none()
    })
    .await;
    page.click("[data-action=approve]");
    until("it is sent", || {
        server.asked_of(Method::Post, APPROVE).len() == 1
    })
    .await;
    let body: ApproveChange = sent(&server, APPROVE);
    assert_eq!(body.findings_read, hiding.findings_sha256);
    assert!(body.findings_read.is_some());
}

#[wasm_bindgen_test]
async fn p10_findings_read_beside_the_suggestion_count_for_the_approval_and_the_other_way_round() {
    without_drafts();
    let mut hiding = change(ChangeState::Staged);
    hiding.proposed = hiding.proposed.replace("order", "or\u{200b}der");
    let hiding = sealed(hiding);
    let suggestion = review_api::Suggestion {
        current: hiding.base.clone(),
        proposed: hiding.proposed.clone(),
        ..fixtures::suggestion("sug_1")
    };
    let server = ScriptedServer::default()
        .getting(CHANGE, &hiding)
        .getting("/suggestions/sug_1", &suggestion);
    let client = server.client();
    let beside = move || {
        let client = client.clone();
        mounted(move || {
            client.clone().provide();
            Session::provide(client, fixtures::session(Role::Approver));
            Keyboard::provide();
            Toasts::provide();
            view! {
                <Router>
                    <dream_review::suggestions::SuggestionPage id="sug_1".into() />
                </Router>
            }
        })
    };
    let page = beside();
    until("the finding shows beside the suggestion", || {
        page.find("[data-action=acknowledge]").is_some()
    })
    .await;
    page.click("[data-action=acknowledge]");
    drop(page);
    let page = one(Role::Approver, &server);
    full(&page).await;
    until("nothing stands against the approval", || {
        page.find("[name=findings-read]:checked").is_some()
            && page
                .find("[data-action=approve]")
                .unwrap()
                .get_attribute("aria-disabled")
                .is_none()
    })
    .await;
    page.click("[name=findings-read]");
    until("it is taken back", || {
        page.text(".decision-bar").contains("Read the findings")
    })
    .await;
    drop(page);
    let page = beside();
    until("there too", || {
        page.find("[data-action=acknowledge]").is_some()
    })
    .await;
    assert!(page.find("[data-action=acknowledge]:checked").is_none());
}

#[wasm_bindgen_test]
async fn an_edit_is_shown_before_it_is_saved_and_outlives_a_failure_and_the_page() {
    without_drafts();
    let mut edited = approved();
    edited.proposed.push_str("Ask twice.\n");
    edited.summary.state = ChangeState::Staged;
    edited.revision = 3;
    let edited = sealed(edited);
    let server = ScriptedServer::default()
        .getting(CHANGE, &approved())
        .refusing(Method::Post, EDIT, 503, "unavailable", "Cannot write now.")
        .answering(Method::Post, EDIT, 200, &edited);
    let page = one(Role::Reviewer, &server);
    full(&page).await;
    press("i");
    until("the editor is open", || {
        page.find("[name=proposed]").is_some()
    })
    .await;
    assert_eq!(window().location().search().unwrap(), "?view=edit");
    assert_eq!(page.value("[name=proposed]"), approved().proposed);
    assert!(
        page.text("[data-about=edit-voids]")
            .contains("the approval of approver void")
    );
    assert!(
        page.text(".decision-bar")
            .contains("Nothing is changed yet.")
    );
    page.type_into("[name=proposed]", &edited.proposed);
    until("the edit shows as a diff", || {
        page.text("[data-about=editor] ins").contains("Ask twice.")
    })
    .await;
    page.click("[data-action=save-edit]");
    until("the failure shows", || {
        page.text("[data-about=failure]")
            .contains("Cannot write now.")
    })
    .await;
    assert!(
        page.text("[data-about=failure]")
            .contains("what you typed is kept")
    );
    assert_eq!(page.value("[name=proposed]"), edited.proposed);
    drop(page);

    let page = in_console("/changes/chg_1?view=edit", Role::Reviewer, &server, || {
        view! { <ChangePage id="chg_1".into() /> }.into_any()
    });
    until("the draft outlives the page", || {
        page.find("[name=proposed]").is_some() && page.value("[name=proposed]") == edited.proposed
    })
    .await;
    press("Mod+Enter");
    until("it is saved", || page.find("[name=proposed]").is_none()).await;
    let asked = server.asked_of(Method::Post, EDIT);
    assert_eq!(asked[1].header("if-match"), Some("\"2\""));
    let body: EditChange = sent(&server, EDIT);
    assert_eq!(body.proposed.as_ref(), Some(&edited.proposed));
    assert_eq!(window().location().search().unwrap(), "");
    until("the approval shows void", || {
        page.text("[data-void]")
            .contains("does not count: approved other bytes")
    })
    .await;
    press("i");
    until("the editor is open again", || {
        page.find("[name=proposed]").is_some()
    })
    .await;
    assert_eq!(
        page.value("[name=proposed]"),
        edited.proposed,
        "a saved draft is gone"
    );
    page.click("[data-action=give-up-edit]");
    until("the editor is closed", || {
        page.find("[name=proposed]").is_none()
    })
    .await;
    at("/");
}

#[wasm_bindgen_test]
async fn an_edit_keeps_the_line_ends_that_it_does_not_touch() {
    without_drafts();
    let mut windows = change(ChangeState::Staged);
    "# Refunds\r\nAsk first.\r\nBe brief.\n".clone_into(&mut windows.proposed);
    let windows = sealed(windows);
    let server = ScriptedServer::default()
        .getting(CHANGE, &windows)
        .answering(Method::Post, EDIT, 200, &windows);
    let page = one(Role::Reviewer, &server);
    full(&page).await;
    page.click("[data-action=edit]");
    until("the editor is open", || {
        page.find("[name=proposed]").is_some()
    })
    .await;
    page.type_into(
        "[name=proposed]",
        "# Refunds\nAsk first.\nAlways.\nBe brief.\n",
    );
    until("it may be saved", || {
        page.find("[data-action=save-edit]")
            .unwrap()
            .get_attribute("aria-disabled")
            .is_none()
    })
    .await;
    page.click("[data-action=save-edit]");
    until("it is sent", || {
        server.asked_of(Method::Post, EDIT).len() == 1
    })
    .await;
    let body: EditChange = sent(&server, EDIT);
    assert_eq!(
        body.proposed.as_deref(),
        Some("# Refunds\r\nAsk first.\r\nAlways.\r\nBe brief.\n")
    );
    at("/");
}

#[wasm_bindgen_test]
async fn p46_who_edits_second_sees_what_changed_and_keeps_their_own_text() {
    without_drafts();
    let mut theirs = change(ChangeState::Staged);
    theirs.proposed.push_str("Theirs.\n");
    theirs.revision = 2;
    let theirs = sealed(theirs);
    let mine = format!("{}Mine.\n", change(ChangeState::Staged).proposed);
    let server = ScriptedServer::default()
        .getting(CHANGE, &change(ChangeState::Staged))
        .answering(Method::Post, EDIT, 412, &moved_on(&theirs))
        .answering(Method::Post, EDIT, 200, &theirs);
    let page = one(Role::Reviewer, &server);
    full(&page).await;
    page.click("[data-action=edit]");
    until("the editor is open", || {
        page.find("[name=proposed]").is_some()
    })
    .await;
    page.type_into("[name=proposed]", &mine);
    until("the edit shows as a diff", || {
        page.text("[data-about=editor] ins").contains("Mine.")
    })
    .await;
    page.click("[data-action=save-edit]");
    until("what changed shows", || {
        page.find("[data-about=since-looked]").is_some()
    })
    .await;
    let news = page.text("[data-about=since-looked]");
    assert!(news.contains("The proposed text is another one."), "{news}");
    assert!(news.contains("Theirs."), "{news}");
    assert_eq!(page.value("[name=proposed]"), mine);
    let refused = page.find("[data-action=save-edit]").unwrap();
    assert_eq!(
        refused.get_attribute("aria-disabled").as_deref(),
        Some("true")
    );
    assert!(
        page.text(".decision-bar")
            .contains("The proposal was changed since you began.")
    );
    page.click("[data-action=save-edit]");
    assert_eq!(
        server.asked_of(Method::Post, EDIT).len(),
        1,
        "nothing is overwritten unasked"
    );
    page.click("[data-action=take-over]");
    until("it may be saved", || {
        page.find("[data-action=save-edit]")
            .unwrap()
            .get_attribute("aria-disabled")
            .is_none()
    })
    .await;
    page.click("[data-action=save-edit]");
    until("it is sent", || {
        server.asked_of(Method::Post, EDIT).len() == 2
    })
    .await;
    let asked = server.asked_of(Method::Post, EDIT);
    assert_eq!(asked[1].header("if-match"), Some("\"2\""));
    let body: EditChange = sent(&server, EDIT);
    assert_eq!(body.proposed, Some(mine));
    at("/");
}

#[wasm_bindgen_test]
async fn p46_another_text_than_the_one_read_is_not_approved_before_it_is_read() {
    let mut theirs = change(ChangeState::Staged);
    theirs.proposed.push_str("Theirs.\n");
    theirs.revision = 2;
    let theirs = sealed(theirs);
    let server = ScriptedServer::default()
        .getting(CHANGE, &change(ChangeState::Staged))
        .answering(Method::Post, APPROVE, 412, &moved_on(&theirs))
        .answering(Method::Post, APPROVE, 200, &theirs);
    let page = one(Role::Approver, &server);
    full(&page).await;
    page.click("[data-action=approve]");
    until("what changed shows", || {
        page.find("[data-about=since-looked]").is_some()
    })
    .await;
    press("A");
    assert!(
        page.text(".decision-bar")
            .contains("It changed since you looked.")
    );
    assert_eq!(server.asked_of(Method::Post, APPROVE).len(), 1);
    page.click("[data-action=take-as-seen]");
    until("it is taken as seen", || {
        page.find("[data-about=since-looked]").is_none()
    })
    .await;
    press("A");
    until("it is sent", || {
        server.asked_of(Method::Post, APPROVE).len() == 2
    })
    .await;
    let body: ApproveChange = sent(&server, APPROVE);
    assert_eq!(body.digest, theirs.digest);
}

/// A change whose base moved on in the very line that it changes.
fn stale() -> Change {
    let mut stale = approved();
    stale.summary.state = ChangeState::Stale;
    stale.moved_to = Some(14);
    stale.revision = 5;
    stale
}

fn knowing_the_prompt_now(text: &str) -> ScriptedServer {
    ScriptedServer::default()
        .getting(CHANGE, &stale())
        .getting(PROMPT, &fixtures::prompt(14, text))
}

const IN_CONFLICT: &str = "# Refunds\nYou may refund up to $100.\nBe brief.\n";

#[wasm_bindgen_test]
async fn what_moved_is_shown_as_a_difference() {
    let server = knowing_the_prompt_now(IN_CONFLICT);
    let page = one(Role::Reviewer, &server);
    full(&page).await;
    assert!(
        page.text("[data-about=trouble]")
            .contains("the agent went from v12 to v14")
    );
    assert!(
        server.asked_of(Method::Get, PROMPT).is_empty(),
        "not asked for before it is looked at"
    );
    page.click("[data-action=show-moved]");
    until("the difference shows", || page.shows("v14, the prompt now")).await;
    assert!(page.text("ins").contains("100"));
    page.click("[data-action=show-moved]");
    until("the proposal shows again", || page.shows("proposed")).await;
    at("/");
}

#[wasm_bindgen_test]
#[expect(
    clippy::too_many_lines,
    reason = "one journey through a merge, told in its order"
)]
async fn a_conflict_is_resolved_by_key_and_nothing_chosen_is_lost_when_the_agent_moves_again() {
    without_drafts();
    let restaged = sealed(Change {
        base: fixtures::prompt(14, IN_CONFLICT),
        proposed: "# Refunds\nAsk, then refund up to $100.\nBe brief.\n".to_owned(),
        revision: 6,
        ..change(ChangeState::Staged)
    });
    let server = knowing_the_prompt_now(IN_CONFLICT)
        .refusing(
            Method::Post,
            RESTAGE,
            409,
            "stale_base",
            "The agent is at v15 by now.",
        )
        .answering(Method::Post, RESTAGE, 200, &restaged);
    let page = one(Role::Reviewer, &server);
    full(&page).await;
    page.click("[data-action=restage]");
    until("the merge is open", || page.count(".conflict") == 1).await;
    assert_eq!(page.text("[data-about=progress]"), "1 conflict to resolve.");
    let sides = page.text(".conflict-sides");
    for side in ["up to $200", "up to $100", "only with an order number"] {
        assert!(sides.contains(side), "{side} in {sides}");
    }
    assert!(
        page.text(".decision-bar")
            .contains("0 of 1 conflicts resolved. Resolve the rest first.")
    );
    press("2");
    until("the proposal's lines are taken", || {
        page.text("[data-about=progress]") == "The one conflict is resolved."
    })
    .await;
    until("the result shows", || {
        page.text("[data-about=restage] .diff")
            .contains("only with an order number")
    })
    .await;
    press("1");
    until("nothing is left to change", || {
        page.text(".decision-bar")
            .contains("The result is the prompt as it is now")
    })
    .await;
    page.click("[data-action=undo]");
    until("it is in dispute again", || {
        page.find("[data-about=no-result]").is_some()
    })
    .await;
    page.click("[data-action=write]");
    until("there is room to write", || {
        page.find("[name=conflict-text]").is_some()
    })
    .await;
    page.type_into("[name=conflict-text]", "Ask, then refund up to $100.");
    until("it may be sent", || {
        page.find("[data-action=send-restage]")
            .unwrap()
            .get_attribute("aria-disabled")
            .is_none()
    })
    .await;
    page.click("[data-action=send-restage]");
    until("the refusal shows", || {
        page.text("[data-about=failure]")
            .contains("The agent is at v15 by now.")
    })
    .await;
    assert!(
        page.text("[data-about=failure]")
            .contains("what you resolved is kept")
    );
    assert_eq!(
        page.value("[name=conflict-text]"),
        "Ask, then refund up to $100."
    );
    assert!(
        server.asked_of(Method::Get, PROMPT).len() > 1,
        "the prompt is asked for anew"
    );
    drop(page);

    let page = in_console(
        "/changes/chg_1?view=restage",
        Role::Reviewer,
        &server,
        || view! { <ChangePage id="chg_1".into() /> }.into_any(),
    );
    until("what was written outlives the page", || {
        page.find("[name=conflict-text]").is_some()
    })
    .await;
    assert_eq!(
        page.value("[name=conflict-text]"),
        "Ask, then refund up to $100."
    );
    page.click("[data-action=send-restage]");
    until("it is restaged", || {
        page.text("[data-about=state]") == "waits for approval"
    })
    .await;
    let body: RestageChange = sent(&server, RESTAGE);
    assert_eq!(
        (body.base_version, body.proposed.as_deref()),
        (14, Some(&*restaged.proposed))
    );
    let asked = server.asked_of(Method::Post, RESTAGE);
    assert_eq!(asked[1].header("if-match"), Some("\"5\""));
    at("/");
}

#[wasm_bindgen_test]
async fn a_merge_without_a_conflict_only_asks_to_read_the_result() {
    without_drafts();
    let server = knowing_the_prompt_now(
        "# Refunds\nYou may refund up to $200.\nBe brief.\n\n# Tone\nBe kind.\n",
    );
    let page = one(Role::Reviewer, &server);
    full(&page).await;
    page.click("[data-action=restage]");
    until("the result shows", || {
        page.find("[data-about=restage] .diff ins").is_some()
    })
    .await;
    assert!(
        page.text("[data-about=progress]")
            .contains("nothing is in dispute")
    );
    assert!(
        page.find("[data-action=send-restage]")
            .unwrap()
            .get_attribute("aria-disabled")
            .is_none()
    );
    page.click("[data-action=leave-restage]");
    until("the proposal shows again", || {
        page.find("[data-action=restage]").is_some()
    })
    .await;
    at("/");
}

#[wasm_bindgen_test]
async fn the_last_question_shows_exactly_what_is_sent_and_by_whose_word() {
    let given = approved();
    let server = ScriptedServer::default().getting(CHANGE, &given);
    let page = one(Role::Approver, &server);
    full(&page).await;
    page.click("[data-action=apply]");
    until("it asks", || {
        page.find("dialog[open] [data-action=confirm-apply]")
            .is_some()
    })
    .await;
    assert_eq!(
        page.text("dialog[open] [data-fact=sha256]"),
        sha256_hex(&given.proposed)
    );
    assert_eq!(page.text("dialog[open] [data-fact=digest]"), given.digest);
    assert_eq!(
        page.text("dialog[open] [data-fact=condition]"),
        "version 12"
    );
    assert!(
        page.text("dialog[open] [data-fact=length]")
            .contains("characters, ")
    );
    assert!(
        page.text("dialog[open] [data-fact=approved-by]")
            .contains("approver")
    );
    assert_eq!(page.text("dialog[open] .prompt-text"), given.proposed);
}

#[wasm_bindgen_test]
async fn an_unknown_outcome_says_what_is_found_out_and_since_when() {
    let mut lost = approved();
    lost.summary.state = ChangeState::NeedsALook;
    lost.trouble = Some("The platform did not answer.".to_owned());
    lost.history.push(fixtures::audit_entry(
        2,
        "approver",
        AuditAction::ApplyStarted,
    ));
    let server = ScriptedServer::default().getting(CHANGE, &lost);
    let page = one(Role::Approver, &server);
    full(&page).await;
    let notice = page.text("[data-about=trouble]");
    assert!(
        notice.contains("it is not known whether it was applied"),
        "{notice}"
    );
    assert!(notice.contains("The platform did not answer."), "{notice}");
    assert!(page.find("[data-about=trouble] time").is_some());
    assert_eq!(page.count(".decision-actions button"), 0);
}

fn applied() -> Change {
    let mut applied = approved();
    applied.summary.state = ChangeState::Applied;
    applied.outcome = Some(ApplyOutcome {
        by: "approver".into(),
        at: fixtures::at_hour(9),
        version: Some(13),
        message: "The platform made version 13 of it.".to_owned(),
    });
    applied.revision = 4;
    applied
}

/// The way back from [`applied`], with its approvals still to come.
fn rollback() -> Change {
    let there = applied();
    let mut rollback = fixtures::change("chg_2", ChangeState::Staged);
    rollback.base = fixtures::prompt(13, &there.proposed);
    rollback.proposed = there.base.text;
    rollback.summary.rolls_back = Some("chg_1".into());
    rollback.summary.base_version = 13;
    rollback.suggestion_ids = Vec::new();
    sealed(rollback)
}

#[wasm_bindgen_test]
async fn p15_rolling_back_is_one_action_that_says_what_happens_and_leads_to_its_change() {
    let server = ScriptedServer::default()
        .getting(CHANGE, &applied())
        .answering(Method::Post, ROLLBACK, 201, &rollback());
    let page = one(Role::Reviewer, &server);
    full(&page).await;
    assert_eq!(page.text("[data-action=roll-back]"), "Roll back to v12…");
    page.click("[data-action=roll-back]");
    until("it asks", || {
        page.find("dialog[open] [data-action=confirm-roll-back]")
            .is_some()
    })
    .await;
    assert!(
        page.text("dialog[open]")
            .contains("restores the prompt of v12, byte for byte, in place of v13")
    );
    page.click("[data-action=confirm-roll-back]");
    until("it leads to the rollback", || {
        window().location().pathname().unwrap() == "/changes/chg_2"
    })
    .await;
    let asked = server.asked_of(Method::Post, ROLLBACK);
    assert_eq!(asked[0].header("if-match"), Some("\"4\""));
    at("/");
}

#[wasm_bindgen_test]
async fn p15_a_rollback_says_what_it_undoes_and_is_hurried_only_with_a_reason() {
    without_drafts();
    let mut hurried = rollback();
    hurried.summary.state = ChangeState::Applied;
    hurried.glass = Some(GlassBroken {
        by: "approver".into(),
        at: fixtures::at_hour(10),
        reason: "It refunds everybody.".to_owned(),
        review: None,
    });
    let server = ScriptedServer::default()
        .getting("/changes/chg_2", &rollback())
        .answering(Method::Post, "/changes/chg_2/apply", 200, &hurried);
    let page = in_console("/changes/chg_2", Role::Approver, &server, || {
        view! { <ChangePage id="chg_2".into() /> }.into_any()
    });
    full(&page).await;
    let undone = page.find("[data-about=takes-back] a").unwrap();
    assert_eq!(undone.get_attribute("href").unwrap(), "/changes/chg_1");
    assert!(
        page.find("[data-action=edit]").is_none(),
        "a rollback is not edited"
    );
    page.click("[data-action=break-glass]");
    until("it asks why", || {
        page.find("dialog[open] [name=break-glass-reason]")
            .is_some()
    })
    .await;
    assert!(page.text("dialog[open]").contains("It opens a review"));
    page.click("[data-action=confirm-break-glass]");
    assert!(
        server
            .asked_of(Method::Post, "/changes/chg_2/apply")
            .is_empty()
    );
    page.type_into("[name=break-glass-reason]", "It refunds everybody.");
    until("it may be sent", || {
        page.find("[data-action=confirm-break-glass]")
            .unwrap()
            .get_attribute("aria-disabled")
            .is_none()
    })
    .await;
    page.click("[data-action=confirm-break-glass]");
    until("it is said for good", || {
        page.text("[data-about=glass]")
            .contains("It refunds everybody.")
    })
    .await;
    let body: ApplyChange = sent(&server, "/changes/chg_2/apply");
    assert_eq!(body.break_glass.as_deref(), Some("It refunds everybody."));
    assert!(page.shows("Nobody has reviewed it yet."));
    assert!(page.shows("You applied this without approvals, so someone else has to review it."));
    at("/");
}

#[wasm_bindgen_test]
async fn another_approver_reviews_what_was_hurried() {
    without_drafts();
    let mut hurried = applied();
    let glass = GlassBroken {
        by: "admin".into(),
        at: fixtures::at_hour(10),
        reason: "It refunds everybody.".to_owned(),
        review: None,
    };
    hurried.glass = Some(glass.clone());
    let mut reviewed = hurried.clone();
    reviewed.glass = Some(GlassBroken {
        review: Some(GlassReview {
            by: "approver".into(),
            at: fixtures::at_hour(11),
            comment: "It was right.".to_owned(),
        }),
        ..glass
    });
    let server = ScriptedServer::default()
        .getting(CHANGE, &hurried)
        .refusing(
            Method::Post,
            REVIEW,
            503,
            "unavailable",
            "Cannot write now.",
        )
        .answering(Method::Post, REVIEW, 200, &reviewed);
    let page = one(Role::Approver, &server);
    full(&page).await;
    for attempt in 0..2 {
        page.click("[data-action=review-glass]");
        until("it asks", || {
            page.find("dialog[open] [name=glass-comment]").is_some()
        })
        .await;
        if attempt == 0 {
            page.type_into("[name=glass-comment]", "It was right.");
        } else {
            assert_eq!(
                page.value("[name=glass-comment]"),
                "It was right.",
                "kept over the failure"
            );
        }
        page.click("[data-action=confirm-review-glass]");
        until("it is answered", || {
            page.find("dialog[open]").is_none()
                && server.asked_of(Method::Post, REVIEW).len() == attempt + 1
        })
        .await;
    }
    until("the review stands there", || {
        page.text("[data-about=glass]").contains("It was right.")
    })
    .await;
    let body: ReviewGlass = sent(&server, REVIEW);
    assert_eq!(body.comment, "It was right.");
    assert!(page.find("[data-action=review-glass]").is_none());
}

#[wasm_bindgen_test]
async fn changes_that_overlap_lead_to_each_other() {
    let mut given = change(ChangeState::Staged);
    given.overlaps = vec![Overlap {
        id: "chg_9".into(),
        title: "Another idea".to_owned(),
        state: ChangeState::Approved,
    }];
    let server = ScriptedServer::default().getting(CHANGE, &given);
    let page = one(Role::Reviewer, &server);
    full(&page).await;
    let other = page.find("[data-about=overlaps] a").unwrap();
    assert_eq!(other.get_attribute("href").unwrap(), "/changes/chg_9");
    assert!(
        page.text("[data-about=overlaps]")
            .contains("Another change waits for the same agent")
    );
}

fn of_memories() -> Change {
    let edit = MemoryOperation::Edit {
        memory_id: "mem_1".into(),
        path: "/refunds.md".to_owned(),
        expected_sha256: sha256_hex("Refund up to $200.\n"),
        content: "Refund up to $100.\n".to_owned(),
    };
    let create = MemoryOperation::Create {
        path: "/tone.md".to_owned(),
        content: "Be kind.\n".to_owned(),
    };
    let step = |operation: &MemoryOperation, done_at| MemoryStep {
        operation: operation.clone(),
        done_at,
        memory_id: None,
    };
    let mut given = fixtures::change("chg_1", ChangeState::NeedsALook);
    given.summary.target = ChangeTarget::Memory;
    given.base = fixtures::prompt(0, "");
    given.proposed = String::new();
    given.memory = Some(MemoryChange {
        manifest: MemoryManifest {
            store_id: "memstore_1".into(),
            operations: vec![edit.clone(), create.clone()],
        },
        store_name: "Customers".to_owned(),
        before: vec![MemoryBefore {
            memory_id: "mem_1".into(),
            path: "/refunds.md".to_owned(),
            sha256: sha256_hex("Refund up to $200.\n"),
            content: "Refund up to $200.\n".to_owned(),
        }],
        steps: vec![step(&edit, Some(fixtures::at_hour(9))), step(&create, None)],
    });
    given.digest = digest::of(&given);
    given
}

#[wasm_bindgen_test]
async fn a_change_of_memories_shows_each_step_with_how_far_it_is_and_what_it_does() {
    let server = ScriptedServer::default().getting(CHANGE, &of_memories());
    let page = one(Role::Approver, &server);
    full(&page).await;
    assert!(page.shows("Memories of Customers"));
    assert_eq!(
        page.text("[data-about=memory-progress]"),
        "1 of 2 operations done"
    );
    assert_eq!(
        page.find("[data-step=\"0\"]")
            .unwrap()
            .get_attribute("data-done")
            .unwrap(),
        "true"
    );
    assert!(
        page.text("[data-step=\"1\"]")
            .contains("not known to be done")
    );
    assert!(page.text(".review-main ins").contains("100"));
    page.click("[data-step=\"1\"] button");
    until("the other memory shows", || {
        page.text("[data-about=memory-chosen]") == "Create /tone.md"
    })
    .await;
    until("its text shows", || {
        page.text(".review-main ins").contains("Be kind.")
    })
    .await;
    assert!(
        page.find("[data-about=digest][role=alert]").is_none(),
        "the digest fits"
    );
}

#[wasm_bindgen_test]
async fn comments_on_memories_stand_in_theirs_and_those_on_others_are_read_beside_them() {
    let said = |id: &str, path: &str, text: &str, words: &str| {
        let mut anchor =
            review_core::anchors::anchor(review_api::CommentSide::Base, text, 0..text.len())
                .unwrap();
        anchor.path = Some(path.to_owned());
        review_api::Comment {
            id: id.into(),
            subject: review_api::CommentSubject::Suggestion { id: "sug_1".into() },
            agent_id: "agent_support".into(),
            anchor,
            text: words.to_owned(),
            author: "approver".into(),
            created_at: fixtures::at_hour(7),
            edited_at: None,
            resolved: None,
            revision: 1,
        }
    };
    let comments = vec![
        said("cmt_1", "/refunds.md", "Refund up to $200.", "Who says so?"),
        said("cmt_2", "/gone.md", "Never promise.", "Keep this one."),
    ];
    let server = ScriptedServer::default()
        .getting(CHANGE, &of_memories())
        .getting("/comments", &fixtures::page(comments));
    let page = one(Role::Reviewer, &server);
    full(&page).await;
    until("the comment stands below its line", || {
        page.text(".review-main .diff").contains("Who says so?")
    })
    .await;
    assert!(page.text("[data-step=\"0\"]").contains("1 open comment"));
    let elsewhere = page.text("[data-about=comments-elsewhere]");
    assert!(
        elsewhere.contains("/gone.md") && elsewhere.contains("Keep this one."),
        "{elsewhere}"
    );
    assert!(!elsewhere.contains("Who says so?"));
    page.click("[data-step=\"1\"] button");
    until("another memory has others", || {
        page.text("[data-about=memory-chosen]") == "Create /tone.md"
            && !page.text(".review-main .diff").contains("Who says so?")
    })
    .await;
}

#[wasm_bindgen_test]
async fn an_address_that_asks_to_roll_back_opens_the_question_once_and_only_where_it_can_be_done() {
    let server = ScriptedServer::default().getting(CHANGE, &applied());
    let page = one_at("/changes/chg_1?ask=roll-back", Role::Reviewer, &server);
    until("it asks", || {
        page.find("dialog[open] [data-action=confirm-roll-back]")
            .is_some()
    })
    .await;
    assert_eq!(
        window().location().search().unwrap(),
        "",
        "not again on the next reload"
    );
    assert!(
        server.asked_of(Method::Post, ROLLBACK).is_empty(),
        "nothing is done unasked"
    );
    drop(page);

    let page = one_at("/changes/chg_1?ask=roll-back", Role::Viewer, &server);
    full(&page).await;
    until("the address is read", || {
        window().location().search().unwrap().is_empty()
    })
    .await;
    assert!(page.find("dialog[open]").is_none(), "a viewer may not");
    drop(page);
    let mut undone = applied();
    undone.rolled_back_by = Some("chg_2".into());
    let server = ScriptedServer::default().getting(CHANGE, &undone);
    let page = one_at("/changes/chg_1?ask=roll-back", Role::Reviewer, &server);
    full(&page).await;
    until("the address is read", || {
        window().location().search().unwrap().is_empty()
    })
    .await;
    assert!(
        page.find("dialog[open]").is_none(),
        "there is a way back already"
    );
    at("/");
}
