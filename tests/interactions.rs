//! Interactions and their feedback, mounted in a browser.
#![cfg(target_arch = "wasm32")]
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a missing element or request fails the test"
)]

mod support;

use dream_review::{
    api::Method,
    interactions::{AgentInteractionsPage, InteractionPage},
    keyboard::Keyboard,
    session::Session,
    ui::{ToastRegion, Toasts},
};
use leptos::{prelude::*, tachys::view::Mountable};
use review_api::{
    Check, CreateFeedback, Feedback, FeedbackCounts, FeedbackSource, FeedbackWithdrawn, Freshness,
    Interaction, InteractionSummary, LogEvent, LogEventKind, Page, Rating, Role,
};
use support::{Mounted, ScriptedServer, at, fixtures, mounted, press, until};
use wasm_bindgen_test::*;

wasm_bindgen_test_configure!(run_in_browser);

const LIST: &str = "/agents/agent_support/interactions";
const ONE: &str = "/interactions/sesn_1";
const TRANSCRIPT: &str = "/interactions/sesn_1/transcript";
const FEEDBACK: &str = "/feedback";
const RATING: &str = "/feedback/fbk_1";

fn list_page(server: &ScriptedServer) -> Mounted<impl Mountable + use<>> {
    let client = server.client();
    mounted(move || {
        client.clone().provide();
        Session::provide(client, fixtures::session(Role::Reviewer));
        view! { <AgentInteractionsPage id="agent_support".into() /> }
    })
}

fn interaction_page(server: &ScriptedServer, role: Role) -> Mounted<impl Mountable + use<>> {
    let client = server.client();
    mounted(move || {
        client.clone().provide();
        Session::provide(client, fixtures::session(role));
        let toasts = Toasts::provide();
        Keyboard::provide();
        view! {
            <InteractionPage id="sesn_1".into() />
            <ToastRegion toasts />
        }
    })
}

fn summary(id: &str, title: &str, positive: u64, negative: u64) -> InteractionSummary {
    InteractionSummary {
        id: id.into(),
        agent_id: "agent_support".into(),
        agent_name: "Support".to_owned(),
        agent_version: 12,
        title: title.to_owned(),
        status: "idle".to_owned(),
        created_at: fixtures::at_hour(1),
        feedback: FeedbackCounts { positive, negative },
    }
}

fn event(number: usize, kind: LogEventKind, label: &str, text: &str) -> LogEvent {
    LogEvent {
        id: format!("sevt_{number}"),
        at: Some(fixtures::at_hour(1)),
        kind,
        label: label.to_owned(),
        text: text.to_owned(),
        cut_chars: 0,
    }
}

fn given(id: &str, rating: Rating, comment: &str) -> Feedback {
    Feedback {
        id: id.into(),
        agent_id: "agent_support".into(),
        interaction_id: "sesn_1".into(),
        rating,
        comment: Some(comment.to_owned()),
        expected: None,
        check: None,
        author: "approver".into(),
        source: FeedbackSource::Reviewer,
        event_id: None,
        created_at: fixtures::at_hour(2),
        edited_at: None,
        revision: 1,
    }
}

fn interaction(feedback: Vec<Feedback>) -> Interaction {
    Interaction {
        summary: summary("sesn_1", "Refund for a kettle", 0, 0),
        transcript: Page {
            items: vec![
                event(
                    1,
                    LogEventKind::UserMessage,
                    "user.message",
                    "My <b>kettle</b> is cracked.",
                ),
                event(
                    2,
                    LogEventKind::ToolUse,
                    "lookup_order",
                    r#"{"order_id":"A-1"}"#,
                ),
                event(3, LogEventKind::ToolError, "lookup_order", "no such order"),
                event(
                    4,
                    LogEventKind::AgentMessage,
                    "agent.message",
                    "Which order was it?",
                ),
                event(
                    5,
                    LogEventKind::AgentMessage,
                    "agent.message",
                    "I could not find it.",
                ),
            ],
            next_cursor: Some("c2".to_owned()),
            freshness: None,
        },
        feedback,
    }
}

fn second_page() -> Page<LogEvent> {
    Page {
        items: vec![event(
            6,
            LogEventKind::UserMessage,
            "user.message",
            "A-2, sorry.",
        )],
        next_cursor: None,
        freshness: None,
    }
}

