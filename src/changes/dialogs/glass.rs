//! Applying without approvals, and the review of that afterwards.

use super::apply::{Sent, apply_label};
use crate::{
    browser::storage::Draft,
    changes::state::{Act, OpenChange},
    ui::{Button, ButtonKind, Dialog, TextArea},
};
use leptos::prelude::*;
use review_api::Change;
use std::sync::Arc;

fn missing(draft: Draft, what: &'static str) -> Signal<Option<String>> {
    Signal::derive(move || draft.get().trim().is_empty().then(|| what.to_owned()))
}

#[component]
pub(in crate::changes) fn BreakGlassDialog(
    open: OpenChange,
    change: Signal<Arc<Change>>,
) -> impl IntoView {
    let busy = Signal::derive(move || open.busy() == Some(Act::BreakGlass));
    let asked = open.ask.break_glass;
    let reason = open.glass_reason;
    let title =
        Signal::derive(move || change.with(|it| format!("{} without approvals", apply_label(it))));
    view! {
        <Dialog open=asked title class="dialog-wide">
            <ul class="consequences">
                <li>"It is sent at once, on your word alone. Everybody reads your name and your reason."</li>
                <li>"It opens a review: another approver is asked to look at it afterwards."</li>
            </ul>
            <div class="form glass-form">
                <TextArea
                    label="Why it cannot wait"
                    name="break-glass-reason"
                    value=reason.signal()
                    on_input=Callback::new(move |text| reason.set(text))
                    rows=3
                />
            </div>
            <Sent change />
            <div class="dialog-actions">
                <Button on_press=Callback::new(move |()| asked.set(false)) action="cancel-break-glass">
                    "Wait for approvals"
                </Button>
                <Button
                    on_press=Callback::new(move |()| open.break_glass())
                    kind=ButtonKind::Danger
                    refusal=missing(reason, "Say why it cannot wait.")
                    busy
                    action="confirm-break-glass"
                >
                    "Apply without approvals"
                </Button>
            </div>
        </Dialog>
    }
}

#[component]
pub(in crate::changes) fn ReviewGlassDialog(open: OpenChange) -> impl IntoView {
    let busy = Signal::derive(move || open.busy() == Some(Act::ReviewGlass));
    let asked = open.ask.review_glass;
    let comment = open.glass_comment;
    view! {
        <Dialog open=asked title="Review what was applied without approvals">
            <div class="form">
                <TextArea
                    label="What you found"
                    name="glass-comment"
                    value=comment.signal()
                    on_input=Callback::new(move |text| comment.set(text))
                    hint=Signal::stored(
                        Some("Your name and this stand on the change and in the audit for good.".to_owned()),
                    )
                    rows=4
                />
            </div>
            <div class="dialog-actions">
                <Button on_press=Callback::new(move |()| asked.set(false)) action="cancel-review-glass">
                    "Not now"
                </Button>
                <Button
                    on_press=Callback::new(move |()| open.review_glass())
                    kind=ButtonKind::Primary
                    refusal=missing(comment, "Say what you found.")
                    busy
                    action="confirm-review-glass"
                >
                    "Save the review"
                </Button>
            </div>
        </Dialog>
    }
}
