//! The staging test of a change: what it would take, how far it is, what it came to, and the cases that got worse.

use super::state::{OpenChange, Testing};
use crate::{
    diff_view::{DiffLines, DiffNav, compared},
    routes::Route,
    session::Session,
    ui::{Badge, Button, ButtonKind, Faces, LongText, Notice, ShowMore, SkeletonText, Time, Tone},
};
use leptos::prelude::*;
use prompt_diff::Sides;
use review_api::{
    Accuracy, CaseState, Change, StagingTest, TestAnswer, TestCase, TestOutcome, TestReport,
    TestState,
};
use review_core::{
    rules::{may_cancel_test, may_test},
    words::{grouped, percent},
};
use std::sync::Arc;

/// How often each case may be run, as words.
const REPEATS: [(u32, &str); 3] = [
    (1, "Once"),
    (3, "3 times, for answers that vary"),
    (5, "5 times"),
];

#[component]
pub(super) fn StagingTestPanel(open: OpenChange, change: Signal<Arc<Change>>) -> impl IntoView {
    let testing = Testing::open(open);
    view! {
        <section class="page-section testing" aria-labelledby="testing-title" data-about="staging-test">
            <div class="section-head">
                <h2 id="testing-title">"Staging test"</h2>
                <span class="section-note">
                    {move || {
                        if change.with(|it| it.policy.staging_test_required) {
                            "the agent's policy asks for a pass"
                        } else {
                            "not asked for by the agent's policy"
                        }
                    }}
                </span>
            </div>
            <Faces query=testing.report what="the staging test" skeleton=|| view! { <SkeletonText lines=3 /> } let:report>
                <Standing report />
                <Begin testing report change />
                <Cases testing report />
            </Faces>
        </section>
    }
}

/// What the newest test came to, in words and numbers.
#[component]
fn Standing(report: Signal<Arc<TestReport>>) -> impl IntoView {
    move || {
        let report = report.get();
        let Some(test) = report.newest.clone() else {
            return view! {
                <p>
                    "The agent's rated interactions are run with the prompt as it is and with the one proposed, and \
                     the answers are compared. Nothing is published."
                </p>
            }
            .into_any();
        };
        let voided = (!report.is_current).then(|| {
            view! {
                <Notice tone=Tone::Finding about="test-void">
                    "The change is another one since this test: its result does not count any more. Test it again."
                </Notice>
            }
        });
        let (tone, word) = verdict(&test);
        let done = test.cases.saturating_sub(test.waiting);
        let running = (test.state == TestState::Running).then(|| {
            view! {
                <p class="testing-progress" role="status">
                    <progress max=test.cases.to_string() value=done.to_string() aria-label="Cases done"></progress>
                    {done} " of " {test.cases} " cases, " {grouped(test.tokens)} " of at most "
                    {grouped(test.budget_tokens)} " tokens"
                </p>
            }
        });
        view! {
            {voided}
            <p class="testing-verdict" data-about="verdict">
                <Badge tone>{word}</Badge>
                " "
                {test.sentence.clone()}
            </p>
            {test.reason.clone().map(|reason| view! { <p>{reason}</p> })}
            {running}
            <Figures test />
        }
        .into_any()
    }
}

fn verdict(test: &StagingTest) -> (Tone, &'static str) {
    match (test.state, test.outcome) {
        (TestState::Running, _) => (Tone::Accent, "running"),
        (TestState::Completed, Some(TestOutcome::Passed)) => (Tone::Good, "passed"),
        (TestState::Completed, Some(TestOutcome::Failed)) => (Tone::Bad, "failed"),
        (TestState::Completed, _) => (Tone::Finding, "inconclusive"),
        (TestState::Canceled, _) => (Tone::Finding, "called off"),
        (TestState::OverBudget, _) => (Tone::Finding, "stopped at its budget"),
        (TestState::Failed, _) => (Tone::Bad, "could not go on"),
        (TestState::Unknown, _) => (Tone::Finding, "not known"),
    }
}

