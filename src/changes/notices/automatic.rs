//! That the policy staged this by itself, and everything that stands against its applying it.

use crate::{
    browser::clock::{self, Clock},
    changes::{state::OpenChange, words},
    ui::{Notice, Time, Tone},
};
use leptos::prelude::*;
use review_api::{AutomationMode, Change};
use review_core::automation::{Losses, Obstacle, obstacles};
use std::sync::Arc;

#[component]
pub(super) fn Automatic(open: OpenChange, change: Signal<Arc<Change>>) -> impl IntoView {
    let clock = Clock::use_context();
    let automatic = Memo::new(move |_| change.with(|it| it.automatic.clone()));
    let is_open = Memo::new(move |_| change.with(|it| it.summary.state.is_open()));
    let mode = Memo::new(move |_| change.with(|it| it.policy.automation.mode));
    let diff = open.diff();
    let losses = Memo::new(move |_| {
        let wanted = mode.get() == AutomationMode::Apply && is_open.get();
        (wanted && automatic.with(Option::is_some)).then(|| diff.with(|diff| Losses::of_diff(diff)))
    });
    let found = Memo::new(move |_| {
        clock.get();
        losses.with(|losses| {
            let losses = losses.as_ref()?;
            Some(change.with(|it| obstacles(it, losses, clock::now())))
        })
    });
    move || {
        let known = automatic.get()?;
        let sentence = words::automatic(mode.get(), is_open.get());
        let reasons = found.get().filter(|_| is_open.get());
        let list = reasons.map(|found| view! { <Reasons found /> });
        Some(view! {
            <Notice tone=Tone::Quiet about="automatic">
                <div>
                    <p class="notice-title">
                        {format!("Staged by the policy itself (v{})", known.policy_version)}
                    </p>
                    <p>"It took up a suggestion " <Time at=known.staged_at /> ". " {sentence}</p>
                    {list}
                </div>
            </Notice>
        })
    }
}

#[component]
fn Reasons(found: Vec<Obstacle>) -> impl IntoView {
    if found.is_empty() {
        let words = "Nothing stands against it: the policy applies it in a moment.";
        return view! { <p data-about="automatic-free">{words}</p> }.into_any();
    }
    let rows = found.into_iter().map(|one| {
        view! { <li data-obstacle=one.code() dir="auto">{one.sentence()}</li> }
    });
    view! {
        <p>"The policy does not apply it by itself, because:"</p>
        <ul class="overlaps" data-about="automatic-reasons">
            {rows.collect_view()}
        </ul>
    }
    .into_any()
}
