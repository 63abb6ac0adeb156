//! What a model made of the dream, of feedback and of what went wrong.

use super::{
    state::Dream,
    words::{cost, left_out, reflection, usage},
};
use crate::{
    session::Session,
    ui::{Button, Notice, Tone},
};
use leptos::prelude::*;
use review_api::{DreamReport, DreamStatus, ReflectionState};
use review_core::rules;
use std::sync::Arc;

/// How the reflection on the dream stands, and the way to ask for one.
#[component]
pub(super) fn ReflectionSection(
    /// The dream.
    dream: Dream,
    /// Its report.
    report: Signal<Arc<DreamReport>>,
) -> impl IntoView {
    let session = Session::use_context();
    let no_right = Signal::derive(move || {
        let verdict = rules::may_dream(&session.user());
        verdict.err().map(|refusal| refusal.sentence)
    });
    let is_over = Memo::new(move |_| report.with(|it| it.status == DreamStatus::Completed));
    let it = Memo::new(move |_| report.with(|report| report.reflection.clone()));
    let said = move || it.with(|it| reflection(it.as_ref()));
    let facts = move || {
        let it = it.get()?;
        let lost = left_out(&it.left_out);
        let took = it
            .usage
            .map(|taken| format!("{}; {}", usage(Some(taken)), cost(it.cost.as_ref())));
        let guess = it
            .estimated_tokens
            .filter(|_| took.is_none())
            .map(|tokens| {
                format!(
                    "about {} tokens, an estimate",
                    review_core::words::grouped(tokens)
                )
            });
        Some(view! {
            <p class="section-note" data-about="reflection-cost">{took.or(guess)}</p>
            {lost.map(|lost| view! { <p data-about="reflection-left-out">{lost}</p> })}
        })
    };
    let may_ask = Memo::new(move |_| {
        let state = it.with(|it| it.as_ref().map(|it| it.state));
        let is_open = matches!(
            state,
            None | Some(ReflectionState::Skipped | ReflectionState::Failed | ReflectionState::Lost)
        );
        is_over.get() && is_open
    });
    let words = move || {
        if it.with(Option::is_some) {
            "Ask again"
        } else {
            "Reflect on it"
        }
    };
    let failure = move || dream.refused.get().map(|error| error.to_string());
    view! {
        <Show when=move || is_over.get() || it.with(Option::is_some)>
            <section class="page-section" aria-labelledby="dream-reflection" data-about="reflection">
                <div class="section-head">
                    <h2 id="dream-reflection">"Reflection"</h2>
                </div>
                <p role="status">{said}</p>
                {facts}
                <Show when=move || may_ask.get()>
                    <Button
                        on_press=Callback::new(move |()| dream.reflect())
                        refusal=no_right
                        busy=dream.asking
                        action="reflect"
                    >
                        {words}
                    </Button>
                </Show>
                <Show when=move || dream.refused.with(Option::is_some)>
                    <Notice tone=Tone::Bad about="reflection-failure">{failure}</Notice>
                </Show>
            </section>
        </Show>
    }
}
