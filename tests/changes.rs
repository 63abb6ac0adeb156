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
use review_api::{ApplyOutcome, Approval, Change, ChangeState, Page, Role};
use review_core::digest::{self, sha256_hex, short};
use support::{Mounted, ScriptedServer, at, fixtures, mounted, press, until};
use wasm_bindgen_test::*;

wasm_bindgen_test_configure!(run_in_browser);

const CHANGES: &str = "/changes";
const CHANGE: &str = "/changes/chg_1";
const APPROVE: &str = "/changes/chg_1/approve";
const APPLY: &str = "/changes/chg_1/apply";
const WITHDRAW: &str = "/changes/chg_1/withdraw";

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
    in_console("/changes/chg_1", role, server, || {
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
