//! How an application ended, or why it cannot begin.

use crate::{
    changes::{
        state::{OpenChange, View},
        words::asked_since,
    },
    routes::Route,
    ui::{Button, ButtonKind, Notice, Time, Tone},
};
use leptos::prelude::*;
use review_api::{ApplyOutcome, Change, ChangeTarget};
use std::sync::Arc;

#[component]
pub(super) fn Applied(outcome: ApplyOutcome, change: Signal<Arc<Change>>) -> impl IntoView {
    let (name, id) =
        change.with_untracked(|it| (it.summary.agent_name.clone(), it.summary.agent_id.clone()));
    let version = match outcome.version {
        Some(version) => format!("v{version}"),
        None if change.with_untracked(|it| it.memory.is_some()) => "these memories".to_owned(),
        None => "the new version".to_owned(),
    };
    view! {
        <Notice tone=Tone::Accent about="outcome">
            <div>
                <p class="notice-title">{name} " has " {version} " now"</p>
                <p>
                    {outcome.message} " Applied by " {outcome.by.0} ", " <Time at=outcome.at /> "."
                </p>
            </div>
            <a href=Route::Agent { id }.href() data-action="open-agent">
                "Open the agent"
            </a>
        </Notice>
    }
}

/// An earlier attempt to apply it that the platform refused.
#[component]
pub(super) fn Refused(outcome: ApplyOutcome) -> impl IntoView {
    view! {
        <Notice tone=Tone::Finding about="refused">
            <div>
                <p class="notice-title">"The last attempt to apply it was refused"</p>
                <p>{outcome.message} " Tried by " {outcome.by.0} ", " <Time at=outcome.at /> "."</p>
            </div>
        </Notice>
    }
}

/// The base moved on: how far, and the way to see what moved.
#[component]
pub(super) fn Stale(
    open: OpenChange,
    change: Signal<Arc<Change>>,
    sentence: Memo<String>,
) -> impl IntoView {
    let title = move || {
        change.with(|it| match it.moved_to {
            Some(version) => format!(
                "Out of date: the agent went from v{} to v{version}",
                it.base.version
            ),
            None => "Out of date".to_owned(),
        })
    };
    let trouble = Memo::new(move |_| change.with(|it| it.trouble.clone()));
    let is_prompt = Memo::new(move |_| change.with(|it| it.summary.target == ChangeTarget::Prompt));
    let is_shown = move || open.view() == View::Moved;
    view! {
        <Notice tone=Tone::Finding about="trouble">
            <div>
                <p class="notice-title">{title}</p>
                <p>{move || trouble.get()} " " {sentence}</p>
            </div>
            <Show when=move || is_prompt.get()>
                <Button
                    on_press=Callback::new(move |()| {
                        open.show(if is_shown() { View::Proposal } else { View::Moved });
                    })
                    kind=ButtonKind::Plain
                    action="show-moved"
                >
                    {move || if is_shown() { "Show the proposal" } else { "Show what moved" }}
                </Button>
            </Show>
        </Notice>
    }
}

/// The answer was lost: what is being found out, and since when.
#[component]
pub(super) fn NeedsALook(change: Signal<Arc<Change>>, sentence: Memo<String>) -> impl IntoView {
    let trouble = Memo::new(move |_| change.with(|it| it.trouble.clone()));
    let since = Signal::derive(move || change.with(|it| asked_since(it)));
    view! {
        <Notice tone=Tone::Finding about="trouble">
            <div>
                <p class="notice-title">"Needs a look: it is not known whether it was applied"</p>
                <p>{move || trouble.get()} " " {sentence}</p>
                <p>
                    "It was sent " <Time at=since />
                    ". This page looks again every few seconds; nobody has to stay for it to be found out."
                </p>
            </div>
        </Notice>
    }
}