/// Forgets what an earlier test may have left.
fn fresh_start(path: &str) {
    at(path);
    window().local_storage().unwrap().unwrap().clear().unwrap();
}

#[wasm_bindgen_test]
async fn the_list_shows_each_interaction_with_its_ratings() {
    fresh_start("/agents/agent_support/interactions");
    let first = Page {
        items: vec![
            summary("sesn_1", "Refund", 2, 1),
            summary("sesn_2", "", 0, 0),
        ],
        next_cursor: Some("c2".to_owned()),
        freshness: Some(Freshness {
            read_at: Some(fixtures::at_hour(3)),
            problem: Some("The platform cannot be reached; this is from before.".to_owned()),
        }),
    };
    let server = ScriptedServer::default().getting(LIST, &first).getting(
        LIST,
        &fixtures::page(vec![summary("sesn_3", "Lost parcel", 0, 1)]),
    );
    server.hold();
    let page = list_page(&server);
    until("the skeleton shows", || {
        page.find("[data-face=loading] .skeleton").is_some()
    })
    .await;
    server.release();
    until("the rows show", || page.count("[data-row]") == 2).await;
    let row = page.text("[data-row=sesn_1]");
    for part in ["Refund", "v12", "2 positive", "1 negative"] {
        assert!(row.contains(part), "{part} in {row}");
    }
    assert!(
        page.text("[data-row=sesn_2]").contains("sesn_2"),
        "no title: the id stands in"
    );
    assert!(page.text("[data-row=sesn_2]").contains("not rated"));
    assert!(
        page.text("[data-about=freshness]")
            .contains("cannot be reached")
    );
    let href = page
        .find("[data-row=sesn_1]")
        .unwrap()
        .get_attribute("href");
    assert_eq!(href.as_deref(), Some("/interactions/sesn_1"));

    page.click("[data-action=more]");
    until("the next page shows", || page.count("[data-row]") == 3).await;
}

#[wasm_bindgen_test]
async fn the_list_is_filtered_by_the_proxy_and_the_address_says_so() {
    fresh_start("/agents/agent_support/interactions");
    let server = ScriptedServer::default()
        .getting(
            LIST,
            &fixtures::page(vec![summary("sesn_1", "Refund", 1, 0)]),
        )
        .getting(
            LIST,
            &fixtures::page(vec![summary("sesn_2", "Parcel", 0, 0)]),
        )
        .getting(LIST, &fixtures::page(Vec::<InteractionSummary>::new()));
    let page = list_page(&server);
    until("the rows show", || page.find("[data-row=sesn_1]").is_some()).await;
    page.click("[data-tab=no]");
    until("the unrated show", || {
        page.find("[data-row=sesn_2]").is_some()
    })
    .await;
    assert!(page.find("[data-row=sesn_1]").is_none());
    page.type_into("[name=find]", "nobody");
    until("nothing fits", || page.find("[data-face=empty]").is_some()).await;
    assert!(page.shows("No interaction fits"));

    let asked = server.asked_of(Method::Get, LIST);
    assert!(asked[1].url.contains("rated=no"), "{}", asked[1].url);
    assert!(
        asked[2].url.contains("rated=no&q=nobody"),
        "{}",
        asked[2].url
    );
    let search = window().location().search().unwrap();
    assert!(
        search.contains("rated=no") && search.contains("q=nobody"),
        "{search}"
    );
    at("/agents/agent_support/interactions");
}

#[wasm_bindgen_test]
async fn an_agent_without_interactions_says_what_will_fill_the_list() {
    fresh_start("/agents/agent_support/interactions");
    let server =
        ScriptedServer::default().getting(LIST, &fixtures::page(Vec::<InteractionSummary>::new()));
    let page = list_page(&server);
    until("the empty face shows", || {
        page.find("[data-face=empty]").is_some()
    })
    .await;
    assert!(page.shows("No interactions yet"));
}

#[wasm_bindgen_test]
async fn a_list_that_does_not_load_can_be_asked_for_again() {
    fresh_start("/agents/agent_support/interactions?rated=yes");
    let server = ScriptedServer::default()
        .unreachable(Method::Get, LIST)
        .getting(
            LIST,
            &fixtures::page(vec![summary("sesn_1", "Refund", 1, 0)]),
        );
    let page = list_page(&server);
    until("the failure shows", || {
        page.find("[data-face=failed]").is_some()
    })
    .await;
    page.click("[data-action=retry]");
    until("the rows show", || page.find("[data-row]").is_some()).await;
    for asked in server.asked_of(Method::Get, LIST) {
        assert!(
            asked.url.contains("rated=yes"),
            "the address's filter is kept: {}",
            asked.url
        );
    }
    at("/agents/agent_support/interactions");
}

