//! What policies do by themselves, mounted in a browser: the choice, the announcement, the reasons, the switch.
#![cfg(target_arch = "wasm32")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a missing element fails the test"
)]

mod support;

use dream_review::{
    agents::AgentPage,
    api::Method,
    changes::ChangePage,
    inbox::{Inbox, InboxPage},
    keyboard::Keyboard,
    session::Session,
    settings::SettingsPage,
    ui::Toasts,
};
use leptos::{prelude::*, tachys::view::Mountable};
use leptos_router::components::Router;
use review_api::{
    AutomaticAct, AutomaticActKind, AutomaticChange, Automation, AutomationMode, AutomationSwitch,
    Change, ChangeState, Hand, Part, PatchAgent, Paused, Role, SetupWarning, SwitchAutomation,
    TestOutcome, TestStanding, TestState,
};
use review_core::{
    automation::{Losses, obstacles},
    digest::{self, sha256_hex},
};
use support::{Mounted, ScriptedServer, at, fixtures, mounted, until};
use wasm_bindgen_test::*;

wasm_bindgen_test_configure!(run_in_browser);

fn shown(
    path: &str,
    role: Role,
    server: &ScriptedServer,
    page: fn() -> AnyView,
) -> Mounted<impl Mountable + use<>> {
    window().local_storage().unwrap().unwrap().clear().unwrap();
    reopened(path, role, server, page)
}

/// As [`shown`], with what the browser kept.
fn reopened(
    path: &str,
    role: Role,
    server: &ScriptedServer,
    page: fn() -> AnyView,
) -> Mounted<impl Mountable + use<>> {
    at(path);
    let client = server.client();
    mounted(move || {
        client.clone().provide();
        Session::provide(client.clone(), fixtures::session(role));
        Toasts::provide();
        Keyboard::provide();
        Inbox::provide(client);
        view! { <Router>{page()}</Router> }
    })
}

fn paused() -> Paused {
    Paused {
        by: "admin".into(),
        at: fixtures::at_hour(8),
        reason: "Refunds go wrong.".to_owned(),
    }
}

/// A change that its policy staged and may apply by itself.
fn automatic() -> Change {
    let mut change = fixtures::change("chg_1", ChangeState::Staged);
    change.summary.staged_by = "policy".into();
    change.hands = vec![Hand {
        who: "policy".into(),
        part: Part::Staged,
    }];
    change.policy.automation = Automation {
        mode: AutomationMode::Apply,
        most_lines: 20,
        without_approvals: true,
    };
    "Be kind.\n".clone_into(&mut change.base.text);
    "Be kind.\nAlways ask for the order number.\n".clone_into(&mut change.proposed);
    change.test = Some(TestStanding {
        id: "tst_1".to_owned(),
        state: TestState::Completed,
        outcome: Some(TestOutcome::Passed),
        is_decisive: true,
        sentence: Some("Better.".to_owned()),
        worse: Some(0),
    });
    change.automatic = Some(AutomaticChange {
        suggestion_id: "sug_1".into(),
        policy_version: 3,
        staged_at: fixtures::at_hour(7),
        test_refused: None,
        findings: Vec::new(),
        rejected_before: false,
        open_comments: 0,
        drifted: false,
        paused: None,
        refused: Vec::new(),
        refused_at: None,
    });
    sealed(change)
}

fn sealed(mut change: Change) -> Change {
    change.base.sha256 = sha256_hex(&change.base.text);
    change.digest = digest::of(&change);
    change
}

fn knowing_change(change: &Change) -> ScriptedServer {
    let report = serde_json::json!({
        "estimate": { "cases": 0, "tokens": 0, "is_measured": false },
        "is_current": false,
    });
    ScriptedServer::default()
        .getting("/changes/chg_1", change)
        .getting("/changes/chg_1/test", &report)
        .getting("/changes/chg_1/test/cases", &fixtures::page::<()>(vec![]))
        .getting("/inbox", &fixtures::inbox(vec![]))
}

fn change_page() -> AnyView {
    view! { <ChangePage id="chg_1".into() /> }.into_any()
}

