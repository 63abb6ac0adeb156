//! The page on an agent's webhook, mounted in a browser.
#![cfg(target_arch = "wasm32")]
#![expect(clippy::unwrap_used, reason = "a missing element fails the test")]

mod support;

use dream_review::{agents::AgentWebhookPage, api::Method, session::Session};
use leptos::{prelude::*, tachys::view::Mountable};
use review_api::{
    AgentWebhook, Delivery, DeliveryAttempt, DeliveryDetail, DeliveryState, Role, WebhookSecret,
    WebhookSecretState,
};
use support::{
    Mounted, ScriptedServer, at,
    fixtures::{agent, at_hour, page, session},
    mounted, until,
};
use wasm_bindgen_test::*;

wasm_bindgen_test_configure!(run_in_browser);

const DELIVERIES: &str = "/agents/agent_support/deliveries";
const WEBHOOK: &str = "/agents/agent_support/webhook";

fn shown(server: &ScriptedServer, role: Role) -> Mounted<impl Mountable + use<>> {
    let client = server.client();
    at("/");
    mounted(move || {
        client.clone().provide();
        Session::provide(client, session(role));
        view! { <AgentWebhookPage id="agent_support".into() /> }
    })
}

fn webhook() -> AgentWebhook {
    AgentWebhook {
        url: Some("https://example.com/reports".to_owned()),
        problem: None,
        secret: Some(state(1, false)),
        waiting: 0,
    }
}

fn state(generation: u32, is_shown: bool) -> WebhookSecretState {
    WebhookSecretState {
        generation,
        made_at: at_hour(1),
        shown_at: is_shown.then(|| at_hour(2)),
        former_until: None,
    }
}

fn attempt(number: u32, status: Option<u16>, problem: Option<&str>) -> DeliveryAttempt {
    DeliveryAttempt {
        number,
        at: at_hour(3),
        url: "https://example.com/reports".to_owned(),
        took_ms: Some(1_250),
        status,
        problem: problem.map(str::to_owned),
        answer: "<b>busy</b>".to_owned(),
    }
}

fn delivery(id: &str, state: DeliveryState, last: Option<DeliveryAttempt>) -> Delivery {
    Delivery {
        id: id.into(),
        agent_id: "agent_support".into(),
        event: "dreaming_report".to_owned(),
        dream_id: Some("drm_1".into()),
        state,
        attempts: last.as_ref().map_or(0, |last| last.number),
        created_at: at_hour(3),
        next_attempt_at: None,
        problem: None,
        last,
        revision: 4,
    }
}

fn given_up() -> Delivery {
    let last = attempt(10, Some(503), Some("The receiver answered 503."));
    delivery("msg_1", DeliveryState::GivenUp, Some(last))
}

fn server(webhook: &AgentWebhook, deliveries: Vec<Delivery>) -> ScriptedServer {
    ScriptedServer::default()
        .getting("/agents/agent_support", &agent("agent_support", "Support"))
        .getting(WEBHOOK, webhook)
        .getting(DELIVERIES, &page(deliveries))
}

#[wasm_bindgen_test]
async fn a_delivery_shows_what_was_answered_and_is_asked_for_again_as_it_was_seen() {
    let detail = DeliveryDetail {
        delivery: given_up(),
        tried: vec![attempt(10, Some(503), Some("The receiver answered 503."))],
    };
    let server = server(&webhook(), vec![given_up()])
        .getting("/deliveries/msg_1", &detail)
        .answering(Method::Post, "/deliveries/msg_1/replay", 200, &given_up());
    let page = shown(&server, Role::Admin);
    until("the row shows", || {
        page.shows("10 attempts. The receiver answered 503.")
    })
    .await;
    assert!(page.shows("given up"));
    page.click("[data-action=attempts]");
    until("the attempts show", || page.shows("Attempt 10")).await;
    // The answer is text, whatever it holds.
    assert_eq!(page.text(".attempt-answer"), "<b>busy</b>");
    page.click("[data-action=deliver-again]");
    let replays = || server.asked_of(Method::Post, "/deliveries/msg_1/replay");
    until("it was asked for", || !replays().is_empty()).await;
    assert_eq!(replays().first().unwrap().header("if-match"), Some("\"4\""));
}

#[wasm_bindgen_test]
async fn the_secret_is_shown_once_and_is_gone_when_its_dialog_closes() {
    let shown_secret = WebhookSecret {
        secret: "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=".to_owned(),
        state: state(1, true),
    };
    let server = server(&webhook(), vec![]).answering(
        Method::Post,
        "/agents/agent_support/webhook/secret",
        200,
        &shown_secret,
    );
    let page = shown(&server, Role::Admin);
    until("the page shows", || page.shows("which nobody has seen yet")).await;
    assert!(page.shows("Nothing was posted yet"));
    page.click("[data-action=show-secret]");
    until("the secret shows", || page.shows("whsec_")).await;
    page.click("[data-action=close-secret]");
    until("it is gone", || !page.shows("whsec_")).await;
}

#[wasm_bindgen_test]
async fn how_long_the_former_secret_counts_is_said_as_people_write_a_time() {
    let rotated = AgentWebhook {
        secret: Some(WebhookSecretState {
            former_until: Some(at_hour(26)),
            ..state(2, true)
        }),
        ..webhook()
    };
    let page = shown(&server(&rotated, vec![]), Role::Admin);
    until("the page shows", || page.shows("secret 2, shown once")).await;
    // Whatever the zone of this machine: the day, the time of day, and nothing for machines.
    let said = page.text("[data-about=endpoint]");
    let until = said.split_once("; the one before counts until ").unwrap().1;
    let until = until.get(..18).unwrap();
    assert!(
        until.contains(" Nov 2025, ") && until.contains(':'),
        "{until}"
    );
    assert!(!said.contains("2025-11"), "{said}");
}

#[wasm_bindgen_test]
async fn what_stands_against_an_address_is_said_and_so_is_who_may_do_what() {
    let off = AgentWebhook {
        problem: Some("The address answered 410: it wants nothing more.".to_owned()),
        ..webhook()
    };
    let page = shown(&server(&off, vec![given_up()]), Role::Reviewer);
    until("the problem shows", || {
        page.shows("The address answered 410")
    })
    .await;
    assert!(page.shows("to look after an agent's webhook takes an admin"));
    page.click("[data-action=test-webhook]");
    let nowhere = AgentWebhook {
        url: None,
        ..webhook()
    };
    let page = shown(&server(&nowhere, vec![]), Role::Admin);
    until("why no test can be sent", || {
        page.shows("The agent has no webhook.")
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_test_that_was_refused_says_why_and_the_page_stays() {
    let server = server(&webhook(), vec![given_up()]).refusing(
        Method::Post,
        "/agents/agent_support/webhook/test",
        412,
        "changed",
        "This changed since you looked at it.",
    );
    let page = shown(&server, Role::Admin);
    until("the row shows", || page.shows("10 attempts")).await;
    page.click("[data-action=test-webhook]");
    until("the reason shows", || {
        page.shows("Not done. This changed since you looked at it.")
    })
    .await;
    assert!(page.shows("10 attempts"));
}
