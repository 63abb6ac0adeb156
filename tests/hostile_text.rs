//! Texts that somebody hostile wrote, in every field of what the console shows: never markup, never a request.
#![cfg(target_arch = "wasm32")]
#![expect(clippy::unwrap_used, reason = "a missing element fails the test")]

mod support;

use dream_review::{
    agents::{AgentPage, AgentsPage},
    audit::AuditPage,
    changes::{ChangePage, ChangesPage},
    dreams::{DreamLogPage, DreamPage},
    inbox::InboxPage,
    interactions::{AgentInteractionsPage, InteractionPage},
    suggestions::SuggestionPage,
};
use leptos::prelude::*;
use review_api::{
    AuditAction, ChangeState, ChangeTarget, Comment, CommentSide, CommentSubject, DreamError,
    DreamStatus, Feedback, FeedbackCounts, FeedbackSource, Interaction, InteractionSummary,
    LogEvent, LogEventKind, Rating, Rejection, Suggestion,
};
use review_core::anchors::anchor;
use support::{
    ScriptedServer, fixtures,
    hostile::{STRANGE, asked_elsewhere, withstands},
    mounted, until,
};
use wasm_bindgen_test::*;

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
async fn p32_markup_and_requests_would_be_seen() {
    let page = mounted(|| view! { <div class="place"></div> });
    let place = page.find(".place").unwrap();
    place.set_inner_html("<img src='https://evil.example/x.png'><a href='javascript:0'>a</a>");
    assert_eq!(page.count(STRANGE), 2);
    until("the request is on record", || !asked_elsewhere().is_empty()).await;
    window().performance().unwrap().clear_resource_timings();
    assert!(asked_elsewhere().is_empty());
}

#[wasm_bindgen_test]
async fn p29_p32_a_suggestion_with_comments() {
    withstands(
        "/suggestions/sug_1",
        |poison| {
            let mut suggestion = fixtures::suggestion("sug_1");
            suggestion.proposed_by = Some("claude-sonnet-5".to_owned());
            suggestion.proposed = format!("{}{}\n", suggestion.current.text, poison.next());
            suggestion.earlier_rejections = Vec::new();
            let rejection = Rejection {
                by: "approver".into(),
                at: fixtures::at_hour(2),
                reason: "Too strict.".to_owned(),
            };
            suggestion.rejection = Some(rejection);
            ScriptedServer::default()
                .getting("/suggestions/sug_1", &poison.taint(&suggestion))
                .getting("/comments", &fixtures::page(vec![poison.taint(&comment())]))
                .getting(
                    "/agents/agent_support/interactions",
                    &fixtures::page(vec![poison.taint(&summary())]),
                )
        },
        || view! { <SuggestionPage id="sug_1".into() /> }.into_any(),
    )
    .await;
}

#[wasm_bindgen_test]
async fn p29_p32_a_suggestion_for_the_memories() {
    withstands(
        "/suggestions/sug_1",
        |poison| {
            let suggestion = Suggestion {
                target: ChangeTarget::Memory,
                memory: Some(fixtures::memories()),
                ..fixtures::suggestion("sug_1")
            };
            ScriptedServer::default().getting("/suggestions/sug_1", &poison.taint(&suggestion))
        },
        || view! { <SuggestionPage id="sug_1".into() /> }.into_any(),
    )
    .await;
}

#[wasm_bindgen_test]
async fn p29_p32_a_change() {
    withstands(
        "/changes/chg_1",
        |poison| {
            let change = fixtures::change("chg_1", ChangeState::Staged);
            ScriptedServer::default()
                .getting("/changes/chg_1", &poison.taint(&change))
                .getting("/comments", &fixtures::page(vec![poison.taint(&comment())]))
        },
        || view! { <ChangePage id="chg_1".into() /> }.into_any(),
    )
    .await;
}

#[wasm_bindgen_test]
async fn p29_p32_a_report_and_its_raw_log() {
    withstands(
        "/dreams/drm_1",
        |poison| {
            let mut report = fixtures::dream("drm_1");
            report.status = DreamStatus::Failed;
            report.error = Some(DreamError {
                kind: "timeout".to_owned(),
                message: "It took too long.".to_owned(),
            });
            ScriptedServer::default()
                .getting("/dreams/drm_1", &poison.taint(&report))
                .getting(
                    "/agents/agent_support/interactions",
                    &fixtures::page(vec![poison.taint(&summary())]),
                )
        },
        || view! { <DreamPage id="drm_1".into() /> }.into_any(),
    )
    .await;
    withstands(
        "/dreams/drm_1/log",
        |poison| {
            let log = fixtures::page(events().iter().map(|event| poison.taint(event)).collect());
            ScriptedServer::default().getting("/dreams/drm_1/log", &log)
        },
        || view! { <DreamLogPage id="drm_1".into() /> }.into_any(),
    )
    .await;
}

