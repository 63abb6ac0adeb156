//! The console as a whole: start-up, navigation, users, keys, palette.
#![cfg(target_arch = "wasm32")]
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a missing element fails the test"
)]

mod support;

use dream_review::{api::Method, app::Console, browser::storage, diff_view};
use leptos::{prelude::*, tachys::view::Mountable, wasm_bindgen::JsCast as _};
use review_api::{ApplyOutcome, ChangeState, DEV_USER_HEADER, Outcomes, Role, Session};
use support::{
    Mounted, ScriptedServer, at,
    fixtures::{
        agent, agent_summary, at_hour, audit_entry, change, inbox, inbox_item, outcome, page,
        prompt, session, suggestion, version,
    },
    mounted, press, until,
};
use wasm_bindgen_test::*;

wasm_bindgen_test_configure!(run_in_browser);

fn knowing_all() -> ScriptedServer {
    ScriptedServer::default()
        .getting("/session", &session(Role::Reviewer))
        .getting(
            "/inbox",
            &inbox(vec![inbox_item("sug_1", "One"), inbox_item("sug_2", "Two")]),
        )
        .getting(
            "/agents",
            &page(vec![agent_summary("agent_support", "Support")]),
        )
        .getting("/changes", &page::<()>(vec![]))
        .getting(
            "/audit",
            &page(vec![audit_entry(
                1,
                "reviewer",
                review_api::AuditAction::ChangeStaged,
            )]),
        )
}

fn shown(server: &ScriptedServer, path: &str) -> Mounted<impl Mountable + use<>> {
    let client = server.client();
    storage::set_tab_value("dream-review:acting-as", None);
    at(path);
    mounted(move || view! { <Console client /> })
}

/// Ends a test: the view is gone before the address is set back.
fn end(page: Mounted<impl Mountable>) {
    drop(page);
    at("/");
}

fn focused() -> String {
    let active = document().active_element().unwrap();
    let link: leptos::web_sys::HtmlElement = active.unchecked_into();
    link.text_content().unwrap_or_default()
}

#[wasm_bindgen_test]
async fn a_proxy_that_does_not_answer_is_said_and_can_be_tried_again() {
    let server = ScriptedServer::default()
        .unreachable(Method::Get, "/session")
        .getting("/session", &session(Role::Reviewer))
        .getting("/inbox", &inbox(vec![]));
    let page = shown(&server, "/");
    until("the reason shows", || {
        page.shows("Dream Review cannot start")
    })
    .await;
    assert!(page.shows("The review server cannot be reached."));
    page.click("[data-action=retry]");
    until("the inbox shows", || page.text("h1") == "Inbox").await;
    end(page);
}

#[wasm_bindgen_test]
async fn a_proxy_of_another_version_is_said() {
    let server = ScriptedServer::default().getting(
        "/session",
        &Session {
            api_version: 99,
            proxy_version: "7.1.0".to_owned(),
            ..session(Role::Reviewer)
        },
    );
    let page = shown(&server, "/");
    until("the reason shows", || {
        page.shows("speaks version 99 of the console API")
    })
    .await;
    assert!(page.shows("release 7.1.0"));
    end(page);
}

#[wasm_bindgen_test]
async fn a_deep_link_opens_its_page_and_the_window_has_its_title() {
    let page = shown(&knowing_all(), "/audit");
    until("the audit shows", || page.text("h1") == "Audit").await;
    until("the title is set", || {
        document().title() == "Audit · Dream Review"
    })
    .await;
    assert_eq!(page.text(".rail [aria-current=page] .rail-word"), "Audit");
    end(page);
}

#[wasm_bindgen_test]
async fn an_address_that_leads_nowhere_says_so() {
    let page = shown(&knowing_all(), "/nowhere/at/all");
    until("the page shows", || page.text("h1") == "Nothing here").await;
    end(page);
}

#[wasm_bindgen_test]
async fn p47_a_link_opens_its_page_and_the_heading_takes_the_keyboard() {
    let page = shown(&knowing_all(), "/");
    until("the rows show", || page.count(".inbox-row") == 2).await;
    assert_eq!(page.text(".rail-count"), "2");
    page.click(".rail a[href='/agents']");
    until("the agents show", || {
        page.find("[data-agent=agent_support]").is_some()
    })
    .await;
    until("the heading has the keyboard", || focused() == "Agents").await;
    assert_eq!(window().location().pathname().unwrap(), "/agents");
    end(page);
}

/// Follows a link to `href`, as any link of a page would lead there.
fn follow(page: &Mounted<impl Mountable>, href: &str) {
    let link = document().create_element("a").unwrap();
    link.set_attribute("href", href).unwrap();
    page.find("main").unwrap().append_child(&link).unwrap();
    let link: leptos::web_sys::HtmlElement = link.unchecked_into();
    link.click();
}

