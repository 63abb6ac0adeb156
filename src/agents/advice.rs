//! What is wrong with an agent's set-up, with its numbers and what to do; and how much there is to learn from.

use super::{
    policy::edit_policy,
    state::{PolicyForm, SettingsForm},
};
use crate::{
    routes::Route,
    session::Session,
    ui::{Button, Notice, Tone},
};
use leptos::prelude::*;
use review_api::Agent;
use review_core::{
    advice::{Advice, Baseline, NOT_THE_MODEL, Remedy, advice},
    dreaming::BASELINE_RATINGS,
    rules::may_edit_settings,
    words,
};
use std::sync::Arc;

/// One notice for each mistake, each with one thing to do.
#[component]
pub(super) fn AdviceSection(
    agent: Signal<Arc<Agent>>,
    form: SettingsForm,
    policy: PolicyForm,
) -> impl IntoView {
    let given = Memo::new(move |_| agent.with(|agent| advice(agent)));
    view! {
        <Show when=move || given.with(|given| !given.is_empty())>
            <div class="agent-warnings">
                <For
                    each=move || given.get()
                    key=|one| (one.warning, one.numbers.clone())
                    let:one
                >
                    <One agent one form policy />
                </For>
            </div>
        </Show>
    }
}

#[component]
fn One(
    agent: Signal<Arc<Agent>>,
    one: Advice,
    form: SettingsForm,
    policy: PolicyForm,
) -> impl IntoView {
    let session = Session::use_context();
    let refusal = Signal::derive(move || {
        let verdict = may_edit_settings(&session.user());
        verdict.err().map(|refusal| refusal.sentence)
    });
    let remedy = one.remedy.map(|remedy| match remedy {
        Remedy::Settings => view! {
            <Button action="advice-settings" refusal on_press=Callback::new(move |()| form.edit())>
                "Change the dreaming settings"
            </Button>
        }
        .into_any(),
        Remedy::Policy => view! {
            <Button
                action="advice-policy"
                refusal
                on_press=Callback::new(move |()| edit_policy(session, policy))
            >
                "Edit policy"
            </Button>
        }
        .into_any(),
        Remedy::Automation => view! {
            <a href=Route::Settings.href() data-action="advice-automation">
                "To the switch"
            </a>
        }
        .into_any(),
        Remedy::Rate => {
            let id = agent.with_untracked(|agent| agent.summary.id.clone());
            let href = Route::Labelling { id }.href();
            view! {
                <a href=href data-action="advice-rate">
                    "Label interactions"
                </a>
            }
            .into_any()
        }
        Remedy::Dream(id) => view! {
            <a href=Route::Dream { id }.href() data-action="advice-dream">
                "Open the dream"
            </a>
        }
        .into_any(),
    });
    view! {
        <Notice tone=Tone::Finding about="setup">
            <p>{words::warning(one.warning)}</p>
            {one.numbers.map(|numbers| view! { <p>{numbers}</p> })}
            {remedy}
        </Notice>
    }
}

/// The ratings of an agent's interactions, against what a first dream should have.
#[component]
pub(super) fn BaselineSection(agent: Signal<Arc<Agent>>) -> impl IntoView {
    let counts = Memo::new(move |_| agent.with(|agent| agent.summary.feedback));
    let (interactions, labelling) = agent.with_untracked(|agent| {
        let id = agent.summary.id.clone();
        let labelling = Route::Labelling { id: id.clone() }.href();
        (Route::AgentInteractions { id }.href(), labelling)
    });
    let filled = move || counts.get().total().min(BASELINE_RATINGS).to_string();
    let sentence = move || Baseline::of(counts.get()).sentence();
    view! {
        <section class="page-section" aria-labelledby="feedback-title">
            <div class="section-head">
                <h2 id="feedback-title">"Feedback"</h2>
            </div>
            <dl class="facts">
                <dt>"Positive"</dt>
                <dd>{move || words::grouped(counts.get().positive)}</dd>
                <dt>"Negative"</dt>
                <dd>{move || words::grouped(counts.get().negative)}</dd>
            </dl>
            <meter
                class="baseline-meter"
                data-about="baseline"
                min="0"
                max=BASELINE_RATINGS.to_string()
                value=filled
                aria-label="Ratings, of those that a first dream should have"
            >
                {sentence}
            </meter>
            <p class="section-note" data-about="baseline-words">
                {sentence}
                {format!(
                    " A first dream should have a few dozen, of both kinds; {BASELINE_RATINGS} is a rule of thumb.",
                )}
            </p>
            <p class="section-note">{NOT_THE_MODEL}</p>
            <p>
                <a href=labelling data-action="label">
                    "Label interactions"
                </a>
                " · "
                <a href=interactions data-action="interactions">
                    "Interactions"
                </a>
            </p>
        </section>
    }
}
