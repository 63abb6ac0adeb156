//! The agents' pages, mounted in a browser.
#![cfg(target_arch = "wasm32")]
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a missing element fails the test"
)]

mod support;

use dream_review::{
    agents::{AgentPage, AgentsPage, NewAgentPage},
    api::Method,
    session::Session,
};
use leptos::{prelude::*, tachys::view::Mountable};
use leptos_router::components::Router;
use review_api::{
    Agent, CreateAgent, DreamError, DreamReport, DreamRun, DreamRunState, DreamStatus,
    DreamingFrequency, Drift, DriftSeen, KeepVersion, KeptVersion, Money, Outcomes, Page,
    PatchAgent, Policy, Prompt, Role, VersionOutcome,
};
use support::{
    Mounted, ScriptedServer, at,
    fixtures::{agent, agent_summary, at_hour, dream, outcome, page, prompt, session, version},
    mounted, press, until,
};
use wasm_bindgen_test::*;

wasm_bindgen_test_configure!(run_in_browser);

fn shown(
    server: &ScriptedServer,
    role: Role,
    view: fn() -> AnyView,
) -> Mounted<impl Mountable + use<>> {
    shown_in(server, session(role), view)
}

fn shown_in(
    server: &ScriptedServer,
    facts: review_api::Session,
    view: fn() -> AnyView,
) -> Mounted<impl Mountable + use<>> {
    let client = server.client();
    at("/");
    mounted(move || {
        client.clone().provide();
        Session::provide(client, facts.clone());
        view()
    })
}

/// A proxy that knows one agent well.
fn knowing_one() -> ScriptedServer {
    ScriptedServer::default()
        .getting("/agents/agent_support", &agent("agent_support", "Support"))
        .getting(
            "/agents/agent_support/versions",
            &page(vec![version(12), version(11)]),
        )
        .getting("/agents/agent_support/dreams", &page(vec![dream("drm_1")]))
        .getting("/agents/agent_support/dream-runs", &page::<()>(vec![]))
        .getting("/agents/agent_support/outcomes", &Outcomes::default())
        .getting(
            "/agents/agent_support/prompt",
            &prompt(11, "The older prompt."),
        )
}

fn all() -> AnyView {
    view! { <AgentsPage /> }.into_any()
}

fn one() -> AnyView {
    view! { <AgentPage id="agent_support".into() /> }.into_any()
}

#[wasm_bindgen_test]
async fn the_list_has_four_faces() {
    let server = ScriptedServer::default()
        .refusing(Method::Get, "/agents", 503, "unavailable", "Not now.")
        .getting(
            "/agents",
            &page(vec![agent_summary("agent_support", "Support")]),
        );
    server.hold();
    let page = shown(&server, Role::Admin, all);
    assert!(page.find("[data-face=loading]").is_some());
    server.release();
    until("the reason shows", || page.shows("Not now.")).await;
    page.click("[data-action=retry]");
    until("the row shows", || {
        page.find("[data-agent=agent_support]").is_some()
    })
    .await;
    let row = page.text("[data-agent=agent_support]");
    for part in [
        "Support",
        "claude-sonnet-4-5",
        "v12",
        "dreams daily",
        "2 suggestions",
        "1 warning",
    ] {
        assert!(row.contains(part), "{part} in {row}");
    }
}

#[wasm_bindgen_test]
async fn an_empty_list_says_where_agents_come_from() {
    let server = ScriptedServer::default().getting("/agents", &page::<()>(vec![]));
    let page = shown(&server, Role::Viewer, all);
    until("the empty face shows", || {
        page.shows("Agents come from the platform")
    })
    .await;
    assert!(page.shows("to create an agent takes an admin or more"));
}

#[wasm_bindgen_test]
async fn a_search_asks_the_proxy_stands_in_the_address_and_can_be_undone() {
    let server = ScriptedServer::default()
        .getting(
            "/agents",
            &page(vec![agent_summary("agent_support", "Support")]),
        )
        .getting("/agents", &page::<()>(vec![]))
        .getting(
            "/agents",
            &page(vec![agent_summary("agent_support", "Support")]),
        );
    let page = shown(&server, Role::Admin, all);
    until("the row shows", || page.find("[data-agent]").is_some()).await;
    page.type_into("[name=search-agents]", "50% ä");
    until("nothing fits", || page.shows("No agent fits")).await;
    assert!(
        server
            .asked()
            .last()
            .unwrap()
            .url
            .ends_with("/agents?q=50%25%20%C3%A4")
    );
    let address = window().location().search().unwrap();
    assert!(address.contains("q=50%25"), "{address}");
    page.click("[data-action=show-all]");
    until("the row is back", || page.find("[data-agent]").is_some()).await;
    assert_eq!(page.value("[name=search-agents]"), "");
    assert_eq!(window().location().search().unwrap(), "");
}

#[wasm_bindgen_test]
async fn the_next_page_of_agents_comes_below() {
    let first = Page {
        next_cursor: Some("c2".to_owned()),
        ..page(vec![agent_summary("agent_a", "A")])
    };
    let server = ScriptedServer::default()
        .getting("/agents", &first)
        .refusing(
            Method::Get,
            "/agents",
            400,
            "bad_cursor",
            "The list moved on. Reload it.",
        )
        .getting("/agents", &page(vec![agent_summary("agent_b", "B")]));
    let page = shown(&server, Role::Admin, all);
    until("the button shows", || {
        page.find("[data-action=more]").is_some()
    })
    .await;
    page.click("[data-action=more]");
    until("the reason shows", || page.shows("The list moved on.")).await;
    page.click("[data-action=more]");
    until("the second row shows", || {
        page.find("[data-agent=agent_b]").is_some()
    })
    .await;
    assert!(page.find("[data-agent=agent_a]").is_some());
}

