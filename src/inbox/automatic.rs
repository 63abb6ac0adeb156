//! What policies did by themselves, and that automation is paused.

use crate::{
    routes::Route,
    ui::{Badge, Notice, Time, Tone},
};
use leptos::prelude::*;
use review_api::{AutomaticAct, AutomaticActKind, ChangeState, Paused, SuggestionId};
use review_core::words;
use std::sync::Arc;

/// That automation is paused, by whom and why; and what policies did in the last days.
#[component]
pub(super) fn Automatic(
    /// What the proxy said last.
    inbox: Signal<Arc<review_api::Inbox>>,
) -> impl IntoView {
    let ids = Memo::new(move |_| {
        inbox.with(|inbox| {
            let acts = inbox.automatic.iter();
            acts.map(|act| act.suggestion_id.clone())
                .collect::<Vec<_>>()
        })
    });
    view! {
        <Show when=move || ids.with(|ids| !ids.is_empty())>
            <section class="page-section" aria-labelledby="automatic-title" data-about="automatic">
                <div class="section-head">
                    <h2 id="automatic-title">"Done by policies"</h2>
                    <span class="section-note">"in the last 7 days, newest first"</span>
                </div>
                <ul class="rows">
                    <For each=move || ids.get() key=SuggestionId::clone let:id>
                        <ActRow id inbox />
                    </For>
                </ul>
            </section>
        </Show>
    }
}

/// That nothing is done by itself at the moment.
#[component]
pub(super) fn PausedNotice(inbox: Signal<Arc<review_api::Inbox>>) -> impl IntoView {
    let paused = Memo::new(move |_| inbox.with(|inbox| inbox.paused.clone()));
    let draw = |paused: Paused| {
        view! {
            <Notice tone=Tone::Finding about="automation-paused">
                <p>
                    "Automation is paused for all agents, by " <bdi>{paused.by.0}</bdi> ", " <Time at=paused.at /> ": "
                    <bdi>{paused.reason}</bdi> " " <a href=Route::Settings.href()>"To the switch"</a>
                </p>
            </Notice>
        }
    };
    move || paused.get().map(draw)
}

#[component]
fn ActRow(id: SuggestionId, inbox: Signal<Arc<review_api::Inbox>>) -> impl IntoView {
    let name = id.0.clone();
    let act = Memo::new(move |_| {
        inbox.with(|inbox| {
            inbox
                .automatic
                .iter()
                .find(|act| act.suggestion_id == id)
                .cloned()
        })
    });
    let href = move || {
        let act = act.get()?;
        Some(match act.change_id {
            Some(id) => Route::Change { id }.href(),
            None => Route::Suggestion {
                id: act.suggestion_id,
            }
            .href(),
        })
    };
    let draw = |act: AutomaticAct| {
        let said = act.words.join(" ");
        view! {
            <span>
                <Badge tone=tone(&act)>{words::automatic_act(act.kind, act.state)}</Badge>
            </span>
            <span class="row-title" dir="auto" title=act.title.clone()>{act.title.clone()}</span>
            <span class="row-soft">{act.agent_name}</span>
            <span class="row-number">
                <Time at=act.at />
            </span>
            {(!said.is_empty()).then(|| view! { <p class="automatic-words" dir="auto">{said}</p> })}
        }
    };
    view! {
        <li class="row automatic-row" data-automatic=name>
            <a class="row-link" href=href data-row="">
                {move || act.get().map(draw)}
            </a>
        </li>
    }
}

fn tone(act: &AutomaticAct) -> Tone {
    match (act.kind, act.state) {
        (_, Some(ChangeState::Stale | ChangeState::NeedsALook))
        | (AutomaticActKind::Left | AutomaticActKind::Refused, _) => Tone::Finding,
        (AutomaticActKind::Applied, Some(ChangeState::Applied)) => Tone::Good,
        (AutomaticActKind::Unknown, _) => Tone::Quiet,
        _ => Tone::Accent,
    }
}
