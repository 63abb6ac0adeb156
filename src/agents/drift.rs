//! That a prompt was changed on the platform, past this console; what changed, and that somebody looked.

use super::state::Drifting;
use crate::{
    diff_view::{DiffNav, DiffView},
    session::Session,
    ui::{Button, ButtonKind, Faces, Notice, SkeletonText, Time, Tone},
};
use leptos::prelude::*;
use prompt_diff::Sides;
use review_api::{Agent, Drift};
use review_core::rules;
use std::sync::Arc;

#[component]
pub(super) fn DriftNotice(drifting: Drifting, agent: Signal<Arc<Agent>>) -> impl IntoView {
    let drift = Memo::new(move |_| agent.with(|agent| agent.drift.clone()));
    move || {
        drift
            .get()
            .map(|drift| view! { <Drifted drifting drift /> })
    }
}

#[component]
fn Drifted(drifting: Drifting, drift: Drift) -> impl IntoView {
    let session = Session::use_context();
    let refusal = Signal::derive(move || {
        let verdict = rules::may_look_at_drift(&session.user());
        verdict.err().map(|refusal| refusal.sentence)
    });
    let (from, to) = (drift.from_version, drift.to_version);
    let late = drift
        .attempt_id
        .is_some()
        .then_some(" An application whose answer was lost may have arrived late and made it.");
    let is_shown = move || drifting.shown.get();
    let label = move || {
        if is_shown() {
            "Hide what changed"
        } else {
            "Show what changed"
        }
    };
    let failure = move || drifting.failure.get().map(|error| error.to_string());
    view! {
        <div class="drift" data-about="drift">
            <Notice tone=Tone::Finding about="drifted">
                <div>
                    <p class="notice-title">
                        {format!("The prompt was changed on the platform, past this console: v{from} → v{to}")}
                    </p>
                    <p>
                        "Found " <Time at=drift.found_at /> ". Nobody approved it here; interactions use it all the same." {late}
                    </p>
                </div>
                <div class="drift-actions">
                    <Button
                        on_press=Callback::new(move |()| drifting.shown.update(|shown| *shown = !*shown))
                        action="show-drift"
                    >
                        {label}
                    </Button>
                    <Button
                        on_press=Callback::new(move |()| drifting.looked_at())
                        kind=ButtonKind::Primary
                        refusal
                        busy=drifting.busy
                        action="drift-seen"
                    >
                        "I have looked at it"
                    </Button>
                </div>
            </Notice>
            <Show when=move || failure().is_some()>
                <Notice tone=Tone::Bad about="drift-failure">
                    <span>"Not marked. " {failure}</span>
                </Notice>
            </Show>
            <Show when=is_shown>
                <Faces
                    query=drifting.versions
                    what="both versions of the prompt"
                    skeleton=|| view! { <SkeletonText lines=8 /> }
                    let:versions
                >
                    {
                        let nav = DiffNav::open();
                        let has_come = Memo::new(move |_| versions.with(|versions| versions.is_some()));
                        let names = Signal::stored(
                            Sides::new(format!("v{from}, known"), format!("v{to}, found")),
                        );
                        let diff = Drifting::diff(versions);
                        view! {
                            <Show when=move || has_come.get()>
                                <DiffView diff names nav />
                            </Show>
                        }
                    }
                </Faces>
            </Show>
        </div>
    }
}
