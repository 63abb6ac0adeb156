//! The staging test of a change: what it would take, how far it is, what it came to, and the cases that got worse.

mod begin;
mod cases;

use super::{
    state::{OpenChange, Testing},
    words::trials,
};
use crate::ui::{Badge, Faces, Notice, SkeletonText, Time, Tone};
use begin::Begin;
use cases::Cases;
use leptos::prelude::*;
use review_api::{Accuracy, Change, ChangeTarget, StagingTest, TestOutcome, TestReport, TestState};
use review_core::{
    prices,
    words::{grouped, percent},
};
use std::sync::Arc;

#[component]
pub(super) fn StagingTestPanel(open: OpenChange, change: Signal<Arc<Change>>) -> impl IntoView {
    let testing = Testing::open(open);
    let is_memory = change.with_untracked(|it| it.summary.target == ChangeTarget::Memory);
    view! {
        <section
            class="page-section testing"
            id="staging-test"
            tabindex="-1"
            aria-labelledby="testing-title"
            data-about="staging-test"
        >
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
                <Standing report is_memory />
                <Begin testing report change />
                <Cases testing report />
            </Faces>
        </section>
    }
}

/// What the newest test came to, in words and numbers.
#[component]
fn Standing(report: Signal<Arc<TestReport>>, is_memory: bool) -> impl IntoView {
    move || {
        let report = report.get();
        let Some(test) = report.newest.clone() else {
            let what = if is_memory {
                "The agent's rated interactions are run with a copy of the memory store as it is and with one as the \
                 change would leave it, and the answers are compared. Both copies are removed afterwards; the store \
                 itself stays as it is."
            } else {
                "The agent's rated interactions are run with the prompt as it is and with the one proposed, and the \
                 answers are compared. Nothing is published."
            };
            return view! { <p>{what}</p> }.into_any();
        };
        let voided = (!report.is_current).then(|| {
            view! {
                <Notice tone=Tone::Finding about="test-void">
                    "The change is another one since this test: its result does not count any more. Test it again."
                </Notice>
            }
        });
        let (tone, word) = (
            tone(test.state, test.outcome),
            trials::word(test.state, test.outcome),
        );
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

/// How the state of a test is coloured.
pub(super) fn tone(state: TestState, outcome: Option<TestOutcome>) -> Tone {
    match (state, outcome) {
        (TestState::Running, _) => Tone::Accent,
        (TestState::Completed, Some(TestOutcome::Passed)) => Tone::Good,
        (TestState::Completed, Some(TestOutcome::Failed)) | (TestState::Failed, _) => Tone::Bad,
        _ => Tone::Finding,
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
    let cost = test.cost.as_ref();
    let cost = cost.map_or_else(|| "not measured".to_owned(), prices::in_words);
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
            <dt>"Cost"</dt>
            <dd data-fact="cost">{cost}</dd>
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
