//! The audit, mounted in a browser.
#![cfg(target_arch = "wasm32")]
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a missing element fails the test"
)]

mod support;

use dream_review::{api::Method, audit::AuditPage, session::Session, ui::Toasts};
use leptos::{prelude::*, tachys::view::Mountable};
use review_api::{AuditAction, AuditHead, AuditVerification, BadLine, Page, Role};
use support::{
    Mounted, ScriptedServer, at,
    fixtures::{agent_summary, at_hour, audit_entry, page, session},
    mounted, until,
};
use wasm_bindgen_test::*;

wasm_bindgen_test_configure!(run_in_browser);

fn shown(server: &ScriptedServer, path: &str) -> Mounted<impl Mountable + use<>> {
    shown_to(Role::Approver, server, path)
}

fn shown_to(role: Role, server: &ScriptedServer, path: &str) -> Mounted<impl Mountable + use<>> {
    let client = server.client();
    at(path);
    mounted(move || {
        client.clone().provide();
        Session::provide(client, session(role));
        Toasts::provide();
        view! { <AuditPage /> }
    })
}

/// A browser that never saw the ledger.
fn new_browser() {
    window().local_storage().unwrap().unwrap().clear().unwrap();
}

fn head(seq: u64, hash: char) -> AuditHead {
    AuditHead {
        seq,
        hash: hash.to_string().repeat(64),
        read_at: at_hour(9),
        public_key: "0".repeat(64),
    }
}

fn good(good_to: u64, next_cursor: Option<&str>) -> AuditVerification {
    AuditVerification {
        good_to,
        bad: None,
        checkpoints: 2,
        next_cursor: next_cursor.map(str::to_owned),
    }
}

