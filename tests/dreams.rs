//! A dream's report and its raw log, mounted in a browser.
#![cfg(target_arch = "wasm32")]
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a missing element or request fails the test"
)]

mod support;

use dream_review::{
    api::Method,
    dreams::{DreamLogPage, DreamPage},
    session::Session,
};
use leptos::{prelude::*, tachys::view::Mountable};
use review_api::{
    ChangeSize, DreamError, DreamReport, DreamStatus, InPlace, InteractionId, InteractionSummary,
    LogEvent, LogEventKind, MemoryCounts, Metric, NotTakenBack, Page, Pattern, Reflection,
    ReflectionLeftOut, ReflectionState, Role, SuggestionRow, SuggestionStatus, Usage,
};
use support::{Mounted, ScriptedServer, at, fixtures, mounted, until};
use wasm_bindgen_test::*;

wasm_bindgen_test_configure!(run_in_browser);

const DREAM: &str = "/dreams/drm_1";
const LOG: &str = "/dreams/drm_1/log";
const INTERACTIONS: &str = "/agents/agent_support/interactions";

fn report_page(server: &ScriptedServer) -> Mounted<impl Mountable + use<>> {
    at("/dreams/drm_1");
    let client = server.client();
    mounted(move || {
        client.clone().provide();
        Session::provide(client, fixtures::session(Role::Reviewer));
        view! { <DreamPage id="drm_1".into() /> }
    })
}

fn log_page(server: &ScriptedServer) -> Mounted<impl Mountable + use<>> {
    let client = server.client();
    mounted(move || {
        client.clone().provide();
        Session::provide(client, fixtures::session(Role::Reviewer));
        view! { <DreamLogPage id="drm_1".into() /> }
    })
}

fn interaction(id: &str, title: &str) -> InteractionSummary {
    InteractionSummary {
        id: id.into(),
        agent_id: "agent_support".into(),
        agent_name: "Support".to_owned(),
        agent_version: 12,
        title: title.to_owned(),
        status: "idle".to_owned(),
        created_at: fixtures::at_hour(1),
        feedback: fixtures::agent_summary("agent_support", "Support").feedback,
    }
}

/// A dream that has not come to a report, in `status`.
fn bare(status: DreamStatus) -> DreamReport {
    DreamReport {
        status,
        ended_at: status.is_final().then(|| fixtures::at_hour(6)),
        reported_at: None,
        reported_by: None,
        summary: None,
        patterns: Vec::new(),
        suggestions: Vec::new(),
        metrics: Vec::new(),
        ..fixtures::dream("drm_1")
    }
}

#[wasm_bindgen_test]
async fn a_report_shows_its_suggestions_patterns_figures_and_facts() {
    let server = ScriptedServer::default()
        .getting(DREAM, &fixtures::dream("drm_1"))
        .getting(
            INTERACTIONS,
            &fixtures::page(vec![interaction("sesn_1", "Refund for a kettle")]),
        );
    let page = report_page(&server);

    until("the report shows", || page.find("h2").is_some()).await;
    assert_eq!(page.text("h1"), "Dream of 22 Nov 2025");
    assert!(
        page.text("[data-about=outcome]")
            .contains("after 1 h, 1 suggestion.")
    );

    let row = page.find("[data-row=sug_1]").unwrap();
    assert_eq!(
        row.get_attribute("href").as_deref(),
        Some("/suggestions/sug_1")
    );
    assert!(page.text("[data-row=sug_1]").contains("open"));
    assert!(page.text("[data-row=sug_1]").contains("+3 \u{2212}1"));

    assert!(
        page.text("[data-pattern=refunds]")
            .contains("seen 14 times, 2 of them named")
    );
    until("the interaction's title shows", || {
        page.shows("Refund for a kettle")
    })
    .await;
    assert!(
        page.shows("sesn_2"),
        "an interaction whose title is not known shows its id"
    );

    let metric = page.text("[data-metric=Accuracy]");
    for part in [
        "82 %",
        "88 %",
        "n = 120",
        "74–88 %",
        "+6",
        "measured by pipeline",
    ] {
        assert!(metric.contains(part), "{part} in {metric}");
    }
    assert_eq!(page.text("[data-about=usage]"), "not reported");
    assert!(
        page.text("[data-about=reported]")
            .starts_with("by webhook, ")
    );
    assert_eq!(page.text("[data-about=read]"), "40 interactions");
    assert!(page.find("[data-action=log]").is_some());
}

