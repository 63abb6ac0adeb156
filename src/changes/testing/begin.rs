//! What a staging test would take and do, and the buttons.

use crate::{
    changes::{state::Testing, words::trials},
    session::Session,
    ui::{Button, ButtonKind, Notice, Tone},
};
use leptos::prelude::*;
use review_api::{Change, TestReport, TestState};
use review_core::rules::{may_cancel_test, may_test};
use std::sync::Arc;

/// How often each case may be run, as words.
const REPEATS: [(u32, &str); 3] = [
    (1, "Once"),
    (3, "3 times, for answers that vary"),
    (5, "5 times"),
];

/// Why there is nothing to run.
const NOTHING_RATED: &str =
    "The agent has no rated interaction, so there is nothing to test with. Rate some first.";

/// What a test would take, and the buttons.
#[component]
pub(super) fn Begin(
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
    let nothing_rated = Signal::derive(move || {
        let cases = report.with(|report| report.estimate.cases);
        (cases == 0).then(|| NOTHING_RATED.to_owned())
    });
    let refusal = Signal::derive(move || refusal.get().or_else(|| nothing_rated.get()));
    let takes =
        move || report.with(|report| trials::takes(&report.estimate, testing.repeats.get()));
    let tools = Memo::new(move |_| {
        report.with(|report| trials::tools(&report.estimate, &report.tools, testing.repeats.get()))
    });
    let failure = Memo::new(move |_| testing.failure.get().map(|error| error.to_string()));
    view! {
        <Show when=move || failure.with(Option::is_some)>
            <Notice tone=Tone::Bad about="test-failure">{move || failure.get()}</Notice>
        </Show>
        <Show
            when=move || is_running.get()
            fallback=move || {
                view! {
                    <Show when=move || tools.with(|it| !it.is_empty())>
                        <Notice tone=Tone::Finding about="test-tools">
                            {move || tools.get().into_iter().map(|said| view! { <p>{said}</p> }).collect_view()}
                        </Notice>
                    </Show>
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
