//! What a dream suggests, one row each: the first thing that a reviewer needs.

use super::words::no_suggestions;
use crate::{
    routes::Route,
    ui::{Badge, Empty, Size, Tone},
};
use leptos::prelude::*;
use review_api::{DreamReport, SuggestionRow, SuggestionStatus};
use review_core::words::suggestion_status;
use std::sync::Arc;

/// The suggestions, or in words why there are none.
#[component]
pub(super) fn Suggestions(
    /// The report that makes them.
    report: Signal<Arc<DreamReport>>,
) -> impl IntoView {
    let rows = Memo::new(move |_| {
        // What takes the dream back stands with what is said of that.
        report.with(|report| report.proposals().cloned().collect::<Vec<_>>())
    });
    let heading = move || match rows.with(Vec::len) {
        0 => "Suggestions".to_owned(),
        count => format!("Suggestions ({count})"),
    };
    let list = move || {
        view! {
            <ul class="rows">
                {move || rows.get().into_iter().map(|row| view! { <Row row /> }).collect_view()}
            </ul>
        }
    };
    let why_none = Memo::new(move |_| report.with(|report| no_suggestions(report)));
    let nothing = move || {
        view! {
            <Empty title=Signal::derive(move || why_none.get().0.to_owned())>
                {move || why_none.get().1}
            </Empty>
        }
    };
    view! {
        <section class="page-section" aria-labelledby="dream-suggestions">
            <div class="section-head">
                <h2 id="dream-suggestions">{heading}</h2>
            </div>
            <Show when=move || !rows.with(Vec::is_empty) fallback=nothing>
                {list()}
            </Show>
        </section>
    }
}

#[component]
fn Row(row: SuggestionRow) -> impl IntoView {
    let tone = match row.status {
        SuggestionStatus::Open => Tone::Accent,
        SuggestionStatus::Applied => Tone::Good,
        _ => Tone::Quiet,
    };
    let open = row.status == SuggestionStatus::Open;
    let id = row.id.0.clone();
    let href = Route::Suggestion { id: row.id }.href();
    view! {
        <li class="row dream-suggestion" data-open=open.then_some("")>
            <a class="row-link" href=href data-row=id>
                <span class="dream-suggestion-title">
                    {row.title}
                    {row
                        .proposed_by
                        .map(|model| {
                            view! { <span class="section-note" data-about="proposed-by">{format!(" proposed by {model}")}</span> }
                        })}
                </span>
                <Badge tone>{suggestion_status(row.status)}</Badge>
                <Size size=row.size />
            </a>
        </li>
    }
}