#[wasm_bindgen_test]
async fn a_page_reads_the_parameters_of_its_own_address_and_not_those_of_the_page_before() {
    let page = shown(&knowing_all(), "/?q=left+behind");
    until("the inbox shows", || page.shows("One")).await;
    let looked_for = || {
        let field = page.find("input[type=search]")?;
        let field: leptos::web_sys::HtmlInputElement = field.unchecked_into();
        Some(field.value())
    };
    follow(&page, "/agents");
    until("nothing is looked for", || {
        looked_for().as_deref() == Some("")
    })
    .await;
    follow(&page, "/");
    until("the inbox shows again", || page.shows("Two")).await;
    follow(&page, "/agents?q=Supp");
    until("it looks for what the link said", || {
        looked_for().as_deref() == Some("Supp")
    })
    .await;
    end(page);
}

#[wasm_bindgen_test]
async fn p47_keys_go_to_places_and_walk_along_rows() {
    let page = shown(&knowing_all(), "/");
    until("the rows show", || page.count(".inbox-row") == 2).await;
    press("j");
    assert!(focused().contains("One"), "{}", focused());
    press("j");
    assert!(focused().contains("Two"), "{}", focused());
    press("k");
    assert!(focused().contains("One"), "{}", focused());
    press("g");
    press("a");
    until("the agents show", || {
        page.find("[data-agent=agent_support]").is_some()
    })
    .await;
    press("g");
    press("l");
    until("the audit shows", || page.text("h1") == "Audit").await;
    end(page);
}

#[wasm_bindgen_test]
async fn keys_are_off_while_typing() {
    let page = shown(&knowing_all(), "/agents");
    until("the row shows", || {
        page.find("[data-agent=agent_support]").is_some()
    })
    .await;
    press("/");
    let field = page.find("[name=search-agents]").unwrap();
    assert_eq!(document().active_element().unwrap(), *field);
    press("g");
    press("i");
    press("?");
    assert!(page.find("dialog[open]").is_none());
    field.blur().unwrap();
    press("?");
    until("the key sheet opens", || {
        page.find("dialog.key-sheet[open]").is_some()
    })
    .await;
    assert!(page.text("dialog.key-sheet").contains("Find an agent"));
    assert_eq!(page.text("h1"), "Agents");
    end(page);
}

#[wasm_bindgen_test]
async fn the_palette_finds_commands_and_agents_and_does_them() {
    let page = shown(&knowing_all(), "/");
    until("the rows show", || page.count(".inbox-row") == 2).await;
    press("Mod+k");
    until("the palette opens", || {
        page.find("dialog.palette[open]").is_some()
    })
    .await;
    until("the agent is offered", || {
        page.text(".palette-list").contains("Support")
    })
    .await;
    let offered = page.text(".palette-list");
    assert!(offered.contains("Go to the audit"));
    let place = |label: &str| offered.find(label).unwrap();
    assert!(place("Go to the inbox") < place("Go to the agents"));
    assert!(place("Go to the settings") < place("Show all keys"));
    assert!(!offered.contains("Find a command"), "it is open");
    page.type_into(".palette-input", "audit go");
    until("one fits", || page.count(".palette-item") == 1).await;
    page.find(".palette-input").unwrap().focus().unwrap();
    press("Enter");
    until("the audit shows", || page.text("h1") == "Audit").await;
    until("the palette is closed", || {
        page.find("dialog[open]").is_none()
    })
    .await;

    page.click("[data-action=palette]");
    until("it opens again", || {
        page.find("dialog.palette[open]").is_some()
    })
    .await;
    page.type_into(".palette-input", "nothing like this");
    until("it says so", || page.shows("No command or agent fits.")).await;
    end(page);
}

#[wasm_bindgen_test]
async fn acting_as_another_user_asks_for_everything_in_their_name_and_lasts_in_the_tab() {
    let server = knowing_all();
    let page = shown(&server, "/");
    until("the rows show", || page.count(".inbox-row") == 2).await;
    assert!(page.find("[data-user=reviewer]").is_some());
    page.choose("[name=acting-as]", "approver");
    until("the inbox is asked for again", || {
        let asked = server.asked_of(Method::Get, "/inbox");
        asked.last().unwrap().header(DEV_USER_HEADER) == Some("approver")
    })
    .await;
    assert!(page.find("[data-user=approver]").is_some());
    drop(page);

    let client = server.client();
    let page = mounted(move || view! { <Console client /> });
    until("the console is back", || page.text("h1") == "Inbox").await;
    let asked = server.asked_of(Method::Get, "/session");
    assert_eq!(
        asked.last().unwrap().header(DEV_USER_HEADER),
        Some("approver")
    );
    storage::set_tab_value("dream-review:acting-as", None);
    end(page);
}