#[wasm_bindgen_test]
async fn an_agent_shows_its_prompt_version_dreams_and_counts() {
    let page = shown(&knowing_one(), Role::Admin, one);
    until("the dream shows", || {
        page.find("[data-dream=drm_1]").is_some()
    })
    .await;
    assert_eq!(page.text("h1"), "Support");
    assert_eq!(
        page.text(".prompt-text"),
        "You are the support agent.\nBe brief."
    );
    assert!(page.find("[data-version=\"12\"]").is_some());
    assert!(page.shows("v12 now · "));
    assert!(page.shows("1 suggestion"));
    assert!(page.shows("31") && page.shows("12"));
    let link = page.find("[data-action=interactions]").unwrap();
    assert_eq!(
        link.get_attribute("href").unwrap(),
        "/agents/agent_support/interactions"
    );
}

#[wasm_bindgen_test]
async fn an_agent_that_is_not_there_is_not_asked_for_again() {
    let server = ScriptedServer::default().refusing(
        Method::Get,
        "/agents/agent_support",
        404,
        "not_found",
        "There is no such agent.",
    );
    let page = shown(&server, Role::Admin, one);
    until("the reason shows", || page.shows("Did not find the agent")).await;
    assert!(
        page.find("[data-face=failed] [data-action=retry]")
            .is_none()
    );
}

#[wasm_bindgen_test]
async fn an_agent_without_prompt_or_dreams_says_so() {
    let mut bare = agent("agent_support", "Support");
    bare.prompt = Prompt {
        text: String::new(),
        ..bare.prompt
    };
    bare.summary.warnings.clear();
    let server = ScriptedServer::default()
        .getting("/agents/agent_support", &bare)
        .getting("/agents/agent_support/versions", &page::<()>(vec![]))
        .getting("/agents/agent_support/dreams", &page::<()>(vec![]))
        .getting("/agents/agent_support/dream-runs", &page::<()>(vec![]))
        .getting("/agents/agent_support/prompt", &bare.prompt);
    let page = shown(&server, Role::Admin, one);
    until("the dreams' words show", || {
        page.shows("This agent has not dreamt.")
    })
    .await;
    assert!(page.shows("This agent has no prompt."));
}

#[wasm_bindgen_test]
async fn a_failed_dream_says_why_in_its_row() {
    let mut failed = dream("drm_2");
    failed.status = DreamStatus::Failed;
    failed.summary = None;
    failed.suggestions.clear();
    failed.reported_at = None;
    failed.error = Some(DreamError {
        kind: "overloaded".to_owned(),
        message: "The model was overloaded.".to_owned(),
    });
    let server = ScriptedServer::default()
        .getting("/agents/agent_support", &agent("agent_support", "Support"))
        .getting("/agents/agent_support/versions", &page(vec![version(12)]))
        .getting("/agents/agent_support/dreams", &page(vec![failed]))
        .getting("/agents/agent_support/dream-runs", &page::<()>(vec![]))
        .getting("/agents/agent_support/prompt", &prompt(12, "x"));
    let page = shown(&server, Role::Admin, one);
    until("the row shows", || {
        page.find("[data-dream=drm_2]").is_some()
    })
    .await;
    assert!(
        page.text("[data-dream=drm_2]")
            .contains("The model was overloaded.")
    );
}

#[wasm_bindgen_test]
async fn another_version_can_be_read_and_left_again() {
    let server = knowing_one();
    let page = shown(&server, Role::Admin, one);
    until("the versions are there", || {
        page.find("[data-version-row=\"11\"]").is_some()
    })
    .await;
    page.click("[data-version-row=\"11\"] button");
    until("the older prompt shows", || {
        page.text(".prompt-text") == "The older prompt."
    })
    .await;
    assert!(page.shows("You read v11, an earlier version."));
    assert!(
        server
            .asked()
            .last()
            .unwrap()
            .url
            .ends_with("/prompt?version=11")
    );
    page.click("[data-action=read-current]");
    until("the current one shows", || {
        page.text(".prompt-text").starts_with("You are")
    })
    .await;
}

#[wasm_bindgen_test]
async fn hidden_characters_of_a_prompt_are_shown() {
    let mut odd = agent("agent_support", "Support");
    "Pay\u{200B}ment".clone_into(&mut odd.prompt.text);
    let server = ScriptedServer::default()
        .getting("/agents/agent_support", &odd)
        .getting("/agents/agent_support/versions", &page::<()>(vec![]))
        .getting("/agents/agent_support/dreams", &page::<()>(vec![]))
        .getting("/agents/agent_support/dream-runs", &page::<()>(vec![]))
        .getting("/agents/agent_support/prompt", &odd.prompt);
    let page = shown(&server, Role::Admin, one);
    until("the chip shows", || {
        page.text(".hidden-character") == "U+200B"
    })
    .await;
}

