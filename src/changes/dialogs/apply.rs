//! The last question before a change is sent: exactly what, to whom, under which condition, by whose word.

use crate::{
    changes::{
        state::{Act, OpenChange},
        words::{length, next_version, step},
    },
    ui::{Button, ButtonKind, Dialog, Size, Time, VisibleText},
};
use leptos::prelude::*;
use review_api::{Approval, Change, ChangeTarget};
use review_core::{approvals, digest::sha256_hex};
use std::sync::Arc;

/// Names the effect of applying: `Apply v13 to SupportBot`.
pub(in crate::changes) fn apply_label(change: &Change) -> String {
    let name = &change.summary.agent_name;
    match &change.memory {
        Some(memory) => format!("Apply to {} of {name}", memory.store_name),
        None => format!("Apply v{} to {name}", next_version(change)),
    }
}

#[component]
pub(in crate::changes) fn ApplyDialog(
    open: OpenChange,
    change: Signal<Arc<Change>>,
) -> impl IntoView {
    let busy = Signal::derive(move || open.busy() == Some(Act::Apply));
    let title = Signal::derive(move || change.with(|it| apply_label(it)));
    let asked = open.ask.apply;
    view! {
        <Dialog open=asked title class="dialog-wide">
            <Sent change />
            <Consequences change />
            <div class="dialog-actions">
                <Button on_press=Callback::new(move |()| asked.set(false)) action="cancel-apply">
                    "Not now"
                </Button>
                <Button
                    on_press=Callback::new(move |()| open.apply())
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

/// What is sent, with the names of the exact bytes, and who vouches for it.
#[component]
pub(super) fn Sent(change: Signal<Arc<Change>>) -> impl IntoView {
    let text = Signal::derive(move || change.with(|it| it.proposed.clone()));
    let is_memory = change.with_untracked(|it| it.summary.target == ChangeTarget::Memory);
    let size = Signal::derive(move || change.with(|it| it.summary.size));
    let agent = move || change.with(|it| it.summary.agent_name.clone());
    let agent_id = move || change.with(|it| it.summary.agent_id.0.clone());
    let condition = move || {
        change.with(|it| {
            if is_memory {
                "each memory is still as it was seen".to_owned()
            } else {
                format!("version {}", it.base.version)
            }
        })
    };
    let approved_by = move || {
        let change = change.get();
        let row = |approval: &Approval| {
            view! {
                <li>
                    {approval.by.0.clone()} ", "
                    <Time at=approval.at />
                </li>
            }
        };
        let counting = approvals::counting(&change, crate::browser::clock::now());
        if counting.is_empty() {
            return "nobody".into_any();
        }
        let rows = counting.into_iter().map(row).collect_view();
        view! { <ul>{rows}</ul> }.into_any()
    };
    let bytes = (!is_memory).then(|| {
        view! {
            <dt>"Text"</dt>
            <dd data-fact="length">
                <Size size />
                " lines; "
                {move || text.with(|text| length(text))}
            </dd>
            <dt>"SHA-256"</dt>
            <dd>
                <code class="hash" data-fact="sha256">{move || text.with(|text| sha256_hex(text))}</code>
            </dd>
        }
    });
    view! {
        <dl class="facts sent">
            <dt>"Agent"</dt>
            <dd>
                {agent} " " <code>{agent_id}</code>
            </dd>
            <dt>"Only if it is at"</dt>
            <dd data-fact="condition">{condition}</dd>
            {bytes}
            <dt>"Digest"</dt>
            <dd>
                <code class="hash" data-fact="digest">{move || change.with(|it| it.digest.clone())}</code>
            </dd>
            <dt>"Approved by"</dt>
            <dd data-fact="approved-by">{approved_by}</dd>
        </dl>
        {if is_memory {
            view! { <Steps change /> }.into_any()
        } else {
            view! {
                <details class="sent-text" open="">
                    <summary>"The text as it is sent"</summary>
                    <div class="prompt" tabindex="0" role="region" aria-label="The text as it is sent">
                        <VisibleText text />
                    </div>
                </details>
            }
                .into_any()
        }}
    }
}

#[component]
fn Steps(change: Signal<Arc<Change>>) -> impl IntoView {
    let rows = move || {
        let steps = change.with(|it| it.memory.as_ref().map(|memory| memory.steps.clone()));
        let row = |taken: review_api::MemoryStep| {
            let (verb, path) = step(&taken.operation);
            view! {
                <li>
                    {verb} " " <code>{path}</code>
                </li>
            }
        };
        steps
            .unwrap_or_default()
            .into_iter()
            .map(row)
            .collect_view()
    };
    view! {
        <details class="sent-text" open="">
            <summary>"The steps, in this order"</summary>
            <ol class="sent-steps">{rows}</ol>
        </details>
    }
}

#[component]
fn Consequences(change: Signal<Arc<Change>>) -> impl IntoView {
    let lines = move || {
        change.with(|it| {
            let base = it.base.version;
            if it.summary.target == ChangeTarget::Memory {
                return [
                    "Each step is refused if its memory is not as it was seen.".to_owned(),
                    "If it is interrupted, the page lists what is done and what is not.".to_owned(),
                    "It can be rolled back: the platform keeps every version of a memory.".to_owned(),
                ];
            }
            [
                format!("If the agent is no longer at v{base}, the platform refuses and nothing changes."),
                "It is sent once. Interactions that begin from then on use it.".to_owned(),
                format!("v{base} stays in the agent’s history; rolling back to it is one press on this page."),
            ]
        })
    };
    view! {
        <ul class="consequences">
            {move || lines().into_iter().map(|line| view! { <li>{line}</li> }).collect_view()}
        </ul>
    }
}
