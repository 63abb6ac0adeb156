//! The column beside the diff: why, the numbers, and what to know before deciding.

use super::{reading::Reading, state::OpenSuggestion};
use crate::{
    browser::focus,
    diff_view::{DiffNav, HiddenList, InstructionList},
    keyboard::{Command, Keyboard},
    routes::Route,
};
use leptos::{ev::MouseEvent, prelude::*};
use review_api::{InteractionId, Metric, Pattern, Suggestion};
use review_core::words;
use std::sync::Arc;

/// Interactions named before "show all".
const SHOWN: usize = 5;

#[component]
pub(super) fn Evidence(
    open: OpenSuggestion,
    suggestion: Signal<Arc<Suggestion>>,
    nav: DiffNav,
) -> impl IntoView {
    Keyboard::use_context().add(Command::new("Evidence", Some("e"), || {
        focus::first(".evidence");
    }));
    view! {
        <aside class="evidence" aria-label="Evidence" tabindex="-1">
            <Findings open suggestion nav />
            <Why open suggestion />
            <Numbers suggestion />
        </aside>
    }
}

#[component]
fn Findings(
    open: OpenSuggestion,
    suggestion: Signal<Arc<Suggestion>>,
    nav: DiffNav,
) -> impl IntoView {
    let facts = open.facts();
    let moved = Memo::new(move |_| moved_base(&suggestion.get()));
    let none = move || facts.with(|facts| facts.findings() == 0) && moved.with(Option::is_none);
    view! {
        <section class="evidence-part" aria-labelledby="findings">
            <h2 id="findings">"Findings"</h2>
            {move || {
                moved
                    .get()
                    .map(|sentence| {
                        view! {
                            <div class="finding" data-finding="moved">
                                <h3 class="finding-title">"The prompt has moved"</h3>
                                <p class="evidence-text">{sentence}</p>
                            </div>
                        }
                    })
            }}
            <InstructionList facts nav />
            <HiddenList facts nav read=open.findings_read() />
            <Show when=none>
                <p class="evidence-none" data-about="no-findings">
                    "No instruction is removed, nothing is hidden in the text, and the prompt is the one the dream saw."
                </p>
            </Show>
        </section>
    }
}

/// Says that the agent has another version now than the dream saw.
pub(super) fn moved_base(suggestion: &Suggestion) -> Option<String> {
    let (made_on, now) = (suggestion.made_on_version, suggestion.current.version);
    (made_on != now).then(|| {
        format!(
            "The dream saw v{made_on}, the agent has v{now} now. The difference is against v{now}: what it takes away may be what \
             somebody added since."
        )
    })
}

#[component]
fn Why(open: OpenSuggestion, suggestion: Signal<Arc<Suggestion>>) -> impl IntoView {
    let rationale = Memo::new(move |_| suggestion.with(|it| it.rationale.clone()));
    let patterns = Memo::new(move |_| suggestion.with(|it| it.patterns.clone()));
    let none =
        move || rationale.with(|text| text.trim().is_empty()) && patterns.with(Vec::is_empty);
    view! {
        <section class="evidence-part" aria-labelledby="why">
            <h2 id="why">"Why"</h2>
            <p class="evidence-text" dir="auto">
                {move || rationale.get()}
            </p>
            {move || {
                patterns.get().into_iter().map(|pattern| view! { <PatternPart open pattern /> }).collect_view()
            }}
            <Show when=none>
                <p class="evidence-none">"The report gives no reason and names no pattern."</p>
            </Show>
        </section>
    }
}

#[component]
fn PatternPart(open: OpenSuggestion, pattern: Pattern) -> impl IntoView {
    let ids = StoredValue::new(pattern.interaction_ids.clone());
    let named = StoredValue::new(pattern.clone());
    let all = ids.with_value(Vec::len);
    let whole = RwSignal::new(false);
    let seen = match pattern.occurrences {
        Some(1) => "seen once".to_owned(),
        Some(times) => format!("seen {times} times"),
        None => "not counted".to_owned(),
    };
    let shown = match all {
        0 => ", no interaction named".to_owned(),
        1 => ", 1 interaction named".to_owned(),
        all => format!(", {all} interactions named"),
    };
    let links = move || {
        let count = if whole.get() { all } else { SHOWN };
        let link = |id: &InteractionId| {
            let reading = named.with_value(|pattern| Reading::of(id.clone(), pattern));
            view! { <InteractionLink open reading /> }
        };
        ids.with_value(|ids| ids.iter().take(count).map(link).collect_view())
    };
    view! {
        <div class="pattern" data-pattern=pattern.key>
            <h3 class="pattern-title" dir="auto">{pattern.title}</h3>
            <p class="pattern-seen">{seen} {shown}</p>
            <p class="evidence-text" dir="auto">{pattern.description}</p>
            <ul class="pattern-links">{links}</ul>
            <Show when=move || { all > SHOWN }>
                <button
                    type="button"
                    class="button button-bare"
                    data-action="all-interactions"
                    aria-expanded=move || whole.get().to_string()
                    on:click=move |_| whole.update(|whole| *whole = !*whole)
                >
                    {move || if whole.get() { "Show fewer".to_owned() } else { format!("Show all {all}") }}
                </button>
            </Show>
        </div>
    }
}

/// A link with the interaction's title, or its id until the title is known; it opens beside the diff.
#[component]
fn InteractionLink(open: OpenSuggestion, reading: Reading) -> impl IntoView {
    let id = reading.interaction.clone();
    let title = open.title_of(id.clone());
    let href = Route::Interaction { id: id.clone() }.href();
    view! {
        <li>
            <a href=href dir="auto" on:click=move |click| follow(&click, open, &reading)>
                {move || title.get().unwrap_or_else(|| id.0.clone())}
            </a>
        </li>
    }
}

/// Opens the interaction of a pressed link beside the diff.
pub(super) fn follow(click: &MouseEvent, open: OpenSuggestion, reading: &Reading) {
    // With a key held, the browser opens the link elsewhere.
    if !(click.ctrl_key() || click.meta_key() || click.shift_key()) {
        click.prevent_default();
        open.reading.set(Some(reading.clone()));
    }
}

#[component]
fn Numbers(suggestion: Signal<Arc<Suggestion>>) -> impl IntoView {
    let metrics = Memo::new(move |_| suggestion.with(|it| it.metrics.clone()));
    let part = |metric: Metric| {
        let figures = words::metric(&metric);
        let by = format!("measured by {}, for the whole report", metric.measured_by);
        let measured = metric.before.is_some() || metric.after.is_some();
        view! {
            <dt>{metric.name}</dt>
            <dd>
                <span class="number">{figures}</span>
                {measured.then(|| view! { <span class="number-by">{by}</span> })}
            </dd>
        }
    };
    view! {
        <section class="evidence-part" aria-labelledby="numbers">
            <h2 id="numbers">"Numbers"</h2>
            <Show
                when=move || metrics.with(|metrics| !metrics.is_empty())
                fallback=|| view! { <p class="evidence-none" data-about="not-measured">"Not measured: the report has no figures."</p> }
            >
                <dl class="numbers">{move || metrics.get().into_iter().map(part).collect_view()}</dl>
            </Show>
        </section>
    }
}
