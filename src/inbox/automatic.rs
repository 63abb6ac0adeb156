//! What policies did by themselves, and that automation is paused.

use super::announced::Announced;
use crate::{
    routes::Route,
    session::Session,
    ui::{Badge, Button, ButtonKind, Notice, Time, Tone},
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
    let announced = Announced::open(&untrack(|| Session::use_context().user()).name);
    let fresh = Memo::new(move |_| {
        inbox.with(|inbox| {
            let acts = inbox.automatic.iter();
            acts.filter(|act| announced.is_new(act)).count()
        })
    });
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
                    <span class="section-note">
                        {move || match fresh.get() {
                            0 => "in the last 7 days, newest first".to_owned(),
                            count => format!("{count} new, in the last 7 days, newest first"),
                        }}
                    </span>
                    <Show when=move || { fresh.get() > 0 }>
                        <Button
                            kind=ButtonKind::Bare
                            action="mark-seen"
                            on_press=Callback::new(move |()| {
                                inbox.with_untracked(|inbox| announced.mark(&inbox.automatic));
                            })
                        >
                            "Mark as seen"
                        </Button>
                    </Show>
                </div>
                <ul class="rows">
                    <For each=move || ids.get() key=SuggestionId::clone let:id>
                        <ActRow id inbox announced />
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
fn ActRow(
    id: SuggestionId,
    inbox: Signal<Arc<review_api::Inbox>>,
    announced: Announced,
) -> impl IntoView {
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
    let is_new =
        Memo::new(move |_| act.with(|act| act.as_ref().is_some_and(|act| announced.is_new(act))));
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
        <li
            class="row automatic-row"
            data-automatic=name
            data-unread=move || is_new.get().then_some("")
        >
            <a class="row-link" href=href data-row="">
                <Show when=move || is_new.get()>
                    <span class="visually-hidden">"New: "</span>
                </Show>
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
