//! The workbench, mounted in a browser.
#![cfg(target_arch = "wasm32")]
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a missing element or request fails the test"
)]

mod support;

use dream_review::{
    api::Method,
    interactions::LabellingPage,
    keyboard::Keyboard,
    session::Session,
    ui::{ToastRegion, Toasts},
};
use leptos::{prelude::*, tachys::view::Mountable};
use review_api::{
    CreateFeedback, Feedback, FeedbackCounts, FeedbackSource, FeedbackWithdrawn, Interaction,
    InteractionSummary, LabellingProgress, LogEvent, LogEventKind, Page, Rating, Role,
};
use support::{Mounted, ScriptedServer, at, fixtures, mounted, press, until};
use wasm_bindgen_test::*;

wasm_bindgen_test_configure!(run_in_browser);

const LIST: &str = "/agents/agent_support/interactions";
const PROGRESS: &str = "/agents/agent_support/labelling";
const FEEDBACK: &str = "/feedback";

fn page(server: &ScriptedServer, role: Role) -> Mounted<impl Mountable + use<>> {
    let client = server.client();
    mounted(move || {
        client.clone().provide();
        Session::provide(client, fixtures::session(role));
        let toasts = Toasts::provide();
        Keyboard::provide();
        view! {
            <LabellingPage id="agent_support".into() />
            <ToastRegion toasts />
        }
    })
}

fn summary(number: usize) -> InteractionSummary {
    InteractionSummary {
        id: format!("sesn_{number}").as_str().into(),
        agent_id: "agent_support".into(),
        agent_name: "Support".to_owned(),
        agent_version: 12,
        title: format!("Question {number}"),
        status: "idle".to_owned(),
        created_at: fixtures::at_hour(1),
        feedback: FeedbackCounts::default(),
    }
}

fn given(number: usize, rating: Rating, author: &str) -> Feedback {
    Feedback {
        id: format!("fbk_{number}").as_str().into(),
        agent_id: "agent_support".into(),
        interaction_id: format!("sesn_{number}").as_str().into(),
        rating,
        comment: None,
        expected: None,
        check: None,
        author: author.into(),
        source: FeedbackSource::Reviewer,
        event_id: None,
        created_at: fixtures::at_hour(2),
        edited_at: None,
        revision: 1,
    }
}

fn interaction(number: usize, feedback: Vec<Feedback>) -> Interaction {
    let event = LogEvent {
        id: format!("sevt_{number}"),
        at: Some(fixtures::at_hour(1)),
        kind: LogEventKind::UserMessage,
        label: "user.message".to_owned(),
        text: format!("What of order {number}?"),
        cut_chars: 0,
    };
    Interaction {
        summary: summary(number),
        transcript: fixtures::page(vec![event]),
        feedback,
    }
}

fn progress() -> LabellingProgress {
    LabellingProgress {
        agent_name: "Support".to_owned(),
        interactions: 87,
        labelled: 12,
        feedback: FeedbackCounts {
            positive: 9,
            negative: 3,
        },
        waiting: 75,
        unread: 2,
    }
}

/// A queue of the interactions of these numbers, on one page.
fn queue(numbers: &[usize]) -> ScriptedServer {
    let items = numbers.iter().map(|number| summary(*number)).collect();
    let mut server = ScriptedServer::default()
        .getting(PROGRESS, &progress())
        .getting(LIST, &fixtures::page(items));
    for number in numbers {
        let path = format!("/interactions/sesn_{number}");
        server = server.getting(&path, &interaction(*number, Vec::new()));
    }
    server
}

fn sent(server: &ScriptedServer) -> Vec<CreateFeedback> {
    let asked = server.asked_of(Method::Post, FEEDBACK);
    let read = |body: &String| serde_json::from_str(body).unwrap();
    asked
        .iter()
        .map(|request| read(request.body.as_ref().unwrap()))
        .collect()
}

/// Forgets what an earlier test may have left.
fn fresh_start(query: &str) {
    at(&format!("/agents/agent_support/labelling{query}"));
    window().local_storage().unwrap().unwrap().clear().unwrap();
}