#[wasm_bindgen_test]
async fn a_change_says_that_the_policy_staged_it_and_every_reason_against_its_applying_it() {
    let mut change = automatic();
    "Be rude.\n".clone_into(&mut change.proposed);
    "Be kind.\nNever promise a refund.\n".clone_into(&mut change.base.text);
    change.test.as_mut().unwrap().worse = Some(2);
    let known = change.automatic.as_mut().unwrap();
    known.paused = Some(paused());
    known.open_comments = 1;
    let change = sealed(change);
    let expected = obstacles(&change, &Losses::of(&change), fixtures::at_hour(9));
    assert!(expected.len() >= 4, "{expected:?}");
    let page = shown(
        "/changes/chg_1",
        Role::Reviewer,
        &knowing_change(&change),
        change_page,
    );
    until("the reasons show", || {
        page.count("[data-obstacle]") as usize == expected.len()
    })
    .await;
    assert!(
        page.text("[data-about=automatic]")
            .contains("Staged by the policy itself (v3)")
    );
    for one in &expected {
        let row = page.text(&format!("[data-obstacle={}]", one.code()));
        assert_eq!(row, one.sentence());
    }
}

#[wasm_bindgen_test]
async fn a_change_that_nothing_stands_against_says_so_and_a_persons_change_says_nothing() {
    let page = shown(
        "/changes/chg_1",
        Role::Reviewer,
        &knowing_change(&automatic()),
        change_page,
    );
    until("it is free", || {
        page.find("[data-about=automatic-free]").is_some()
    })
    .await;
    assert_eq!(page.count("[data-obstacle]"), 0);
    drop(page);
    let mut theirs = automatic();
    theirs.automatic = None;
    let page = shown(
        "/changes/chg_1",
        Role::Reviewer,
        &knowing_change(&theirs),
        change_page,
    );
    until("the change shows", || {
        page.find("[data-about=standing]").is_some()
    })
    .await;
    assert!(page.find("[data-about=automatic]").is_none());
}

fn act(kind: AutomaticActKind, state: Option<ChangeState>) -> AutomaticAct {
    AutomaticAct {
        kind,
        at: fixtures::at_hour(8),
        change_id: state.map(|_| "chg_1".into()),
        state,
        suggestion_id: "sug_1".into(),
        title: "Ask first".to_owned(),
        agent_id: "agent_support".into(),
        agent_name: "Support".to_owned(),
        words: vec!["1 case got worse in its staging test.".to_owned()],
    }
}

#[wasm_bindgen_test]
async fn what_policies_did_is_new_until_it_is_marked_as_seen() {
    window().local_storage().unwrap().unwrap().clear().unwrap();
    let mut inbox = fixtures::inbox(vec![]);
    inbox.automatic = vec![act(AutomaticActKind::Refused, Some(ChangeState::Staged))];
    let page_of = |inbox: &review_api::Inbox| {
        let server = ScriptedServer::default().getting("/inbox", inbox);
        reopened("/", Role::Viewer, &server, || {
            view! { <InboxPage /> }.into_any()
        })
    };
    let page = page_of(&inbox);
    until("it is new", || page.count("[data-unread]") == 1).await;
    assert!(page.text("[data-about=automatic]").contains("1 new, "));
    page.click("[data-action=mark-seen]");
    until("it is seen", || page.count("[data-unread]") == 0).await;
    assert!(page.find("[data-action=mark-seen]").is_none());
    drop(page);
    // Another one comes, and the page is opened anew.
    let mut later = act(AutomaticActKind::Left, None);
    later.suggestion_id = "sug_2".into();
    later.at = fixtures::at_hour(9);
    inbox.automatic.insert(0, later);
    let page = page_of(&inbox);
    until("both are there", || page.count("[data-automatic]") == 2).await;
    assert_eq!(page.count("[data-unread]"), 1);
    assert!(page.find("[data-automatic=sug_2][data-unread]").is_some());
}

