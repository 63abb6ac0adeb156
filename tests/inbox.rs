//! The inbox, mounted in a browser.
#![cfg(target_arch = "wasm32")]
#![expect(clippy::unwrap_used, reason = "a missing element fails the test")]

mod support;

use dream_review::{
    api::Method,
    inbox::{Inbox, InboxPage},
    session::Session,
};
use leptos::{prelude::*, tachys::view::Mountable};
use review_api::{Freshness, InboxReason, InboxSubject, Role};
use support::{
    Mounted, ScriptedServer,
    fixtures::{at_hour, health, inbox, inbox_item, session},
    mounted, until,
};
use wasm_bindgen_test::*;

wasm_bindgen_test_configure!(run_in_browser);

/// Mounts the page; the second part reaches its state.
fn shown(server: &ScriptedServer) -> (Mounted<impl Mountable + use<>>, Inbox) {
    let client = server.client();
    let handle = StoredValue::new(None);
    let page = mounted(move || {
        Session::provide(client.clone(), session(Role::Reviewer));
        handle.set_value(Some(Inbox::provide(client)));
        view! { <InboxPage /> }
    });
    (page, handle.get_value().unwrap())
}

#[wasm_bindgen_test]
async fn while_it_loads_there_is_the_shape_of_what_comes() {
    let server = ScriptedServer::default().getting("/inbox", &inbox(vec![]));
    server.hold();
    let (page, _) = shown(&server);
    assert!(page.find("[data-face=loading]").is_some());
    assert_eq!(page.text("h1"), "Inbox");
    server.release();
    until("the answer shows", || {
        page.find("[data-face=loading]").is_none()
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_failure_says_why_and_a_retry_mends_it() {
    let server = ScriptedServer::default()
        .refusing(
            Method::Get,
            "/inbox",
            503,
            "platform_unavailable",
            "The platform is down.",
        )
        .getting("/inbox", &inbox(vec![inbox_item("sug_1", "Ask first")]));
    let (page, _) = shown(&server);
    until("the reason shows", || {
        page.find("[data-face=failed]").is_some()
    })
    .await;
    assert!(page.shows("The platform is down."));
    page.click("[data-action=retry]");
    until("the row shows", || {
        page.find("[data-row-of=sug_1]").is_some()
    })
    .await;
}

#[wasm_bindgen_test]
async fn an_empty_inbox_says_what_will_fill_it_and_still_shows_how_dreaming_goes() {
    let server = ScriptedServer::default().getting("/inbox", &inbox(vec![]));
    let (page, _) = shown(&server);
    until("the empty face shows", || {
        page.find("[data-face=empty]").is_some()
    })
    .await;
    assert!(page.shows("Suggestions come here when an agent has dreamt"));
    assert!(
        page.text("[data-health=agent_support]")
            .contains("nothing to suggest.")
    );
    assert!(
        page.text("[data-health=agent_support]")
            .contains("No feedback webhook")
    );
}

#[wasm_bindgen_test]
async fn a_row_says_what_where_how_big_how_good_and_leads_there() {
    let mut change = inbox_item("", "Approve me");
    change.subject = InboxSubject::Change { id: "chg_1".into() };
    change.reason = InboxReason::Approve;
    change.metric = None;
    change.rejected_before = true;
    let server = ScriptedServer::default().getting(
        "/inbox",
        &inbox(vec![inbox_item("sug_1", "Ask first"), change]),
    );
    let (page, _) = shown(&server);
    until("both rows show", || page.count("[data-row]") >= 2).await;
    let row = page.text("[data-row-of=sug_1]");
    for part in [
        "decide",
        "Ask first",
        "Support",
        "+3",
        "\u{2212}1",
        "82 % → 88 % (n = 120)",
    ] {
        assert!(row.contains(part), "{part} in {row}");
    }
    let href = |id: &str| {
        let link = page.find(&format!("[data-row-of={id}] a")).unwrap();
        link.get_attribute("href").unwrap()
    };
    assert_eq!(href("sug_1"), "/suggestions/sug_1");
    assert_eq!(href("chg_1"), "/changes/chg_1");
    let row = page.text("[data-row-of=chg_1]");
    assert!(
        row.contains("not measured") && row.contains("rejected before"),
        "{row}"
    );
    assert!(page.shows("2 things wait for you"));
}

#[wasm_bindgen_test]
async fn news_wait_to_be_asked_for_and_move_no_row() {
    let old = inbox_item("sug_1", "Ask first");
    let server = ScriptedServer::default()
        .getting("/inbox", &inbox(vec![old.clone()]))
        .getting(
            "/inbox",
            &inbox(vec![inbox_item("sug_0", "Even older"), old]),
        );
    let (page, state) = shown(&server);
    until("the row shows", || {
        page.find("[data-row-of=sug_1]").is_some()
    })
    .await;
    let row = page.find("[data-row-of=sug_1]").unwrap();
    state.latest().reload();
    until("the count shows", || page.shows("1 new")).await;
    assert!(page.find("[data-row-of=sug_0]").is_none());
    page.click("[data-action=show-news]");
    until("the new row shows", || {
        page.find("[data-row-of=sug_0]").is_some()
    })
    .await;
    assert_eq!(
        page.find("[data-row-of=sug_1]").unwrap(),
        row,
        "the same node"
    );
    assert!(page.find("[data-action=show-news]").is_none());
}

#[wasm_bindgen_test]
async fn what_no_longer_waits_stays_in_its_place_and_says_so() {
    let (first, second) = (inbox_item("sug_1", "One"), inbox_item("sug_2", "Two"));
    let server = ScriptedServer::default()
        .getting("/inbox", &inbox(vec![first, second.clone()]))
        .getting("/inbox", &inbox(vec![second]));
    let (page, state) = shown(&server);
    until("both rows show", || {
        page.find("[data-row-of=sug_2]").is_some()
    })
    .await;
    state.latest().reload();
    until("it is marked", || {
        page.find("[data-row-of=sug_1][data-gone]").is_some()
    })
    .await;
    assert!(page.text("[data-row-of=sug_1]").contains("no longer waits"));
    state.visit();
    until("a new visit leaves it out", || {
        page.find("[data-row-of=sug_1]").is_none()
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_failed_reload_keeps_the_rows_and_says_that_they_may_be_old() {
    let server = ScriptedServer::default()
        .getting("/inbox", &inbox(vec![inbox_item("sug_1", "Ask first")]))
        .unreachable(Method::Get, "/inbox")
        .getting("/inbox", &inbox(vec![inbox_item("sug_1", "Ask first")]));
    let (page, state) = shown(&server);
    until("the row shows", || {
        page.find("[data-row-of=sug_1]").is_some()
    })
    .await;
    state.latest().reload();
    until("the notice shows", || {
        page.find("[data-about=reload]").is_some()
    })
    .await;
    assert!(page.find("[data-row-of=sug_1]").is_some());
    page.click("[data-action=reload]");
    until("the notice goes", || {
        page.find("[data-about=reload]").is_none()
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_copy_that_could_not_be_renewed_says_why_and_how_old_it_is() {
    let mut old = inbox(vec![]);
    old.freshness = Freshness {
        read_at: Some(at_hour(0)),
        problem: Some("The platform does not answer.".to_owned()),
    };
    let server = ScriptedServer::default().getting("/inbox", &old);
    let (page, _) = shown(&server);
    until("the notice shows", || {
        page.find("[data-about=freshness]").is_some()
    })
    .await;
    let notice = page.text("[data-about=freshness]");
    assert!(notice.contains("The platform does not answer."), "{notice}");
    assert!(
        page.find("[data-about=freshness] time[datetime][title]")
            .is_some()
    );
}

#[wasm_bindgen_test]
async fn more_rows_come_when_asked_for() {
    let mut first = inbox(vec![inbox_item("sug_1", "One")]);
    first.next_cursor = Some("next".to_owned());
    first.total = 2;
    let server = ScriptedServer::default()
        .getting("/inbox", &first)
        .refusing(Method::Get, "/inbox", 503, "unavailable", "Busy.")
        .getting("/inbox", &inbox(vec![inbox_item("sug_2", "Two")]));
    let (page, _) = shown(&server);
    until("the button shows", || {
        page.find("[data-action=more]").is_some()
    })
    .await;
    page.click("[data-action=more]");
    until("the failure shows", || page.shows("Busy.")).await;
    page.click("[data-action=more]");
    until("the row shows", || {
        page.find("[data-row-of=sug_2]").is_some()
    })
    .await;
    assert!(page.find("[data-row-of=sug_1]").is_some());
    assert!(page.find("[data-action=more]").is_none());
    assert!(server.asked().last().unwrap().url.contains("cursor=next"));
}

#[wasm_bindgen_test]
async fn p29_what_the_platform_says_is_never_markup() {
    let mut item = inbox_item("sug_1", "<img src=x onerror=alert(1)><b>bold</b>");
    "<script>alert(1)</script>".clone_into(&mut item.agent_name);
    let mut answer = inbox(vec![item]);
    answer.health = vec![review_api::AgentHealth {
        agent_name: "<svg onload=alert(1)>".to_owned(),
        ..health()
    }];
    let server = ScriptedServer::default().getting("/inbox", &answer);
    let (page, _) = shown(&server);
    until("the row shows", || {
        page.find("[data-row-of=sug_1]").is_some()
    })
    .await;
    assert_eq!(page.count("img, script, b"), 0);
    assert!(page.shows("<img src=x onerror=alert(1)>"));
}

#[wasm_bindgen_test]
async fn what_was_applied_without_approvals_waits_for_a_review() {
    let mut hurried = inbox_item("sug_1", "Back to the old refunds");
    hurried.subject = InboxSubject::Change { id: "chg_1".into() };
    hurried.reason = InboxReason::Review;
    let server = ScriptedServer::default().getting("/inbox", &inbox(vec![hurried]));
    let (page, _) = shown(&server);
    until("the row shows", || {
        page.find("[data-row-of=chg_1]").is_some()
    })
    .await;
    let row = page.text("[data-row-of=chg_1]");
    assert!(
        row.contains("review") && row.contains("applied without approvals"),
        "{row}"
    );
    let link = page.find("[data-row-of=chg_1] a").unwrap();
    assert_eq!(link.get_attribute("href").unwrap(), "/changes/chg_1");
}

#[wasm_bindgen_test]
async fn a_version_that_does_worse_leads_to_its_agent() {
    let mut worse = inbox_item("", "v12 does worse than v11");
    worse.subject = InboxSubject::Agent {
        id: "agent_support".into(),
    };
    worse.reason = InboxReason::Regressed;
    let server = ScriptedServer::default().getting("/inbox", &inbox(vec![worse]));
    let (page, _) = shown(&server);
    until("the row shows", || {
        page.find("[data-row-of=agent_support]").is_some()
    })
    .await;
    let row = page.text("[data-row-of=agent_support]");
    assert!(
        row.contains("got worse") && row.contains("v12 does worse than v11"),
        "{row}"
    );
    assert!(
        !row.contains('\u{2212}'),
        "it changes nothing, so it has no size: {row}"
    );
    let link = page.find("[data-row-of=agent_support] a").unwrap();
    assert_eq!(link.get_attribute("href").unwrap(), "/agents/agent_support");
}
