//! The bar where one decides on a change.

use super::{
    dialogs::apply_label,
    state::{Act, OpenChange},
};
use crate::{
    browser::clock,
    keyboard::{Command, Keyboard},
    routes::Route,
    session::Session,
    ui::{Button, ButtonKind, DecisionBar},
};
use leptos::prelude::*;
use review_api::{Change, ChangeState};
use review_core::{
    digest::short,
    rules::{self, may_withdraw},
};
use std::sync::Arc;

#[component]
pub(super) fn Decide(open: OpenChange, change: Signal<Arc<Change>>) -> impl IntoView {
    let session = Session::use_context();
    let refused = move |rule: fn(&review_api::User, &Change) -> review_core::rules::Verdict| {
        let user = session.user();
        change.with(|it| rule(&user, it).err().map(|refusal| refusal.sentence))
    };
    let misfit = move || open.check().with(super::words::Check::refusal);
    let no_approve = Signal::derive(move || {
        misfit().or_else(|| refused(|user, it| rules::may_approve(user, it, clock::now())))
    });
    let no_apply = Signal::derive(move || {
        misfit().or_else(|| refused(|user, it| rules::may_apply(user, it, clock::now())))
    });
    let no_withdraw = Signal::derive(move || refused(may_withdraw));
    let approve = Callback::new(move |()| open.act(Act::Approve));
    let keyboard = Keyboard::use_context();
    keyboard.add(
        Command::new("Withdraw this change", None, move || {
            open.withdrawing.set(true);
        })
        .unless(no_withdraw),
    );
    keyboard.add(
        Command::new("Apply this change", None, move || open.applying.set(true)).unless(no_apply),
    );
    keyboard.add(
        Command::new("Approve exactly this", Some("A"), move || approve.run(())).unless(no_approve),
    );

    let state = Memo::new(move |_| change.with(|it| it.summary.state));
    let is_over = Memo::new(move |_| !state.get().is_open());
    let agent = Memo::new(move |_| change.with(|it| it.summary.agent_id.clone()));
    let note = Signal::derive(move || {
        let findings = open.facts().with(crate::diff_view::Facts::findings);
        match (is_over.get(), findings) {
            (true, _) => None,
            (_, 0) => Some("No findings in the text.".to_owned()),
            (_, 1) => Some("1 finding to read.".to_owned()),
            (_, more) => Some(format!("{more} findings to read.")),
        }
    });
    view! {
        <DecisionBar note>
            <Show
                when=move || !is_over.get()
                fallback=move || {
                    view! {
                        <a class="button" href=Route::Agent { id: agent.get() }.href() data-action="to-agent">
                            "Open the agent"
                        </a>
                    }
                }
            >
                <Buttons open change state no_approve no_apply no_withdraw />
            </Show>
        </DecisionBar>
    }
}

/// One of them is primary: approving while approvals are missing, applying once they are there.
#[component]
fn Buttons(
    open: OpenChange,
    change: Signal<Arc<Change>>,
    state: Memo<ChangeState>,
    no_approve: Signal<Option<String>>,
    no_apply: Signal<Option<String>>,
    no_withdraw: Signal<Option<String>>,
) -> impl IntoView {
    let approving = Signal::derive(move || open.busy() == Some(Act::Approve));
    let applying = Signal::derive(move || open.busy() == Some(Act::Apply));
    let digest = move || change.with(|it| short(&it.digest).to_owned());
    let can_wait = move || {
        matches!(
            state.get(),
            ChangeState::Staged | ChangeState::Approved | ChangeState::Stale
        )
    };
    move || {
        let is_approved = state.get() == ChangeState::Approved;
        let is_waiting = matches!(state.get(), ChangeState::Staged | ChangeState::Approved);
        let kind = |primary: bool| {
            if primary {
                ButtonKind::Primary
            } else {
                ButtonKind::Plain
            }
        };
        view! {
            <Show when=can_wait>
                <Button
                    on_press=Callback::new(move |()| open.withdrawing.set(true))
                    refusal=no_withdraw
                    action="withdraw"
                >
                    "Withdraw…"
                </Button>
            </Show>
            <Show when=move || is_waiting>
                <span class="digest-seen">
                    "digest " <code data-about="digest-short">{digest}</code>
                </span>
                <Button
                    on_press=Callback::new(move |()| open.act(Act::Approve))
                    kind=kind(!is_approved)
                    refusal=no_approve
                    busy=approving
                    action="approve"
                    keys="A"
                >
                    "Approve"
                </Button>
            </Show>
            <span class="later" data-off=move || (!is_approved && no_apply.with(Option::is_some)).then_some("")>
                <Button
                    on_press=Callback::new(move |()| open.applying.set(true))
                    kind=kind(is_approved)
                    refusal=no_apply
                    busy=applying
                    action="apply"
                >
                    {move || change.with(|it| apply_label(it)) + "…"}
                </Button>
            </span>
        }
    }
}