fn kept_in_browser() -> u32 {
    window().local_storage().unwrap().unwrap().length().unwrap()
}

async fn shows<S: Mountable>(page: &Mounted<S>, number: usize) {
    let selector = format!("[data-case=sesn_{number}] [data-event=sevt_{number}]");
    until(&format!("interaction {number} shows"), || {
        page.find(&selector).is_some()
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_key_rates_and_the_next_one_is_there_already() {
    fresh_start("");
    let server = queue(&[1, 2, 3, 4])
        .answering(
            Method::Post,
            FEEDBACK,
            201,
            &given(1, Rating::Negative, "reviewer"),
        )
        .answering(
            Method::Post,
            FEEDBACK,
            201,
            &given(2, Rating::Positive, "reviewer"),
        );
    let page = page(&server, Role::Reviewer);
    shows(&page, 1).await;
    let says = page.text("[data-about=labelling-progress]");
    assert!(says.contains("12 of 87 interactions rated"), "{says}");
    assert!(says.contains("9 positive and 3 negative"), "{says}");
    until("the next two are asked for", || {
        server.asked_of(Method::Get, "/interactions/sesn_3").len() == 1
    })
    .await;
    assert!(
        server
            .asked_of(Method::Get, "/interactions/sesn_4")
            .is_empty()
    );

    // No answer of the server is needed to go on.
    server.hold();
    press("2");
    shows(&page, 2).await;
    press("1");
    shows(&page, 3).await;
    server.release();
    until("the numbers moved", || {
        page.text("[data-about=labelling-progress]")
            .contains("14 of 87 interactions rated, with 10 positive and 4 negative ratings; 73")
    })
    .await;
    let ratings: Vec<_> = sent(&server)
        .into_iter()
        .map(|body| (body.interaction_id.0, body.rating, body.unrated))
        .collect();
    assert_eq!(
        ratings,
        [
            ("sesn_1".to_owned(), Rating::Negative, true),
            ("sesn_2".to_owned(), Rating::Positive, true),
        ]
    );
    assert_eq!(kept_in_browser(), 0, "nothing is left to save");
}

#[wasm_bindgen_test]
async fn what_is_written_goes_with_the_rating_and_only_with_its_own() {
    fresh_start("");
    let server = queue(&[1, 2]).answering(
        Method::Post,
        FEEDBACK,
        201,
        &given(1, Rating::Negative, "reviewer"),
    );
    let page = page(&server, Role::Reviewer);
    shows(&page, 1).await;
    page.type_into("[name=comment]", "Asked too late");
    page.choose("[name=check-kind]", "contains");
    until("the reason shows", || {
        page.text(".decision-bar").contains("Fill in the check")
    })
    .await;
    press("2");
    shows(&page, 1).await;
    assert!(sent(&server).is_empty(), "half a check is not sent");
    page.choose("[name=check-kind]", "");
    until("it may be rated", || {
        !page.text(".decision-bar").contains("Fill in the check")
    })
    .await;
    press("2");
    shows(&page, 2).await;
    assert_eq!(page.value("[name=comment]"), "");
    let sent = sent(&server);
    assert_eq!(sent[0].comment.as_deref(), Some("Asked too late"));
}

#[wasm_bindgen_test]
async fn a_rating_that_is_not_saved_stays_and_survives_a_reload() {
    fresh_start("");
    let server = queue(&[1, 2])
        .unreachable(Method::Post, FEEDBACK)
        .answering(
            Method::Post,
            FEEDBACK,
            201,
            &given(1, Rating::Positive, "reviewer"),
        );
    let page = page(&server, Role::Reviewer);
    shows(&page, 1).await;
    press("1");
    shows(&page, 2).await;
    until("that is said", || {
        page.find("[data-unsaved=sesn_1]").is_some()
    })
    .await;
    assert!(
        page.text("[data-about=unsaved-ratings]")
            .contains("1 rating is not saved")
    );
    assert_eq!(kept_in_browser(), 1);
    page.click("[data-action=save-again]");
    until("it is saved", || page.find("[data-unsaved]").is_none()).await;
    assert_eq!(kept_in_browser(), 0);
    let asked = server.asked_of(Method::Post, FEEDBACK);
    assert_eq!(
        asked[0].header("idempotency-key"),
        asked[1].header("idempotency-key"),
        "the same write"
    );
    drop(page);

    // The page is closed before it is saved: the next visit saves it.
    fresh_start("");
    let lost = queue(&[1, 2]).unreachable(Method::Post, FEEDBACK);
    let page = self::page(&lost, Role::Reviewer);
    shows(&page, 1).await;
    press("2");
    until("that is said", || {
        page.find("[data-unsaved=sesn_1]").is_some()
    })
    .await;
    drop(page);
    let server = queue(&[1, 2]).answering(
        Method::Post,
        FEEDBACK,
        201,
        &given(1, Rating::Negative, "reviewer"),
    );
    let page = self::page(&server, Role::Reviewer);
    shows(&page, 2).await;
    until("nothing is kept", || kept_in_browser() == 0).await;
    assert_eq!(sent(&server)[0].rating, Rating::Negative);
}

#[wasm_bindgen_test]
async fn what_somebody_else_rated_meanwhile_is_said_and_not_doubled() {
    fresh_start("");
    // Both are in the list, which is older than the rating.
    let items = vec![summary(1), summary(2), summary(3)];
    let server = ScriptedServer::default()
        .getting(LIST, &fixtures::page(items))
        .getting(PROGRESS, &progress())
        .getting("/interactions/sesn_1", &interaction(1, Vec::new()))
        .getting(
            "/interactions/sesn_2",
            &interaction(2, vec![given(2, Rating::Negative, "bob")]),
        )
        .getting("/interactions/sesn_3", &interaction(3, Vec::new()))
        .answering(
            Method::Post,
            FEEDBACK,
            409,
            &serde_json::json!({ "error": {
                "code": "conflict",
                "message": "bob rated this interaction as positive meanwhile.",
                "details": { "feedback": [given(1, Rating::Positive, "bob")] },
            } }),
        )
        .answering(
            Method::Post,
            FEEDBACK,
            201,
            &given(2, Rating::Positive, "reviewer"),
        );
    let page = page(&server, Role::Reviewer);
    shows(&page, 1).await;
    press("2");
    until("that is said", || {
        page.text("[data-unsaved=sesn_1]")
            .contains("bob rated it positive")
    })
    .await;
    shows(&page, 2).await;
    assert!(
        page.text("[data-about=rated-by-other]")
            .contains("bob rated this one negative")
    );
    press("1");
    assert_eq!(sent(&server).len(), 1, "it is not doubled by a key");
    page.click("[data-action=rate-as-well]");
    until("it may be rated", || {
        !page.text(".decision-bar").contains("bob rated it already")
    })
    .await;
    press("1");
    shows(&page, 3).await;
    assert!(!sent(&server)[1].unrated);
    page.click("[data-action=give-up-rating]");
    until("it is given up", || page.find("[data-unsaved]").is_none()).await;
}

#[wasm_bindgen_test]
async fn one_goes_back_skips_and_undoes() {
    fresh_start("");
    let mut first = given(1, Rating::Negative, "reviewer");
    first.comment = Some("Wrong window".to_owned());
    let server = queue(&[1, 2, 3])
        .answering(Method::Post, FEEDBACK, 201, &first)
        .answering(
            Method::Delete,
            "/feedback/fbk_1",
            200,
            &FeedbackWithdrawn { id: "fbk_1".into() },
        );
    let page = page(&server, Role::Reviewer);
    shows(&page, 1).await;
    press("2");
    shows(&page, 2).await;
    press("j");
    shows(&page, 3).await;
    press("k");
    shows(&page, 2).await;
    press("k");
    shows(&page, 1).await;
    assert!(page.text("[data-about=rated-by-me]").contains("negative"));
    press("1");
    assert_eq!(sent(&server).len(), 1, "rated already");
    press("z");
    until("it waits again", || {
        page.find("[data-about=rated-by-me]").is_none()
    })
    .await;
    shows(&page, 1).await;
    assert_eq!(
        page.value("[name=comment]"),
        "Wrong window",
        "no word is lost"
    );
    assert_eq!(server.asked_of(Method::Delete, "/feedback/fbk_1").len(), 1);
    press("j");
    press("j");
    press("j");
    until("the end says what was left", || {
        page.shows("You left 3 for later.")
    })
    .await;
    page.click("[data-action=take-up-skipped]");
    shows(&page, 1).await;
}

#[wasm_bindgen_test]
async fn an_undo_before_the_rating_is_saved_withdraws_it_once_it_is() {
    fresh_start("");
    let server = queue(&[1, 2])
        .answering(
            Method::Post,
            FEEDBACK,
            201,
            &given(1, Rating::Positive, "reviewer"),
        )
        .answering(
            Method::Delete,
            "/feedback/fbk_1",
            200,
            &FeedbackWithdrawn { id: "fbk_1".into() },
        );
    let page = page(&server, Role::Reviewer);
    shows(&page, 1).await;
    server.hold();
    press("1");
    shows(&page, 2).await;
    press("z");
    server.release();
    shows(&page, 1).await;
    assert_eq!(server.asked_of(Method::Delete, "/feedback/fbk_1").len(), 1);
}

#[wasm_bindgen_test]
async fn an_empty_queue_and_its_filters_say_what_there_is_to_do() {
    fresh_start("?errors=with&q=refund&from=2026-11-01T00%3A00%3A00Z");
    let server = queue(&[]);
    let page = page(&server, Role::Reviewer);
    until("the end shows", || {
        page.shows("No unrated interaction fits.")
    })
    .await;
    let asked = server.asked_of(Method::Get, LIST);
    for part in [
        "rated=no",
        "q=refund",
        "has_error=true",
        "from=2026-11-01T00%3A00%3A00Z",
    ] {
        assert!(asked[0].url.contains(part), "{part} in {}", asked[0].url);
    }
    assert!(page.find("[data-about=unread]").is_some());
    page.choose("[name=errors]", "without");
    until("it is asked anew", || {
        let asked = server.asked_of(Method::Get, LIST);
        asked.last().unwrap().url.contains("has_error=false")
    })
    .await;
    assert!(
        window()
            .location()
            .search()
            .unwrap()
            .contains("errors=without")
    );
    at("/agents/agent_support/labelling");
}

#[wasm_bindgen_test]
async fn a_long_queue_comes_page_by_page() {
    fresh_start("");
    let first = Page {
        items: vec![summary(1), summary(2)],
        next_cursor: Some("c2".to_owned()),
        freshness: None,
    };
    let mut server = ScriptedServer::default()
        .getting(PROGRESS, &progress())
        .getting(LIST, &first)
        .getting(LIST, &fixtures::page(vec![summary(3)]));
    for number in 1..=3 {
        let path = format!("/interactions/sesn_{number}");
        server = server.getting(&path, &interaction(number, Vec::new()));
    }
    let page = page(&server, Role::Reviewer);
    shows(&page, 1).await;
    press("j");
    shows(&page, 2).await;
    press("j");
    shows(&page, 3).await;
    let asked = server.asked_of(Method::Get, LIST);
    assert_eq!(asked.len(), 2);
    assert!(asked[1].url.contains("cursor=c2"), "{}", asked[1].url);
}

#[wasm_bindgen_test]
async fn who_may_not_rate_is_told_so_and_no_key_sends_anything() {
    fresh_start("");
    let server = queue(&[1]);
    let page = page(&server, Role::Viewer);
    shows(&page, 1).await;
    press("1");
    assert!(sent(&server).is_empty());
    assert_ne!(page.text(".decision-bar .decision-note"), "");
}
