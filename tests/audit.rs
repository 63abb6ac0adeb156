//! The audit, mounted in a browser.
#![cfg(target_arch = "wasm32")]
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a missing element fails the test"
)]

mod support;

use dream_review::{api::Method, audit::AuditPage};
use leptos::{prelude::*, tachys::view::Mountable};
use review_api::{AuditAction, Page};
use support::{
    Mounted, ScriptedServer, at,
    fixtures::{agent_summary, audit_entry, page},
    mounted, until,
};
use wasm_bindgen_test::*;

wasm_bindgen_test_configure!(run_in_browser);

fn shown(server: &ScriptedServer, path: &str) -> Mounted<impl Mountable + use<>> {
    let client = server.client();
    at(path);
    mounted(move || {
        client.provide();
        view! { <AuditPage /> }
    })
}

fn knowing_agents() -> ScriptedServer {
    ScriptedServer::default().getting(
        "/agents",
        &page(vec![agent_summary("agent_support", "Support")]),
    )
}

#[wasm_bindgen_test]
async fn it_has_four_faces() {
    let server = knowing_agents()
        .refusing(Method::Get, "/audit", 503, "unavailable", "Not now.")
        .getting(
            "/audit",
            &page(vec![audit_entry(
                2,
                "approver",
                AuditAction::ChangeApproved,
            )]),
        );
    server.hold();
    let page = shown(&server, "/");
    assert!(page.find("[data-face=loading]").is_some());
    server.release();
    until("the reason shows", || page.shows("Not now.")).await;
    page.click("[data-action=retry]");
    until("the line shows", || page.find("[data-seq=\"2\"]").is_some()).await;
    let words = page.text("[data-seq=\"2\"]");
    for part in [
        "approver",
        "approved",
        "Ask for the order number",
        "base version: 12",
    ] {
        assert!(words.contains(part), "{part} in {words}");
    }
    let link = page.find("[data-seq=\"2\"] a").unwrap();
    assert_eq!(link.get_attribute("href").unwrap(), "/changes/chg_1");
}

#[wasm_bindgen_test]
async fn an_empty_ledger_says_what_will_fill_it() {
    let server = knowing_agents().getting("/audit", &page::<()>(vec![]));
    let page = shown(&server, "/");
    until("the words show", || page.shows("Nothing was done yet")).await;
}

#[wasm_bindgen_test]
async fn filters_are_asked_for_stand_in_the_address_and_can_be_undone() {
    let server = knowing_agents()
        .getting(
            "/audit",
            &page(vec![audit_entry(1, "reviewer", AuditAction::ChangeStaged)]),
        )
        .getting("/audit", &page::<()>(vec![]))
        .getting(
            "/audit",
            &page(vec![audit_entry(1, "reviewer", AuditAction::ChangeStaged)]),
        );
    let page = shown(&server, "/");
    until("the line shows", || page.find("[data-seq]").is_some()).await;
    page.choose("[name=action]", "change_applied");
    until("nothing fits", || page.shows("No line fits")).await;
    assert!(
        server
            .asked()
            .last()
            .unwrap()
            .url
            .ends_with("/audit?action=change_applied")
    );
    assert_eq!(
        window().location().search().unwrap(),
        "?action=change_applied"
    );
    page.click("[data-action=show-all]");
    until("the line is back", || page.find("[data-seq]").is_some()).await;
    assert_eq!(window().location().search().unwrap(), "");
}

#[wasm_bindgen_test]
async fn an_address_with_filters_opens_with_them() {
    let server = knowing_agents().getting("/audit", &page::<()>(vec![]));
    let page = shown(&server, "/?agent=agent_support&actor=a%20b");
    until("nothing fits", || page.shows("No line fits")).await;
    let asked = server.asked_of(Method::Get, "/audit");
    assert_eq!(
        asked[0].url,
        "/api/audit?agent_id=agent_support&actor=a%20b"
    );
    until("the agent is chosen", || {
        page.value("[name=agent]") == "agent_support"
    })
    .await;
    assert_eq!(page.value("[name=actor]"), "a b");
    at("/");
}

#[wasm_bindgen_test]
async fn older_lines_come_below() {
    let first = Page {
        next_cursor: Some("older".to_owned()),
        ..page(vec![audit_entry(
            2,
            "approver",
            AuditAction::ChangeApproved,
        )])
    };
    let server = knowing_agents().getting("/audit", &first).getting(
        "/audit",
        &page(vec![audit_entry(1, "reviewer", AuditAction::ChangeStaged)]),
    );
    let page = shown(&server, "/");
    until("the button shows", || {
        page.find("[data-action=more]").is_some()
    })
    .await;
    page.click("[data-action=more]");
    until("the older line shows", || {
        page.find("[data-seq=\"1\"]").is_some()
    })
    .await;
    assert!(page.find("[data-action=more]").is_none());
}