#[wasm_bindgen_test]
async fn the_shape_of_the_report_shows_until_it_comes() {
    let server = ScriptedServer::default().getting(DREAM, &bare(DreamStatus::Canceled));
    server.hold();
    let page = report_page(&server);
    until("the skeleton shows", || {
        page.find("[data-face=loading] .skeleton").is_some()
    })
    .await;
    assert_eq!(page.text(".loading-words"), "Loading the dream");
    server.release();
    until("the report shows", || {
        page.find("[data-status=canceled]").is_some()
    })
    .await;
    assert!(page.find("[data-face=loading]").is_none());
}

#[wasm_bindgen_test]
async fn a_report_that_does_not_load_says_why_and_can_be_asked_for_again() {
    let server = ScriptedServer::default()
        .unreachable(Method::Get, DREAM)
        .getting(DREAM, &bare(DreamStatus::Canceled));
    let page = report_page(&server);
    until("the failure shows", || {
        page.find("[data-face=failed]").is_some()
    })
    .await;
    assert!(page.shows("The review server cannot be reached."));
    page.click("[data-action=retry]");
    until("the report shows", || {
        page.find("[data-status=canceled]").is_some()
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_dream_that_failed_says_why_in_plain_words_and_what_to_do() {
    let mut failed = bare(DreamStatus::Failed);
    failed.error = Some(DreamError {
        kind: "timeout".to_owned(),
        message: "Deadline exceeded <b>now</b>.".to_owned(),
    });
    let server = ScriptedServer::default().getting(DREAM, &failed);
    let page = report_page(&server);
    until("the failure shows", || {
        page.find("[data-about=failure]").is_some()
    })
    .await;
    let words = page.text("[data-about=failure]");
    for part in [
        "It ran out of time.",
        "Nothing was changed.",
        "Deadline exceeded <b>now</b>. (timeout)",
    ] {
        assert!(words.contains(part), "{part} in {words}");
    }
    assert!(
        page.find("[data-about=failure] b").is_none(),
        "the platform's words are text, not markup"
    );
    assert!(page.shows("The dream failed before it could report."));
}

#[wasm_bindgen_test]
async fn a_dream_with_nothing_to_suggest_says_so() {
    let mut nothing = bare(DreamStatus::Completed);
    nothing.reported_at = Some(fixtures::at_hour(6));
    let server = ScriptedServer::default().getting(DREAM, &nothing);
    let page = report_page(&server);
    until("the empty face shows", || {
        page.find("[data-face=empty]").is_some()
    })
    .await;
    assert!(
        page.text("[data-about=outcome]")
            .ends_with("nothing to suggest.")
    );
    assert!(
        page.text("[data-face=empty]")
            .starts_with("Nothing to suggest")
    );
    assert!(
        page.text("[data-about=metrics]")
            .starts_with("Not measured")
    );
    assert!(
        server.asked_of(Method::Get, INTERACTIONS).is_empty(),
        "titles are not asked for where there are none to show"
    );
}

/// A completed dream that wrote into the store that it read; `back` is what became of taking it back.
fn wrote_in_place(in_place: InPlace, back: Option<SuggestionStatus>) -> DreamReport {
    let row = |status| SuggestionRow {
        id: "sug_back".into(),
        title: "Take back: 2 edited, 1 created".to_owned(),
        status,
        size: ChangeSize::default(),
        proposed_by: None,
        takes_back: true,
    };
    DreamReport {
        in_place: Some(in_place),
        suggestions: back.map(row).into_iter().collect(),
        ..bare(DreamStatus::Completed)
    }
}

fn edited_and_made(left_out: NotTakenBack) -> InPlace {
    InPlace::Known {
        did: MemoryCounts {
            edited: 2,
            created: 1,
            ..MemoryCounts::default()
        },
        left_out,
    }
}

/// Shows a dream that wrote in place, and returns the page and what it says of that.
async fn shown(report: &DreamReport) -> (Mounted<impl Mountable>, String) {
    let server = ScriptedServer::default().getting(DREAM, report);
    let page = report_page(&server);
    until("the report shows", || {
        page.find("[data-about=in-place]").is_some()
    })
    .await;
    let said = page.text("[data-about=in-place]");
    (page, said)
}

#[wasm_bindgen_test]
async fn a_dream_that_wrote_in_place_says_what_it_did_and_leads_to_taking_it_back() {
    let left_out = NotTakenBack {
        changed_since: 1,
        ..NotTakenBack::default()
    };
    let report = wrote_in_place(edited_and_made(left_out), Some(SuggestionStatus::Open));
    let (page, said) = shown(&report).await;
    for words in [
        "Nobody decided it.",
        "It edited 2 memories and made 1.",
        "1 memory stays as it is, because somebody else wrote to it",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    let link = page.find("[data-action=take-back]").unwrap();
    assert_eq!(link.inner_text(), "Review taking it back");
    assert!(
        link.get_attribute("href")
            .unwrap()
            .ends_with("/suggestions/sug_back")
    );
    assert!(
        page.find("[data-row=sug_back]").is_none(),
        "it is none of what the dream suggests"
    );
    assert!(
        page.text("[data-about=outcome]")
            .ends_with("it proposes nothing.")
    );
}

#[wasm_bindgen_test]
async fn what_became_of_taking_a_dream_back_is_said_in_its_place() {
    for (status, words) in [
        (SuggestionStatus::Staged, "Taking it back is staged."),
        (SuggestionStatus::Applied, "It was taken back."),
        (
            SuggestionStatus::Rejected,
            "A reviewer decided that it stays.",
        ),
    ] {
        let report = wrote_in_place(edited_and_made(NotTakenBack::default()), Some(status));
        let (_page, said) = shown(&report).await;
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[wasm_bindgen_test]
async fn where_nothing_can_be_taken_back_it_says_why() {
    let all = NotTakenBack {
        changed_since: 3,
        ..NotTakenBack::default()
    };
    for (in_place, words) in [
        (InPlace::Waiting, "a moment after the dream has ended"),
        (InPlace::Unknown, "What it wrote is not known"),
        (
            InPlace::Known {
                did: MemoryCounts::default(),
                left_out: NotTakenBack::default(),
            },
            "there is nothing to take back",
        ),
        (edited_and_made(all), "3 memories stay as they are, because"),
    ] {
        let report = wrote_in_place(in_place, None);
        let (page, said) = shown(&report).await;
        assert!(said.contains(words), "{words}: {said}");
        assert!(page.find("[data-action=take-back]").is_none());
    }
}

#[wasm_bindgen_test]
async fn a_running_dream_completes_while_one_watches() {
    let server = ScriptedServer::default()
        .getting(DREAM, &bare(DreamStatus::Running))
        .getting(DREAM, &fixtures::dream("drm_1"))
        .getting(
            INTERACTIONS,
            &fixtures::page(vec![interaction("sesn_1", "Refund")]),
        );
    let page = report_page(&server);
    until("it runs", || page.find("[data-status=running]").is_some()).await;
    assert!(page.shows("No suggestions yet"));
    assert_eq!(page.text(".visually-hidden[role=status]"), "");
    let heading = page.find("h2").unwrap();

    until("it is looked at again", || {
        server.asked_of(Method::Get, DREAM).len() == 2
    })
    .await;
    until("it is complete", || page.find("[data-row=sug_1]").is_some()).await;
    assert!(
        page.text(".visually-hidden[role=status]")
            .starts_with("Completed "),
        "it is told of"
    );
    assert!(heading.is_connected(), "what was there stays in its place");
}

#[wasm_bindgen_test]
async fn a_look_that_fails_keeps_what_is_shown() {
    let server = ScriptedServer::default()
        .getting(DREAM, &bare(DreamStatus::Running))
        .unreachable(Method::Get, DREAM);
    let page = report_page(&server);
    until("it runs", || page.find("[data-status=running]").is_some()).await;
    until("the failure is told of", || {
        page.find("[data-about=reload]").is_some()
    })
    .await;
    assert!(page.find("[data-status=running]").is_some());
}

#[wasm_bindgen_test]
async fn a_pattern_shows_a_few_interactions_and_all_on_demand() {
    let mut report = fixtures::dream("drm_1");
    let ids: Vec<InteractionId> = (1..=14)
        .map(|number| format!("sesn_{number}").into())
        .collect();
    report.patterns = vec![Pattern {
        interaction_ids: ids,
        ..fixtures::pattern()
    }];
    report.usage = Some(Usage {
        input_tokens: 1_200,
        output_tokens: 34,
        ..Usage::default()
    });
    report.metrics = vec![Metric {
        before: None,
        ..fixtures::metric()
    }];
    let server = ScriptedServer::default()
        .getting(DREAM, &report)
        .unreachable(Method::Get, INTERACTIONS);
    let page = report_page(&server);
    until("the pattern shows", || {
        page.find("[data-pattern]").is_some()
    })
    .await;
    assert_eq!(page.count(".dream-interaction"), 4);
    assert_eq!(page.text("[data-action=all-interactions]"), "Show all 14");
    page.click("[data-action=all-interactions]");
    until("all show", || page.count(".dream-interaction") == 14).await;
    assert_eq!(
        page.text("[data-about=usage]"),
        "1,200 tokens read, 34 written"
    );
    assert!(page.text("[data-metric=Accuracy]").contains("not measured"));
}

#[wasm_bindgen_test]
async fn titles_are_looked_for_until_all_that_are_named_are_known() {
    let first = Page {
        next_cursor: Some("c2".to_owned()),
        ..fixtures::page(vec![interaction("sesn_1", "Newest")])
    };
    let server = ScriptedServer::default()
        .getting(DREAM, &fixtures::dream("drm_1"))
        .getting(INTERACTIONS, &first)
        .getting(
            INTERACTIONS,
            &fixtures::page(vec![interaction("sesn_2", "Older")]),
        );
    let page = report_page(&server);
    until("both titles show", || {
        page.shows("Newest") && page.shows("Older")
    })
    .await;
    let asked = server.asked_of(Method::Get, INTERACTIONS);
    assert_eq!(asked.len(), 2);
    assert!(asked[1].url.contains("cursor=c2"), "{}", asked[1].url);
}

fn event(number: usize, kind: LogEventKind, label: &str, text: &str) -> LogEvent {
    LogEvent {
        id: format!("sevt_{number}"),
        at: Some(fixtures::at_hour(5)),
        kind,
        label: label.to_owned(),
        text: text.to_owned(),
        cut_chars: 0,
    }
}

fn first_page() -> Page<LogEvent> {
    let long = format!("beginning {} end of it", "middle ".repeat(400));
    Page {
        items: vec![
            event(
                1,
                LogEventKind::UserMessage,
                "user.message",
                "Read the cases",
            ),
            event(
                2,
                LogEventKind::ToolUse,
                "read",
                r#"{"file_path":"/mnt/memory/refunds.md"}"#,
            ),
            event(3, LogEventKind::ToolResult, "read", &long),
            event(4, LogEventKind::ToolError, "write", "No space left"),
        ],
        next_cursor: Some("c2".to_owned()),
        freshness: None,
    }
}

fn last_page() -> Page<LogEvent> {
    Page {
        items: vec![event(
            5,
            LogEventKind::AgentMessage,
            "agent.message",
            "Refunds keep going wrong",
        )],
        next_cursor: None,
        freshness: None,
    }
}

/// Counts the events that can be seen.
fn seen<S: Mountable>(page: &Mounted<S>) -> u32 {
    page.count(".event:not([hidden])")
}

#[wasm_bindgen_test]
async fn the_log_comes_page_by_page_and_keeps_what_it_has_when_one_fails() {
    at("/dreams/drm_1/log");
    let server = ScriptedServer::default()
        .getting(LOG, &first_page())
        .unreachable(Method::Get, LOG)
        .getting(LOG, &last_page());
    let page = log_page(&server);
    until("the first page shows", || seen(&page) == 4).await;
    let first = page.find("[data-event=sevt_1]").unwrap();
    assert_eq!(
        page.text("[data-about=count]"),
        "4 events loaded, more to come"
    );

    page.click("[data-action=more]");
    until("the failure shows", || {
        page.find("[data-about=more]").is_some()
    })
    .await;
    assert_eq!(seen(&page), 4);

    page.click("[data-action=more]");
    until("the rest shows", || seen(&page) == 5).await;
    assert!(first.is_connected(), "rows stay as they were");
    assert_eq!(page.text("[data-about=count]"), "5 events");
    assert!(page.find("[data-action=more]").is_none());
    let asked = server.asked_of(Method::Get, LOG);
    assert!(
        asked[2].url.contains("limit=100") && asked[2].url.contains("cursor=c2"),
        "{}",
        asked[2].url
    );
}

#[wasm_bindgen_test]
async fn the_whole_log_can_be_loaded_at_once() {
    at("/dreams/drm_1/log");
    let server = ScriptedServer::default()
        .getting(LOG, &first_page())
        .getting(LOG, &first_page_again())
        .getting(LOG, &last_page());
    let page = log_page(&server);
    until("the first page shows", || seen(&page) == 4).await;
    page.click("[data-action=load-all]");
    until("everything shows", || seen(&page) == 9).await;
    assert!(page.find("[data-action=load-all]").is_none());
}

fn first_page_again() -> Page<LogEvent> {
    let items = first_page().items.into_iter();
    let items = items.map(|event| LogEvent {
        id: format!("{}_b", event.id),
        ..event
    });
    Page {
        items: items.collect(),
        next_cursor: Some("c3".to_owned()),
        freshness: None,
    }
}

#[wasm_bindgen_test]
async fn the_log_is_filtered_by_kind_and_by_words_and_the_address_says_so() {
    at("/dreams/drm_1/log");
    let server = ScriptedServer::default()
        .getting(LOG, &first_page())
        .getting(LOG, &last_page());
    let page = log_page(&server);
    until("the first page shows", || seen(&page) == 4).await;
    assert_eq!(page.text("[data-kind-filter=tools] .tab-count"), "3");

    page.click("[data-kind-filter=errors]");
    until("only errors show", || seen(&page) == 1).await;
    assert!(page.find("[data-event=sevt_4]:not([hidden])").is_some());
    assert!(page.text("[data-about=count]").starts_with("1 match, of 4"));
    assert!(
        window()
            .location()
            .search()
            .unwrap()
            .contains("kind=errors")
    );

    page.click("[data-kind-filter=all]");
    page.type_into("[name=find]", "END of");
    until("only the hit shows", || seen(&page) == 1).await;
    until("the hit is marked", || {
        page.text("[data-event=sevt_3] .event-gist mark") == "end of"
    })
    .await;

    page.type_into("[name=find]", "keep going");
    until("nothing that is loaded fits", || {
        page.find("[data-face=empty]").is_some()
    })
    .await;
    page.click("[data-action=more]");
    until("a hit on the next page shows", || seen(&page) == 1).await;
    assert_eq!(page.text("[data-event=sevt_5] mark"), "keep going");
    at("/dreams/drm_1/log");
}

#[wasm_bindgen_test]
async fn a_link_to_an_event_of_the_log_finds_it_and_a_press_makes_one() {
    at("/dreams/drm_1/log?event=sevt_5");
    let server = ScriptedServer::default()
        .getting(LOG, &first_page())
        .getting(LOG, &last_page());
    let page = log_page(&server);
    until("the event is marked", || {
        page.find("[data-event=sevt_5][data-marked]").is_some()
    })
    .await;
    page.click("[data-event=sevt_2] .event-time");
    until("another is marked", || {
        page.find("[data-event=sevt_2][data-marked]").is_some()
    })
    .await;
    assert_eq!(page.count("[data-marked]"), 1);
    assert!(
        window()
            .location()
            .search()
            .unwrap()
            .contains("event=sevt_2")
    );
    at("/dreams/drm_1/log");
}

#[wasm_bindgen_test]
async fn a_filter_in_the_address_is_taken_up() {
    at("/dreams/drm_1/log?kind=messages&q=cases");
    let server = ScriptedServer::default().getting(LOG, &first_page());
    let page = log_page(&server);
    until("the hit shows", || seen(&page) == 1).await;
    assert_eq!(page.value("[name=find]"), "cases");
    at("/dreams/drm_1/log");
}

#[wasm_bindgen_test]
async fn tools_are_folded_and_long_texts_are_cut() {
    at("/dreams/drm_1/log");
    let server = ScriptedServer::default().getting(LOG, &first_page());
    let page = log_page(&server);
    until("the log shows", || seen(&page) == 4).await;
    assert!(
        page.text("[data-event=sevt_4]").contains("No space left"),
        "errors are open"
    );
    assert_eq!(
        page.text("[data-event=sevt_2] .event-gist"),
        "file_path: /mnt/memory/refunds.md"
    );

    page.click("[data-event=sevt_3] .event-fold");
    until("the head shows", || {
        page.find("[data-event=sevt_3] .long-text").is_some()
    })
    .await;
    assert!(
        !page
            .text("[data-event=sevt_3] .long-text")
            .contains("end of it")
    );
    page.click("[data-event=sevt_3] .long-text-more");
    until("the whole shows", || {
        page.text("[data-event=sevt_3] .long-text")
            .contains("end of it")
    })
    .await;
}

/// A log of `count` events, all of them on one page.
fn long_log(count: usize) -> Page<LogEvent> {
    let template = first_page().items.remove(2);
    let event = |number: usize| LogEvent {
        id: format!("sevt_{number}"),
        label: format!("step {number}"),
        ..template.clone()
    };
    Page {
        items: (1..=count).map(event).collect(),
        ..Page::default()
    }
}

#[wasm_bindgen_test]
async fn of_a_long_log_only_what_is_near_the_window_is_on_the_page() {
    at("/dreams/drm_1/log");
    let server = ScriptedServer::default().getting(LOG, &long_log(5_000));
    let page = log_page(&server);
    until("the log shows", || seen(&page) > 0).await;
    assert_eq!(page.text("[data-about=count]"), "5,000 events");
    assert!(seen(&page) < 200, "{} rows", seen(&page));
    let first = page.find("[data-event=sevt_1]").unwrap();
    assert_eq!(first.get_attribute("aria-posinset").as_deref(), Some("1"));
    assert_eq!(first.get_attribute("aria-setsize").as_deref(), Some("5000"));
    page.click("[data-event=sevt_1] .event-fold");
    until("it is open", || {
        page.find("[data-event=sevt_1] .long-text").is_some()
    })
    .await;

    window().scroll_to_with_x_and_y(0.0, 1e7);
    until("its end shows", || {
        page.find("[data-event=sevt_5000]").is_some()
    })
    .await;
    assert!(page.find("[data-event=sevt_1]").is_none());
    assert!(seen(&page) < 200, "{} rows", seen(&page));

    window().scroll_to_with_x_and_y(0.0, 0.0);
    until("its beginning shows again", || {
        page.find("[data-event=sevt_1]").is_some()
    })
    .await;
    assert!(
        page.find("[data-event=sevt_1] .long-text").is_some(),
        "what was opened stays open"
    );
}

#[wasm_bindgen_test]
async fn a_link_reaches_an_event_far_down_a_long_log() {
    at("/dreams/drm_1/log?event=sevt_4321");
    let server = ScriptedServer::default().getting(LOG, &long_log(5_000));
    let page = log_page(&server);
    until("the event is marked and has the focus", || {
        let focused = document().active_element();
        page.find("[data-event=sevt_4321][data-marked]").is_some()
            && focused.is_some_and(|focused| focused.id() == "event-sevt_4321")
    })
    .await;
    window().scroll_to_with_x_and_y(0.0, 0.0);
    at("/dreams/drm_1/log");
}

#[wasm_bindgen_test]
async fn the_log_of_a_running_dream_grows_as_one_reads() {
    at("/dreams/drm_1/log");
    let fifth = last_page().items.remove(0);
    let again = LogEvent {
        id: "sevt_4".to_owned(),
        ..fifth.clone()
    };
    let server = ScriptedServer::default()
        .getting(DREAM, &bare(DreamStatus::Running))
        .getting(LOG, &first_page())
        .getting(LOG, &Page::<LogEvent>::default())
        .unreachable(Method::Get, LOG)
        .getting(
            LOG,
            &Page {
                items: vec![again, fifth],
                ..Page::default()
            },
        );
    let page = log_page(&server);
    until("all there is was asked for by itself", || {
        page.text("[data-about=count]") == "4 events"
    })
    .await;
    assert!(page.find("[data-action=to-end]").is_some());
    until("a failure is told of", || {
        page.shows("The console keeps trying")
    })
    .await;
    until("what came since shows, once", || seen(&page) == 5).await;
    let asked = server.asked_of(Method::Get, LOG);
    let since = asked[2].url.contains("since=");
    assert!(
        since && !asked[1].url.contains("since="),
        "{}",
        asked[2].url
    );
    until("the failure is over", || {
        !page.shows("The console keeps trying")
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_log_without_events_says_what_will_fill_it() {
    at("/dreams/drm_1/log");
    let server = ScriptedServer::default().getting(LOG, &Page::<LogEvent>::default());
    let page = log_page(&server);
    until("the empty face shows", || {
        page.find("[data-face=empty]").is_some()
    })
    .await;
    assert!(page.shows("The log is empty"));
}

#[wasm_bindgen_test]
async fn a_log_that_does_not_load_can_be_asked_for_again() {
    at("/dreams/drm_1/log");
    let server = ScriptedServer::default()
        .refusing(
            Method::Get,
            LOG,
            503,
            "platform_unavailable",
            "The platform cannot be reached.",
        )
        .getting(LOG, &last_page());
    server.hold();
    let page = log_page(&server);
    until("the skeleton shows", || {
        page.find("[data-face=loading]").is_some()
    })
    .await;
    server.release();
    until("the failure shows", || {
        page.find("[data-face=failed]").is_some()
    })
    .await;
    assert!(page.shows("The platform cannot be reached."));
    page.click("[data-action=retry]");
    until("the log shows", || seen(&page) == 1).await;
}

#[wasm_bindgen_test]
async fn a_reflection_says_what_it_came_to_and_is_asked_for_again_by_hand() {
    let lost = DreamReport {
        reflection: Some(reflection(ReflectionState::Lost)),
        ..fixtures::dream("drm_1")
    };
    let waiting = DreamReport {
        reflection: Some(reflection(ReflectionState::Waiting)),
        ..fixtures::dream("drm_1")
    };
    let server = ScriptedServer::default()
        .getting(DREAM, &lost)
        .getting(
            INTERACTIONS,
            &fixtures::page::<InteractionSummary>(Vec::new()),
        )
        .answering(Method::Post, "/dreams/drm_1/reflect", 200, &waiting);
    let page = report_page(&server);
    until("the reflection shows", || {
        page.find("[data-action=reflect]").is_some()
    })
    .await;
    assert!(
        page.text("[data-about=reflection]")
            .contains("not asked again by itself")
    );
    assert!(
        page.text("[data-about=reflection-left-out]")
            .contains("2 parts that could not be read")
    );
    page.click("[data-action=reflect]");
    until("it waits", || {
        page.text("[data-about=reflection]").contains("in a moment")
    })
    .await;
    assert!(
        page.find("[data-action=reflect]").is_none(),
        "it is not asked for twice"
    );
}

fn reflection(state: ReflectionState) -> Reflection {
    Reflection {
        state,
        reason: None,
        model: Some("claude-opus-4-1".to_owned()),
        usage: None,
        cost: None,
        estimated_tokens: Some(1_234),
        patterns: 0,
        suggestions: 0,
        left_out: ReflectionLeftOut {
            unreadable: 2,
            ..ReflectionLeftOut::default()
        },
        asked_by: "schedule".into(),
        asked_at: fixtures::at_hour(6),
        ended_at: None,
    }
}
