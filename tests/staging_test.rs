//! The staging test of a change, mounted in a browser: begun, followed, read.
#![cfg(target_arch = "wasm32")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a missing element fails the test"
)]

mod support;

use dream_review::{
    api::Method, changes::ChangePage, keyboard::Keyboard, session::Session, ui::Toasts,
};
use leptos::{prelude::*, tachys::view::Mountable};
use leptos_router::components::Router;
use review_api::{
    AgentTools, CaseState, ChangeState, EstimateBasis, Role, StagingTest, StartTest, TestAnswer,
    TestCase, TestEstimate, TestOutcome, TestReport, TestState, TestWay, TokenRange,
};
use support::{Mounted, ScriptedServer, at, fixtures, mounted, until};
use wasm_bindgen_test::*;

wasm_bindgen_test_configure!(run_in_browser);

const CHANGE: &str = "/changes/chg_1";
const TEST: &str = "/changes/chg_1/test";
const CASES: &str = "/changes/chg_1/test/cases";

fn page_as(role: Role, server: &ScriptedServer) -> Mounted<impl Mountable + use<>> {
    window().local_storage().unwrap().unwrap().clear().unwrap();
    at("/changes/chg_1");
    let client = server.client();
    mounted(move || {
        client.clone().provide();
        Session::provide(client, fixtures::session(role));
        Keyboard::provide();
        Toasts::provide();
        view! { <Router><ChangePage id="chg_1".into() /></Router> }
    })
}

fn report(newest: Option<StagingTest>, is_current: bool) -> TestReport {
    TestReport {
        estimate: TestEstimate {
            cases: 24,
            way: Some(TestWay::Messages),
            tokens: TokenRange {
                low: 48_000,
                about: 48_000,
                high: 48_000,
            },
            cost: None,
            basis: EstimateBasis::Length,
            measured: 0,
        },
        tools: AgentTools::default(),
        newest,
        is_current,
    }
}

fn case(place: u32, state: CaseState) -> TestCase {
    let answer = |is_proposal, text: &str, is_right| TestAnswer {
        is_proposal,
        run: 1,
        text: text.to_owned(),
        is_right: Some(is_right),
        why: "It asks for the number.".to_owned(),
        tokens: 700,
    };
    TestCase {
        place,
        interaction_id: format!("sesn_{place}").into(),
        title: format!("A refund, number {place}"),
        state,
        reason: None,
        question: "I want my money back.".to_owned(),
        expectation: "contains \"order number\"".to_owned(),
        answers: vec![
            answer(false, "What is the order number?", true),
            answer(true, "I have started the refund.", false),
        ],
    }
}

fn knowing(report: &TestReport, cases: Vec<TestCase>) -> ScriptedServer {
    ScriptedServer::default()
        .getting(CHANGE, &fixtures::change("chg_1", ChangeState::Staged))
        .getting(TEST, report)
        .getting(CASES, &fixtures::page(cases))
}

#[wasm_bindgen_test]
async fn what_a_test_takes_is_said_before_it_is_begun() {
    let server = knowing(&report(None, false), vec![]).answering(
        Method::Post,
        TEST,
        201,
        &fixtures::staging_test(TestState::Running, None),
    );
    let page = page_as(Role::Reviewer, &server);
    until("the estimate shows", || {
        page.find("[data-about=estimate]").is_some()
    })
    .await;
    let takes = page.text("[data-about=estimate]");
    assert!(
        takes.contains("24 rated interactions, about 48,000 tokens"),
        "{takes}"
    );
    assert!(takes.contains("a guess"), "{takes}");
    assert!(
        page.find("[data-about=test-tools]").is_none(),
        "nothing really runs"
    );
    page.click("[data-action=begin-test]");
    until("it is asked for", || {
        server.asked_of(Method::Post, TEST).len() == 1
    })
    .await;
    let asked = server.asked_of(Method::Post, TEST);
    let body: StartTest = serde_json::from_str(asked[0].body.as_deref().unwrap()).unwrap();
    assert_eq!(body.repeats, Some(1));
    assert!(asked[0].header("if-match").is_some());
}