#[wasm_bindgen_test]
async fn p29_p32_an_interaction_and_the_list_of_them() {
    withstands(
        "/interactions/sesn_1",
        |poison| {
            let interaction = Interaction {
                summary: summary(),
                transcript: fixtures::page(events()),
                feedback: vec![feedback()],
            };
            ScriptedServer::default().getting("/interactions/sesn_1", &poison.taint(&interaction))
        },
        || view! { <InteractionPage id="sesn_1".into() /> }.into_any(),
    )
    .await;
    withstands(
        "/agents/agent_support/interactions",
        |poison| {
            let agent = fixtures::agent("agent_support", "Support");
            ScriptedServer::default()
                .getting("/agents/agent_support", &poison.taint(&agent))
                .getting(
                    "/agents/agent_support/interactions",
                    &fixtures::page(vec![poison.taint(&summary())]),
                )
        },
        || view! { <AgentInteractionsPage id="agent_support".into() /> }.into_any(),
    )
    .await;
}

#[wasm_bindgen_test]
async fn p29_p32_the_lists() {
    withstands(
        "/",
        |poison| {
            let mut inbox = fixtures::inbox(vec![fixtures::inbox_item("sug_1", "Ask first")]);
            inbox.health = vec![fixtures::health()];
            ScriptedServer::default().getting("/inbox", &poison.taint(&inbox))
        },
        || view! { <InboxPage /> }.into_any(),
    )
    .await;
    withstands(
        "/agents",
        |poison| {
            let agent = fixtures::agent_summary("agent_support", "Support");
            let agents = fixtures::page(vec![poison.taint(&agent)]);
            ScriptedServer::default().getting("/agents", &agents)
        },
        || view! { <AgentsPage /> }.into_any(),
    )
    .await;
    withstands(
        "/changes",
        |poison| {
            let change = fixtures::change_summary("chg_1", ChangeState::Staged);
            let changes = fixtures::page(vec![poison.taint(&change)]);
            ScriptedServer::default().getting("/changes", &changes)
        },
        || view! { <ChangesPage /> }.into_any(),
    )
    .await;
    withstands(
        "/audit",
        |poison| {
            let entry = fixtures::audit_entry(1, "reviewer", AuditAction::ChangeStaged);
            let entries = fixtures::page(vec![poison.taint(&entry)]);
            ScriptedServer::default().getting("/audit", &entries)
        },
        || view! { <AuditPage /> }.into_any(),
    )
    .await;
}

#[wasm_bindgen_test]
async fn p29_p32_an_agent() {
    withstands(
        "/agents/agent_support",
        |poison| {
            let agent = fixtures::agent("agent_support", "Support");
            let version = fixtures::version(12);
            let dream = fixtures::dream("drm_1");
            ScriptedServer::default()
                .getting("/agents/agent_support", &poison.taint(&agent))
                .getting(
                    "/agents/agent_support/versions",
                    &fixtures::page(vec![poison.taint(&version)]),
                )
                .getting(
                    "/agents/agent_support/dreams",
                    &fixtures::page(vec![poison.taint(&dream)]),
                )
        },
        || view! { <AgentPage id="agent_support".into() /> }.into_any(),
    )
    .await;
}

fn events() -> Vec<LogEvent> {
    let kinds = [
        LogEventKind::UserMessage,
        LogEventKind::AgentMessage,
        LogEventKind::SystemMessage,
        LogEventKind::ToolUse,
        LogEventKind::ToolResult,
        LogEventKind::ToolError,
        LogEventKind::Status,
        LogEventKind::Error,
        LogEventKind::Other,
    ];
    let event = |(number, kind): (usize, LogEventKind)| LogEvent {
        id: format!("sevt_{number}"),
        at: Some(fixtures::at_hour(1)),
        kind,
        label: "read".to_owned(),
        text: "Where is it?".to_owned(),
        cut_chars: 0,
    };
    kinds.into_iter().enumerate().map(event).collect()
}

fn summary() -> InteractionSummary {
    InteractionSummary {
        id: "sesn_1".into(),
        agent_id: "agent_support".into(),
        agent_name: "Support".to_owned(),
        agent_version: 12,
        title: "Refund for a kettle".to_owned(),
        status: "idle".to_owned(),
        created_at: fixtures::at_hour(1),
        feedback: FeedbackCounts::default(),
    }
}

fn feedback() -> Feedback {
    Feedback {
        id: "fbk_1".into(),
        agent_id: "agent_support".into(),
        interaction_id: "sesn_1".into(),
        rating: Rating::Negative,
        comment: Some("Too slow.".to_owned()),
        expected: Some("The refund.".to_owned()),
        check: None,
        author: "approver".into(),
        source: FeedbackSource::Reviewer,
        event_id: None,
        created_at: fixtures::at_hour(2),
        edited_at: None,
        revision: 1,
    }
}

fn comment() -> Comment {
    let text = fixtures::suggestion("sug_1").proposed;
    Comment {
        id: "cmt_1".into(),
        subject: CommentSubject::Suggestion { id: "sug_1".into() },
        agent_id: "agent_support".into(),
        anchor: anchor(CommentSide::Proposed, &text, 0..9).unwrap(),
        text: "Is that so?".to_owned(),
        author: "approver".into(),
        created_at: fixtures::at_hour(2),
        edited_at: None,
        resolved: None,
        revision: 1,
    }
}