#[wasm_bindgen_test]
async fn a_user_that_the_proxy_no_longer_knows_is_forgotten() {
    let server = ScriptedServer::default()
        .refusing(Method::Get, "/session", 403, "forbidden", "No such user.")
        .getting("/session", &session(Role::Reviewer))
        .getting("/inbox", &inbox(vec![]));
    let client = server.client();
    at("/");
    storage::set_tab_value("dream-review:acting-as", Some("nobody"));
    let page = mounted(move || view! { <Console client /> });
    until("the inbox shows", || page.text("h1") == "Inbox").await;
    let asked = server.asked_of(Method::Get, "/session");
    assert_eq!(asked[0].header(DEV_USER_HEADER), Some("nobody"));
    assert_eq!(asked[1].header(DEV_USER_HEADER), None);
    assert_eq!(storage::tab_value("dream-review:acting-as"), None);
    end(page);
}

#[wasm_bindgen_test]
async fn where_people_log_in_there_is_no_switch() {
    let server = knowing_all();
    let alone = Session {
        switchable: Vec::new(),
        ..session(Role::Approver)
    };
    let server_alone = ScriptedServer::default()
        .getting("/session", &alone)
        .getting("/inbox", &inbox(vec![]));
    drop(server);
    let page = shown(&server_alone, "/settings");
    until("the settings show", || page.text("h1") == "Settings").await;
    assert!(page.find("[name=acting-as]").is_none());
    assert!(page.text("[data-user=approver]").contains("approver"));
    assert_eq!(page.text("[data-fact=role]"), "approver");
    page.click("[data-action=show-keys]");
    until("the key sheet opens", || {
        page.find("dialog.key-sheet[open]").is_some()
    })
    .await;
    end(page);
}

#[wasm_bindgen_test]
async fn the_run_over_a_sample_leaves_the_page_its_place_and_what_is_kept_as_they_were() {
    let page = mounted(|| {
        let lines = (0..400).map(|line| view! { <p>{line}</p> });
        lines.collect_view()
    });
    window().scroll_to_with_x_and_y(0.0, 500.0);
    let kept = || window().local_storage().unwrap().unwrap().length().unwrap();
    let elements = || document().query_selector_all("*").unwrap().length();
    let (kept_before, elements_before) = (kept(), elements());
    let is_done = ArcRwSignal::new(false);
    diff_view::warm_up({
        let is_done = is_done.clone();
        move || is_done.set(true)
    });
    until("the sample has been run over", || is_done.get_untracked()).await;
    assert!((window().scroll_y().unwrap() - 500.0).abs() < 1.0);
    assert_eq!((kept(), elements()), (kept_before, elements_before));
    window().scroll_to_with_x_and_y(0.0, 0.0);
    drop(page);
}

/// A proxy that knows an agent whose version 12, made by a change, does worse than the one before.
fn knowing_a_regression(role: Role) -> ScriptedServer {
    let outcomes = Outcomes {
        versions: vec![outcome(11, 9, 60), outcome(12, 18, 40)],
        now: 12,
        ..Outcomes::default()
    };
    let mut applied = change("chg_12", ChangeState::Applied);
    applied.outcome = Some(ApplyOutcome {
        by: "approver".into(),
        at: at_hour(2),
        version: Some(12),
        message: "The platform has it as version 12.".to_owned(),
    });
    ScriptedServer::default()
        .getting("/session", &session(role))
        .getting("/inbox", &inbox(vec![]))
        .getting("/agents/agent_support", &agent("agent_support", "Support"))
        .getting("/agents/agent_support/outcomes", &outcomes)
        .getting("/agents/agent_support/versions", &page(vec![version(12)]))
        .getting("/agents/agent_support/dreams", &page::<()>(vec![]))
        .getting("/agents/agent_support/dream-runs", &page::<()>(vec![]))
        .getting("/agents/agent_support/prompt", &prompt(11, "The older."))
        .getting("/changes/chg_12", &applied)
}

