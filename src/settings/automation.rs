//! The one switch for what policies do by themselves: how it stands, and the question before it is used.

use super::state::Switch;
use crate::ui::{
    Badge, Button, ButtonKind, Dialog, Faces, Notice, SkeletonText, TextArea, Time, Tone,
};
use leptos::prelude::*;
use review_api::{AutomationSwitch, Paused};
use review_core::words::grouped;
use std::sync::Arc;

#[component]
pub(super) fn AutomationSection() -> impl IntoView {
    let switch = Switch::new();
    view! {
        <section class="page-section" aria-labelledby="automation-title" data-about="automation">
            <div class="section-head">
                <h2 id="automation-title">"Automation"</h2>
            </div>
            <p>
                "Where an agent’s policy says so, it stages and tests new suggestions by itself, and applies what nothing stands \
                 against. This switch stops all of that, for all agents, before the next act; what is at the platform already \
                 comes to its end. People go on as before."
            </p>
            <Faces
                query=switch.query
                what="the switch"
                skeleton=|| view! { <SkeletonText lines=2 /> }
                let:state
            >
                <State switch state />
            </Faces>
            <Ask switch />
        </section>
    }
}

#[component]
fn State(switch: Switch, state: Signal<Arc<AutomationSwitch>>) -> impl IntoView {
    let paused = Memo::new(move |_| state.with(|state| state.paused.clone()));
    let agents = move || match state.with(|state| state.agents) {
        0 => "No agent’s policy does anything by itself.".to_owned(),
        1 => "1 agent’s policy acts by itself.".to_owned(),
        more => format!(
            "The policies of {} agents act by themselves.",
            grouped(more)
        ),
    };
    let refusal = Signal::derive(move || switch.refusal());
    let stands = move || match paused.get() {
        Some(paused) => view! { <PausedWords paused /> }.into_any(),
        None => view! {
            <p data-fact="automation">
                <Badge tone=Tone::Good>"not paused"</Badge>
                " "
                {agents}
            </p>
        }
        .into_any(),
    };
    view! {
        {stands}
        <div>
            <Button
                on_press=Callback::new(move |()| {
                    switch.failure.set(None);
                    switch.asked.set(true);
                })
                refusal
                action="switch-automation"
            >
                {move || if switch.is_paused() { "Resume automation" } else { "Pause automation for all agents" }}
            </Button>
        </div>
    }
}

/// Who paused it, when and why.
#[component]
fn PausedWords(paused: Paused) -> impl IntoView {
    view! {
        <Notice tone=Tone::Finding about="automation-paused">
            <div>
                <p class="notice-title" data-fact="automation">"Automation is paused for all agents"</p>
                <p>"By " <bdi>{paused.by.0}</bdi> ", " <Time at=paused.at /> ". Why: " <bdi>{paused.reason}</bdi></p>
            </div>
        </Notice>
    }
}

#[component]
fn Ask(switch: Switch) -> impl IntoView {
    let title = Signal::derive(move || {
        let words = if switch.is_paused() {
            "Resume automation"
        } else {
            "Pause automation for all agents"
        };
        words.to_owned()
    });
    let missing = Signal::derive(move || {
        let empty = switch.reason.get().trim().is_empty();
        let refusal = switch.refusal();
        refusal.or_else(|| empty.then(|| "Say why; others will read it.".to_owned()))
    });
    let failure = move || switch.failure.get().map(|error| error.to_string());
    let consequence = move || {
        if switch.is_paused() {
            "Suggestions that came meanwhile are taken up, and changes that waited for this go on."
        } else {
            "Nothing is staged, tested or applied by itself until an admin resumes it."
        }
    };
    view! {
        <Dialog open=switch.asked title>
            <div class="form">
                <p>{consequence}</p>
                <TextArea
                    label="Why"
                    name="automation-reason"
                    value=switch.reason.signal()
                    on_input=Callback::new(move |text| switch.reason.set(text))
                    hint=Signal::stored(Some("It stands here, in the inbox and in the audit, with your name.".to_owned()))
                />
                <Show when=move || failure().is_some()>
                    <Notice tone=Tone::Bad about="automation-failure">
                        <p>{failure} " What you wrote is kept."</p>
                    </Notice>
                </Show>
            </div>
            <div class="dialog-actions">
                <Button on_press=Callback::new(move |()| switch.asked.set(false)) action="cancel-automation">
                    "Leave it as it is"
                </Button>
                <Button
                    kind=ButtonKind::Primary
                    on_press=Callback::new(move |()| switch.use_it())
                    refusal=missing
                    busy=switch.busy
                    action="confirm-automation"
                >
                    {move || if switch.is_paused() { "Resume" } else { "Pause" }}
                </Button>
            </div>
        </Dialog>
    }
}
