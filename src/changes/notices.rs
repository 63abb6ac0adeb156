//! What stands above the diff: where the change stands, its outcome, what moved, and what went wrong.

mod automatic;
mod glass;
mod outcome;
mod since_looked;

use super::{
    check::Check,
    state::{Act, Failure, OpenChange, View},
    words::standing,
};
use crate::{
    browser::clock::{self, Clock},
    routes::Route,
    ui::{Badge, Notice, Tone},
};
use automatic::Automatic;
use glass::Glass;
use leptos::prelude::*;
use outcome::{Applied, NeedsALook, Refused, Stale};
use review_api::{Change, ChangeState, Overlap};
use review_core::{digest::short, words};
use since_looked::SinceLooked;
use std::sync::Arc;

#[component]
pub(super) fn Notices(open: OpenChange, change: Signal<Arc<Change>>) -> impl IntoView {
    let check = open.check();
    let clock = Clock::use_context();
    let state = Memo::new(move |_| change.with(|it| it.summary.state));
    let outcome = Memo::new(move |_| change.with(|it| it.outcome.clone()));
    let sentence = Memo::new(move |_| {
        clock.get();
        change.with(|it| standing(it, clock::now()))
    });
    let seen_before = Memo::new(move |_| open.seen_before());
    let restaging = move || open.view() == View::Restage;
    view! {
        <div class="review-notices">
            {move || (check.get() != Check::Equal).then(|| view! { <DigestDiffers check=check.get() change /> })}
            {move || open.failure().map(|failure| view! { <Failed failure /> })}
            {move || seen_before.get().map(|seen| view! { <SinceLooked open seen change /> })}
            {move || match (state.get(), outcome.get()) {
                (ChangeState::Applied, Some(outcome)) => view! { <Applied outcome change /> }.into_any(),
                (ChangeState::Stale, _) if restaging() => ().into_any(),
                (ChangeState::Stale, _) => view! { <Stale open change sentence /> }.into_any(),
                (ChangeState::NeedsALook, _) => view! { <NeedsALook change sentence /> }.into_any(),
                (_, outcome) => {
                    view! {
                        <p class="review-standing" role="status" data-about="standing">
                            {sentence}
                        </p>
                        {outcome.map(|outcome| view! { <Refused outcome /> })}
                    }
                        .into_any()
                }
            }}
            <Automatic open change />
            <Glass change />
            <TakesBack change />
            <Overlaps change />
        </div>
    }
}

/// The loudest of all findings: these are not the bytes that the digest names.
#[component]
fn DigestDiffers(check: Check, change: Signal<Arc<Change>>) -> impl IntoView {
    let sentence = move || match &check {
        Check::Different { computed } => format!(
            "The review server names this change {}, and this console works out {} from what is on screen.",
            change.with(|it| short(&it.digest).to_owned()),
            short(computed),
        ),
        Check::FindingsDiffer => {
            "The text hides something that the review server does not tell of, or tells otherwise."
                .to_owned()
        }
        _ => "The base that the review server sent is not the text that its own digest names."
            .to_owned(),
    };
    view! {
        <Notice tone=Tone::Bad about="digest">
            <div>
                <p class="notice-title">"Do not approve: the digest does not fit"</p>
                <p>
                    {sentence}
                    " Somebody or something between the two has changed the text, or one of them is out of date. Nothing can be \
                     approved or applied here. Reload the page; if it stays, tell whoever runs the review server."
                </p>
            </div>
        </Notice>
    }
}

#[component]
fn Failed(failure: Failure) -> impl IntoView {
    // Whether a lost answer to an apply arrived is not known yet.
    let is_sent = matches!(failure.of, Act::Apply | Act::BreakGlass);
    let title = if is_sent && failure.error.outcome_unknown() {
        "It is not known whether it was applied"
    } else {
        failure.of.failed()
    };
    view! {
        <Notice tone=Tone::Bad about="failure">
            <div>
                <p class="notice-title">{title}</p>
                <p>{failure.error.to_string()}</p>
            </div>
        </Notice>
    }
}

/// Says what a rollback undoes.
#[component]
fn TakesBack(change: Signal<Arc<Change>>) -> impl IntoView {
    let undone = Memo::new(move |_| change.with(|it| it.summary.rolls_back.clone()));
    let what = move || {
        change.with(|it| match &it.memory {
            Some(_) => "It puts the memories back as they were before".to_owned(),
            None => format!(
                "It puts the prompt back as it was before v{}, byte for byte, undoing",
                it.base.version
            ),
        })
    };
    move || {
        let id = undone.get()?;
        Some(view! {
            <p class="review-standing" data-about="takes-back">
                "This is a rollback. " {what} " "
                <a href=Route::Change { id }.href()>"that change"</a> "."
            </p>
        })
    }
}

#[component]
fn Overlaps(change: Signal<Arc<Change>>) -> impl IntoView {
    let overlaps = Memo::new(move |_| {
        change.with(|it| {
            let open = it.summary.state.is_open();
            if open {
                it.overlaps.clone()
            } else {
                Vec::new()
            }
        })
    });
    let title = move || match overlaps.with(Vec::len) {
        1 => "Another change waits for the same agent".to_owned(),
        more => format!("{more} other changes wait for the same agent"),
    };
    let row = |overlap: Overlap| {
        view! {
            <li>
                <a href=Route::Change { id: overlap.id }.href()>{overlap.title}</a>
                " "
                <Badge>{words::change_state(overlap.state)}</Badge>
            </li>
        }
    };
    view! {
        <Show when=move || overlaps.with(|overlaps| !overlaps.is_empty())>
            <Notice tone=Tone::Finding about="overlaps">
                <div>
                    <p class="notice-title">{title}</p>
                    <p>"Whichever is applied first puts the others out of date: they are merged with it then."</p>
                    <ul class="overlaps">{move || overlaps.get().into_iter().map(row).collect_view()}</ul>
                </div>
            </Notice>
        </Show>
    }
}
