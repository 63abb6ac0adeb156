//! Who vouches for the change, whose hands it went through, and the name of its exact bytes.

use crate::{
    browser::clock::{self, Clock},
    changes::{
        check::Check,
        state::OpenChange,
        words::{hands, policy},
    },
    ui::{Button, ButtonKind, Time},
};
use leptos::prelude::*;
use review_api::{Approval, Change};
use review_core::{approvals, digest::short};
use std::sync::Arc;

#[component]
pub(super) fn Approvals(change: Signal<Arc<Change>>) -> impl IntoView {
    let ticking = Clock::use_context();
    let count = move || {
        ticking.get();
        change.with(|it| {
            let valid = approvals::valid(it, clock::now());
            format!("{valid} of {} needed", it.policy.approvals_needed)
        })
    };
    let rows = move || {
        ticking.get();
        let change = change.get();
        let row = |approval: &Approval| {
            let void = approvals::why_void(&change, approval, clock::now());
            let lapses = approvals::lapses_at(&change.policy, approval).filter(|_| void.is_none());
            let of = short(&approval.digest).to_owned();
            view! {
                <li data-void=void.is_some().then_some("")>
                    <span class="who-did">{approval.by.0.clone()}</span>
                    <span class="when"><Time at=approval.at /></span>
                    <span class="act-note">
                        {void.map(|why| format!("does not count: {why}"))}
                        {lapses.map(|at| view! { "counts; lapses " <Time at /> })}
                        {(void.is_none() && lapses.is_none()).then_some("counts")}
                        " · " <code>{of}</code>
                    </span>
                </li>
            }
        };
        change.approvals.iter().map(row).collect_view()
    };
    view! {
        <section class="evidence-part" aria-labelledby="approvals">
            <h2 id="approvals">"Approvals"</h2>
            <p class="approval-count" data-about="approvals">{count}</p>
            <ul class="acts" data-about="approval-list">{rows}</ul>
            <p class="evidence-note" data-about="policy">
                {move || change.with(|it| policy(&it.policy))}
            </p>
        </section>
    }
}

#[component]
pub(super) fn Hands(change: Signal<Arc<Change>>) -> impl IntoView {
    let people = Memo::new(move |_| change.with(|it| hands(it)));
    let by_dream = Memo::new(move |_| change.with(|it| !it.suggestion_ids.is_empty()));
    let row = |(who, did): (String, String)| {
        view! {
            <li>
                <span class="who-did">{who}</span>
                " "
                {did}
            </li>
        }
    };
    view! {
        <section class="evidence-part" aria-labelledby="hands">
            <h2 id="hands">"Had a hand in it"</h2>
            <ul class="acts" data-about="hands">
                {move || by_dream.get().then(|| view! { <li>"A dream wrote the suggestion behind it"</li> })}
                {move || people.get().into_iter().map(row).collect_view()}
            </ul>
            <p class="evidence-note">"Whoever is named here cannot approve it, admins included."</p>
        </section>
    }
}

#[component]
pub(super) fn Digest(open: OpenChange, change: Signal<Arc<Change>>) -> impl IntoView {
    let whole = Memo::new(move |_| change.with(|it| it.digest.clone()));
    let check = open.check();
    view! {
        <section class="evidence-part" aria-labelledby="digest">
            <h2 id="digest">"Digest"</h2>
            <details class="digest">
                <summary>
                    <code>{move || whole.with(|whole| short(whole).to_owned())}</code>
                </summary>
                <code class="hash">{whole}</code>
                <Button
                    on_press=Callback::new(move |()| open.copy_digest())
                    kind=ButtonKind::Bare
                    action="copy-digest"
                >
                    "Copy the whole"
                </Button>
            </details>
            <p class="evidence-note" data-about="digest-check" data-fits=move || (check.get() == Check::Equal).to_string()>
                {move || check.with(Check::verdict)}
            </p>
        </section>
    }
}
