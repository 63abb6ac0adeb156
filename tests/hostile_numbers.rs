//! Hostile texts beside numbers: outcomes, staging tests, deliveries, uses of memories, the workbench, the settings.
#![cfg(target_arch = "wasm32")]

mod support;

use dream_review::{
    agents::{AgentPage, AgentTrendsPage, AgentWebhookPage},
    changes::ChangePage,
    interactions::LabellingPage,
    settings::SettingsPage,
    suggestions::SuggestionPage,
};
use leptos::prelude::*;
use review_api::{
    AgentTools, AgentWebhook, AutomationSwitch, CaseState, ChangeState, ChangeTarget, Delivery,
    DeliveryAttempt, DeliveryDetail, DeliveryState, DreamTrend, EstimateBasis, FeedbackCounts,
    Interaction, InteractionSummary, KeptVersion, LabellingProgress, LogEvent, LogEventKind,
    MemoryOperation, MemoryUse, MemoryUseKind, MemoryUses, Outcomes, Paused, StagingTest,
    Suggestion, TestAnswer, TestCase, TestEstimate, TestOutcome, TestReport, TestState, TestWay,
    TokenRange, Trends,
};
use support::{ScriptedServer, fixtures, hostile::withstands};
use wasm_bindgen_test::*;

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
async fn p29_p32_a_version_that_does_worse_and_is_kept() {
    withstands(
        "/agents/agent_support",
        |poison| {
            let agent = fixtures::agent("agent_support", "Support");
            ScriptedServer::default()
                .getting("/agents/agent_support", &poison.taint(&agent))
                .getting("/agents/agent_support/outcomes", &poison.taint(&outcomes()))
        },
        || view! { <AgentPage id="agent_support".into() /> }.into_any(),
    )
    .await;
}

#[wasm_bindgen_test]
async fn p29_p32_charts_and_their_tables() {
    withstands(
        "/agents/agent_support/trends",
        |poison| {
            let trends = Trends {
                dreams: vec![DreamTrend {
                    dream_id: "drm_1".into(),
                    ended_at: fixtures::at_hour(1),
                    open: 1,
                    staged: 0,
                    applied: 2,
                    rejected: 1,
                    tokens: Some(120_000),
                    cost: Some(1_250_000),
                }],
                currency: Some("EUR".to_owned()),
                ..Trends::default()
            };
            let agent = fixtures::agent("agent_support", "Support");
            ScriptedServer::default()
                .getting("/agents/agent_support", &poison.taint(&agent))
                .getting("/agents/agent_support/trends", &poison.taint(&trends))
                .getting("/agents/agent_support/outcomes", &poison.taint(&outcomes()))
        },
        || view! { <AgentTrendsPage id="agent_support".into() /> }.into_any(),
    )
    .await;
}

#[wasm_bindgen_test]
async fn p29_p32_deliveries_and_what_was_answered() {
    withstands(
        "/agents/agent_support/webhook",
        |poison| {
            let webhook = AgentWebhook {
                url: Some("https://example.com/reports".to_owned()),
                problem: Some("It is a private address.".to_owned()),
                secret: None,
                waiting: 1,
            };
            let agent = fixtures::agent("agent_support", "Support");
            ScriptedServer::default()
                .getting("/agents/agent_support", &poison.taint(&agent))
                .getting("/agents/agent_support/webhook", &poison.taint(&webhook))
                .getting(
                    "/agents/agent_support/deliveries",
                    &fixtures::page(vec![poison.taint(&delivery())]),
                )
                .getting(
                    "/deliveries/msg_1",
                    &poison.taint(&DeliveryDetail {
                        tried: delivery().last.into_iter().collect(),
                        delivery: delivery(),
                    }),
                )
        },
        || view! { <AgentWebhookPage id="agent_support".into() /> }.into_any(),
    )
    .await;
}

#[wasm_bindgen_test]
async fn p29_p32_a_staging_test_and_its_cases() {
    withstands(
        "/changes/chg_1",
        |poison| {
            let change = fixtures::change("chg_1", ChangeState::Staged);
            ScriptedServer::default()
                .getting("/changes/chg_1", &change)
                .getting("/changes/chg_1/test", &poison.taint(&test_report()))
                .getting(
                    "/changes/chg_1/test/cases",
                    &fixtures::page(vec![poison.taint(&case())]),
                )
        },
        || view! { <ChangePage id="chg_1".into() /> }.into_any(),
    )
    .await;
}

#[wasm_bindgen_test]
async fn p29_p32_interactions_that_used_a_memory() {
    withstands(
        "/suggestions/sug_1",
        |poison| {
            let suggestion = Suggestion {
                target: ChangeTarget::Memory,
                memory: Some(fixtures::memories()),
                ..fixtures::suggestion("sug_1")
            };
            let mut suggestion = poison.taint(&suggestion);
            let operations = &suggestion.memory.as_ref().map(|it| &it.manifest.operations);
            let path = operations
                .and_then(|all| all.first())
                .map(MemoryOperation::path);
            // Under the path that the file has, or they would stand nowhere.
            let uses = MemoryUses {
                path: path.unwrap_or_default().to_owned(),
                ..poison.taint(&uses())
            };
            suggestion.memory_uses = vec![uses];
            ScriptedServer::default().getting("/suggestions/sug_1", &suggestion)
        },
        || view! { <SuggestionPage id="sug_1".into() /> }.into_any(),
    )
    .await;
}

