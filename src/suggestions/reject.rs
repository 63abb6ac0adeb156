//! The question for the reason of a refusal; what is typed stays through errors and reloads.

use super::state::{Busy, OpenSuggestion};
use crate::ui::{Button, ButtonKind, Dialog, Notice, TextArea, Tone};
use leptos::prelude::*;

#[component]
pub(super) fn RejectDialog(open: OpenSuggestion) -> impl IntoView {
    let reason = open.reason();
    let busy = Signal::derive(move || open.busy() == Some(Busy::Rejecting));
    let problem = Signal::derive(move || open.reason_problem());
    let failure = move || {
        let failure = open
            .failure()
            .filter(|failure| failure.of == Busy::Rejecting)?;
        Some(view! {
            <Notice tone=Tone::Bad about="rejecting">
                <p>{failure.error.to_string()} " What you wrote is kept."</p>
            </Notice>
        })
    };
    view! {
        <Dialog open=open.rejecting title="Reject this suggestion">
            <div class="form">
                <TextArea
                    label="Reason"
                    name="reason"
                    value=reason.signal()
                    on_input=Callback::new(move |text| reason.set(text))
                    hint=Signal::stored(
                        Some(
                            "Everybody reads it when a like suggestion returns. It is kept here while you write."
                                .to_owned(),
                        ),
                    )
                    rows=5
                />
                {failure}
            </div>
            <div class="dialog-actions">
                <Button on_press=Callback::new(move |()| open.rejecting.set(false)) action="cancel-reject">
                    "Keep it open"
                </Button>
                <Button
                    on_press=Callback::new(move |()| open.reject())
                    kind=ButtonKind::Danger
                    refusal=problem
                    busy
                    action="confirm-reject"
                >
                    "Reject suggestion"
                </Button>
            </div>
        </Dialog>
    }
}
