//! The cases of a staging test, with both answers to each.

use crate::{
    changes::state::Testing,
    diff_view::{DiffLines, DiffNav, compared},
    routes::Route,
    ui::{Badge, LongText, ShowMore, Tone},
};
use leptos::prelude::*;
use prompt_diff::Sides;
use review_api::{CaseState, TestAnswer, TestCase, TestReport};
use std::sync::Arc;

/// The cases, those that got worse first.
#[component]
pub(super) fn Cases(testing: Testing, report: Signal<Arc<TestReport>>) -> impl IntoView {
    let has_test = Memo::new(move |_| report.with(|report| report.newest.is_some()));
    let listing = testing.cases;
    let told = move || {
        let cases = listing.items();
        let is_told = |case: &TestCase| !matches!(case.state, CaseState::Waiting);
        cases.into_iter().filter(is_told).collect::<Vec<_>>()
    };
    view! {
        <Show when=move || has_test.get()>
            <ol class="testing-cases" aria-label="Cases, those that got worse first">
                <For each=told key=|case| (case.place, case.state, case.answers.len()) let:case>
                    <Case case />
                </For>
            </ol>
            <ShowMore listing />
        </Show>
    }
}

#[component]
fn Case(case: TestCase) -> impl IntoView {
    let (tone, word) = match case.state {
        CaseState::Worse => (Tone::Bad, "got worse"),
        CaseState::Better => (Tone::Good, "got better"),
        CaseState::BothWrong => (Tone::Finding, "wrong both times"),
        CaseState::BothRight => (Tone::Accent, "right both times"),
        CaseState::Failed => (Tone::Finding, "no result"),
        CaseState::LeftOut => (Tone::Finding, "no case"),
        CaseState::Waiting | CaseState::Unknown => (Tone::Finding, "waits"),
    };
    let is_open = RwSignal::new(case.state == CaseState::Worse);
    let href = Route::Interaction {
        id: case.interaction_id.clone(),
    }
    .href();
    let title = case.title.clone();
    let case = StoredValue::new(case);
    view! {
        <li class="testing-case" data-case=word>
            <button
                type="button"
                class="testing-case-head"
                aria-expanded=move || is_open.get().to_string()
                on:click=move |_| is_open.update(|open| *open = !*open)
            >
                <Badge tone>{word}</Badge>
                <span>{title}</span>
            </button>
            <Show when=move || is_open.get()>
                <CaseBody case=case.get_value() href=href.clone() />
            </Show>
        </li>
    }
}

#[component]
fn CaseBody(case: TestCase, href: String) -> impl IntoView {
    let first = |is_proposal: bool| {
        let answers = case.answers.iter();
        let mut fitting = answers.filter(|answer| answer.is_proposal == is_proposal);
        // Of several runs the one that decided: a wrong one where the case is wrong.
        fitting
            .clone()
            .find(|answer| answer.is_right == Some(false))
            .or_else(|| fitting.next())
            .cloned()
    };
    let (before, after) = (first(false), first(true));
    let said = |answer: &Option<TestAnswer>| {
        Arc::<str>::from(answer.as_ref().map_or("", |answer| &*answer.text))
    };
    let texts = Sides::new(said(&before), said(&after));
    let has_both = before.is_some() && after.is_some();
    let of = format!("the answers of case {}", case.place + 1);
    let why = [("Now", before), ("Proposal", after)].map(|(side, answer)| {
        answer.map(|answer| {
            let word = match answer.is_right {
                Some(true) => "right",
                Some(false) => "wrong",
                None => "not judged",
            };
            view! { <li>{side} ": " {word} ". " {answer.why}</li> }
        })
    });
    view! {
        <div class="testing-case-body">
            {case.reason.map(|reason| view! { <p>{reason}</p> })}
            <p class="section-note">"The user said"</p>
            <LongText text=case.question />
            <p class="section-note">"A right answer"</p>
            <LongText text=case.expectation />
            <ul class="testing-why">{why.collect_view()}</ul>
            {has_both.then(|| view! { <Answers texts of /> })}
            <a href=href>"Open the interaction"</a>
        </div>
    }
}

/// Both answers: what the agent says now against what it would say.
#[component]
fn Answers(texts: Sides<Arc<str>>, of: String) -> impl IntoView {
    let diff = compared(Memo::new(move |_| texts.clone())).get_untracked();
    if diff.hunks.is_empty() {
        let text = diff.revisions.after.text().to_owned();
        return view! {
            <p class="section-note">"Both answers are the same"</p>
            <LongText text />
        }
        .into_any();
    }
    view! {
        <p class="section-note">"The answer now, against the answer with the proposal"</p>
        <DiffLines diff of nav=DiffNav::silent() />
    }
    .into_any()
}