#[wasm_bindgen_test]
async fn p29_p32_the_workbench_and_the_settings() {
    withstands(
        "/agents/agent_support/labelling",
        |poison| {
            let interaction = Interaction {
                summary: summary(),
                transcript: fixtures::page(vec![said()]),
                feedback: Vec::new(),
            };
            let progress = LabellingProgress {
                agent_name: "Support".to_owned(),
                interactions: 87,
                labelled: 12,
                feedback: FeedbackCounts::default(),
                waiting: 75,
                unread: 2,
            };
            ScriptedServer::default()
                .getting(
                    "/agents/agent_support/interactions",
                    &fixtures::page(vec![poison.taint(&summary())]),
                )
                .getting("/agents/agent_support/labelling", &poison.taint(&progress))
                .getting("/interactions/sesn_1", &poison.taint(&interaction))
        },
        || view! { <LabellingPage id="agent_support".into() /> }.into_any(),
    )
    .await;
    withstands(
        "/settings",
        |poison| {
            let switch = AutomationSwitch {
                paused: Some(Paused {
                    by: "admin".into(),
                    at: fixtures::at_hour(1),
                    reason: "Refunds go wrong.".to_owned(),
                }),
                agents: 2,
                revision: 3,
            };
            ScriptedServer::default().getting("/automation", &poison.taint(&switch))
        },
        || view! { <SettingsPage /> }.into_any(),
    )
    .await;
}

/// Two versions, of which the newer one does worse and is kept.
fn outcomes() -> Outcomes {
    Outcomes {
        versions: vec![fixtures::outcome(11, 2, 60), fixtures::outcome(12, 24, 60)],
        has_older_versions: false,
        now: 12,
        kept: Some(KeptVersion {
            version: 12,
            by: "ann".into(),
            at: fixtures::at_hour(3),
            reason: "It asks more, and that is wanted.".to_owned(),
            ratings: fixtures::outcome(12, 24, 60).ratings,
            accuracy: None,
        }),
    }
}

fn delivery() -> Delivery {
    Delivery {
        id: "msg_1".into(),
        agent_id: "agent_support".into(),
        event: "dreaming_report".to_owned(),
        dream_id: Some("drm_1".into()),
        state: DeliveryState::GivenUp,
        attempts: 10,
        created_at: fixtures::at_hour(3),
        next_attempt_at: None,
        problem: Some("It was given up.".to_owned()),
        last: Some(DeliveryAttempt {
            number: 10,
            at: fixtures::at_hour(3),
            url: "https://example.com/reports".to_owned(),
            took_ms: Some(1_250),
            status: Some(503),
            problem: Some("The receiver answered 503.".to_owned()),
            answer: "busy".to_owned(),
        }),
        revision: 4,
    }
}

fn test_report() -> TestReport {
    TestReport {
        estimate: TestEstimate {
            cases: 24,
            way: Some(TestWay::Sessions),
            tokens: TokenRange {
                low: 40_000,
                about: 48_000,
                high: 60_000,
            },
            cost: None,
            basis: EstimateBasis::Length,
            measured: 0,
        },
        tools: AgentTools {
            servers: vec!["crm".to_owned()],
            custom: vec!["create_refund".to_owned()],
            ..AgentTools::default()
        },
        newest: Some(StagingTest {
            reason: Some("It ended.".to_owned()),
            ..fixtures::staging_test(TestState::Completed, Some(TestOutcome::Inconclusive))
        }),
        is_current: true,
    }
}

fn case() -> TestCase {
    let answer = |is_proposal| TestAnswer {
        is_proposal,
        run: 1,
        text: "What is the order number?".to_owned(),
        is_right: Some(!is_proposal),
        why: "It asks for the number.".to_owned(),
        tokens: 700,
    };
    TestCase {
        place: 0,
        interaction_id: "sesn_1".into(),
        title: "A refund".to_owned(),
        state: CaseState::Worse,
        reason: Some("It went on.".to_owned()),
        question: "I want my money back.".to_owned(),
        expectation: "contains \"order number\"".to_owned(),
        answers: vec![answer(false), answer(true)],
    }
}

fn uses() -> MemoryUses {
    MemoryUses {
        path: "/tone.md".to_owned(),
        count: 1,
        latest: vec![MemoryUse {
            interaction_id: "sesn_1".into(),
            title: "Refund for a kettle".to_owned(),
            kind: MemoryUseKind::Read,
            event_id: "sevt_1".to_owned(),
            at: fixtures::at_hour(1),
        }],
    }
}

fn said() -> LogEvent {
    LogEvent {
        id: "sevt_1".to_owned(),
        at: Some(fixtures::at_hour(1)),
        kind: LogEventKind::UserMessage,
        label: "user.message".to_owned(),
        text: "Where is it?".to_owned(),
        cut_chars: 0,
    }
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