#[wasm_bindgen_test]
async fn the_inbox_announces_what_policies_did_and_that_automation_is_paused() {
    let mut inbox = fixtures::inbox(vec![]);
    let mut left = act(AutomaticActKind::Left, None);
    left.suggestion_id = "sug_2".into();
    inbox.automatic = vec![
        act(AutomaticActKind::Refused, Some(ChangeState::Staged)),
        left,
    ];
    inbox.paused = Some(paused());
    let server = ScriptedServer::default().getting("/inbox", &inbox);
    let page = shown("/", Role::Viewer, &server, || {
        view! { <InboxPage /> }.into_any()
    });
    until("both are announced", || page.count("[data-automatic]") == 2).await;
    let row = page.text("[data-automatic=sug_1]");
    for part in ["not applied by itself", "Ask first", "Support", "got worse"] {
        assert!(row.contains(part), "{part} in {row}");
    }
    let href = |id: &str| {
        let link = page.find(&format!("[data-automatic={id}] a")).unwrap();
        link.get_attribute("href").unwrap()
    };
    assert_eq!(href("sug_1"), "/changes/chg_1");
    assert_eq!(href("sug_2"), "/suggestions/sug_2");
    let notice = page.text("[data-about=automation-paused]");
    assert!(notice.contains("admin") && notice.contains("Refunds go wrong."));
}

#[wasm_bindgen_test]
async fn where_policies_did_nothing_the_inbox_says_nothing_of_them() {
    let server = ScriptedServer::default().getting("/inbox", &fixtures::inbox(vec![]));
    let page = shown("/", Role::Viewer, &server, || {
        view! { <InboxPage /> }.into_any()
    });
    until("the inbox shows", || {
        page.find("[data-health=agent_support]").is_some()
    })
    .await;
    assert!(page.find("[data-about=automatic]").is_none());
    assert!(page.find("[data-about=automation-paused]").is_none());
}

fn settings() -> AnyView {
    view! { <SettingsPage /> }.into_any()
}

#[wasm_bindgen_test]
async fn the_switch_says_how_it_stands_asks_why_and_keeps_what_was_written() {
    let free = AutomationSwitch {
        paused: None,
        agents: 2,
        revision: 4,
    };
    let stopped = AutomationSwitch {
        paused: Some(paused()),
        agents: 2,
        revision: 5,
    };
    let server = ScriptedServer::default()
        .getting("/automation", &free)
        .getting("/inbox", &fixtures::inbox(vec![]))
        .refusing(
            Method::Post,
            "/automation/pause",
            503,
            "unavailable",
            "Not now.",
        )
        .answering(Method::Post, "/automation/pause", 200, &stopped);
    let page = shown("/settings", Role::Reviewer, &server, settings);
    until("it stands", || {
        page.text("[data-fact=automation]").contains("not paused")
    })
    .await;
    assert!(
        page.text("[data-fact=automation]")
            .contains("policies of 2 agents")
    );
    page.click("[data-action=switch-automation]");
    until("it asks why", || {
        page.find("[name=automation-reason]").is_some()
    })
    .await;
    page.click("[data-action=confirm-automation]");
    assert!(
        server
            .asked_of(Method::Post, "/automation/pause")
            .is_empty(),
        "not without a reason"
    );
    page.type_into("[name=automation-reason]", "Refunds go wrong.");
    page.click("[data-action=confirm-automation]");
    until("the failure shows", || {
        page.text("[data-about=automation-failure]")
            .contains("Not now.")
    })
    .await;
    assert_eq!(page.value("[name=automation-reason]"), "Refunds go wrong.");
    page.click("[data-action=confirm-automation]");
    until("it is paused", || {
        page.text("[data-about=automation-paused]")
            .contains("Refunds go wrong.")
    })
    .await;
    let asked = server.asked_of(Method::Post, "/automation/pause");
    assert_eq!(asked[1].header("if-match"), Some("\"4\""));
    let body: SwitchAutomation = serde_json::from_str(asked[1].body.as_deref().unwrap()).unwrap();
    assert_eq!(body.reason, "Refunds go wrong.");
    // A reviewer stops it; to let it go on takes an admin, and the button says so.
    page.click("[data-action=switch-automation]");
    assert!(page.find("[name=automation-reason]").is_none());
    assert!(page.shows("to resume automation takes an admin"));
}

