//! The rule that makes an agent log ratings: whether its prompt has it, and the way to stage it.

use super::state::Ruling;
use crate::{
    routes::Route,
    session::Session,
    ui::{Button, Notice, Tone},
};
use leptos::prelude::*;
use review_api::{Agent, SuggestionStatus};
use review_core::{rule_log, rules::may_stage};
use std::sync::Arc;

/// The sentence, and the button that stages it.
#[component]
pub(super) fn RuleSection(ruling: Ruling, agent: Signal<Arc<Agent>>) -> impl IntoView {
    let session = Session::use_context();
    let has_rule = Memo::new(move |_| agent.with(|agent| rule_log::has_rule(&agent.prompt.text)));
    let refusal = Signal::derive(move || {
        let verdict = may_stage(&session.user(), SuggestionStatus::Open);
        verdict.err().map(|refusal| refusal.sentence)
    });
    let failure = move || ruling.failure.get().map(|error| error.to_string());
    let stage = Callback::new(move |()| agent.with_untracked(|agent| ruling.stage(agent)));
    view! {
        <section class="page-section" aria-labelledby="rule-title" data-about="rule">
            <div class="section-head">
                <h2 id="rule-title">"Ratings that the agent logs itself"</h2>
            </div>
            <Show
                when=move || !has_rule.get()
                fallback=|| {
                    view! {
                        <p class="section-note" data-about="has-rule">
                            "The prompt has a rule by which the agent logs ratings. What it logs is read within minutes of an interaction's end and counts with the source rule."
                        </p>
                    }
                }
            >
                <p class="section-note">
                    "With these sentences in its prompt, the agent logs when users correct it. Only what the agent itself says is read; a user who writes such a line rates nothing, though one may talk the agent into repeating it."
                </p>
                <blockquote class="rule-sentence">{rule_log::rule()}</blockquote>
                <Show
                    when=move || ruling.staged.with(Option::is_none)
                    fallback=move || {
                        let href = ruling.staged.get().map(|id| Route::Change { id }.href());
                        view! {
                            <p role="status">
                                "Staged. It waits for approval: " <a href=href data-action="open-staged">"open the change"</a>
                                "."
                            </p>
                        }
                    }
                >
                    <Button action="stage-rule" busy=ruling.busy refusal on_press=stage>
                        "Stage these sentences as a change"
                    </Button>
                </Show>
                <Show when=move || failure().is_some()>
                    <Notice tone=Tone::Bad about="rule-failure">
                        {failure}
                    </Notice>
                </Show>
            </Show>
        </section>
    }
}
