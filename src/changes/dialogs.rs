//! The questions before something happens to a change: what happens, and what can be undone.

mod apply;
mod glass;

pub(super) use apply::{ApplyDialog, apply_label};
pub(super) use glass::{BreakGlassDialog, ReviewGlassDialog};

use super::{
    state::{Act, OpenChange},
    words::next_version,
};
use crate::ui::{Button, ButtonKind, Dialog};
use leptos::prelude::*;
use review_api::{Change, ChangeTarget};
use std::sync::Arc;

#[component]
pub(super) fn WithdrawDialog(open: OpenChange, change: Signal<Arc<Change>>) -> impl IntoView {
    let busy = Signal::derive(move || open.busy() == Some(Act::Withdraw));
    let asked = open.ask.withdraw;
    let has_source = move || change.with(|it| !it.suggestion_ids.is_empty());
    view! {
        <Dialog open=asked title="Withdraw this change">
            <ul class="consequences">
                <li>"Nothing is sent to the platform."</li>
                <li>"Its approvals are void. The change stays in the list under “All” and in the audit."</li>
                {move || has_source().then(|| view! { <li>"The suggestion can be staged again."</li> })}
            </ul>
            <div class="dialog-actions">
                <Button on_press=Callback::new(move |()| asked.set(false)) action="cancel-withdraw">
                    "Keep it"
                </Button>
                <Button
                    on_press=Callback::new(move |()| open.withdraw())
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

#[component]
pub(super) fn RollBackDialog(open: OpenChange, change: Signal<Arc<Change>>) -> impl IntoView {
    let busy = Signal::derive(move || open.busy() == Some(Act::RollBack));
    let asked = open.ask.roll_back;
    let is_memory = Memo::new(move |_| change.with(|it| it.summary.target == ChangeTarget::Memory));
    let title = Signal::derive(move || {
        if is_memory.get() {
            "Roll the memories back".to_owned()
        } else {
            change.with(|it| format!("Roll back to v{}", it.base.version))
        }
    });
    let what = move || {
        change.with(|it| {
            if is_memory.get() {
                return "A change is staged that puts every memory that this one touched back as it was before.".to_owned();
            }
            let made = it.outcome.as_ref().and_then(|outcome| outcome.version);
            let made = made.unwrap_or_else(|| next_version(it));
            format!(
                "A change is staged that restores the prompt of v{}, byte for byte, in place of v{made}. Both stay in the \
                 agent’s history.",
                it.base.version
            )
        })
    };
    view! {
        <Dialog open=asked title>
            <ul class="consequences">
                <li>{what}</li>
                <li>"Nothing is sent to the platform yet: it needs its approvals like any change, from others than you."</li>
                <li>"It is refused if the agent has moved on by then."</li>
                <li>"If it cannot wait, an approver may apply it without approvals, with a reason; that opens a review."</li>
            </ul>
            <div class="dialog-actions">
                <Button on_press=Callback::new(move |()| asked.set(false)) action="cancel-roll-back">
                    "Not now"
                </Button>
                <Button
                    on_press=Callback::new(move |()| open.roll_back())
                    kind=ButtonKind::Primary
                    busy
                    action="confirm-roll-back"
                >
                    "Stage the rollback"
                </Button>
            </div>
        </Dialog>
    }
}