fn agent_page() -> AnyView {
    view! { <AgentPage id="agent_support".into() /> }.into_any()
}

fn knowing_agent(agent: &review_api::Agent) -> ScriptedServer {
    ScriptedServer::default()
        .getting("/agents/agent_support", agent)
        .getting(
            "/agents/agent_support/versions",
            &fixtures::page(vec![fixtures::version(12)]),
        )
        .getting(
            "/agents/agent_support/dreams",
            &fixtures::page::<()>(vec![]),
        )
        .getting(
            "/agents/agent_support/dream-runs",
            &fixtures::page::<()>(vec![]),
        )
        .getting(
            "/agents/agent_support/prompt",
            &fixtures::prompt(12, "Be kind."),
        )
        .getting("/inbox", &fixtures::inbox(vec![]))
}

#[wasm_bindgen_test]
async fn the_choice_says_what_it_will_do_and_only_what_is_another_is_sent() {
    let agent = fixtures::agent("agent_support", "Support");
    let server = knowing_agent(&agent);
    let mut saved = agent.clone();
    saved.policy.automation = Automation {
        mode: AutomationMode::Apply,
        most_lines: 12,
        without_approvals: true,
    };
    server.answer(Method::Patch, "/agents/agent_support", 200, &saved);
    let page = shown("/agents/agent_support", Role::Admin, &server, agent_page);
    until("the policy shows", || {
        page.text("[data-fact=automation]") == "nothing by itself"
    })
    .await;
    page.click("[data-action=edit-policy]");
    until("the form shows", || {
        page.find("[data-form=policy]").is_some()
    })
    .await;
    let words = || page.text("[data-about=automation-words]");
    assert!(words().contains("Nothing happens by itself"));
    assert!(page.find("[name=automation_lines]").is_none());
    page.choose("[name=automation]", "stage_and_test");
    until("staging is told", || {
        words().contains("Suggestions about memories are left to people")
    })
    .await;
    page.choose("[name=automation]", "apply");
    until("applying is told", || {
        words().contains("waits for the approvals")
    })
    .await;
    page.type_into("[name=automation_lines]", "0");
    until("that is too few", || {
        page.shows("Give a number from 1 to 200.")
    })
    .await;
    page.click("[data-action=save-policy]");
    assert!(
        server
            .asked_of(Method::Patch, "/agents/agent_support")
            .is_empty()
    );
    page.type_into("[name=automation_lines]", "12");
    page.click("[name=automation_without_approvals]");
    until("nobody is asked", || words().contains("nobody’s approval")).await;
    page.click("[data-action=save-policy]");
    until("the form closes", || {
        page.find("[data-form=policy]").is_none()
    })
    .await;
    let asked = server.asked_of(Method::Patch, "/agents/agent_support");
    let body: PatchAgent = serde_json::from_str(asked[0].body.as_deref().unwrap()).unwrap();
    assert_eq!(body.automation, Some(saved.policy.automation));
    assert_eq!(
        (body.approvals_needed, body.staging_test_required),
        (None, None)
    );
    assert!(
        page.text("[data-fact=automation]")
            .contains("at most 12 lines")
    );
}

#[wasm_bindgen_test]
async fn automation_that_is_paused_or_asks_for_no_test_is_advised_against() {
    let mut agent = fixtures::agent("agent_support", "Support");
    agent.policy.automation.mode = AutomationMode::StageAndTest;
    agent.summary.warnings = vec![
        SetupWarning::AutomationPaused,
        SetupWarning::AutomationUntested,
    ];
    let server = knowing_agent(&agent);
    let page = shown("/agents/agent_support", Role::Admin, &server, agent_page);
    until("both show", || page.count("[data-about=setup]") == 2).await;
    assert!(page.shows("automation is paused for all agents"));
    let to_switch = page.find("[data-action=advice-automation]").unwrap();
    assert_eq!(to_switch.get_attribute("href").unwrap(), "/settings");
    page.click("[data-action=advice-policy]");
    until("the form shows", || {
        page.find("[data-form=policy]").is_some()
    })
    .await;
    assert_eq!(page.value("[name=automation]"), "stage_and_test");
}