/// A proxy with one line in its ledger and a head.
fn with_head(head: &AuditHead) -> ScriptedServer {
    knowing_agents()
        .getting(
            "/audit",
            &page(vec![audit_entry(1, "reviewer", AuditAction::ChangeStaged)]),
        )
        .getting("/audit/head", head)
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

#[wasm_bindgen_test]
async fn times_are_asked_for_in_the_address_of_everywhere() {
    let server = knowing_agents().getting("/audit", &page::<()>(vec![]));
    let shown = shown(&server, "/?from=2026-11-24T13:00:00Z");
    until("nothing fits", || shown.shows("No line fits")).await;
    assert!(
        server.asked_of(Method::Get, "/audit")[0]
            .url
            .contains("from=2026-11-24T13%3A00%3A00Z")
    );
    let local = shown.value("[name=from]");
    assert_eq!(local.len(), "2026-11-24T13:00".len(), "{local}");
    shown.choose("[name=to]", "2026-11-25T08:30");
    until("the end is asked for", || {
        server
            .asked_of(Method::Get, "/audit")
            .last()
            .unwrap()
            .url
            .contains("&to=2026-11-2")
    })
    .await;
    assert!(
        window()
            .location()
            .search()
            .unwrap()
            .contains("to=2026-11-2")
    );
    at("/");
}

#[wasm_bindgen_test]
async fn p23_verifying_goes_part_by_part_and_holds_the_ledger_against_what_this_browser_saw() {
    new_browser();
    let server = with_head(&head(120, 'a'))
        .getting("/audit/verify", &good(50, Some("more")))
        .getting("/audit/verify", &good(120, None));
    let page = shown(&server, "/");
    until("the head shows", || {
        page.text("[data-about=head]")
            .contains("120 lines, sealed by aaaaaaaaaaaa")
    })
    .await;
    page.click("[data-action=verify]");
    until("it is in order", || {
        page.find("[data-about=good]").is_some()
    })
    .await;
    let words = page.text("[data-about=good]");
    assert!(
        words.contains("120 lines checked") && words.contains("2 signed checkpoints agree"),
        "{words}"
    );
    let asked = server.asked_of(Method::Get, "/audit/verify");
    assert!(asked[0].url.contains("seen_seq=120"), "{}", asked[0].url);
    assert!(asked[0].url.contains("seen_hash=aaaa"), "{}", asked[0].url);
    assert!(asked[1].url.ends_with("&cursor=more"), "{}", asked[1].url);
}

#[wasm_bindgen_test]
async fn p23_the_first_bad_line_is_named_with_what_is_wrong() {
    new_browser();
    let bad = AuditVerification {
        bad: Some(BadLine {
            seq: 7,
            sentence: "Row 7 does not fit its hash and the row before.".to_owned(),
        }),
        ..good(6, None)
    };
    let server = with_head(&head(120, 'a')).getting("/audit/verify", &bad);
    let page = shown(&server, "/");
    until("the head shows", || {
        page.text("[data-about=head]").contains("120 lines")
    })
    .await;
    page.click("[data-action=verify]");
    until("it is not in order", || {
        page.find("[data-about=bad][role=alert]").is_some()
    })
    .await;
    let words = page.text("[data-about=bad]");
    assert!(words.contains("Line 7 is not as it was written"), "{words}");
    assert!(words.contains("Row 7 does not fit its hash"), "{words}");
}

#[wasm_bindgen_test]
async fn p23_a_ledger_that_lost_what_this_browser_saw_is_said_loudly() {
    new_browser();
    let first = shown(&with_head(&head(120, 'a')), "/");
    until("the head shows", || {
        first.text("[data-about=head]").contains("120 lines")
    })
    .await;
    drop(first);

    let cut = shown(&with_head(&head(80, 'b')), "/");
    until("it is said", || {
        cut.find("[data-about=loss][role=alert]").is_some()
    })
    .await;
    let words = cut.text("[data-about=loss]");
    assert!(
        words.contains("saw line 120") && words.contains("ends at line 80 now"),
        "{words}"
    );
    drop(cut);

    let anew = shown(&with_head(&head(120, 'c')), "/");
    until("it is said", || {
        anew.text("[data-about=loss]").contains("was written anew")
    })
    .await;
    anew.click("[data-action=remember-head]");
    until("somebody knows why", || {
        anew.find("[data-about=loss]").is_none()
    })
    .await;
    drop(anew);

    let grown = shown(&with_head(&head(121, 'd')), "/");
    until("the head shows", || {
        grown.text("[data-about=head]").contains("121 lines")
    })
    .await;
    assert!(grown.find("[data-about=loss]").is_none());
}

#[wasm_bindgen_test]
async fn who_may_not_verify_reads_why() {
    new_browser();
    let server = with_head(&head(3, 'a'));
    let page = shown_to(Role::Viewer, &server, "/");
    until("the head shows", || {
        page.text("[data-about=head]").contains("3 lines")
    })
    .await;
    assert!(page.shows("to verify the ledger takes an approver or more."));
    page.click("[data-action=verify]");
    assert!(server.asked_of(Method::Get, "/audit/verify").is_empty());
}

#[wasm_bindgen_test]
async fn the_lines_found_are_taken_away_as_a_file_or_it_is_said_why_not() {
    new_browser();
    let server = with_head(&head(3, 'a'))
        .refusing(Method::Get, "/audit/export", 503, "unavailable", "Not now.")
        .getting("/audit/export", &"seq,at");
    let page = shown(&server, "/?actor=ann");
    until("the line shows", || page.find("[data-seq]").is_some()).await;
    page.click("[data-action=export-csv]");
    until("the failure shows", || {
        page.text("[data-about=export-failure]")
            .contains("Not now.")
    })
    .await;
    page.click("[data-action=export-jsonl]");
    until("it is asked for", || {
        server.asked_of(Method::Get, "/audit/export").len() == 2
    })
    .await;
    let asked = server.asked_of(Method::Get, "/audit/export");
    assert_eq!(asked[0].url, "/api/audit/export?format=csv&actor=ann");
    assert_eq!(asked[1].url, "/api/audit/export?format=jsonl&actor=ann");
    until("no failure shows", || {
        page.find("[data-about=export-failure]").is_none()
    })
    .await;
    at("/");
}
