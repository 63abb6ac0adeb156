//! The merge of a change with the prompt as it is now: each conflict with its ways out, then the result.

mod conflict;

use super::{
    merging::Taken,
    state::{OpenChange, Restaging},
};
use crate::{
    browser::focus,
    diff_view::{DiffNav, DiffView, compared},
    keyboard::{Command, Keyboard},
    ui::{Button, ButtonKind},
};
use conflict::ConflictView;
use leptos::prelude::*;
use prompt_diff::Sides;
use review_api::{Change, Prompt};
use std::sync::Arc;

#[component]
pub(super) fn RestageView(
    restaging: Restaging,
    open: OpenChange,
    change: Signal<Arc<Change>>,
    now: Memo<Arc<Prompt>>,
) -> impl IntoView {
    offer_keys(restaging);
    let base = Memo::new(move |_| change.with(|it| it.base.version));
    let words = move || {
        let (resolved, all) = restaging.progress();
        match all {
            0 => "Both sides’ edits fit together: nothing is in dispute.".to_owned(),
            1 if resolved == 1 => "The one conflict is resolved.".to_owned(),
            1 => "1 conflict to resolve.".to_owned(),
            all => format!("{resolved} of {all} conflicts resolved."),
        }
    };
    let title = move || format!("Restage on v{}", restaging.version());
    let keys = Memo::new(move |_| {
        restaging.conflicts().with(|conflicts| {
            let keys = conflicts.iter().map(|it| it.key.clone());
            keys.enumerate().collect::<Vec<_>>()
        })
    });
    let has_conflicts = Memo::new(move |_| keys.with(|keys| !keys.is_empty()));
    let has_result = Memo::new(move |_| restaging.has_result());
    view! {
        <section class="restage" aria-labelledby="restage-title" data-about="restage">
            <div class="section-head">
                <h2 id="restage-title">{title}</h2>
                <span class="section-note" role="status" data-about="progress">{words}</span>
            </div>
            <Moved base now change />
            <Show when=move || has_conflicts.get()>
                <ol class="conflicts">
                    <For each=move || keys.get() key=|(_, key)| key.clone() let((place, key))>
                        <ConflictView restaging key place />
                    </For>
                </ol>
            </Show>
            <div class="section-head">
                <h2>"The result"</h2>
                <span class="section-note">
                    {move || format!("against v{}, the prompt now", restaging.version())}
                </span>
            </div>
            <Show
                when=move || has_result.get()
                fallback=|| {
                    view! { <p class="section-note" data-about="no-result">"Shows once every conflict is resolved."</p> }
                }
            >
                <ResultDiff restaging />
            </Show>
        </section>
        <RestageBar restaging open />
    }
}

/// What happened to the prompt since the change was staged; folded, because the conflicts come first.
#[component]
fn Moved(base: Memo<u32>, now: Memo<Arc<Prompt>>, change: Signal<Arc<Change>>) -> impl IntoView {
    let is_open = RwSignal::new(false);
    let words = move || {
        let to = now.with(|now| now.version);
        format!("What moved on the platform: v{} → v{to}", base.get())
    };
    view! {
        <div class="moved">
            <button
                type="button"
                class="moved-toggle"
                aria-expanded=move || is_open.get().to_string()
                data-action="toggle-moved"
                on:click=move |_| is_open.update(|open| *open = !*open)
            >
                {words}
            </button>
            <Show when=move || is_open.get()>
                <MovedDiff change now />
            </Show>
        </div>
    }
}

/// The base against the prompt as it is now.
#[component]
pub(super) fn MovedDiff(change: Signal<Arc<Change>>, now: Memo<Arc<Prompt>>) -> impl IntoView {
    let nav = DiffNav::open();
    let texts = Memo::new(move |_| {
        let before: Arc<str> = change.with(|it| Arc::from(&*it.base.text));
        Sides::new(before, now.with(|now| Arc::from(&*now.text)))
    });
    let names = Signal::derive(move || {
        let (from, to) = (
            change.with(|it| it.base.version),
            now.with(|now| now.version),
        );
        Sides::new(
            format!("v{from}, the base"),
            format!("v{to}, the prompt now"),
        )
    });
    view! { <DiffView diff=compared(texts) names nav /> }
}

#[component]
fn ResultDiff(restaging: Restaging) -> impl IntoView {
    let nav = DiffNav::open();
    let names = Signal::derive(move || {
        let version = restaging.version();
        Sides::new(
            format!("v{version}, the prompt now"),
            "the result".to_owned(),
        )
    });
    view! { <DiffView diff=restaging.diff() names nav /> }
}

#[component]
fn RestageBar(restaging: Restaging, open: OpenChange) -> impl IntoView {
    let problem = Signal::derive(move || restaging.problem());
    let busy = Signal::derive(move || restaging.is_busy());
    let label = move || format!("Restage on v{}", restaging.version());
    let asked = move || open.query().value().map(|it| it.policy.approvals_needed);
    let note = move || {
        let needed = asked().unwrap_or_default();
        let noun = if needed == 1 { "approval" } else { "approvals" };
        format!(
            "It needs {needed} {noun} anew, unless the result is what was approved. You will have a hand in it."
        )
    };
    view! {
        <section class="decision-bar" aria-label="Decision">
            <div class="decision-note">
                <p>{note}</p>
                <ul class="why-not" id="why-not-restage-now">
                    {move || problem.get().map(|why| view! { <li>{why}</li> })}
                </ul>
            </div>
            <div class="decision-actions">
                <Button on_press=Callback::new(move |()| restaging.leave()) action="leave-restage">
                    "Back to the proposal"
                </Button>
                <Button
                    on_press=Callback::new(move |()| restaging.send())
                    kind=ButtonKind::Primary
                    refusal=problem
                    busy
                    action="send-restage"
                    reason_at="why-not-restage-now".to_owned()
                >
                    {label}
                </Button>
            </div>
        </section>
    }
}

/// `1`, `2` and `3` choose where the reader is, and lead on to the next conflict.
fn offer_keys(restaging: Restaging) {
    let keyboard = Keyboard::use_context();
    let ways = [
        ("Take both sides’ lines", "3", Taken::Both),
        ("Take the proposal’s lines", "2", Taken::Proposed),
        ("Take the platform’s lines", "1", Taken::Current),
    ];
    for (label, keys, taken) in ways {
        keyboard.add(Command::new(label, Some(keys), move || {
            restaging.take_here(taken.clone());
            focus::step("main .conflict", 1);
        }));
    }
}
