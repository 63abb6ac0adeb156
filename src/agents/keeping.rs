//! The yes to a version that does worse: asked for with a reason, and shown with who gave it.

use super::state::Keeping;
use crate::{
    browser::clock::exact,
    session::Session,
    ui::{Button, ButtonKind, Dialog, Notice, TextArea, Tone},
};
use leptos::prelude::*;
use review_api::KeptVersion;
use review_core::{
    regression::{Comparison, may_keep},
    words,
};

/// Asks why the version stays.
#[component]
pub(super) fn KeepButton(keeping: Keeping) -> impl IntoView {
    let session = Session::use_context();
    let refusal = Signal::derive(move || {
        let agent = keeping.agent.value()?;
        let verdict = may_keep(&session.user(), &agent.policy);
        verdict.err().map(|refusal| refusal.sentence)
    });
    view! {
        <Button
            on_press=Callback::new(move |()| {
                keeping.failure.set(None);
                keeping.asked.set(true);
            })
            refusal
            action="keep-version"
        >
            "Seen, keep this version…"
        </Button>
    }
}

/// That somebody keeps the version although it does worse.
#[component]
pub(super) fn Kept(found: Comparison, kept: KeptVersion) -> impl IntoView {
    let reasons = found
        .reasons()
        .map(|reason| view! { <p>{reason.to_owned()}</p> });
    let reasons = reasons.collect_view();
    view! {
        <Notice about="kept-version">
            <div>
                <p class="notice-title">{format!("{}, and is kept", found.headline())}</p>
                <p>
                    {format!("Kept by {} on ", kept.by)}
                    <time datetime=kept.at.to_string() title=exact(kept.at)>
                        {words::date(kept.at)}
                    </time> {format!(": {}", kept.reason)}
                </p>
                {reasons}
            </div>
        </Notice>
    }
}

/// The question for the reason; what is typed stays through errors and reloads.
#[component]
pub(super) fn KeepDialog(keeping: Keeping) -> impl IntoView {
    let reason = keeping.reason;
    let title = Signal::derive(move || {
        let now = keeping.outcomes.value().map(|outcomes| outcomes.now);
        now.map_or("Keep this version".to_owned(), |now| {
            format!("Keep v{now} although it does worse")
        })
    });
    let failure = move || {
        let error = keeping.failure.get()?;
        Some(view! {
            <Notice tone=Tone::Bad about="keep-failure">
                <p>{error.to_string()} " What you wrote is kept."</p>
            </Notice>
        })
    };
    view! {
        <Dialog open=keeping.asked title>
            <div class="form">
                <TextArea
                    label="Why it stays"
                    name="keep-reason"
                    value=reason.signal()
                    on_input=Callback::new(move |text| reason.set(text))
                    hint=Signal::stored(
                        Some(
                            "Your name and this stand on the page and in the audit. It comes back when another version does worse, or this one gets worse still."
                                .to_owned(),
                        ),
                    )
                    rows=3
                />
                {failure}
            </div>
            <div class="dialog-actions">
                <Button
                    on_press=Callback::new(move |()| keeping.asked.set(false))
                    action="cancel-keep-version"
                >
                    "Not now"
                </Button>
                <Button
                    on_press=Callback::new(move |()| keeping.keep())
                    kind=ButtonKind::Primary
                    refusal=Signal::derive(move || keeping.missing())
                    busy=keeping.busy
                    action="confirm-keep-version"
                >
                    "Keep it"
                </Button>
            </div>
        </Dialog>
    }
}