#[wasm_bindgen_test]
async fn a_transcript_reads_as_a_conversation() {
    fresh_start("/interactions/sesn_1");
    let server = ScriptedServer::default()
        .getting(
            ONE,
            &interaction(vec![given("fbk_1", Rating::Negative, "Asked too late")]),
        )
        .getting(TRANSCRIPT, &second_page());
    server.hold();
    let page = interaction_page(&server, Role::Reviewer);
    until("the skeleton shows", || {
        page.find("[data-face=loading] .skeleton").is_some()
    })
    .await;
    server.release();
    until("the transcript shows", || page.count(".event") == 5).await;
    assert_eq!(page.text("h1"), "Refund for a kettle");
    assert!(
        page.shows("My <b>kettle</b> is cracked."),
        "what was said is text, not markup"
    );
    assert_eq!(
        page.text("[data-event=sevt_2] .event-gist"),
        "order_id: A-1"
    );
    assert!(
        page.text("[data-event=sevt_3]").contains("no such order"),
        "errors are open"
    );
    assert!(page.find("[data-event=sevt_5][data-continues]").is_some());
    assert!(
        page.text("[data-feedback=fbk_1]")
            .contains("negative by approver in the console")
    );
    assert!(
        page.text("[data-feedback=fbk_1]")
            .contains("Asked too late")
    );

    page.click("[data-action=more]");
    until("the next page shows", || page.count(".event") == 6).await;
}

#[wasm_bindgen_test]
async fn an_interaction_without_events_and_one_that_is_gone_say_so() {
    fresh_start("/interactions/sesn_1");
    let mut silent = interaction(Vec::new());
    silent.transcript = Page::default();
    let server = ScriptedServer::default()
        .refusing(
            Method::Get,
            ONE,
            404,
            "not_found",
            "There is no such interaction.",
        )
        .getting(ONE, &silent);
    let page = interaction_page(&server, Role::Reviewer);
    until("the failure shows", || {
        page.find("[data-face=failed]").is_some()
    })
    .await;
    assert!(page.shows("There is no such interaction."));
    drop(page);

    let page = interaction_page(&server, Role::Reviewer);
    until("the empty face shows", || {
        page.find("[data-face=empty]").is_some()
    })
    .await;
    assert!(page.shows("Nothing was said yet"));
}

#[wasm_bindgen_test]
async fn a_link_to_an_event_finds_it_on_a_later_page() {
    fresh_start("/interactions/sesn_1?event=sevt_6");
    let server = ScriptedServer::default()
        .getting(ONE, &interaction(Vec::new()))
        .getting(TRANSCRIPT, &second_page());
    let page = interaction_page(&server, Role::Reviewer);
    until("the event is marked", || {
        page.find("[data-event=sevt_6][data-marked]").is_some()
    })
    .await;
    assert_eq!(page.count("[data-marked]"), 1);
    until("the event has the keyboard", || {
        document()
            .active_element()
            .is_some_and(|element| element.id() == "event-sevt_6")
    })
    .await;
    at("/interactions/sesn_1");
}

#[wasm_bindgen_test]
async fn a_link_to_an_event_that_is_gone_says_so() {
    fresh_start("/interactions/sesn_1?event=sevt_gone");
    let server = ScriptedServer::default()
        .getting(ONE, &interaction(Vec::new()))
        .getting(TRANSCRIPT, &second_page());
    let page = interaction_page(&server, Role::Reviewer);
    until("that is said", || {
        page.find("[data-about=missing-event]").is_some()
    })
    .await;
    assert_eq!(page.count(".event"), 6, "all of the transcript was read");
    at("/interactions/sesn_1");
}

