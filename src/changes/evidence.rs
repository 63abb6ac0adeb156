//! The column beside the diff: approvals, digest, findings, and who did what when.

use super::{
    state::OpenChange,
    words::{Check, act},
};
use crate::{
    browser::{clock, focus},
    diff_view::{DiffNav, HiddenList, InstructionList},
    keyboard::{Command, Keyboard},
    routes::Route,
    ui::Time,
};
use leptos::prelude::*;
use review_api::{Approval, AuditEntry, Change};
use review_core::{approvals, digest::short};
use std::sync::Arc;

#[component]
pub(super) fn Evidence(
    open: OpenChange,
    change: Signal<Arc<Change>>,
    nav: DiffNav,
) -> impl IntoView {
    Keyboard::use_context().add(Command::new("Evidence", Some("e"), || {
        focus::first(".evidence");
    }));
    let facts = open.facts();
    let none = move || facts.with(|facts| facts.findings() == 0);
    view! {
        <aside class="evidence" aria-label="Evidence" tabindex="-1">
            <Approvals change />
            <Digest open change />
            <section class="evidence-part" aria-labelledby="findings">
                <h2 id="findings">"Findings"</h2>
                <InstructionList facts nav />
                <HiddenList facts nav />
                <Show when=none>
                    <p class="evidence-none">"No instruction is removed, and nothing is hidden in the text."</p>
                </Show>
            </section>
            <History change />
            <Sources change />
        </aside>
    }
}

#[component]
fn Approvals(change: Signal<Arc<Change>>) -> impl IntoView {
    let count = move || {
        change.with(|it| {
            format!(
                "{} of {} needed",
                approvals::valid(it, clock::now()),
                it.policy.approvals_needed
            )
        })
    };
    let rows = move || {
        let change = change.get();
        let row = |approval: &Approval| {
            let void = approvals::why_void(&change, approval, clock::now());
            view! {
                <li data-void=void.is_some().then_some("")>
                    <span class="who-did">{approval.by.0.clone()}</span>
                    " "
                    {void}
                    <span class="when"><Time at=approval.at /></span>
                </li>
            }
        };
        change.approvals.iter().map(row).collect_view()
    };
    let rule = move || {
        let stager = change.with(|it| it.summary.staged_by.0.clone());
        format!(
            "An approval counts for exactly these bytes, and from anyone but {stager}, who staged it."
        )
    };
    view! {
        <section class="evidence-part" aria-labelledby="approvals">
            <h2 id="approvals">"Approvals"</h2>
            <p class="approval-count" data-about="approvals">{count}</p>
            <ul class="acts">{rows}</ul>
            <p class="evidence-note">{rule}</p>
        </section>
    }
}

#[component]
fn Digest(open: OpenChange, change: Signal<Arc<Change>>) -> impl IntoView {
    let whole = Memo::new(move |_| change.with(|it| it.digest.clone()));
    let check = open.check();
    let verdict = move || match check.get() {
        Check::Equal => "Worked out again in this browser from what is on screen: the same.",
        Check::Different { .. } | Check::BaseDiffers => {
            "Worked out again in this browser: not the same."
        }
    };
    view! {
        <section class="evidence-part" aria-labelledby="digest">
            <h2 id="digest">"Digest"</h2>
            <details class="digest">
                <summary>
                    <code>{move || whole.with(|whole| short(whole).to_owned())}</code>
                </summary>
                <code class="digest-whole">{whole}</code>
            </details>
            <p class="evidence-note" data-about="digest-check">
                {verdict}
            </p>
        </section>
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
        <section class="evidence-part" aria-labelledby="sources">
            <h2 id="sources">"Made from"</h2>
            <ul class="pattern-links">{links}</ul>
        </section>
    }
}
