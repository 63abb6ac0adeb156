//! The column beside the diff: who vouches for what, findings, and who did what when.

mod findings;
mod tried;
mod trust;

use super::{state::OpenChange, words::act};
use crate::{
    browser::focus,
    diff_view::DiffNav,
    keyboard::{Command, Keyboard},
    routes::Route,
    ui::Time,
};
use findings::Findings;
use leptos::prelude::*;
use review_api::{AuditEntry, Change, ChangeTarget};
use std::sync::Arc;
use tried::Tried;
use trust::{Approvals, Digest, Hands};

#[component]
pub(super) fn Evidence(
    open: OpenChange,
    change: Signal<Arc<Change>>,
    nav: DiffNav,
) -> impl IntoView {
    Keyboard::use_context().add(Command::new("Evidence", Some("e"), || {
        focus::first(".evidence");
    }));
    let is_prompt = change.with_untracked(|it| it.summary.target == ChangeTarget::Prompt);
    view! {
        <aside class="evidence" aria-label="Evidence" tabindex="-1">
            <Approvals change />
            <Tried change />
            <Hands change />
            <Digest open change />
            {is_prompt.then(|| view! { <Findings open change nav /> })}
            <History change />
            <Sources change />
        </aside>
    }
}

#[component]
fn History(change: Signal<Arc<Change>>) -> impl IntoView {
    let rows = move || {
        let row = |entry: &AuditEntry| {
            view! {
                <li>
                    <span class="who-did">{entry.actor.clone()}</span>
                    " "
                    {act(entry)}
                    <span class="when"><Time at=entry.at /></span>
                </li>
            }
        };
        change.with(|it| it.history.iter().map(row).collect_view())
    };
    view! {
        <section class="evidence-part" aria-labelledby="history">
            <h2 id="history">"Who did what"</h2>
            <ol class="acts" data-about="history">
                {rows}
            </ol>
        </section>
    }
}

#[component]
fn Sources(change: Signal<Arc<Change>>) -> impl IntoView {
    let ids = Memo::new(move |_| change.with(|it| it.suggestion_ids.clone()));
    let links = move || {
        let several = ids.with(Vec::len) > 1;
        let link = |(number, id): (usize, review_api::SuggestionId)| {
            let words = if several {
                format!("Suggestion {}", number + 1)
            } else {
                "The suggestion behind it".to_owned()
            };
            view! {
                <li>
                    <a href=Route::Suggestion { id }.href()>{words}</a>
                </li>
            }
        };
        ids.get().into_iter().enumerate().map(link).collect_view()
    };
    view! {
        <Show when=move || ids.with(|ids| !ids.is_empty())>
            <section class="evidence-part" aria-labelledby="sources">
                <h2 id="sources">"Made from"</h2>
                <ul class="pattern-links">{links}</ul>
            </section>
        </Show>
    }
}