#[wasm_bindgen_test]
async fn feedback_is_sent_once_and_shows_without_a_reload() {
    fresh_start("/interactions/sesn_1");
    let server = ScriptedServer::default()
        .getting(ONE, &interaction(Vec::new()))
        .answering(
            Method::Post,
            FEEDBACK,
            201,
            &given("fbk_9", Rating::Negative, "Too late"),
        );
    let page = interaction_page(&server, Role::Reviewer);
    until("the form shows", || {
        page.find("[data-action=save-feedback]").is_some()
    })
    .await;
    assert!(page.shows("No ratings yet"));
    assert!(page.shows("Choose positive or negative first."));

    press("2");
    until("the rating is chosen", || {
        page.find("[data-rating=negative][aria-pressed=true]")
            .is_some()
    })
    .await;
    page.type_into("[name=comment]", " Too late ");
    page.type_into("[name=expected]", "Which order is it?");
    assert_eq!(
        page.text("[data-action=save-feedback]"),
        "Save negative rating"
    );
    page.click("[data-action=save-feedback]");

    until("the rating is in the list", || {
        page.find("[data-feedback=fbk_9]").is_some()
    })
    .await;
    assert!(page.text(".toasts").contains("Saved your negative rating."));
    assert_eq!(page.value("[name=comment]"), "");
    assert!(
        page.find("[data-rating=negative][aria-pressed=true]")
            .is_none()
    );
    assert_eq!(
        window().local_storage().unwrap().unwrap().length().unwrap(),
        0,
        "no draft is left"
    );

    let sent = server.asked_of(Method::Post, FEEDBACK);
    assert_eq!(sent.len(), 1);
    assert!(sent[0].header("idempotency-key").is_some());
    let body: CreateFeedback = serde_json::from_str(sent[0].body.as_deref().unwrap()).unwrap();
    assert_eq!(body.rating, Rating::Negative);
    assert_eq!(body.comment.as_deref(), Some("Too late"));
    assert_eq!(body.expected.as_deref(), Some("Which order is it?"));
    assert_eq!(
        server.asked_of(Method::Get, ONE).len(),
        1,
        "nothing was loaded again"
    );
}

#[wasm_bindgen_test]
async fn an_error_keeps_what_was_typed_and_the_next_try_is_the_same_write() {
    fresh_start("/interactions/sesn_1");
    let server = ScriptedServer::default()
        .getting(ONE, &interaction(Vec::new()))
        .unreachable(Method::Post, FEEDBACK)
        .answering(
            Method::Post,
            FEEDBACK,
            201,
            &given("fbk_9", Rating::Positive, "Well done"),
        );
    let page = interaction_page(&server, Role::Reviewer);
    until("the form shows", || {
        page.find("[data-rating=positive]").is_some()
    })
    .await;
    page.click("[data-rating=positive]");
    page.type_into("[name=comment]", "Well done");
    page.click("[data-action=save-feedback]");

    until("the failure shows", || {
        page.find("[data-about=feedback-failure]").is_some()
    })
    .await;
    assert!(
        page.text("[data-about=feedback-failure]")
            .contains("cannot be reached")
    );
    assert!(
        page.text("[data-about=feedback-failure]")
            .contains("is kept")
    );
    assert_eq!(page.value("[name=comment]"), "Well done");
    assert!(
        page.find("[data-rating=positive][aria-pressed=true]")
            .is_some()
    );

    page.click("[data-action=save-feedback]");
    until("the rating is in the list", || {
        page.find("[data-feedback=fbk_9]").is_some()
    })
    .await;
    assert!(page.find("[data-about=feedback-failure]").is_none());
    let sent = server.asked_of(Method::Post, FEEDBACK);
    assert_eq!(
        sent[0].header("idempotency-key"),
        sent[1].header("idempotency-key")
    );
}

#[wasm_bindgen_test]
async fn p34_a_draft_is_there_again_after_a_reload_and_only_for_its_author() {
    fresh_start("/interactions/sesn_1");
    let server = ScriptedServer::default().getting(ONE, &interaction(Vec::new()));
    let page = interaction_page(&server, Role::Reviewer);
    until("the form shows", || {
        page.find("[data-rating=negative]").is_some()
    })
    .await;
    page.click("[data-rating=negative]");
    page.type_into("[name=expected]", "Which order is it?");
    drop(page);

    let page = interaction_page(&server, Role::Approver);
    until("the form shows", || {
        page.find("[data-rating=negative]").is_some()
    })
    .await;
    assert_eq!(
        page.value("[name=expected]"),
        "",
        "another user's draft is not shown"
    );
    drop(page);

    let page = interaction_page(&server, Role::Reviewer);
    until("the form shows", || {
        page.find("[data-rating=negative]").is_some()
    })
    .await;
    assert_eq!(page.value("[name=expected]"), "Which order is it?");
    assert!(
        page.find("[data-rating=negative][aria-pressed=true]")
            .is_some()
    );
}