#[wasm_bindgen_test]
async fn only_an_admin_may_edit_the_settings_and_the_reason_stands_there() {
    let page = shown(&knowing_one(), Role::Reviewer, one);
    until("the button shows", || {
        page.find("[data-action=edit-settings]").is_some()
    })
    .await;
    assert!(page.shows("to change an agent's settings takes an admin or more."));
    page.click("[data-action=edit-settings]");
    assert!(page.find("[data-form=settings]").is_none());
}

#[wasm_bindgen_test]
async fn a_failed_save_keeps_what_was_typed_and_the_next_one_goes_through() {
    let server = knowing_one();
    server.refuse(
        Method::Patch,
        "/agents/agent_support",
        503,
        "unavailable",
        "Cannot write now.",
    );
    let mut saved = agent("agent_support", "Support");
    saved.summary.dreaming.feedback_webhook = Some("https://hooks.example/dreams".to_owned());
    saved.summary.dreaming.dreaming_frequency = DreamingFrequency::Weekly;
    saved.revision = 5;
    server.answer(Method::Patch, "/agents/agent_support", 200, &saved);
    let page = shown(&server, Role::Admin, one);
    until("the button shows", || {
        page.find("[data-action=edit-settings]").is_some()
    })
    .await;
    page.click("[data-action=edit-settings]");
    until("the form shows", || {
        page.find("[data-form=settings]").is_some()
    })
    .await;
    page.type_into("[name=feedback_webhook]", "https://hooks.example/dreams");
    page.choose("[name=dreaming_frequency]", "weekly");
    page.click("[data-action=save-settings]");
    until("the failure shows", || {
        page.find("[data-about=settings-failure]").is_some()
    })
    .await;
    assert!(
        page.text("[data-about=settings-failure]")
            .contains("Cannot write now.")
    );
    assert_eq!(
        page.value("[name=feedback_webhook]"),
        "https://hooks.example/dreams"
    );
    assert_eq!(page.value("[name=dreaming_frequency]"), "weekly");

    page.click("[data-action=save-settings]");
    until("the form closes", || {
        page.find("[data-form=settings]").is_none()
    })
    .await;
    assert_eq!(
        page.text("[data-fact=webhook]"),
        "https://hooks.example/dreams"
    );
    assert_eq!(
        page.text("[data-fact=dreams]"),
        "weekly, Monday at 03:00, UTC"
    );
    let asked = server.asked_of(Method::Patch, "/agents/agent_support");
    assert_eq!(asked[1].header("if-match"), Some("\"4\""));
    let body: PatchAgent = serde_json::from_str(asked[1].body.as_deref().unwrap()).unwrap();
    assert_eq!(
        body.dreaming.dreaming_frequency,
        Some(DreamingFrequency::Weekly)
    );
    assert_eq!(
        body.approvals_needed, None,
        "an unchanged policy is not sent"
    );
}