#[wasm_bindgen_test]
async fn that_tools_really_run_is_said_before_a_test_is_begun() {
    let mut report = report(None, false);
    report.estimate.way = Some(TestWay::Sessions);
    report.tools.servers = vec!["crm".to_owned()];
    report.tools.custom = vec!["create_refund".to_owned()];
    let page = page_as(Role::Reviewer, &knowing(&report, vec![]));
    until("the warning shows", || {
        page.find("[data-about=test-tools]").is_some()
    })
    .await;
    let said = page.text("[data-about=test-tools]");
    assert!(said.contains("48 sessions"), "{said}");
    assert!(said.contains("really run"), "{said}");
    assert!(said.contains("may call crm"), "{said}");
    assert!(
        said.contains("run create_refund, and it does not"),
        "{said}"
    );
    page.choose("select[name=repeats]", "3");
    until("it counts the runs", || {
        page.text("[data-about=test-tools]")
            .contains("144 sessions")
    })
    .await;
    assert!(page.text("[data-about=estimate]").contains("144,000"));
}

#[wasm_bindgen_test]
async fn without_a_rated_interaction_the_button_says_what_to_do() {
    let mut report = report(None, false);
    report.estimate.cases = 0;
    let page = page_as(Role::Reviewer, &knowing(&report, vec![]));
    until("the button is off", || {
        page.text("[data-about=staging-test]")
            .contains("Rate some first")
    })
    .await;
}

#[wasm_bindgen_test]
async fn the_evidence_says_how_the_test_stands_and_leads_to_it() {
    let mut change = fixtures::change("chg_1", ChangeState::Staged);
    change.policy.staging_test_required = true;
    let server = ScriptedServer::default()
        .getting(CHANGE, &change)
        .getting(TEST, &report(None, false))
        .getting(CASES, &fixtures::page(Vec::<TestCase>::new()));
    let page = page_as(Role::Reviewer, &server);
    until("the evidence shows", || {
        page.find("[data-about=tried]").is_some()
    })
    .await;
    let said = page.text("[data-about=tried]");
    assert!(said.contains("asked for, not run"), "{said}");
    assert!(said.contains("there is none. Run one."), "{said}");
    until("what it leads to is there", || {
        page.find("#staging-test").is_some()
    })
    .await;
    let link = page.find("[data-about=tried] a").unwrap();
    assert_eq!(link.get_attribute("href").as_deref(), Some("#staging-test"));
}

#[wasm_bindgen_test]
async fn a_running_test_says_how_far_it_is_and_can_be_called_off() {
    let running = report(Some(fixtures::staging_test(TestState::Running, None)), true);
    let server = knowing(&running, vec![case(3, CaseState::Worse)]).answering(
        Method::Post,
        "/changes/chg_1/test/cancel",
        200,
        &fixtures::staging_test(TestState::Canceled, None),
    );
    let page = page_as(Role::Reviewer, &server);
    until("the progress shows", || {
        page.find(".testing-progress").is_some()
    })
    .await;
    assert!(page.text(".testing-progress").contains("12 of 24 cases"));
    assert!(page.find("[data-action=begin-test]").is_none());
    page.click("[data-action=cancel-test]");
    until("it is called off", || {
        server
            .asked_of(Method::Post, "/changes/chg_1/test/cancel")
            .len()
            == 1
    })
    .await;
}

#[wasm_bindgen_test]
async fn the_cases_that_got_worse_stand_first_and_open_with_both_answers() {
    let done = fixtures::staging_test(TestState::Completed, Some(TestOutcome::Inconclusive));
    let cases = vec![case(3, CaseState::Worse), case(1, CaseState::Better)];
    let server = knowing(&report(Some(done), true), cases);
    let page = page_as(Role::Reviewer, &server);
    until("the cases show", || page.count(".testing-case") == 2).await;
    let verdict = page.text("[data-about=verdict]");
    assert!(verdict.contains("inconclusive"), "{verdict}");
    assert!(page.text("[data-fact=after]").contains("17 of 24"));
    let first = page.text(".testing-case:first-child");
    assert!(
        first.contains("got worse") && first.contains("I want my money back."),
        "{first}"
    );
    until("both answers are compared", || {
        let case = page.text(".testing-case:first-child .diff");
        case.contains("order number") && case.contains("started the refund")
    })
    .await;
    assert!(page.find(".testing-case:last-child .diff").is_none());
}

#[wasm_bindgen_test]
async fn a_result_of_other_bytes_is_said_to_count_no_more() {
    let done = fixtures::staging_test(TestState::Completed, Some(TestOutcome::Passed));
    let server = knowing(&report(Some(done), false), vec![]);
    let page = page_as(Role::Viewer, &server);
    until("it is said", || {
        page.text("[data-about=test-void]")
            .contains("does not count any more")
    })
    .await;
    assert!(page.shows("to run a staging test takes a reviewer or more."));
}