/// The numbers behind it; every share with its cases and interval.
#[component]
fn Figures(test: StagingTest) -> impl IntoView {
    let points = |[low, high]: [f64; 2]| {
        format!(
            "between {:+.0} and {:+.0} points",
            low * 100.0,
            high * 100.0
        )
    };
    let difference = test.difference.map(points);
    let left_out = (test.left_out > 0).then(|| format!("{} are no cases", test.left_out));
    let failed = (test.failed > 0).then(|| format!("{} got no answer", test.failed));
    let aside: Vec<String> = [left_out, failed].into_iter().flatten().collect();
    view! {
        <dl class="facts">
            <dt>"Right before"</dt>
            <dd data-fact="before">{share(test.before)}</dd>
            <dt>"Right with it"</dt>
            <dd data-fact="after">{share(test.after)}</dd>
            <dt>"Got worse"</dt>
            <dd data-fact="worse">{test.worse}</dd>
            <dt>"Got better"</dt>
            <dd data-fact="better">{test.better}</dd>
            <dt>"Difference"</dt>
            <dd>
                {difference.unwrap_or_else(|| "not measured".to_owned())}
                {format!(", p = {:.3}", test.p_value)}
            </dd>
            <dt>"Cases"</dt>
            <dd>
                {test.cases}
                {(!aside.is_empty()).then(|| format!(", of which {}", aside.join(" and ")))}
                {(test.repeats > 1).then(|| format!(", each run {} times", test.repeats))}
            </dd>
            <dt>"Tokens"</dt>
            <dd>{grouped(test.tokens)} ", by " <code>{test.model}</code></dd>
            <dt>"Asked for"</dt>
            <dd>{test.asked_by.to_string()} ", " <Time at=test.asked_at /></dd>
        </dl>
    }
}

fn share(accuracy: Option<Accuracy>) -> String {
    let Some(it) = accuracy.filter(|it| it.cases > 0) else {
        return "not measured".to_owned();
    };
    format!(
        "{} ({} of {}; 95 % interval {} to {})",
        percent(f64::from(it.right) / f64::from(it.cases)),
        it.right,
        it.cases,
        percent(it.low),
        percent(it.high)
    )
}

/// What a test would take, and the buttons.
#[component]
fn Begin(
    testing: Testing,
    report: Signal<Arc<TestReport>>,
    change: Signal<Arc<Change>>,
) -> impl IntoView {
    let session = Session::use_context();
    let is_running = Memo::new(move |_| {
        report.with(|report| {
            let newest = report.newest.as_ref();
            newest.is_some_and(|test| test.state == TestState::Running)
        })
    });
    let refusal = Signal::derive(move || {
        let verdict = change.with(|change| may_test(&session.user(), change));
        verdict.err().map(|refusal| refusal.sentence)
    });
    let no_cancel = Signal::derive(move || {
        let verdict = may_cancel_test(&session.user());
        verdict.err().map(|refusal| refusal.sentence)
    });
    let takes = move || {
        let estimate = report.with(|report| report.estimate);
        let tokens = estimate
            .tokens
            .saturating_mul(u64::from(testing.repeats.get()));
        let how = if estimate.is_measured {
            "by earlier tests of this agent"
        } else {
            "a guess by the length of its prompt"
        };
        format!(
            "{} rated interactions, about {} tokens ({how}). It stops at twice that.",
            estimate.cases,
            grouped(tokens)
        )
    };
    let failure = Memo::new(move |_| testing.failure.get().map(|error| error.to_string()));
    view! {
        <Show when=move || failure.with(Option::is_some)>
            <Notice tone=Tone::Bad about="test-failure">{move || failure.get()}</Notice>
        </Show>
        <Show
            when=move || is_running.get()
            fallback=move || {
                view! {
                    <p class="section-note" data-about="estimate">{takes}</p>
                    <div class="testing-actions">
                        <Button
                            on_press=Callback::new(move |()| testing.begin())
                            kind=ButtonKind::Plain
                            busy=testing.busy
                            refusal
                            action="begin-test"
                        >
                            "Run the staging test"
                        </Button>
                        <label class="testing-repeats">
                            "Each case "
                            <select
                                class="input"
                                name="repeats"
                                on:change=move |event| {
                                    if let Ok(repeats) = event_target_value(&event).parse() {
                                        testing.repeats.set(repeats);
                                    }
                                }
                            >
                                {REPEATS
                                    .map(|(repeats, words)| view! { <option value=repeats.to_string()>{words}</option> })
                                    .collect_view()}
                            </select>
                        </label>
                    </div>
                }
            }
        >
            <div class="testing-actions">
                <Button
                    on_press=Callback::new(move |()| testing.cancel())
                    busy=testing.busy
                    refusal=no_cancel
                    action="cancel-test"
                >
                    "Call it off"
                </Button>
            </div>
        </Show>
    }
}

/// The cases, those that got worse first.
#[component]
fn Cases(testing: Testing, report: Signal<Arc<TestReport>>) -> impl IntoView {
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