#[wasm_bindgen_test]
async fn p46_settings_that_somebody_else_changed_are_saved_over_only_when_asked() {
    let server = knowing_one();
    server.refuse(
        Method::Patch,
        "/agents/agent_support",
        412,
        "changed",
        "Somebody changed this.",
    );
    server.answer(
        Method::Patch,
        "/agents/agent_support",
        200,
        &agent("agent_support", "Support"),
    );
    let page = shown(&server, Role::Admin, one);
    until("the button shows", || {
        page.find("[data-action=edit-settings]").is_some()
    })
    .await;
    page.click("[data-action=edit-settings]");
    until("the form shows", || {
        page.find("[data-form=settings]").is_some()
    })
    .await;
    page.click("[data-action=save-settings]");
    until("the choice shows", || {
        page.find("[data-action=save-over]").is_some()
    })
    .await;
    page.click("[data-action=save-over]");
    until("the form closes", || {
        page.find("[data-form=settings]").is_none()
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_wrong_webhook_is_not_sent() {
    let server = knowing_one();
    let page = shown(&server, Role::Admin, one);
    until("the button shows", || {
        page.find("[data-action=edit-settings]").is_some()
    })
    .await;
    page.click("[data-action=edit-settings]");
    until("the form shows", || {
        page.find("[data-form=settings]").is_some()
    })
    .await;
    page.type_into("[name=feedback_webhook]", "http://hooks.example");
    page.click("[data-action=save-settings]");
    until("the reason shows", || {
        page.shows("Give a whole address that begins with https://")
    })
    .await;
    assert_eq!(
        server
            .asked_of(Method::Patch, "/agents/agent_support")
            .len(),
        0
    );
}

async fn policy_form<S: Mountable>(page: &Mounted<S>) {
    until("the button shows", || {
        page.find("[data-action=edit-policy]").is_some()
    })
    .await;
    page.click("[data-action=edit-policy]");
    until("the form shows", || {
        page.find("[data-form=policy]").is_some()
    })
    .await;
}

#[wasm_bindgen_test]
async fn only_an_admin_may_edit_the_policy_and_everybody_reads_it() {
    let page = shown(&knowing_one(), Role::Approver, one);
    until("the policy shows", || {
        page.find("[data-about=policy]").is_some()
    })
    .await;
    assert_eq!(page.text("[data-fact=approvals]"), "1 needed");
    assert_eq!(
        page.text("[data-fact=approvers]"),
        "anyone whose role may approve"
    );
    assert_eq!(page.text("[data-fact=lapse]"), "never");
    page.click("[data-action=edit-policy]");
    assert!(page.find("[data-form=policy]").is_none());
}

#[wasm_bindgen_test]
async fn a_policy_is_edited_whole_and_only_what_is_another_is_sent() {
    let server = knowing_one();
    let mut saved = agent("agent_support", "Support");
    saved.policy = Policy {
        version: 2,
        approvals_needed: 2,
        approvers: vec!["approver".into(), "zoe".into()],
        approvals_lapse_after_hours: Some(48),
        staging_test_required: false,
        ..Policy::default()
    };
    saved.revision = 5;
    server.answer(Method::Patch, "/agents/agent_support", 200, &saved);
    let page = shown(&server, Role::Admin, one);
    policy_form(&page).await;
    assert!(
        page.text("[data-about=policy-consequence]")
            .contains("1 change waits for this agent")
    );
    page.type_into("[name=approvals_needed]", "2");
    page.click("[name=approver][value=approver]");
    until("one is too few", || page.shows("1 named and 2 needed")).await;
    page.click("[data-action=save-policy]");
    assert!(
        server
            .asked_of(Method::Patch, "/agents/agent_support")
            .is_empty()
    );
    page.type_into("[name=other_approvers]", "zoe");
    page.type_into("[name=lapse_hours]", "9000");
    until("a year is the most", || {
        page.shows("Give hours from 1 to 8,760")
    })
    .await;
    page.type_into("[name=lapse_hours]", "48");
    page.click("[data-action=save-policy]");
    until("the form closes", || {
        page.find("[data-form=policy]").is_none()
    })
    .await;
    let asked = server.asked_of(Method::Patch, "/agents/agent_support");
    assert_eq!(asked[0].header("if-match"), Some("\"4\""));
    let body: PatchAgent = serde_json::from_str(asked[0].body.as_deref().unwrap()).unwrap();
    assert_eq!(body.approvals_needed, Some(2));
    assert_eq!(body.approvers, Some(vec!["approver".into(), "zoe".into()]));
    assert_eq!(body.approvals_lapse_after_hours, Some(48));
    assert_eq!(body.staging_test_required, None);
    assert_eq!(body.dreaming.dreaming_enabled, None);
    assert_eq!(page.text("[data-fact=approvers]"), "approver and zoe");
    assert_eq!(page.text("[data-fact=lapse]"), "after 48 hours");
}

#[wasm_bindgen_test]
async fn p46_a_policy_that_somebody_else_changed_shows_theirs_and_keeps_what_was_typed() {
    let server = knowing_one();
    let mut theirs = agent("agent_support", "Support");
    theirs.policy.version = 2;
    theirs.policy.approvals_needed = 3;
    theirs.revision = 5;
    let refusal = serde_json::json!({ "error": {
        "code": "changed", "message": "Somebody was faster.", "details": theirs,
    }});
    server.answer(Method::Patch, "/agents/agent_support", 412, &refusal);
    server.answer(Method::Patch, "/agents/agent_support", 200, &theirs);
    let page = shown(&server, Role::Admin, one);
    policy_form(&page).await;
    page.type_into("[name=approvals_needed]", "2");
    page.click("[data-action=save-policy]");
    until("theirs shows", || {
        page.text("[data-about=policy-newer]")
            .contains("Policy v2 by now: 3 needed")
    })
    .await;
    assert_eq!(page.value("[name=approvals_needed]"), "2");
    page.click("[data-action=save-policy-over]");
    until("the form closes", || {
        page.find("[data-form=policy]").is_none()
    })
    .await;
    let asked = server.asked_of(Method::Patch, "/agents/agent_support");
    assert_eq!(asked[1].header("if-match"), Some("\"5\""));
}

fn drifted() -> Agent {
    let mut drifted = agent("agent_support", "Support");
    drifted.drift = Some(Drift {
        from_version: 11,
        to_version: 12,
        found_at: at_hour(8),
        attempt_id: None,
    });
    drifted
}

#[wasm_bindgen_test]
async fn a_prompt_changed_past_the_console_is_shown_as_a_difference_and_looked_at() {
    let server = ScriptedServer::default()
        .getting("/agents/agent_support", &drifted())
        .getting("/agents/agent_support/versions", &page(vec![version(12)]))
        .getting("/agents/agent_support/dreams", &page::<()>(vec![]))
        .getting("/agents/agent_support/dream-runs", &page::<()>(vec![]))
        .getting("/agents/agent_support/prompt", &prompt(12, "Be brief.\n"))
        .getting("/agents/agent_support/prompt", &prompt(11, "Be brief.\n"))
        .getting("/agents/agent_support/prompt", &prompt(12, "Be rude.\n"))
        .refusing(
            Method::Post,
            "/agents/agent_support/drift/seen",
            503,
            "unavailable",
            "Not now.",
        )
        .answering(
            Method::Post,
            "/agents/agent_support/drift/seen",
            200,
            &agent("agent_support", "Support"),
        );
    let page = shown(&server, Role::Reviewer, one);
    until("the drift shows", || {
        page.find("[data-about=drifted]").is_some()
    })
    .await;
    assert!(
        page.text("[data-about=drifted]")
            .contains("past this console: v11 → v12")
    );
    page.click("[data-action=show-drift]");
    until("the difference shows", || {
        page.text("[data-about=drift] ins").contains("rude")
    })
    .await;
    page.click("[data-action=drift-seen]");
    until("the failure shows", || {
        page.text("[data-about=drift-failure]").contains("Not now.")
    })
    .await;
    page.click("[data-action=drift-seen]");
    until("it is looked at", || {
        page.find("[data-about=drift]").is_none()
    })
    .await;
    let asked = server.asked_of(Method::Post, "/agents/agent_support/drift/seen");
    assert_eq!(asked[1].header("if-match"), Some("\"4\""));
    let body: DriftSeen = serde_json::from_str(asked[1].body.as_deref().unwrap()).unwrap();
    assert_eq!(body.version, 12);
}

fn new_agent() -> AnyView {
    view! {
        <Router>
            <NewAgentPage />
        </Router>
    }
    .into_any()
}

#[wasm_bindgen_test]
async fn a_new_agent_is_created_and_a_failure_loses_nothing() {
    let server = ScriptedServer::default()
        .refusing(
            Method::Post,
            "/agents",
            503,
            "platform_unavailable",
            "The platform is down.",
        )
        .answering(
            Method::Post,
            "/agents",
            201,
            &agent("agent_new", "Onboarding"),
        );
    let page = shown(&server, Role::Admin, new_agent);
    page.click("[data-action=create-agent]");
    until("what is missing is said", || page.shows("Give it a name.")).await;
    assert_eq!(server.asked().len(), 0);
    page.type_into("[name=name]", "Onboarding");
    page.type_into("[name=model]", "claude-sonnet-4-5");
    page.type_into("[name=system_prompt]", "Help newcomers.\n");
    page.click("[data-action=create-agent]");
    until("the failure shows", || page.shows("The platform is down.")).await;
    assert_eq!(page.value("[name=system_prompt]"), "Help newcomers.\n");
    drop(page);

    let page = shown(&server, Role::Admin, new_agent);
    until("the draft outlives the page", || {
        page.value("[name=name]") == "Onboarding"
    })
    .await;
    page.click("[data-action=create-agent]");
    until("it goes to the agent", || {
        window().location().pathname().unwrap() == "/agents/agent_new"
    })
    .await;
    let asked = server.asked_of(Method::Post, "/agents");
    let body: CreateAgent = serde_json::from_str(asked[1].body.as_deref().unwrap()).unwrap();
    assert_eq!(body.system_prompt, "Help newcomers.\n");
    assert_eq!(body.dreaming.dreaming_enabled, Some(true));
    drop(page);

    let page = shown(&server, Role::Admin, new_agent);
    assert_eq!(page.value("[name=name]"), "", "a sent draft is gone");
    drop(page);
    at("/");
}

#[wasm_bindgen_test]
async fn who_may_not_create_reads_why() {
    let server = ScriptedServer::default();
    let page = shown(&server, Role::Approver, new_agent);
    assert!(page.shows("to create an agent takes an admin or more."));
    page.click("[data-action=create-agent]");
    press("Enter");
    assert_eq!(server.asked().len(), 0);
}

fn run(id: &str, state: DreamRunState) -> DreamRun {
    DreamRun {
        id: id.to_owned(),
        agent_id: "agent_support".into(),
        slot: Some(at_hour(3)),
        state,
        reason: None,
        dream_id: None,
        interactions: 40,
        memory_store_id: None,
        estimated_tokens: None,
        estimated_cost: None,
        asked_by: "schedule".into(),
        asked_at: at_hour(3),
    }
}

/// A proxy that knows one agent, which dreamt, and what became of two of its slots.
fn knowing_runs() -> ScriptedServer {
    let passed_over = DreamRun {
        reason: Some(
            "It had 3 new interactions since its last dream, and a dream takes 10 or more."
                .to_owned(),
        ),
        ..run("run_2", DreamRunState::Skipped)
    };
    let begun = DreamRun {
        dream_id: Some("drm_1".into()),
        ..run("run_1", DreamRunState::Started)
    };
    ScriptedServer::default()
        .getting("/agents/agent_support", &agent("agent_support", "Support"))
        .getting("/agents/agent_support/versions", &page(vec![version(12)]))
        .getting("/agents/agent_support/prompt", &prompt(12, "x"))
        .getting(
            "/agents/agent_support/dream-runs",
            &page(vec![passed_over, begun]),
        )
}

#[wasm_bindgen_test]
async fn what_became_of_each_slot_is_listed_with_its_reason() {
    let server =
        knowing_runs().getting("/agents/agent_support/dreams", &page(vec![dream("drm_1")]));
    let page = shown(&server, Role::Viewer, one);
    until("the runs show", || page.find("[data-run=run_1]").is_some()).await;
    let skipped = page.text("[data-run=run_2]");
    assert!(skipped.contains("passed over"), "{skipped}");
    assert!(skipped.contains("a dream takes 10 or more"), "{skipped}");
    let link = page.find("[data-run=run_1] a").unwrap();
    assert_eq!(link.get_attribute("href").unwrap(), "/dreams/drm_1");
    page.click("[data-action=dream-now]");
    assert!(page.shows("to ask for a dream takes a reviewer or more."));
    assert!(
        server
            .asked_of(Method::Post, "/agents/agent_support/dreams")
            .is_empty()
    );
}

#[wasm_bindgen_test]
async fn one_has_an_agent_dream_now_and_calls_the_dream_off() {
    let running = DreamReport {
        status: DreamStatus::Running,
        ended_at: None,
        ..dream("drm_2")
    };
    let dreams = "/agents/agent_support/dreams";
    let server = knowing_runs()
        .getting(dreams, &page(vec![dream("drm_1")]))
        .getting(dreams, &page(vec![running]))
        .getting(dreams, &page(vec![dream("drm_2")]));
    let begun = run("run_3", DreamRunState::Started);
    server.answer(Method::Post, dreams, 201, &begun);
    server.answer(Method::Post, "/dreams/drm_2/cancel", 200, &dream("drm_2"));
    let page = shown(&server, Role::Reviewer, one);
    until("the dreams show", || {
        page.find("[data-dream=drm_1]").is_some()
    })
    .await;
    page.click("[data-action=dream-now]");
    until("the dream is under way", || {
        page.find("[data-action=cancel-dream]").is_some()
    })
    .await;
    page.click("[data-action=cancel-dream]");
    until("it has ended", || {
        page.find("[data-action=dream-now]").is_some()
    })
    .await;
    assert_eq!(server.asked_of(Method::Post, dreams).len(), 1);
    let cancelled = server.asked_of(Method::Post, "/dreams/drm_2/cancel");
    assert_eq!(cancelled.len(), 1);
}

#[wasm_bindgen_test]
async fn a_dream_that_is_not_worth_it_is_refused_with_the_reason() {
    let server =
        knowing_runs().getting("/agents/agent_support/dreams", &page(vec![dream("drm_1")]));
    server.refuse(
        Method::Post,
        "/agents/agent_support/dreams",
        409,
        "conflict",
        "Its dreams took all of the tokens allowed for this month.",
    );
    let page = shown(&server, Role::Reviewer, one);
    until("the dreams show", || {
        page.find("[data-dream=drm_1]").is_some()
    })
    .await;
    page.click("[data-action=dream-now]");
    until("the reason shows", || {
        page.find("[data-about=dreaming-failure]").is_some()
    })
    .await;
    assert!(
        page.text("[data-about=dreaming-failure]")
            .contains("allowed for this month")
    );
}

#[wasm_bindgen_test]
async fn the_plan_is_edited_and_sent_as_a_whole() {
    let server = knowing_one();
    let mut saved = agent("agent_support", "Support");
    saved.summary.dreaming.plan.hour = 22;
    server.answer(Method::Patch, "/agents/agent_support", 200, &saved);
    let page = shown(&server, Role::Admin, one);
    until("the button shows", || {
        page.find("[data-action=edit-settings]").is_some()
    })
    .await;
    page.click("[data-action=edit-settings]");
    until("the form shows", || page.find("[name=hour]").is_some()).await;
    assert!(
        page.find("[name=weekday]").is_none(),
        "daily dreams have no day"
    );
    page.choose("[name=hour]", "22");
    page.type_into("[name=time_zone]", "Europe/Berlin");
    page.type_into("[name=fewest_interactions]", "0");
    page.type_into("[name=monthly_tokens]", "2,000,000");
    until("it says what is wrong", || {
        page.shows("Give a number from 1 to 100")
    })
    .await;
    page.click("[data-action=save-settings]");
    page.type_into("[name=fewest_interactions]", "20");
    page.click("[data-action=save-settings]");
    until("the form closes", || {
        page.find("[data-form=settings]").is_none()
    })
    .await;
    let asked = server.asked_of(Method::Patch, "/agents/agent_support");
    assert_eq!(asked.len(), 1, "nothing is sent while something is wrong");
    let body: PatchAgent = serde_json::from_str(asked[0].body.as_deref().unwrap()).unwrap();
    let plan = body.dreaming.plan.unwrap();
    assert_eq!((plan.hour, plan.time_zone.as_str()), (22, "Europe/Berlin"));
    assert_eq!(
        (plan.fewest_interactions, plan.monthly_tokens),
        (20, Some(2_000_000))
    );
    assert_eq!(plan.monthly_cost, None);
    assert_eq!(page.text("[data-fact=dreams]"), "daily at 22:00, UTC");
}

#[wasm_bindgen_test]
async fn a_limit_in_money_is_offered_where_there_are_prices_and_only_there() {
    let without = shown(&knowing_one(), Role::Admin, one);
    until("the button shows", || {
        without.find("[data-action=edit-settings]").is_some()
    })
    .await;
    without.click("[data-action=edit-settings]");
    until("the form shows", || {
        without.find("[name=monthly_tokens]").is_some()
    })
    .await;
    assert!(without.find("[name=monthly_cost]").is_none());
    drop(without);

    let server = knowing_one();
    let mut saved = agent("agent_support", "Support");
    let limit = Money {
        micros: 25_500_000,
        currency: "EUR".to_owned(),
    };
    saved.summary.dreaming.plan.monthly_cost = Some(limit.clone());
    server.answer(Method::Patch, "/agents/agent_support", 200, &saved);
    let mut facts = session(Role::Admin);
    "EUR".clone_into(&mut facts.prices.currency);
    let page = shown_in(&server, facts, one);
    until("the button shows", || {
        page.find("[data-action=edit-settings]").is_some()
    })
    .await;
    page.click("[data-action=edit-settings]");
    until("the form shows", || {
        page.find("[name=monthly_cost]").is_some()
    })
    .await;
    assert!(page.shows("In EUR, at the prices"));
    page.type_into("[name=monthly_cost]", "much");
    until("it says what is wrong", || {
        page.shows("Give an amount such as 25.00")
    })
    .await;
    page.click("[data-action=save-settings]");
    page.type_into("[name=monthly_cost]", "25.50");
    page.click("[data-action=save-settings]");
    until("the form closes", || {
        page.find("[data-form=settings]").is_none()
    })
    .await;
    let asked = server.asked_of(Method::Patch, "/agents/agent_support");
    assert_eq!(asked.len(), 1, "nothing is sent while something is wrong");
    let body: PatchAgent = serde_json::from_str(asked[0].body.as_deref().unwrap()).unwrap();
    assert_eq!(body.dreaming.plan.unwrap().monthly_cost, Some(limit));
    assert_eq!(page.text("[data-fact=limit]"), "25.50 EUR a month");
}

#[wasm_bindgen_test]
async fn a_mistake_shows_its_numbers_and_what_to_do_and_the_baseline_is_measured() {
    let mut thin = agent("agent_support", "Support");
    thin.summary.feedback.positive = 5;
    thin.summary.feedback.negative = 7;
    thin.summary.warnings = vec![
        review_api::SetupWarning::NoWebhook,
        review_api::SetupWarning::ThinBaseline,
    ];
    let server = ScriptedServer::default()
        .getting("/agents/agent_support", &thin)
        .getting("/agents/agent_support/versions", &page(vec![version(12)]))
        .getting("/agents/agent_support/dreams", &page(vec![dream("drm_1")]))
        .getting("/agents/agent_support/dream-runs", &page::<()>(vec![]));
    let mounted = shown(&server, Role::Admin, one);
    until("the advice shows", || {
        mounted.count("[data-about=setup]") == 2
    })
    .await;
    assert!(mounted.shows("7 dreams a week, and no report is posted anywhere."));
    assert!(mounted.shows("12 of 36 ratings, 5 positive and 7 negative."));
    assert!(mounted.shows("not the model"));
    let rate = mounted.find("[data-action=advice-rate]").unwrap();
    assert_eq!(
        rate.get_attribute("href").as_deref(),
        Some("/agents/agent_support/labelling")
    );
    let meter = mounted.find("[data-about=baseline]").unwrap();
    assert_eq!(meter.get_attribute("value").as_deref(), Some("12"));
    assert!(mounted.find("dialog[open]").is_none());
    mounted.click("[data-action=advice-settings]");
    until("the settings can be changed", || {
        mounted.find("dialog[open]").is_some()
    })
    .await;
}

#[wasm_bindgen_test]
async fn the_rule_that_logs_ratings_is_staged_as_a_change_of_the_prompt() {
    let known = agent("agent_support", "Support");
    let change = support::fixtures::change("chg_1", review_api::ChangeState::Staged);
    let server = knowing_one()
        .refusing(
            Method::Post,
            "/changes",
            409,
            "stale_base",
            "The prompt moved on.",
        )
        .answering(Method::Post, "/changes", 201, &change);
    let page = shown(&server, Role::Reviewer, one);
    until("the rule shows", || {
        page.find("[data-about=rule]").is_some()
    })
    .await;
    assert!(
        page.text(".rule-sentence")
            .contains("log that as a negative rating")
    );
    page.click("[data-action=stage-rule]");
    until("the failure shows", || {
        page.text("[data-about=rule-failure]").contains("moved on")
    })
    .await;
    page.click("[data-action=stage-rule]");
    until("the change is named", || {
        page.find("[data-action=open-staged]").is_some()
    })
    .await;
    let href = page
        .find("[data-action=open-staged]")
        .unwrap()
        .get_attribute("href");
    assert_eq!(href.as_deref(), Some("/changes/chg_1"));
    let asked = server.asked_of(Method::Post, "/changes");
    let body: review_api::StageChange =
        serde_json::from_str(asked[1].body.as_deref().unwrap()).unwrap();
    assert_eq!(body.base_version, known.prompt.version);
    let proposed = body.proposed.unwrap();
    assert!(
        proposed.starts_with(&known.prompt.text),
        "nothing else is another"
    );
    assert!(review_core::rule_log::has_rule(&proposed));
}

/// An agent whose v12 was rated so, after a v11 with 9 negative ones of 60.
fn with_outcomes(negative: u32, rated: u32, edit: fn(&mut VersionOutcome)) -> ScriptedServer {
    let mut now = outcome(12, negative, rated);
    edit(&mut now);
    let outcomes = Outcomes {
        versions: vec![outcome(11, 9, 60), now],
        has_older_versions: false,
        now: 12,
        kept: None,
    };
    knowing_outcomes(&outcomes)
}

fn knowing_outcomes(outcomes: &Outcomes) -> ScriptedServer {
    ScriptedServer::default()
        .getting("/agents/agent_support/outcomes", outcomes)
        .getting("/agents/agent_support", &agent("agent_support", "Support"))
        .getting(
            "/agents/agent_support/versions",
            &page(vec![version(12), version(11)]),
        )
        .getting("/agents/agent_support/dreams", &page(vec![dream("drm_1")]))
        .getting("/agents/agent_support/dream-runs", &page::<()>(vec![]))
        .getting(
            "/agents/agent_support/prompt",
            &prompt(11, "The older prompt."),
        )
}

#[wasm_bindgen_test]
async fn a_version_that_does_worse_says_so_in_numbers_with_one_way_back_and_one_yes() {
    let page = shown(&with_outcomes(18, 40, |_| {}), Role::Reviewer, one);
    until("the regression shows", || {
        page.shows("v12 does worse than v11")
    })
    .await;
    assert!(page.shows(
        "18 of 40 rated interactions (45 %, 95 % interval 31 to 60 %) after 9 of 60 (15 %, 95 % interval 8 to 26 %)"
    ));
    let notice = ".notice[data-about=regression]";
    assert_eq!(
        page.count(&format!("{notice} a, {notice} button")),
        2,
        "back, or keep it"
    );
    assert!(
        page.text(notice)
            .contains("to keep a version that does worse takes an approver or more")
    );
    page.click("[data-action=keep-version]");
    assert!(page.find("dialog[open]").is_none(), "a reviewer may not");
    let way_back = page.find("[data-action=regression-way-back]").unwrap();
    assert_eq!(
        way_back.get_attribute("href").unwrap(),
        "/changes/chg_12?ask=roll-back"
    );
    assert!(
        page.text("[data-action=regression-way-back]")
            .starts_with("Roll back to v11")
    );
}

#[wasm_bindgen_test]
async fn a_way_back_that_is_staged_is_opened_and_one_that_is_not_there_is_said() {
    let staged = |it: &mut VersionOutcome| {
        it.applied.as_mut().unwrap().rolled_back_by = Some("chg_back".into());
    };
    let page = shown(&with_outcomes(18, 40, staged), Role::Reviewer, one);
    until("the way back shows", || page.shows("Open the rollback")).await;
    let way_back = page.find("[data-action=regression-way-back]").unwrap();
    assert_eq!(way_back.get_attribute("href").unwrap(), "/changes/chg_back");
    drop(page);
    let page = shown(
        &with_outcomes(18, 40, |it| it.applied = None),
        Role::Reviewer,
        one,
    );
    until("what to do instead shows", || {
        page.shows("v12 was made past the console, so there is no change to roll back.")
    })
    .await;
    assert!(page.find("[data-action=regression-way-back]").is_none());
}

#[wasm_bindgen_test]
async fn where_too_little_is_known_nothing_else_is_said() {
    let page = shown(&with_outcomes(5, 5, |_| {}), Role::Reviewer, one);
    until("that it is too little shows", || {
        page.shows(
            "Too few ratings to tell (n = 5 with v12, n = 60 with v11; it takes 20 of each).",
        )
    })
    .await;
    assert!(page.find("[data-about=regression]").is_none());
}

/// How the versions did once somebody said yes to that.
fn kept_outcomes(negative: u32, rated: u32) -> Outcomes {
    let then = outcome(12, 18, 40);
    Outcomes {
        versions: vec![outcome(11, 9, 60), outcome(12, negative, rated)],
        has_older_versions: false,
        now: 12,
        kept: Some(KeptVersion {
            version: 12,
            by: "approver".into(),
            at: at_hour(3),
            reason: "It asks more, and that is wanted.".to_owned(),
            ratings: then.ratings,
            accuracy: None,
        }),
    }
}

#[wasm_bindgen_test]
async fn a_version_that_does_worse_is_kept_with_a_reason_and_a_failure_loses_nothing() {
    const KEEP: &str = "/agents/agent_support/regression/keep";
    let server = with_outcomes(18, 40, |_| {})
        .refusing(Method::Post, KEEP, 503, "unavailable", "Not now.")
        .answering(Method::Post, KEEP, 200, &kept_outcomes(18, 40).kept)
        .getting("/agents/agent_support/outcomes", &kept_outcomes(18, 40));
    let page = shown(&server, Role::Approver, one);
    until("it can be kept", || {
        page.find("[data-action=keep-version]").is_some()
    })
    .await;
    page.click("[data-action=keep-version]");
    until("the reason is asked for", || {
        page.text("dialog[open]")
            .contains("Keep v12 although it does worse")
    })
    .await;
    page.click("[data-action=confirm-keep-version]");
    assert_eq!(
        server.asked_of(Method::Post, KEEP).len(),
        0,
        "no reason yet"
    );
    page.type_into("[name=keep-reason]", "It asks more, and that is wanted.");
    page.click("[data-action=confirm-keep-version]");
    until("the failure shows", || {
        page.text("[data-about=keep-failure]").contains("Not now.")
    })
    .await;
    assert_eq!(
        page.value("[name=keep-reason]"),
        "It asks more, and that is wanted."
    );
    page.click("[data-action=confirm-keep-version]");
    until("who keeps it shows", || {
        page.find("[data-about=kept-version]").is_some()
    })
    .await;
    let asked = server.asked_of(Method::Post, KEEP);
    assert_eq!(asked[1].header("if-match"), Some("\"4\""));
    let body: KeepVersion = serde_json::from_str(asked[1].body.as_deref().unwrap()).unwrap();
    assert_eq!(
        (body.version, body.reason.as_str()),
        (12, "It asks more, and that is wanted.")
    );
    let said = page.text("[data-about=kept-version]");
    let date = review_core::words::date(at_hour(3));
    for part in [
        "v12 does worse than v11, and is kept",
        &format!("Kept by approver on {date}: It asks more, and that is wanted."),
        "18 of 40 rated interactions",
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }
    assert!(page.find("[data-about=regression]").is_none());
}

#[wasm_bindgen_test]
async fn a_version_that_got_worse_since_it_was_kept_is_a_question_again() {
    let page = shown(
        &knowing_outcomes(&kept_outcomes(38, 60)),
        Role::Approver,
        one,
    );
    until("it is asked again", || {
        page.find("[data-about=regression]").is_some()
    })
    .await;
    assert!(page.find("[data-about=kept-version]").is_none());
}
