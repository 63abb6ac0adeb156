//! What kept happening, with the interactions that show it.

use super::{state::Titles, words::seen};
use crate::{routes::Route, ui::LongText};
use leptos::prelude::*;
use review_api::{DreamReport, InteractionId, Pattern};
use std::{collections::BTreeSet, sync::Arc};

/// Interactions named before "show all".
const SHOWN: usize = 4;

/// The patterns of a report; nothing where it names none.
#[component]
pub(super) fn Patterns(
    /// The report.
    report: Signal<Arc<DreamReport>>,
) -> impl IntoView {
    let patterns = Memo::new(move |_| report.with(|report| report.patterns.clone()));
    move || {
        let patterns = patterns.get();
        if patterns.is_empty() {
            return None;
        }
        let ids = patterns.iter().flat_map(|pattern| &pattern.interaction_ids);
        let named: BTreeSet<InteractionId> = ids.cloned().collect();
        let agent = report.with_untracked(|report| report.agent_id.clone());
        let titles = (!named.is_empty()).then(|| Titles::open(agent, named));
        let heading = format!("Patterns ({})", patterns.len());
        let items = patterns
            .into_iter()
            .map(|pattern| view! { <PatternItem titles pattern /> });
        Some(view! {
            <section class="page-section" aria-labelledby="dream-patterns">
                <div class="section-head">
                    <h2 id="dream-patterns">{heading}</h2>
                </div>
                <ol class="dream-patterns">{items.collect_view()}</ol>
            </section>
        })
    }
}

#[component]
fn PatternItem(titles: Option<Titles>, pattern: Pattern) -> impl IntoView {
    let ids = pattern.interaction_ids;
    let seen = seen(pattern.occurrences, ids.len());
    let found_by = pattern.found_by.map(|model| format!(", found by {model}"));
    let described = !pattern.description.trim().is_empty();
    let all = ids.len();
    let open = RwSignal::new(false);
    let links = move || {
        let shown = if open.get() { all } else { SHOWN };
        let link = |id: &InteractionId| view! { <InteractionLink titles id=id.clone() /> };
        ids.iter().take(shown).map(link).collect_view()
    };
    view! {
        <li class="dream-pattern" data-pattern=pattern.key>
            <h3>{pattern.title}</h3>
            <p class="dream-pattern-seen">{seen} {found_by}</p>
            {described
                .then(|| {
                    view! {
                        <div class="dream-prose">
                            <LongText text=pattern.description />
                        </div>
                    }
                })}
            {(all > 0)
                .then(|| {
                    view! {
                        <ul class="rows dream-interactions" aria-label="Interactions that show it">
                            {links}
                        </ul>
                    }
                })}
            {(all > SHOWN)
                .then(|| {
                    view! {
                        <button
                            type="button"
                            class="button button-bare"
                            data-action="all-interactions"
                            aria-expanded=move || open.get().to_string()
                            on:click=move |_| open.update(|open| *open = !*open)
                        >
                            {move || if open.get() { "Show fewer".to_owned() } else { format!("Show all {all}") }}
                        </button>
                    }
                })}
        </li>
    }
}

/// A link with the interaction's title, or its id until the title is known.
#[component]
fn InteractionLink(titles: Option<Titles>, id: InteractionId) -> impl IntoView {
    let title = match titles {
        Some(titles) => titles.of(id.clone()).into(),
        None => Signal::stored(None),
    };
    let href = Route::Interaction { id: id.clone() }.href();
    let known = move || title.with(Option::is_some);
    let label = move || title.get().unwrap_or_else(|| id.0.clone());
    view! {
        <li class="row">
            <a
                class="row-link dream-interaction"
                href=href
                data-row=""
                data-titled=move || known().then_some("")
            >
                {label}
            </a>
        </li>
    }
}