#[wasm_bindgen_test]
async fn a_viewer_reads_why_they_may_not_rate() {
    fresh_start("/interactions/sesn_1");
    let server = ScriptedServer::default().getting(ONE, &interaction(Vec::new()));
    let page = interaction_page(&server, Role::Viewer);
    until("the reason shows", || {
        page.find("[data-about=may-not-rate]").is_some()
    })
    .await;
    assert!(page.shows("You are signed in as viewer; to give feedback takes a reviewer or more."));
    press("1");
    page.click("[data-action=save-feedback]");
    assert!(page.find("[data-rating][aria-pressed=true]").is_none());
    assert!(page.find(".feedback-fields:disabled").is_some());
    assert!(server.asked_of(Method::Post, FEEDBACK).is_empty());
}

#[wasm_bindgen_test]
async fn a_rating_of_ones_own_is_edited_with_a_check_and_withdrawn() {
    fresh_start("/interactions/sesn_1");
    let mine = Feedback {
        author: "reviewer".into(),
        ..given("fbk_1", Rating::Negative, "Too late")
    };
    let edited = Feedback {
        check: Some(Check::Contains {
            text: "30 days".to_owned(),
        }),
        edited_at: Some(fixtures::at_hour(3)),
        revision: 2,
        ..mine.clone()
    };
    let others = given("fbk_2", Rating::Positive, "Well done");
    let server = ScriptedServer::default()
        .getting(ONE, &interaction(vec![mine, others]))
        .refusing(Method::Patch, RATING, 400, "bad_request", "No such check.")
        .answering(Method::Patch, RATING, 200, &edited)
        .answering(
            Method::Delete,
            RATING,
            200,
            &FeedbackWithdrawn { id: "fbk_1".into() },
        );
    let page = interaction_page(&server, Role::Reviewer);
    until("the ratings show", || {
        page.find("[data-feedback=fbk_1] [data-action=edit-rating]")
            .is_some()
    })
    .await;
    assert!(
        page.find("[data-feedback=fbk_2] [data-action]").is_none(),
        "what others said is theirs"
    );

    page.click("[data-action=edit-rating]");
    until("the fields show what was said", || {
        page.find("[data-feedback=fbk_1] [name=comment]").is_some()
    })
    .await;
    assert_eq!(
        page.value("[data-feedback=fbk_1] [name=comment]"),
        "Too late"
    );
    page.choose("[data-feedback=fbk_1] [name=check-kind]", "contains");
    until("the check's text can be typed", || {
        page.find("[data-feedback=fbk_1] [name=check-text]")
            .is_some()
    })
    .await;
    page.type_into("[data-feedback=fbk_1] [name=check-text]", "30 days");
    page.click("[data-action=save-rating]");
    until("the refusal shows", || {
        page.find("[data-feedback=fbk_1] [data-about=rating-failure]")
            .is_some()
    })
    .await;
    assert_eq!(
        page.value("[data-feedback=fbk_1] [name=check-text]"),
        "30 days",
        "nothing typed is lost"
    );
    page.click("[data-action=save-rating]");
    until("the edited rating shows", || {
        page.find("[data-feedback=fbk_1]")
            .is_some_and(|item| item.text_content().unwrap().contains("edited"))
    })
    .await;
    assert!(page.shows("Check: The answer contains"));
    let sent = server.asked_of(Method::Patch, RATING);
    assert_eq!(sent[1].header("if-match"), Some("\"1\""));
    assert_eq!(
        sent[1].body.as_deref(),
        Some(r#"{"check":{"kind":"contains","text":"30 days"}}"#)
    );

    page.click("[data-action=ask-withdraw-rating]");
    until("it asks once more", || {
        page.find("[data-action=withdraw-rating]").is_some()
    })
    .await;
    page.click("[data-action=withdraw-rating]");
    until("the rating is gone", || {
        page.find("[data-feedback=fbk_1]").is_none()
    })
    .await;
    assert_eq!(
        server.asked_of(Method::Delete, RATING)[0].header("if-match"),
        Some("\"2\"")
    );
}