#[wasm_bindgen_test]
async fn the_key_r_leads_from_a_regression_to_the_question_whether_to_roll_back() {
    let server = knowing_a_regression(Role::Reviewer);
    let page = shown(&server, "/agents/agent_support");
    until("the regression shows", || {
        page.shows("v12 does worse than v11")
    })
    .await;
    press("R");
    until("it asks whether to roll back", || {
        page.find("dialog[open] [data-action=confirm-roll-back]")
            .is_some()
    })
    .await;
    assert_eq!(window().location().pathname().unwrap(), "/changes/chg_12");
    let posts = server
        .asked()
        .into_iter()
        .filter(|asked| asked.method == Method::Post);
    assert_eq!(posts.count(), 0, "nothing is done unasked");
    end(page);
}

#[wasm_bindgen_test]
async fn the_key_r_is_a_letter_while_one_types() {
    let server = knowing_a_regression(Role::Approver);
    let page = shown(&server, "/agents/agent_support");
    until("the regression shows", || {
        page.shows("v12 does worse than v11")
    })
    .await;
    let here = || window().location().pathname().unwrap();
    page.click("[data-action=keep-version]");
    until("the reason is asked for", || {
        page.find("dialog[open] [name=keep-reason]").is_some()
    })
    .await;
    let field = page.find("[name=keep-reason]").unwrap();
    field.focus().unwrap();
    assert!(!press("R"), "typed into the reason");
    page.click("[data-action=cancel-keep-version]");
    until("the dialog is gone", || page.find("dialog[open]").is_none()).await;
    for kind in ["input", "textarea"] {
        let field = document().create_element(kind).unwrap();
        let field: leptos::web_sys::HtmlElement = field.unchecked_into();
        page.find("main").unwrap().append_child(&field).unwrap();
        field.focus().unwrap();
        assert_eq!(document().active_element().unwrap(), *field);
        assert!(!press("R"), "typed into {kind}");
        field.remove();
    }
    // The same key, where nothing is typed.
    assert_eq!(here(), "/agents/agent_support");
    assert!(press("R"));
    until("it leads there", || here() == "/changes/chg_12").await;
    end(page);
}

/// Returns everything that this browser keeps: keys and texts.
fn kept() -> Vec<(String, String)> {
    let storages = [
        window().local_storage().unwrap().unwrap(),
        window().session_storage().unwrap().unwrap(),
    ];
    let mut all = Vec::new();
    for storage in storages {
        for index in 0..storage.length().unwrap() {
            let key = storage.key(index).unwrap().unwrap();
            let text = storage.get_item(&key).unwrap().unwrap();
            all.push((key, text));
        }
    }
    all
}

#[wasm_bindgen_test]
async fn p34_what_one_user_types_is_not_there_for_the_next() {
    let server = knowing_a_regression(Role::Admin)
        .getting("/automation", &review_api::AutomationSwitch::default())
        .getting("/suggestions/sug_1", &suggestion("sug_1"));
    for storage in [
        window().local_storage().unwrap().unwrap(),
        window().session_storage().unwrap().unwrap(),
    ] {
        storage.clear().unwrap();
    }
    // Pages, what asks for words there, and the field for them.
    let fields: [(&str, Option<&str>, &str); 5] = [
        ("/agents/new", None, "[name=name]"),
        ("/agents/new", None, "[name=system_prompt]"),
        (
            "/agents/agent_support",
            Some("[data-action=keep-version]"),
            "[name=keep-reason]",
        ),
        (
            "/suggestions/sug_1",
            Some("[data-action=reject]"),
            "[name=reason]",
        ),
        (
            "/settings",
            Some("[data-action=switch-automation]"),
            "[name=automation-reason]",
        ),
    ];
    for (path, ask, field) in fields {
        let page = shown(&server, path);
        if let Some(ask) = ask {
            until(ask, || page.find(ask).is_some()).await;
            page.click(ask);
        }
        until(field, || page.find(field).is_some()).await;
        page.type_into(field, "words of the admin");
        page.choose("[name=acting-as]", "approver");
        until("another user acts", || {
            page.find("[data-user=approver]").is_some()
        })
        .await;
        if let Some(ask) = ask {
            until(ask, || page.find(ask).is_some()).await;
            page.click(ask);
        }
        until("the field is there", || page.find(field).is_some()).await;
        assert_eq!(page.value(field), "", "{path} {field}");
        page.type_into(field, "words of the approver");
        end(page);
    }
    let of = |words: &str| {
        let all = kept().into_iter();
        all.filter(|(_, text)| text.contains(words))
            .map(|(key, _)| key)
            .collect::<Vec<_>>()
    };
    for (words, user) in [
        ("words of the admin", ":admin:"),
        ("words of the approver", ":approver:"),
    ] {
        let keys = of(words);
        assert_eq!(keys.len(), 5, "{keys:?}");
        let elsewhere = keys.iter().find(|key| !key.contains(user));
        assert_eq!(elsewhere, None, "{keys:?}");
    }
}
