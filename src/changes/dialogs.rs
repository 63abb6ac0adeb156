//! The questions before something is applied or given up: what happens, and what can be undone.

use super::{
    state::{Act, OpenChange},
    words::next_version,
};
use crate::ui::{Button, ButtonKind, Dialog};
use leptos::prelude::*;
use review_api::Change;
use review_core::{digest::short, words::grouped};
use std::sync::Arc;

/// Names the effect of applying: `Apply v13 to SupportBot`.
pub(super) fn apply_label(change: &Change) -> String {
    format!(
        "Apply v{} to {}",
        next_version(change),
        change.summary.agent_name
    )
}

#[component]
pub(super) fn ApplyDialog(open: OpenChange, change: Signal<Arc<Change>>) -> impl IntoView {
    let busy = Signal::derive(move || open.busy() == Some(Act::Apply));
    let title = Signal::derive(move || change.with(|it| apply_label(it)));
    let sent = move || {
        change.with(|it| {
            format!(
                "The proposed prompt, {} characters with digest {}, is sent to the platform as v{} of {}.",
                grouped(it.proposed.chars().count() as u64),
                short(&it.digest),
                next_version(it),
                it.summary.agent_name,
            )
        })
    };
    let guarded = move || {
        let base = change.with(|it| it.base.version);
        format!("If the agent is no longer at v{base}, the platform refuses and nothing changes.")
    };
    let undo = move || {
        let base = change.with(|it| it.base.version);
        format!("v{base} stays in the agent’s history. Going back to it takes a change of its own.")
    };
    view! {
        <Dialog open=open.applying title>
            <ul class="consequences">
                <li>{sent}</li>
                <li>"Interactions that begin from then on use it."</li>
                <li>{guarded}</li>
                <li>{undo}</li>
            </ul>
            <div class="dialog-actions">
                <Button on_press=Callback::new(move |()| open.applying.set(false)) action="cancel-apply">
                    "Not now"
                </Button>
                <Button
                    on_press=Callback::new(move |()| open.act(Act::Apply))
                    kind=ButtonKind::Primary
                    busy
                    action="confirm-apply"
                >
                    {move || if busy.get() { "Applying".to_owned() } else { title.get() }}
                </Button>
            </div>
        </Dialog>
    }
}

#[component]
pub(super) fn WithdrawDialog(open: OpenChange) -> impl IntoView {
    let busy = Signal::derive(move || open.busy() == Some(Act::Withdraw));
    view! {
        <Dialog open=open.withdrawing title="Withdraw this change">
            <ul class="consequences">
                <li>"Nothing is sent to the platform."</li>
                <li>"Its approvals are void. The change stays in the list under “All” and in the audit."</li>
                <li>"The suggestion can be staged again."</li>
            </ul>
            <div class="dialog-actions">
                <Button on_press=Callback::new(move |()| open.withdrawing.set(false)) action="cancel-withdraw">
                    "Keep it"
                </Button>
                <Button
                    on_press=Callback::new(move |()| open.act(Act::Withdraw))
                    kind=ButtonKind::Danger
                    busy
                    action="confirm-withdraw"
                >
                    "Withdraw change"
                </Button>
            </div>
        </Dialog>
    }
}
